// How an account is got into: checks a login before it is kept, opens a source with what the vault holds.
import { openImapSource } from '../backend/imap/source.ts';
import type { MailSender, MailSource, PasswordLogin } from '../backend/port.ts';
import { checkSmtpLogin } from '../backend/smtp/login.ts';
import { openSmtpSender } from '../backend/smtp/sender.ts';
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

  /**
   * Logs in over IMAP and SMTP; rejects with what the server refused and how to mend it. Stores nothing. The IMAP connection
   * is the caller's to use or to close: Google slows down those who log in more often than they need.
   */
  async check(login: PasswordLogin): Promise<MailSource> {
    const { imap, smtp, log } = this.#options;
    const source = await openImapSource(imap, login, { logger: log });
    try {
      await checkSmtpLogin(smtp, login);
      return source;
    } catch (error) {
      await source.close();
      throw error;
    }
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
    const { imap, log } = this.#options;
    return openImapSource(imap, await this.#login(account, email), { logger: log });
  }

  /** A way to send; goes to no network yet. Rejects with `account_rejected` while the account may not. */
  async openSender(account: AccountId): Promise<MailSender> {
    const row = await this.#options.control.account(account);
    if (row?.status !== 'active')
      throw new AppError('account_rejected', 'The account is paused, or it has to be connected again.');
    return openSmtpSender(this.#options.smtp, await this.#login(account, row.email));
  }

  async #login(account: AccountId, email: string): Promise<PasswordLogin> {
    const { control, vault } = this.#options;
    const row = await control.credential(account);
    if (!row) throw new AppError('account_rejected', 'This account has no credential.', { hint: 'Connect it again.' });
    return { email, appPassword: vault.open({ wrappedKey: row.wrapped_key, sealed: row.sealed }, binding(account)) };
  }
}

const binding = (account: AccountId) => ({ table: 'credentials', rowId: account, field: 'app_password' });
