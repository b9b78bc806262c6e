// Searching one mailbox by Gmail's language, answered from the local copy.
import { z } from 'zod';
import { invalidInput } from '../base/errors.ts';
import { matchSnippet } from '../query/match-snippet.ts';
import { parseQuery } from '../query/parse.ts';
import type { QueryNode } from '../query/tree.ts';
import { searchKeys } from '../store/search.ts';
import { type Context, findAccount, freshen, iso } from './context.ts';
import { accountId, cursor, optional, pageSize } from './input.ts';
import { freshShape, showSummary, summaryShape } from './shapes.ts';
import { fitting } from './size.ts';

export const searchInput = z.object({
  account_id: accountId,
  query: optional(
    'Words, "phrases", -word, OR, (…), and operators: from: to: subject: label: in: is:unread has:attachment filename: after:2026/01/31 before: newer_than:7d larger:5M. Empty: the newest.',
    10_000,
  ),
  limit: pageSize(10, 50),
  cursor,
});
export const searchShape = z.object({
  messages: z.array(summaryShape),
  next_cursor: z.string().optional(),
  warnings: z.array(z.string()).optional(),
  complete: z.boolean(),
  reaches_back_to: z.string().optional(),
  ...freshShape,
  now: z.string(),
});

export async function searchEmails(
  ctx: Context,
  input: z.output<typeof searchInput>,
): Promise<z.output<typeof searchShape>> {
  const account = await findAccount(ctx, input.account_id);
  const text = input.query ?? '';
  const bound = ['search', account.id, text];
  const place = ctx.tokens.read(bound, input.cursor, ctx.now());
  const fresh = await freshen(ctx, account);
  const mailbox = ctx.mailboxes.of(account.id);
  const query = parseQuery(text, { now: ctx.now(), timeZone: account.timezone });
  const complete = ctx.sync.report(account.id).complete;
  const now = iso(ctx.now());
  if (!mailbox) return { messages: [], complete, ...fresh, now };
  if (place !== null && !/^\d+$/.test(place)) throw invalidInput('cursor', 'This cursor was not given out here.');
  const keys = searchKeys(mailbox.db, query, {
    limit: input.limit + 1,
    beforeKey: place === null ? null : BigInt(place),
    ownAddresses: [account.email],
  });
  const page = mailbox.summaries(keys.slice(0, input.limit));
  const terms = wordsOf(query.root);
  const listed = page.map((summary) => {
    const body = terms.length > 0 ? mailbox.text(summary.key) : summary.snippet;
    return showSummary(summary, matchSnippet(body || summary.snippet, terms));
  });
  const messages = listed.slice(0, fitting(listed));
  const last = page[messages.length - 1];
  const oldest = complete ? null : mailbox.oldestDateMs();
  return {
    messages,
    ...(keys.length > messages.length && last && { next_cursor: ctx.tokens.mint(bound, String(last.key), ctx.now()) }),
    ...(query.warnings.length > 0 && { warnings: query.warnings.map((warning) => warning.message) }),
    complete,
    ...(oldest !== null && { reaches_back_to: iso(oldest) }),
    ...fresh,
    now,
  };
}

/** The texts that a hit was found by, for cutting its snippet. */
function wordsOf(node: QueryNode | null): string[] {
  if (!node) return [];
  if (node.kind === 'text') return node.field === 'any' ? [node.text] : [];
  if (node.kind === 'and' || node.kind === 'or') return node.children.flatMap(wordsOf);
  return [];
}
