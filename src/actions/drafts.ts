// Keeping a mail as a draft, for a person to look at and send; or putting it in the place of one. Sends nothing.
import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { type AppError, notFound } from '../base/errors.ts';
import { withBcc } from '../mail/bcc.ts';
import { composeMail } from '../mail/compose.ts';
import { draftIdOf, revisionOf } from '../mail/draft-id.ts';
import { referencesInHeader } from '../mail/thread.ts';
import type { AccountRow } from '../store/control.ts';
import type { ResolvedDraft } from '../store/draft-rows.ts';
import type { MailboxReader } from '../store/mailbox-reader.ts';
import { type Call, type Context, freshen, mustBeActive, narrow, sightIn, whileWaited } from './context.ts';
import { accountId, flag, optional } from './input.ts';
import { mustBeGranted } from './mailboxes.ts';
import { addresseesOf, domainOf, type Outgoing, outgoingFields, readOutgoing } from './outgoing.ts';

/** How long a caller waits for the draft to be in the copy; it is kept at the server by then. */
const WAIT_FOR_COPY_MS = 5000;

export const draftInput = z.object({
  account_id: accountId,
  ...outgoingFields,
  draft_id: optional('The draft that this one takes the place of.'),
  idempotency_key: optional('Your own.', 255),
  // As a mail that is sent has it; without a key no draft is taken for a repeat of another.
  allow_duplicate: flag('Makes it again.'),
});
type DraftInput = z.output<typeof draftInput>;

export const draftShape = z.object({
  draft_id: z.string().nullable(),
  message_id: z.string().nullable(),
  thread_id: z.string().nullable(),
  to: z.array(z.string()),
  cc: z.array(z.string()),
  bcc: z.array(z.string()).optional(),
  subject: z.string(),
  message_id_header: z.string(),
});
export type Drafted = z.output<typeof draftShape>;

/**
 * Keeps a draft at the server. One that replaces another has its id and, unless the caller names a thread, stays in its
 * thread; of the other nothing else is kept. Ids are null while the server has not told them.
 */
export async function saveDraft(ctx: Context, input: DraftInput, call: Call): Promise<Drafted> {
  const { account } = await narrow(ctx, input.account_id);
  mustBeGranted(account, 'draft');
  mustBeActive(account);
  const { idempotency_key: key, allow_duplicate: _, ...asked } = input;
  // Two that take the place of one draft at once would both be kept.
  const inTurn = () =>
    input.draft_id === undefined
      ? keepDraft(ctx, account, asked, call)
      : ctx.draftTurns.inTurn(account.id, () => keepDraft(ctx, account, asked, call));
  const kept = key === undefined ? inTurn() : ctx.draftTurns.once(account.id, key, hashOf(asked), inTurn);
  return whileWaited(kept, call);
}

const hashOf = (asked: object): string =>
  createHash('sha256')
    .update(JSON.stringify(Object.entries(asked).toSorted(([a], [b]) => (a < b ? -1 : 1))))
    .digest('base64url');

/** Goes on when the caller has left. */
async function keepDraft(
  ctx: Context,
  account: AccountRow,
  input: Omit<DraftInput, 'idempotency_key' | 'allow_duplicate'>,
  call: Call,
): Promise<Drafted> {
  const replaced = input.draft_id === undefined ? null : await replacedBy(ctx, account, input.draft_id);
  const mailbox = ctx.mailboxes.of(account.id);
  const place = inItsThread(mailbox, replaced, input);
  const own = replaced && !replaced.byServer ? replaced.draftId : null;
  const domain = domainOf(account);
  const messageId = own === null ? `${randomUUID()}@${domain}` : revisionOf(own, randomUUID(), domain);
  const { draft, threadId } = await readOutgoing(ctx, account, { ...input, ...place }, messageId, true);
  const { raw, subject } = await composeMail(draft);
  ctx.sync.mayLogIn(account.id);
  const saved = await save(ctx, account, {
    raw: withBcc(raw, draft.bcc),
    threadId: threadId ?? threadOf(mailbox, replaced),
    replaced,
  });
  const draftId = saved.draftId ?? draftIdOf(messageId);
  await inTheCopy(ctx, account, call);
  const key = ctx.mailboxes.of(account.id)?.resolveDraft(draftId)?.key ?? null;
  const [copy] = key === null ? [] : (ctx.mailboxes.of(account.id)?.summaries([key]) ?? []);
  const { to, cc, bcc } = addresseesOf(draft);
  return {
    draft_id: draftId,
    message_id: saved.ids?.messageId ?? copy?.id ?? null,
    thread_id: saved.ids?.threadId ?? copy?.threadId ?? null,
    to,
    cc,
    ...(bcc.length > 0 && { bcc }),
    subject,
    message_id_header: `<${messageId}>`,
  };
}

