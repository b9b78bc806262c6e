// What a page of history.list says, folded: which mails came, which went, and what others gained and lost, in order. Pure.
import type { HistoryPage } from './resources.ts';

/** Labels that a mail got or lost, by their ids. */
export interface LabelStep {
  readonly id: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

export interface Happened {
  /** In the order in which they came, each once; none that has gone again. */
  readonly came: readonly string[];
  readonly gone: readonly string[];
  /** Of mails that were there before, in the order in which it happened. */
  readonly steps: readonly LabelStep[];
  /** A draft may have come, changed or gone. */
  readonly aboutDrafts: boolean;
  /** Every label that is named. */
  readonly labelIds: ReadonlySet<string>;
  /** Up to where this page tells; its own historyId when it is the last. */
  readonly upTo: string;
}

/** `wasDraft`: whether a mail was one when drafts were last listed. `from`: where the page was asked from. */
export function fold(page: HistoryPage, from: string, wasDraft: (id: string) => boolean): Happened {
  const came = new Set<string>();
  const gone = new Set<string>();
  const steps: LabelStep[] = [];
  const labelIds = new Set<string>();
  let aboutDrafts = false;
  let upTo = BigInt(from);
  const touch = (id: string, labels: readonly string[] = []): void => {
    for (const label of labels) labelIds.add(label);
    aboutDrafts ||= labels.includes('DRAFT') || wasDraft(id);
  };
  for (const record of page.history ?? []) {
    upTo = max(upTo, BigInt(record.id));
    for (const { message } of record.messagesAdded ?? []) {
      touch(message.id, message.labelIds);
      if (message.labelIds?.includes('CHAT')) continue;
      came.add(message.id);
      gone.delete(message.id);
    }
    for (const { message } of record.messagesDeleted ?? []) {
      touch(message.id, message.labelIds);
      came.delete(message.id);
      gone.add(message.id);
    }
    const relabel = (added: boolean, { message, labelIds: ids }: Relabelled): void => {
      touch(message.id, ids);
      // What came is read as it is now.
      if (came.has(message.id) || gone.has(message.id)) return;
      steps.push({ id: message.id, added: added ? ids : [], removed: added ? [] : ids });
    };
    for (const each of record.labelsAdded ?? []) relabel(true, each);
    for (const each of record.labelsRemoved ?? []) relabel(false, each);
  }
  if (page.nextPageToken === undefined) upTo = max(upTo, BigInt(page.historyId ?? from));
  return {
    came: [...came],
    gone: [...gone],
    steps: steps.filter(({ id }) => !gone.has(id) && !came.has(id)),
    aboutDrafts,
    labelIds,
    upTo: String(upTo),
  };
}

type Relabelled = NonNullable<NonNullable<HistoryPage['history']>[number]['labelsAdded']>[number];

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
