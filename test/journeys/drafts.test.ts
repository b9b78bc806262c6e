// From a call to a draft that a person finds in Gmail, and from one revision to the next, against the pretend Gmail.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { eventually, type Mailroom, newFolder, removeFolder, startMailroom } from '../support/mailroom.ts';
import { connected, letter, startPretendGmail } from '../support/pretend-gmail.ts';

const JANE = { email: 'jane@gmail.com', appPassword: 'abcdefghijklmnop' };
const KIM = { email: 'kim@gmail.com', appPassword: 'ponmlkjihgfedcba', hidden: ['drafts'] as const };
const folder = newFolder();
let gmail: Sandbox;
let room: Mailroom;
let jane: string;

beforeAll(async () => {
  const pretend = await startPretendGmail(folder, [JANE, KIM]);
  gmail = pretend.gmail;
  gmail.user(JANE.email).deliver(letter('Lunch on Friday'));
  room = await startMailroom({ folder, env: pretend.env });
  jane = await connected(room, JANE);
});
afterAll(async () => {
  await room?.end();
  await gmail?.close();
  removeFolder(folder);
});

const draft = async (mail: object) => {
  const { status, body } = await room.rest('POST', `/accounts/${jane}/drafts`, mail);
  expect([status, body.hint]).toEqual([201, undefined]);
  return body;
};
const refused = async (mail: object) => (await room.rest('POST', `/accounts/${jane}/drafts`, mail)).body;
const search = async (query: string) =>
  (await room.tool('search_emails', { account_id: jane, query })).messages as Record<string, string>[];
const read = async (id: string) => (await room.rest('GET', `/accounts/${jane}/messages/${id}`)).body;
const drafts = () =>
  gmail
    .user(JANE.email)
    .truth()
    .filter(({ labels, place }) => labels.includes('\\Draft') && place === 'all');

