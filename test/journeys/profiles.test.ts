// Who is asking: profiles of two users with two accounts each, their tokens and grants, over every door; what is taken back
// is gone at once.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newToken } from '../../src/auth/token-form.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { agentWith, newAgent } from '../support/agent.ts';
import { eventually, type Mailroom, newFolder, removeFolder, startMailroom } from '../support/mailroom.ts';
import { WAYS, type Way } from '../support/mcp-room.ts';
import { connected, letter, startPretendGmail } from '../support/pretend-gmail.ts';

const user = (email: string) => ({ email, appPassword: 'abcdefghijklmnop' });
const JANE = user('jane@gmail.com');
const WORK = user('jane.work@gmail.com');
const BOB = user('bob@gmail.com');
const CLUB = user('bob.club@gmail.com');

const folder = newFolder();
let gmail: Sandbox;
let room: Mailroom;
const ids: Record<string, string> = {};

beforeAll(async () => {
  const pretend = await startPretendGmail(folder, [JANE, WORK, BOB, CLUB]);
  gmail = pretend.gmail;
  for (const { email } of [JANE, WORK, BOB, CLUB]) gmail.user(email).deliver(letter(`For ${email}`, { to: email }));
  room = await startMailroom({ folder, env: { ...pretend.env, INTERNAL_URL: 'http://mailroom.internal:8000' } });
  for (const [each, owner] of [
    [JANE, 'u1'],
    [WORK, 'u1'],
    [BOB, 'u2'],
    [CLUB, 'u2'],
  ] as const)
    ids[each.email] = await connected(room, each, owner);
});
afterAll(async () => {
  await room?.end();
  await gmail?.close();
  removeFolder(folder);
});

const search = (account: string) => `/accounts/${account}/messages`;

describe('a profile', () => {
  it('is made, changed, listed and removed with its tokens', async () => {
    const path = '/users/u9/profiles/p%20%2F1';
    expect((await room.rest('GET', path)).status).toBe(404);
    const made = await room.rest('PUT', path, { name: 'Secretary' });
    expect(made.body).toMatchObject({
      user_id: 'u9',
      profile_id: 'p /1',
      name: 'Secretary',
      permissions: ['read', 'draft'],
    });
    const changed = await room.rest('PUT', path, { name: 'Clerk', permissions: 'send, read' });
    expect(changed.body).toEqual({ ...made.body, name: 'Clerk', permissions: ['read', 'send'] });
    const renamed = await room.rest('PUT', path, { name: 'Clerk 2' });
    expect(renamed.body.permissions).toEqual(['read', 'send']);
    await room.rest('PUT', '/users/u9/profiles/p2', { name: 'Second' });
    const first = await room.rest('GET', '/users/u9/profiles?limit=1');
    expect(first.body).toEqual([renamed.body]);
    const rest = await room.rest('GET', /<(.*)>/.exec(first.headers.get('link')!)![1]!);
    expect(rest.body.map((each: { name: string }) => each.name)).toEqual(['Second']);
    const { body } = await room.rest('POST', `${path}/tokens`, {});
    expect((await agentWith(room, body.token, body.token_id).rest('GET', search('x'))).status).toBe(404);
    expect((await room.rest('DELETE', path)).body).toEqual({ status: 'deleted', profile_id: 'p /1' });
    expect((await agentWith(room, body.token, body.token_id).rest('GET', search('x'))).status).toBe(401);
    expect((await room.rest('GET', path)).status).toBe(404);
  });

  it.each([
    [{}, 'name'],
    [{ name: 'x', permissions: ['delete'] }, 'permissions.0'],
    [{ name: 'x\u0000y' }, 'name'],
  ])('is refused as %j', async (body, field) => {
    const answer = await room.rest('PUT', '/users/u9/profiles/p3', body);
    expect([answer.status, answer.body.code, answer.body.field]).toEqual([400, 'invalid_input', field]);
  });
});

