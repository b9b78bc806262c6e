// What changes, as people and keys are told of it: each his own and nothing of anybody else's, and no longer than he may.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { newAgent } from '../support/agent.ts';
import type { Browser } from '../support/browser.ts';
import { bearer, type EventStream, openEvents, pageOf } from '../support/event-stream.ts';
import { eventually, type Mailroom, newFolder, removeFolder, startMailroom } from '../support/mailroom.ts';
import { signedIn } from '../support/person.ts';
import { connected, letter, startPretendGmail } from '../support/pretend-gmail.ts';

const JANE = { email: 'jane@gmail.com', appPassword: 'abcdefghijklmnop' };
const BOB = { email: 'bob@gmail.com', appPassword: 'abcdefghijklmnop' };
const KINDS = ['account', 'mail', 'outbox', 'sync'];
/** Of one reader. */
const MOST = 10;

const folder = newFolder();
let gmail: Sandbox;
let room: Mailroom;
let jane: Browser;

const key = async (wish: object): Promise<{ key: string; key_id: string }> =>
  (await room.rest('POST', '/service-keys', { name: 'narrow', can: ['accounts', 'profiles', 'mail'], ...wish })).body;
const open = (headers: Record<string, string>, lastId?: string): Promise<EventStream> =>
  openEvents(room.url, headers, lastId);
const kindsOf = ({ told }: EventStream) => [...new Set(told.map(({ kind }) => kind))].toSorted();
const numbersOf = ({ told }: EventStream) => told.map(({ id }) => Number(id.split('-')[1]));

/** Everything that can happen to an account, from its first sync to its end; whatever names it. */
async function lifeOf({ email, ...rest }: typeof JANE, user: string): Promise<string[]> {
  const account = await connected(room, { email, ...rest }, user);
  const mail = gmail.user(email).deliver(letter(`News for ${user}`, { to: email }));
  await room.rest('POST', `/accounts/${account}/fetch`, {});
  const sent = await room.rest('POST', `/accounts/${account}/messages`, {
    to: 'amy@example.org',
    subject: 'Hello',
    body: 'Hi.',
  });
  expect(sent.body.status, JSON.stringify(sent.body)).toBe('sent');
  for (const status of ['paused', 'active']) await room.rest('PATCH', `/accounts/${account}`, { status });
  const { outbox } = (await room.rest('GET', `/accounts/${account}/outbox`)).body;
  expect((await room.rest('DELETE', `/accounts/${account}`)).status).toBe(200);
  return [account, mail.id, outbox[0].outbox_id, email];
}

const isEndOf =
  (account: string | undefined) =>
  ({ kind, data }: EventStream['told'][number]) =>
    kind === 'account' && data.account_id === account && data.change === 'removed';

beforeAll(async () => {
  const pretend = await startPretendGmail(folder, [JANE, BOB]);
  gmail = pretend.gmail;
  // Ids of one mailbox must not be ids of the other.
  const box = gmail.user(BOB.email);
  for (let i = 0; i < 64; i++) box.remove(box.deliver('Subject: Before\r\n\r\n').id);
  room = await startMailroom({ folder, env: pretend.env });
  jane = await signedIn(room, 'u1');
});
afterAll(async () => {
  await room?.end();
  await gmail?.close();
  removeFolder(folder);
});

