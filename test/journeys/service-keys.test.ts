// Narrower service keys at every door, from the live lists: what they are not for is refused, another user's things are as unknown
// as what never was, and a key that is deleted is gone at once.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GROUPS, PERMISSIONS } from '../../src/auth/session.ts';
import { ROUTES } from '../../src/http/routes.ts';
import { TOOLS } from '../../src/mcp/mailroom-offer.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { type Agent, agentWith } from '../support/agent.ts';
import { Browser } from '../support/browser.ts';
import { bearer, openEvents } from '../support/event-stream.ts';
import { eventually, type Mailroom, newFolder, removeFolder, startMailroom } from '../support/mailroom.ts';
import { connected, letter, startPretendGmail } from '../support/pretend-gmail.ts';
import { clientOver, startStdio } from '../support/stdio-client.ts';

const JANE = { email: 'jane@gmail.com', appPassword: 'abcdefghijklmnop' };
const BOB = { email: 'bob@gmail.com', appPassword: 'abcdefghijklmnop' };
const CANARY = 'xylobobcanary';

const folder = newFolder();
let gmail: Sandbox;
let room: Mailroom;
let env: Record<string, string>;
const made: string[] = [];

interface Ids {
  readonly account_id: string;
  readonly message_id: string;
  readonly thread_id: string;
  readonly outbox_id: string;
  readonly token_id: string;
  readonly link_id: string;
  readonly user_id: string;
}
let jane: Ids;
let bob: Ids;
const NOWHERE: Ids = {
  account_id: 'acc_00000000000000000000000000',
  message_id: 'ffffffffffffff00',
  thread_id: 'ffffffffffffff00',
  outbox_id: 'out_00000000000000000000000000',
  token_id: 'tok_00000000000000000000000000',
  link_id: 'lnk_00000000000000000000000000000000',
  user_id: 'nobody',
};

async function newKey(wish: object): Promise<Agent> {
  const { status, body } = await room.rest('POST', '/service-keys', { name: 'narrow', ...wish });
  expect(status, JSON.stringify(body)).toBe(201);
  expect(body.key).toMatch(/^mk_[0-9A-Za-z]{49}$/);
  made.push(body.key);
  return agentWith(room, body.key, body.key_id);
}

async function idsOf(user: typeof JANE, user_id: string): Promise<Ids> {
  const account_id = await connected(room, user, user_id);
  const found = await eventually(async () => {
    const { messages } = await room.tool('search_emails', { account_id, query: 'in:inbox' });
    return messages.length > 0 && messages[0];
  });
  const sent = await room.rest('POST', `/accounts/${account_id}/messages`, {
    to: 'a@b.example',
    subject: 'x',
    body: 'x',
  });
  expect(sent.status).toBe(200);
  const { outbox } = (await room.rest('GET', `/accounts/${account_id}/outbox`)).body;
  await room.rest('PUT', `/users/${user_id}/profiles/bot`, { name: `Bot ${user.email}` });
  const { token_id } = (await room.rest('POST', `/users/${user_id}/profiles/bot/tokens`, {})).body;
  const { link_id } = (await room.rest('POST', '/connect-links', { user_id })).body;
  const { message_id, thread_id } = found;
  return { account_id, message_id, thread_id, outbox_id: outbox[0].outbox_id, token_id, link_id, user_id };
}

beforeAll(async () => {
  const pretend = await startPretendGmail(folder, [JANE, BOB]);
  ({ gmail, env } = pretend);
  for (let i = 0; i < 20; i++) gmail.user(BOB.email).remove(gmail.user(BOB.email).deliver(letter(`Before ${i}`)).id);
  gmail.user(JANE.email).deliver(letter('Of Jane'));
  gmail.user(BOB.email).deliver(letter(CANARY, { from: `${CANARY} <${CANARY}@example.org>` }));
  room = await startMailroom({ folder, env });
  jane = await idsOf(JANE, 'u1');
  bob = await idsOf(BOB, 'u2');
});
afterAll(async () => {
  await room?.end();
  await gmail?.close();
  removeFolder(folder);
});