describe('a token', () => {
  it('is shown once, has its profile’s permissions or fewer, and lives no longer than a year', async () => {
    const path = '/users/u1/profiles/clerk';
    await room.rest('PUT', path, { name: 'Clerk', permissions: ['read', 'draft'] });
    const { status, body } = await room.rest('POST', `${path}/tokens`, {});
    expect(status).toBe(201);
    expect(body.token).toMatch(/^gmail_[0-9A-Za-z]{49}$/);
    expect(Date.parse(body.expires_at) - Date.parse(body.created_at)).toBe(90 * 86_400_000);
    const fewer = await room.rest('POST', `${path}/tokens`, { permissions: ['read'], expires_in: 60 });
    expect(fewer.body.permissions).toEqual(['read']);
    for (const wrong of [
      { permissions: ['send'] },
      { expires_in: 366 * 86_400 },
      { expires_in: 0 },
      { only: { labels: [] } },
    ])
      expect((await room.rest('POST', `${path}/tokens`, wrong)).body.code, JSON.stringify(wrong)).toBe('invalid_input');
    expect((await room.rest('POST', '/users/u1/profiles/nobody/tokens', {})).status).toBe(404);
    const { token: _, ...told } = body;
    const listed = await room.rest('GET', `${path}/tokens`);
    expect(listed.body).toHaveLength(2);
    expect(listed.body).toContainEqual(told);
    const agent = agentWith(room, body.token, body.token_id);
    expect((await agent.rest('GET', search(ids[JANE.email]!))).status).toBe(200);
    const used = await eventually(async () =>
      (await room.rest('GET', `${path}/tokens`)).body.find(
        (each: { token_id: string; last_used_at: string | null }) =>
          each.token_id === body.token_id && each.last_used_at,
      ),
    );
    expect(Date.parse(used.last_used_at)).toBeGreaterThanOrEqual(Date.parse(body.created_at));
    for (const { parentPath, name } of readdirSync(join(folder, 'data'), { recursive: true, withFileTypes: true }))
      if (name.startsWith('control'))
        expect(readFileSync(join(parentPath, name)).includes(body.token.slice(6)), name).toBe(false);
    expect(room.log.join('\n')).not.toContain(body.token.slice(6));
  });

  it('is refused like a wrong key when it is unknown, made up, expired or in the query', async () => {
    const wrong = await room.rest('GET', search('x'), undefined, { authorization: 'Bearer sk_test_wrong_0123456789' });
    const brief = await newAgent(room, { user: 'u9', asks: { expires_in: 1 } });
    await eventually(async () => (await brief.rest('GET', search('x'))).status === 401);
    for (const token of [brief.token, newToken(), `gmail_${'A'.repeat(49)}`, 'gmail_']) {
      const answer = await agentWith(room, token, '').rest('GET', search('x'));
      expect([answer.status, answer.body]).toEqual([401, wrong.body]);
    }
    const live = await newAgent(room);
    expect((await fetch(`${room.url}/health?access_token=${live.token}`)).status).toBe(200);
    expect((await fetch(`${room.url}${search(ids[JANE.email]!)}?access_token=${live.token}`)).status).toBe(401);
  });

  it('loses what its profile loses, and gains nothing that it was not given', async () => {
    const agent = await newAgent(room, { profile: 'shrinking', permissions: ['read', 'send'] });
    const narrow = await newAgent(room, {
      profile: 'shrinking',
      permissions: ['read', 'send'],
      asks: { permissions: ['read'] },
    });
    const asks = (who: typeof agent) => who.rest('GET', search(ids[JANE.email]!)).then(({ status }) => status);
    expect([await asks(agent), await asks(narrow)]).toEqual([200, 200]);
    const put = (permissions: string[]) =>
      room.rest('PUT', '/users/u1/profiles/shrinking', { name: 'Shrinking', permissions });
    await put(['send']);
    expect([await asks(agent), await asks(narrow)]).toEqual([403, 403]);
    await put(['read', 'draft', 'send']);
    expect([await asks(agent), await asks(narrow)]).toEqual([200, 200]);
    const sent = await narrow.rest('POST', search(ids[JANE.email]!), { to: 'a@example.org', subject: 'x', body: 'x' });
    expect([sent.status, sent.body.code]).toEqual([403, 'forbidden']);
    expect(sent.body.hint).toContain('draft');
  });

  it('reaches its user’s accounts and no other: a foreign one is as unknown as none, by id and by address', async () => {
    const agent = await newAgent(room);
    for (const own of [ids[JANE.email]!, ids[WORK.email]!, JANE.email, WORK.email.toUpperCase()])
      expect((await agent.rest('GET', search(own))).status, own).toBe(200);
    const answers = new Set<string>();
    for (const foreign of [ids[BOB.email]!, BOB.email, 'acc_00000000000000000000000000', 'nobody@gmail.com'])
      answers.add(JSON.stringify((await agent.rest('GET', search(foreign))).body));
    expect([...answers]).toHaveLength(1);
    expect([...answers][0]).toContain('"not_found"');
  });

  it('may not do what is for service keys', async () => {
    const agent = await newAgent(room);
    const account = ids[JANE.email]!;
    for (const [method, path] of [
      ['GET', '/accounts'],
      ['GET', `/accounts/${account}`],
      ['PATCH', `/accounts/${account}`],
      ['DELETE', `/accounts/${account}`],
      ['POST', `/accounts/${account}/fetch`],
      ['GET', `/accounts/${account}/outbox`],
      ['PUT', `/accounts/${account}/scope`],
      ['POST', '/users/u1/profiles/bot/tokens'],
      ['GET', '/users/u1/profiles'],
      ['DELETE', `/tokens/${agent.tokenId}`],
      ['GET', '/events'],
    ] as const) {
      const answer = await agent.rest(method, path);
      expect([answer.status, answer.body.code], path).toEqual([403, 'forbidden']);
    }
  });

  it('cannot go on with a page that another caller was given', async () => {
    gmail.user(JANE.email).deliver(letter('One more'));
    const agent = await newAgent(room);
    const other = await newAgent(room, { profile: 'other' });
    const again = await newAgent(room);
    const page = async (who: typeof agent, query = '') =>
      who.rest('GET', `${search(ids[JANE.email]!)}?limit=1${query}`);
    const { next_cursor } = await eventually(async () => {
      const { body } = await page(agent);
      return body.next_cursor && body;
    });
    expect((await page(agent, `&cursor=${next_cursor}`)).status).toBe(200);
    expect((await page(again, `&cursor=${next_cursor}`)).status).toBe(200);
    for (const who of [other, room]) {
      const { status, body } = await who.rest('GET', `${search(ids[JANE.email]!)}?limit=1&cursor=${next_cursor}`);
      expect([status, body.code]).toEqual([400, 'invalid_input']);
    }
  });
});

