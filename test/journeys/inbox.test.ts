// fetch_inbox: each mail is told once, and none is lost to the caller whatever happens in between.

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import SQLite from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { eventually, type Mailroom, newFolder, removeFolder, startMailroom } from '../support/mailroom.ts';
import { connected, letter, startPretendGmail, upToDate } from '../support/pretend-gmail.ts';

const JANE = { email: 'jane@gmail.com', appPassword: 'abcdefghijklmnop' };
const folder = newFolder();
let gmail: Sandbox;
let env: Record<string, string>;
let room: Mailroom;
let jane: string;

beforeAll(async () => {
  ({ gmail, env } = await startPretendGmail(folder, [JANE]));
  gmail.user(JANE.email).deliver(letter('From before'));
  room = await startMailroom({ folder, env });
  jane = await connected(room, JANE);
});
afterEach(async () => {
  await fetchAll();
});
afterAll(async () => {
  await room?.end();
  await gmail?.close();
  removeFolder(folder);
});

const deliver = (name: string, count: number): string[] => {
  const subjects = Array.from({ length: count }, (_, i) => `${name} ${i + 1}`);
  for (const subject of subjects) gmail.user(JANE.email).deliver(letter(subject));
  return subjects.toReversed();
};
const subjectsOf = (answer: { new_messages: { subject: string }[] }) =>
  answer.new_messages.map(({ subject }) => subject);
const fetchInbox = async (limit?: number) => subjectsOf(await room.tool('fetch_inbox', { account_id: jane, limit }));
const fetchAll = async (): Promise<string[]> => {
  const page = await fetchInbox(50);
  return page.length === 0 ? [] : [...page, ...(await fetchAll())];
};

it('tells nothing of the time before the account was added', async () => {
  expect(await fetchInbox()).toEqual([]);
});

it('tells the newest up to its limit, and the next call the rest', async () => {
  const newest = deliver('Bulk', 30);
  expect(await fetchInbox(20)).toEqual(newest.slice(0, 20));
  const later = deliver('Later', 2);
  expect(await fetchInbox(5)).toEqual([...later, ...newest.slice(20, 23)]);
  expect(await fetchInbox()).toEqual(newest.slice(23));
  expect(await fetchInbox()).toEqual([]);
});

it('gives each of several calls at once mail of its own', async () => {
  const newest = deliver('Shared', 12);
  await eventually(
    async () => (await room.tool('search_emails', { account_id: jane, query: 'shared' })).messages.length >= 10,
  );
  const pages = await Promise.all([fetchInbox(5), fetchInbox(5), fetchInbox(5)]);
  expect(pages.flat().toSorted()).toEqual(newest.toSorted());
});

it('tells again what was in an answer whose mark never reached the disk', async () => {
  const newest = deliver('Crash', 3);
  const other = new SQLite(`${folder}/data/control.sqlite`);
  other.exec('begin immediate');
  expect(await fetchInbox(2)).toEqual(newest.slice(0, 2));
  await room.end('SIGKILL');
  other.exec('rollback');
  other.close();
  room = await startMailroom({ folder, env });
  await upToDate(room, jane);
  expect(await fetchInbox()).toEqual(newest);
});

it('keeps its marks over a restart', async () => {
  const newest = deliver('Restart', 5);
  expect(await fetchInbox(2)).toEqual(newest.slice(0, 2));
  await room.end();
  room = await startMailroom({ folder, env });
  expect(await eventually(() => fetchInbox())).toEqual(newest.slice(2));
});

it('tells again what was meant for a caller who hung up', async () => {
  const newest = deliver('Hung up', 2);
  const takeBack = gmail.script.add(JANE.email, { kind: 'silence' });
  const caller = new AbortController();
  const lost = fetch(`${room.url}/accounts/${jane}/fetch`, {
    method: 'POST',
    headers: { authorization: `Bearer ${room.key}` },
    signal: caller.signal,
  });
  // A second caller's answer shows that the first has been heard.
  await room.rest('GET', '/health');
  caller.abort();
  await expect(lost).rejects.toThrow();
  takeBack();
  gmail.user(JANE.email).dropConnections();
  expect(await eventually(() => fetchInbox())).toEqual(newest);
});

describe.each(['legacy', 'auto'] as const)('progress in the %s era', (mode) => {
  it('tells that Gmail is asked and how many mails are stored', async () => {
    const client = new Client({ name: 'test', version: '1' }, mode === 'auto' ? { versionNegotiation: { mode } } : {});
    await client.connect(
      new StreamableHTTPClientTransport(new URL(`${room.url}/mcp`), {
        requestInit: { headers: { authorization: `Bearer ${room.key}` } },
      }),
    );
    await room.rest('PATCH', `/accounts/${jane}`, { status: 'paused' });
    const newest = deliver(`Progress ${mode}`, 4);
    // So slow that the call is there before the mail.
    const hurry = gmail.script.add(JANE.email, { kind: 'slow', bytesPerSecond: 8000 });
    await room.rest('PATCH', `/accounts/${jane}`, { status: 'active' });
    const seen: { progress: number; message?: string | undefined }[] = [];
    const result = await client.callTool(
      { name: 'fetch_inbox', arguments: { account_id: jane } },
      {
        onprogress: ({ progress, message }) => {
          hurry();
          seen.push({ progress, message });
        },
      },
    );
    await client.close();
    expect(subjectsOf(result.structuredContent as never)).toEqual(newest);
    expect(seen).toEqual([
      { progress: 0, message: 'asking Gmail' },
      { progress: 4, message: '4 stored' },
    ]);
  });
});
