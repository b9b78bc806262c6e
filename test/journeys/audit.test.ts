// What the audit keeps of calls by every door: who, whose, what, how it ended, and never a word of a mail, an address or a
// query; and what `mailroom audit verify` says of it.
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROUTES } from '../../src/http/routes.ts';
import { TOOLS } from '../../src/mcp/mailroom-offer.ts';
import { CONNECT_TOOL } from '../../src/mcp/tools/gmail.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { type Agent, newAgent } from '../support/agent.ts';
import { type Mailroom, newFolder, ranMailroom, removeFolder, startMailroom } from '../support/mailroom.ts';
import { connected, letter, startPretendGmail } from '../support/pretend-gmail.ts';

const JANE = { email: 'jane@gmail.com', appPassword: 'abcdefghijklmnop' };
/** In every field of a mail, and in what is asked. */
const WORD = 'auditcanary';

const folder = newFolder();
let gmail: Sandbox;
let env: Record<string, string>;
let room: Mailroom;
let account: string;
let message: string;
let agent: Agent;

interface Row {
  readonly seq: number;
  readonly called: string;
  readonly outcome: string;
  readonly caller: string;
  readonly message_ids: string[];
}

async function rows(query = ''): Promise<Row[]> {
  const { status, body } = await room.rest('GET', `/audit${query}`);
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}
const last = async (called: string) => (await rows('?limit=1000')).find((row) => row.called === called);

beforeAll(async () => {
  const pretend = await startPretendGmail(folder, [JANE]);
  ({ gmail, env } = pretend);
  gmail.user(JANE.email).deliver(letter(`Subject ${WORD}`, { from: `"${WORD}" <${WORD}@example.org>`, body: WORD }));
  room = await startMailroom({ folder, env });
  account = await connected(room, JANE);
  ({ message_id: message } = (await room.tool('search_emails', { account_id: account })).messages[0]);
  agent = await newAgent(room);
});
afterAll(async () => {
  await room?.end();
  await gmail?.close();
  removeFolder(folder);
});

