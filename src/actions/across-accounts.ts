// Reading in all of a caller's accounts at once, each answer saying where it comes from. Knows no door.
import { z } from 'zod';
import { AppError, invalidInput } from '../base/errors.ts';
import type { AccountRow } from '../store/control.ts';
import { type Context, iso, isReadable } from './context.ts';
import { optional, pageSize, required } from './input.ts';
import { grantedAccounts, meantAccounts, theAccount } from './mailboxes.ts';
import { labelsShape, listLabels, readOne, readThread, threadShape } from './messages.ts';
import { BODY_CHARS, type Message, MOST_LISTED, MOST_LISTED_IN_LIST, messageShape } from './reading.ts';
import { type Found, searchIn, searchShape, told } from './search.ts';
import { fitting } from './size.ts';

const SEVERAL_BODY_CHARS = 2000;
const MOST_READ = 10;

/** Whose mail is meant: a service key has to say, a profile may when it has several accounts. */
export const whose = {
  account_id: optional('Id or address.', 255),
  account: optional('Whose.', 320),
};
export interface Whose {
  readonly account_id?: string | undefined;
  readonly account?: string | undefined;
}
export const named = ({ account_id, account }: Whose): string | undefined => account ?? account_id;

/** `account`, where the caller has several. */
export async function labelled(ctx: Context, { email }: AccountRow): Promise<{ account?: string }> {
  return (await grantedAccounts(ctx)).length > 1 ? { account: email } : {};
}

const account = z.string().optional();

export const searchAllInput = z.object({
  ...whose,
  query: optional(
    'Words, "phrases", -word, OR, from: to: subject: label: in: is:unread has:attachment after:2026/01/31. Empty: newest.',
    10_000,
  ),
  max_results: pageSize(10, 50),
  page_token: optional('From next_page_token.', 4000),
});
export const searchAllShape = searchShape.omit({ next_cursor: true }).extend({
  messages: z.array(searchShape.shape.messages.element.extend({ account })),
  next_page_token: z.string().optional(),
});

/** The newest first, whichever account they are in. */
export async function searchAll(
  ctx: Context,
  input: z.output<typeof searchAllInput>,
): Promise<z.output<typeof searchAllShape>> {
  const accounts = await meantAccounts(ctx, named(input));
  const text = input.query ?? '';
  const bound = ['search all', input.account || input.account_id ? accounts[0]!.id : '', text];
  const place = ctx.tokens.read(bound, input.page_token, ctx.now());
  const asked = placesIn(accounts, place);
  const answers = await Promise.allSettled(
    asked.map(({ account: each, beforeKey }) =>
      searchIn(ctx, each, {
        text,
        place: { kind: 'newest', beforeKey },
        limit: input.max_results,
        first: place === null,
      }),
    ),
  );
  const found = asked.flatMap((each, i) => {
    const answer = answers[i]!;
    return answer.status === 'fulfilled' ? [{ ...each, ...answer.value }] : [];
  });
  const failed = answers.find((answer) => answer.status === 'rejected');
  if (failed && (found.length === 0 || !(failed.reason instanceof AppError))) throw failed.reason;
  const missed = asked
    .filter((_, i) => answers[i]!.status === 'rejected')
    .map((each) => `${each.account.email} could not be searched.`);

  const several = (await grantedAccounts(ctx)).length > 1;
  const merged = found
    .flatMap(({ account: { position, email }, hits }) =>
      hits.map(({ key, shown }) => ({ position, key, shown: several ? { ...shown, account: email } : shown })),
    )
    .toSorted((a, b) => (a.key < b.key ? 1 : a.key > b.key ? -1 : 0))
    .slice(0, input.max_results);
  const page = merged.slice(0, fitting(merged.map(({ shown }) => shown)));
  const next = nextPlace(found, page);
  return {
    messages: page.map(({ shown }) => shown),
    ...(next !== null && { next_page_token: ctx.tokens.mint(bound, next, ctx.now()) }),
    ...told(together(found, missed, merged.length === 0)),
    now: iso(ctx.now()),
  };
}

interface Asked {
  readonly account: AccountRow;
  readonly beforeKey: bigint | null;
}

interface Hit {
  readonly key: bigint;
  /** Of its account among all. */
  readonly position: number;
}

/**
 * Keys rise with time in every mailbox alike, so that a page ends at one time in all of them: at the key of its last mail, and
 * among mails of that key behind the account of that mail.
 */
function placesIn(accounts: readonly AccountRow[], place: string | null): Asked[] {
  if (place === null) return accounts.map((each) => ({ account: each, beforeKey: null }));
  const [key = '', position = String(Number.MAX_SAFE_INTEGER)] = place.split(':');
  const last = BigInt(key);
  return accounts.map((each) => ({
    account: each,
    beforeKey: each.position <= Number(position) ? last : last + 1n,
  }));
}

function nextPlace(found: readonly (Asked & Found)[], page: readonly Hit[]): string | null {
  const last = page.at(-1);
  const held = found.reduce((sum, { hits }) => sum + hits.length, 0);
  if (!last || (held === page.length && !found.some(({ more }) => more))) return null;
  return found.length === 1 ? String(last.key) : `${last.key}:${last.position}`;
}

