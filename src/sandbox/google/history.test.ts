// One history of a mailbox, whatever the door; labels with ids of their own; and what IMAP and the API both show.
import { createTransport } from 'nodemailer';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { base64url, GoogleClient } from '../../../test/support/google-client.ts';
import { ImapLines } from '../../../test/support/imap-lines.ts';
import { type Sandbox, startSandbox } from '../sandbox.ts';
import { GMAIL_SCOPES } from './scopes.ts';

const JANE = 'jane@gmail.example';
const JOE = 'joe@gmail.example';
const PASSWORD = 'abcdefghijklmnop';

let sandbox: Sandbox;
let jane: GoogleClient;

beforeAll(async () => {
  sandbox = await startSandbox({ users: [JANE, JOE].map((email) => ({ email, appPassword: PASSWORD })) });
});
beforeEach(() => {
  jane = new GoogleClient(sandbox, JANE, [GMAIL_SCOPES.F]);
});
afterAll(() => sandbox?.close());
afterEach(() => {
  sandbox.script.clear();
  sandbox.google.advance(60_000);
  for (const user of sandbox.users) for (const { id } of user.truth()) user.remove(id);
});

const mail = (subject: string) =>
  `From: bob@x\r\nTo: ${JANE}\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@x>\r\n\r\nText.\r\n`;
const user = () => sandbox.user(JANE);
const deliver = (subject: string, options = {}) => user().deliver(mail(subject), options);

async function imap(command: string): Promise<void> {
  const lines = await ImapLines.open(sandbox.imap.port, sandbox.ca);
  await lines.command(`LOGIN ${JANE} ${PASSWORD}`);
  await lines.command('SELECT "[Gmail]/All Mail"');
  expect(await lines.command(command)).toMatch(/^T\d+ OK/m);
  lines.close();
}

/** What happened since, short: `added`, `+UNREAD -INBOX`, `deleted`. */
async function happened(since: string, query = ''): Promise<string[]> {
  const told = (await jane.history(since, query)) as Record<string, { labelIds?: string[] }[]>[];
  return told.map((record) => {
    const signs = (name: string, sign: string) =>
      (record[name] ?? []).flatMap(({ labelIds = [] }) => labelIds.map((id) => sign + id));
    return [
      ...(record.messagesAdded ? ['added'] : []),
      ...(record.messagesDeleted ? ['deleted'] : []),
      ...signs('labelsAdded', '+'),
      ...signs('labelsRemoved', '-'),
    ].join(' ');
  });
}

