// Three people at one Mailroom, each with an account by App Password and one by Google, two agents, and canaries in every field;
// a leak detector before each. Where the proofs of isolation begin.
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { type Agent, agentWith, newAgent } from './agent.ts';
import { type CanaryMail, canary, canaryMail } from './canaries.ts';
import { connectByGoogle } from './google-account.ts';
import { Belongings, type LeakDetector, startLeakDetector } from './leak-detector.ts';
import { type Answer, eventually, type Mailroom, newFolder, removeFolder, startMailroom } from './mailroom.ts';
import { connected, startPretendGmail, upToDate } from './pretend-gmail.ts';

export type Name = 'a' | 'b' | 'c';
const NAMES: readonly Name[] = ['a', 'b', 'c'];
const APP_PASSWORD = 'abcdefghijklmnop';
/** Each pretend mailbox counts its mails by itself: ids of one must not be ids of another. */
const APART = 64;

export interface OneAccount {
  readonly id: string;
  readonly address: string;
  readonly mails: readonly (CanaryMail & { readonly id: string; readonly threadId: string })[];
  readonly draftId: string;
  readonly outboxId: string;
  readonly labelIds: readonly string[];
}

export interface Person {
  readonly name: Name;
  readonly userId: string;
  /** The first came by App Password and is granted to both agents, the second by Google and only to `whole`. */
  readonly accounts: readonly [OneAccount, OneAccount];
  readonly whole: Agent;
  readonly partial: Agent;
  readonly linkId: string;
  readonly keyId: string;
  /** Reaches the server through the leak detector. */
  readonly wire: LeakDetector;
  /** As the service key of this person's app, narrowed to the person: through the detector too. */
  readonly key: Agent;
}

export interface Neighbourhood {
  readonly gmail: Sandbox;
  room: Mailroom;
  readonly env: Record<string, string>;
  readonly folder: string;
  readonly people: Readonly<Record<Name, Person>>;
  readonly belongings: Belongings;
  /** An agent of this token, behind the person's detector. */
  behind(name: Name, token: string, tokenId?: string): Agent;
  end(): Promise<void>;
}

export const userIdOf = (name: Name): string => canary(name, 0, 1);
export const addressOf = (name: Name, account: 1 | 2): string => `${canary(name, account, 9000)}@gmail.com`;

/** `mails`: of each account; the last one answers the first. */
export async function startNeighbourhood(
  env: Record<string, string> = {},
  { mails = 3 }: { readonly mails?: number } = {},
): Promise<Neighbourhood> {
  const folder = newFolder();
  const belongings = new Belongings();
  const accounts = NAMES.flatMap((name) => ([1, 2] as const).map((account) => ({ name, account })));
  const users = accounts.map(({ name, account }) => ({ email: addressOf(name, account), appPassword: APP_PASSWORD }));
  const pretend = await startPretendGmail(folder, users);
  const { gmail } = pretend;
  const delivered = accounts.map(({ name, account }, place) => {
    const address = addressOf(name, account);
    const box = gmail.user(address);
    for (let n = 0; n < APART * place; n++) box.remove(box.deliver('Subject: Before\r\n\r\n').id);
    const made: OneAccount['mails'][number][] = [];
    for (let i = 0; i < mails; i++) {
      const first = made[0];
      const answers = i > 0 && i === mails - 1 ? first : undefined;
      const mail = canaryMail(name, account, i, address, answers);
      const { id, threadId } = box.deliver(mail.raw, {
        ...(answers && { thread: BigInt(`0x${first!.threadId}`) }),
        labels: ['\\Inbox', mail.label],
      });
      made.push({ ...mail, id, threadId });
    }
    return made;
  });
  const wires = Object.fromEntries(
    await Promise.all(NAMES.map(async (name) => [name, await startLeakDetector(name, belongings)] as const)),
  ) as Record<Name, LeakDetector>;
  const ours = {
    ...pretend.env,
    ...gmail.google.env,
    ALLOWED_HOSTS: Object.values(wires)
      .map(({ port }) => `127.0.0.1:${port}`)
      .join(','),
    ALLOWED_ORIGINS: Object.values(wires)
      .map(({ url }) => url)
      .join(','),
    SEND_LIMITS: 'mail=20,minute=10000,day=10000,new_day=10000',
    ...env,
  };
  const room = await startMailroom({ folder, env: ours });
  for (const wire of Object.values(wires)) wire.aim(room.url);

  const behind = (name: Name, token: string, tokenId = ''): Agent =>
    agentWith({ ...room, url: wires[name].url, rest: restBy(wires[name].url) }, token, tokenId);
  const ids = await Promise.all(
    accounts.map(async ({ name, account }) => {
      const user = userIdOf(name);
      const email = addressOf(name, account);
      if (account === 1) return connected(room, { email, appPassword: APP_PASSWORD }, user);
      const id = await connectByGoogle(room, gmail, email, user);
      await upToDate(room, id);
      return id;
    }),
  );
  const held = await Promise.all(
    accounts.map(({ name, account }, place) => furnish(room, name, account, ids[place]!, delivered[place]!)),
  );
  const people = {} as Record<Name, Person>;
  for (const [i, name] of NAMES.entries()) {
    const both = held.slice(2 * i, 2 * i + 2) as [OneAccount, OneAccount];
    people[name] = await personOf(room, name, both, wires[name], behind);
    const { whole, partial, key, linkId } = people[name];
    belongings.add(name, [
      ...both.flatMap((each) => [each.id, each.draftId, each.outboxId, ...each.labelIds]),
      ...both.flatMap(({ mails: all }) => all.flatMap(({ id, threadId }) => [id, threadId])),
      ...[whole, partial, key].flatMap(({ token, tokenId }) => [token, tokenId]),
      linkId,
    ]);
  }
  const house: Neighbourhood = {
    gmail,
    room,
    env: ours,
    folder,
    people,
    belongings,
    behind,
    async end() {
      await Promise.all(Object.values(wires).map((wire) => wire.stop()));
      await house.room.end();
      await gmail.close();
      removeFolder(folder);
    },
  };
  return house;
}

