// Tokens that see a part of a mailbox, by every tool, route, resource, prompt and completion of the live lists: what they may not
// see is as unknown as what never was, its word never comes back, and they write to nobody else than they may.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isPermission } from '../../src/auth/session.ts';
import { ROUTES } from '../../src/http/routes.ts';
import { TOOLS } from '../../src/mcp/mailroom-offer.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { type Agent, newAgent } from '../support/agent.ts';
import { eventually, type Mailroom, newFolder, removeFolder, startMailroom } from '../support/mailroom.ts';
import { connected, letter, startPretendGmail } from '../support/pretend-gmail.ts';

const JANE = { email: 'jane@gmail.com', appPassword: 'abcdefghijklmnop' };
/** Stands in every text of the mail that is not to be seen. */
const CANARY = 'xylosecretcanary';
const DAY_MS = 86_400_000;

const folder = newFolder();
let gmail: Sandbox;
let room: Mailroom;
let account: string;
/** Not to be seen: a mail by itself, and the answer to one that is seen. */
let hidden: { id: string; threadId: string }[];
let seen: { id: string; threadId: string };
let agents: Record<string, Agent>;
const heard: string[] = [];

const secret = (fields = '', to = `"Amy ${CANARY}" <amy@open.example>, jane@gmail.com`): string =>
  letter(`Subject ${CANARY} ${fields.length}`, {
    to,
    from: `"From ${CANARY}" <${CANARY}@secret.example>`,
    fields: `${fields}Cc: "Cc ${CANARY}" <cc-${CANARY}@secret.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n`,
    body: `--b\r\nContent-Type: text/plain\r\n\r\nopenword ${CANARY}\r\n--b\r\nContent-Type: text/plain; name="${CANARY}.txt"\r\nContent-Disposition: attachment; filename="${CANARY}.txt"\r\n\r\nattached ${CANARY}\r\n--b--`,
  });
const open = (subject: string) => letter(subject, { from: 'Amy <amy@open.example>', body: 'The openword is here.' });

beforeAll(async () => {
  const pretend = await startPretendGmail(folder, [JANE]);
  gmail = pretend.gmail;
  const box = gmail.user(JANE.email);
  const old = (days: number) => new Date(Date.now() - days * DAY_MS);
  const withLabel = (label: string, date?: Date) => ({ labels: ['\\Inbox', label], ...(date && { date }) });
  seen = box.deliver(open('Open one'), withLabel('Open', old(3)));
  hidden = [
    box.deliver(secret(), withLabel(`Label ${CANARY}`, old(60))),
    box.deliver(secret('In-Reply-To: <Open.one@example.org>\r\n'), {
      ...withLabel(`Label ${CANARY}`, old(50)),
      thread: BigInt(`0x${seen.threadId}`),
    }),
  ];
  expect(hidden[1]!.threadId).toBe(seen.threadId);
  box.deliver(open('Open two'), withLabel('Open'));
  const env = { ...pretend.env, INBOX_POLL_INTERVAL_SECONDS: '1', SEND_LIMITS: 'minute=1000,day=1000,new_day=1000' };
  room = await startMailroom({ folder, env });
  account = await connected(room, JANE);
  const narrowed = (profile: string, only: object) => newAgent(room, { profile, asks: { only } });
  agents = {
    label: await narrowed('label', { labels: ['Open', 'Gone'] }),
    sender: await narrowed('sender', { senders: ['amy@open.example'], recipients: ['@open.example', 'bob@x.example'] }),
    domain: await narrowed('domain', { senders: ['@open.example'] }),
    window: await narrowed('window', { newer_than: '30d' }),
    all: await narrowed('all', { labels: ['Open'], senders: ['@open.example'], newer_than: '1m', recipients: [] }),
  };
}, 60_000);
afterAll(async () => {
  await room?.end();
  await gmail?.close();
  removeFolder(folder);
});