describe('the history', () => {
  it.each<[string, (id: string) => unknown, string[]]>([
    [
      'modify',
      (id) => jane.post(`messages/${id}/modify`, { addLabelIds: ['STARRED'], removeLabelIds: ['INBOX', 'UNREAD'] }),
      ['+STARRED -INBOX -UNREAD'],
    ],
    ['trash', (id) => jane.post(`messages/${id}/trash`), ['+TRASH -INBOX']],
    [
      'untrash',
      async (id) => [await jane.post(`messages/${id}/trash`), await jane.post(`messages/${id}/untrash`)],
      ['+TRASH -INBOX', '-TRASH'],
    ],
    [
      'a draft that is changed',
      async () => {
        const message = { raw: base64url(mail('draft')) };
        const { body } = await jane.post('drafts', { message });
        await jane.ask('PUT', `drafts/${body.id}`, { message });
      },
      ['added', 'deleted', 'added'],
    ],
    ['a flag over IMAP', () => imap('STORE 1 +FLAGS (\\Seen)'), ['-UNREAD']],
    ['a flag that the API does not show', () => imap('STORE 1 +FLAGS (\\Answered)'), []],
    ['a label over IMAP', () => imap('STORE 1 +X-GM-LABELS (\\Important)'), ['+IMPORTANT']],
    ['a move to Trash over IMAP', () => imap('MOVE 1 "[Gmail]/Trash"'), ['+TRASH -INBOX']],
    ['a delivery', () => deliver('another'), ['added']],
    ['removal for good', (id) => user().remove(id), ['deleted']],
    ['a lever of the test', (id) => user().archive(id), ['-INBOX']],
    ['spam', (id) => user().spam(id), ['+SPAM -INBOX']],
  ])('tells of %s', async (_, change, expected) => {
    const { id } = deliver('first');
    const since = await jane.historyId();
    await change(id);
    expect(await happened(since)).toEqual(expected);
    expect((await jane.get(`messages/${id}?format=minimal`)).body.historyId ?? 'gone').toMatch(/^\d{19}$|gone/);
  });

  it('tells both sides of a mail that was sent over SMTP', async () => {
    const since = await jane.historyId();
    const joe = new GoogleClient(sandbox, JOE, [GMAIL_SCOPES.F]);
    const theirs = await joe.historyId();
    const smtp = createTransport({
      host: 'localhost',
      port: sandbox.smtp.port,
      auth: { user: JANE, pass: PASSWORD },
      tls: { ca: sandbox.ca },
    });
    await smtp.sendMail({ from: JANE, to: JOE, subject: 'Hi', text: 'Text.' });
    smtp.close();
    expect(await happened(since)).toEqual(['added']);
    expect(await joe.history(theirs)).toMatchObject([
      { messagesAdded: [{ message: { labelIds: ['INBOX', 'UNREAD'] } }], messages: [{ id: expect.any(String) }] },
    ]);
  });

  it('goes by ids that rise, are beyond what a double holds, and page by page', async () => {
    const since = await jane.historyId();
    for (const subject of ['a', 'b', 'c', 'd', 'e']) deliver(subject);
    const first = (await jane.get(`history?startHistoryId=${since}&maxResults=2`)).body;
    expect(first.history).toHaveLength(2);
    const all = await jane.history(since, 'maxResults=2');
    const ids = all.map(({ id }) => BigInt(String(id)));
    expect(ids).toHaveLength(5);
    expect(ids.every((id, index) => index === 0 || id > ids[index - 1]!)).toBe(true);
    expect(ids[0]! > BigInt(Number.MAX_SAFE_INTEGER)).toBe(true);
    expect(String(ids.at(-1))).toBe(await jane.historyId());
    expect((await jane.get(`history?startHistoryId=${first.historyId}`)).body).toEqual({ historyId: first.historyId });
  });

  it('asks in the singular and answers in the plural', async () => {
    const since = await jane.historyId();
    const { id } = deliver('a');
    await jane.post(`messages/${id}/modify`, { removeLabelIds: ['UNREAD'] });
    expect(await happened(since, 'historyTypes=messageAdded')).toEqual(['added']);
    expect(await happened(since, 'historyTypes=labelRemoved&historyTypes=labelAdded')).toEqual(['-UNREAD']);
    expect((await jane.get(`history?startHistoryId=${since}&historyTypes=messagesAdded`)).status).toBe(400);
    expect(await happened(since, 'labelId=UNREAD')).toEqual(['added']);
  });

  it('does not know an id that is too old, never was, or is none', async () => {
    const since = await jane.historyId();
    deliver('a');
    user().history.forget();
    expect((await jane.get(`history?startHistoryId=${since}`)).body.error).toMatchObject({
      code: 404,
      status: 'NOT_FOUND',
    });
    expect((await jane.get('history?startHistoryId=1')).status).toBe(404);
    expect((await jane.get('history?startHistoryId=x')).status).toBe(400);
    expect((await jane.get('history')).status).toBe(400);
    const fresh = await jane.historyId();
    deliver('b');
    expect(await happened(fresh)).toEqual(['added']);
  });

  it('has a page without anything on it when that is scripted', async () => {
    const since = await jane.historyId();
    deliver('a');
    sandbox.script.add(JANE, { kind: 'google-empty-page' });
    const { body } = await jane.get(`history?startHistoryId=${since}`);
    expect(body).toEqual({ nextPageToken: expect.any(String), historyId: expect.any(String) });
    sandbox.script.add(JANE, { kind: 'google-empty-page' });
    expect(await happened(since)).toEqual(['added']);
  });
});

