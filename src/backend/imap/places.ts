// Which mailboxes are synced, in which order, and what lying in one means. Pure; knows no connection.
import type { ListResponse } from 'imapflow';
import type { LabelRef, Place, SystemLabel } from '../../mail/change.ts';

/** What STATUS said (RFC 3501 section 6.3.10); zero where the server said nothing. */
export interface PlaceStatus {
  readonly messages: number;
  readonly uidNext: number;
  readonly uidValidity: number;
  /** Zero without CONDSTORE (RFC 7162 section 3.1.8). */
  readonly highestModseq: bigint;
}

export interface ListedPlace {
  readonly place: Place;
  /** The mailbox shows mails that lie elsewhere too, so their bytes are probably known. */
  readonly view: boolean;
  /** Null when the server would not say: such a place is kept, but not looked at. */
  readonly status: PlaceStatus | null;
}

/** No account has as many mailboxes; a server that names more is not believed. */
const MOST_PLACES = 20_000;

const PLACE_LABELS: Readonly<Record<string, SystemLabel>> = {
  '\\Inbox': 'INBOX',
  '\\Sent': 'SENT',
  '\\Drafts': 'DRAFT',
  '\\Junk': 'SPAM',
  '\\Trash': 'TRASH',
  '\\Flagged': 'STARRED',
  '\\Important': 'IMPORTANT',
};

const VIEWS = ['\\All', '\\Flagged', '\\Important'];

/**
 * The places of an account, most wanted first: with Gmail's ids All Mail, Spam and Trash; on any other server, or when
 * All Mail is hidden from IMAP, every mailbox that can be selected, views last.
 */
export function choosePlaces(entries: readonly ListResponse[], gmailIds: boolean): ListedPlace[] {
  const usable = entries.filter(isUsable).slice(0, MOST_PLACES);
  if (gmailIds && usable.some((entry) => entry.flags.has('\\All'))) {
    const wanted = ['\\All', '\\Junk', '\\Trash'];
    return wanted.flatMap((use) => usable.filter((entry) => entry.flags.has(use)).slice(0, 1)).map(listed);
  }
  return usable.sort((a, b) => rank(a) - rank(b) || (a.path < b.path ? -1 : 1)).map(listed);
}

function isUsable({ path, flags }: ListResponse): boolean {
  // A name with a control character cannot be asked for safely, so it is as if it were not there.
  return path !== '' && !/[\u0000-\u001f\u007f]/.test(path) && !flags.has('\\Noselect') && !flags.has('\\NonExistent');
}

function specialUse(entry: ListResponse): string {
  if (entry.path === 'INBOX') return '\\Inbox';
  for (const use of ['\\All', '\\Important']) if (entry.flags.has(use)) return use;
  return entry.specialUse ?? '';
}

function rank(entry: ListResponse): number {
  const use = specialUse(entry);
  if (VIEWS.includes(use)) return 5;
  return { '\\Inbox': 0, '\\Sent': 1, '\\Drafts': 2, '\\Junk': 4, '\\Trash': 4 }[use] ?? 3;
}

function listed(entry: ListResponse): ListedPlace {
  const use = specialUse(entry);
  const status = statusOf(entry);
  return {
    place: { path: entry.path, label: labelOf(entry, use), messages: status?.messages ?? 0 },
    view: VIEWS.includes(use),
    status,
  };
}

function labelOf(entry: ListResponse, use: string): LabelRef | null {
  if (use === '\\All') return null;
  const id = PLACE_LABELS[use];
  if (id) return { type: 'system', id };
  const name = entry.delimiter ? entry.path.replaceAll(entry.delimiter, '/') : entry.path;
  return { type: 'user', name };
}

function statusOf({ status }: ListResponse): PlaceStatus | null {
  if (!status || status.messages === undefined) return null;
  return {
    messages: status.messages,
    uidNext: status.uidNext ?? 0,
    uidValidity: Number(status.uidValidity ?? 0n),
    highestModseq: status.highestModseq ?? 0n,
  };
}
