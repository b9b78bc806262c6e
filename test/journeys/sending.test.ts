// From a call to a mail in somebody's inbox, over the public doors, against the pretend Gmail.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { eventually, type Mailroom, newFolder, removeFolder, startMailroom } from '../support/mailroom.ts';
import { startPretendGmail, upToDate } from '../support/pretend-gmail.ts';

const JANE = { email: 'jane@gmail.com', appPassword: 'abcdefghijklmnop', password: 'hunter2hunter2' };
const BOB = { email: 'bob@gmail.com', appPassword: 'ponmlkjihgfedcba' };
const folder = newFolder();
let gmail: Sandbox;
let room: Mailroom;
let jane: string;
let bob: string;

beforeAll(async () => {
  const pretend = await startPretendGmail(folder, [JANE, BOB]);
  gmail = pretend.gmail;
  room = await startMailroom({ folder, env: pretend.env });
  jane = await connect(JANE, 'Jane Doe');
  bob = await connect(BOB, 'Bob Öberg');
});
afterEach(() => gmail.script.clear());
afterAll(async () => {
  await room?.end();
  await gmail?.close();
  removeFolder(folder);
});

async function connect({ email, appPassword }: typeof BOB, name: string): Promise<string> {
  const account = { user_id: email, email, app_password: appPassword, display_name: name };
  const { account_id } = await room.tool('add_gmail_account', account);
  await upToDate(room, account_id);
  return account_id;
}

const send = (args: object, from = jane) => room.tool('send_email', { account_id: from, ...args });
const find = async (account: string, query: string) =>
  eventually(async () => {
    const { messages } = await room.tool('search_emails', { account_id: account, query });
    return messages.length > 0 && messages;
  });
const read = async (account: string, id: string) =>
  (await room.rest('GET', `/accounts/${account}/messages/${id}`)).body;
const delivered = (subject: string): number =>
  gmail.submissions.filter(({ raw }) => raw.includes(`Subject: ${subject}`)).length;

