// users.threads: list, get, modify, trash and untrash. A thread is the mails with its id, wherever they lie.
import type { Mail } from '../mail.ts';
import type { PretendUser } from '../user.ts';
import { invalid, notFound } from './google-error.ts';
import { newestFirst, pageOfList } from './listing.ts';
import { formatOf, messageResource, snippetOf } from './message-resource.ts';
import { labelChange } from './messages.ts';
import { type ApiCall, bodyOf, operation } from './operation.ts';

/** The mails of a thread, oldest first. */
export function threadOf(user: PretendUser, id: string): Mail[] {
  if (!/^[0-9a-f]{1,16}$/i.test(id)) throw invalid('Invalid id value');
  const wanted = BigInt(`0x${id}`);
  const mails = [...user.mails()].filter((mail) => mail.threadId === wanted);
  if (mails.length === 0) throw notFound();
  return mails.sort((a, b) => newestFirst(b, a));
}

/** By the newest mail of each that fits. */
async function list(call: ApiCall): Promise<object> {
  const seen = new Set<bigint>();
  const { mails, ...rest } = await pageOfList(
    call,
    'threads',
    ({ threadId }) => !seen.has(threadId) && Boolean(seen.add(threadId)),
  );
  const threads = mails.map((mail) => ({
    id: mail.threadId.toString(16),
    snippet: snippetOf(mail),
    historyId: String(latest(threadOf(call.user, mail.threadId.toString(16)))),
  }));
  return { ...(threads.length > 0 && { threads }), ...rest };
}

const latest = (mails: readonly Mail[]): bigint =>
  mails.reduce((highest, { historyId }) => (historyId > highest ? historyId : highest), 0n);

function relabelled({ user, words }: ApiCall, gained: readonly string[], lost: readonly string[]): object {
  const mails = threadOf(user, words.id ?? '');
  for (const mail of mails) user.changeLabelIds(mail, gained, lost);
  return { id: words.id, messages: mails.map((mail) => messageResource(user, mail, 'minimal')) };
}

export const threadOperations = [
  operation('threads.list', 'GET threads', 10, 'FDMR', list),
  operation('threads.get', 'GET threads/{id}', 40, 'FDMR', (call) => {
    const format = formatOf(call, ['full', 'metadata', 'minimal']);
    const mails = threadOf(call.user, call.words.id ?? '');
    const names = call.query.getAll('metadataHeaders');
    return {
      id: mails[0]!.threadId.toString(16),
      historyId: String(latest(mails)),
      messages: mails.map((mail) => messageResource(call.user, mail, format, names)),
    };
  }),
  operation('threads.modify', 'POST threads/{id}/modify', 10, 'FM', (call) => {
    const { gained, lost } = labelChange(call.user, bodyOf(call));
    return relabelled(call, gained, lost);
  }),
  operation('threads.trash', 'POST threads/{id}/trash', 20, 'FM', (call) => relabelled(call, ['TRASH'], [])),
  operation('threads.untrash', 'POST threads/{id}/untrash', 10, 'FM', (call) => relabelled(call, [], ['TRASH'])),
];