describe('a reader', () => {
  it('is told of his own accounts and nothing of another’s, live and when he comes back', async () => {
    const bob = await signedIn(room, 'u2');
    const bobsKey = await key({ user_id: 'u2' });
    const [whole, owner] = [await open(bearer(room.key)), await open(pageOf(await signedIn(room, 'me')))];
    const ofBob = [await open(pageOf(bob)), await open(bearer(bobsKey.key))];
    const ofJane = [await open(pageOf(jane)), await open(bearer((await key({ user_id: 'u1' })).key))];
    const first = await lifeOf(JANE, 'u1');
    for (const stream of ofJane) await stream.until(isEndOf(first[0]));
    const before = ofJane.map(({ told }) => told.at(-1)!.id);

    const bobs = await lifeOf(BOB, 'u2');
    const second = await lifeOf(JANE, 'u1');
    for (const stream of [whole, owner, ...ofBob]) await stream.until(isEndOf(bobs[0]));
    for (const stream of [whole, owner, ...ofJane]) await stream.until(isEndOf(second[0]));

    for (const stream of [...ofJane, ...ofBob]) {
      expect(kindsOf(stream)).toEqual(KINDS);
      const [from = 0] = numbersOf(stream);
      expect(numbersOf(stream)).toEqual(numbersOf(stream).map((_, i) => from + i));
    }
    for (const word of bobs) for (const { text } of ofJane) expect(text).not.toContain(word);
    for (const word of [...first, ...second]) for (const { text } of ofBob) expect(text).not.toContain(word);
    for (const { text } of [whole, owner])
      for (const word of [first[0], bobs[0], second[0]]) expect(text).toContain(word);

    // What came meanwhile is his own alone.
    for (const [i, stream] of ofJane.entries()) {
      const again = await open(i === 0 ? pageOf(jane) : bearer((await key({ user_id: 'u1' })).key), before[i]);
      const since = stream.told.slice(stream.told.findIndex(({ id }) => id === before[i]) + 1);
      await again.until(isEndOf(second[0]));
      expect(again.told).toEqual(since);
      await again.close();
    }
    // Whoever else's id it is: as unknown as none.
    for (const foreign of [ofBob[0]!.told[0]!.id, whole.told.at(-1)!.id, 'none-1']) {
      const again = await open(pageOf(jane), foreign);
      expect(again.told).toEqual([{ kind: 'missed', id: ofJane[0]!.told.at(-1)!.id, data: {} }]);
      await again.close();
    }
    for (const stream of [whole, owner, ...ofJane, ...ofBob]) await stream.close();
  }, 60_000);

  it('by a key is told only what the key may read', async () => {
    const [mail, accounts] = [await key({ can: ['mail'], user_id: 'u1' }), await key({ can: ['accounts'] })];
    const [ofMail, ofAccounts] = [await open(bearer(mail.key)), await open(bearer(accounts.key))];
    const [account] = await lifeOf(JANE, 'u1');
    await ofAccounts.until(isEndOf(account));
    await ofMail.until(({ kind, data }) => kind === 'outbox' && data.state === 'sent');
    expect(kindsOf(ofAccounts)).toEqual(['account', 'sync']);
    expect(kindsOf(ofMail)).toEqual(['mail', 'outbox']);
    for (const stream of [ofMail, ofAccounts]) await stream.close();
    expect((await open(bearer((await key({ can: ['profiles'] })).key))).status).toBe(403);
  });

  it('is nobody who is not signed in, who comes from a foreign page, or who is an agent', async () => {
    const { token } = await newAgent(room, { user: 'u1' });
    expect((await open({})).status).toBe(401);
    expect((await open({ cookie: 'mailroom_session=x', 'sec-fetch-site': 'same-origin' })).status).toBe(401);
    expect((await open({ ...pageOf(jane), 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await open(bearer(token))).status).toBe(403);
  });

  it('takes some places and no more, gives them back, and takes none of another’s', async () => {
    const streams: EventStream[] = [];
    const [here, elsewhere] = [await signedIn(room, 'u6'), await signedIn(room, 'u6')];
    // Who asks for the head alone reads nothing.
    for (let i = 0; i < MOST; i++)
      expect((await fetch(`${room.url}/events`, { method: 'HEAD', headers: pageOf(here) })).status).toBe(200);
    for (let i = 0; i < MOST; i++) streams.push(await open(pageOf(i % 2 ? here : elsewhere)));
    expect(streams.map(({ status }) => status)).toEqual(streams.map(() => 200));
    for (const headers of [pageOf(here), pageOf(elsewhere)]) {
      const refused = await open(headers);
      expect([refused.status, JSON.parse(refused.text).code]).toEqual([503, 'unavailable']);
    }
    const other = await open(pageOf(await signedIn(room, 'u2')));
    expect(other.status).toBe(200);
    for (const stream of [...streams, other]) await stream.close();
    const opened = async (): Promise<EventStream | false> => {
      const stream = await open(pageOf(here));
      return stream.status === 200 && stream;
    };
    const again: EventStream[] = [];
    while (again.length < MOST) again.push(await eventually(opened));
    for (const stream of again) await stream.close();
  });
});

describe('a stream ends within a second', () => {
  const endsNow = async (stream: EventStream, from = Date.now()): Promise<void> => {
    await stream.ended();
    expect(Date.now() - from).toBeLessThan(1000);
  };

  it.each<[string, (here: Browser, elsewhere: Browser) => Promise<{ readonly status: number }>, boolean]>([
    ['signs out', (here) => here.post(`${room.url}/sign-out`, {}), false],
    ['ends that session elsewhere', (_, elsewhere) => elsewhere.ask('DELETE', `${room.url}/me/sessions`), false],
    ['signs out everywhere', (_, there) => there.post(`${room.url}/sign-out`, { everywhere: 'yes' }), true],
    ['is erased', () => room.rest('DELETE', '/users/u3'), true],
  ])('when the person %s', async (_, happens, everywhere) => {
    const [here, elsewhere, other] = [
      await signedIn(room, 'u3'),
      await signedIn(room, 'u3'),
      await signedIn(room, 'u4'),
    ];
    const [stream, beside, others] = [
      await open(pageOf(here)),
      await open(pageOf(elsewhere)),
      await open(pageOf(other)),
    ];
    expect((await happens(here, elsewhere)).status).toBeLessThan(400);
    await endsNow(stream);
    if (everywhere) await endsNow(beside);
    const account = await connected(room, JANE, everywhere ? 'u4' : 'u3');
    await (everywhere ? others : beside).until(({ data }) => data.account_id === account);
    await room.rest('DELETE', `/accounts/${account}`);
    expect(stream.text).not.toContain(account);
    expect((await open(pageOf(here), stream.told.at(-1)?.id)).status).toBe(401);
    for (const each of [beside, others]) await each.close();
  });

  it('when its key is deleted or expires, or the key’s user is erased', async () => {
    const deleted = await key({ user_id: 'u5' });
    const [first, other] = [await open(bearer(deleted.key)), await open(bearer((await key({ user_id: 'u5' })).key))];
    await room.rest('DELETE', `/service-keys/${deleted.key_id}`);
    await endsNow(first);
    await room.rest('DELETE', '/users/u5');
    await endsNow(other);
    const { key: short, expires_at } = (
      await room.rest('POST', '/service-keys', { name: 'short', can: ['mail'], expires_in: 2 })
    ).body;
    await endsNow(await open(bearer(short)), Date.parse(expires_at));
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(expires_at));
    expect((await open(bearer(short))).status).toBe(401);
  });
});
