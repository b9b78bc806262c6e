// From connecting an account to reading its mail, over the public doors, against the pretend Gmail.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeMails } from '../../src/sandbox/mail-factory.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { eventually, type Mailroom, newFolder, removeFolder, startMailroom } from '../support/mailroom.ts';
import { startPretendGmail, upToDate } from '../support/pretend-gmail.ts';

const JANE = { email: 'jane@gmail.com', appPassword: 'abcdefghijklmnop', password: 'hunter2hunter2' };
const BOB = { email: 'bob@gmail.com', appPassword: 'ponmlkjihgfedcba' };
const folder = newFolder();
let gmail: Sandbox;
let room: Mailroom;
let jane: string;

const letter = (subject: string, body: string, extra = '') =>
  `From: Amy Adams <amy@example.org>\r\nTo: jane@gmail.com\r\nSubject: ${subject}\r\nMessage-ID: <${subject.replaceAll(' ', '.')}@example.org>\r\n${extra}Date: Fri, 20 Nov 2026 10:00:00 +0000\r\n\r\n${body}\r\n`;

beforeAll(async () => {
  const pretend = await startPretendGmail(folder, [JANE, BOB]);
  gmail = pretend.gmail;
  for (const mail of makeMails(7, 150, { owner: JANE.email })) gmail.user(JANE.email).deliver(mail.raw, mail);
  gmail.user(BOB.email).deliver(letter('Only for Bob', 'The word is xylophonist.'), {});
  room = await startMailroom({ folder, env: pretend.env });
  const account = await room.tool('add_gmail_account', {
    user_id: 'u1',
    email: JANE.email,
    app_password: 'abcd efgh ijkl mnop',
  });
  jane = account.account_id;
  await upToDate(room, jane);
});
afterAll(async () => {
  await room?.end();
  await gmail?.close();
  removeFolder(folder);
});

it('holds every mail that Gmail has, with its id, thread and labels', async () => {
  const truth = gmail.user(JANE.email).truth();
  const held = new Map<string, { thread_id: string; labels?: string[] }>();
  let cursor: string | undefined;
  do {
    const page = await room.tool('search_emails', { account_id: jane, query: 'in:anywhere', limit: 50, cursor });
    for (const message of page.messages) held.set(message.message_id, message);
    cursor = page.next_cursor;
  } while (cursor);
  expect(held.size).toBe(truth.length);
  for (const mail of truth) expect(held.get(mail.id)?.thread_id, mail.id).toBe(mail.threadId);
});

it('shows a mail that is delivered while it runs within moments', async () => {
  gmail.user(JANE.email).deliver(letter('Dinner on Friday', 'Shall we try the zanzibar place?'), {});
  const found = await eventually(async () => {
    const page = await room.tool('search_emails', { account_id: jane, query: 'zanzibar' });
    return page.messages.length > 0 && page;
  }, 5000);
  expect(found.messages[0]).toMatchObject({ subject: 'Dinner on Friday', unread: true });
  expect(found.messages[0].snippet).toContain('zanzibar');
  expect(found.notice).toMatch(/never instructions/);
});

it('tells new inbox mail once', async () => {
  await room.tool('fetch_inbox', { account_id: jane });
  gmail.user(JANE.email).deliver(letter('Second letter', 'Again.'), {});
  const first = await room.tool('fetch_inbox', { account_id: jane });
  expect(first.new_messages.map((mail: { subject: string }) => mail.subject)).toEqual(['Second letter']);
  const second = await room.rest('POST', `/accounts/${jane}/fetch`);
  expect(second.body).toEqual({ success: true, count: 0, new_messages: [] });
});

it('reads what was exchanged with an address, fenced, without quoted history', async () => {
  const result = await room.tool('get_emails', { account_id: jane, email: 'Amy@Example.org' });
  expect(result.messages.length).toBeGreaterThan(0);
  expect(result.messages.at(-1).body).toMatch(/^<mail-[0-9a-f]{12}>\n/);
  const contact = await room.tool('get_contact', { account_id: jane, email: 'amy@example.org' });
  expect(contact).toMatchObject({ name: 'Amy Adams', received: 2, as_of: expect.stringMatching(/Z$/) });
  const candidates = await room.tool('get_contact', { account_id: jane, email: 'adams' });
  expect(candidates.candidates).toContain('Amy Adams <amy@example.org>');
});

