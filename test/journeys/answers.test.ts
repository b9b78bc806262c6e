// What answers look like: how large they get, how lists go on, what a parameter may be written like, which words name a mail.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { type Mailroom, newFolder, removeFolder, startMailroom } from '../support/mailroom.ts';
import { connected, letter, startPretendGmail } from '../support/pretend-gmail.ts';

const JANE = { email: 'jane@gmail.com', appPassword: 'abcdefghijklmnop' };
const LONG = 30;
/** A model pays for about 8,000 tokens at most: 32,000 characters of Latin text. */
const MOST = 32_000;
const folder = newFolder();
let gmail: Sandbox;
let room: Mailroom;
let jane: string;

beforeAll(async () => {
  const pretend = await startPretendGmail(folder, [JANE]);
  gmail = pretend.gmail;
  const box = gmail.user(JANE.email);
  box.deliver(letter('Needle', { from: 'Nina <nina@example.org>', body: 'haystack' }));
  for (let i = 0; i < LONG; i++) box.deliver(letter(`Long ${i}`, { body: 'The quick brown fox. '.repeat(900) }));
  for (let i = 0; i < 4; i++)
    box.deliver(
      letter(`Han ${i}`, {
        from: 'Li <li@example.org>',
        body: '漢字仮名'.repeat(3000),
        fields: 'Content-Type: text/plain; charset=utf-8\r\n',
      }),
    );
  const crowd = Array.from({ length: 700 }, (_, i) => `Person Number ${i} <p${i}@example.org>`).join(',\r\n ');
  const preaching = 'Preach '.repeat(800);
  for (let i = 0; i < 25; i++)
    box.deliver(
      letter(`${preaching}${i}`, {
        to: crowd,
        from: `"${preaching}" <crowd@example.org>`,
        fields: `References: <thread@example.org>\r\n`,
      }),
    );
  room = await startMailroom({ folder, env: pretend.env });
  jane = await connected(room, JANE);
  for (let i = 0; i < 25; i++)
    box.deliver(letter(`New ${preaching}${i}`, { from: `"${preaching}" <crowd@example.org>` }));
});
afterAll(async () => {
  await room?.end();
  await gmail?.close();
  removeFolder(folder);
});

const get = (path: string) => room.rest('GET', `/accounts/${jane}${path}`);

describe('how large an answer is', () => {
  it.each([
    ['fetch_inbox', { limit: 50 }],
    ['get_emails', { email: 'amy@example.org', limit: 100 }],
    ['get_emails', { email: 'li@example.org' }],
    ['get_emails', { email: 'crowd@example.org', limit: 100 }],
    ['search_emails', { query: '', limit: 50 }],
    ['list_conversations', { limit: 50 }],
    ['get_contact', { email: 'crowd@example.org' }],
  ])('%s stays within what a model can pay for (%j)', async (name, args) => {
    const answer = await room.tool(name, { account_id: jane, ...args });
    const size = JSON.stringify(answer).length;
    expect(size).toBeLessThan(MOST);
    expect(size).toBeGreaterThan(100);
  });

  it('says how many of a crowd it shows, and cuts a long body with where to go on', async () => {
    const { messages } = (await get('/messages?q=from:crowd -subject:new&limit=1')).body;
    const crowd = (await get(`/messages/${messages[0].message_id}`)).body;
    expect(crowd.to).toHaveLength(50);
    expect(crowd.notes).toContain('to: 50 of 700 shown');
    const [long] = (await get('/messages?q=subject:long&limit=1')).body.messages;
    const first = (await get(`/messages/${long.message_id}`)).body;
    expect(first.body).toHaveLength(4000);
    expect(first.body_truncated).toBe('[truncated: 4000 of 18899 characters; continue with offset 4000]');
    const rest = (await get(`/messages/${long.message_id}?offset=16000`)).body;
    expect([rest.body.length, rest.body_truncated]).toEqual([2899, undefined]);
    expect((await get(`/messages/${long.message_id}?offset=18899`)).body).toMatchObject({
      status: 400,
      field: 'offset',
    });
  });

  it('keeps a thread under its limit and goes on page by page, losing nothing', async () => {
    const { messages } = (await get('/messages?q=from:crowd subject:preach -subject:new&limit=1')).body;
    const seen: string[] = [];
    let cursor = '';
    for (let pages = 0; pages < 40; pages++) {
      const { body } = await get(`/threads/${messages[0].thread_id}?cursor=${cursor}`);
      expect(JSON.stringify(body).length).toBeLessThan(MOST);
      seen.push(...body.messages.map((mail: { message_id: string }) => mail.message_id));
      if (!body.next_cursor) {
        expect(seen).toHaveLength(body.message_count);
        break;
      }
      cursor = body.next_cursor;
    }
    expect(new Set(seen).size).toBe(seen.length);
  });
});

