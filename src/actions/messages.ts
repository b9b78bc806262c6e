// Reading mails: one, a thread, what was exchanged with an address, an attachment.
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { AppError, invalidInput, notFound } from '../base/errors.ts';
import type { Attachment } from '../mail/message.ts';
import { splitQuoted } from '../mail/quotes.ts';
import type { MailboxReader, Reading } from '../store/mailbox-reader.ts';
import { type Context, findAccount, freshen, iso, mustBeActive, narrow } from './context.ts';
import { accountId, bareAddress, cursor, pageSize, required } from './input.ts';
import { lookUp } from './look-up.ts';
import { attachmentShape, freshShape, showAddress, showAttachment, showLabels, showSubject } from './shapes.ts';
import { ANSWER_BYTES, clip, fitting, weight } from './size.ts';

/** Characters (code points) of a body in one answer. */
const BODY_CHARS = 4000;
const LIST_BODY_CHARS = 2000;
const THREAD_BODY_CHARS = 24_000;
/** Addresses of a field, and attachments, of one mail that is read alone; in a list there are fewer. */
const MOST_LISTED = 50;
const MOST_LISTED_IN_LIST = 10;
/** Of a mail that is read; lists have less. */
const SUBJECT_CHARS = 1000;

export const messageShape = z.object({
  message_id: z.string(),
  thread_id: z.string(),
  subject: z.string().optional(),
  from: z.string().optional(),
  to: z.array(z.string()).optional(),
  cc: z.array(z.string()).optional(),
  bcc: z.array(z.string()).optional(),
  reply_to: z.array(z.string()).optional(),
  date: z.string(),
  date_header: z.string().optional(),
  message_id_header: z.string().optional(),
  body: z.string().optional(),
  body_truncated: z.string().optional(),
  hidden_text_removed: z.number().optional(),
  labels: z.array(z.string()).optional(),
  unread: z.boolean().optional(),
  attachments: z.array(attachmentShape).optional(),
  sender_verdicts: z.object({ spf: z.string(), dkim: z.string(), dmarc: z.string() }).optional(),
  notes: z.array(z.string()).optional(),
  draft_id: z.string().optional(),
});

export const readInput = z.object({
  account_id: accountId,
  message_id: required('A message id, or a Message-ID header.'),
  offset: z.coerce.number().int().min(0).default(0).describe('Where in the body to go on, in characters.'),
});

export async function readMessage(
  ctx: Context,
  input: z.output<typeof readInput>,
): Promise<z.output<typeof messageShape>> {
  const { account, mailbox: held } = await narrow(ctx, input.account_id);
  const isHeld = held && held.resolve(input.message_id).length > 0;
  if (!isHeld) await lookUp(ctx, account, input.message_id, 'messageId', true);
  const mailbox = ctx.mailboxes.of(account.id);
  const reading = mailbox?.read(resolveOne(mailbox, input.message_id));
  if (!reading) throw unknownMessage();
  return showReading(reading, reading.text, { most: BODY_CHARS, listed: MOST_LISTED, offset: input.offset });
}

export const threadInput = z.object({ account_id: accountId, thread_id: required('A thread id.'), cursor });
export const threadShape = z.object({
  thread_id: z.string(),
  subject: z.string(),
  message_count: z.number(),
  messages: z.array(messageShape),
  next_cursor: z.string().optional(),
});

/** Oldest first, as many as fit. */
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
  const messages: z.output<typeof messageShape>[] = [];
  let chars = 0;
  let bytes = 0;
  let last = after;
  for (const key of thread.keys.filter((k) => k > after)) {
    const reading = mailbox.read(key);
    if (!reading) continue;
    const shown = showReading(reading, splitQuoted(reading.text).own, {
      most: BODY_CHARS,
      listed: MOST_LISTED_IN_LIST,
    });
    chars += shown.body?.length ?? 0;
    bytes += weight(shown);
    if (messages.length > 0 && (chars > THREAD_BODY_CHARS || bytes > ANSWER_BYTES)) break;
    messages.push(shown);
    last = key;
  }
  const more = thread.keys.some((key) => key > last);
  return {
    thread_id: thread.id,
    subject: showSubject(mailbox.summaries(thread.keys.slice(0, 1))[0]?.subject ?? ''),
    message_count: thread.keys.length,
    messages,
    ...(more && { next_cursor: ctx.tokens.mint(bound, String(last), ctx.now()) }),
  };
}

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
  const keys = mailbox.correspondence(email, input.limit + 1, place === null ? null : BigInt(place));
  const listed = keys.slice(0, input.limit).flatMap((key) => {
    const reading = mailbox.read(key);
    const size = { most: LIST_BODY_CHARS, listed: MOST_LISTED_IN_LIST };
    return reading ? [{ key, shown: showReading(reading, splitQuoted(reading.text).own, size) }] : [];
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
});

