// users.messages: list, get, modify, trash, untrash and removal. Sending is elsewhere.
import type { Mail } from '../mail.ts';
import type { PretendUser } from '../user.ts';
import { invalid } from './google-error.ts';
import { isLabelId, pageOfList } from './listing.ts';
import { formatOf, messageResource } from './message-resource.ts';
import { type ApiCall, bodyOf, mailOf, operation, stringsOf } from './operation.ts';

export const idsOf = (mail: Mail) => ({ id: mail.id.toString(16), threadId: mail.threadId.toString(16) });

async function list(call: ApiCall): Promise<object> {
  const { mails, ...rest } = await pageOfList(call, 'messages');
  return { ...(mails.length > 0 && { messages: mails.map(idsOf) }), ...rest };
}

/** Labels to add and to remove, checked as Gmail checks them. */
export function labelChange(user: PretendUser, body: Readonly<Record<string, unknown>>) {
  const [gained, lost] = [stringsOf(body, 'addLabelIds'), stringsOf(body, 'removeLabelIds')];
  for (const id of [...gained, ...lost]) {
    if (!isLabelId(user, id)) throw invalid(`labelId not found: ${id}`);
    if (id === 'SENT' || id === 'DRAFT' || id === 'CHAT') throw invalid(`Invalid label: ${id}`);
  }
  if (gained.length > 100 || lost.length > 100) throw invalid('Too many labels in one request.');
  if (gained.some((id) => lost.includes(id))) throw invalid('Cannot both add and remove the same label');
  if (gained.length + lost.length === 0) throw invalid('No label add or removes specified');
  return { gained, lost };
}

export const messageOperations = [
  operation('messages.list', 'GET messages', 5, 'FDMR', list),
  operation('messages.get', 'GET messages/{id}', 20, 'FDMR', (call) => {
    const format = formatOf(call);
    const mail = mailOf(call.user, call.words.id ?? '');
    return messageResource(call.user, mail, format, call.query.getAll('metadataHeaders'));
  }),
  operation('messages.modify', 'POST messages/{id}/modify', 5, 'FM', (call) => {
    const { user, words } = call;
    const mail = mailOf(user, words.id ?? '');
    const { gained, lost } = labelChange(user, bodyOf(call));
    user.changeLabelIds(mail, gained, lost);
    return { ...idsOf(mail), labelIds: user.labelIds.of(mail) };
  }),
  operation('messages.batchModify', 'POST messages/batchModify', 50, 'FM', (call) => {
    const body = bodyOf(call);
    const { gained, lost } = labelChange(call.user, body);
    const ids = stringsOf(body, 'ids');
    if (ids.length > 1000) throw invalid('Too many ids in one request.');
    for (const id of ids) {
      const mail = call.user.find(id);
      if (mail) call.user.changeLabelIds(mail, gained, lost);
    }
    return undefined;
  }),
  operation('messages.trash', 'POST messages/{id}/trash', 20, 'FM', ({ user, words }) => {
    const mail = mailOf(user, words.id ?? '');
    user.changeLabelIds(mail, ['TRASH'], []);
    return { ...idsOf(mail), labelIds: user.labelIds.of(mail) };
  }),
  operation('messages.untrash', 'POST messages/{id}/untrash', 5, 'FM', ({ user, words }) => {
    const mail = mailOf(user, words.id ?? '');
    user.changeLabelIds(mail, [], ['TRASH']);
    return { ...idsOf(mail), labelIds: user.labelIds.of(mail) };
  }),
  operation('messages.delete', 'DELETE messages/{id}', 10, 'F', ({ user, words }) => {
    user.destroy(mailOf(user, words.id ?? ''));
    return undefined;
  }),
];
