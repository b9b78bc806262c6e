// Which mails a list is about: labels, the query, Spam and Trash, newest first and a page at a time. Shapes no resource.
import { setImmediate as pause } from 'node:timers/promises';
import type { Mail } from '../mail.ts';
import { factsOf, NO_FACTS } from '../mail-facts.ts';
import { judgeOf, needsFacts, reachesEverywhere } from '../raw-query.ts';
import type { PretendUser } from '../user.ts';
import { GoogleError, invalid } from './google-error.ts';
import { type ApiCall, flagOf, pageOf, pageSize, pageToken } from './operation.ts';

const MANY = 201;

/** Every mail that a list call means, newest first; looked into no further than somebody reads on. */
export async function* listed({ user, query, scopes }: ApiCall): AsyncGenerator<Mail, void, void> {
  const q = query.get('q') ?? '';
  // Also when the token has a wider scope beside it.
  if (q !== '' && scopes.has('D'))
    throw new GoogleError(403, "Metadata scope does not support 'q' parameter", { reason: 'forbidden' });
  const labelIds = query.getAll('labelIds');
  for (const id of labelIds) if (!isLabelId(user, id)) throw invalid(`Invalid label: ${id}`);
  const everywhere =
    flagOf(query, 'includeSpamTrash') ||
    labelIds.includes('SPAM') ||
    labelIds.includes('TRASH') ||
    reachesEverywhere(q);
  const judge = q === '' ? null : judgeOf(q, [user.email, ...user.sendAs]);
  const reads = judge !== null && needsFacts(q);
  const mails = [...user.mails()].filter((mail) => everywhere || mail.place === 'all').sort(newestFirst);
  let looked = 0;
  for (const mail of mails) {
    if (labelIds.length > 0 && !bears(user, mail, labelIds)) continue;
    // Others are served while many mails are read.
    if (reads && ++looked % 50 === 0) await pause();
    if (judge && !judge(mail, reads ? await factsOf(mail) : NO_FACTS)) continue;
    yield mail;
  }
}

/** One page of what a list call means. */
export interface Page {
  readonly mails: readonly Mail[];
  readonly nextPageToken?: string;
  /** A rough guess, as Google's: never to be shown as a count. */
  readonly resultSizeEstimate: number;
}

/** The page that a call asks for; `keep` says which mails count. */
export async function pageOfList(call: ApiCall, of: string, keep: (mail: Mail) => boolean = () => true): Promise<Page> {
  const { query } = call;
  const kind = `${of} ${query.get('q') ?? ''} ${query.getAll('labelIds').join(' ')}`;
  const size = pageSize(query, 100, 500);
  const place = pageOf(query, kind);
  const mails: Mail[] = [];
  let seen = 0;
  for await (const mail of listed(call)) {
    if (!keep(mail)) continue;
    seen += 1;
    if (!isAfter(mail, place)) continue;
    if (mails.length === size)
      return { mails, nextPageToken: pageToken(kind, placeOf(mails.at(-1)!)), resultSizeEstimate: MANY };
    mails.push(mail);
  }
  return { mails, resultSizeEstimate: Math.min(seen, MANY) };
}

function bears(user: PretendUser, mail: Mail, labelIds: readonly string[]): boolean {
  const own = user.labelIds.of(mail);
  return labelIds.every((id) => own.includes(id));
}

export function isLabelId(user: PretendUser, id: string): boolean {
  return (
    /^(CHAT|SENT|INBOX|IMPORTANT|TRASH|DRAFT|SPAM|CATEGORY_\w+|STARRED|UNREAD)$/.test(id) ||
    user.labelIds.nameOf(id) !== undefined
  );
}

export const newestFirst = (a: Mail, b: Mail): number => b.dateMs - a.dateMs || (a.id < b.id ? 1 : -1);

/** The place of a mail in the order, for a page token: mail that comes later moves nobody to another page. */
const placeOf = (mail: Mail): string => `${mail.dateMs} ${mail.id}`;

function isAfter(mail: Mail, place: string | null): boolean {
  if (place === null) return true;
  const [dateMs = 0, id = 0n] = [Number(place.split(' ')[0]), BigInt(place.split(' ')[1] ?? 0)];
  return mail.dateMs < dateMs || (mail.dateMs === dateMs && mail.id < id);
}
