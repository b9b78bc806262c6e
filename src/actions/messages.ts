// Reading mails: one, a thread, what was exchanged with an address, an attachment.
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { AppError, notFound } from '../base/errors.ts';
import type { MessageId } from '../base/ids.ts';
import { cutPieces, ThreadHistory, type ThreadMail } from '../mail/fold.ts';
import { htmlToShow } from '../mail/html-to-show.ts';
import type { Attachment } from '../mail/message.ts';
import { splitQuoted } from '../mail/quotes.ts';
import type { AccountRow } from '../store/control.ts';
import type { MailboxReader, Reading, Summary } from '../store/mailbox-reader.ts';
import { type Context, findAccount, freshen, mustBeActive, mustBeReadable, narrow, staleness } from './context.ts';
import { accountId, bareAddress, cursor, pageSize, required } from './input.ts';
import { lookUp } from './look-up.ts';
import {
  BODY_CHARS,
  bodyPart,
  type Message,
  MOST_LISTED,
  MOST_LISTED_IN_LIST,
  messageShape,
  showReading,
} from './reading.ts';
import { senderJudge } from './sender-fields.ts';
import { freshShape, showSubject } from './shapes.ts';
import { ANSWER_BYTES, fitting, weight } from './size.ts';

const LIST_BODY_CHARS = 2000;
const THREAD_BODY_CHARS = 24_000;
/** Mails on earlier pages that a quote is looked for in. */
const MOST_EARLIER = 50;

export const readInput = z.object({
  account_id: accountId,
  message_id: required('A message id, or a Message-ID header.'),
  offset: z.coerce.number().int().min(0).default(0).describe('Where in the body to go on, in characters.'),
});

export async function readMessage(ctx: Context, input: z.output<typeof readInput>): Promise<Message> {
  const account = await findAccount(ctx, input.account_id);
  return readOne(ctx, account, input.message_id, { most: BODY_CHARS, listed: MOST_LISTED, offset: input.offset });
}

/** How much of a mail is shown: characters of its body from an offset on, addresses and attachments. */
interface Extent {
  readonly most: number;
  readonly listed: number;
  readonly offset: number;
}

/** The one mail that a word means in an account that was narrowed already. */
export async function readOne(
  ctx: Context,
  account: AccountRow,
  reference: string,
  { most, listed, offset }: Extent,
): Promise<Message> {
  mustBeReadable(ctx, account);
  const isHeld = (ctx.mailboxes.of(account.id)?.resolve(reference).length ?? 0) > 0;
  if (!isHeld) await lookUp(ctx, account, reference, 'messageId', true);
  const mailbox = ctx.mailboxes.of(account.id);
  const reading = mailbox?.read(resolveOne(mailbox, reference));
  if (!mailbox || !reading) throw unknownMessage();
  const sender = senderJudge(ctx, account, mailbox)(reading);
  return { ...showReading(reading, bodyPart(reading.text, most, offset), listed, sender), ...staleness(account) };
}

export const threadInput = z.object({ account_id: accountId, thread_id: required('A thread id.'), cursor });
export const threadShape = z.object({
  thread_id: z.string(),
  subject: z.string(),
  message_count: z.number(),
  messages: z.array(messageShape),
  next_cursor: z.string().optional(),
  stale: z.boolean().optional(),
});

