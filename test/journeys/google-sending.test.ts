// Mail and drafts of an account that came by Google, from a call to somebody's inbox, beside one that came by App Password.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { connectByGoogle } from '../support/google-account.ts';
import { eventually, type Mailroom, newFolder, removeFolder, startMailroom } from '../support/mailroom.ts';
import { connected, letter, startPretendGmail, upToDate } from '../support/pretend-gmail.ts';

const JANE = { email: 'jane@gmail.com', appPassword: 'abcdefghijklmnop' };
const BOB = { email: 'bob@gmail.com', appPassword: 'ponmlkjihgfedcba' };
const GMAIL = 'https://www.googleapis.com/auth/gmail.';

const folder = newFolder();
let gmail: Sandbox;
let env: Record<string, string>;
let room: Mailroom;
/** By Google. */
let jane: string;
/** By App Password. */
let bob: string;

beforeAll(async () => {
  const pretend = await startPretendGmail(folder, [JANE, BOB]);
  gmail = pretend.gmail;
  env = { ...pretend.env, ...gmail.google.env };
  gmail.user(JANE.email).deliver(letter('Lunch on Friday'));
  room = await startMailroom({ folder, env });
  jane = await connectByGoogle(room, gmail, JANE.email, 'u1');
  await upToDate(room, jane);
  bob = await connected(room, BOB, 'u2');
});
afterEach(() => gmail.script.clear());
afterAll(async () => {
  await room?.end();
  await gmail?.close();
  removeFolder(folder);
});

interface Entry {
  readonly subject: string;
  readonly status: string;
  readonly message_id: string | null;
}

const send = (mail: object, account = jane) => room.tool('send_email', { account_id: account, ...mail });
const search = async (account: string, query: string) =>
  (await room.tool('search_emails', { account_id: account, query })).messages as Record<string, string>[];
const find = (account: string, query: string) =>
  eventually(async () => {
    const found = await search(account, query);
    return found.length > 0 && found;
  });
const read = async (account: string, id: string) =>
  (await room.rest('GET', `/accounts/${account}/messages/${id}`)).body;
const entry = async (subject: string): Promise<Entry | undefined> => {
  const { body } = await room.rest('GET', `/accounts/${jane}/outbox?limit=100`);
  return body.outbox.find((each: Entry) => each.subject === subject);
};
const taken = (subject: string): number =>
  gmail.submissions.filter(({ raw }) => raw.includes(`Subject: ${subject}\r\n`)).length;
const inSent = (subject: string) =>
  [...gmail.user(JANE.email).mails()].filter(({ raw }) => raw.includes(`Subject: ${subject}\r\n`));

describe('a mail', () => {
  it('has Google’s ids and Google’s Message-ID, and lies in Sent once', async () => {
    const sent = await send({ to: 'Bob <bob@gmail.com>', subject: 'By the API', body: 'Schön hier.' });
    const [copy, ...more] = inSent('By the API');
    expect([sent.message_id, sent.thread_id]).toEqual([copy!.id.toString(16), copy!.threadId.toString(16)]);
    expect(more).toEqual([]);
    expect(sent).toMatchObject({
      status: 'sent',
      message_id_header: expect.stringMatching(/^<CA.*@mail\.gmail\.com>$/),
    });
    const [found] = await find(bob, 'subject:"by the api"');
    const mail = await read(bob, found!.message_id!);
    expect(mail.message_id_header).toBe(sent.message_id_header);
    expect(mail.body).toContain('Schön hier.');
    expect(await search(jane, 'in:sent subject:"by the api"')).toMatchObject([{ message_id: sent.message_id }]);
    expect(gmail.google.count('messages.send')).toBe(1);
  });

  it('tells nobody who got it in Bcc, but its own sender', async () => {
    const sent = await send({ to: 'ann@elsewhere.example', bcc: 'bob@gmail.com', subject: 'Quietly', body: 'x' });
    const [found] = await find(bob, 'subject:quietly');
    const mail = await read(bob, found!.message_id!);
    expect(mail.to).toEqual(['ann@elsewhere.example']);
    expect(JSON.stringify(mail)).not.toMatch(/bcc|bob@gmail/i);
    expect((await read(jane, sent.message_id)).bcc).toEqual(['bob@gmail.com']);
  });
});