describe('how a list goes on', () => {
  it('lists what was exchanged oldest first, the latest page first, and every mail once', async () => {
    const subjects: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await room.tool('get_emails', { account_id: jane, email: 'Amy <AMY@example.org>', cursor });
      const dates = page.messages.map((mail: { date: string }) => mail.date);
      expect(dates).toEqual(dates.toSorted());
      subjects.unshift(...page.messages.map((mail: { subject: string }) => mail.subject));
      cursor = page.next_cursor;
    } while (cursor);
    expect(subjects).toEqual(Array.from({ length: LONG }, (_, i) => `Long ${i}`));
  });

  it('names the next page in a Link header that leads there, to the end', async () => {
    let path: string | null = `/accounts/${jane}/messages?q=subject:long&limit=12`;
    const ids: string[] = [];
    while (path) {
      const answer = await room.rest('GET', path);
      ids.push(...answer.body.messages.map((mail: { message_id: string }) => mail.message_id));
      path = /^<([^>]+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1] ?? null;
    }
    expect(new Set(ids).size).toBe(LONG);
  });

  it('takes a cursor only for the question that it was given for', async () => {
    const { next_cursor } = (await get('/messages?q=subject:long&limit=1')).body;
    for (const path of [
      `/messages?q=other&cursor=${next_cursor}`,
      `/conversations?cursor=${next_cursor}`,
      '/messages?cursor=made.up',
    ]) {
      const { status, body } = await get(path);
      expect([status, body.field, body.hint]).toEqual([400, 'cursor', 'Start again without one.']);
    }
  });
});

describe('how a parameter may be written', () => {
  it('takes numbers as text, sizes beyond their range as the nearest, and nothing, null, "" and [] as left out', async () => {
    const count = async (limit: unknown) =>
      (await room.tool('search_emails', { account_id: jane, query: 'subject:long', limit })).messages.length;
    expect(await Promise.all(['3', 3, 0, -5, 2.9].map(count))).toEqual([3, 3, 1, 1, 2]);
    expect(await Promise.all([undefined, null, '', []].map(count))).toEqual([10, 10, 10, 10]);
    expect(await count(5000)).toBe(LONG);
    const { body } = await get('/messages?q=subject:long&limit=');
    expect(body.messages).toHaveLength(10);
    const renamed = await room.rest('PATCH', `/accounts/${jane}`, { display_name: 'Jane', status: '', timezone: null });
    expect(renamed.body).toMatchObject({ display_name: 'Jane', status: 'active', timezone: 'UTC' });
  });

  it('names field, fault and what would be right', async () => {
    for (const [path, field, detail] of [
      ['/messages?limit=many', 'limit', 'limit must be a number.'],
      ['/messages?limit=1&limit=2', 'limit', 'limit is given twice.'],
      ['/messages?colour=red', 'colour', 'There is no parameter "colour".'],
    ]) {
      const { status, headers, body } = await get(path!);
      expect([status, headers.get('content-type')]).toEqual([400, 'application/problem+json']);
      expect(body).toMatchObject({
        type: 'about:blank',
        title: 'invalid input',
        status: 400,
        code: 'invalid_input',
        field,
        detail,
      });
      expect(body.hint).not.toBe('');
    }
    const status = await room.rest('PATCH', `/accounts/${jane}`, { status: 'gone' });
    expect(status.body).toMatchObject({ field: 'status', detail: 'status must be one of active, paused.' });
  });

  it('takes the id of a person as it is, and none that the store could not keep apart', async () => {
    const [own, other] = [
      await room.rest('GET', '/accounts?user_id=u1'),
      await room.rest('GET', '/accounts?user_id=u1%20'),
    ];
    expect([own.body.length, other.body]).toEqual([1, []]);
    for (const user_id of ['\ud800', 'a\u0000b', ' ', 'x'.repeat(256)]) {
      const { status, body } = await room.rest('POST', '/accounts', {
        user_id,
        email: 'new@gmail.com',
        app_password: 'x',
      });
      expect([status, body.field], JSON.stringify(user_id)).toEqual([400, 'user_id']);
    }
  });

  it('finds a mail and its thread by every word that means it', async () => {
    const [needle] = (await get('/messages?q=subject:needle')).body.messages;
    const id: string = needle.message_id;
    for (const word of [
      id,
      id.toUpperCase(),
      BigInt(`0x${id}`).toString(),
      '<Needle@example.org>',
      'Needle@example.org',
      ` ${id} `,
    ]) {
      expect((await get(`/messages/${encodeURIComponent(word)}`)).body.message_id, word).toBe(id);
      expect((await get(`/threads/${encodeURIComponent(word)}`)).body.thread_id, word).toBe(needle.thread_id);
    }
    const missing = await get('/messages/ffffffffffffff00');
    expect(missing.body).toMatchObject({ code: 'not_found', hint: 'A message_id from a search is expected.' });
    const byAddress = await room.rest('GET', '/accounts/JANE@gmail.com');
    expect(byAddress.body.account_id).toBe(jane);
  });
});