/** Oldest first, as many as fit; what a mail repeats of an earlier one of the thread is folded. */
export async function readThread(
  ctx: Context,
  input: z.output<typeof threadInput>,
): Promise<z.output<typeof threadShape>> {
  const { account, mailbox: held } = await narrow(ctx, input.account_id);
  const known = held?.resolveThread(input.thread_id);
  // Of a thread that is here some mails may be missing.
  await lookUp(ctx, account, known?.gmail ? known.id : input.thread_id, 'threadId', !known);
  const mailbox = ctx.mailboxes.of(account.id);
  const thread = mailbox?.resolveThread(input.thread_id);
  if (!mailbox || !thread) throw notFound('There is no such thread.', 'A thread_id from a search is expected.');
  const bound = ['thread', account.id, thread.id];
  const place = ctx.tokens.read(bound, input.cursor, ctx.now());
  const after = place === null ? -1n : BigInt(place);
  const messages: Message[] = [];
  const keys = withoutReplacedDrafts(mailbox, thread.keys);
  const history = historyBefore(
    mailbox,
    keys.filter((key) => key <= after),
  );
  const judge = senderJudge(ctx, account, mailbox);
  let chars = 0;
  let bytes = 0;
  let last = after;
  for (const key of keys.filter((k) => k > after)) {
    const reading = mailbox.read(key);
    if (!reading) continue;
    const cut = cutPieces(history.fold(reading.text), reading.text, BODY_CHARS);
    history.add(repeatable(reading));
    const part = { ...cut, total: [...reading.text].length };
    const shown = showReading(reading, part, MOST_LISTED_IN_LIST, judge(reading));
    chars += cut.shown;
    bytes += weight(shown);
    if (messages.length > 0 && (chars > THREAD_BODY_CHARS || bytes > ANSWER_BYTES)) break;
    messages.push(shown);
    last = key;
  }
  const more = keys.some((key) => key > last);
  return {
    thread_id: thread.id,
    subject: showSubject(mailbox.summaries(keys.slice(0, 1))[0]?.subject ?? ''),
    message_count: keys.length,
    messages,
    ...(more && { next_cursor: ctx.tokens.mint(bound, String(last), ctx.now()) }),
    ...staleness(account),
  };
}

/** A draft that was thrown away, or that another took the place of, was never said; by IMAP it lies in Trash. */
function withoutReplacedDrafts(mailbox: MailboxReader, keys: readonly bigint[]): readonly bigint[] {
  const isReplaced = ({ labels }: Summary): boolean => labels.includes('DRAFT') && labels.includes('TRASH');
  const replaced = new Set(mailbox.summaries(keys).flatMap((each) => (isReplaced(each) ? [each.key] : [])));
  return replaced.size < keys.length ? keys.filter((key) => !replaced.has(key)) : keys;
}

/** What the mails of a page may repeat of those on the pages before. */
function historyBefore(mailbox: MailboxReader, keys: readonly bigint[]): ThreadHistory {
  const history = new ThreadHistory();
  for (const key of keys.slice(-MOST_EARLIER)) {
    const reading = mailbox.read(key);
    if (reading) history.add(repeatable(reading));
  }
  return history;
}

const repeatable = ({ id, text, subject, from, to, cc }: Reading): ThreadMail => ({
  id,
  text,
  subject,
  people: [from, ...to, ...cc].slice(0, MOST_LISTED),
});

export const correspondenceInput = z.object({
  account_id: accountId,
  email: required('An address.', 320),
  limit: pageSize(20, 100),
  cursor,
});
export const correspondenceShape = z.object({
  messages: z.array(messageShape),
  next_cursor: z.string().optional(),
  ...freshShape,
});

/** The latest mail with that address in both directions, listed oldest first, without quoted history. */
export async function getEmails(
  ctx: Context,
  input: z.output<typeof correspondenceInput>,
): Promise<z.output<typeof correspondenceShape>> {
  const account = await findAccount(ctx, input.account_id);
  const email = bareAddress(input.email);
  const bound = ['correspondence', account.id, email];
  const place = ctx.tokens.read(bound, input.cursor, ctx.now());
  const fresh = await freshen(ctx, account);
  const mailbox = ctx.mailboxes.of(account.id);
  if (!mailbox) return { messages: [], ...fresh };
  const judge = senderJudge(ctx, account, mailbox);
  const keys = mailbox.correspondence(email, input.limit + 1, place === null ? null : BigInt(place));
  const listed = keys.slice(0, input.limit).flatMap((key) => {
    const reading = mailbox.read(key);
    if (!reading) return [];
    const own = bodyPart(splitQuoted(reading.text).own, LIST_BODY_CHARS);
    return [{ key, shown: showReading(reading, own, MOST_LISTED_IN_LIST, judge(reading)) }];
  });
  const page = listed.slice(0, fitting(listed.map(({ shown }) => shown)));
  const oldest = page.at(-1)?.key;
  return {
    messages: page.map(({ shown }) => shown).toReversed(),
    ...(oldest !== undefined &&
      oldest !== keys.at(-1) && { next_cursor: ctx.tokens.mint(bound, String(oldest), ctx.now()) }),
    ...fresh,
  };
}

