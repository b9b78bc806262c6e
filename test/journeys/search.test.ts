// Searching as a caller does: while a mailbox is being imported, page by page while mail arrives, with hints and by relevance.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeMails } from '../../src/sandbox/mail-factory.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { eventually, type Mailroom, newFolder, removeFolder, startMailroom } from '../support/mailroom.ts';
import { startPretendGmail, upToDate } from '../support/pretend-gmail.ts';

const JANE = { email: 'jane@gmail.com', appPassword: 'abcdefghijklmnop' };
const KIM = { email: 'kim@gmail.com', appPassword: 'abcdefghijklmnop' };
const folder = newFolder();
let gmail: Sandbox;
let room: Mailroom;
let jane: string;
let kim: string;

const letter = (subject: string, body: string): string =>
  `From: Amy <amy@example.org>\r\nTo: jane@gmail.com\r\nSubject: ${subject}\r\nMessage-ID: <${subject.replaceAll(' ', '.')}@example.org>\r\n\r\n${body}\r\n`;
const day = (n: number): Date => new Date(Date.UTC(2020, 0, 1) + n * 86_400_000);
const add = async ({ email, appPassword }: typeof JANE): Promise<string> =>
  (await room.tool('add_gmail_account', { user_id: 'u1', email, app_password: appPassword })).account_id;
const search = (query: string, more: object = {}) => room.tool('search_emails', { account_id: jane, query, ...more });
const subjects = (answer: { messages: { subject: string }[] }): string[] => answer.messages.map((m) => m.subject);

beforeAll(async () => {
  const started = await startPretendGmail(folder, [JANE, KIM]);
  gmail = started.gmail;
  const user = gmail.user(JANE.email);
  for (let i = 0; i < 3; i += 1)
    user.deliver(letter(`old boat ${i}`, `The quarterdeck needs paint, part ${i}.`), { date: day(i) });
  user.deliver(letter('old trash', 'quarterdeck'), { date: day(4), place: 'trash', labels: [] });
  for (const mail of makeMails(5, 400, { owner: JANE.email })) user.deliver(mail.raw, mail);
  for (let i = 0; i < 5; i += 1) gmail.user(KIM.email).deliver(letter(`note ${i}`, 'quarterdeck'), { date: day(i) });
  room = await startMailroom({ folder, env: started.env });
});
afterAll(async () => {
  await room?.end();
  await gmail?.close();
  removeFolder(folder);
});

it('asks the server for what the copy does not hold yet, and says so', async () => {
  gmail.script.add(JANE.email, { kind: 'slow', bytesPerSecond: 60_000 });
  jane = await add(JANE);
  await eventually(async () => (await room.rest('GET', `/accounts/${jane}`)).body.sync.done > 0);
  const answer = await search('quarterdeck');
  expect(answer).toMatchObject({ complete: false, asked_server: true });
  expect(answer.warnings).toBeUndefined();
  expect(subjects(answer)).toEqual(['old boat 2', 'old boat 1', 'old boat 0']);
  // What was brought early says nothing about how far the import has come.
  expect(answer.reaches_back_to > answer.messages[0].date).toBe(true);
  const [first] = (await search('quarterdeck', { limit: 1 })).messages;
  const ids = answer.messages.map((m: { message_id: string }) => m.message_id);
  expect(first.message_id).toBe(ids[0]);
  expect(
    gmail
      .user(JANE.email)
      .truth()
      .filter(({ id }) => ids.includes(id)),
  ).toHaveLength(3);
  expect(subjects(await search('quarterdeck in:trash'))).toEqual(['old trash']);
});

it('answers from the copy, with a warning, when the server does not answer in time', async () => {
  gmail.script.clear();
  gmail.script.add(JANE.email, { kind: 'slow', bytesPerSecond: 50 });
  const begunAt = performance.now();
  const answer = await search('harbourmaster OR quarterdeck');
  expect(performance.now() - begunAt).toBeLessThan(6000);
  expect(answer.asked_server).toBeUndefined();
  expect(answer.warnings).toEqual([expect.stringContaining('may be missing')]);
  expect(subjects(answer)).toEqual(['old boat 2', 'old boat 1', 'old boat 0']);
});

it('holds each mail once when the import has come to what a search had brought', async () => {
  gmail.script.clear();
  await upToDate(room, jane);
  const answer = await search('quarterdeck in:anywhere');
  expect(answer).toMatchObject({ complete: true });
  expect(answer.asked_server).toBeUndefined();
  expect(answer.reaches_back_to).toBeUndefined();
  expect(subjects(answer)).toEqual(['old trash', 'old boat 2', 'old boat 1', 'old boat 0']);
});

it('goes on page by page where it was while mail arrives, and for the same question only', async () => {
  kim = await add(KIM);
  await upToDate(room, kim);
  const ask = (query: string, more: object) => room.tool('search_emails', { account_id: kim, query, ...more });
  for (const sort of ['newest', 'relevance']) {
    const first = await ask('quarterdeck', { limit: 2, sort });
    gmail.user(KIM.email).deliver(letter(`late ${sort}`, 'quarterdeck'), { flags: ['\\Seen'] });
    await eventually(async () => subjects(await ask(`"late ${sort}"`, {})).length === 1);
    const seen = subjects(first);
    let cursor = first.next_cursor;
    await expect(ask('other', { cursor, sort })).rejects.toThrow('another question');
    await expect(room.tool('search_emails', { account_id: jane, query: 'quarterdeck', cursor, sort })).rejects.toThrow(
      'another question',
    );
    while (cursor) {
      const page = await ask('quarterdeck', { limit: 2, sort, cursor });
      seen.push(...subjects(page));
      cursor = page.next_cursor;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.filter((subject) => subject.startsWith('note'))).toHaveLength(5);
    expect(seen).not.toContain(`late ${sort}`);
  }
});

it('puts the best hits first when asked to', async () => {
  gmail.user(KIM.email).deliver(letter('Quarterdeck', 'paint'), { date: day(100) });
  await eventually(async () => subjects(await search('subject:quarterdeck', { account_id: kim })).length === 1);
  const answer = await search('quarterdeck', { account_id: kim, sort: 'relevance' });
  expect(subjects(answer)[0]).toBe('Quarterdeck');
  const plain = await search('in:inbox', { account_id: kim, sort: 'relevance', limit: 2 });
  expect(plain.warnings).toEqual([expect.stringContaining('the newest come first')]);
  expect(plain.next_cursor).toBeDefined();
});

it('says what to drop when nothing was found, and what had no effect', async () => {
  const answer = await search('quarterdeck from:zoe larger:');
  expect(answer.messages).toEqual([]);
  expect(answer.hints).toContain('without from:zoe: 3');
  expect(answer.warnings).toEqual(['larger: has no value; it was left out']);
  expect((await search('category:social')).warnings).toEqual([expect.stringContaining('not told')]);
  expect((await search('"old trash"')).hints).toEqual(['with in:anywhere: 1']);
});

it('answers or refuses any text in bounded time', async () => {
  for (const query of [
    '('.repeat(9_000),
    'a\0b',
    '\ud800',
    'NEAR(a b) *',
    "' OR 1=1 --",
    '{5}\r\nA1 LOGOUT',
    '"'.repeat(999),
  ]) {
    const begunAt = performance.now();
    const answer = await search(query);
    expect(Array.isArray(answer.messages), JSON.stringify(query.slice(0, 20))).toBe(true);
    expect(performance.now() - begunAt).toBeLessThan(3000);
  }
  await expect(search('a '.repeat(250_000))).rejects.toThrow('10000 characters');
});