describe('a reply', () => {
  it('joins the thread for both sides, whichever of them came by Google', async () => {
    await send({ to: JANE.email, subject: 'Tea?', body: 'At four?' }, bob);
    await room.tool('fetch_inbox', { account_id: jane });
    const [question] = await find(jane, 'subject:tea from:bob');
    const reply = await send({ thread_id: question!.thread_id, body: 'With pleasure.' });
    expect(reply).toMatchObject({ status: 'sent', thread_id: question!.thread_id, subject: 'Re: Tea?' });
    const [answer] = await find(bob, 'subject:tea from:jane');
    const [own] = await find(bob, 'subject:tea in:sent');
    expect(answer!.thread_id).toBe(own!.thread_id);
    const back = await send({ thread_id: answer!.thread_id, body: 'See you.' }, bob);
    expect(back.thread_id).toBe(own!.thread_id);
    await room.tool('fetch_inbox', { account_id: jane });
    const { body } = await room.rest('GET', `/accounts/${jane}/threads/${question!.thread_id}`);
    expect(body.message_count).toBe(3);
  });
});

describe('a lost answer', () => {
  it('to a mail that was taken is settled by its copy, and nothing is sent again', async () => {
    gmail.script.add(JANE.email, { kind: 'google-drop', stage: 'after', operation: 'messages.send' });
    const lost = await send({ to: BOB.email, subject: 'Lost word', body: 'x' });
    expect(['unknown', 'sent']).toContain(lost.status);
    const settled = await eventually(async () => {
      const row = await entry('Lost word');
      return row?.status === 'sent' && row;
    });
    expect([settled.message_id, taken('Lost word')]).toEqual([inSent('Lost word')[0]!.id.toString(16), 1]);
  });

  it('to a mail that was not taken stays unknown, and nothing is sent by itself', async () => {
    // The same again by hand: alike, but marked as another mail’s.
    await send({ to: BOB.email, subject: 'Never there', body: 'x' });
    const before = gmail.google.count('messages.send');
    gmail.script.add(JANE.email, { kind: 'google-drop', stage: 'before', operation: 'messages.send' });
    const mail = { to: BOB.email, subject: 'Never there', body: 'x', allow_duplicate: true, idempotency_key: 'never' };
    expect(await send(mail)).toMatchObject({ status: 'unknown', message_id: null });
    await room.tool('fetch_inbox', { account_id: jane });
    expect(await send(mail)).toMatchObject({ status: 'unknown', reason: expect.stringContaining('not sent again') });
    expect([taken('Never there'), gmail.google.count('messages.send')]).toEqual([1, before + 1]);
  });
});

