// What the copies of one mail together say of it: its flags, its labels, whether it is seen at all. Knows no table.
import type { SystemLabel } from '../mail/change.ts';

/** One copy; labels are rows of `labels`. */
export interface CopyState {
  readonly seen: boolean;
  readonly flagged: boolean;
  readonly draft: boolean;
  readonly answered: boolean;
  /** What lying in its place means; null when that says nothing. */
  readonly home: bigint | null;
  /** What the server tells with the copy (X-GM-LABELS); null when places are the only labels. */
  readonly told: readonly bigint[] | null;
}

export interface Standing {
  readonly unread: boolean;
  readonly starred: boolean;
  readonly draft: boolean;
  readonly answered: boolean;
  /** In Spam or Trash and nowhere else. */
  readonly hidden: boolean;
  readonly sent: boolean;
  readonly inInbox: boolean;
  readonly labels: ReadonlySet<bigint>;
}

/** A mail is read when any copy is, starred, answered or a draft when any copy is, and bears what any copy bears. */
export function standing(copies: readonly CopyState[], row: (id: SystemLabel) => bigint): Standing {
  const labels = new Set<bigint>();
  for (const { home, told } of copies) {
    if (home !== null) labels.add(home);
    for (const label of told ?? []) labels.add(label);
  }
  if (!copies.some(({ seen }) => seen)) labels.add(row('UNREAD'));
  if (copies.some(({ flagged }) => flagged)) labels.add(row('STARRED'));
  if (copies.some(({ draft }) => draft)) labels.add(row('DRAFT'));
  const bears = (id: SystemLabel): boolean => labels.has(row(id));
  return {
    unread: bears('UNREAD'),
    starred: bears('STARRED'),
    draft: bears('DRAFT'),
    answered: copies.some(({ answered }) => answered),
    hidden: (bears('SPAM') || bears('TRASH')) && !copies.some((copy) => liesInTheOpen(copy, row)),
    sent: bears('SENT'),
    inInbox: bears('INBOX'),
    labels,
  };
}

// A copy in a view (All, Starred, Important) of a server without labels only says that the mail lies somewhere.
function liesInTheOpen({ home, told }: CopyState, row: (id: SystemLabel) => bigint): boolean {
  const is = (...ids: SystemLabel[]): boolean => ids.some((id) => home === row(id) || told?.includes(row(id)) === true);
  if (is('SPAM', 'TRASH')) return false;
  return told !== null || (home !== null && !is('STARRED', 'IMPORTANT'));
}