describe('a draft', () => {
  it('lies in Drafts as it was written, Bcc too, and is found with its id', async () => {
    const made = await draft({
      to: 'Bob Öberg <bob@gmail.com>',
      cc: 'ann@elsewhere.example',
      bcc: 'Eve <eve@elsewhere.example>',
      subject: 'Grüße',
      body: 'Schön hier.',
      attachments: [{ filename: 'a.txt', content_base64: 'aGVsbG8=' }],
    });
    expect(made).toMatchObject({
      draft_id: expect.stringMatching(/^r-[\w-]{22}$/),
      to: ['Bob Öberg <bob@gmail.com>'],
      bcc: ['Eve <eve@elsewhere.example>'],
      subject: 'Grüße',
    });
    expect(drafts()).toMatchObject([{ id: made.message_id, threadId: made.thread_id, flags: ['\\Draft', '\\Seen'] }]);
    const [found] = await search('in:drafts subject:grüße');
    expect(found).toMatchObject({ message_id: made.message_id, draft_id: made.draft_id, labels: ['DRAFT'] });
    const mail = await read(made.message_id);
    expect(mail).toMatchObject({
      to: ['Bob Öberg <bob@gmail.com>'],
      cc: ['ann@elsewhere.example'],
      bcc: ['Eve <eve@elsewhere.example>'],
      message_id_header: made.message_id_header,
      draft_id: made.draft_id,
      attachments: [{ n: 1, filename: 'a.txt', content_type: 'text/plain', size: 5 }],
    });
    expect(mail.body).toContain('Schön hier.');
    expect(gmail.submissions).toEqual([]);
  });

  it('is replaced under the same id, and what it replaced lies in Trash', async () => {
    const first = await draft({ to: 'bob@gmail.com', subject: 'Plans', body: 'First words.' });
    const second = await draft({
      draft_id: first.draft_id,
      to: 'ann@elsewhere.example',
      subject: 'Plans',
      body: 'Second.',
    });
    expect(second.draft_id).toBe(first.draft_id);
    expect(second.message_id).not.toBe(first.message_id);
    const third = await draft({ draft_id: first.draft_id, subject: 'Better plans', body: 'Third.' });
    expect(third).toMatchObject({ draft_id: first.draft_id, to: [], subject: 'Better plans' });
    const [only, ...more] = await search('in:drafts plans');
    expect([only?.message_id, more]).toEqual([third.message_id, []]);
    expect((await read(third.message_id)).body).toContain('Third.');
    for (const { message_id } of [first, second]) {
      const gone = await eventually(async () => {
        const mail = await read(message_id);
        return mail.labels?.includes('TRASH') && mail;
      });
      expect(gone).not.toHaveProperty('draft_id');
    }
  });

  it('replaced twice at once is one draft all the same', async () => {
    const { draft_id } = await draft({ to: 'bob@gmail.com', subject: 'Hasty', body: 'First.' });
    const words = ['Second.', 'Third.', 'Fourth.'];
    const made = await Promise.all(words.map((body) => draft({ draft_id, subject: 'Hasty', body })));
    expect(new Set(made.map((each) => each.draft_id))).toEqual(new Set([draft_id]));
    const [only, ...more] = await search('in:drafts hasty');
    expect([only?.message_id, more]).toEqual([made.at(-1).message_id, []]);
    expect(drafts().filter(({ id }) => made.some(({ message_id }) => message_id === id))).toHaveLength(1);
  });

  it('is made once under a key, also by two calls at once, and by another key again', async () => {
    const mail = { to: 'bob@gmail.com', subject: 'Keyed', body: 'Once.', idempotency_key: 'k1' };
    const [one, two] = await Promise.all([draft(mail), draft(mail)]);
    expect(two).toEqual(one);
    const viaTool = await room.tool('gmail_create_draft', { ...mail, account_id: jane, allow_duplicate: false });
    expect(viaTool.draft_id).toBe(one.draft_id);
    expect(await search('in:drafts keyed')).toHaveLength(1);
    expect(await refused({ ...mail, body: 'Twice.' })).toMatchObject({ code: 'conflict', field: 'idempotency_key' });
    const other = await draft({ ...mail, idempotency_key: 'k2' });
    expect(other.draft_id).not.toBe(one.draft_id);
    expect(await search('in:drafts keyed')).toHaveLength(2);
  });

  it('that could not be made may be tried again under its key', async () => {
    const mail = { draft_id: 'r-0123456789012345678901', subject: 'Never', body: 'x', idempotency_key: 'k3' };
    for (const _ of [1, 2]) expect(await refused(mail)).toMatchObject({ code: 'not_found' });
    await draft({ subject: 'Now', body: 'x', idempotency_key: 'k3' });
  });

  it('may be named by its message id or Message-ID too', async () => {
    const first = await draft({ subject: 'By other names', body: 'One.' });
    const second = await draft({ draft_id: first.message_id, subject: 'By other names', body: 'Two.' });
    const third = await draft({ draft_id: second.message_id_header, subject: 'By other names', body: 'Three.' });
    expect([second.draft_id, third.draft_id]).toEqual([first.draft_id, first.draft_id]);
    expect(await search('in:drafts subject:"other names"')).toHaveLength(1);
  });

  it('of a person takes a revision of ours, and goes on to be one draft', async () => {
    const raw = letter('Begun by hand', { to: 'bob@gmail.com', from: JANE.email, body: 'By hand.' });
    const theirs = gmail.user(JANE.email).deliver(raw, { labels: [], flags: ['\\Draft', '\\Seen'] });
    const [found] = await eventually(async () => {
      const hits = await search('in:drafts subject:"begun by hand"');
      return hits.length > 0 && hits;
    });
    expect(found!.message_id).toBe(theirs.id);
    const ours = await draft({
      draft_id: found!.draft_id,
      to: 'bob@gmail.com',
      subject: 'Begun by hand',
      body: 'Ours.',
    });
    expect(ours.draft_id).toBe(found!.draft_id);
    const again = await draft({
      draft_id: ours.draft_id,
      to: 'bob@gmail.com',
      subject: 'Begun by hand',
      body: 'Again.',
    });
    expect(await search('in:drafts subject:"begun by hand"')).toMatchObject([{ message_id: again.message_id }]);
  });
});

