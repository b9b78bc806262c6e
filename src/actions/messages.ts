// Reading mails: one, a thread, what was exchanged with an address, an attachment.
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { AppError, invalidInput, notFound } from '../base/errors.ts';
import type { Attachment } from '../mail/message.ts';
import { splitQuoted } from '../mail/quotes.ts';
import type { MailboxReader, Reading } from '../store/mailbox-reader.ts';
import { type Context, freshen, iso, mustBeActive, narrow } from './context.ts';
import { accountId, cursor, pageSize, required } from './input.ts';
import { attachmentShape, freshShape, showAddress, showAttachment } from './shapes.ts';

/** Characters (code points) of a body in one answer. */
const BODY_CHARS = 4000;
const LIST_BODY_CHARS = 2000;
const THREAD_BODY_CHARS = 24_000;

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
  const { mailbox } = await narrow(ctx, input.account_id);
  const reading = mailbox?.read(resolveOne(mailbox, input.message_id));
  if (!reading) throw unknownMessage();
  return showReading(reading, reading.text, BODY_CHARS, input.offset);
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
  const { account, mailbox } = await narrow(ctx, input.account_id);
  const thread = mailbox?.resolveThread(input.thread_id);
  if (!mailbox || !thread) throw notFound('There is no such thread.', 'A thread_id from a search is expected.');
  const bound = ['thread', account.id, thread.id];
  const place = ctx.tokens.read(bound, input.cursor, ctx.now());
  const after = place === null ? -1n : BigInt(place);
  const messages: z.output<typeof messageShape>[] = [];
  let spent = 0;
  let last = after;
  for (const key of thread.keys.filter((k) => k > after)) {
    const reading = mailbox.read(key);
    if (!reading) continue;
    const shown = showReading(reading, splitQuoted(reading.text).own, BODY_CHARS);
    spent += shown.body?.length ?? 0;
    if (messages.length > 0 && spent > THREAD_BODY_CHARS) break;
    messages.push(shown);
    last = key;
  }
  const more = thread.keys.some((key) => key > last);
  return {
    thread_id: thread.id,
    subject: mailbox.summaries(thread.keys.slice(0, 1))[0]?.subject ?? '',
    message_count: thread.keys.length,
    messages,
    ...(more && { next_cursor: ctx.tokens.mint(bound, String(last), ctx.now()) }),
  };
}

export const correspondenceInput = z.object({
  account_id: accountId,
  email: required('The other side’s address.', 320),
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
  const scope = await narrow(ctx, input.account_id);
  const email = input.email.toLowerCase();
  const bound = ['correspondence', scope.account.id, email];
  const place = ctx.tokens.read(bound, input.cursor, ctx.now());
  const fresh = await freshen(ctx, scope);
  const mailbox = ctx.mailboxes.of(scope.account.id);
  if (!mailbox) return { messages: [], ...fresh };
  const keys = mailbox.correspondence(email, input.limit + 1, place === null ? null : BigInt(place));
  const page = keys.slice(0, input.limit);
  const oldest = page.at(-1);
  const readings = page.toReversed().flatMap((key) => mailbox.read(key) ?? []);
  return {
    messages: readings.map((reading) => showReading(reading, splitQuoted(reading.text).own, LIST_BODY_CHARS)),
    ...(keys.length > page.length &&
      oldest !== undefined && { next_cursor: ctx.tokens.mint(bound, String(oldest), ctx.now()) }),
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
  const scope = await narrow(ctx, input.account_id);
  const { account, mailbox } = scope;
  mustBeActive(scope);
  const key = mailbox && resolveOne(mailbox, input.message_id);
  const reading = key && mailbox.read(key);
  if (!reading) throw unknownMessage();
  const part = reading.parts.find(({ n }) => n === input.n);
  if (!part) throw notFound(`This mail has no attachment ${input.n}.`, `It has ${reading.parts.length}.`);
  ctx.sync.mayLogIn(account.id);
  const source = await ctx.opener.open(account.id, account.email);
  try {
    for (const copy of mailbox.copiesOf(key)) {
      const stream = await source.readPart({ ...copy, partId: part.partId }, signal).catch((error: unknown) => {
        if (error instanceof AppError && error.code === 'not_found') return null;
        throw error;
      });
      if (!stream) continue;
      stream.once('close', () => void source.close());
      return { part, stream };
    }
  } catch (error) {
    await source.close();
    throw error;
  }
  await source.close();
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

function showReading(reading: Reading, text: string, most: number, offset = 0): z.output<typeof messageShape> {
  const chars = [...text];
  if (offset > 0 && offset >= chars.length) throw invalidInput('offset', `The body has ${chars.length} characters.`);
  const end = Math.min(chars.length, offset + most);
  const body = chars.slice(offset, end).join('');
  const list = (name: 'to' | 'cc' | 'bcc' | 'replyTo') => reading[name].map(showAddress);
  return compact({
    message_id: reading.id,
    thread_id: reading.threadId,
    subject: reading.subject,
    from: reading.from.address ? showAddress(reading.from) : '',
    to: list('to'),
    cc: list('cc'),
    bcc: list('bcc'),
    reply_to: list('replyTo'),
    date: iso(reading.dateMs),
    date_header: reading.dateHeaderMs === null ? '' : iso(reading.dateHeaderMs),
    message_id_header: reading.messageIdHeader && `<${reading.messageIdHeader}>`,
    body,
    body_truncated:
      end < chars.length
        ? `[truncated: ${end - offset} of ${chars.length} characters; continue with offset ${end}]`
        : '',
    hidden_text_removed: reading.hiddenRemoved,
    labels: reading.labels.filter((label) => label !== 'UNREAD'),
    unread: reading.unread,
    attachments: reading.parts.map(showAttachment),
    sender_verdicts: reading.verdicts ?? undefined,
    notes: [...reading.notes],
  });
}

/** Leaves out empty and false fields. */
function compact<T extends object>(fields: T): T {
  const kept = Object.entries(fields).filter(([, value]) => value && (!Array.isArray(value) || value.length > 0));
  return Object.fromEntries(kept) as T;
}