function together(
  found: readonly (Asked & Found)[],
  missed: readonly string[],
  isEmpty: boolean,
): Parameters<typeof told>[0] {
  const alone = found.length === 1;
  const times = found.map(({ fresh }) => fresh.as_of);
  const reaches = found.flatMap(({ reachesBackToMs }) => reachesBackToMs ?? []);
  return {
    hints: isEmpty
      ? found.flatMap(({ account: { email }, hints }) => hints.map((hint) => (alone ? hint : `${hint} (${email})`)))
      : [],
    warnings: [...new Set([...missed, ...found.flatMap(({ warnings }) => warnings)])],
    complete: missed.length === 0 && found.every(({ complete }) => complete),
    reachesBackToMs: reaches.length > 0 ? Math.max(...reaches) : null,
    askedServer: found.some(({ askedServer }) => askedServer),
    fresh: {
      as_of: times.includes(null) ? null : (times.toSorted()[0] ?? null),
      ...(found.some(({ fresh }) => fresh.stale) && { stale: true as const }),
    },
  };
}

export const readAnyInput = z.object({
  ...whose,
  message_id: required('Up to 10 with commas.', 10_000),
  offset: z.coerce.number().int().min(0).default(0).describe('Where to go on.'),
});
const anyMessage = messageShape.omit({ body_truncated: true }).extend({ account });
export const readAnyShape = anyMessage
  .partial()
  .extend({ sender_verdicts: messageShape.shape.sender_verdicts.unwrap().nullable().optional() })
  .extend({ messages: z.array(anyMessage).optional(), missing: z.array(z.string()).optional() });

/** One mail with every field, or several in short; of these, those that are not here are named. */
export async function readAny(
  ctx: Context,
  input: z.output<typeof readAnyInput>,
): Promise<z.output<typeof readAnyShape>> {
  const references = [...new Set(input.message_id.split(',').flatMap((each) => each.trim() || []))];
  if (references.length === 0) throw invalidInput('message_id', 'message_id is missing.');
  if (references.length > MOST_READ) throw invalidInput('message_id', `message_id may name ${MOST_READ} messages.`);
  const read = async (reference: string, most: number, listed: number, offset: number) => {
    const where = await theAccount(ctx, named(input), [reference]);
    const message = await readOne(ctx, where, reference, { most, listed, offset });
    return { ...marked(message), ...(await labelled(ctx, where)) };
  };
  if (references.length === 1) return whole(await read(references[0]!, BODY_CHARS, MOST_LISTED, input.offset));
  if (input.offset > 0) throw invalidInput('offset', 'offset goes with one message.', 'Name one message_id.');
  const missing: string[] = [];
  const all = async (most: number) => {
    const messages = [];
    missing.length = 0;
    for (const reference of references)
      try {
        messages.push(await read(reference, most, MOST_LISTED_IN_LIST, 0));
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'not_found') throw error;
        missing.push(reference);
        if (missing.length === references.length) throw error;
      }
    return messages;
  };
  let most = SEVERAL_BODY_CHARS;
  let messages = await all(most);
  // Of many bytes a character are fewer characters.
  while (most > 100 && fitting(messages) < messages.length) {
    most = Math.floor(most / 2);
    messages = await all(most);
  }
  return { messages, ...(missing.length > 0 && { missing }) };
}

/** Says in the body itself where it was cut. */
function marked({ body_truncated, ...message }: Message): Omit<Message, 'body_truncated'> {
  return body_truncated ? { ...message, body: `${message.body ?? ''}\n${body_truncated}` } : message;
}

/** The fields of a single mail are always there. */
const whole = (message: z.output<typeof anyMessage>): z.output<typeof readAnyShape> => ({
  ...message,
  subject: message.subject ?? '',
  from: message.from ?? '',
  to: message.to ?? [],
  cc: message.cc ?? [],
  body: message.body ?? '',
  labels: message.labels ?? [],
  attachments: message.attachments ?? [],
  message_id_header: message.message_id_header ?? '',
  sender_verdicts: message.sender_verdicts ?? null,
});

export const threadAnyInput = z.object({
  ...whose,
  thread_id: required('Its id.'),
  page_token: optional('From next_page_token.', 4000),
});
export const threadAnyShape = threadShape.omit({ next_cursor: true }).extend({
  messages: z.array(anyMessage),
  next_page_token: z.string().optional(),
  account,
});

export async function readAnyThread(
  ctx: Context,
  input: z.output<typeof threadAnyInput>,
): Promise<z.output<typeof threadAnyShape>> {
  const where = await theAccount(ctx, named(input), [input.thread_id]);
  const { messages, next_cursor, ...thread } = await readThread(ctx, {
    account_id: where.id,
    thread_id: input.thread_id,
    cursor: input.page_token,
  });
  return {
    ...thread,
    ...(await labelled(ctx, where)),
    messages: messages.map(marked),
    ...(next_cursor !== undefined && { next_page_token: next_cursor }),
  };
}

export const labelsAllInput = z.object({ ...whose });
export const labelsAllShape = z.object({
  labels: z.array(labelsShape.shape.labels.element.extend({ account })),
  omitted: z.number().optional(),
});

export async function listAllLabels(
  ctx: Context,
  input: z.output<typeof labelsAllInput>,
): Promise<z.output<typeof labelsAllShape>> {
  const all = [];
  const accounts = await meantAccounts(ctx, named(input));
  for (const each of accounts) {
    // One that has to be connected again must not keep the others from being told.
    if (accounts.length > 1 && !isReadable(ctx, each)) continue;
    const where = await labelled(ctx, each);
    const { labels } = await listLabels(ctx, { account_id: each.id });
    all.push(...labels.map((label) => ({ ...label, ...where })));
  }
  const labels = all.slice(0, fitting(all));
  return { labels, ...(labels.length < all.length && { omitted: all.length - labels.length }) };
}
