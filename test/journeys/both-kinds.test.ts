// One mailbox connected twice, by App Password and by Google: the same ids, labels, threads and answers; and the ways of the
// Gmail API that only a running Mailroom shows.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { connectByGoogle } from '../support/google-account.ts';
import { eventually, type Mailroom, newFolder, removeFolder, startMailroom } from '../support/mailroom.ts';
import { connected, letter, startPretendGmail, upToDate } from '../support/pretend-gmail.ts';

const JANE = { email: 'jane@gmail.com', appPassword: 'abcdefghijklmnop' };
const BIG = { email: 'big@gmail.com', appPassword: 'abcdefghijklmnop' };
const TURNING = { email: 'turning@gmail.com', appPassword: 'abcdefghijklmnop' };
const TOPIC = 'projects/pretend-project/topics/gmail';
const AUDIENCE = 'https://mail.example.com/push/gmail';

const folder = newFolder();
let gmail: Sandbox;
let room: Mailroom;
let byPassword: string;
let byGoogle: string;

const FILE = Buffer.alloc(300_000, 'attached ');
const withFile = (subject: string) =>
  `From: Amy <amy@example.org>\r\nTo: ${JANE.email}\r\nSubject: ${subject}\r\nMessage-ID: <file@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nGr=FC=DFe\r\n--b\r\nContent-Type: application/pdf; name=f.pdf\r\nContent-Disposition: attachment; filename=f.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n${FILE.toString('base64').replace(/.{76}/g, '$&\r\n')}\r\n--b--\r\n`;

beforeAll(async () => {
  const pretend = await startPretendGmail(folder, [JANE, BIG, TURNING]);
  gmail = pretend.gmail;
  const jane = gmail.user(JANE.email);
  let day = 0;
  const deliver = (raw: string, options = {}): string =>
    jane.deliver(raw, { date: new Date(Date.UTC(2026, 10, ++day, 8, 30)), ...options }).id;
  const tea = deliver(letter('Tea'));
  deliver(letter('Re: Tea', { fields: 'References: <Tea@example.org>\r\n' }), { flags: ['\\Seen', '\\Flagged'] });
  deliver(letter('Work'), { labels: ['\\Inbox', 'Work/Äpfel'] });
  deliver(withFile('With a file'));
  jane.trash(deliver(letter('Thrown away')));
  jane.spam(deliver(letter('Junk')));
  jane.archive(deliver(letter('Archived')));
  jane.addLabel(tea, '\\Important');
  room = await startMailroom({
    folder,
    env: {
      ...pretend.env,
      ...gmail.google.env,
      ALLOW_SHARED_ADDRESS: 'true',
      GMAIL_PUBSUB_TOPIC: TOPIC,
      GMAIL_PUBSUB_AUDIENCE: AUDIENCE,
      INBOX_POLL_INTERVAL_SECONDS: '3600',
    },
  });
  gmail.google.push.subscription = { url: `${room.url}/push/gmail`, audience: AUDIENCE };
  byPassword = await connected(room, JANE, 'u1');
  byGoogle = await connectByGoogle(room, gmail, JANE.email, 'u2');
  await upToDate(room, byGoogle);
});
afterAll(async () => {
  await room?.end();
  await gmail?.close();
  removeFolder(folder);
});

const get = async (account: string, path: string) => (await room.rest('GET', `/accounts/${account}${path}`)).body;
const found = async (account: string, q: string) =>
  (await get(account, `/messages?q=${encodeURIComponent(q)}&limit=50`)).messages as {
    message_id: string;
    subject: string;
  }[];
/** Without what the API alone knows: categories, and sizes of attachments to the byte. */
const comparable = (mail: { labels?: string[]; attachments?: { size: number }[] }) => ({
  ...mail,
  labels: mail.labels?.filter((label) => !label.startsWith('CATEGORY_')),
  attachments: mail.attachments?.map(({ size, ...rest }) => ({ ...rest, size: Math.round(size / 100) })),
});

describe('an account that came by Google, beside one of the same mailbox that came by App Password', () => {
  it('has the same mails with the same ids, threads, dates and labels', async () => {
    const both = await Promise.all([byPassword, byGoogle].map((account) => found(account, 'in:anywhere')));
    expect(both[0]).toHaveLength(7);
    expect(both[1]).toEqual(both[0]);
    for (const { message_id } of both[0]!) {
      const [one, other] = await Promise.all(
        [byPassword, byGoogle].map((account) => get(account, `/messages/${message_id}`)),
      );
      expect(comparable(other)).toEqual(comparable(one));
    }
  });

  it.each([
    'is:unread',
    'is:starred',
    'label:work-äpfel',
    'in:spam',
    'in:trash',
    'has:attachment',
    'is:important',
    'Grüße',
  ])('finds the same by %s', async (q) => {
    const [one, other] = [await found(byPassword, q), await found(byGoogle, q)];
    expect(one.length).toBeGreaterThan(0);
    expect(other).toEqual(one);
  });

  it('has the same threads, conversations and names of labels', async () => {
    const [tea] = await found(byPassword, 'subject:Tea');
    for (const path of [`/threads/${(tea as unknown as { thread_id: string }).thread_id}`, '/conversations']) {
      const [one, other] = [await get(byPassword, path), await get(byGoogle, path)];
      const { as_of: _, ...rest } = one;
      expect(other).toMatchObject(rest);
    }
    const names = async (account: string) =>
      ((await get(account, '/labels')).labels as { name: string; type: string }[])
        .filter(({ type }) => type === 'user')
        .map(({ name }) => name);
    expect(await names(byGoogle)).toEqual(await names(byPassword));
  });

  it('gives the same bytes of an attachment', async () => {
    const [mail] = await found(byGoogle, 'has:attachment');
    for (const account of [byPassword, byGoogle]) {
      const answer = await fetch(`${room.url}/accounts/${account}/messages/${mail!.message_id}/attachments/1`, {
        headers: { authorization: `Bearer ${room.key}` },
      });
      expect(Buffer.from(await answer.arrayBuffer()).equals(FILE)).toBe(true);
    }
  });

  it('shows a mail within two seconds of a push, though it is polled hourly', async () => {
    expect(gmail.google.push.watches.get(JANE.email)?.topicName).toBe(TOPIC);
    const since = Date.now();
    gmail.user(JANE.email).deliver(letter('Pushed'));
    await eventually(async () => (await get(byGoogle, '')).sync.total === 8);
    const listed = await room.rest('GET', `/accounts/${byGoogle}/messages?q=subject:Pushed`);
    expect(listed.body.messages).toHaveLength(1);
    expect(Date.now() - since).toBeLessThan(2000);
  });

  it('does not warn of categories, which its mailbox knows', async () => {
    const warnings = async (account: string) =>
      (await get(account, '/messages?q=category:social')).warnings as string[] | undefined;
    expect(await warnings(byGoogle)).toBeUndefined();
    expect(await warnings(byPassword)).toEqual([expect.stringContaining('category: is not told')]);
  });
});

