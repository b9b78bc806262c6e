// users.labels: Gmail's own and a person's, with counts, and the making, renaming and unmaking of the latter.
import { SYSTEM_LABEL_IDS } from '../label-ids.ts';
import type { PretendUser } from '../user.ts';
import { GoogleError, invalid, notFound } from './google-error.ts';
import { type ApiCall, bodyOf, operation } from './operation.ts';

/** Names that Gmail keeps for itself, in lower case. */
const RESERVED = new Set(
  'inbox sent drafts draft spam trash bin chat chats muted scheduled starred important unread all social updates promotions forums personal primary travel finance'.split(
    ' ',
  ),
);
const LONGEST_NAME = 225;

interface Label {
  readonly id: string;
  readonly name: string;
  readonly type: 'system' | 'user';
}

function labelsOf(user: PretendUser): Label[] {
  return [
    ...SYSTEM_LABEL_IDS.map((id): Label => ({ id, name: id, type: 'system' })),
    ...user.labelIds.entries().map(([name, id]): Label => ({ id, name, type: 'user' })),
  ];
}

function labelOf({ user, words }: ApiCall): Label {
  const label = labelsOf(user).find(({ id }) => id === words.id);
  if (!label) throw notFound();
  return label;
}

function withCounts(user: PretendUser, label: Label): object {
  const mails = [...user.mails()].filter((mail) => user.labelIds.of(mail).includes(label.id));
  const unread = mails.filter((mail) => !mail.flags.has('\\Seen'));
  const threads = (some: typeof mails) => new Set(some.map(({ threadId }) => threadId)).size;
  return {
    ...label,
    messagesTotal: mails.length,
    messagesUnread: unread.length,
    threadsTotal: threads(mails),
    threadsUnread: threads(unread),
  };
}

/** Gmail takes a blank, a hyphen and a slash for the same. */
const sameName = (name: string) => name.toLowerCase().replace(/[\s/-]/g, '-');

/** A name that may be given, to a new label or to the one with this id. */
function nameFor(user: PretendUser, given: unknown, own?: string): string {
  if (typeof given !== 'string' || given.trim() === '') throw invalid('Label name is required', 'invalidArgument');
  const name = given.trim();
  if (name.length > LONGEST_NAME || RESERVED.has(name.toLowerCase()) || /^\/|\/$|\/\/|^\[gmail\]/i.test(name))
    throw invalid('Invalid label name');
  const clash = user.labelIds.entries().find(([each, id]) => id !== own && sameName(each) === sameName(name));
  if (clash) throw new GoogleError(409, 'Label name exists or conflicts');
  return name;
}

function rename(call: ApiCall): object {
  const label = labelOf(call);
  if (label.type === 'system') throw invalid('Invalid update to system label');
  const { name: given } = bodyOf(call);
  const name = given === undefined ? label.name : nameFor(call.user, given, label.id);
  if (name !== label.name) call.user.renameLabel(label.name, name);
  return { ...label, name };
}

export const labelOperations = [
  operation('labels.list', 'GET labels', 1, 'FLDMR', ({ user }) => ({ labels: labelsOf(user) })),
  operation('labels.get', 'GET labels/{id}', 1, 'FLDMR', (call) => withCounts(call.user, labelOf(call))),
  operation('labels.create', 'POST labels', 5, 'FLM', (call) => {
    const name = nameFor(call.user, bodyOf(call).name);
    call.user.createLabel(name);
    return { id: call.user.labelIds.idOf(name), name, type: 'user' };
  }),
  operation('labels.patch', 'PATCH labels/{id}', 5, 'FLM', rename),
  operation('labels.update', 'PUT labels/{id}', 5, 'FLM', rename),
  operation('labels.delete', 'DELETE labels/{id}', 5, 'FLM', (call) => {
    const label = labelOf(call);
    if (label.type === 'system') throw invalid('Invalid delete request');
    call.user.deleteLabel(label.name);
    return undefined;
  }),
];
