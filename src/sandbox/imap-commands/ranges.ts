// From a sequence set to the mails of the open mailbox. Shared by the commands that take one.
import type { ImapSession } from '../imap-session.ts';
import { type Argument, parseSequence, wordOf } from '../imap-syntax.ts';
import type { Mail } from '../mail.ts';

/** One mail of the open mailbox as this session numbers it. */
export interface Hit {
  readonly number: number;
  readonly uid: number;
  readonly mail: Mail;
}

/** The mails of a set, ascending, those that are gone left out; null when it is no set. */
export function hitsOf(session: ImapSession, set: Argument | undefined, byUid: boolean): Hit[] | null {
  const { uids, view } = session.open;
  const ranges = parseSequence(wordOf(set), byUid ? (uids.at(-1) ?? 0) : uids.length);
  if (!ranges) return null;
  const numbers = new Set<number>();
  for (const [from, to] of ranges) {
    const first = byUid ? firstAtLeast(uids, from) : Math.max(0, from - 1);
    for (let index = first; index < uids.length && (byUid ? uids[index]! : index + 1) <= to; index++) {
      numbers.add(index + 1);
    }
  }
  const hits: Hit[] = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const uid = uids[number - 1]!;
    const mail = view.mails.get(uid);
    if (mail) hits.push({ number, uid, mail });
  }
  return hits;
}

function firstAtLeast(uids: readonly number[], uid: number): number {
  let [low, high] = [0, uids.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (uids[middle]! < uid) low = middle + 1;
    else high = middle;
  }
  return low;
}
