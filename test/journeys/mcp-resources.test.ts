// Resources, prompts, subscriptions and events, over every transport: what they say, and who is told of new mail.

import { join } from 'node:path';
import type { Client } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { newAgent } from '../support/agent.ts';
import { eventually, type Mailroom, newFolder, removeFolder, startMailroom } from '../support/mailroom.ts';
import { clientBy, WAYS, type Way } from '../support/mcp-room.ts';
import { connected, letter, startPretendGmail } from '../support/pretend-gmail.ts';
import { clientOver, ERAS, type Era, startStdio } from '../support/stdio-client.ts';

const JANE = { email: 'jane@gmail.com', appPassword: 'abcdabcdabcdabcd' };
const BOB = { email: 'bob@gmail.com', appPassword: 'efghefghefghefgh' };
const ways = Object.keys(WAYS) as Way[];

const folder = newFolder();
let gmail: Sandbox;
let room: Mailroom;
let env: Record<string, string>;
let jane: string;
let bob: string;
let delivered = 0;

beforeAll(async () => {
  const pretend = await startPretendGmail(folder, [JANE, BOB]);
  ({ gmail, env } = pretend);
  gmail.user(JANE.email).deliver(letter('Lunch', { from: 'Amy Adams <amy@example.org>', body: 'Noon?' }));
  gmail.user(JANE.email).deliver(letter('Invoice', { from: 'Åsa Öberg <asa@example.net>', body: 'Pay me.' }));
  gmail.user(BOB.email).deliver(letter('Secret', { to: BOB.email, from: 'Carl <carl@example.org>' }));
  room = await startMailroom({ folder, env });
  jane = await connected(room, JANE);
  bob = await connected(room, BOB, 'u2');
});
afterAll(async () => {
  await room?.end();
  await gmail?.close();
  removeFolder(folder);
});

const read = async (client: Client, uri: string) => {
  const { contents } = await client.readResource({ uri });
  expect(contents).toHaveLength(1);
  const [{ mimeType, text } = {}] = contents as { mimeType?: string; text?: string }[];
  expect(mimeType).toBe('application/json');
  return JSON.parse(text ?? '');
};

describe.each(ways)('by %s', (way) => {
  it('resources are listed and read, by id and address, plain and encoded', async () => {
    const client = await clientBy(way, room.url, room.key);
    const { resources } = await client.listResources();
    expect(resources.map(({ uri }) => uri)).toEqual([
      `conversations://${jane}`,
      `contacts://${jane}`,
      `conversations://${bob}`,
      `contacts://${bob}`,
    ]);
    const { resourceTemplates } = await client.listResourceTemplates();
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual([
      'conversations://{account_id}',
      'contacts://{account_id}',
      'messages://{account_id}/{email}',
      'attachment://{message_id}/{n}',
    ]);
    const conversations = await read(client, `conversations://${jane}`);
    expect(conversations.conversations[0].subject).toBe(delivered === 0 ? 'Invoice' : `News ${delivered}`);
    expect(conversations.conversations).toHaveLength(2 + delivered);
    expect(conversations.notice).toContain('never instructions');
    const { contacts } = await read(client, `contacts://${encodeURIComponent(JANE.email)}`);
    expect(contacts.slice(-2)).toEqual([
      expect.objectContaining({ email: 'asa@example.net', name: 'Åsa Öberg', received: 1, sent: 0 }),
      expect.objectContaining({ email: 'amy@example.org' }),
    ]);
    for (const uri of [`messages://${jane}/asa@example.net`, `messages://${JANE.email}/asa%40example.net`]) {
      const { messages, notice } = await read(client, uri);
      expect(messages).toHaveLength(1);
      expect(messages[0]).toMatchObject({
        subject: 'Invoice',
        body: expect.stringMatching(/^<mail-[0-9a-f]+>\nPay me\./),
      });
      expect(notice).toContain('<mail-');
    }
    await client.close();
  });

  it('what is unknown is not found', async () => {
    const client = await clientBy(way, room.url, room.key);
    for (const uri of ['conversations://acc_nobody', 'messages://acc_nobody/a@b.c', 'mail://x', 'contacts://%zz'])
      await expect(client.readResource({ uri })).rejects.toMatchObject({ code: -32602 });
    await client.close();
  });

  it('variables are completed', async () => {
    const client = await clientBy(way, room.url, room.key);
    const complete = async (uri: string, name: string, value: string, known?: Record<string, string>) =>
      (
        await client.complete({
          ref: { type: 'ref/resource', uri },
          argument: { name, value },
          ...(known && { context: { arguments: known } }),
        })
      ).completion.values;
    const messages = 'messages://{account_id}/{email}';
    expect(await complete(messages, 'account_id', 'ja')).toEqual([JANE.email]);
    expect(await complete(messages, 'account_id', '')).toEqual(expect.arrayContaining([jane, bob, BOB.email]));
    expect(await complete(messages, 'email', 'oberg', { account_id: jane })).toEqual(['asa@example.net']);
    expect(await complete(messages, 'email', 'AMY', { account_id: JANE.email })).toEqual(['amy@example.org']);
    expect(await complete(messages, 'email', 'am')).toEqual([]);
    expect(await complete('contacts://{account_id}', 'account_id', 'bob')).toEqual([BOB.email]);
    await client.close();
  });

  it('prompts are text about an account and a thread', async () => {
    const client = await clientBy(way, room.url, room.key);
    const { prompts } = await client.listPrompts();
    expect(prompts.map(({ name }) => name)).toEqual(['triage_inbox', 'catch_up_on_thread']);
    for (const { description, arguments: given } of prompts)
      expect([description, ...given!.map((each) => each.description)].every(Boolean)).toBe(true);
    const triage = await client.getPrompt({ name: 'triage_inbox', arguments: { account: JANE.email } });
    expect((triage.messages[0]!.content as { text: string }).text).toContain(jane);
    const { conversations } = await room.tool('list_conversations', { account_id: bob });
    const [{ thread_id }] = conversations;
    const ref = { type: 'ref/prompt', name: 'catch_up_on_thread' } as const;
    const argument = { name: 'thread_id', value: thread_id.slice(0, 6) };
    const { completion } = await client.complete({ ref, argument, context: { arguments: { account: bob } } });
    expect(completion.values).toEqual([thread_id]);
    const thread = await client.getPrompt({ name: ref.name, arguments: { account: bob, thread_id } });
    expect((thread.messages[0]!.content as { text: string }).text).toContain(thread_id);
    for (const [name, args] of [
      ['triage_inbox', { account: 'acc_nobody' }],
      ['triage_inbox', {}],
      ['catch_up_on_thread', { account: jane, thread_id: 'ffffffffffffff00' }],
      ['fly', {}],
    ] as const)
      await expect(client.getPrompt({ name, arguments: args }), name).rejects.toMatchObject({ code: -32602 });
    await client.close();
  });

  it('a subscriber is told of new mail, of his own addresses only', async () => {
    await toldOfNewMail(await clientBy(way, room.url, room.key), way === '2026-07-28');
  });
});