describe('a stream', () => {
  const opened = async (token: string) => {
    const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream' };
    const reader = (await fetch(`${room.url}/mcp/sse`, { headers })).body!.getReader();
    await reader.read();
    return reader.read().then(
      ({ done }) => done,
      () => true,
    );
  };

  it('ends when its token is revoked or expires, and not when another is', async () => {
    const agents = [];
    for (const asks of [{}, { expires_in: 2 }, {}]) agents.push(await newAgent(room, { asks }));
    const [revoked, expiring, other] = agents.map(({ token }) => opened(token));
    await room.rest('DELETE', `/tokens/${agents[0]!.tokenId}`);
    expect(await revoked).toBe(true);
    expect(await expiring).toBe(true);
    expect(await Promise.race([other, Promise.resolve('open')])).toBe('open');
    await room.rest('DELETE', '/users/u1/profiles/bot');
    expect(await other).toBe(true);
  });
});

describe('a grant', () => {
  it('opens an account to some agents, to nobody, and to all again, at once', async () => {
    const agent = await newAgent(room);
    const other = await newAgent(room, { profile: 'other' });
    const account = ids[WORK.email]!;
    const may = async () =>
      Promise.all([agent, other].map(async (who) => (await who.rest('GET', search(account))).status === 200));
    const scope = (body: object) => room.rest('PUT', `/accounts/${account}/scope`, body);
    const given = await scope({ scope: 'agents', profile_ids: ['bot'] });
    expect(given.body).toMatchObject({ account_id: account, scope: 'agents', profile_ids: ['bot'] });
    expect(await may()).toEqual([true, false]);
    await scope({ scope: 'agents', profile_ids: [] });
    expect(await may()).toEqual([false, false]);
    await room.rest('PUT', '/users/u2/profiles/bobs', { name: 'Of Bob' });
    for (const strange of ['bobs', 'nobody']) {
      const refused = await scope({ scope: 'agents', profile_ids: ['bot', strange] });
      expect([refused.status, refused.body.code], strange).toEqual([404, 'not_found']);
    }
    expect((await room.rest('GET', `/accounts/${account}`)).body).toMatchObject({ scope: 'agents', profile_ids: [] });
    const all = await scope({ scope: 'all' });
    expect(all.body).toMatchObject({ scope: 'all', profile_ids: [] });
    expect(await may()).toEqual([true, true]);
  });
});