describe('a mail', () => {
  it('reaches whom it is for, and its own copy in Sent has the ids that the answer tells', async () => {
    const sent = await send({
      to: 'Bob <bob@gmail.com>',
      cc: [JANE.email],
      subject: 'Grüße aus Köln',
      body: 'Schön hier.',
    });
    expect(sent).toMatchObject({
      status: 'sent',
      to: ['Bob <bob@gmail.com>'],
      cc: ['jane@gmail.com'],
      subject: 'Grüße aus Köln',
      message_id_header: expect.stringMatching(/^<[0-9a-f-]{36}@gmail\.com>$/),
    });
    const [truth] = gmail.user(JANE.email).truth();
    expect([sent.message_id, sent.thread_id]).toEqual([truth?.id, truth?.threadId]);
    const [found] = await find(bob, 'from:jane subject:grüße');
    const mail = await read(bob, found.message_id);
    expect(mail).toMatchObject({ from: 'Jane Doe <jane@gmail.com>', body: expect.stringContaining('Schön hier.') });
    expect(mail.message_id_header).toBe(sent.message_id_header);
    expect(await room.tool('search_emails', { account_id: jane, query: 'in:sent subject:grüße' })).toMatchObject({
      messages: [{ message_id: sent.message_id }],
    });
    expect(gmail.user(JANE.email).truth()).toHaveLength(1);
  });

  it('shows nobody who got it in Bcc', async () => {
    await send({ to: 'ann@elsewhere.example', bcc: 'bob@gmail.com', subject: 'Quietly', body: 'x' });
    const [found] = await find(bob, 'subject:quietly');
    expect(JSON.stringify(await read(bob, found.message_id))).not.toMatch(/bcc/i);
    const { recipients, raw } = gmail.submissions.at(-1)!;
    expect(recipients).toEqual(['ann@elsewhere.example', 'bob@gmail.com']);
    expect(raw.toString()).not.toContain('bob@gmail.com');
  });

  it('carries attachments as content, whatever their names', async () => {
    const content = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => i * 7));
    const attachments = [{ filename: '../../Übersicht.pdf', content_base64: content.toString('base64') }];
    await send({ to: BOB.email, subject: 'With a file', body: 'See there.', attachments });
    const [found] = await find(bob, 'subject:"with a file" has:attachment');
    const mail = await read(bob, found.message_id);
    expect(mail.attachments).toEqual([
      { n: 1, filename: 'Übersicht.pdf', content_type: 'application/pdf', size: expect.any(Number) },
    ]);
    // Reckoned from the encoded size, since the part stayed at the server.
    expect(Math.abs(mail.attachments[0].size - content.length)).toBeLessThan(3);
    const file = await fetch(`${room.url}/accounts/${bob}/messages/${found.message_id}/attachments/1`, {
      headers: { authorization: `Bearer ${room.key}` },
    });
    expect(Buffer.from(await file.arrayBuffer()).equals(content)).toBe(true);
  });

  it('goes over REST by the same verb, and lies in the outbox', async () => {
    const mail = { to: ['bob@gmail.com'], subject: 'By REST', html: '<p>Hello <b>Bob</b></p>' };
    const { status, body } = await room.rest('POST', `/accounts/${jane}/messages`, mail);
    expect([status, body.status]).toEqual([200, 'sent']);
    const [found] = await find(bob, 'subject:"by rest"');
    expect((await read(bob, found.message_id)).body).toContain('Hello Bob');
    const { body: listed } = await room.rest('GET', `/accounts/${jane}/outbox?limit=1`);
    expect(listed.outbox).toMatchObject([
      { subject: 'By REST', status: 'sent', attempts: 1, outbox_id: body.outbox_id },
    ]);
    expect(listed.next_cursor).toBeTruthy();
    expect((await room.rest('DELETE', `/outbox/${body.outbox_id}`)).body.code).toBe('conflict');
    expect((await room.rest('POST', `/outbox/${body.outbox_id}/retry`)).body.code).toBe('conflict');
    expect((await room.rest('POST', '/outbox/out_nothing/retry')).status).toBe(404);
  });
});

describe('a reply', () => {
  it('needs a thread and words only, and lies in one thread for both', async () => {
    await send({ to: JANE.email, subject: 'Lunch?', body: 'On Friday?' }, bob);
    const [question] = await find(jane, 'subject:lunch');
    const reply = await send({ thread_id: question.thread_id, body: 'With pleasure.', quote: true });
    expect(reply).toMatchObject({ status: 'sent', to: ['Bob Öberg <bob@gmail.com>'], subject: 'Re: Lunch?' });
    expect(reply.thread_id).toBe(question.thread_id);
    const [answer] = await find(bob, 'from:jane subject:lunch');
    const [own] = await find(bob, 'in:sent subject:lunch');
    expect(answer.thread_id).toBe(own.thread_id);
    const raw = gmail.submissions.at(-1)!.raw.toString();
    const parent = (await read(jane, question.message_id)).message_id_header;
    expect(raw).toContain(`In-Reply-To: ${parent}`);
    expect(raw).toContain('> On Friday?');
    const again = await send({ in_reply_to: answer.message_id, subject: 'Something else', body: 'Where?' }, bob);
    expect(again).toMatchObject({ subject: 'Re: Lunch?', thread_id: own.thread_id, to: ['Jane Doe <jane@gmail.com>'] });
  });

  it('introduces its quote in the language in which the thread does', async () => {
    const history = 'Am Mi., 2. Sept. 2026 um 10:00 Uhr schrieb Jane <jane@gmail.com>:\n> Wann?';
    await send({ to: JANE.email, subject: 'Essen', body: `Am Freitag.\n\n${history}` }, bob);
    const [question] = await find(jane, 'subject:essen');
    await send({ thread_id: question.thread_id, body: 'Gern.', quote: true });
    expect(gmail.submissions.at(-1)!.raw.toString()).toMatch(/ Uhr schrieb Bob/);
  });

  it('to a thread that is not there sends nothing', async () => {
    const before = gmail.submissions.length;
    await expect(send({ thread_id: 'abcdef', body: 'x' })).rejects.toThrow(/^not_found: /);
    expect(gmail.submissions).toHaveLength(before);
  });
});