describe('labels', () => {
  const named = async (name: string) =>
    (await jane.get('labels')).body.labels.find((label: { name: string }) => label.name === name);

  it('keep their id when they are renamed, by either door, and mails keep them without a word', async () => {
    const { body: made } = await jane.post('labels', { name: 'Trips' });
    expect(made).toMatchObject({ id: expect.stringMatching(/^Label_\d+$/), type: 'user' });
    const { id } = deliver('a', { labels: ['Trips'] });
    const since = await jane.historyId();
    expect((await jane.ask('PATCH', `labels/${made.id}`, { name: 'Travels' })).body).toMatchObject({
      id: made.id,
      name: 'Travels',
    });
    await imap('RENAME Travels Journeys');
    expect(await named('Journeys')).toMatchObject({ id: made.id });
    expect((await jane.get(`messages/${id}`)).body.labelIds).toEqual([made.id, 'UNREAD'].sort());
    expect(await happened(since)).toEqual([]);
    expect(user().describe(user().find(id)!).labels).toEqual(['Journeys']);
    expect((await jane.ask('DELETE', `labels/${made.id}`)).status).toBe(204);
    expect(await happened(since)).toEqual([`-${made.id}`]);
    expect((await jane.get(`labels/${made.id}`)).status).toBe(404);
  });

  it('count their mails and threads', async () => {
    deliver('a', { labels: ['Counted'] });
    deliver('b', { labels: ['Counted'], flags: ['\\Seen'] });
    const { id } = await named('Counted');
    expect((await jane.get(`labels/${id}`)).body).toMatchObject({
      messagesTotal: 2,
      messagesUnread: 1,
      threadsTotal: 2,
      threadsUnread: 1,
    });
  });

  it.each([
    ['', 400],
    ['Inbox', 400],
    ['muted', 400],
    ['x'.repeat(226), 400],
    ['a/b c', 409],
    ['A-B-C', 409],
  ])('refuse the name %o', async (name, status) => {
    user().createLabel('a/b/c');
    expect((await jane.post('labels', { name })).status).toBe(status);
  });

  it.each([
    [{ addLabelIds: ['SENT'] }],
    [{ removeLabelIds: ['DRAFT'] }],
    [{ addLabelIds: ['Label_999'] }],
    [{ addLabelIds: ['STARRED'], removeLabelIds: ['STARRED'] }],
    [{ addLabelIds: 'STARRED' }],
    [{}],
  ])('cannot be changed by %o', async (change) => {
    const { id } = deliver('a');
    expect((await jane.post(`messages/${id}/modify`, change)).status).toBe(400);
    expect((await jane.ask('PATCH', 'labels/INBOX', { name: 'Box' })).status).toBe(400);
  });

  it('that are categories show in the API and never over IMAP', async () => {
    const { id } = deliver('sale', { labels: ['\\Inbox', 'CATEGORY_PROMOTIONS'] });
    expect((await jane.get(`messages/${id}`)).body.labelIds).toEqual(['CATEGORY_PROMOTIONS', 'INBOX', 'UNREAD']);
    const lines = await ImapLines.open(sandbox.imap.port, sandbox.ca);
    await lines.command(`LOGIN ${JANE} ${PASSWORD}`);
    expect(await lines.command('LIST "" "*"')).not.toContain('CATEGORY');
    await lines.command('SELECT "[Gmail]/All Mail"');
    expect(await lines.command('FETCH 1 X-GM-LABELS')).toContain('X-GM-LABELS ("\\\\Inbox")');
    lines.close();
  });
});

describe('what IMAP and the API show', () => {
  it('is the same mail with the same labels after changes by both', async () => {
    deliver('one', { labels: ['\\Inbox', 'Wörk'] });
    deliver('two', { flags: ['\\Flagged'] });
    deliver('three', { place: 'trash' });
    const two = user().truth()[1]!;
    await imap('STORE 1 +X-GM-LABELS (\\Important)');
    await jane.post(`messages/${two.id}/modify`, { removeLabelIds: ['INBOX', 'UNREAD'] });
    const names = new Map<string, string>();
    for (const { id, name } of (await jane.get('labels')).body.labels) names.set(id, name);
    const shown: Record<string, string[]> = {};
    for (const id of await jane.ids('includeSpamTrash=true')) {
      const { labelIds = [] } = (await jane.get(`messages/${id}?format=minimal`)).body;
      shown[id] = labelIds.map((each: string) => names.get(each));
    }
    for (const { id, labels, flags, place } of user().truth()) {
      const expected = [
        ...labels.map((label) => (label.startsWith('\\') ? label.slice(1).toUpperCase() : label)),
        ...(flags.includes('\\Seen') ? [] : ['UNREAD']),
        ...(place === 'all' ? [] : [place.toUpperCase()]),
      ];
      expect(shown[id]?.sort()).toEqual(expected.sort());
    }
    expect(Object.keys(shown)).toHaveLength(3);
  });
});
