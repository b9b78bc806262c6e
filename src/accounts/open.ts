// How an account of either kind is got into: checks a login before it is kept, opens a source with what the vault holds.
import type { GmailServer } from '../backend/gmail/api.ts';
import { openGmailDrafts } from '../backend/gmail/drafts.ts';
import { openGmailSender } from '../backend/gmail/sender.ts';
import { openGmailSource } from '../backend/gmail/source.ts';
import { openImapDrafts } from '../backend/imap/drafts.ts';
import { openImapSource } from '../backend/imap/source.ts';
import type { AccessTokens, MailDrafts, MailSender, MailSource, PasswordLogin } from '../backend/port.ts';
import { checkSmtpLogin } from '../backend/smtp/login.ts';
import { openSmtpSender } from '../backend/smtp/sender.ts';
import { AppError } from '../base/errors.ts';
import type { AccountId } from '../base/ids.ts';
import type { Logger } from '../base/log.ts';
import type { ServerAddress } from '../config.ts';
import type { AccountRow, ControlStore } from '../store/control.ts';
import type { GoogleOAuth } from './google.ts';
import { GoogleTokens, type GoogleTokensOptions, refreshBinding } from './google-tokens.ts';
import { Slots } from './slots.ts';
import type { Vault } from './vault.ts';

/** Beside the one that syncs; Gmail lets in fifteen of all programs together. */
const CONNECTIONS_FOR_CALLERS = 2;

export interface OpenerOptions {
  readonly control: ControlStore;
  readonly vault: Vault;
  readonly imap: ServerAddress;
  readonly smtp: ServerAddress;
  /** Null: no OAuth client is set up. */
  readonly google: GoogleOAuth | null;
  /** The Gmail API, when there is such a client. */
  readonly gmail: GmailServer | null;
  readonly onRefused: GoogleTokensOptions['onRefused'];
  readonly log: Logger;
}

/** An account as far as it takes to get in. */
export type Reached = Pick<AccountRow, 'id' | 'email' | 'kind'>;

/** What opens an account, before it is sealed. */
export type Credential =
  | { readonly kind: 'app_password'; readonly appPassword: string }
  | { readonly kind: 'google_oauth'; readonly refreshToken: string };

export class AccountOpener {
  readonly #options: OpenerOptions;
  readonly #slots = new Slots(CONNECTIONS_FOR_CALLERS);
  readonly #tokens: GoogleTokens;

  constructor(options: OpenerOptions) {
    this.#options = options;
    this.#tokens = new GoogleTokens({ ...options, now: Date.now });
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

  /** The columns that keep a credential, bound to the account's row. */
  seal(account: AccountId, credential: Credential): { wrapped_key: string; sealed: string } {
    const { vault } = this.#options;
    const { wrappedKey, sealed } =
      credential.kind === 'app_password'
        ? vault.seal(credential.appPassword, passwordBinding(account))
        : vault.seal(credential.refreshToken, refreshBinding(account));
    return { wrapped_key: wrappedKey, sealed };
  }

  /** The account's credential changed, or it is gone: what was known of its tokens counts no more. */
  forget(account: AccountId): void {
    this.#tokens.forget(account);
  }

  /** The access tokens of an account that came by Google. */
  tokens(account: AccountId): AccessTokens {
    return this.#tokens.of(account);
  }

  /** What to revoke at Google when the account goes; null when nothing can be. */
  async refreshToken({ id, kind }: Reached): Promise<string | null> {
    const row = kind === 'google_oauth' ? await this.#options.control.credential(id) : undefined;
    return row
      ? this.#options.vault.open({ wrappedKey: row.wrapped_key, sealed: row.sealed }, refreshBinding(id))
      : null;
  }

  /**
   * A connection for one caller, who waits when others have theirs open. `close` closes it and lets the next one in; it
   * never rejects.
   */
  async openForCaller(
    account: Reached,
    signal: AbortSignal,
  ): Promise<{ source: MailSource; close: () => Promise<void> }> {
    const { opened: source, close } = await this.#forCaller(account, signal, () => this.open(account));
    return { source, close };
  }

  /** The account's drafts for one caller, in the same way. */
  async openDrafts(account: Reached, signal: AbortSignal): Promise<{ drafts: MailDrafts; close: () => Promise<void> }> {
    const { opened: drafts, close } = await this.#forCaller(account, signal, () => this.#drafts(account));
    return { drafts, close };
  }

  async #drafts({ id, email, kind }: Reached): Promise<MailDrafts> {
    const { imap, log } = this.#options;
    if (kind === 'google_oauth') return openGmailDrafts(this.#gmail(), this.tokens(id), email);
    return openImapDrafts(imap, await this.#login(id, email), { logger: log.child({ account: id }) });
  }

  async #forCaller<T extends { close(): Promise<void> }>(
    { id }: Reached,
    signal: AbortSignal,
    open: () => Promise<T>,
  ): Promise<{ opened: T; close: () => Promise<void> }> {
    const giveBack = await this.#slots.take(id, signal);
    try {
      const opened = await open();
      return { opened, close: () => opened.close().finally(giveBack) };
    } catch (error) {
      giveBack();
      throw error;
    }
  }

  async open({ id, email, kind }: Reached): Promise<MailSource> {
    const { imap, log } = this.#options;
    if (kind === 'google_oauth')
      return openGmailSource(this.#gmail(), this.tokens(id), { email, logger: log.child({ account: id }) });
    return openImapSource(imap, await this.#login(id, email), { logger: log });
  }

  /** A way to send; goes to no network yet. Rejects with `account_rejected` while the account may not. */
  async openSender(account: AccountId): Promise<MailSender> {
    const row = await this.#options.control.account(account);
    if (row?.status !== 'active')
      throw new AppError('account_rejected', 'The account is paused, or it has to be connected again.');
    if (row.kind === 'google_oauth') return openGmailSender(this.#gmail(), this.tokens(account), row.email);
    return openSmtpSender(this.#options.smtp, await this.#login(account, row.email));
  }

  #gmail(): GmailServer {
    const { gmail } = this.#options;
    if (gmail) return gmail;
    throw new AppError('unavailable', 'This account came by Google, and no OAuth client is set up any more.', {
      hint: 'The operator has to set GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET.',
    });
  }

  async #login(account: AccountId, email: string): Promise<PasswordLogin> {
    const { control, vault } = this.#options;
    const row = await control.credential(account);
    if (!row) throw new AppError('account_rejected', 'This account has no credential.', { hint: 'Connect it again.' });
    const sealed = { wrappedKey: row.wrapped_key, sealed: row.sealed };
    return { email, appPassword: vault.open(sealed, passwordBinding(account)) };
  }
}

const passwordBinding = (account: AccountId) => ({ table: 'credentials', rowId: account, field: 'app_password' });