describe('a mailbox that is larger than what Google gives in a minute', () => {
  let account: string;
  let oldest: { id: string; threadId: string };
  let unanswered: { id: string; threadId: string };

  beforeAll(async () => {
    const big = gmail.user(BIG.email);
    const deliver = (subject: string, day: number, fields = '') =>
      big.deliver(letter(subject, { to: BIG.email, fields }), { date: new Date(Date.UTC(2025, 0, 1 + day)) });
    oldest = deliver('The oldest', 0);
    deliver('Re: The oldest', 1, 'References: <The.oldest@example.org>\r\n');
    unanswered = deliver('Not answered yet', 2);
    for (let i = 3; i < 402; i++) deliver(`mail ${i}`, i);
    account = await connectByGoogle(room, gmail, BIG.email, 'u3');
    await eventually(async () => (await get(account, '')).sync.done >= 200, 60_000);
  });

  it('is read by id before its import has come so far', async () => {
    const report = (await get(account, '')).sync;
    expect(report).toMatchObject({ state: 'importing', total: 402 });
    expect(report.done).toBeLessThan(400);
    expect(await get(account, `/messages/${oldest.id}`)).toMatchObject({ subject: 'The oldest' });
    const thread = await get(account, `/threads/${oldest.threadId}`);
    expect(thread.messages.map(({ subject }: { subject: string }) => subject)).toEqual([
      'The oldest',
      'Re: The oldest',
    ]);
    expect((await room.rest('GET', `/accounts/${account}/messages/123456789abcdef0`)).status).toBe(404);
  });

  it('is written from in a thread to which its import has not come', async () => {
    const mail = { thread_id: unanswered.threadId, body: 'Now it is.' };
    const { body } = await room.rest('POST', `/accounts/${account}/messages`, mail);
    expect(body).toMatchObject({
      status: 'sent',
      thread_id: unanswered.threadId,
      subject: 'Re: Not answered yet',
      to: ['Amy Adams <amy@example.org>'],
    });
    expect(gmail.submissions.at(-1)!.raw.toString()).toContain('In-Reply-To: <Not.answered.yet@example.org>');
    expect((await get(account, '')).sync.state).toBe('importing');
  });

  it('is searched at Gmail where the copy does not reach', async () => {
    const answer = await get(account, `/messages?q=${encodeURIComponent('subject:"mail 7"')}`);
    expect(answer).toMatchObject({ complete: false, asked_server: true });
    expect(answer.messages.map(({ subject }: { subject: string }) => subject)).toContain('mail 7');
  });

  it('shows new mail meanwhile', async () => {
    gmail.user(BIG.email).deliver(letter('While it is imported', { to: BIG.email }));
    await eventually(async () => (await found(account, 'subject:imported')).length === 1);
    expect((await get(account, '')).sync.state).toBe('importing');
  });
});

describe('an account that comes by the other way from now on', () => {
  it('keeps its id, its mail and their ids', async () => {
    const turning = gmail.user(TURNING.email);
    for (const subject of ['one', 'two', 'three']) turning.deliver(letter(subject, { to: TURNING.email }));
    turning.addLabel(turning.deliver(letter('four', { to: TURNING.email })).id, 'Work');
    const first = await connected(room, TURNING, 'u4');
    const before = await found(first, 'in:anywhere');
    expect(before).toHaveLength(4);
    expect(await connectByGoogle(room, gmail, TURNING.email, 'u4')).toBe(first);
    await upToDate(room, first);
    expect(await get(first, '')).toMatchObject({ kind: 'google_oauth' });
    expect(await found(first, 'in:anywhere')).toEqual(before);
    expect(
      gmail.google.requests.filter(({ email, operation }) => email === TURNING.email && operation === 'messages.get'),
    ).toEqual([]);
    turning.deliver(letter('five', { to: TURNING.email }));
    await eventually(async () => (await found(first, 'in:anywhere')).length === 5);
    expect(await connected(room, TURNING, 'u4')).toBe(first);
    expect(await get(first, '')).toMatchObject({ kind: 'app_password' });
    expect((await found(first, 'in:anywhere')).slice(1)).toEqual(before);
    expect(await found(first, 'label:work')).toHaveLength(1);
  });
});
