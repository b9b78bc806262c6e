// Sending a mail: composed, committed to the outbox, answered with what became of it.
import { createHash, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { AppError, notFound } from '../base/errors.ts';
import { newOutboxId } from '../base/ids.ts';
import { type Composed, composeMail, type Draft } from '../mail/compose.ts';
import type { AccountRow } from '../store/control.ts';
import type { OutboxRow } from '../store/outbox-rows.ts';
import type { Sending } from '../store/send-limits.ts';
import { isFinal } from '../sync/outbox.ts';
import { type Call, type Context, iso, mustBeActive, narrow } from './context.ts';
import { accountId, flag, optional } from './input.ts';
import { mustBeGranted } from './mailboxes.ts';
import { addresseesOf, domainOf, outgoingFields, readOutgoing } from './outgoing.ts';

/** The same mail within this time is taken for a repeat. */
const GUARD_MS = 10 * 60_000;
const WAIT_FOR_ACCEPTANCE_MS = 20_000;
const WAIT_FOR_COPY_MS = 5000;

export const sendInput = z.object({
  account_id: accountId,
  ...outgoingFields,
  idempotency_key: optional('Your own.', 255),
  allow_duplicate: flag('Sends it again.'),
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
  const { account } = await narrow(ctx, input.account_id);
  const requestHash = hashOfRequest(input);
  const key = input.idempotency_key ?? null;
  const before = key === null ? undefined : await ctx.outbox.byKey(account.id, key);
  if (before) return repeat(ctx, before, before.request_hash === requestHash, call);
  mustBeGranted(account, 'send');
  mustBeActive(account);
  const { draft, threadId } = await readOutgoing(ctx, account, input, `${randomUUID()}@${domainOf(account)}`);
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
    reply_thread_id: threadId,
    next_at: ctx.now(),
    created_at: ctx.now(),
  };
  const guardedSince = input.allow_duplicate ? null : ctx.now() - GUARD_MS;
  const { how, row } = await ctx.outbox.submit(intent, raw, guardedSince, sendingOf(ctx, account, envelope.to));
  if (how === 'new') return show(await outcome(ctx, row, call));
  if (how === 'duplicate') return { ...show(await outcome(ctx, row, call)), duplicate: true };
  return repeat(ctx, row, how === 'same', call);
}

/** What of it counts for the limits of the profile that sends it; the operator has none. */
function sendingOf(ctx: Context, account: AccountRow, recipients: readonly string[]): Sending | null {
  const { session, sendLimits: limits, costs } = ctx;
  if (costs !== 'a mail') throw new AppError('internal', 'What sends has to declare that it costs a mail.');
  if (session.kind === 'service') return null;
  const mailbox = ctx.mailboxes.of(account.id);
  const isStranger = (address: string): boolean =>
    address !== account.email && (mailbox?.correspondence(address, 1, null).length ?? 0) === 0;
  return {
    userId: session.userId,
    profileId: session.profileId,
    accountId: account.id,
    limits,
    recipients: recipients.length,
    strangers: recipients.map((address) => address.toLowerCase()).filter(isStranger),
    now: ctx.now(),
  };
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
  const hasCopy = (each: OutboxRow): boolean => each.next_at === null;
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
