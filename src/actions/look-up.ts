// Reading by id what a copy that is still being made lacks: the mail server is asked for that one mail or thread. Bounded in
// time; knows no protocol.
import { AppError } from '../base/errors.ts';
import type { AccountRow } from '../store/control.ts';
import { hexOf } from '../store/mailbox-reader.ts';
import { type Context, sightIn } from './context.ts';
import { serverQuery, within } from './server-search.ts';

const LONGEST_WAIT_MS = 4000;

type Wanted = 'messageId' | 'threadId';

/**
 * Lets what is meant be stored, when the copy may lack it; resolves when reading is worth a try. Throws `unavailable` when the
 * server could not be asked and `must` says that nothing can be told without.
 */
export async function lookUp(
  ctx: Context,
  account: AccountRow,
  reference: string,
  wanted: Wanted,
  must: boolean,
): Promise<void> {
  if (ctx.sync.report(account.id).complete) return;
  // What the server knows by an id is more than a narrowed token may learn of.
  if (sightIn(ctx.session) !== null) {
    if (!must) return;
    throw new AppError('unavailable', 'This mailbox is still being copied.', { hint: 'Ask again later.' });
  }
  const word = reference.trim();
  const ids = hexOf(word);
  if (ids.length === 0 && !word.includes('@')) return;
  try {
    const asked = await within(LONGEST_WAIT_MS, async (signal) => {
      if (ids.length === 0) return ctx.sync.search(account.id, byMessageId(word, account.email), 1, signal);
      for (const id of ids)
        await ctx.sync.lookUp(account.id, wanted === 'messageId' ? { messageId: id } : { threadId: id }, signal);
      return true;
    });
    if (asked !== 'late' || !must) return;
  } catch (error) {
    if (!must) return;
    if (error instanceof AppError && error.code !== 'unavailable') throw error;
  }
  throw new AppError('unavailable', 'This mailbox is still being copied, and its server could not be asked in time.', {
    hint: 'Ask again in a moment.',
  });
}

function byMessageId(word: string, ownAddress: string) {
  const messageId = word.replace(/^<|>$/g, '');
  const root = { kind: 'message-id', messageId, span: { start: 0, end: word.length } } as const;
  return serverQuery({ root, includesHidden: true }, null, ownAddress);
}
