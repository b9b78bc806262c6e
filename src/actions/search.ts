// Searching one mailbox by Gmail's language, answered from the local copy; while that is being made, with the server's help.
import { z } from 'zod';
import { invalidInput } from '../base/errors.ts';
import { matchSnippet } from '../query/match-snippet.ts';
import { parseQuery } from '../query/parse.ts';
import type { Query, QueryNode } from '../query/tree.ts';
import { blindSpots } from '../store/blind-spots.ts';
import type { AccountRow } from '../store/control.ts';
import { indexIsBehind } from '../store/index-upkeep.ts';
import type { MailboxReader } from '../store/mailbox-reader.ts';
import { relevantKeys } from '../store/relevance.ts';
import { searchKeys } from '../store/search.ts';
import { isNarrowed } from '../store/sight.ts';
import { type Context, type Freshness, findAccount, freshen, iso } from './context.ts';
import { accountId, cursor, optional, pageSize } from './input.ts';
import { hintsFor } from './search-hints.ts';
import { senderJudge, senderShape } from './sender-fields.ts';
import { askServer } from './server-search.ts';
import { freshShape, showSummary, summaryShape } from './shapes.ts';
import { fitting } from './size.ts';

export const searchInput = z.object({
  account_id: accountId,
  query: optional(
    'Words, "phrases", -word, OR, (…), from: to: subject: label: in: is:unread has:attachment filename: after:2026/01/31 newer_than:7d larger:5M. Empty: the newest.',
    10_000,
  ),
  sort: z.enum(['newest', 'relevance']).optional().describe('newest by default.'),
  limit: pageSize(10, 50),
  cursor,
});
export const searchShape = z.object({
  messages: z.array(summaryShape.extend(senderShape)),
  next_cursor: z.string().optional(),
  hints: z.array(z.string()).optional(),
  warnings: z.array(z.string()).optional(),
  complete: z.boolean(),
  reaches_back_to: z.string().optional(),
  asked_server: z.boolean().optional(),
  ...freshShape,
  now: z.string(),
});

/** Where a page begins: before a key, or behind so many of the best hits up to a key. */
type Place =
  | { readonly kind: 'newest'; readonly beforeKey: bigint | null }
  | { readonly kind: 'relevance'; readonly offset: number; readonly upTo: bigint | null };

export async function searchEmails(
  ctx: Context,
  input: z.output<typeof searchInput>,
): Promise<z.output<typeof searchShape>> {
  const account = await findAccount(ctx, input.account_id);
  const text = input.query ?? '';
  const sort = input.sort ?? 'newest';
  const bound = ['search', account.id, text, sort];
  const place = placeOf(sort, ctx.tokens.read(bound, input.cursor, ctx.now()));
  const found = await searchIn(ctx, account, { text, place, limit: input.limit, first: input.cursor === undefined });
  const messages = found.hits.map(({ shown }) => shown);
  const page = messages.slice(0, fitting(messages));
  const last = found.hits[page.length - 1];
  const more = last !== undefined && (found.more || page.length < messages.length);
  const next = more ? after(place, last.key, page.length, ctx.mailboxes.of(account.id)) : null;
  return {
    messages: page,
    ...(next !== null && { next_cursor: ctx.tokens.mint(bound, next, ctx.now()) }),
    ...told(found),
    now: iso(ctx.now()),
  };
}

/** What is asked of one mailbox. */
export interface Question {
  readonly text: string;
  readonly place: Place;
  readonly limit: number;
  /** Of the pages of an answer. */
  readonly first: boolean;
}

/** What one mailbox holds, and how much is known of it. */
export interface Found {
  readonly hits: readonly { readonly key: bigint; readonly shown: z.output<typeof summaryShape> }[];
  /** There are more than these. */
  readonly more: boolean;
  readonly hints: readonly string[];
  readonly warnings: readonly string[];
  readonly complete: boolean;
  readonly reachesBackToMs: number | null;
  readonly askedServer: boolean;
  readonly fresh: Freshness;
}

/** What an answer says beside its mails. */
export const told = (found: Omit<Found, 'hits' | 'more'>) => ({
  ...(found.hints.length > 0 && { hints: [...found.hints] }),
  ...(found.warnings.length > 0 && { warnings: [...found.warnings] }),
  complete: found.complete,
  ...(found.reachesBackToMs !== null && { reaches_back_to: iso(found.reachesBackToMs) }),
  ...(found.askedServer && { asked_server: true }),
  ...found.fresh,
});

