// What a caller writes to be sent or kept as a draft → a mail as it is meant, strictly read; replies worked out. Sends nothing.
import { z } from 'zod';
import { invalidInput } from '../base/errors.ts';
import type { Draft, DraftAttachment } from '../mail/compose.ts';
import { readRecipients } from '../mail/recipients.ts';
import type { AccountRow } from '../store/control.ts';
import { type Context, freshen } from './context.ts';
import { flag, optional, people, text } from './input.ts';
import { lookUp } from './look-up.ts';
import { mustBeAllowed } from './narrowing.ts';
import { replyParts } from './reply-context.ts';
import { showAddress } from './shapes.ts';

const MOST_BODY_CHARS = 10_000_000;
/** 25 MB of mail hold no more, and base64 is a third longer. */
const MOST_BASE64_CHARS = 36_000_000;
/** All but tab and line ends. */
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

export const outgoingFields = {
  to: people('With commas. In a reply: who wrote last.'),
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
};
export type Outgoing = z.output<z.ZodObject<typeof outgoingFields>>;

export interface Meant {
  readonly draft: Draft;
  /** Gmail's id of the thread that is answered; null when none is, or ids are not Gmail's. */
  readonly threadId: string | null;
}

/**
 * The mail that a caller means. Throws `invalid_input` naming the field. `unfinished`: a person completes it, so that it may
 * lack recipients and a subject.
 */
export async function readOutgoing(
  ctx: Context,
  account: AccountRow,
  input: Outgoing,
  messageId: string,
  unfinished = false,
): Promise<Meant> {
  const given = readRecipients({ to: input.to, cc: input.cc, bcc: input.bcc });
  mustBeAllowed(ctx, given);
  const attachments = (input.attachments ?? []).map(readAttachment);
  if (!input.body?.trim() && !input.html?.trim() && attachments.length === 0)
    throw invalidInput('body', 'body and html are missing.', 'Give one of them.');
  for (const field of ['body', 'html'] as const)
    if (CONTROLS.test(input[field] ?? '') || !(input[field] ?? '').isWellFormed())
      throw invalidInput(field, `${field} holds a control character or half a character.`, 'Take it out.');
  const from = { name: account.display_name, address: account.email };
  const common = { from, attachments, messageId, dateMs: ctx.now() };
  if (input.thread_id || input.in_reply_to) {
    await freshen(ctx, account);
    // A mailbox that is still being copied may lack what is answered, or the last words in its thread.
    if (input.thread_id) await lookUp(ctx, account, input.thread_id, 'threadId', false);
    if (input.in_reply_to) await lookUp(ctx, account, input.in_reply_to, 'messageId', false);
    const { recipients, threadId, ...reply } = replyParts(ctx.mailboxes.of(account.id), account, input, given);
    mustBeAllowed(ctx, recipients);
    return { draft: { ...common, ...recipients, ...reply }, threadId };
  }
  if (!unfinished && given.to.length + given.cc.length + given.bcc.length === 0)
    throw invalidInput('to', 'to is missing.', 'Give at least one address, or a thread_id to reply in.');
  if (!unfinished && !input.subject?.trim()) throw invalidInput('subject', 'subject is missing.');
  const { subject = '', body, html } = input;
  return { draft: { ...common, ...given, subject, text: body, html }, threadId: null };
}

function readAttachment(
  { filename, content_base64, content_type }: NonNullable<Outgoing['attachments']>[number],
  i: number,
): DraftAttachment {
  const base64 = content_base64.replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(base64) || base64.replace(/=+$/, '').length % 4 === 1)
    throw invalidInput(`attachments.${i}.content_base64`, `attachments.${i}.content_base64 is not base64.`);
  return { filename, content: Buffer.from(base64, 'base64'), contentType: content_type ?? undefined };
}

/** As they are shown. */
export const addresseesOf = ({ to, cc, bcc }: Draft) => ({
  to: to.map(showAddress),
  cc: cc.map(showAddress),
  bcc: bcc.map(showAddress),
});

/** What stands behind the @ of the account's address. */
export const domainOf = ({ email }: Pick<AccountRow, 'email'>): string => email.replace(/^.*@/s, '');
