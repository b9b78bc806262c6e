// users.history.list: what happened after an id, ascending. Changes nothing.
import type { HistoryRecord } from '../mail-history.ts';
import { invalid, notFound } from './google-error.ts';
import { isLabelId } from './listing.ts';
import { idsOf } from './messages.ts';
import { type ApiCall, operation, pageOf, pageSize, pageToken } from './operation.ts';

/** Singular when asked for, plural in the answer. */
const TYPES = ['messageAdded', 'messageDeleted', 'labelAdded', 'labelRemoved'] as const;
type HistoryType = (typeof TYPES)[number];

function list(call: ApiCall): object {
  const { user, query } = call;
  const types = query.getAll('historyTypes').map((given): HistoryType => {
    const type = TYPES.find((each) => each === given);
    if (!type)
      throw invalid(
        `Invalid value at 'history_types' (type.googleapis.com/google.apps.gmail.v1.ListHistoryRequest.HistoryType), "${given}"`,
      );
    return type;
  });
  const start = query.get('startHistoryId') ?? '';
  if (!/^\d{1,20}$/.test(start)) throw invalid('Invalid value for startHistoryId');
  const labelId = query.get('labelId');
  if (labelId !== null && !isLabelId(user, labelId)) throw invalid(`Invalid label: ${labelId}`);
  const size = pageSize(query, 100, 500);
  const kind = `history ${start} ${types.join(' ')} ${labelId}`;
  const from = pageOf(query, kind);
  const records = user.history.since(BigInt(from ?? start));
  if (!records) throw notFound();
  const historyId = String(user.history.latest);
  if (call.site.script.take(user.email, 'google-empty-page'))
    return { nextPageToken: pageToken(kind, from ?? start), historyId };
  const page = records.slice(0, size);
  const wanted = types.length > 0 ? types : TYPES;
  const history = page
    .filter(({ labelIds }) => labelId === null || labelIds.includes(labelId))
    .flatMap((record) => resource(record, wanted));
  return {
    ...(history.length > 0 && { history }),
    ...(records.length > size && { nextPageToken: pageToken(kind, String(page.at(-1)!.id)) }),
    historyId,
  };
}

function resource({ id, kind, mail, labelIds, gained, lost }: HistoryRecord, wanted: readonly HistoryType[]): object[] {
  const message = { ...idsOf(mail), ...(labelIds.length > 0 && { labelIds }) };
  const events = {
    ...(kind === 'added' && wanted.includes('messageAdded') && { messagesAdded: [{ message }] }),
    ...(kind === 'deleted' && wanted.includes('messageDeleted') && { messagesDeleted: [{ message }] }),
    ...(gained.length > 0 && wanted.includes('labelAdded') && { labelsAdded: [{ message, labelIds: gained }] }),
    ...(lost.length > 0 && wanted.includes('labelRemoved') && { labelsRemoved: [{ message, labelIds: lost }] }),
  };
  return Object.keys(events).length > 0 ? [{ id: String(id), messages: [idsOf(mail)], ...events }] : [];
}

export const historyOperations = [operation('history.list', 'GET history', 2, 'FDMR', list)];