/** What an account holds beside the mail that came: a name, a draft, a mail that was sent under a key. */
async function furnish(
  room: Mailroom,
  name: Name,
  account: 1 | 2,
  id: string,
  mails: OneAccount['mails'],
): Promise<OneAccount> {
  const word = (n: number): string => canary(name, account, 9000 + n);
  const path = `/accounts/${id}`;
  await mustBe(200, room.rest('PATCH', path, { display_name: word(1) }));
  const to = `${word(2)}@to.example`;
  const draft = await mustBe(201, room.rest('POST', `${path}/drafts`, { to, subject: word(3), body: word(4) }));
  await mustBe(
    200,
    room.rest('POST', `${path}/messages`, { to, subject: word(5), body: word(6), idempotency_key: word(7) }),
  );
  const { outbox } = (await mustBe(200, room.rest('GET', `${path}/outbox`))).body;
  const { labels } = (await mustBe(200, room.rest('GET', `${path}/labels`))).body;
  return {
    id,
    address: addressOf(name, account),
    mails,
    draftId: draft.body.draft_id,
    outboxId: outbox[0].outbox_id,
    // Those of Gmail itself are everybody's, and numbers count up in every mailbox alike.
    labelIds: labels.flatMap((each: { id: string; name: string }) => (/cnry/.test(each.id) ? [each.id] : [])),
  };
}

async function personOf(
  room: Mailroom,
  name: Name,
  accounts: [OneAccount, OneAccount],
  wire: LeakDetector,
  behind: Neighbourhood['behind'],
): Promise<Person> {
  const user = userIdOf(name);
  const agents: Agent[] = [];
  for (const profile of ['whole', 'partial']) {
    const id = canary(name, 0, agents.length + 2);
    const made = await newAgent(room, { user, profile: id });
    await mustBe(200, room.rest('PUT', `/users/${user}/profiles/${id}`, { name: `${profile} ${canary(name, 0, 9)}` }));
    agents.push(behind(name, made.token, made.tokenId));
  }
  const scope = { scope: 'agents', profile_ids: [canary(name, 0, 2)] };
  await mustBe(200, room.rest('PUT', `/accounts/${accounts[1].id}/scope`, scope));
  const link = { user_id: user, user_label: canary(name, 0, 5), state: canary(name, 0, 6) };
  const { body } = await mustBe(201, room.rest('POST', '/connect-links', link));
  const wish = { name: canary(name, 0, 7), user_id: user, can: ['accounts', 'profiles', 'mail'] };
  const made = (await mustBe(201, room.rest('POST', '/service-keys', wish))).body;
  const [whole, partial] = agents as [Agent, Agent];
  const key = behind(name, made.key, made.key_id);
  return { name, userId: user, accounts, whole, partial, linkId: body.link_id, keyId: made.key_id, wire, key };
}

export async function mustBe(status: number, answer: Promise<Answer>): Promise<Answer> {
  const given = await answer;
  if (given.status !== status) throw new Error(`${given.status} ${JSON.stringify(given.body)}`);
  return given;
}

/** Waits until the newest mail of the account can be found. */
export const foundIn = (room: Mailroom, account: string, query: string): Promise<unknown> =>
  eventually(async () => {
    const { body } = await room.rest('GET', `/accounts/${account}/messages?q=${encodeURIComponent(query)}`);
    return body.messages.length > 0;
  });

const restBy =
  (url: string): Mailroom['rest'] =>
  async (method, path, body, headers = {}) => {
    const response = await fetch(url + path, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = response.headers.get('content-type')?.includes('json');
    return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text };
  };