export async function listLabels(
  ctx: Context,
  input: z.output<typeof labelsInput>,
): Promise<z.output<typeof labelsShape>> {
  const { mailbox } = await narrow(ctx, input.account_id);
  return { labels: mailbox?.labels() ?? [] };
}

export const attachmentInput = z.object({
  account_id: accountId,
  message_id: required('A message id.'),
  n: z.coerce.number().int().min(1).describe('The attachment’s number.'),
});

export interface OpenAttachment {
  readonly part: Attachment;
  readonly stream: Readable;
}

/** The bytes of an attachment, fetched from the server now. The connection ends with the stream or with `signal`. */
export async function openAttachment(
  ctx: Context,
  input: z.output<typeof attachmentInput>,
  signal: AbortSignal,
): Promise<OpenAttachment> {
  const { account, mailbox } = await narrow(ctx, input.account_id);
  mustBeActive(account);
  const key = mailbox && resolveOne(mailbox, input.message_id);
  const reading = key && mailbox.read(key);
  if (!reading) throw unknownMessage();
  const part = reading.parts.find(({ n }) => n === input.n);
  if (!part) throw notFound(`This mail has no attachment ${input.n}.`, `It has ${reading.parts.length}.`);
  ctx.sync.mayLogIn(account.id);
  const { source, close } = await ctx.opener.openForCaller(account, signal);
  try {
    for (const copy of mailbox.copiesOf(key)) {
      const stream = await source.readPart({ ...copy, partId: part.partId }, signal).catch((error: unknown) => {
        if (error instanceof AppError && error.code === 'not_found') return null;
        throw error;
      });
      if (!stream) continue;
      stream.once('close', () => void close());
      return { part, stream };
    }
  } catch (error) {
    await close();
    throw error;
  }
  await close();
  throw notFound('This mail is no longer at the server.', 'It will leave the copy with the next look.');
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

interface Size {
  /** Characters of the body. */
  readonly most: number;
  /** Addresses of one field, attachments. */
  readonly listed: number;
  readonly offset?: number;
}

function showReading(
  reading: Reading,
  text: string,
  { most, listed, offset = 0 }: Size,
): z.output<typeof messageShape> {
  const chars = [...text];
  if (offset > 0 && offset >= chars.length)
    throw invalidInput('offset', `The body has ${chars.length} characters.`, 'Give a smaller offset.');
  const end = Math.min(chars.length, offset + most);
  const body = chars.slice(offset, end).join('');
  const notes = [...reading.notes];
  const few = <T>(name: string, all: readonly T[]): T[] => {
    if (all.length > listed) notes.push(`${name}: ${listed} of ${all.length} shown`);
    return all.slice(0, listed);
  };
  return compact({
    message_id: reading.id,
    thread_id: reading.threadId,
    subject: clip(reading.subject, SUBJECT_CHARS),
    from: reading.from.address ? showAddress(reading.from) : '',
    to: few('to', reading.to).map(showAddress),
    cc: few('cc', reading.cc).map(showAddress),
    bcc: few('bcc', reading.bcc).map(showAddress),
    reply_to: few('reply_to', reading.replyTo).map(showAddress),
    date: iso(reading.dateMs),
    date_header: reading.dateHeaderMs === null ? '' : iso(reading.dateHeaderMs),
    message_id_header: reading.messageIdHeader && `<${reading.messageIdHeader}>`,
    body,
    body_truncated:
      end < chars.length
        ? `[truncated: ${end - offset} of ${chars.length} characters; continue with offset ${end}]`
        : '',
    hidden_text_removed: reading.hiddenRemoved,
    labels: showLabels(reading.labels),
    unread: reading.unread,
    attachments: few('attachments', reading.parts).map(showAttachment),
    sender_verdicts: reading.verdicts ?? undefined,
    notes,
    draft_id: reading.draftId ?? '',
  });
}

/** Leaves out empty and false fields. */
function compact<T extends object>(fields: T): T {
  const kept = Object.entries(fields).filter(([, value]) => value && (!Array.isArray(value) || value.length > 0));
  return Object.fromEntries(kept) as T;
}