async function ask(token: string, method: string, path: string, body?: unknown) {
  const { status, body: answer } = await room.rest(method, path, body, {
    authorization: `Bearer ${token}`,
    accept: 'application/json, text/event-stream',
  });
  const text = typeof answer === 'string' ? answer : JSON.stringify(answer);
  heard.push(`${method} ${path} ${JSON.stringify(body)}\n${text}`);
  return { status, text };
}
const rpc = async (token: string, method: string, params: object) =>
  (await ask(token, 'POST', '/mcp', { jsonrpc: '2.0', id: 1, method, params })).text;
const call = (token: string, name: string, args: object) => rpc(token, 'tools/call', { name, arguments: args });

const steady = (text: string): string =>
  text.replace(/"(as_of|now)":"[^"]*"|mail-[0-9a-f]{12}/g, '').replace(/(as_of|now): [^\\]*/g, '');

const NOWHERE = { id: 'ffffffffffffff00', threadId: 'ffffffffffffff00' };
const NOBODY = 'nobody@secret.example';
const HIDDEN_PERSON = `${CANARY}@secret.example`;

const values = ({ id, threadId }: typeof NOWHERE, email: string): Record<string, string> => ({
  message_id: id,
  in_reply_to: id,
  thread_id: threadId === seen.threadId ? id : threadId,
  draft_id: id,
  email,
});
const WRITTEN = { to: 'amy@open.example', subject: 'Hello', body: 'Hello.' };

