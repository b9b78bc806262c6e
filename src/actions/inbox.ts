// What is new in the inbox since the last time somebody asked.
import { z } from 'zod';
import { type Call, type Context, findAccount, mustBeActive, whileWaited } from './context.ts';
import { accountId, pageSize } from './input.ts';
import { senderJudge, senderShape } from './sender-fields.ts';
import { showSummary, summaryShape } from './shapes.ts';

export const fetchInput = z.object({ account_id: accountId, limit: pageSize(20, 50) });
export const fetchShape = z.object({
  success: z.literal(true),
  count: z.number(),
  new_messages: z.array(summaryShape.extend(senderShape)),
});

/**
 * Asks the server now and returns when what is new is stored. New: came into the inbox after the account was added and has
 * not been told by this verb yet, newest first. What is over the limit is told by the next call; so is what was in an
 * answer that never left.
 */
export async function fetchInbox(
  ctx: Context,
  input: z.output<typeof fetchInput>,
  call: Call,
): Promise<z.output<typeof fetchShape>> {
  const account = await findAccount(ctx, input.account_id);
  mustBeActive(account);
  await call.report(0, undefined, 'asking Gmail');
  let told = Promise.resolve();
  let most = 0;
  const looked = ctx.sync.look(account.id, (stored) => {
    // Begun again after a fault it counts from the start; progress only rises.
    if (stored <= most || call.signal.aborted) return;
    most = stored;
    told = told.then(() => call.report(stored, undefined, `${stored} stored`)).catch(() => undefined);
  });
  await whileWaited(looked, call);
  await told;
  const mailbox = ctx.mailboxes.of(account.id);
  if (!mailbox) return { success: true, count: 0, new_messages: [] };
  const handed = await ctx.inbox.take(account.id, mailbox, input.limit);
  try {
    const judge = senderJudge(ctx, account, mailbox);
    const messages = mailbox.summaries(handed.keys).map((each) => ({ ...showSummary(each), ...judge(each) }));
    void call.delivered.then((left) => handed.settle(left)).catch(() => undefined);
    return { success: true, count: messages.length, new_messages: messages };
  } catch (error) {
    await handed.settle(false);
    throw error;
  }
}