describe('what an orchestrator injects', () => {
  it('is one server with a token that works, and none for who may use nothing', async () => {
    await newAgent(room, { permissions: ['read'] });
    const path = '/users/u1/profiles/bot/mcp-servers';
    const { body } = await room.rest('POST', path, {});
    const { url, type, headers } = body.mcpServers.gmail;
    expect([url, type]).toEqual([`${room.url}/mcp/gmail`, 'http']);
    const life = Date.parse(body.expires_at) - Date.now();
    expect(Math.abs(life - 3_600_000)).toBeLessThan(60_000);
    const agent = agentWith(room, headers.Authorization.slice('Bearer '.length), body.token_id);
    expect((await agent.rest('GET', search(ids[JANE.email]!))).status).toBe(200);
    const inside = await room.rest('POST', path, { internal: true, permissions: 'read', expires_in: 86_400 });
    expect(inside.body.mcpServers.gmail.url).toBe('http://mailroom.internal:8000/mcp/gmail');
    expect((await room.rest('POST', path, { expires_in: 86_401 })).body.code).toBe('invalid_input');
    await room.rest('PUT', '/users/u8/profiles/bot', { name: 'Alone' });
    expect((await room.rest('POST', '/users/u8/profiles/bot/mcp-servers', {})).body).toEqual({ mcpServers: {} });
  });
});

describe.each(Object.keys(WAYS) as Way[])('by %s', (way) => {
  it('a token lists its accounts’ resources only, and ends with what is open on it when it is revoked', async () => {
    const agent = await newAgent(room);
    const client = await agent.client(way);
    const { resources } = await client.listResources();
    const told = resources.map(({ uri }) => uri);
    expect(told.filter((uri) => uri.startsWith('contacts'))).toEqual(
      [JANE, WORK].map(({ email }) => `contacts://${ids[email]}`),
    );
    await client.readResource({ uri: `conversations://${ids[JANE.email]}` });
    await expect(client.readResource({ uri: `conversations://${ids[BOB.email]}` })).rejects.toThrow();
    await expect(client.getPrompt({ name: 'triage_inbox', arguments: { account: BOB.email } })).rejects.toThrow(
      'no such account',
    );
    await room.rest('DELETE', `/tokens/${agent.tokenId}`);
    await expect(client.listResources()).rejects.toThrow();
    await expect(client.listTools()).rejects.toThrow();
    await client.close().catch(() => undefined);
  });

  it('a subscriber hears nothing more of an account that was taken back', async () => {
    const agent = await newAgent(room, { profile: 'listener' });
    const client = await agent.client(way);
    const heard: string[] = [];
    client.setNotificationHandler('notifications/resources/updated', ({ params }) => void heard.push(params.uri));
    const uris = [JANE, WORK].map(({ email }) => `conversations://${ids[email]}`);
    if (way === '2026-07-28') await client.listen({ resourceSubscriptions: uris });
    else for (const uri of uris) await client.subscribeResource({ uri });
    const come = (email: string) => gmail.user(email).deliver(letter(`Heard ${way} ${email} ${heard.length}`));
    come(WORK.email);
    await eventually(async () => heard.includes(uris[1]!));
    await room.rest('PUT', `/accounts/${ids[WORK.email]}/scope`, { scope: 'agents', profile_ids: [] });
    heard.length = 0;
    come(WORK.email);
    const before = (await room.tool('search_emails', { account_id: ids[WORK.email] })).messages.length;
    expect(before).toBeGreaterThan(1);
    come(JANE.email);
    await eventually(async () => heard.includes(uris[0]!));
    expect(heard).not.toContain(uris[1]);
    await room.rest('PUT', `/accounts/${ids[WORK.email]}/scope`, { scope: 'all' });
    await client.close();
  });
});