describe('what a narrowed token may not see', () => {
  it('is as unknown to every tool as what never was', async () => {
    for (const [who, { token }] of Object.entries(agents))
      for (const { name, input, needs } of TOOLS.filter((tool) => isPermission(tool.needs)))
        for (const field of Object.keys(input.shape).filter((each) => each in values(NOWHERE, '')))
          for (const one of hidden) {
            const rest = needs === 'read' ? {} : { ...WRITTEN, ...(who === 'all' && { to: '' }) };
            const answers = [];
            for (const [ids, email] of [
              [one, HIDDEN_PERSON],
              [NOWHERE, NOBODY],
            ] as const)
              answers.push(
                steady(await call(token, name, { ...rest, subject: undefined, [field]: values(ids, email)[field] })),
              );
            expect(answers[0]!.replaceAll(one.id, '…'), `${who} ${name} ${field}`).toBe(
              answers[1]!.replaceAll(NOWHERE.id, '…'),
            );
          }
  });

  it('is as unknown to every route as what never was', async () => {
    for (const [who, { token }] of Object.entries(agents))
      for (const { method, path, needs } of ROUTES) {
        if (!isPermission(needs) || method !== 'get' || !/message_id|thread_id|email/.test(path)) continue;
        const to = (ids: typeof NOWHERE, email: string) =>
          path
            .replace('{account_id}', account)
            .replace(/\{(\w+)\}/g, (_, name: string) => values(ids, email)[name] ?? '1');
        for (const one of hidden) {
          const [a, b] = [
            await ask(token, 'GET', to(one, HIDDEN_PERSON)),
            await ask(token, 'GET', to(NOWHERE, NOBODY)),
          ];
          expect([a.status, steady(a.text)], `${who} ${path}`).toEqual([b.status, steady(b.text)]);
        }
        for (const n of [1, 2]) {
          expect((await ask(token, 'GET', `/messages/${hidden[0]!.id}/attachments/${n}`)).status).toBe(404);
          expect(await rpc(token, 'resources/read', { uri: `attachment://${hidden[0]!.id}/${n}` })).toContain('-32602');
        }
      }
  });

  it('is in no list, count, thread, contact, label, hint, resource or completion', async () => {
    for (const [who, { token, tool, rest }] of Object.entries(agents)) {
      for (const query of [
        '',
        'in:anywhere',
        'openword',
        'openword OR has:attachment',
        '{openword subject:open}',
        'from:amy OR from:secret.example OR to:amy',
        '-nothing',
        '-from:amy',
        'is:unread OR is:read',
        'has:userlabels',
        'older_than:20d',
        `rfc822msgid:<Subject.${CANARY}.0@example.org>`,
      ])
        for (const path of [
          `/messages?q=${encodeURIComponent(query)}`,
          `/messages?sort=relevance&q=${encodeURIComponent(query)}`,
        ])
          expect((await ask(token, 'GET', path)).text, `${who} ${query}`).not.toContain('secret.example>');
      for (const query of ['openword', '']) {
        const { messages } = await tool('gmail_search', { query });
        expect(messages.map((each: { subject: string }) => each.subject).toSorted(), who).toEqual([
          'Open one',
          'Open two',
        ]);
      }
      expect((await tool('gmail_search', { query: CANARY })).messages).toEqual([]);
      const nothing = await tool('gmail_search', { query: `secretword ${CANARY}` });
      expect(nothing.hints ?? [], who).toEqual([]);
      const thread = await tool('gmail_read_thread', { thread_id: seen.threadId });
      expect([thread.message_count, thread.messages.length], who).toEqual([1, 1]);
      const { body: contact } = await rest('GET', '/contacts/amy@open.example');
      expect(contact, who).toMatchObject({
        name: 'Amy',
        received: 2,
        sent: 0,
        last_subjects: ['Open two', 'Open one'],
      });
      const { body: conversations } = await rest('GET', '/conversations');
      expect(
        conversations.conversations.map((each: { message_count: number }) => each.message_count),
        who,
      ).toEqual([1, 1]);
      const { labels } = await tool('gmail_list_labels');
      expect(
        labels
          .map(({ name }: { name: string }) => name)
          .filter((name: string) => name !== 'UNREAD')
          .toSorted(),
        who,
      ).toEqual(['INBOX', 'Open']);
      for (const uri of [
        `conversations://${account}`,
        `contacts://${account}`,
        `messages://${account}/amy@open.example`,
      ])
        expect(await rpc(token, 'resources/read', { uri }), who).toContain('open');
      for (const value of ['', 'xylo', 'secret', 'amy'])
        await rpc(token, 'completion/complete', {
          ref: { type: 'ref/resource', uri: 'messages://{account_id}/{email}' },
          argument: { name: 'email', value },
          context: { arguments: { account_id: account } },
        });
      await rpc(token, 'completion/complete', {
        ref: { type: 'ref/prompt', name: 'catch_up_on_thread' },
        argument: { name: 'thread_id', value: '' },
        context: { arguments: { account } },
      });
      for (const part of ['xylo', 'cc-', 'secret']) await ask(token, 'GET', `/contacts/${part}`);
    }
  });

  it('never came back in this whole run', async () => {
    const told = heard.filter((each) => {
      const [, ...answer] = each.toLowerCase().split('\n');
      return answer.join('\n').includes(CANARY);
    });
    expect(told).toEqual([]);
    expect((await room.tool('search_emails', { account_id: account, query: CANARY })).messages).toHaveLength(2);
  });

  it('is told to no subscriber, and what may be seen is', async () => {
    const client = await agents.label!.client('2025 in a session');
    const updated: string[] = [];
    client.setNotificationHandler('notifications/resources/updated', ({ params }) => void updated.push(params.uri));
    const uris = [`conversations://${account}`, `contacts://${account}`, `messages://${account}/${HIDDEN_PERSON}`];
    for (const uri of uris) await client.subscribeResource({ uri });
    gmail.user(JANE.email).deliver(secret('X-More: 1\r\n'));
    await eventually(
      async () => (await room.tool('search_emails', { account_id: account, query: CANARY })).messages.length === 3,
    );
    await client.ping();
    expect(updated).toEqual([]);
    gmail.user(JANE.email).deliver(open('Open three'), { labels: ['\\Inbox', 'Open'] });
    await eventually(async () => updated.length >= 2);
    expect(new Set(updated)).toEqual(new Set(uris.slice(0, 2)));
    await client.close();
  });

  it('comes and goes with its label', async () => {
    const box = gmail.user(JANE.email);
    const { id } = box.deliver(letter('Comes and goes'), {});
    const found = async () => (await agents.label!.tool('gmail_search', { query: 'subject:comes' })).messages.length;
    await eventually(
      async () =>
        (await room.tool('search_emails', { account_id: account, query: 'subject:comes' })).messages.length === 1,
    );
    expect(await found()).toBe(0);
    box.addLabel(id, 'Gone');
    await eventually(async () => (await found()) === 1);
    box.deleteLabel('Gone');
    await eventually(async () => (await found()) === 0);
  });
});

