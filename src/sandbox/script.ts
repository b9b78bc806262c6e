// What shall go wrong, for whom and how often. Pure bookkeeping: servers ask it, tests fill it.
import type { ViewName } from './folder-names.ts';

/** What IMAP answers to a login, whatever the password. */
export type ImapLoginAnswer =
  | 'wrong-password'
  | 'app-password-required'
  | 'web-login'
  | 'web-alert'
  | 'imap-disabled'
  | 'unavailable'
  | 'too-many-connections'
  | 'overquota'
  | 'lookup-failed';

/** What SMTP answers to AUTH, whatever the password. */
export type SmtpLoginAnswer =
  | 'wrong-password'
  | 'app-password-required'
  | 'web-login'
  | 'too-many-logins'
  | 'try-later';

/** Where a conversation over SMTP has come to; `end` is the final dot. */
export type SmtpStage = 'connect' | 'mail' | 'rcpt' | 'data' | 'end';

/**
 * One thing that goes wrong. It happens `times` times; when that is absent, once for the kinds `bye`, `bye-in-idle`,
 * `cut`, `expunge-before-fetch`, `smtp-drop`, `google-drop`, `google-mute`, `google-rotate` and `google-empty-page`, and for ever for
 * the others.
 */
export type Fault = { readonly times?: number } & (
  | { readonly kind: 'imap-login'; readonly answer: ImapLoginAnswer }
  | { readonly kind: 'smtp-login'; readonly answer: SmtpLoginAnswer }
  /** After login the capability list leaves this one out; the command works all the same. */
  | { readonly kind: 'lacks'; readonly capability: string }
  /** A command is answered with this text instead of being run: `UID FETCH`, `NO [OVERQUOTA] …`. */
  | { readonly kind: 'answer'; readonly command: string; readonly text: string }
  /** `* BYE` instead of the n-th tagged reply from now on; 1 is the next one. */
  | { readonly kind: 'bye'; readonly beforeReply: number; readonly text?: string }
  /** So many octets may still be answered over IMAP; then `* BYE [OVERQUOTA]`, and every login is refused. */
  | { readonly kind: 'bandwidth'; readonly bytes: number }
  /** `* BYE` to a session in IDLE: at once, or as soon as one begins. */
  | { readonly kind: 'bye-in-idle'; readonly text?: string }
  /** The n-th literal from now on (1 is the next one) ends after `offset` octets, and the connection with it. */
  | { readonly kind: 'cut'; readonly literal: number; readonly offset: number }
  /** FETCH of any range with this UID in it ends with NO and leaves the mail out. */
  | { readonly kind: 'refuse-uid'; readonly uid: number; readonly view?: ViewName; readonly text?: string }
  /** FETCH answers without the UID item, as some servers send them. */
  | { readonly kind: 'fetch-without-uid' }
  /** Before the answers to a FETCH come one that nobody asked for, and one for a mail that is not there. */
  | { readonly kind: 'unsolicited-fetch' }
  /** The server neither hears nor speaks; connections stay open. */
  | { readonly kind: 'silence' }
  | { readonly kind: 'slow'; readonly bytesPerSecond: number }
  | { readonly kind: 'uid-validity'; readonly value: 'absent' | 'zero' }
  /** `back`: UIDNEXT as it was before the newest mail came. */
  | { readonly kind: 'uid-next'; readonly value: 'absent' | 'back' }
  /** When a FETCH arrives, this mail (or the newest) of the selected mailbox is removed for good before it is answered. */
  | { readonly kind: 'expunge-before-fetch'; readonly uid?: number }
  /**
   * A stage is refused with this reply (`451 4.3.0 Temporary System Problem.`); at `rcpt` that of one recipient, when given.
   * At `connect` nobody has said who he is: plan it for the empty address.
   */
  | {
      readonly kind: 'smtp-answer';
      readonly stage: Exclude<SmtpStage, 'data'>;
      readonly text: string;
      readonly recipient?: string;
    }
  /** The connection ends in silence at a stage: at `data` inside the mail, at `end` once the mail has been taken. */
  | { readonly kind: 'smtp-drop'; readonly stage: Exclude<SmtpStage, 'connect'> }
  /** The mail is taken and never answered; the connection stays. */
  | { readonly kind: 'smtp-mute' }
  /** The reply at a stage waits until the fault is taken back; at `end` the mail has been taken. */
  | { readonly kind: 'smtp-hold'; readonly stage: 'mail' | 'end' }
  /** The mail is taken, but its copies come so much later. */
  | { readonly kind: 'smtp-late'; readonly delayMs: number }
  /** The Google side answers with this error and does nothing. Other members: as Google has them for the status. */
  | (OfGoogle & {
      readonly kind: 'google-answer';
      readonly status: number;
      readonly reason?: string;
      readonly message?: string;
      /** The header: seconds or a date. */
      readonly retryAfter?: string;
    })
  /** The connection ends without an answer, before or after what was asked for was done. */
  | (OfGoogle & { readonly kind: 'google-drop'; readonly stage: 'before' | 'after' })
  /** There is never an answer; the connection stays. */
  | (OfGoogle & { readonly kind: 'google-mute'; readonly stage: 'before' | 'after' })
  | (OfGoogle & { readonly kind: 'google-slow'; readonly delayMs: number })
  /** The next refresh brings a new refresh token, and the old one is dead. */
  | { readonly kind: 'google-rotate' }
  /** The next page of a history is empty and says that there is another. */
  | { readonly kind: 'google-empty-page' }
);