describe('a draft of a reply', () => {
  it('lies in the thread that it answers, and stays there when it is replaced', async () => {
    const [question] = await search('subject:lunch');
    const { thread_id } = question!;
    const first = await draft({ thread_id, body: 'With pleasure.', quote: true });
    expect(first).toMatchObject({ thread_id, to: ['Amy Adams <amy@example.org>'], subject: 'Re: Lunch on Friday' });
    const second = await draft({ draft_id: first.draft_id, body: 'At noon?' });
    expect(second).toMatchObject({ thread_id, to: ['Amy Adams <amy@example.org>'], subject: 'Re: Lunch on Friday' });
    const { body } = await room.rest('GET', `/accounts/${jane}/threads/${thread_id}`);
    expect(body.messages.filter((mail: { draft_id?: string }) => mail.draft_id)).toMatchObject([
      { draft_id: first.draft_id, body: expect.stringContaining('At noon?') },
    ]);
  });

  it('that stands in a thread by itself is replaced with that thread named', async () => {
    const first = await draft({ to: 'bob@gmail.com', subject: 'Alone', body: 'One.' });
    const mail = { draft_id: first.draft_id, thread_id: first.thread_id, to: 'bob@gmail.com' };
    expect(await draft({ ...mail, subject: 'Alone', body: 'Two.' })).toMatchObject({ draft_id: first.draft_id });
  });
});

describe('what is no draft', () => {
  it.each([
    ['r-AAAAAAAAAAAAAAAAAAAAAA', 'There is no such draft'],
    ['ffffffffffffff00', 'There is no such draft'],
  ])('is not replaced: %s', async (draft_id, words) => {
    const before = drafts().length;
    expect(await refused({ draft_id, subject: 'x', body: 'y' })).toMatchObject({
      code: 'not_found',
      detail: expect.stringContaining(words),
      hint: expect.stringContaining('draft_id is expected'),
    });
    expect(drafts()).toHaveLength(before);
  });

  it('is not replaced by the id of a mail that was received, which stays where it is', async () => {
    const [question] = await search('subject:lunch -in:drafts');
    const before = gmail.user(JANE.email).truth().length;
    expect(await refused({ draft_id: question!.message_id, subject: 'x', body: 'y' })).toMatchObject({
      code: 'not_found',
    });
    expect(gmail.user(JANE.email).truth()).toHaveLength(before);
  });

  it('is not replaced when a person has deleted it meanwhile, and nothing is made in its place', async () => {
    const made = await draft({ subject: 'Fleeting', body: 'x' });
    gmail.user(JANE.email).trash(made.message_id);
    const before = drafts().length;
    expect(await refused({ draft_id: made.draft_id, subject: 'Fleeting', body: 'y' })).toMatchObject({
      code: 'not_found',
    });
    expect(drafts()).toHaveLength(before);
  });

  it.each([
    [{ subject: 'x' }, 'body'],
    [{ to: 'no address', body: 'x' }, 'to'],
    [{ subject: 'x\r\nBcc: eve@evil.example', body: 'y' }, 'subject'],
    [{ body: 'a\u0000b' }, 'body'],
    [{ outbox_id: 'k', body: 'b' }, 'outbox_id'],
  ])('is refused before any network: %j', async (mail, field) => {
    const before = drafts().length;
    expect(await refused(mail)).toMatchObject({ code: 'invalid_input', field });
    expect(drafts()).toHaveLength(before);
  });
});

it('keeps both when the one replaced cannot be moved, and goes on with the newer', async () => {
  const first = await draft({ subject: 'Stuck', body: 'One.' });
  gmail.script.add(JANE.email, { kind: 'answer', command: 'UID MOVE', text: 'NO [CANNOT] not now' });
  const second = await draft({ draft_id: first.draft_id, subject: 'Stuck', body: 'Two.' });
  gmail.script.clear();
  expect(drafts().map(({ id }) => id)).toEqual(expect.arrayContaining([first.message_id, second.message_id]));
  expect(room.log.join('\n')).toContain('could not be moved to Trash');
  const third = await draft({ draft_id: first.draft_id, subject: 'Stuck', body: 'Three.' });
  expect(third.draft_id).toBe(first.draft_id);
  await eventually(async () => (await read(second.message_id)).labels?.includes('TRASH'));
});

it('is refused by a server that does not take it, with nothing kept', async () => {
  gmail.script.add(JANE.email, { kind: 'answer', command: 'APPEND', text: 'NO [CANNOT] no' });
  expect(await refused({ subject: 'Unwanted', body: 'x' })).toMatchObject({ code: 'unavailable' });
  gmail.script.clear();
  expect(await search('subject:unwanted')).toEqual([]);
});

it('says what is in the way where drafts are not shown in IMAP', async () => {
  const kim = await connected(room, KIM);
  const { status, body } = await room.rest('POST', `/accounts/${kim}/drafts`, { subject: 'x', body: 'y' });
  expect([status, body.code]).toEqual([503, 'unavailable']);
  expect(body.hint).toContain('Drafts has to be shown in IMAP');
});
