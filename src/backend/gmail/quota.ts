// What calls of the Gmail API cost, and how many an account and the project may make. Shared by all connections of the
// process; knows no request.
import { AppError } from '../../base/errors.ts';

/** Quota units by method (developers.google.com/gmail/api/reference/quota, since May 2026). */
export const COSTS = {
  'users.getProfile': 1,
  'users.watch': 100,
  'users.stop': 50,
  'history.list': 2,
  'labels.list': 1,
  'messages.list': 5,
  'messages.get': 20,
  'messages.attachments.get': 20,
  'messages.send': 100,
  'messages.trash': 20,
  'threads.get': 40,
  'drafts.list': 5,
  'drafts.get': 20,
  'drafts.create': 10,
  'drafts.update': 15,
  'drafts.send': 100,
  /** A method whose price is not published. */
  unpriced: 50,
} as const;

/** Time and chance, so that a test can be an hour long. */
export interface GmailClock {
  now(): number;
  /** From 0 up to but without 1. */
  random(): number;
  /** Resolves after so many milliseconds, or when the signal aborts; never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

const MINUTE_MS = 60_000;
const ACCOUNT_UNITS = 6_000;
const PROJECT_UNITS = 1_200_000;
/** Left to callers by an import: a search that shows fifty mails. */
const RESERVE_UNITS = 1_000;
/** A caller who would wait longer is told when to come again. */
const LONGEST_WAIT_MS = 10_000;
/** Google lets about ten in, those of every program of the person together. */
const CONCURRENT = 4;

/** Units spent within a moving minute: never more than the limit in any minute, wherever it begins. */
class Bucket {
  readonly #limit: number;
  readonly #spent: { at: number; units: number }[] = [];
  #sum = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Milliseconds until so many units are free. */
  wait(units: number, now: number): number {
    while (this.#spent.length > 0 && this.#spent[0]!.at <= now - MINUTE_MS) this.#sum -= this.#spent.shift()!.units;
    let over = this.#sum + Math.min(units, this.#limit) - this.#limit;
    if (over <= 0) return 0;
    for (const each of this.#spent) {
      over -= each.units;
      if (over <= 0) return each.at + MINUTE_MS - now;
    }
    return MINUTE_MS;
  }

  spend(units: number, at: number): void {
    this.#spent.push({ at, units });
    this.#sum += units;
  }
}

export interface QuotaOptions {
  readonly clock: GmailClock;
  /** Older projects have more; only tests have a reason to differ. */
  readonly accountUnits?: number;
  readonly projectUnits?: number;
  /** Told of what a mailbox has spent. */
  readonly onSpent?: (email: string, units: number) => void;
}

/** What all accounts of the process share. */
export class GmailLimits {
  readonly clock: GmailClock;
  readonly #project: Bucket;
  readonly #accountUnits: number;
  readonly #onSpent: QuotaOptions['onSpent'];
  readonly #accounts = new Map<string, AccountLimits>();

  constructor({ clock, accountUnits = ACCOUNT_UNITS, projectUnits = PROJECT_UNITS, onSpent }: QuotaOptions) {
    this.clock = clock;
    this.#project = new Bucket(projectUnits);
    this.#accountUnits = accountUnits;
    this.#onSpent = onSpent;
  }

  /** Those of one mailbox, the same for each of its connections. */
  of(email: string): AccountLimits {
    const address = email.toLowerCase();
    const known = this.#accounts.get(address);
    if (known) return known;
    const onSpent = (units: number): void => this.#onSpent?.(address, units);
    const limits = new AccountLimits({ clock: this.clock, project: this.#project, units: this.#accountUnits, onSpent });
    this.#accounts.set(address, limits);
    return limits;
  }
}

interface AccountLimitsOptions {
  readonly clock: GmailClock;
  readonly project: Bucket;
  readonly units: number;
  readonly onSpent: (units: number) => void;
}

/** What one mailbox may ask of Google, and until when it was told to ask nothing. */
export class AccountLimits {
  readonly #clock: GmailClock;
  readonly #project: Bucket;
  readonly #account: Bucket;
  readonly #onSpent: (units: number) => void;
  #hold: AppError | null = null;
  #running = 0;
  readonly #waiting: { readonly inBackground: boolean; readonly enter: () => void }[] = [];

  constructor({ clock, project, units, onSpent }: AccountLimitsOptions) {
    this.#clock = clock;
    this.#project = project;
    this.#account = new Bucket(units);
    this.#onSpent = onSpent;
  }

  /** Google wants this mailbox to be left alone until `fault.retryAt`. */
  hold(fault: AppError): void {
    if ((fault.retryAt ?? 0) > (this.#hold?.retryAt ?? 0)) this.#hold = fault;
  }

  /** Milliseconds until such a call may begin; an import keeps its hands off what callers may want. */
  wait(units: number, inBackground: boolean): number {
    const now = this.#clock.now();
    const held = Math.max(0, (this.#hold?.retryAt ?? 0) - now);
    const wanted = units + (inBackground ? RESERVE_UNITS : 0);
    return Math.max(held, this.#account.wait(wanted, now), this.#project.wait(units, now));
  }

  /**
   * Waits until a call may begin, and counts it. Rejects with `rate_limited` at once when that would take long: Google has
   * said so, or a caller who is not patient has asked too much.
   */
  async spend(units: number, inBackground: boolean, signal: AbortSignal, patient = inBackground): Promise<void> {
    for (;;) {
      const wait = this.wait(units, inBackground);
      if (wait === 0) break;
      const now = this.#clock.now();
      if ((this.#hold?.retryAt ?? 0) - now > LONGEST_WAIT_MS) throw this.#hold!;
      if (wait > LONGEST_WAIT_MS && !patient) throw tooMuch(now + wait);
      await this.#clock.sleep(wait, signal);
      if (signal.aborted) throw abandoned();
    }
    const now = this.#clock.now();
    this.#account.spend(units, now);
    this.#project.spend(units, now);
    this.#onSpent(units);
  }

  /** Runs few at a time, callers before imports. */
  async inTurn<T>(inBackground: boolean, run: () => Promise<T>): Promise<T> {
    if (this.#running >= CONCURRENT) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push({ inBackground, enter: resolve });
      await promise;
    } else this.#running++;
    try {
      return await run();
    } finally {
      const at = this.#waiting.findIndex((each) => !each.inBackground);
      const [next] = this.#waiting.splice(Math.max(0, at), 1);
      if (next) next.enter();
      else this.#running--;
    }
  }
}

const tooMuch = (retryAt: number): AppError =>
  new AppError('rate_limited', 'More was asked of this mailbox than Google allows in a minute.', {
    hint: 'Ask again in a minute; what the copy holds can be read meanwhile.',
    retryAt,
    definite: true,
  });

export const abandoned = (): AppError => new AppError('unavailable', 'Nobody waits for this answer any more.');
