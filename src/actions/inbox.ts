// What is new in the inbox since the last time somebody asked.
import { z } from 'zod';
import { type Context, mustBeActive, narrow } from './context.ts';
import { accountId, pageSize } from './input.ts';
import { showSummary, summaryShape } from './shapes.ts';

export const fetchInput = z.object({ account_id: accountId, limit: pageSize(20, 50) });
export const fetchShape = z.object({
  success: z.literal(true),
  count: z.number(),
  new_messages: z.array(summaryShape),
});

/**
 * Asks the server now and returns when what is new is stored. New: came into the inbox since the previous call for this
 * account, the first time since the account was added, newest first.
 */
export async function fetchInbox(
  ctx: Context,
  input: z.output<typeof fetchInput>,
): Promise<z.output<typeof fetchShape>> {
  const before = await narrow(ctx, input.account_id);
  mustBeActive(before);
  await ctx.sync.look(before.account.id);
  const { account, mailbox } = await narrow(ctx, before.account.id);
  if (!mailbox) return { success: true, count: 0, new_messages: [] };
  const seen = mailbox.lastArrival();
  const keys = mailbox.arrivalsAfter(account.inbox_seen, input.limit);
  if (seen > account.inbox_seen) await ctx.control.updateAccount(account.id, { inbox_seen: seen });
  const messages = mailbox.summaries(keys).map((summary) => showSummary(summary));
  return { success: true, count: messages.length, new_messages: messages };
}
