// A mailbox in memory and a reader that searches it, for tests of what is found and how.
import type { Database } from 'better-sqlite3';
import { parseQuery } from '../../src/query/parse.ts';
import { type SearchOptions, searchKeys } from '../../src/store/search.ts';
import { narrowTo, type Sight, setWindow } from '../../src/store/sight.ts';
import { addMails, openTestMailbox, type TestMail } from './indexed-mailbox.ts';

/** The present of every search here. */
export const NOW = Date.parse('2026-06-15T12:00:00Z');
export const OWN_ADDRESS = 'me@example.com';

/** Mails in memory that can be asked by a query's text, at a fixed present and as one owner. */
export class SearchedMailbox {
  readonly db: Database;
  readonly #ran: string[] = [];
  readonly #ids = new Map<bigint, string>();

  /** `sight`: what whoever asks may see. */
  constructor(mails: readonly TestMail[], sight: Sight | null = null) {
    this.db = openTestMailbox(':memory:', (statement) => this.#ran.push(statement));
    for (const [i, key] of addMails(this.db, mails).entries()) this.#ids.set(key, mails[i]!.id);
    if (!sight) return;
    narrowTo(this.db, sight);
    setWindow(this.db, sight, NOW);
  }

  /** Ids of the hits, newest first. */
  find(query: string, options: Partial<SearchOptions> = {}, timeZone = 'UTC'): string[] {
    const parsed = parseQuery(query, { now: NOW, timeZone });
    const keys = searchKeys(this.db, parsed, { limit: 100, beforeKey: null, ownAddresses: [OWN_ADDRESS], ...options });
    return keys.map((key) => this.#ids.get(key)!);
  }

  /** The same, gathered from pages of `limit`. */
  pages(query: string, limit: number): string[] {
    const ids: string[] = [];
    for (let beforeKey: bigint | null = null; ; beforeKey = this.keyOf(ids.at(-1)!)) {
      const page = this.find(query, { limit, beforeKey });
      ids.push(...page);
      if (page.length < limit) return ids;
    }
  }

  idOf(key: bigint): string {
    return this.#ids.get(key)!;
  }

  keyOf(id: string): bigint {
    return [...this.#ids].find(([, one]) => one === id)![0];
  }

  /** SQLite's plan for the query, a line for each step. */
  plan(query: string): string {
    this.find(query, { beforeKey: 5n << 60n });
    const statement = this.#ran.at(-1)!;
    const rows = this.db.prepare(`explain query plan ${statement}`).all() as { detail: string }[];
    return rows.map(({ detail }) => detail).join('\n');
  }
}
