// What was sent, waits, failed or is unknown; trying again and taking back.
import { z } from 'zod';
import { AppError, notFound } from '../base/errors.ts';
import type { OutboxId, UserId } from '../base/ids.ts';
import type { OutboxRow } from '../store/outbox-rows.ts';
import { type Context, findAccount, iso, mayUse } from './context.ts';
import { accountId, cursor, pageSize, required } from './input.ts';
import { sentShape, show } from './send.ts';

const entryShape = sentShape.omit({ duplicate: true }).extend({
  attempts: z.number(),
  created_at: z.string(),
  settled_at: z.string().nullable(),
});
export const outboxInput = z.object({ account_id: accountId, limit: pageSize(20, 100), cursor });
export const outboxShape = z.object({ outbox: z.array(entryShape), next_cursor: z.string().optional() });

/** The newest first. */
export async function listOutbox(
  ctx: Context,
  input: z.output<typeof outboxInput>,
): Promise<z.output<typeof outboxShape>> {
  const account = await findAccount(ctx, input.account_id);
  const bound = ['outbox', account.id];
  const place = ctx.tokens.read(bound, input.cursor, ctx.now());
  const rows = await ctx.outbox.list(account.id, input.limit + 1, place === null ? null : Number(place));
  const page = rows.slice(0, input.limit);
  const last = page.at(-1);
  return {
    outbox: page.map(showEntry),
    ...(rows.length > page.length && last && { next_cursor: ctx.tokens.mint(bound, String(last.position), ctx.now()) }),
  };
}

export const entryInput = z.object({ outbox_id: required('From the outbox of an account.', 255) });
export const retriedShape = entryShape;

/** Tries now, also what failed or is unknown. Throws `conflict` when the mail is under way or was sent. */
export async function retryOutbox(
  ctx: Context,
  input: z.output<typeof entryInput>,
): Promise<z.output<typeof entryShape>> {
  const { row } = await entryOf(ctx, input.outbox_id);
  if (!(await ctx.outbox.retry(row.id))) throw underWay('be tried again');
  return showEntry((await ctx.outbox.find(row.id)) ?? row);
}

export const withdrawnShape = z.object({ status: z.literal('deleted'), outbox_id: z.string() });

/** Takes it out of the outbox. Throws `conflict` when the mail is under way or was sent. */
export async function withdrawOutbox(
  ctx: Context,
  input: z.output<typeof entryInput>,
): Promise<z.output<typeof withdrawnShape>> {
  const { row, user } = await entryOf(ctx, input.outbox_id);
  if (!(await ctx.outbox.withdraw(row.id))) throw underWay('be taken back');
  ctx.feed.tell({ kind: 'outbox', account: row.account_id, user, outbox: row.id, state: 'deleted' });
  return { status: 'deleted', outbox_id: row.id };
}

async function entryOf(ctx: Context, id: string): Promise<{ row: OutboxRow; user: UserId }> {
  const row = await ctx.outbox.find(id as OutboxId);
  const account = row && (await ctx.control.account(row.account_id));
  if (!row || !account || !(await mayUse(ctx, account)))
    throw notFound('There is no such mail in an outbox.', 'GET /accounts/{account_id}/outbox lists them.');
  ctx.touched.add(account);
  return { row, user: account.user_id };
}

const underWay = (what: string): AppError =>
  new AppError('conflict', `This mail is under way or was sent; it cannot ${what}.`);

const showEntry = (row: OutboxRow): z.output<typeof entryShape> => ({
  ...show(row),
  attempts: row.attempts,
  created_at: iso(row.created_at),
  settled_at: row.settled_at === null ? null : iso(row.settled_at),
});