/** A fault planned for the empty address is everybody's. */
interface OfGoogle {
  /** `messages.get`, `token.refresh`, …; absent: everything of the Gmail API, and nothing of the sign-in. */
  readonly operation?: string;
}

type Kind = Fault['kind'];
type FaultOf<K extends Kind> = Extract<Fault, { kind: K }>;

interface Planned {
  readonly email: string;
  readonly fault: Fault;
  left: number;
  /** Replies, literals or octets still to pass. */
  countdown: number;
}

const ONCE: ReadonlySet<Kind> = new Set<Kind>([
  'bye',
  'bye-in-idle',
  'cut',
  'expunge-before-fetch',
  'smtp-drop',
  'google-drop',
  'google-mute',
  'google-rotate',
  'google-empty-page',
]);

export class Script {
  #planned: Planned[] = [];
  readonly #listeners = new Set<() => void>();
  /** Who waits until a fault is taken back. */
  readonly #waiting: (() => void)[] = [];

  /** Plans a fault for one user; the answer takes it back. */
  add(email: string, fault: Fault): () => void {
    const countdown =
      fault.kind === 'bye'
        ? fault.beforeReply
        : fault.kind === 'cut'
          ? fault.literal
          : fault.kind === 'bandwidth'
            ? fault.bytes
            : 0;
    const left = fault.times ?? (ONCE.has(fault.kind) ? 1 : Number.POSITIVE_INFINITY);
    const planned = { email, fault, left, countdown };
    this.#planned.push(planned);
    for (const listener of [...this.#listeners]) listener();
    return () => {
      this.#planned = this.#planned.filter((each) => each !== planned);
      this.#wake();
    };
  }

  /** What is planned now and how often it will still happen. */
  pending(email: string): { readonly fault: Fault; readonly left: number }[] {
    return this.#planned.filter((each) => each.email === email).map(({ fault, left }) => ({ fault, left }));
  }

  /** Takes back every fault of one user, or of all. */
  clear(email?: string): void {
    this.#planned = email === undefined ? [] : this.#planned.filter((each) => each.email !== email);
    this.#wake();
  }

  /** Called whenever a fault is added; the answer ends it. */
  onAdd(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Once no such fault is planned any more. */
  async isOver<K extends Kind>(email: string, kind: K, fits: (fault: FaultOf<K>) => boolean): Promise<void> {
    while (this.#find(email, kind, fits)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** A standing fault, not used up by looking. */
  standing<K extends Kind>(email: string, kind: K): FaultOf<K> | undefined {
    return this.#find(email, kind)?.fault as FaultOf<K> | undefined;
  }

  /** A fault that happens now: one of its times is used up. */
  take<K extends Kind>(
    email: string,
    kind: K,
    fits: (fault: FaultOf<K>) => boolean = () => true,
  ): FaultOf<K> | undefined {
    const planned = this.#find(email, kind, fits);
    if (planned) this.#use(planned);
    return planned?.fault as FaultOf<K> | undefined;
  }

  /** So many octets leave for this user. */
  spend(email: string, octets: number): void {
    for (const each of this.#planned)
      if (each.email === email && each.fault.kind === 'bandwidth') each.countdown -= octets;
  }

  /** Whether this user has used up what it may read. */
  isExhausted(email: string): boolean {
    return this.#planned.some((each) => each.email === email && each.fault.kind === 'bandwidth' && each.countdown < 0);
  }

  /** One tagged reply or literal is about to leave: the fault whose turn it is. */
  count<K extends 'bye' | 'cut'>(email: string, kind: K): FaultOf<K> | undefined {
    const due = this.#planned.filter((each) => each.email === email && each.fault.kind === kind);
    for (const planned of due) planned.countdown -= 1;
    const planned = due.find((each) => each.countdown <= 0);
    if (planned) this.#use(planned);
    return planned?.fault as FaultOf<K> | undefined;
  }

  #find<K extends Kind>(
    email: string,
    kind: K,
    fits: (fault: FaultOf<K>) => boolean = () => true,
  ): Planned | undefined {
    return this.#planned.find(
      (each) => each.email === email && each.fault.kind === kind && fits(each.fault as FaultOf<K>),
    );
  }

  #wake(): void {
    for (const go of this.#waiting.splice(0)) go();
  }

  #use(planned: Planned): void {
    planned.left -= 1;
    if (planned.left <= 0) this.#planned = this.#planned.filter((each) => each !== planned);
  }
}
