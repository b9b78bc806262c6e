// How far one mailbox has been told: an opaque word to everybody else. Pure; knows no request.
import { AppError } from '../../base/errors.ts';
import type { Change, RawMessage } from '../../mail/change.ts';
import { HERE } from './resources.ts';

export interface GmailCursor {
  /** Everything that happened up to here has been told. */
  readonly historyId: string;
  /**
   * `import`: what lies there is being told for the first time; what the store holds of it has been told. `relist`: the store
   * may hold mails whose copies or labels are out of date, so these are told again. `complete`: everything has been told.
   */
  readonly phase: 'import' | 'relist' | 'complete';
  /** Mails that Gmail could not give when their turn came, by their ids: they are asked for again. */
  readonly owed?: readonly string[];
}

/** More than these, and it is not the mails that are at fault. */
const MOST_OWED = 30;

/** With these owed too. Throws `unavailable` when that is too much. */
export function owing(cursor: GmailCursor, ids: readonly string[]): GmailCursor {
  if (ids.length === 0) return cursor;
  const owed = [...new Set([...(cursor.owed ?? []), ...ids])];
  if (owed.length <= MOST_OWED) return { ...cursor, owed };
  throw new AppError('unavailable', 'Gmail cannot give too many of the mails in this mailbox now.');
}

const VERSION = 1;

export const writeCursor = (cursor: GmailCursor): string => JSON.stringify({ v: VERSION, ...cursor });

/** Null when there is none or it was written by something else: the mailbox is then told from the beginning. */
export function readCursor(text: string | undefined): GmailCursor | null {
  try {
    const { v, historyId, phase, owed = [] } = JSON.parse(text ?? '');
    const isPhase = phase === 'import' || phase === 'relist' || phase === 'complete';
    if (v !== VERSION || !/^\d{1,30}$/.test(historyId) || !isPhase) return null;
    return { historyId, phase, ...(owed.length > 0 && { owed }) };
  } catch {
    return null;
  }
}

export const isLater = (one: string, other: string): boolean => BigInt(one) > BigInt(other);

/** Only the cursor moved. */
export const emptyStep = (cursor: GmailCursor): Change<RawMessage> => ({
  kind: 'flags',
  ...HERE,
  copies: [],
  cursor: writeCursor(cursor),
});