describe('a repeat', () => {
  it('under the same key tells of the first, a hundred times at once', async () => {
    const mail = { to: BOB.email, subject: 'Keyed', body: 'Once.', idempotency_key: 'order-17' };
    const answers = await Promise.all(Array.from({ length: 100 }, () => send(mail)));
    expect(new Set(answers.map(({ outbox_id, status }) => `${outbox_id} ${status}`)).size).toBe(1);
    expect(delivered('Keyed')).toBe(1);
    await expect(send({ ...mail, body: 'Twice.' })).rejects.toThrow(/^conflict: /);
    expect(await send({ ...mail, account_id: bob })).toMatchObject({ status: 'sent' });
  });

  it('under the same key is the same in whichever form it is written', async () => {
    const mail = {
      to: 'bob@gmail.com, Ann <ann@elsewhere.example>',
      subject: 'Formed',
      body: 'x',
      idempotency_key: 'f',
    };
    const { outbox_id } = await send({ ...mail, quote: 'false' });
    const asList = { ...mail, to: [BOB.email, 'Ann <ann@elsewhere.example>'], cc: null };
    expect(await send(asList)).toMatchObject({ outbox_id });
    expect(await send(mail, JANE.email)).toMatchObject({ outbox_id });
    await expect(send({ ...mail, to: BOB.email })).rejects.toThrow(/^conflict: /);
    await expect(send({ ...mail, to: null, cc: mail.to })).rejects.toThrow(/^conflict: /);
    expect(delivered('Formed')).toBe(1);
  });

  it('is a duplicate whatever the case of an address and the blanks of a subject', async () => {
    const first = await send({ to: BOB.email, subject: '  Spaced   out ', body: 'x' });
    expect(first.subject).toBe('Spaced out');
    const again = await send({ to: 'BOB@gmail.com', subject: 'Spaced out', body: 'x' });
    expect(again).toMatchObject({ outbox_id: first.outbox_id, duplicate: true });
    expect(delivered('Spaced out')).toBe(1);
  });

  it('without a key is told as a duplicate, unless it is wanted', async () => {
    const mail = { to: BOB.email, subject: 'Unkeyed', body: 'Once.' };
    const first = await send(mail);
    expect(await send(mail)).toMatchObject({ outbox_id: first.outbox_id, duplicate: true, status: 'sent' });
    expect(delivered('Unkeyed')).toBe(1);
    expect(await send({ ...mail, allow_duplicate: 'true' })).not.toHaveProperty('duplicate');
    expect(delivered('Unkeyed')).toBe(2);
  });
});