describe('Google in the way', () => {
  it('with a limit holds the mail until the time that it names', async () => {
    const until = new Date(Math.ceil(Date.now() / 1000) * 1000 + 7_200_000).toISOString();
    const fault = {
      kind: 'google-answer',
      operation: 'messages.send',
      status: 429,
      reason: 'rateLimitExceeded',
    } as const;
    gmail.script.add(JANE.email, { ...fault, message: `User-rate limit exceeded.  Retry after ${until}`, times: 1 });
    const held = await send({ to: BOB.email, subject: 'Held', body: 'x' });
    expect(held).toMatchObject({ status: 'queued', next_try_at: until.replace('.000Z', 'Z') });
    expect(await search(jane, 'subject:lunch')).toHaveLength(1);
    await room.rest('POST', `/outbox/${held.outbox_id}/retry`);
    await find(bob, 'subject:held');
    expect(taken('Held')).toBe(1);
  });

  it('with an address says which field it is, and gives the mail up', async () => {
    const fault = {
      kind: 'google-answer',
      operation: 'messages.send',
      status: 400,
      reason: 'invalidArgument',
    } as const;
    gmail.script.add(JANE.email, { ...fault, message: 'Invalid To header', times: 1 });
    const failed = await send({ to: 'nobody@elsewhere.example', subject: 'Misaddressed', body: 'x' });
    expect(failed).toMatchObject({ status: 'failed', reason: expect.stringContaining('an address in to') });
  });

  it('without consent to send says which permission is missing', async () => {
    const KIM = { email: 'kim@gmail.com', appPassword: 'aaaabbbbccccdddd' };
    gmail.addUser(KIM);
    const scopes = ['openid', 'https://www.googleapis.com/auth/userinfo.email', `${GMAIL}readonly`];
    const kim = await connectByGoogle(room, gmail, KIM.email, 'u3', scopes);
    const before = gmail.google.requests.length;
    const mail = { to: BOB.email, subject: 'Forbidden', body: 'x' };
    await expect(send(mail, kim)).rejects.toThrow(/^forbidden: .*gmail\.send/);
    const { body } = await room.rest('POST', `/accounts/${kim}/drafts`, { subject: 'x', body: 'y' });
    expect([body.code, body.hint]).toEqual(['forbidden', expect.stringContaining('gmail.compose')]);
    const asked = gmail.google.requests.slice(before).filter(({ operation }) => /send|drafts\.create/.test(operation));
    expect([asked, taken('Forbidden')]).toEqual([[], 0]);
  });
});

describe('a draft', () => {
  const draft = async (mail: object) => {
    const { status, body } = await room.rest('POST', `/accounts/${jane}/drafts`, mail);
    expect([status, body.hint]).toEqual([201, undefined]);
    return body;
  };
  const held = () => [...gmail.user(JANE.email).mails()].filter(({ flags }) => flags.has('\\Draft'));

  it('lies in its thread, is found with Google’s id of it, and keeps that when it is replaced', async () => {
    const [question] = await search(jane, 'subject:lunch');
    const first = await draft({ thread_id: question!.thread_id, bcc: 'eve@elsewhere.example', body: 'Gladly.' });
    expect(first).toMatchObject({ thread_id: question!.thread_id, to: ['Amy Adams <amy@example.org>'] });
    expect(held().map(({ id }) => id.toString(16))).toEqual([first.message_id]);
    const [found] = await eventually(async () => {
      const hits = await search(jane, 'in:drafts gladly');
      return hits[0]?.draft_id !== undefined && hits;
    });
    expect(found).toMatchObject({ message_id: first.message_id, draft_id: first.draft_id });
    const second = await draft({ draft_id: first.draft_id, thread_id: question!.thread_id, body: 'At noon.' });
    expect(second).toMatchObject({ draft_id: first.draft_id, thread_id: question!.thread_id });
    expect(held().map(({ id }) => id.toString(16))).toEqual([second.message_id]);
    await eventually(async () => (await search(jane, 'in:drafts noon'))[0]?.draft_id === first.draft_id);
    const third = await draft({ draft_id: second.message_id, body: 'At one.' });
    expect(third).toMatchObject({ draft_id: first.draft_id, thread_id: question!.thread_id });
    expect((await read(jane, third.message_id)).body).toContain('At one.');
    expect(taken('Re: Lunch on Friday')).toBe(0);
  });

  it('that is not there is not replaced, and the id of a mail is no draft’s', async () => {
    const [question] = await search(jane, 'subject:lunch -in:drafts');
    const before = held().length;
    for (const draft_id of ['r-12345', question!.message_id]) {
      const { status, body } = await room.rest('POST', `/accounts/${jane}/drafts`, { draft_id, body: 'x' });
      expect([status, body.code], draft_id).toEqual([404, 'not_found']);
    }
    expect(held()).toHaveLength(before);
  });
});
