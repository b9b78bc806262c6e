// How an account is got into: checks a login before it is kept, opens a source with what the vault holds.
import { openImapSource } from '../backend/imap/source.ts';
import type { MailSource, PasswordLogin } from '../backend/port.ts';
import { checkSmtpLogin } from '../backend/smtp/login.ts';
import { AppError } from '../base/errors.ts';
import type { AccountId } from '../base/ids.ts';
import type { Logger } from '../base/log.ts';
import type { ServerAddress } from '../config.ts';
import type { ControlStore } from '../store/control.ts';
import { Slots } from './slots.ts';
import type { Vault } from './vault.ts';

/** Beside the one that syncs; Gmail lets in fifteen of all programs together. */
const CONNECTIONS_FOR_CALLERS = 2;

export interface OpenerOptions {
  readonly control: ControlStore;
  readonly vault: Vault;
  readonly imap: ServerAddress;
  readonly smtp: ServerAddress;
  readonly log: Logger;
}

export class AccountOpener {
  readonly #options: OpenerOptions;
  readonly #slots = new Slots(CONNECTIONS_FOR_CALLERS);

  constructor(options: OpenerOptions) {
    this.#options = options;
  }

  /** Logs in over IMAP and SMTP; rejects with what the server refused and how to mend it. Stores nothing. */
  async check(login: PasswordLogin): Promise<void> {
    const { imap, smtp, log } = this.#options;
    const source = await openImapSource(imap, login, { logger: log });
    await source.close();
    await checkSmtpLogin(smtp, login);
  }

  /** The columns that keep a password, bound to the account's row. */
  seal(account: AccountId, appPassword: string): { wrapped_key: string; sealed: string } {
    const { wrappedKey, sealed } = this.#options.vault.seal(appPassword, binding(account));
    return { wrapped_key: wrappedKey, sealed };
  }

  /**
   * A connection for one caller, who waits when others have theirs open. `close` closes it and lets the next one in; it
   * never rejects.
   */
  async openForCaller(
    account: AccountId,
    email: string,
    signal: AbortSignal,
  ): Promise<{ source: MailSource; close: () => Promise<void> }> {
    const giveBack = await this.#slots.take(account, signal);
    try {
      const source = await this.open(account, email);
      return { source, close: () => source.close().finally(giveBack) };
    } catch (error) {
      giveBack();
      throw error;
    }
  }

  async open(account: AccountId, email: string): Promise<MailSource> {
    const { control, vault, imap, log } = this.#options;
    const row = await control.credential(account);
    if (!row) throw new AppError('account_rejected', 'This account has no credential.', { hint: 'Connect it again.' });
    const appPassword = vault.open({ wrappedKey: row.wrapped_key, sealed: row.sealed }, binding(account));
    return openImapSource(imap, { email, appPassword }, { logger: log });
  }
}

const binding = (account: AccountId) => ({ table: 'credentials', rowId: account, field: 'app_password' });