describe('a server that is in the way', () => {
  it('without time is tried again later, and at once when somebody says so', async () => {
    gmail.script.add(JANE.email, { kind: 'smtp-answer', stage: 'mail', text: '451 4.3.0 Temporary System Problem.' });
    const put = await send({ to: BOB.email, subject: 'Patience', body: 'x' });
    expect(put).toMatchObject({ status: 'queued', reason: expect.any(String), message_id: null });
    expect(Date.parse(put.next_try_at)).toBeGreaterThan(Date.now());
    gmail.script.clear();
    await room.rest('POST', `/outbox/${put.outbox_id}/retry`);
    await find(bob, 'subject:patience');
  });

  it('that refuses one of two is told of by recipient', async () => {
    const stage = { kind: 'smtp-answer', stage: 'rcpt', recipient: 'no@gmail.com' } as const;
    gmail.script.add(JANE.email, { ...stage, text: '550 5.1.1 No such user' });
    const sent = await send({ to: 'bob@gmail.com, no@gmail.com', subject: 'Half', body: 'x' });
    expect(sent).toMatchObject({ status: 'sent', refused: [{ address: 'no@gmail.com', reason: expect.any(String) }] });
    const none = await send({ to: 'no@gmail.com', subject: 'None', body: 'x' });
    expect(none).toMatchObject({ status: 'failed', refused: [{ address: 'no@gmail.com' }] });
  });

  it('that hangs up after the last byte is settled by the copy in Sent, and sent once', async () => {
    gmail.script.add(JANE.email, { kind: 'smtp-drop', stage: 'end' });
    gmail.script.add(JANE.email, { kind: 'smtp-late', delayMs: 1500 });
    const lost = await send({ to: BOB.email, subject: 'Lost word', body: 'x' });
    expect(lost).toMatchObject({ status: 'unknown', message_id: null });
    const settled = await eventually(async () => {
      const { body } = await room.rest('GET', `/accounts/${jane}/outbox?limit=5`);
      const entry = body.outbox.find((each: { outbox_id: string }) => each.outbox_id === lost.outbox_id);
      return entry.status === 'sent' && entry;
    });
    expect(settled.message_id).toBeTruthy();
    expect(delivered('Lost word')).toBe(1);
  });
});

describe('what cannot be sent', () => {
  it.each([
    [{ subject: 'x', body: 'y' }, 'to is missing'],
    [{ to: 'bob@gmail.com', body: 'y' }, 'subject is missing'],
    [{ to: 'bob@gmail.com', subject: 'x' }, 'body and html are missing'],
    [{ to: 'bob@gmail.com', subject: 'x', body: 'a\u0000b' }, 'body holds a control'],
    [{ to: 'bob@gmail.com', subject: 'x', html: '<p>\u001b[2J</p>' }, 'html holds a control'],
    [{ to: 'bob@gmail.com', subject: 'x\r\nBcc: eve@evil.example', body: 'y' }, 'subject'],
    [{ to: 'Bob: bob@gmail.com, eve@evil.example;', subject: 'x', body: 'y' }, 'to'],
    [{ to: 'bob@gmail.com', cc: 'bob@gmail.com(x)\u202e', subject: 'x', body: 'y' }, 'cc'],
    [{ to: 'bob@gmail.com', subject: 'x', body: 'y', attachments: [{ filename: 'a', content_base64: '!' }] }, 'base64'],
    [
      { to: 'bob@gmail.com', subject: 'x', body: 'y', attachments: [{ filename: 'a', path: '/etc/passwd' }] },
      'attachments',
    ],
    [{ to: 'bob@gmail.com', subject: 'x', body: 'y', attachments: { filename: 'a' } }, 'attachments must be a list'],
    [{ to: ' '.repeat(1_000_000), subject: 'x', body: 'y', idempotency_key: 'wide' }, 'to'],
    [{ to: 'bob@gmail.com', subject: 'x', body: 'y', colour: 'red' }, 'colour'],
  ])('is refused before any network: %j', async (mail, words) => {
    const before = gmail.log.length;
    await expect(send(mail)).rejects.toThrow(new RegExp(`^invalid_input: .*${words}`, 's'));
    expect(gmail.log.slice(before).filter(({ protocol }) => protocol === 'smtp')).toEqual([]);
  });

  it('is too large before any network, and its body may be larger than that of other calls', async () => {
    const content_base64 = Buffer.alloc(20 * 1024 * 1024).toString('base64');
    const mail = { to: BOB.email, subject: 'Huge', body: 'y', attachments: [{ filename: 'a', content_base64 }] };
    const { status, body } = await room.rest('POST', `/accounts/${jane}/messages`, mail);
    expect([status, body.code]).toEqual([413, 'too_large']);
    const idle = { limit: 1, padding: 'x'.repeat(1024 * 1024) };
    expect((await room.rest('POST', `/accounts/${jane}/fetch`, idle)).status).toBe(413);
  });
});