export async function searchIn(
  ctx: Context,
  account: AccountRow,
  { text, place, limit, first }: Question,
): Promise<Found> {
  const fresh = await freshen(ctx, account);
  const mailbox = ctx.mailboxes.of(account.id);
  const query = parseQuery(text, { now: ctx.now(), timeZone: account.timezone });
  const { complete } = ctx.sync.report(account.id);
  const warnings = [...new Set(query.warnings.map((warning) => warning.message))];
  const nothing = { hits: [], more: false, hints: [], reachesBackToMs: null, askedServer: false };
  if (!mailbox) return { ...nothing, warnings, complete, fresh };

  const find = (): bigint[] => keysAt(mailbox, query, place, limit + 1, account.email, warnings);
  let keys = find();
  let asked = false;
  if (!complete && place.kind === 'newest' && query.root !== null && !reachesFarEnough(mailbox, keys, limit)) {
    const beforeMs = place.beforeKey === null ? null : Number((place.beforeKey >> 20n) + 1n) * 1000;
    const answer = await askServer(ctx, account, query, beforeMs);
    asked = answer.asked;
    if (answer.warning) warnings.push(answer.warning);
    keys = find();
  }
  warnings.push(...blindSpots(mailbox.db, query.root));
  if (indexIsBehind(mailbox.db)) warnings.push('The index is being made anew; some older mail may be missed.');

  const judge = senderJudge(ctx, account, mailbox);
  const terms = wordsOf(query.root);
  const hits = mailbox.summaries(keys.slice(0, limit)).map((summary) => {
    const body = terms.length > 0 ? mailbox.text(summary.key) : summary.snippet;
    const snippet = matchSnippet(body || summary.snippet, terms);
    return { key: summary.key, shown: { ...showSummary(summary, snippet), ...judge(summary) } };
  });
  return {
    hits,
    more: keys.length > limit,
    hints: keys.length === 0 && first ? hintsIn(mailbox, query, account.email) : [],
    warnings,
    complete,
    reachesBackToMs: complete ? null : mailbox.oldestDateMs(),
    askedServer: asked,
    fresh,
  };
}

function keysAt(
  { db }: MailboxReader,
  query: Query,
  place: Place,
  limit: number,
  ownAddress: string,
  warnings: string[],
): bigint[] {
  const ownAddresses = [ownAddress];
  if (place.kind === 'newest') return searchKeys(db, query, { limit, beforeKey: place.beforeKey, ownAddresses });
  const { offset, upTo } = place;
  const best = relevantKeys(db, query, { limit, offset, upTo, ownAddresses });
  if (best) return best;
  const why = isNarrowed(db) ? 'This token sees a part of the mail' : 'There is no word to weigh in this query';
  warnings.push(`${why}; the newest come first.`);
  const beforeKey = upTo === null ? null : upTo + 1n;
  return searchKeys(db, query, { limit: offset + limit, beforeKey, ownAddresses }).slice(offset);
}

function placeOf(sort: Place['kind'], told: string | null): Place {
  const [, offset, key] = /^(?:(\d+):)?(\d+)$/.exec(told ?? '') ?? [];
  if (told !== null && (key === undefined || (offset === undefined) !== (sort === 'newest')))
    throw invalidInput('cursor', 'This cursor was not given out here.');
  const at = key === undefined ? null : BigInt(key);
  return sort === 'newest'
    ? { kind: 'newest', beforeKey: at }
    : { kind: 'relevance', offset: Number(offset ?? 0), upTo: at };
}

function after(place: Place, lastKey: bigint, shown: number, mailbox: MailboxReader | null): string {
  if (place.kind === 'newest') return String(lastKey);
  return `${place.offset + shown}:${place.upTo ?? mailbox?.newestKey() ?? lastKey}`;
}

/** Whether a page is full of mail that the import has come to, so that the server could add nothing to it. */
function reachesFarEnough(mailbox: MailboxReader, keys: readonly bigint[], limit: number): boolean {
  const last = keys[limit - 1];
  const oldest = mailbox.oldestDateMs();
  return last !== undefined && oldest !== null && Number(last >> 20n) >= Math.floor(oldest / 1000);
}

function hintsIn({ db }: MailboxReader, query: Query, ownAddress: string): string[] {
  return hintsFor(
    query,
    (other, limit) => searchKeys(db, other, { limit, beforeKey: null, ownAddresses: [ownAddress] }).length,
  );
}

/** The texts that a hit was found by, for cutting its snippet. */
function wordsOf(node: QueryNode | null): string[] {
  switch (node?.kind) {
    case 'text':
      return node.field === 'any' ? [node.text] : [];
    case 'near':
      return node.field === 'any' ? [node.first, node.second] : [];
    case 'and':
    case 'or':
      return node.children.flatMap(wordsOf);
    default:
      return [];
  }
}
