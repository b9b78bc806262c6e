// Narrower service keys: kept as hashes, turned into a session that says what they may; what is open on one ends with it. Knows no
// door.
import { createHash } from 'node:crypto';
import type { Logger } from '../base/log.ts';
import type { ServiceKeyRow, ServiceKeyRows } from '../store/service-key-rows.ts';
import { GROUPS, type Group, type ServiceSession } from './session.ts';
import { isKey } from './token-form.ts';
import { UseNotes } from './use-notes.ts';

const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class ServiceKeys {
  readonly #rows: ServiceKeyRows;
  readonly #uses: UseNotes<string>;
  readonly #holders = new Map<string, Set<() => void>>();

  constructor(rows: ServiceKeyRows, log: Logger) {
    this.#rows = rows;
    this.#uses = new UseNotes((id, at) => rows.setLastUsed(id, at), log);
  }

  /** The session of a key that is known and not expired, else null. */
  async enter(key: string, now: number): Promise<ServiceSession | null> {
    const row = isKey(key) ? await this.#rows.find('key_hash', keyHash(key)) : undefined;
    if (!row || !isGood(row, now)) return null;
    this.#uses.note(row.id, now);
    return sessionOf(row);
  }

  /** The session as it is now; null when its key was deleted or has expired. */
  async renewed(session: ServiceSession, now: number): Promise<ServiceSession | null> {
    if (!session.narrow) return session;
    const row = await this.#rows.find('id', session.id);
    return row && isGood(row, now) ? sessionOf(row) : null;
  }

  /** `end` is called when the key ends; the answer takes that back. */
  hold({ id, narrow }: ServiceSession, now: number, end: () => void): () => void {
    if (!narrow) return () => undefined;
    const holders = this.#holders.get(id) ?? new Set();
    this.#holders.set(id, holders.add(end));
    const left = (narrow.expiresAt ?? Number.POSITIVE_INFINITY) - now;
    const expiry = setTimeout(end, Math.min(left, LONGEST_TIMER_MS)).unref();
    return () => {
      clearTimeout(expiry);
      holders.delete(end);
      if (holders.size === 0) this.#holders.delete(id);
    };
  }

  /** To be called once the row is gone. */
  ended(id: string): void {
    this.#uses.forget(id);
    for (const end of [...(this.#holders.get(id) ?? [])]) end();
  }
}

export const keyHash = (key: string): string => createHash('sha256').update(key).digest('hex');

export const groupsIn = (text: string): Group[] => GROUPS.filter((each) => text.split(',').includes(each));

const isGood = ({ expires_at }: ServiceKeyRow, now: number): boolean => expires_at === null || expires_at > now;

const sessionOf = ({ id, user_id, can, expires_at }: ServiceKeyRow): ServiceSession => ({
  kind: 'service',
  id,
  narrow: { userId: user_id, can: new Set(groupsIn(can)), expiresAt: expires_at },
});
