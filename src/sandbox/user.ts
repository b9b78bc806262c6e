// One pretend user: a mailbox, its passwords and its settings. Knows no protocol.
import type { Language, ViewName } from './folder-names.ts';
import { Mailbox } from './mailboxes.ts';

export interface UserOptions {
  readonly email: string;
  /** 16 letters; white space does not count. */
  readonly appPassword: string;
  /** The normal password: Google answers it with "Application-specific password required". */
  readonly password?: string;
  /** Of the folder names; default `en`. */
  readonly language?: Language;
  /** Mailboxes that the user hides from IMAP ("Show in IMAP"). */
  readonly hidden?: readonly ViewName[];
  /** Further addresses that Gmail lets it send as; any other From becomes its own. */
  readonly sendAs?: readonly string[];
  /** Gmail's Auto-Expunge, on by default: a mail marked `\Deleted` leaves the mailbox at once. */
  readonly autoExpunge?: boolean;
}

/** How a password given at a login is to be judged. */
export type Verdict = 'right' | 'normal-password' | 'wrong';

export class PretendUser extends Mailbox {
  readonly email: string;
  readonly hidden: ReadonlySet<ViewName>;
  readonly sendAs: readonly string[];
  readonly autoExpunge: boolean;
  readonly #password: string | undefined;
  #appPassword: string;
  readonly #connections = new Set<() => void>();

  constructor(options: UserOptions) {
    super(options.language ?? 'en', options.email.toLowerCase());
    this.email = options.email.toLowerCase();
    this.hidden = new Set(options.hidden ?? []);
    this.sendAs = (options.sendAs ?? []).map((address) => address.toLowerCase());
    this.autoExpunge = options.autoExpunge ?? true;
    this.#password = options.password;
    this.#appPassword = withoutSpaces(options.appPassword);
  }

  judge(password: string): Verdict {
    if (withoutSpaces(password) === this.#appPassword) return 'right';
    return this.#password !== undefined && password === this.#password ? 'normal-password' : 'wrong';
  }

  /** The old App Password is refused from now on; open connections stay, as Google lets them for a while. */
  changePassword(appPassword: string): void {
    this.#appPassword = withoutSpaces(appPassword);
  }

  /** How many sessions are logged in now. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Counts a session in until the answer is called. */
  connect(drop: () => void): () => void {
    this.#connections.add(drop);
    return () => this.#connections.delete(drop);
  }

  /** Cuts every logged-in session without a word. */
  dropConnections(): void {
    for (const drop of [...this.#connections]) drop();
  }
}

function withoutSpaces(text: string): string {
  return text.replace(/\s+/g, '');
}
