// What is open while others live: one person's subscriptions of every kind in every revision stay silent whatever happens to
// another's mail and agents, nobody gets into another's session, and what is taken back is taken from open streams too.
import type { Client } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Agent, newAgent } from '../support/agent.ts';
import { canary, canaryMail, laterNumber } from '../support/canaries.ts';
import { bearer, openEvents, pageOf } from '../support/event-stream.ts';
import { eventually } from '../support/mailroom.ts';
import { WAYS, type Way } from '../support/mcp-room.ts';
import { signedIn } from '../support/person.ts';
import { ask } from '../support/raw-request.ts';
import { mustBe, type Neighbourhood, type Person, startNeighbourhood } from '../support/three-people.ts';

const ways = Object.keys(WAYS) as Way[];
const MAILS = 150;

let house: Neighbourhood;
let a: Person;
let b: Person;

beforeAll(async () => {
  house = await startNeighbourhood({ INBOX_POLL_INTERVAL_SECONDS: '1' });
  ({ a, b } = house.people);
});
afterAll(() => house?.end());

interface Listener {
  readonly what: string;
  readonly heard: string[];
  readonly client: Client;
}

/** Listens to all of these, and to changes of its tools. */
async function listener(what: string, way: Way, agent: Agent, uris: readonly string[]): Promise<Listener> {
  const client = await agent.client(way);
  const heard: string[] = [];
  client.fallbackNotificationHandler = async ({ method, params }) => void heard.push(`${method} ${params?.uri ?? ''}`);
  for (const method of ['notifications/resources/updated', 'notifications/tools/list_changed'] as const)
    client.setNotificationHandler(method, ({ params }) => {
      heard.push(`${method.slice(14)} ${(params as { uri?: string } | undefined)?.uri ?? ''}`.trim());
    });
  if (way === '2026-07-28') await client.listen({ resourceSubscriptions: [...uris], toolsListChanged: true });
  else for (const uri of uris) await client.subscribeResource({ uri });
  return { what: `${what}, ${way}`, heard, client };
}

/** All that a person can subscribe to, by id and by address; and mail from another person's correspondents. */
const everythingOf = ({ accounts }: Person, foreign: Person): string[] =>
  accounts.flatMap(({ id, address }) => [
    `conversations://${id}`,
    `contacts://${address}`,
    `messages://${id}/${foreign.accounts[0].mails[0]!.sender}`,
  ]);

const deliver = (of: Person, account: 1 | 2, number = laterNumber()) => {
  const { address } = of.accounts[account - 1]!;
  return house.gmail.user(address).deliver(canaryMail(of.name, account, number, address).raw);
};