/** Throws `not_found` when no draft is meant. */
async function replacedBy(ctx: Context, account: AccountRow, reference: string): Promise<ResolvedDraft> {
  const find = () => ctx.mailboxes.of(account.id)?.resolveDraft(reference) ?? null;
  const known = find();
  if (known) return known;
  // It may have been made a moment ago, by a person or another program.
  await freshen(ctx, account);
  const found = find();
  if (found) return found;
  // One that the copy lacks may be beyond what a narrowed token sees.
  const isNew = sightIn(ctx.session) === null;
  if (isNew && account.kind === 'google_oauth' && ctx.mailboxes.of(account.id)?.resolve(reference).length === 0)
    return { key: null, draftId: reference, byServer: true };
  throw unknownDraft();
}

const unknownDraft = (): AppError =>
  notFound('There is no such draft.', 'A draft_id is expected, from an earlier draft or from a search for in:drafts.');

/** What keeps a draft in the thread of the one that it replaces; nothing where the caller says what it answers. */
function inItsThread(
  mailbox: MailboxReader | null,
  replaced: ResolvedDraft | null,
  { thread_id, in_reply_to }: Pick<DraftInput, 'thread_id' | 'in_reply_to'>,
): Pick<Outgoing, 'thread_id' | 'in_reply_to'> {
  if (!mailbox || !replaced || replaced.key === null || in_reply_to) return {};
  if (thread_id) {
    const keys = mailbox.resolveThread(thread_id)?.keys ?? [];
    const isDraft = (key: bigint): boolean => key === replaced.key;
    // The draft's own thread, in which there is nothing to answer.
    return keys.length > 0 && keys.every(isDraft) ? { thread_id: undefined } : {};
  }
  const parent = referencesInHeader(mailbox.headerBlock(replaced.key)).at(-1);
  const isHere = parent !== undefined && mailbox.resolve(parent).length === 1;
  return isHere ? { in_reply_to: `<${parent}>` } : {};
}

function threadOf(mailbox: MailboxReader | null, replaced: ResolvedDraft | null): string | null {
  const [before] = replaced?.key == null ? [] : (mailbox?.summaries([replaced.key]) ?? []);
  const thread = before && mailbox?.resolveThread(before.threadId);
  return thread?.gmail ? thread.id : null;
}

interface Saving {
  readonly raw: Uint8Array;
  readonly threadId: string | null;
  readonly replaced: ResolvedDraft | null;
}

/** Goes on when the caller has left: a draft that was begun is kept whole. */
async function save(ctx: Context, account: AccountRow, { raw, threadId, replaced }: Saving) {
  const { drafts, close } = await ctx.opener.openDrafts(account, AbortSignal.timeout(60_000));
  try {
    return await drafts.save({ raw, threadId, replaces: replaced && addressOf(ctx, account, replaced) });
  } finally {
    await close();
  }
}

function addressOf(ctx: Context, { id, kind }: AccountRow, { key, draftId, byServer }: ResolvedDraft) {
  if (byServer && kind === 'google_oauth' && draftId !== null) return { kind: 'id' as const, draftId };
  const [copy] = key === null ? [] : (ctx.mailboxes.of(id)?.copiesOf(key) ?? []);
  // By the API a draft is known by its own id only.
  if (!copy || typeof copy.uid === 'bigint') throw unknownDraft();
  return { kind: 'copy' as const, ...copy, uid: copy.uid };
}

/** Whether or not that succeeds the draft is kept; then its ids come later. */
async function inTheCopy(ctx: Context, account: AccountRow, { signal }: Call): Promise<void> {
  const over = new AbortController();
  const late = delay(WAIT_FOR_COPY_MS, undefined, { signal: AbortSignal.any([signal, over.signal]) });
  const looked = ctx.sync.look(account.id, undefined, true);
  await Promise.race([looked, late]).catch(() => undefined);
  over.abort();
  looked.catch(() => undefined);
  late.catch(() => undefined);
}
