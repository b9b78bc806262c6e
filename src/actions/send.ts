// Sending a mail: composed, committed to the outbox, answered with what became of it.
import { createHash, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { AppError, invalidInput, notFound } from '../base/errors.ts';
import { newOutboxId } from '../base/ids.ts';
import { type Composed, composeMail, type Draft, type DraftAttachment } from '../mail/compose.ts';
import { readRecipients } from '../mail/recipients.ts';
import type { OutboxRow } from '../store/outbox-rows.ts';
import { isFinal } from '../sync/outbox.ts';
import { type Call, type Context, freshen, iso, mustBeActive, type Narrowed, narrow } from './context.ts';
import { accountId, flag, optional, people, text } from './input.ts';
import { replyParts } from './reply-context.ts';
import { showAddress } from './shapes.ts';

const MOST_BODY_CHARS = 10_000_000;
/** 25 MB of mail hold no more, and base64 is a third longer. */
const MOST_BASE64_CHARS = 36_000_000;
/** All but tab and line ends. */
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;
/** The same mail within this time is taken for a repeat. */
const GUARD_MS = 10 * 60_000;
const WAIT_FOR_ACCEPTANCE_MS = 20_000;
const WAIT_FOR_COPY_MS = 5000;

export const sendInput = z.object({
  account_id: accountId,
  to: people('With commas, or a list. In a reply: whoever wrote last.'),
  cc: people('Addresses.'),
  bcc: people('Addresses.'),
  subject: text('In a reply: the thread’s.', 2000),
  body: text('Plain text.', MOST_BODY_CHARS),
  html: text('Made from body when left out, and body from it.', MOST_BODY_CHARS),
  attachments: z
    .array(
      z.object({
        filename: z.string().min(1).max(255),
        content_base64: z.string().max(MOST_BASE64_CHARS),
        content_type: z.string().max(255).nullish(),
      }),
    )
    .max(100)
    .optional()
    .describe('Content, never a path.'),
  thread_id: optional('The thread answered.'),
  in_reply_to: optional('The message answered.'),
  quote: flag('Quotes what is answered.'),
  idempotency_key: optional('Your own.', 255),
  allow_duplicate: flag('Sends the same again.'),
});
type SendInput = z.output<typeof sendInput>;

export const sentShape = z.object({
  status: z.enum(['sent', 'queued', 'failed', 'unknown']),
  message_id: z.string().nullable(),
  thread_id: z.string().nullable(),
  message_id_header: z.string(),
  to: z.array(z.string()),
  cc: z.array(z.string()),
  bcc: z.array(z.string()).optional(),
  subject: z.string(),
  outbox_id: z.string(),
  refused: z.array(z.object({ address: z.string(), reason: z.string() })).optional(),
  reason: z.string().optional(),
  next_try_at: z.string().optional(),
  duplicate: z.boolean().optional(),
});
export type Sent = z.output<typeof sentShape>;

/**
 * Sends once. The same key tells what became of the first call, with other content it is `conflict`; without a key the
 * same mail within ten minutes is answered with the first one, unless that failed.
 */
export async function sendEmail(ctx: Context, input: SendInput, call: Call): Promise<Sent> {
  const scope = await narrow(ctx, input.account_id);
  const { account } = scope;
  const requestHash = hashOfRequest(input);
  const key = input.idempotency_key ?? null;
  const before = key === null ? undefined : await ctx.outbox.byKey(account.id, key);
  if (before) return repeat(ctx, before, before.request_hash === requestHash, call);
  mustBeActive(account);
  const draft = await draftOf(ctx, scope, input);
  const { raw, ...composed } = await composeMail(draft);
  const { envelope, subject } = composed;
  const intent = {
    id: newOutboxId(),
    account_id: account.id,
    idempotency_key: key,
    request_hash: requestHash,
    content_hash: hashOfContent(draft, composed),
    state: 'queued' as const,
    message_id_header: draft.messageId,
    envelope_from: envelope.from,
    recipients: JSON.stringify(envelope.to),
    addressees: JSON.stringify(addresseesOf(draft)),
    subject,
    next_at: ctx.now(),
    created_at: ctx.now(),
  };
  const guardedSince = input.allow_duplicate ? null : ctx.now() - GUARD_MS;
  const { how, row } = await ctx.outbox.submit(intent, raw, guardedSince);
  if (how === 'new') return show(await outcome(ctx, row, call));
  if (how === 'duplicate') return { ...show(await outcome(ctx, row, call)), duplicate: true };
  return repeat(ctx, row, how === 'same', call);
}

async function repeat(ctx: Context, row: OutboxRow, isSame: boolean, call: Call): Promise<Sent> {
  if (isSame) return show(await outcome(ctx, row, call));
  throw new AppError('conflict', 'This idempotency_key was used for another mail.', {
    field: 'idempotency_key',
    hint: 'Use a new key for a new mail.',
  });
}

/** The row once there is something to say: settled with its copy seen, or put off with a reason. */
async function outcome(ctx: Context, row: OutboxRow, { signal }: Call): Promise<OutboxRow> {
  const hasWord = (each: OutboxRow): boolean => isFinal(each) || (each.state === 'queued' && each.reason !== '');
  const settled = await ctx.outbox.settled(row.id, hasWord, WAIT_FOR_ACCEPTANCE_MS, signal);
  if (!settled) throw notFound('The mail was taken back before it was sent.', 'Somebody removed it, or its account.');
  if (settled.state !== 'sent') return settled;
  const hasCopy = (each: OutboxRow): boolean => each.message_id !== null || each.next_at === null;
  return (await ctx.outbox.settled(row.id, hasCopy, WAIT_FOR_COPY_MS, signal)) ?? settled;
}

export function show(row: OutboxRow): Sent {
  const { to, cc, bcc } = JSON.parse(row.addressees) as Record<'to' | 'cc' | 'bcc', string[]>;
  const refused = (JSON.parse(row.refused) as { address: string; reason: string }[]).map(({ address, reason }) => ({
    address,
    reason,
  }));
  const status = isFinal(row) ? (row.state as 'sent' | 'failed' | 'unknown') : 'queued';
  return {
    status,
    message_id: row.message_id,
    thread_id: row.thread_id,
    message_id_header: `<${row.message_id_header}>`,
    to,
    cc,
    ...(bcc.length > 0 && { bcc }),
    subject: row.subject,
    outbox_id: row.id,
    ...(refused.length > 0 && { refused }),
    ...(row.reason && { reason: row.reason }),
    ...(status === 'queued' && row.next_at !== null && { next_try_at: iso(row.next_at) }),
  };
}

async function draftOf(ctx: Context, scope: Narrowed, input: SendInput): Promise<Draft> {
  const { account } = scope;
  const given = readRecipients({ to: input.to, cc: input.cc, bcc: input.bcc });
  const attachments = (input.attachments ?? []).map(readAttachment);
  if (!input.body?.trim() && !input.html?.trim() && attachments.length === 0)
    throw invalidInput('body', 'body and html are missing.', 'Give one of them.');
  for (const field of ['body', 'html'] as const)
    if (CONTROLS.test(input[field] ?? '') || !(input[field] ?? '').isWellFormed())
      throw invalidInput(field, `${field} holds a control character or half a character.`, 'Take it out.');
  const common = {
    from: { name: account.display_name, address: account.email },
    attachments,
    messageId: `${randomUUID()}@${account.email.replace(/^.*@/s, '')}`,
    dateMs: ctx.now(),
  };
  if (input.thread_id || input.in_reply_to) {
    await freshen(ctx, account);
    const { recipients, ...reply } = replyParts(ctx.mailboxes.of(account.id), account, input, given);
    return { ...common, ...recipients, ...reply };
  }
  if (given.to.length + given.cc.length + given.bcc.length === 0)
    throw invalidInput('to', 'to is missing.', 'Give at least one address, or a thread_id to reply in.');
  if (!input.subject?.trim()) throw invalidInput('subject', 'subject is missing.');
  return { ...common, ...given, subject: input.subject, text: input.body, html: input.html };
}

function readAttachment(
  { filename, content_base64, content_type }: NonNullable<SendInput['attachments']>[number],
  i: number,
): DraftAttachment {
  const base64 = content_base64.replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(base64) || base64.replace(/=+$/, '').length % 4 === 1)
    throw invalidInput(`attachments.${i}.content_base64`, `attachments.${i}.content_base64 is not base64.`);
  return { filename, content: Buffer.from(base64, 'base64'), contentType: content_type ?? undefined };
}