describe('while another person gets a lot of mail', () => {
  it('a person who listens to everything hears nothing, and after it what is his', async () => {
    const narrow = await newAgent(house.room, {
      user: a.userId,
      profile: 'narrow',
      asks: { only: { labels: [a.accounts[0].mails[0]!.label] } },
    });
    const listeners: Listener[] = [];
    const theirs: Listener[] = [];
    for (const way of ways) {
      listeners.push(await listener('whole', way, a.whole, everythingOf(a, b)));
      listeners.push(await listener('key', way, a.key, everythingOf(a, b)));
      listeners.push(await listener('narrowed', way, house.behind('a', narrow.token), everythingOf(a, b).slice(0, 3)));
      theirs.push(await listener('b', way, house.behind('b', b.whole.token), everythingOf(b, a)));
    }
    for (const last of ['', '00000000-1'])
      expect((await openEvents(a.wire.url, bearer(a.whole.token), last)).status).toBe(403);
    const events = await Promise.all(
      [bearer(a.key.token), pageOf(await signedIn(house.room, a.userId))].map((headers) =>
        openEvents(a.wire.url, headers),
      ),
    );

    for (let i = 0; i < MAILS; i++) deliver(b, ((i % 2) + 1) as 1 | 2);
    for (const account of [1, 2] as const) {
      const last = deliver(b, account);
      await eventually(
        async () =>
          (await house.room.rest('GET', `/accounts/${b.accounts[account - 1]!.id}/messages/${last.id}`)).status === 200,
      );
    }
    // What else can happen to somebody: an agent that may less and then more, an account that is taken back, paused, given again.
    const profile = `/users/${b.userId}/profiles/${canary('b', 0, 2)}`;
    for (const permissions of ['read', 'read,draft,send'])
      await mustBe(200, house.room.rest('PUT', profile, { name: canary('b', 0, 9), permissions }));
    const { id } = b.accounts[0];
    for (const scope of [{ scope: 'agents', profile_ids: [] }, { scope: 'all' }])
      await mustBe(200, house.room.rest('PUT', `/accounts/${id}/scope`, scope));
    for (const status of ['paused', 'active'])
      await mustBe(200, house.room.rest('PATCH', `/accounts/${id}`, { status }));
    for (const each of theirs) {
      await eventually(async () => each.heard.filter((one) => one.startsWith('resources/updated')).length >= 4);
      await eventually(async () => each.heard.includes('tools/list_changed'));
    }
    // Whoever was to be told has been told by then.
    for (const { client } of listeners) await client.listTools();
    for (const { what, heard } of listeners) expect(heard, what).toEqual([]);

    for (const account of [1, 2] as const) deliver(a, account);
    for (const { what, heard } of listeners.filter((each) => !each.what.startsWith('narrowed')))
      await eventually(async () => new Set(heard).size >= 4).catch(() => expect(heard, what).toHaveLength(4));
    for (const { what, heard } of listeners) {
      const own = a.accounts.flatMap((each) => [each.id, each.address]);
      const strange = heard.filter((each) => !own.some((word) => each.endsWith(word)));
      expect(strange, what).toEqual([]);
      if (what.startsWith('narrowed')) expect(heard, what).toEqual([]);
    }
    for (const stream of events) {
      for (const { id } of a.accounts)
        await stream.until(({ kind, data }) => kind === 'mail' && data.account_id === id);
      expect(new Set(stream.told.map(({ data }) => data.account_id))).toEqual(new Set(a.accounts.map(({ id }) => id)));
      await stream.close();
    }
    for (const { client } of [...listeners, ...theirs]) await client.close();
    expect(a.wire.leaks).toEqual([]);
    expect(b.wire.leaks).toEqual([]);
  }, 60_000);
});