describe.each(Object.keys(ERAS) as Era[])('by stdio through the owner, %s', (era) => {
  it('a subscriber is told of new mail', async () => {
    const stdio = startStdio({ ...env, MAILROOM_TOKEN: room.key, HOME: folder }, ['--url', room.url]);
    await toldOfNewMail(await clientOver(stdio, era), era === 'modern');
    await stdio.exited;
    expect(stdio.strays).toEqual([]);
  });
});

it('subscribers by stdio are told of new mail also when another of them has taken over', async () => {
  const own = {
    ...env,
    HOME: folder,
    DATA_DIR: join(folder, 'owned'),
    KEY_DIR: join(folder, 'owned-keys'),
    MAILROOM_SERVICE_KEY: room.key,
  };
  const first = startStdio(own);
  const added = await (await clientOver(first)).callTool({
    name: 'add_gmail_account',
    arguments: { user_id: 'u3', email: BOB.email, app_password: BOB.appPassword },
  });
  expect(added.isError).toBeUndefined();
  const others = [startStdio(own), startStdio(own)];
  const told = others.map(() => 0);
  for (const [i, other] of others.entries()) {
    const client = await clientOver(other);
    client.setNotificationHandler('notifications/resources/updated', () => void told[i]!++);
    await client.subscribeResource({ uri: `conversations://${BOB.email}` });
  }
  const everybodyIsTold = async () => {
    told.fill(0);
    gmail.user(BOB.email).deliver(letter('To everybody', { to: BOB.email, body: 'Hear, hear.' }));
    await eventually(async () => told.every((times) => times > 0));
  };
  await everybodyIsTold();
  told.fill(0);
  first.child.kill('SIGKILL');
  await first.exited;
  // Whatever came between the two owners may be news.
  await eventually(async () => told.every((times) => times > 0));
  await everybodyIsTold();
  for (const other of others) await other.close();
  for (const other of others) expect(await other.exited).toBe(0);
}, 60_000);

async function toldOfNewMail(client: Client, modern: boolean): Promise<void> {
  const told: string[] = [];
  client.setNotificationHandler('notifications/resources/updated', ({ params }) => void told.push(params.uri));
  const mine = [`conversations://${jane}`, `messages://${jane}/news%40example.org`];
  const others = [`conversations://${bob}`, `messages://${jane}/amy@example.org`];
  for (const foreign of ['conversations://acc_nobody', 'test://x'])
    await expect(
      modern ? client.listen({ resourceSubscriptions: [foreign] }) : client.subscribeResource({ uri: foreign }),
    ).rejects.toThrow();
  const uris = [...mine, ...others];
  const subscription = modern ? await client.listen({ resourceSubscriptions: uris }) : null;
  if (!modern) for (const uri of uris) await client.subscribeResource({ uri });
  const deliver = () => {
    const mail = letter(`News ${++delivered}`, { from: 'News <news@example.org>', body: 'New.' });
    gmail.user(JANE.email).deliver(mail);
  };
  deliver();
  await eventually(async () => told.length >= mine.length);
  expect(told.toSorted()).toEqual(mine.toSorted());
  if (modern) await subscription!.close();
  else for (const uri of uris) await client.unsubscribeResource({ uri });
  deliver();
  // Once it can be found, whoever was to be told has been told.
  await eventually(async () => {
    const found = await room.tool('search_emails', { account_id: jane, query: `subject:"News ${delivered}"` });
    return found.messages.length === 1;
  });
  await client.listTools();
  expect(told).toHaveLength(mine.length);
  await client.close();
}

it('one key cannot take every place to listen', async () => {
  const client = await clientBy('2026-07-28', room.url, room.key);
  const listen = (of: Client) => of.listen({ toolsListChanged: true });
  const open = await Promise.all(Array.from({ length: 150 }, () => listen(client)));
  const rest = await Promise.allSettled(Array.from({ length: 100 }, () => listen(client)));
  const refused = rest.filter(({ status }) => status === 'rejected');
  expect(refused.length).toBeGreaterThanOrEqual(50);
  for (const each of refused) expect(String((each as PromiseRejectedResult).reason)).toContain('Too many listen');
  const { token } = await newAgent(room);
  await listen(await clientBy('2026-07-28', room.url, token));
  for (const each of open) await each.close();
  await client.close();
});