describe('time', () => {
  it('is UTC with Z in every field, and local too where a model reads', async () => {
    await room.rest('PATCH', `/accounts/${jane}`, { timezone: 'Asia/Tokyo' });
    const call = {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'search_emails', arguments: { account_id: jane, query: 'needle' } },
    };
    const { result } = (await room.rest('POST', '/mcp', call)).body;
    const { messages, now, as_of } = result.structuredContent;
    for (const time of [messages[0].date, now, as_of])
      expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/);
    const local = new Date(messages[0].date).toLocaleString('sv-SE', { timeZone: 'Asia/Tokyo' });
    expect(result.content[0].text).toContain(`date: ${messages[0].date} (${local} Asia/Tokyo)`);
    await room.rest('PATCH', `/accounts/${jane}`, { timezone: 'UTC' });
  });
});

describe('one POST without a handshake', () => {
  const post = async (body: unknown, accept?: string) => {
    const response = await fetch(`${room.url}/mcp`, {
      method: 'POST',
      headers: { authorization: `Bearer ${room.key}`, 'content-type': 'application/json', ...(accept && { accept }) },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return {
      status: response.status,
      type: response.headers.get('content-type'), // biome-ignore lint/suspicious/noExplicitAny: a test reads answers of any shape
      body: (await response.json()) as any,
    };
  };

  it('shows and calls the tools as plain JSON', async () => {
    const list = await post({ jsonrpc: '2.0', id: 'a', method: 'tools/list' });
    expect(list).toMatchObject({ status: 200, type: 'application/json', body: { id: 'a' } });
    expect(list.body.result.tools.map(({ name }: { name: string }) => name)).toContain('list_gmail_accounts');
    const call = await post(
      { jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'list_gmail_accounts' } },
      'application/json',
    );
    expect(call.body.result.structuredContent.accounts[0].email).toBe(JANE.email);
  });

  it('tells a tool that is not there, and a body that is no JSON', async () => {
    expect((await post({ jsonrpc: '2.0', id: 3, method: 'tools/call', params: { name: 'toString' } })).body).toEqual({
      jsonrpc: '2.0',
      id: 3,
      error: { code: -32602, message: 'There is no tool "toString".' },
    });
    expect(await post('{"jsonrpc":')).toMatchObject({ status: 400, body: { id: null, error: { code: -32700 } } });
  });
});