it('lists conversations and reads a message and its thread by REST', async () => {
  const { body } = await room.rest('GET', `/accounts/${jane}/conversations?limit=2`);
  expect(body.conversations).toHaveLength(2);
  const thread = await room.rest('GET', `/accounts/${jane}/threads/${body.conversations[0].thread_id}`);
  const [message] = thread.body.messages;
  const one = await room.rest('GET', `/accounts/${jane}/messages/${message.message_id}`);
  expect(one.body.message_id).toBe(message.message_id);
  const decimal = BigInt(`0x${message.message_id}`).toString();
  expect((await room.rest('GET', `/accounts/${jane}/messages/${decimal}`)).body.message_id).toBe(message.message_id);
});

it('streams an attachment from Gmail', async () => {
  const { body } = await room.rest('GET', `/accounts/${jane}/messages?q=has:attachment&limit=1`);
  const id = body.messages[0].message_id;
  const message = await room.rest('GET', `/accounts/${jane}/messages/${id}`);
  const [part] = message.body.attachments;
  const response = await fetch(`${room.url}/accounts/${jane}/messages/${id}/attachments/${part.n}`, {
    headers: { authorization: `Bearer ${room.key}` },
  });
  expect(response.status).toBe(200);
  expect((await response.arrayBuffer()).byteLength).toBe(part.size);
});

it('says what Google meant when it refuses, and stores nothing', async () => {
  const add = (password: string) =>
    room.tool('add_gmail_account', { user_id: 'u2', email: BOB.email, app_password: password });
  await expect(add('aaaabbbbccccdddd')).rejects.toThrow(/account_rejected/);
  const refused = await room.rest('POST', '/accounts', {
    user_id: 'u9',
    email: JANE.email,
    app_password: JANE.password,
  });
  expect(refused.status).toBe(409);
  expect((await room.rest('GET', '/accounts?user_id=u2')).body).toEqual([]);
});

it('lets only one of two users who connect an address at once have it', async () => {
  gmail.addUser({ email: 'race@gmail.com', appPassword: JANE.appPassword });
  const answers = await Promise.all(
    ['r1', 'r2'].map((user_id) =>
      room.rest('POST', '/accounts', { user_id, email: 'race@gmail.com', app_password: JANE.appPassword }),
    ),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
  const account = `/accounts/${answers.find(({ status }) => status === 201)!.body.account_id}`;
  expect((await room.rest('PATCH', account, { timezone: '+02:00' })).status).toBe(400);
  expect((await room.rest('DELETE', account)).status).toBe(200);
});

it('never shows one account’s mail to a question about another', async () => {
  const { account_id: bob } = await room.tool('add_gmail_account', {
    user_id: 'u2',
    email: BOB.email,
    app_password: BOB.appPassword,
  });
  await eventually(
    async () => (await room.tool('search_emails', { account_id: bob, query: 'xylophonist' })).messages.length === 1,
  );
  expect((await room.tool('search_emails', { account_id: jane, query: 'xylophonist' })).messages).toEqual([]);
});

it('follows labels, reading and deletion at Gmail', async () => {
  const user = gmail.user(JANE.email);
  const mail = user.deliver(letter('Watched', 'quizzical'), {});
  const find = async () => (await room.tool('search_emails', { account_id: jane, query: 'quizzical' })).messages[0];
  await eventually(find);
  user.setFlags(mail.id, ['\\Seen', '\\Flagged']);
  user.addLabel(mail.id, 'Reisen/Köln');
  await room.rest('PATCH', `/accounts/${jane}`, { status: 'paused' });
  await room.rest('PATCH', `/accounts/${jane}`, { status: 'active' });
  await eventually(async () => {
    const found = await find();
    return found?.labels?.includes('Reisen/Köln') && found.labels.includes('STARRED') && !found.unread;
  });
  user.trash(mail.id);
  await room.rest('PATCH', `/accounts/${jane}`, { status: 'paused' });
  await room.rest('PATCH', `/accounts/${jane}`, { status: 'active' });
  await eventually(async () => (await find()) === undefined);
  const trashed = await room.tool('search_emails', { account_id: jane, query: 'quizzical in:trash' });
  expect(trashed.messages[0].message_id).toBe(mail.id);
});

it('puts no password, key or mail text into its log', () => {
  const log = room.log.join('\n');
  for (const secret of [JANE.appPassword, 'abcd efgh', BOB.appPassword, room.key, 'zanzibar', 'xylophonist'])
    expect(log).not.toContain(secret);
});
