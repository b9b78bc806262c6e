// Counts by the minute what accounts do: mails that were stored, units of Google's quota; after some days an hour is enough. What is
// not written yet is lost with the process, as is fitting for a plot. Knows no table.
import type { ActivityRows, Count } from '../store/activity-rows.ts';
import type { ChangeFeed } from './change-feed.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const KEPT_MS = 90 * DAY_MS;
/** Longer stretches are told in steps of an hour or more. */
const BY_MINUTE_MS = 3 * DAY_MS;

export class ActivityMeter {
  readonly #rows: ActivityRows;
  readonly #now: () => number;
  readonly #end: () => void;
  #counts = new Map<string, Count>();
  #foldedBefore = 0;

  constructor(rows: ActivityRows, feed: ChangeFeed, now: () => number) {
    this.#rows = rows;
    this.#now = now;
    this.#end = feed.listen((change) => {
      if (change.kind === 'mail') this.#add(change.account, { mails: change.added.length });
    });
  }

  spent(email: string, units: number): void {
    this.#add(email, { units });
  }

  /** Writes what was counted since the last time, for somebody who looks. */
  async flush(): Promise<void> {
    const counts = this.#counts;
    this.#counts = new Map();
    if (counts.size > 0) await this.#rows.add(this.#minute(), [...counts.values()]);
  }

  /** The same, and takes away what nobody looks at any more. */
  async write(): Promise<void> {
    await this.flush();
    const at = this.#minute();
    await this.#rows.prune(at - KEPT_MS);
    const before = Math.floor((at - BY_MINUTE_MS) / HOUR_MS) * HOUR_MS;
    if (before <= this.#foldedBefore) return;
    await this.#rows.fold(this.#foldedBefore, before);
    this.#foldedBefore = before;
  }

  async end(): Promise<void> {
    this.#end();
    await this.write();
  }

  /** The beginning of this one. */
  #minute(): number {
    return Math.floor(this.#now() / MINUTE_MS) * MINUTE_MS;
  }

  #add(of: string, { mails = 0, units = 0 }: Partial<Count>): void {
    const known = this.#counts.get(of);
    this.#counts.set(of, { of, mails: mails + (known?.mails ?? 0), units: units + (known?.units ?? 0) });
  }
}
