// Finds the mails that fit a query's words best, rather than the newest. Knows the mailbox's tables.
import type { Database } from 'better-sqlite3';
import type { Query } from '../query/tree.ts';
import { prepared, type SearchOptions } from './search.ts';
import { all, condition, unwantedText } from './search-condition.ts';
import { sql, where } from './search-predicate.ts';
import { isNarrowed } from './sight.ts';

// What a word is worth in each column of the index: subject, sender, recipients, cc, bcc, body, files, list, delivered.
const WEIGHTS = '8.0, 4.0, 2.0, 1.0, 1.0, 1.0, 3.0, 0.5, 0.0';
/** Of more hits than these only the newest are weighed, so that a common word stays affordable. */
const WEIGHED = 20_000;

export interface RelevanceOptions extends Pick<SearchOptions, 'limit' | 'ownAddresses'> {
  readonly offset: number;
  /** Only mails up to and with this key, so that pages stay the same while mail arrives; null for all. */
  readonly upTo: bigint | null;
}

/**
 * The keys of the best hits, best first; null when the query asks for no word that could be weighed, and for one who sees a
 * part of the mail: how rare a word is would tell of the rest.
 */
export function relevantKeys(db: Database, query: Query, options: RelevanceOptions): bigint[] | null {
  if (isNarrowed(db)) return null;
  const wanted = all([
    condition(query.root, { db, ownAddresses: options.ownAddresses }),
    ...(options.upTo === null ? [] : [{ kind: 'keys', from: null, below: options.upTo + 1n } as const]),
    ...(query.includesHidden ? [] : [{ kind: 'visible' } as const]),
  ]);
  const parts = wanted.kind === 'all' ? wanted.of : [wanted];
  const text = parts.find((part) => part.kind === 'match');
  if (!text || parts.some((part) => unwantedText(part) !== null)) return null;
  const rest = parts.filter((part) => part !== text);
  const at = { key: 'fts.rowid', row: null };
  const bounds = rest.filter(({ kind }) => kind === 'keys');
  const oldest = sql`select fts.rowid from fts where fts match ${text.expression} and ${where(bounds, at)}
    order by fts.rowid desc limit 1 offset ${BigInt(WEIGHED)}`;
  const from = prepared(db, oldest.text).get(...oldest.values) as bigint | undefined;
  const near = from === undefined ? rest : [...rest, { kind: 'keys', from, below: null } as const];
  const best = sql`select fts.rowid from fts where fts match ${text.expression} and ${where(near, at)}
    order by bm25(fts, ${{ text: WEIGHTS, values: [] }}), fts.rowid desc limit ${BigInt(options.limit)} offset ${BigInt(options.offset)}`;
  return prepared(db, best.text).all(...best.values) as bigint[];
}
