// How far one mailbox has been told: an opaque word to everybody else. Pure; knows no request.
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
}

const VERSION = 1;

export const writeCursor = (cursor: GmailCursor): string => JSON.stringify({ v: VERSION, ...cursor });

/** Null when there is none or it was written by something else: the mailbox is then told from the beginning. */
export function readCursor(text: string | undefined): GmailCursor | null {
  try {
    const { v, historyId, phase } = JSON.parse(text ?? '');
    const isPhase = phase === 'import' || phase === 'relist' || phase === 'complete';
    if (v !== VERSION || !/^\d{1,30}$/.test(historyId) || !isPhase) return null;
    return { historyId, phase };
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
