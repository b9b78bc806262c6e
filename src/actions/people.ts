// Who the mail was exchanged with, and about what lately.
import { z } from 'zod';
import { notFound } from '../base/errors.ts';
import type { AccountId } from '../base/ids.ts';
import { type Context, findAccount, freshen, iso, narrow } from './context.ts';
import { accountId, bareAddress, cursor, pageSize, required } from './input.ts';
import { freshShape, showAddress, showSubject } from './shapes.ts';
import { clip, fitting } from './size.ts';

const MOST_CANDIDATES = 10;
const MOST_SUGGESTED = 50;

export const contactInput = z.object({
  account_id: accountId,
  email: required('An address; a part of a name gives candidates.', 320),
});
export const contactShape = z.object({
  email: z.string().optional(),
  name: z.string().optional(),
  first_contact_at: z.string().optional(),
  last_contact_at: z.string().optional(),
  received: z.number().optional(),
  sent: z.number().optional(),
  last_subjects: z.array(z.string()).optional(),
  candidates: z.array(z.string()).optional(),
  ...freshShape,
});

/** The person at an address; for a name, those whom it may mean. */
export async function getContact(
  ctx: Context,
  input: z.output<typeof contactInput>,
): Promise<z.output<typeof contactShape>> {
  const account = await findAccount(ctx, input.account_id);
  const fresh = await freshen(ctx, account);
  const mailbox = ctx.mailboxes.of(account.id);
  const wanted = bareAddress(input.email);
  const contact = mailbox?.contact(wanted);
  if (contact)
    return {
      email: contact.address,
      name: clip(contact.name, 100),
      first_contact_at: iso(contact.firstAtMs),
      last_contact_at: iso(contact.lastAtMs),
      received: contact.received,
      sent: contact.sent,
      last_subjects: contact.lastSubjects.map(showSubject),
      ...fresh,
    };
  const folded = wanted.normalize('NFKD').replace(/\p{M}/gu, '');
  const candidates = mailbox?.people(folded, MOST_CANDIDATES) ?? [];
  if (candidates.length === 0)
    throw notFound('No mail was exchanged with anybody of that name or address.', 'Try a part of the name.');
  return { candidates: candidates.map(showAddress), ...fresh };
}

export const contactsInput = z.object({ account_id: accountId, limit: pageSize(50, 100) });
export const contactsShape = z.object({
  contacts: z.array(
    z.object({
      email: z.string(),
      name: z.string().optional(),
      first_contact_at: z.string(),
      last_contact_at: z.string(),
      received: z.number(),
      sent: z.number(),
    }),
  ),
  ...freshShape,
});

/** With whom mail was exchanged, the latest first. */
export async function listContacts(
  ctx: Context,
  input: z.output<typeof contactsInput>,
): Promise<z.output<typeof contactsShape>> {
  const account = await findAccount(ctx, input.account_id);
  const fresh = await freshen(ctx, account);
  const found = ctx.mailboxes.of(account.id)?.contacts(input.limit, account.email) ?? [];
  const listed = found.map(({ address, name, firstAtMs, lastAtMs, received, sent }) => ({
    email: clip(address, 320),
    ...(name && { name: clip(name, 100) }),
    first_contact_at: iso(firstAtMs),
    last_contact_at: iso(lastAtMs),
    received,
    sent,
  }));
  return { contacts: listed.slice(0, fitting(listed)), ...fresh };
}

/** Addresses whose name or address contains what is typed, the latest first. */
export async function suggestAddresses(ctx: Context, reference: string, typed: string): Promise<string[]> {
  const { mailbox } = await narrow(ctx, reference);
  const folded = typed.trim().toLowerCase().normalize('NFKD').replace(/\p{M}/gu, '');
  return mailbox?.people(folded, MOST_SUGGESTED).map(({ address }) => address) ?? [];
}

/** The newest mail exchanged with the address is one of these. */
export function isNewestWith(ctx: Context, account: AccountId, email: string, ids: ReadonlySet<string>): boolean {
  const mailbox = ctx.mailboxes.of(account);
  const newest = mailbox?.summaries(mailbox.correspondence(email, 1, null))[0];
  return newest !== undefined && ids.has(newest.id);
}

export const conversationsInput = z.object({ account_id: accountId, limit: pageSize(20, 50), cursor });
export const conversationsShape = z.object({
  conversations: z.array(
    z.object({
      thread_id: z.string(),
      contact: z.string().optional(),
      subject: z.string().optional(),
      last_message_at: z.string(),
      last_direction: z.enum(['in', 'out']),
      message_count: z.number(),
      unread_count: z.number().optional(),
      snippet: z.string().optional(),
    }),
  ),
  next_cursor: z.string().optional(),
  ...freshShape,
});

/** One row a thread, the newest first. */
export async function listConversations(
  ctx: Context,
  input: z.output<typeof conversationsInput>,
): Promise<z.output<typeof conversationsShape>> {
  const account = await findAccount(ctx, input.account_id);
  const bound = ['conversations', account.id];
  const place = ctx.tokens.read(bound, input.cursor, ctx.now());
  const fresh = await freshen(ctx, account);
  const mailbox = ctx.mailboxes.of(account.id);
  if (!mailbox) return { conversations: [], ...fresh };
  const rows = mailbox.conversations(input.limit + 1, place === null ? null : BigInt(place), account.email);
  const listed = rows.slice(0, input.limit).map(({ newest, messages, unread, contact }) => ({
    thread_id: newest.threadId,
    ...(contact && { contact: showAddress(contact) }),
    ...(newest.subject && { subject: showSubject(newest.subject) }),
    last_message_at: iso(newest.dateMs),
    last_direction: newest.outgoing ? ('out' as const) : ('in' as const),
    message_count: messages,
    ...(unread > 0 && { unread_count: unread }),
    ...(newest.snippet && { snippet: newest.snippet }),
  }));
  const conversations = listed.slice(0, fitting(listed));
  const last = rows[conversations.length - 1];
  return {
    conversations,
    ...(rows.length > conversations.length &&
      last && { next_cursor: ctx.tokens.mint(bound, String(last.newest.key), ctx.now()) }),
    ...fresh,
  };
}
