// users.drafts: a draft keeps its id while its message is another after each change. Drafts of IMAP are among them.
import type { Mail } from '../mail.ts';
import type { PretendUser } from '../user.ts';
import { notFound } from './google-error.ts';
import { pageOfList } from './listing.ts';
import { formatOf, messageResource } from './message-resource.ts';
import { idsOf } from './messages.ts';
import { type ApiCall, bodyOf, operation } from './operation.ts';
import { type Brought, broughtMail, sendMail } from './sending.ts';

/** Of drafts that the API has written anew; others have an id that follows from the mail's. */
const given = new WeakMap<Mail, string>();

function draftIdOf(mail: Mail): string {
  return given.get(mail) ?? `r-${BigInt.asUintN(63, mail.id * 6364136223846793005n)}`;
}

function draftsOf(user: PretendUser): Mail[] {
  return [...(user.view('drafts')?.mails.values() ?? [])];
}

/** A message's id is no draft's id. */
function findDraft(user: PretendUser, id: unknown): Mail {
  const mail = draftsOf(user).find((each) => draftIdOf(each) === id);
  if (!mail) throw notFound();
  return mail;
}

function store(user: PretendUser, { raw, thread }: Brought): Mail {
  const { id } = user.deliver(raw, { labels: [], flags: ['\\Draft', '\\Seen'], thread });
  return user.find(id)!;
}

function resource(user: PretendUser, mail: Mail): object {
  return { id: draftIdOf(mail), message: { ...idsOf(mail), labelIds: user.labelIds.of(mail) } };
}

const messageIn = ({ message }: Readonly<Record<string, unknown>>) => message;

async function list(call: ApiCall): Promise<object> {
  const { mails, ...rest } = await pageOfList(call, 'drafts', (mail) => call.user.view('drafts')!.uids.has(mail));
  const drafts = mails.map((mail) => ({ id: draftIdOf(mail), message: idsOf(mail) }));
  return { ...(drafts.length > 0 && { drafts }), ...rest };
}

function update(call: ApiCall): object {
  const { user, words } = call;
  const old = findDraft(user, words.id);
  const brought = broughtMail(call, messageIn);
  const id = draftIdOf(old);
  user.destroy(old);
  const mail = store(user, brought);
  given.set(mail, id);
  return resource(user, mail);
}

function send(call: ApiCall): object {
  const { user, site } = call;
  const body = bodyOf(call);
  const draft = findDraft(user, body.id);
  const changed = body.message === undefined ? null : broughtMail(call, messageIn);
  const sent = sendMail(site, user, changed ?? { raw: draft.raw, thread: draft.threadId });
  user.destroy(draft);
  return { ...idsOf(sent), labelIds: user.labelIds.of(sent) };
}

export const draftOperations = [
  operation(
    'drafts.create',
    'POST drafts',
    10,
    'FCM',
    (call) => resource(call.user, store(call.user, broughtMail(call, messageIn))),
    true,
  ),
  operation('drafts.list', 'GET drafts', 5, 'FCMR', list),
  operation('drafts.send', 'POST drafts/send', 100, 'FCM', send),
  operation('drafts.get', 'GET drafts/{id}', 20, 'FCMR', (call) => {
    const mail = findDraft(call.user, call.words.id);
    return { id: call.words.id, message: messageResource(call.user, mail, formatOf(call)) };
  }),
  operation('drafts.update', 'PUT drafts/{id}', 15, 'FCM', update, true),
  operation('drafts.delete', 'DELETE drafts/{id}', 10, 'FCM', ({ user, words }) => {
    user.destroy(findDraft(user, words.id));
    return undefined;
  }),
];