const addresseesOf = ({ to, cc, bcc }: Draft) => ({
  to: to.map(showAddress),
  cc: cc.map(showAddress),
  bcc: bcc.map(showAddress),
});

/** Of what the caller asked for, however that is worked out later and in whichever of its forms it was written. */
function hashOfRequest({
  account_id: _of,
  idempotency_key: _key,
  allow_duplicate: _again,
  ...asked
}: SendInput): string {
  const { to, cc, bcc, quote } = asked;
  const plain = { ...asked, to: inOneText(to), cc: inOneText(cc), bcc: inOneText(bcc), quote: quote || undefined };
  const inOrder = Object.entries(plain)
    .filter(([, value]) => value !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return sha256(JSON.stringify(inOrder));
}

/** Without the blanks around commas; a pattern for them would take its time over a million blanks. */
function inOneText(people: SendInput['to']): string | undefined {
  if (people === undefined) return undefined;
  const parts = [people].flat().flatMap((text) => text.split(','));
  return parts.map((part) => part.trim()).join(',');
}

/** Of what a recipient would take for the same mail. */
function hashOfContent({ text: body, html, attachments }: Draft, { envelope, subject }: Omit<Composed, 'raw'>): string {
  const people = envelope.to.map((address) => address.toLowerCase()).toSorted();
  const files = attachments.map(({ filename, content }) => [filename, sha256(content)]);
  return sha256(JSON.stringify([people, subject, body ?? null, html ?? null, files]));
}

const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');