describe('a page token', () => {
  it('of another token of the same profile is not taken', async () => {
    const wide = await newAgent(room, { profile: 'label' });
    const { next_page_token } = await wide.tool('gmail_search', { query: '', max_results: 1 });
    await expect(
      agents.label!.tool('gmail_search', { query: '', max_results: 1, page_token: next_page_token }),
    ).rejects.toThrow(/^invalid_input/);
  });
});

describe('recipients', () => {
  it('limit sends, drafts and replies, and the refusal says whom', async () => {
    const { sender, all, label } = agents as Record<string, Agent>;
    for (const name of ['gmail_send_message', 'gmail_create_draft']) {
      await expect(sender!.tool(name, { ...WRITTEN, bcc: 'eve@evil.example' })).rejects.toThrow(
        'forbidden: This token may not write to eve@evil.example. It may write to @open.example, bob@x.example only.',
      );
      await expect(sender!.tool(name, { ...WRITTEN, to: 'amy@sub.open.example' })).rejects.toThrow(/^forbidden/);
      await expect(all!.tool(name, WRITTEN)).rejects.toThrow(/^forbidden: .*It may write to nobody/);
      await expect(all!.tool(name, { thread_id: seen.threadId, body: 'Yes.' })).rejects.toThrow(/^forbidden/);
      await sender!.tool(name, { ...WRITTEN, to: 'Amy@Open.Example', cc: 'bob@x.example', body: name });
      await label!.tool(name, { ...WRITTEN, to: 'anybody@elsewhere.example' });
    }
    const refused = await sender!.rest('POST', '/messages', { ...WRITTEN, to: 'eve@evil.example' });
    expect([refused.status, refused.body.code]).toEqual([403, 'forbidden']);
    const to = gmail.user(JANE.email).truth().length;
    expect(to).toBeGreaterThan(0);
  });
});

describe('what is asked of a token', () => {
  const path = '/users/u1/profiles/asked';
  it.each([
    { labels: [] },
    { senders: [] },
    { labels: 'INBOX' },
    { label: ['INBOX'] },
    { senders: ['amy'] },
    { senders: ['@'] },
    { senders: ['*'] },
    { newer_than: '30' },
    { newer_than: '0d' },
    { newer_than: '3w' },
    { recipients: ['*', 'amy@open.example'] },
    { recipients: ['@a_b'] },
    { labels: [1] },
    'labels',
  ])('is refused as %j', async (only) => {
    await room.rest('PUT', path, { name: 'Asked' });
    const { status, body } = await room.rest('POST', `${path}/tokens`, { only });
    expect([status, body.code]).toEqual([400, 'invalid_input']);
    expect(body.field).toMatch(/^only/);
  });

  it('is kept and shown as it narrows', async () => {
    await room.rest('PUT', path, { name: 'Asked' });
    const only = { labels: ['Work'], senders: ['Amy@Open.Example'], newer_than: '1y', recipients: [] };
    const { body } = await room.rest('POST', `${path}/tokens`, { only });
    expect(body.only).toEqual({ ...only, senders: ['amy@open.example'] });
    const { body: listed } = await room.rest('GET', `${path}/tokens`);
    expect(listed.at(-1).only).toEqual(body.only);
    for (const nothing of [{}, null, undefined])
      expect((await room.rest('POST', `${path}/tokens`, { only: nothing })).body.only).toBeUndefined();
  });
});