describe('a session', () => {
  const message = { jsonrpc: '2.0', id: 7, method: 'tools/list', params: {} };
  const hello = {
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
  };
  const accept = 'application/json, text/event-stream';

  it('of another person is as unknown as none by POST, GET and DELETE, and goes on unharmed', async () => {
    for (const path of ['/mcp', '/mcp/sse', '/mcp/gmail']) {
      const begun = await ask(b.wire.url, 'POST', path, { token: b.whole.token, body: hello, headers: { accept } });
      const id = String(begun.headers['mcp-session-id']);
      expect(id, path).toMatch(/^[\w-]{36}$/);
      house.belongings.add('b', [id]);
      const stranger = async (session: string, token?: string) => {
        const told = [];
        for (const [method, more] of [
          ['POST', {}],
          ['GET', {}],
          ['GET', { 'last-event-id': `${session}_1` }],
          ['DELETE', {}],
        ] as const) {
          const headers = { accept, 'mcp-session-id': session, 'mcp-protocol-version': '2025-11-25', ...more };
          const body = method === 'POST' ? { body: message } : {};
          const { status, text } = await ask(a.wire.url, method, path, { ...(token && { token }), headers, ...body });
          told.push(`${method} ${status} ${text}`);
        }
        return told;
      };
      // The session of one of a's agents is not the other's either.
      const callers = path === '/mcp/gmail' ? [a.whole, a.partial] : [a.whole, a.partial, a.key];
      for (const { token } of callers) {
        const answers = await stranger(id, token);
        expect(answers, path).toEqual(await stranger('00000000-0000-4000-8000-000000000000', token));
        for (const each of answers) expect(each).toContain(' 404 ');
      }
      for (const each of await stranger(id)) expect(each).toContain(' 401 ');
      const headers = { accept, 'mcp-session-id': id, 'mcp-protocol-version': '2025-11-25' };
      const own = await ask(b.wire.url, 'POST', path, { token: b.whole.token, body: message, headers });
      expect([own.status, own.text.includes('gmail_search')], path).toEqual([200, true]);
    }
    expect(a.wire.leaks).toEqual([]);
  });

  it('of HTTP+SSE takes nobody else’s posts, and what its owner asks goes to its owner alone', async () => {
    const open = await fetch(`${b.wire.url}/mcp/sse`, {
      headers: { authorization: `Bearer ${b.whole.token}`, accept: 'text/event-stream' },
    });
    const reader = open.body!.pipeThrough(new TextDecoderStream()).getReader();
    let heard = '';
    const until = async (word: string) => {
      while (!heard.includes(word)) heard += (await reader.read()).value ?? '';
    };
    await until('sessionId=');
    const id = /sessionId=([\w-]+)/.exec(heard)![1]!;
    const post = (token: string | undefined, session: string, body: object, url = a.wire.url) =>
      ask(url, 'POST', `/mcp/messages?sessionId=${session}`, { ...(token && { token }), body });
    for (const { token } of [a.whole, a.partial, a.key]) {
      const foreign = await post(token, id, hello);
      const unknown = await post(token, '00000000-0000-4000-8000-000000000000', hello);
      expect([foreign.status, foreign.text]).toEqual([unknown.status, unknown.text]);
      expect(foreign.status).toBe(404);
    }
    expect((await post(undefined, id, hello)).status).toBe(401);
    expect((await post(b.whole.token, id, hello, b.wire.url)).status).toBe(202);
    await until('"id":1');
    expect((await post(b.whole.token, id, { ...message, id: 'mine' }, b.wire.url)).status).toBe(202);
    await until('"id":"mine"');
    expect(heard.match(/"id":/g)!.length).toBeGreaterThanOrEqual(2);
    await reader.cancel();
    expect(a.wire.leaks).toEqual([]);
  });
});

describe('what is taken back', () => {
  it.each(ways)('is gone at once from what is open, by %s', async (way) => {
    const profile = canary('a', 0, 2);
    const [first, second] = a.accounts;
    const open = await listener('whole', way, a.whole, [`conversations://${second.id}`]);
    const search = async () =>
      (await open.client.callTool({ name: 'gmail_search', arguments: { query: '', account: second.address } })).isError;
    const scope = (body: object) => mustBe(200, house.room.rest('PUT', `/accounts/${second.id}/scope`, body));
    expect(await search()).toBeUndefined();
    await scope({ scope: 'agents', profile_ids: [] });
    expect(await search()).toBe(true);
    await eventually(async () => open.heard.includes('tools/list_changed'));
    const mail = deliver(a, 2);
    await eventually(
      async () => (await house.room.rest('GET', `/accounts/${second.id}/messages/${mail.id}`)).status === 200,
    );
    const { resources } = await open.client.listResources();
    expect(resources.map(({ uri }) => uri).filter((uri) => uri.endsWith(second.id))).toEqual([]);
    expect(resources.map(({ uri }) => uri).filter((uri) => uri.endsWith(first.id))).toHaveLength(2);
    expect(open.heard.filter((each) => each.startsWith('resources'))).toEqual([]);
    await scope({ scope: 'agents', profile_ids: [profile] });
    expect(await search()).toBeUndefined();
    const put = (permissions: string) =>
      mustBe(200, house.room.rest('PUT', `/users/${a.userId}/profiles/${profile}`, { name: profile, permissions }));
    await put('draft');
    expect((await open.client.listTools()).tools.map(({ name }) => name)).toEqual(['gmail_create_draft']);
    expect(await search()).toBe(true);
    await put('read,draft,send');
    expect(await search()).toBeUndefined();
    await open.client.close();
  });
});