const filled = (path: string, ids: Ids): string =>
  path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent((ids as unknown as Record<string, string>)[name] ?? 'bot'),
  );
const groupOf = (need: string): string => ((PERMISSIONS as readonly string[]).includes(need) ? 'mail' : need);

/** Every route, with what is Bob's and with what never was: the same refusal. */
async function bobIsUnknown(rest: Agent['rest']): Promise<void> {
  for (const { method, path, needs, input } of ROUTES) {
    if (needs === 'operator' || needs === 'person') continue;
    const answers = [];
    for (const ids of [bob, NOWHERE]) {
      const named = 'user_id' in input.shape && !path.includes('{user_id}') ? { user_id: ids.user_id } : {};
      const account = path.includes('{') || groupOf(needs) !== 'mail' ? {} : { account: ids.account_id };
      const query = method === 'get' ? `?${new URLSearchParams(Object.entries({ ...named, ...account }))}` : '';
      const body = { name: 'x', scope: 'all', email: 'x@gmail.com', app_password: 'abcdefghijklmnop' };
      const given = Object.fromEntries(
        Object.entries(body).filter(([name]) => name in input.shape && !path.includes(`{${name}}`)),
      );
      const { status, body: answer } = await rest(
        method.toUpperCase(),
        filled(path, ids) + query,
        method === 'get' || method === 'delete' ? undefined : { ...given, ...named, ...account },
      );
      answers.push(`${status} ${JSON.stringify(answer)}`);
    }
    expect(answers[0], `${method} ${path}`).toBe(answers[1]);
    expect(answers[0], `${method} ${path}`).toMatch(/^4/);
  }
}

describe('a person who has signed in', () => {
  it('finds another user’s things as unknown as what never was, over REST', async () => {
    const browser = new Browser();
    await browser.post((await room.rest('POST', '/users/u1/sign-in-links')).body.url, {});
    const rest: Agent['rest'] = async (method, path, body) => {
      const { status, headers, text } = await browser.ask(method, room.url + path, body);
      return { status, headers, body: JSON.parse(text) };
    };
    await bobIsUnknown(rest);
    expect((await rest('GET', '/accounts')).body.map((each: Ids) => each.account_id)).toEqual([jane.account_id]);
    expect((await rest('GET', `/accounts/${jane.account_id}/messages?q=in:inbox`)).body.messages).toHaveLength(1);
    expect((await rest('GET', '/service-keys')).status).toBe(403);
    expect((await rest('GET', '/users/u2/profiles')).status).toBe(404);
    expect((await rest('POST', '/users/me/sign-in-links', {})).status).toBe(404);
    const own = (await rest('GET', '/audit?limit=500')).body as { user_id: string }[];
    expect(new Set(own.map(({ user_id }) => user_id))).toEqual(new Set(['u1']));
    const rows = (await room.rest('GET', '/audit?user_id=u1&limit=500')).body;
    const { person_id } = (await rest('GET', '/me')).body;
    expect(rows.some((row: { caller: string }) => row.caller === `person:${person_id}`)).toBe(true);
  });
});

