// How far an account's copy is, for people who wait. A pure value machine.
import type { Held } from '../store/held.ts';

/** What an account's sync is doing. */
export type SyncState = 'starting' | 'importing' | 'up_to_date' | 'waiting' | 'stopped';

export interface SyncReport {
  readonly state: SyncState;
  /** Copies held, of `total` at the server. */
  readonly done: number;
  readonly total: number;
  /** Mails a second over the last minute of an import; 0 otherwise. */
  readonly perSecond: number;
  readonly etaSeconds: number | null;
  /** Up to when new mail counts as seen, epoch milliseconds; null before the first look. */
  readonly asOfMs: number | null;
  /** The whole history is here. */
  readonly complete: boolean;
}

/** Google's quota is by the minute: a burst, and then a wait. */
const WINDOW_MS = 60_000;

export class Progress {
  state: SyncState = 'starting';
  total = 0;
  done = 0;
  complete = false;
  #marks: { at: number; imported: number }[] = [];
  #imported = 0;

  /** Goes on from what the store holds. */
  holds({ copies, total, complete }: Held): void {
    this.done = copies;
    this.total = total;
    this.complete ||= complete;
  }

  imported(count: number, now: number): void {
    this.#imported += count;
    this.done += count;
    this.#marks.push({ at: now, imported: this.#imported });
  }

  report(asOfMs: number | null, now: number): SyncReport {
    const rate = this.state === 'importing' ? this.#rate(now) : 0;
    const left = Math.max(0, this.total - this.done);
    return {
      state: this.state,
      done: this.done,
      total: Math.max(this.total, this.done),
      perSecond: Math.round(rate),
      etaSeconds: rate > 0 ? Math.ceil(left / rate) : null,
      asOfMs,
      complete: this.complete,
    };
  }

  /** Up to now, so that it falls while nothing comes. */
  #rate(now: number): number {
    while (this.#marks.length > 2 && this.#marks[0]!.at < now - WINDOW_MS) this.#marks.shift();
    const first = this.#marks[0];
    const last = this.#marks.at(-1);
    if (!first || !last || last.at === first.at) return 0;
    return ((last.imported - first.imported) * 1000) / (now - first.at);
  }
}
