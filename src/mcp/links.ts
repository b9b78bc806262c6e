// Connections that outlive a request: each bound to the key that opened it, bounded in number and age. Knows no transport.
import type { Session } from '../auth/session.ts';
import { AppError } from '../base/errors.ts';

/** What can be closed. */
export interface Link {
  close(): Promise<void>;
}

export interface LinkLimits {
  readonly most: number;
  /** Of one key. */
  readonly mostOfOne: number;
  /** Without a request and without an open stream. */
  readonly idleMs: number;
  /** Whatever happens on it. */
  readonly oldestMs: number;
}

export const LIMITS: LinkLimits = { most: 1000, mostOfOne: 200, idleMs: 30 * 60_000, oldestMs: 24 * 60 * 60_000 };

interface Held<L extends Link> {
  readonly link: L;
  readonly owner: string;
  readonly openedAt: number;
  usedAt: number;
  streams: number;
}

export class Links<L extends Link> {
  readonly #now: () => number;
  readonly #limits: LinkLimits;
  readonly #held = new Map<string, Held<L>>();
  readonly #sweeper: NodeJS.Timeout;

  constructor(now: () => number, limits: LinkLimits = LIMITS) {
    this.#now = now;
    this.#limits = limits;
    this.#sweeper = setInterval(() => this.sweep(), Math.min(60_000, limits.idleMs));
    this.#sweeper.unref();
  }

  get size(): number {
    return this.#held.size;
  }

  /** Makes room by closing what was unused for longest, of the same key first. Throws `unavailable` when all are in use. */
  admit(session: Session): void {
    this.sweep();
    const of = (owner: string | null) => [...this.#held].filter(([, held]) => owner === null || held.owner === owner);
    const crowd = [of(session.id), of(null)].find(
      (each, i) => each.length >= [this.#limits.mostOfOne, this.#limits.most][i]!,
    );
    if (!crowd) return;
    const [unused] = crowd.filter(([, { streams }]) => streams === 0).toSorted(([, a], [, b]) => a.usedAt - b.usedAt);
    if (!unused)
      throw new AppError('unavailable', 'Too many connections are open.', { hint: 'Close some, or try again later.' });
    this.#close(unused[0]);
  }

  add(id: string, session: Session, link: L): void {
    const now = this.#now();
    this.#held.set(id, { link, owner: session.id, openedAt: now, usedAt: now, streams: 0 });
  }

  /** The caller's own; one of another key is as unknown as none. */
  find(id: string, session: Session): L | null {
    const held = this.#held.get(id);
    if (!held || held.owner !== session.id) return null;
    held.usedAt = this.#now();
    return held.link;
  }

  /** A stream is open on it until `over` resolves. */
  streams(id: string, over: Promise<unknown>): void {
    const held = this.#held.get(id);
    if (!held) return;
    held.streams++;
    void over.finally(() => {
      held.streams--;
      held.usedAt = this.#now();
    });
  }

  /** It was closed by itself. */
  forget(id: string): void {
    this.#held.delete(id);
  }

  /** Closes what is idle or old. */
  sweep(): void {
    const now = this.#now();
    for (const [id, { streams, usedAt, openedAt }] of this.#held) {
      const idle = streams === 0 && now - usedAt > this.#limits.idleMs;
      if (idle || now - openedAt > this.#limits.oldestMs) this.#close(id);
    }
  }

  closeAll(): void {
    clearInterval(this.#sweeper);
    for (const id of [...this.#held.keys()]) this.#close(id);
  }

  #close(id: string): void {
    const held = this.#held.get(id);
    this.#held.delete(id);
    held?.link.close().catch(() => undefined);
  }
}