describe('a narrower key', () => {
  it('reaches only the groups of tools and routes that it was made for', async () => {
    for (const group of GROUPS) {
      const key = await newKey({ can: [group] });
      for (const { method, path, needs } of ROUTES) {
        const { status, body } = await key.rest(
          method.toUpperCase(),
          filled(path, NOWHERE),
          method === 'get' ? undefined : {},
        );
        const refused = status === 403 && body.code === 'forbidden';
        // Whoever signs in may more than a key that is for one group, and erasing takes away what is of each.
        if (path.endsWith('/sign-in-links') || `${method} ${path}` === 'delete /users/{user_id}') {
          expect(refused, `${group}: ${path}`).toBe(true);
          continue;
        }
        expect(refused, `${group}: ${method} ${path}`).toBe(groupOf(needs) !== group);
      }
      const shown = (await key.tools()).map(({ name }) => name);
      expect(shown.toSorted(), group).toEqual(
        TOOLS.filter(({ needs }) => groupOf(needs) === group)
          .map(({ name }) => name)
          .toSorted(),
      );
      for (const { name } of TOOLS) {
        const { content } = await key.call(name, {});
        expect(/^forbidden: /.test(content[0].text), `${group}: ${name}`).toBe(!shown.includes(name));
      }
      const events = await openEvents(room.url, bearer(key.token));
      expect(events.status, group).toBe(group === 'profiles' ? 403 : 200);
      await events.close();
    }
  });

  it('of one user finds another user’s things as unknown as what never was', async () => {
    const key = await newKey({ can: [...GROUPS], user_id: 'u1' });
    await bobIsUnknown(key.rest);
    for (const { name, input } of TOOLS) {
      const answers = [];
      for (const ids of [bob, NOWHERE]) {
        const args = Object.fromEntries(
          Object.keys(input.shape).flatMap((each) => (each in ids ? [[each, ids[each as keyof Ids]]] : [])),
        );
        const { content } = await key.call(name, { ...args, ...(name.includes('send') && { body: 'x' }) });
        answers.push(content[0].text);
      }
      expect(answers[0], name).toBe(answers[1]);
    }
    const client = await key.client('2025 in a session');
    try {
      const listed = JSON.stringify(await client.listResources());
      expect(listed).toContain(jane.account_id);
      expect(listed).not.toContain(bob.account_id);
      await expect(client.readResource({ uri: `contacts://${bob.account_id}` })).rejects.toThrow();
      await expect(client.subscribeResource({ uri: `contacts://${bob.account_id}` })).rejects.toThrow();
    } finally {
      await client.close();
    }
    // What was Bob's is as it was.
    expect((await room.rest('GET', `/accounts/${bob.account_id}`)).body.user_id).toBe('u2');
    expect((await room.rest('GET', '/users/u2/profiles/bot/tokens')).body).toHaveLength(1);
  });

  it('of one user does everything for that user, who need not be named', async () => {
    const key = await newKey({ can: 'accounts, profiles, mail', user_id: 'u1' });
    expect((await key.rest('GET', '/accounts')).body.map((each: Ids) => each.account_id)).toEqual([jane.account_id]);
    expect((await key.tool('list_gmail_accounts')).accounts).toHaveLength(1);
    expect((await key.tool('search_emails', { account_id: JANE.email, query: 'in:inbox' })).messages).toHaveLength(1);
    expect((await key.rest('POST', '/connect-links', {})).status).toBe(201);
    expect((await key.rest('GET', `/connect-links/${jane.link_id}`)).body.status).toBe('pending');
    expect((await key.rest('PUT', '/users/u1/profiles/other', { name: 'Other' })).status).toBe(200);
    expect((await key.rest('GET', `/accounts/${jane.account_id}/outbox`)).status).toBe(200);
  });

  it('makes, lists and deletes no keys, and neither does a profile', async () => {
    const key = await newKey({ can: [...GROUPS] });
    for (const [method, path] of [
      ['POST', '/service-keys'],
      ['GET', '/service-keys'],
      ['DELETE', `/service-keys/${key.tokenId}`],
      ['GET', '/audit'],
      ['GET', '/statistics'],
    ] as const)
      expect((await key.rest(method, path, method === 'POST' ? {} : undefined)).status, path).toBe(403);
  });

  it('of one user sees what was called for that user, and no other', async () => {
    const key = await newKey({ can: ['profiles'], user_id: 'u1' });
    const { status, body } = await key.rest('GET', '/audit?limit=1000');
    expect(status).toBe(200);
    expect(new Set(body.map(({ user_id }: { user_id: string }) => user_id))).toEqual(new Set(['u1']));
    expect((await key.rest('GET', '/statistics')).status).toBe(200);
    for (const path of ['/audit', '/statistics'])
      expect((await key.rest('GET', `${path}?user_id=u2`)).status, path).toBe(404);
    const mail = await newKey({ can: ['mail'], user_id: 'u1' });
    expect((await mail.rest('GET', '/audit')).status).toBe(403);
  });

  it('that is deleted or has expired opens nothing, and what is open on it ends', async () => {
    const key = await newKey({ can: ['mail'] });
    const stream = await fetch(`${room.url}/mcp/sse`, {
      headers: { authorization: `Bearer ${key.token}`, accept: 'text/event-stream' },
    });
    expect(stream.status).toBe(200);
    const ended = stream.text().then(
      () => true,
      () => true,
    );
    expect((await room.rest('DELETE', `/service-keys/${key.tokenId}`)).body).toEqual({
      status: 'deleted',
      key_id: key.tokenId,
    });
    expect(await ended).toBe(true);
    expect((await key.rest('GET', `/accounts/${jane.account_id}/labels`)).status).toBe(401);
    expect((await room.rest('DELETE', `/service-keys/${key.tokenId}`)).status).toBe(404);
    const brief = await newKey({ can: ['mail'], expires_in: 1 });
    await eventually(async () => (await brief.rest('GET', `/accounts/${jane.account_id}/labels`)).status === 401);
  });

  it('is listed without itself, and lies nowhere on the disk', async () => {
    const listed = await room.rest('GET', '/service-keys?limit=2');
    expect(listed.body).toHaveLength(2);
    expect(listed.body[0]).toEqual({
      key_id: expect.stringMatching(/^key_/),
      name: 'narrow',
      user_id: null,
      can: ['accounts'],
      created_at: expect.any(String),
      expires_at: null,
      last_used_at: expect.toBeOneOf([null, expect.any(String)]),
    });
    const files = readdirSync(join(folder, 'data'), { recursive: true, withFileTypes: true }).filter((each) =>
      each.isFile(),
    );
    for (const { parentPath, name } of files) {
      const bytes = readFileSync(join(parentPath, name)).toString('latin1');
      for (const key of made) expect(bytes.includes(key), name).toBe(false);
    }
    expect(room.log.join('\n')).not.toContain('mk_');
  });

  it('is listed with its last use', async () => {
    const key = await newKey({ can: ['mail'], user_id: 'u1' });
    const lastUse = async (): Promise<string | null> =>
      (await room.rest('GET', '/service-keys?limit=100')).body.find(
        (each: { key_id: string }) => each.key_id === key.tokenId,
      ).last_used_at;
    expect(await lastUse()).toBeNull();
    const before = Date.now();
    await key.tool('gmail_list_labels', { account_id: jane.account_id });
    await eventually(async () => (await lastUse()) !== null);
    expect(Date.parse((await lastUse())!)).toBeGreaterThanOrEqual(before);
  });

  it('is named in the audit', async () => {
    const key = await newKey({ can: ['mail'], user_id: 'u1' });
    await key.tool('gmail_list_labels', { account_id: jane.account_id });
    const [row] = (await room.rest('GET', '/audit?limit=2')).body.filter(
      (each: { called: string }) => each.called !== 'GET /audit',
    );
    expect(row).toMatchObject({ caller: key.tokenId, user_id: 'u1', called: 'gmail_list_labels', outcome: 'ok' });
  });

  it('is in force over stdio, whether that asks the server or owns the mail itself', async () => {
    const key = await newKey({ can: ['mail'], user_id: 'u1' });
    const settings = {
      ...env,
      HOME: folder,
      DATA_DIR: join(folder, 'data'),
      KEY_DIR: join(folder, 'keys'),
      MAILROOM_SERVICE_KEY: room.key,
      MAILROOM_TOKEN: key.token,
    };
    const shown = TOOLS.filter(({ needs }) => groupOf(needs) === 'mail').map(({ name }) => name);
    for (const owner of ['server', 'itself']) {
      if (owner === 'itself') await room.end();
      const process = startStdio(settings);
      const client = await clientOver(process);
      try {
        expect((await client.listTools()).tools.map(({ name }) => name).toSorted(), owner).toEqual(shown.toSorted());
        const labels = (account_id: string) =>
          client.callTool({ name: 'gmail_list_labels', arguments: { account_id } });
        expect((await labels(jane.account_id)).isError, owner).toBeUndefined();
        expect(await labels(bob.account_id), owner).toEqual(await labels(NOWHERE.account_id));
      } finally {
        await client.close();
        await process.exited;
      }
    }
  });
});
