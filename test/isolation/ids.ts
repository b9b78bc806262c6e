// Which ids there are to try at another person's things, which parameters take ids, and what of a person can be compared
// before and after. Knows no door.

import type { Agent } from '../support/agent.ts';
import { canary } from '../support/canaries.ts';
import type { Mailroom } from '../support/mailroom.ts';
import { ask, steady } from '../support/raw-request.ts';
import type { OneAccount, Person } from '../support/three-people.ts';

/** Everything of a person that can be asked for by the operator's own key, without what moves by itself. */
export async function stateOf(room: Mailroom, { userId, accounts, linkId }: Person): Promise<string> {
  const paths = [
    `/accounts?user_id=${userId}`,
    `/users/${userId}/profiles`,
    ...[2, 3].map((n) => `/users/${userId}/profiles/${canary(userId[4]!, 0, n)}/tokens`),
    `/connect-links/${linkId}`,
    ...accounts.flatMap(({ id }) => [
      `/accounts/${id}/messages?q=in:anywhere`,
      `/accounts/${id}/outbox`,
      `/accounts/${id}/labels`,
    ]),
  ];
  const told = [];
  for (const path of paths) {
    const { status, body } = await room.rest('GET', path);
    told.push(`${path} ${status} ${JSON.stringify(body)}`);
  }
  const moving = /"(as_of|now|last_used_at)":(null|"[^"]*")|"(per_second|eta_seconds|done|total)":[^,}]*/g;
  return told.join('\n').replace(moving, '');
}

export interface Pair {
  readonly what: string;
  readonly foreign: string;
  /** Of the same form, and nobody's. */
  readonly unknown: string;
}

export const NOWHERE = {
  account: 'acc_00000000000000000000000000',
  address: 'nobodyatall@gmail.com',
  id: 'ffffffffffffff00',
  person: 'nobody@nowhere.example',
};

export function* idsOf(name: string, { id, address, mails, draftId, outboxId }: OneAccount): Generator<Pair> {
  const { id: message, threadId, messageIdHeader, sender, label, subject } = mails.at(-1)!;
  const pairs: [string, string, string][] = [
    ['account', id, NOWHERE.account],
    ['address', address, NOWHERE.address],
    ['message', message, NOWHERE.id],
    ['thread', threadId, NOWHERE.id],
    ['message in upper case', message.toUpperCase(), NOWHERE.id.toUpperCase()],
    ['message in decimal', String(BigInt(`0x${message}`)), String(BigInt(`0x${NOWHERE.id}`))],
    ['Message-ID', messageIdHeader, NOWHERE.person],
    ['draft', draftId, 'r-0000000000000000000'],
    ['outbox', outboxId, 'out_00000000000000000000000000'],
    ['sender', sender, NOWHERE.person],
    ['label', label, 'Label nowhere'],
    ['subject', subject, 'Subject nowhere'],
  ];
  for (const [what, foreign, unknown] of pairs) yield { what: `${what} of ${name}`, foreign, unknown };
}

export function* idsOfPerson({ name, accounts, userId, whole, linkId, keyId }: Person): Generator<Pair> {
  yield* idsOf(`${name}1`, accounts[0]);
  yield* idsOf(`${name}2`, accounts[1]);
  yield { what: 'user', foreign: userId, unknown: 'nobody' };
  yield { what: 'profile', foreign: canary(name, 0, 2), unknown: 'noprofile' };
  yield { what: 'token', foreign: whole.tokenId, unknown: 'tok_00000000000000000000000000' };
  yield { what: 'link', foreign: linkId, unknown: 'lnk_00000000000000000000000000000000' };
  yield { what: 'key', foreign: keyId, unknown: 'key_00000000000000000000000000000000' };
}

/** Parameters that name something, with what they name of this person's. */
export const NAMING: Readonly<Record<string, (own: Person) => string>> = {
  account_id: ({ accounts }) => accounts[0].id,
  account: ({ accounts }) => accounts[0].address,
  message_id: ({ accounts }) => accounts[0].mails[0]!.id,
  in_reply_to: ({ accounts }) => accounts[0].mails[0]!.id,
  thread_id: ({ accounts }) => accounts[0].mails[0]!.threadId,
  draft_id: ({ accounts }) => accounts[0].draftId,
  email: ({ accounts }) => accounts[0].mails[0]!.sender,
  user_id: ({ userId }) => userId,
  profile_id: ({ name }) => canary(name, 0, 2),
  outbox_id: ({ accounts }) => accounts[0].outboxId,
  token_id: ({ whole }) => whole.tokenId,
  link_id: ({ linkId }) => linkId,
  key_id: ({ keyId }) => keyId,
  // Those of somebody who signs in, which no key has: pages.
  session_id: () => 'ses_0',
  passkey_id: () => 'pky_0',
  cursor: () => '',
  page_token: () => '',
};

/** Parameters that hold the caller's own words, numbers or choices, and lead to nothing that is stored. */
export const WORDS = new Set(
  'query q limit max_results sort offset n body html to cc bcc subject attachments quote allow_duplicate idempotency_key app_password display_name status timezone method return_to state user_label profile_ids permissions name expires_in internal only scope can since until login password current_password credential by called errors_only in_trouble containing'.split(
    ' ',
  ),
);

export const namingOf = (shape: object): string[] => Object.keys(shape).filter((each) => each in NAMING);

/** By one POST; the answer as it came. */
export async function callAs({ token }: Agent, url: string, name: string, args: object): Promise<string> {
  const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } };
  return (await ask(url, 'POST', '/mcp', { token, body })).text;
}

/** The answer without the ids that were asked for, as they were said or in lower case. */
export const without = (text: string, ids: readonly string[]): string =>
  ids.reduce((rest, id) => (id ? rest.replaceAll(id, '…').replaceAll(id.toLowerCase(), '…') : rest), steady(text));
