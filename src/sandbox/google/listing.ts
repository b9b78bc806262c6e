// Which mails a list is about: labels, the query, Spam and Trash, newest first and a page at a time. Shapes no resource.
import type { Mail } from '../mail.ts';
import { factsOf, NO_FACTS } from '../mail-facts.ts';
import { judgeOf, needsFacts, reachesEverywhere } from '../raw-query.ts';
import type { PretendUser } from '../user.ts';
import { GoogleError, invalid } from './google-error.ts';
import { type ApiCall, flagOf } from './operation.ts';

/** Every mail that a list call means, newest first. */
export async function listed({ user, query, scopes }: ApiCall): Promise<Mail[]> {
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
  const found: Mail[] = [];
  for (const mail of user.mails()) {
    if (!everywhere && mail.place !== 'all') continue;
    if (labelIds.length > 0 && !bears(user, mail, labelIds)) continue;
    if (judge && !judge(mail, reads ? await factsOf(mail) : NO_FACTS)) continue;
    found.push(mail);
  }
  return found.sort(newestFirst);
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
export const placeOf = (mail: Mail): string => `${mail.dateMs} ${mail.id}`;

/** What comes after the place where the last page ended. */
export function after(mails: readonly Mail[], place: string | null): readonly Mail[] {
  if (place === null) return mails;
  const [dateMs = 0, id = 0n] = [Number(place.split(' ')[0]), BigInt(place.split(' ')[1] ?? 0)];
  return mails.filter((mail) => mail.dateMs < dateMs || (mail.dateMs === dateMs && mail.id < id));
}

/** A rough guess, as Google's: never to be shown as a count. */
export const sizeEstimate = (count: number): number => Math.min(count, 201);