export const labelsInput = z.object({ account_id: accountId });
export const labelsShape = z.object({
  labels: z.array(z.object({ id: z.string(), name: z.string(), type: z.enum(['system', 'user']) })),
  stale: z.boolean().optional(),
});

export async function listLabels(
  ctx: Context,
  input: z.output<typeof labelsInput>,
): Promise<z.output<typeof labelsShape>> {
  const { account, mailbox } = await narrow(ctx, input.account_id);
  return { labels: mailbox?.labels() ?? [], ...staleness(account) };
}

export const appearanceInput = z.object({ account_id: accountId, message_id: required('A message id.') });

/** What a person is shown of a mail: its HTML as far as it shows something, or else the text. */
export interface Appearance {
  readonly message_id: string;
  readonly html: string | null;
  readonly text: string;
  readonly isCut: boolean;
}

export async function readAppearance(ctx: Context, input: z.output<typeof appearanceInput>): Promise<Appearance> {
  const { mailbox } = await narrow(ctx, input.account_id);
  const key = mailbox && resolveOne(mailbox, input.message_id);
  const reading = key && mailbox.read(key);
  if (!reading) throw unknownMessage();
  const html = mailbox.html(key);
  const shown = html === null ? { html, isCut: false } : htmlToShow(html);
  return { message_id: reading.id, text: reading.text, ...shown };
}

export const attachmentInput = z.object({
  account_id: accountId,
  message_id: required('A message id.'),
  n: z.coerce.number().int().min(1).describe('The attachment’s number.'),
});

export interface OpenAttachment {
  readonly messageId: MessageId;
  readonly part: Attachment;
  readonly stream: Readable;
}

/**
 * The bytes of an attachment, fetched from the server now. The connection ends with the stream or with `signal`. `check` looks at
 * what is known of it before, and may throw.
 */
export async function openAttachment(
  ctx: Context,
  input: z.output<typeof attachmentInput>,
  signal: AbortSignal,
  check: (part: Attachment) => void = () => undefined,
): Promise<OpenAttachment> {
  const { account, mailbox } = await narrow(ctx, input.account_id);
  mustBeActive(account);
  const key = mailbox && resolveOne(mailbox, input.message_id);
  const reading = key && mailbox.read(key);
  if (!reading) throw unknownMessage();
  const part = reading.parts.find(({ n }) => n === input.n);
  if (!part) throw notFound(`This mail has no attachment ${input.n}.`, `It has ${reading.parts.length}.`);
  check(part);
  ctx.sync.mayLogIn(account.id);
  const { source, close } = await ctx.opener.openForCaller(account, signal);
  try {
    for (const copy of mailbox.copiesOf(key)) {
      const stream = await source
        .readPart({ ...copy, messageId: reading.id, partId: part.partId }, signal)
        .catch((error: unknown) => {
          if (error instanceof AppError && error.code === 'not_found') return null;
          throw error;
        });
      if (!stream) continue;
      stream.once('close', () => void close());
      return { messageId: reading.id, part, stream };
    }
  } catch (error) {
    await close();
    throw error;
  }
  await close();
  throw notFound('This mail is no longer at the server.', 'It will leave the copy with the next look.');
}

/** The numbers of a mail's attachments. */
export async function attachmentNumbers(
  ctx: Context,
  { account_id, message_id }: Omit<z.output<typeof attachmentInput>, 'n'>,
): Promise<number[]> {
  const { mailbox } = await narrow(ctx, account_id);
  const reading = mailbox?.read(resolveOne(mailbox, message_id));
  if (!reading) throw unknownMessage();
  return reading.parts.map(({ n }) => n);
}

/** The one mail that a word means. Throws `not_found`, also when several fit. */
function resolveOne(mailbox: MailboxReader, reference: string): bigint {
  const keys = mailbox.resolve(reference);
  if (keys.length === 1) return keys[0]!;
  if (keys.length > 1)
    throw notFound(
      'Several messages fit this id.',
      'A message id from a search is expected, not a thread’s and not a Message-ID that several bear.',
    );
  throw unknownMessage();
}

const unknownMessage = (): AppError => notFound('There is no such message.', 'A message_id from a search is expected.');