describe('a call', () => {
  it('of a profile is kept with its token, person, account, mails and outcome', async () => {
    await agent.tool('gmail_search', { query: WORD });
    expect(await last('gmail_search')).toMatchObject({
      caller: agent.tokenId,
      profile_id: 'bot',
      user_id: 'u1',
      account_ids: [account],
      outcome: 'ok',
      count: 1,
      message_ids: [message],
      duration_ms: expect.any(Number),
    });
  });

  it('of the operator is kept with a name of his key and the person whose account it was', async () => {
    await room.rest('GET', `/accounts/${account}/messages/${message}`);
    const row = await last('GET /accounts/{account_id}/messages/{message_id}');
    expect(row).toMatchObject({
      caller: expect.stringMatching(/^service:[\w-]{10}$/),
      profile_id: null,
      user_id: 'u1',
      account_ids: [account],
      message_ids: [message],
    });
    await room.rest('GET', '/users/u7/profiles');
    expect(await last('GET /users/{user_id}/profiles')).toMatchObject({ user_id: 'u7', caller: row!.caller });
  });

  it('that fails or is turned away is kept with the code', async () => {
    await agent.rest('GET', '/accounts');
    expect(await last('GET /accounts')).toMatchObject({ outcome: 'forbidden', caller: agent.tokenId });
    await agent.rest('GET', '/messages/ffffffffffffff00');
    expect(await last('GET /messages/{message_id}')).toMatchObject({ outcome: 'not_found', message_ids: [] });
    await room.rest('GET', `/accounts/${account}/messages?limit=some`);
    expect(await last('GET /accounts/{account_id}/messages')).toMatchObject({ outcome: 'invalid_input' });
  });

  it('for a resource, a prompt, a completion, an attachment or the events is kept too', async () => {
    const client = await agent.client('2025 in a session');
    try {
      await client.readResource({ uri: `messages://${account}/${WORD}@example.org` });
      await client.listResources();
      await client.subscribeResource({ uri: `conversations://${account}` });
      await client.getPrompt({ name: 'triage_inbox', arguments: {} });
      await client.complete({
        ref: { type: 'ref/prompt', name: 'triage_inbox' },
        argument: { name: 'account', value: '' },
      });
    } finally {
      await client.close();
    }
    await room.rest('GET', `/accounts/${account}/messages/${message}/attachments/9`);
    await agent.rest('GET', '/events');
    expect(await last('resources/read messages')).toMatchObject({ message_ids: [message], account_ids: [account] });
    for (const called of ['resources/list', 'resources/subscribe conversations', 'prompts/get triage_inbox'])
      expect(await last(called), called).toMatchObject({ outcome: 'ok', caller: agent.tokenId });
    expect((await last('completion/complete'))?.outcome).toBe('ok');
    expect(await last('GET /events')).toMatchObject({ outcome: 'forbidden' });
    expect(await last('GET /accounts/{account_id}/messages/{message_id}/attachments/{n}')).toMatchObject({
      outcome: 'not_found',
      account_ids: [account],
    });
  });

  it('on a connect page is kept with the link', async () => {
    const { link_id, url } = (await room.rest('POST', '/connect-links', { user_id: 'u8' })).body;
    const form = { method: 'decline' };
    await fetch(url, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' });
    expect(await last('connect page')).toMatchObject({ caller: link_id, user_id: 'u8', outcome: 'declined' });
  });

  it('of any tool and any route is one row, from the live lists', async () => {
    for (const { name, called } of [...TOOLS, CONNECT_TOOL]) {
      const before = (await rows('?limit=1'))[0]!.seq;
      await agent.call(name, { colour: 'red' });
      const since = (await rows('?limit=20')).filter(({ seq }) => seq > before + 1);
      expect(
        since.map((row) => row.called),
        name,
      ).toEqual([called, 'GET /audit'].slice(0, 1));
      expect(['forbidden', 'invalid_input'], name).toContain(since[0]!.outcome);
    }
    for (const { method, path, called } of ROUTES) {
      expect(called).toBe(`${method.toUpperCase()} ${path}`);
      const before = (await rows('?limit=1'))[0]!.seq;
      await agent.rest(method.toUpperCase(), `${path.replace(/\{\w+\}/g, 'x')}?colour=red`);
      const since = (await rows('?limit=20')).filter(({ seq }) => seq > before + 1);
      expect(
        since.map((row) => row.called),
        path,
      ).toEqual([called]);
    }
  });
});

describe('the audit', () => {
  it('holds no word of a mail, no address and no query', async () => {
    await rows();
    const file = new SQLite(join(folder, 'data', 'control.sqlite'), { readonly: true });
    const all = JSON.stringify(file.prepare('select * from audit').all());
    file.close();
    expect(all).toContain(message);
    for (const word of [WORD, 'jane', '@', 'example', 'colour']) expect(all.toLowerCase(), word).not.toContain(word);
  });

  it('is listed by person and time, page by page, to the operator alone', async () => {
    expect((await agent.rest('GET', '/audit')).status).toBe(403);
    const janes = await rows('?user_id=u1&limit=1000');
    expect(janes.length).toBeGreaterThan(5);
    expect(janes.every((row) => (row as unknown as { user_id: string }).user_id === 'u1')).toBe(true);
    const first = await room.rest('GET', '/audit?user_id=u1&limit=2');
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')![1]!;
    const second = await room.rest('GET', next);
    const paged = [...first.body, ...second.body].map(({ seq }: Row) => seq);
    const all = (await rows('?user_id=u1&limit=1000')).map(({ seq }) => seq);
    expect(paged).toEqual(all.slice(all.indexOf(paged[0]!)).slice(0, 4));
    expect(await rows('?since=2999-01-01')).toEqual([]);
    expect((await room.rest('GET', '/audit?since=yesterday')).body).toMatchObject({
      code: 'invalid_input',
      field: 'since',
    });
  });

  it('is listed by agent, by tool and by outcome, page by page too', async () => {
    const named = (list: readonly Row[]) => list as unknown as { profile_id: string | null; called: string }[];
    const agents = named(await rows('?by=agents&limit=1000'));
    expect(agents.length).toBeGreaterThan(1);
    expect(agents.filter(({ profile_id }) => profile_id === null)).toEqual([]);
    const others = named(await rows('?by=others&limit=1000'));
    expect(others.length).toBeGreaterThan(1);
    expect(others.filter(({ profile_id }) => profile_id !== null)).toEqual([]);
    const one = agents[0]!.profile_id;
    expect(new Set(named(await rows(`?profile_id=${one}`)).map((each) => each.profile_id))).toEqual(new Set([one]));
    expect(await rows('?profile_id=nobody')).toEqual([]);
    const searches = await rows('?called=SEARCH&limit=1000');
    expect(searches.length).toBeGreaterThan(0);
    expect(searches.filter(({ called }) => !called.includes('search'))).toEqual([]);
    expect(await rows('?called=%25')).toEqual([]);
    const errors = await rows('?errors_only=true&limit=1000');
    expect(errors.length).toBeGreaterThan(1);
    expect(errors.filter(({ outcome }) => outcome === 'ok')).toEqual([]);
    const first = await room.rest('GET', '/audit?errors_only=true&limit=1');
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')![1]!;
    expect((await room.rest('GET', next)).body[0].outcome).not.toBe('ok');
    expect((await room.rest('GET', next.replace('errors_only=true&', ''))).status).toBe(400);
  });

  const verify = () => ranMailroom(['audit', 'verify'], { env, folder });

  it('is found whole beside the server', async () => {
    expect(await verify()).toMatchObject({ code: 0, out: expect.stringMatching(/^note .*\nok {4}\d+ rows/s) });
  });

  it('is found whole after a kill, which is told', async () => {
    await rows();
    await room.end('SIGKILL');
    expect(await verify()).toMatchObject({ code: 0, out: expect.stringMatching(/^note .*was killed.*\nok /s) });
  });

  it('loses nothing in an orderly end, and tells of the kill before', async () => {
    room = await startMailroom({ folder, env });
    await room.rest('GET', '/accounts?user_id=u99');
    await room.end();
    const file = new SQLite(join(folder, 'data', 'control.sqlite'), { readonly: true });
    expect(file.prepare("select called from audit where user_id = 'u99'").pluck().all()).toEqual(['GET /accounts']);
    file.close();
    const { code, out } = await verify();
    expect([code, out]).toEqual([0, expect.stringMatching(/^note {2}row \d+: the process before had been killed/)]);
    expect(out.match(/^note/gm)).toHaveLength(1);
  });

  it('names the first row that was changed', async () => {
    const file = new SQLite(join(folder, 'data', 'control.sqlite'));
    const seq = file.prepare("select min(seq) from audit where outcome = 'forbidden'").pluck().get();
    file.prepare("update audit set outcome = 'ok' where seq = ?").run(seq);
    file.close();
    expect(await verify()).toMatchObject({
      code: 1,
      out: expect.stringMatching(new RegExp(`BAD +row ${seq}: this row`)),
    });
  });
});
