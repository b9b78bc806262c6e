// The door and the reading methods of the Gmail API: who is let in, what it costs, and what a mail looks like.
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { GoogleClient } from '../../../test/support/google-client.ts';
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
  jane = new GoogleClient(sandbox, JANE);
});
afterAll(() => sandbox?.close());
afterEach(() => {
  sandbox.script.clear();
  sandbox.google.advance(60_000);
  for (const user of sandbox.users) for (const { id } of user.truth()) user.remove(id);
});

const mail = (subject: string, more = '') =>
  `From: Bob <bob@elsewhere.example>\r\nTo: ${JANE}\r\nSubject: ${subject}\r\nMessage-ID: <${subject.replace(/\W/g, '.')}@x>\r\n${more}\r\nText of ${subject}.\r\n`;
const deliver = (subject: string, options = {}) => sandbox.user(JANE).deliver(mail(subject), options);

describe('the door', () => {
  it.each([['never-given'], ['']])('refuses the token %o with authError', async (token) => {
    const { status, headers, body } = await jane.ask('GET', 'profile', undefined, { authorization: `Bearer ${token}` });
    expect(headers.get('www-authenticate')).toContain('error="invalid_token"');
    expect([status, body.error.status, body.error.errors[0].reason]).toEqual([401, 'UNAUTHENTICATED', 'authError']);
  });

  it('refuses a token that has expired', async () => {
    const old = new GoogleClient(sandbox, JANE);
    expect((await old.get('profile')).status).toBe(200);
    sandbox.google.advance(3_599_000);
    expect((await old.get('profile')).status).toBe(401);
    jane = new GoogleClient(sandbox, JANE);
  });

  it('lets nobody into another mailbox, by its address or by an id of it', async () => {
    const { id } = sandbox.user(JOE).deliver(mail('of Joe'));
    expect((await jane.get(`/gmail/v1/users/${JANE}/profile`)).body.emailAddress).toBe(JANE);
    const { status, body } = await jane.get(`/gmail/v1/users/${JOE}/profile`);
    expect([status, body.error.message]).toEqual([403, `Delegation denied for ${JANE}`]);
    expect((await jane.get(`messages/${id}`)).body.error).toMatchObject({ code: 404, status: 'NOT_FOUND' });
    expect((await jane.get('messages/no-id')).body.error).toMatchObject({ code: 400, message: 'Invalid id value' });
    expect((await jane.get('nothing')).status).toBe(404);
  });

  it.each([
    ['S', 'GET', 'profile'],
    ['S', 'GET', 'messages'],
    ['C', 'GET', 'messages'],
    ['R', 'POST', 'messages/send'],
    ['R', 'POST', 'messages/1/modify'],
    ['R', 'POST', 'drafts'],
    ['S', 'POST', 'drafts'],
    ['M', 'DELETE', 'messages/1'],
    ['R', 'POST', 'labels'],
    ['C', 'GET', 'history?startHistoryId=1'],
    ['S', 'POST', 'watch'],
    ['D', 'GET', 'messages/1/attachments/1'],
  ] as const)('refuses the scope %s for %s %s', async (letter, method, path) => {
    const narrow = new GoogleClient(sandbox, JANE, [GMAIL_SCOPES[letter]]);
    const { status, body } = await narrow.ask(method, path);
    expect([status, body.error.errors[0].reason, body.error.details[0].reason]).toEqual([
      403,
      'insufficientPermissions',
      'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
    ]);
  });

  it('shows a metadata token no text and no search, also beside a wider scope', async () => {
    const { id } = deliver('secret');
    const narrow = new GoogleClient(sandbox, JANE, [GMAIL_SCOPES.D]);
    expect((await narrow.get(`messages/${id}?format=metadata`)).body.payload.headers).toHaveLength(4);
    expect((await narrow.get(`messages/${id}?format=raw`)).status).toBe(403);
    expect((await narrow.get(`messages/${id}`)).status).toBe(403);
    const both = new GoogleClient(sandbox, JANE, [GMAIL_SCOPES.D, GMAIL_SCOPES.R]);
    expect((await both.get('messages?q=secret')).body.error.message).toBe(
      "Metadata scope does not support 'q' parameter",
    );
  });

  it('charges what a method costs, and refuses a person who has no more while another goes on', async () => {
    deliver('dear');
    const before = sandbox.google.units(JANE);
    const [id] = await jane.ids();
    for (const format of ['raw', 'minimal', 'full']) await jane.get(`messages/${id}?format=${format}`);
    expect(sandbox.google.units(JANE) - before).toBe(5 + 3 * 20);
    sandbox.google.settings.unitsPerUserMinute = 50;
    try {
      const answers = [];
      for (let count = 0; count < 4; count++) answers.push(await jane.get(`messages/${id}`));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 403, 403]);
      expect(answers[3]!.body.error.errors[0]).toMatchObject({
        domain: 'usageLimits',
        reason: 'rateLimitExceeded',
        message: expect.stringContaining("limit 'Queries per minute per user'"),
      });
      expect((await new GoogleClient(sandbox, JOE).get('messages')).status).toBe(200);
      sandbox.google.advance(30_000);
      expect((await jane.get(`messages/${id}`)).status).toBe(200);
    } finally {
      sandbox.google.settings.unitsPerUserMinute = 6000;
    }
  });

  it('refuses the eleventh request at once, of that person only', async () => {
    sandbox.script.add(JANE, { kind: 'google-mute', operation: 'labels.list', stage: 'before', times: 10 });
    const before = sandbox.google.count('labels.list', JANE);
    const end = new AbortController();
    const headers = { authorization: `Bearer ${jane.accessToken}` };
    const url = `${jane.origin}/gmail/v1/users/me/labels`;
    const waiting = Array.from({ length: 10 }, () => fetch(url, { headers, signal: end.signal }).catch(() => 'ended'));
    await vi.waitFor(() => expect(sandbox.google.count('labels.list', JANE)).toBe(before + 10), 10_000);
    expect((await jane.get('labels')).body.error).toMatchObject({
      code: 429,
      message: 'Too many concurrent requests for user',
      status: 'RESOURCE_EXHAUSTED',
    });
    expect((await new GoogleClient(sandbox, JOE).get('labels')).status).toBe(200);
    end.abort();
    expect(await Promise.all(waiting)).toEqual(Array(10).fill('ended'));
    await vi.waitFor(async () => expect((await jane.get('labels')).status).toBe(200), 10_000);
  });
});

describe('listing', () => {
  it('goes newest first and page by page, unmoved by mail that comes meanwhile', async () => {
    const ids = [1, 2, 3, 4, 5].map((day) => deliver(`mail ${day}`, { date: new Date(Date.UTC(2026, 0, day)) }).id);
    const first = await jane.get('messages?maxResults=2');
    expect(first.body.messages.map(({ id }: { id: string }) => id)).toEqual([ids[4], ids[3]]);
    deliver('in between', { date: new Date(Date.UTC(2026, 0, 6)) });
    const second = await jane.get(`messages?maxResults=2&pageToken=${first.body.nextPageToken}`);
    expect(second.body.messages.map(({ id }: { id: string }) => id)).toEqual([ids[2], ids[1]]);
    expect((await jane.get(`messages?q=x&pageToken=${first.body.nextPageToken}`)).status).toBe(400);
    expect((await jane.get('messages?pageToken=made-up')).status).toBe(400);
    expect(await jane.ids('', 2)).toHaveLength(6);
    expect((await jane.get('messages?q=nothing-like-it')).body).toEqual({ resultSizeEstimate: 0 });
  });

  it('leaves Spam and Trash out unless they are asked for', async () => {
    const here = deliver('here').id;
    const spam = deliver('spam', { place: 'spam' }).id;
    const trash = deliver('trash', { place: 'trash' }).id;
    expect(await jane.ids()).toEqual([here]);
    expect((await jane.ids('includeSpamTrash=true')).sort()).toEqual([here, spam, trash].sort());
    expect(await jane.ids('labelIds=TRASH')).toEqual([trash]);
    expect(await jane.ids('q=in:spam')).toEqual([spam]);
    expect(await jane.ids(`q=${encodeURIComponent('in:anywhere subject:(trash OR here)')}`)).toHaveLength(2);
  });

  it('asks for all of several labels', async () => {
    const both = deliver('both', { labels: ['\\Inbox', 'Work'], flags: ['\\Flagged'] }).id;
    deliver('one', { labels: ['Work'] });
    const { labels } = (await jane.get('labels')).body;
    const work = labels.find(({ name }: { name: string }) => name === 'Work').id;
    expect(await jane.ids(`labelIds=${work}&labelIds=INBOX&labelIds=STARRED&labelIds=UNREAD`)).toEqual([both]);
    expect((await jane.get('messages?labelIds=Label_999')).status).toBe(400);
  });

  it.each([
    ['from:bob subject:plan', ['plan']],
    ['is:unread -plan', ['large']],
    ['has:attachment', []],
    ['larger:1K', ['large']],
    ['smaller:1K', ['plan', 'read']],
    ['newer_than:2d', ['large', 'read']],
    ['older_than:2d', ['plan']],
    ['category:promotions', ['read']],
    ['rfc822msgid:plan@x', ['plan']],
    ['to:me', ['large', 'plan', 'read']],
    ['{subject:plan subject:read}', ['plan', 'read']],
  ])('finds by %s', async (query, subjects) => {
    deliver('plan', { date: new Date(Date.now() - 3 * 86_400_000) });
    sandbox.user(JANE).deliver(`${mail('large')}${'word '.repeat(500)}\r\n`);
    deliver('read', { flags: ['\\Seen'], labels: ['\\Inbox', 'CATEGORY_PROMOTIONS'] });
    const ids = await jane.ids(`q=${encodeURIComponent(query)}`);
    const headers = await Promise.all(
      ids.map(
        async (id) => (await jane.get(`messages/${id}?format=metadata&metadataHeaders=Subject`)).body.payload.headers,
      ),
    );
    expect(headers.map(([{ value }]) => value).sort()).toEqual(subjects);
  });
});

describe('a message', () => {
  const rich = [
    'From: =?UTF-8?B?Wm/Dqw==?= <zoe@elsewhere.example>',
    `To: ${JANE}`,
    'SUBJECT: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=',
    'Message-ID: <rich@x>',
    'Content-Type: multipart/mixed; boundary=outer',
    '',
    '--outer',
    'Content-Type: multipart/alternative; boundary=inner',
    '',
    '--inner',
    'Content-Type: text/plain; charset=iso-8859-1',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    'Sch=F6n & gut <3',
    '--inner',
    'Content-Type: text/html; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.from('<p>Schön</p>').toString('base64'),
    '--inner--',
    '--outer',
    "Content-Type: application/pdf; name*=UTF-8''%C3%9Cbersicht.pdf",
    'Content-Disposition: attachment',
    'Content-Transfer-Encoding: base64',
    '',
    'AAECAwQ=',
    '--outer--',
    '',
  ].join('\r\n');

  it('has its bytes exactly, by the id and thread that IMAP shows', async () => {
    const truth = sandbox.user(JANE).deliver(rich, { labels: ['\\Inbox', 'Work'], flags: ['\\Seen'] });
    const { body } = await jane.get(`messages/${truth.id}?format=raw`);
    expect(Buffer.from(body.raw, 'base64url').toString()).toBe(rich);
    expect(body).toMatchObject({
      id: truth.id,
      threadId: truth.threadId,
      labelIds: truth.labelIds,
      internalDate: String(truth.dateMs),
      sizeEstimate: rich.length,
      snippet: 'Schön &amp; gut &lt;3',
      historyId: expect.stringMatching(/^\d{19}$/),
    });
    expect(body.payload).toBeUndefined();
    const imap = await ImapLines.open(sandbox.imap.port, sandbox.ca);
    await imap.command(`LOGIN ${JANE} ${PASSWORD}`);
    await imap.command('SELECT "[Gmail]/All Mail"');
    const shown = await imap.command('FETCH * (X-GM-MSGID X-GM-THRID X-GM-LABELS)');
    expect(shown).toContain(`X-GM-MSGID ${BigInt(`0x${body.id}`)} X-GM-THRID ${BigInt(`0x${body.threadId}`)}`);
    imap.close();
  });

  it('shows its parts decoded, and attachments by tokens that nobody can keep', async () => {
    const { id } = sandbox.user(JANE).deliver(rich);
    const { payload } = (await jane.get(`messages/${id}`)).body;
    expect(payload).toMatchObject({ partId: '', mimeType: 'multipart/mixed', filename: '', body: { size: 0 } });
    expect(payload.headers).toContainEqual({ name: 'SUBJECT', value: 'Grüße' });
    expect(payload.headers).toContainEqual({ name: 'From', value: 'Zoë <zoe@elsewhere.example>' });
    const [alternative, file] = payload.parts;
    expect(alternative.partId).toBe('0');
    expect(alternative.parts.map(({ partId }: { partId: string }) => partId)).toEqual(['0.0', '0.1']);
    const [plain, html] = alternative.parts.map(({ body }: { body: { data: string } }) =>
      Buffer.from(body.data, 'base64url'),
    );
    expect([plain.toString(), html.toString()]).toEqual(['Schön & gut <3', '<p>Schön</p>']);
    expect(file).toMatchObject({
      partId: '1',
      mimeType: 'application/pdf',
      filename: 'Übersicht.pdf',
      body: { size: 5 },
    });
    const { attachmentId } = file.body;
    const fetched = (await jane.get(`messages/${id}/attachments/${attachmentId}`)).body;
    expect([fetched.size, Buffer.from(fetched.data, 'base64url')]).toEqual([5, Buffer.from([0, 1, 2, 3, 4])]);
    const again = (await jane.get(`messages/${id}`)).body.payload.parts[1].body.attachmentId;
    expect(again).not.toBe(attachmentId);
    const other = deliver('other').id;
    expect((await jane.get(`messages/${other}/attachments/${attachmentId}`)).status).toBe(400);
  });

  it('shows only the headers that are asked for, and only the members', async () => {
    const { id } = sandbox.user(JANE).deliver(rich);
    const query = 'format=metadata&metadataHeaders=message-id&metadataHeaders=To';
    const { body } = await jane.get(`messages/${id}?${query}`);
    expect(body.payload.headers.map(({ name }: { name: string }) => name)).toEqual(['To', 'Message-ID']);
    expect(body.payload.parts).toBeUndefined();
    expect((await jane.get(`messages/${id}?${query}&fields=id,payload/headers(name)`)).body).toEqual({
      id,
      payload: { headers: [{ name: 'To' }, { name: 'Message-ID' }] },
    });
    expect((await jane.get(`messages/${id}?fields=id,`)).status).toBe(400);
    expect((await jane.get(`messages/${id}?format=everything`)).status).toBe(400);
  });

  it('has no labelIds at all when it bears none', async () => {
    const { id } = deliver('bare', { labels: [], flags: ['\\Seen'] });
    expect((await jane.get(`messages/${id}?format=minimal`)).body).not.toHaveProperty('labelIds');
  });
});

describe('scripted answers of the API', () => {
  it('come as often as planned, with reason, text and Retry-After, and charge nothing', async () => {
    const message = 'User-rate limit exceeded.  Retry after 2026-11-25T12:00:00.000Z';
    const fault = {
      kind: 'google-answer',
      status: 429,
      message,
      reason: 'rateLimitExceeded',
      retryAfter: '7',
    } as const;
    sandbox.script.add(JANE, { ...fault, times: 2 });
    const before = sandbox.google.units(JANE);
    for (let count = 0; count < 2; count++) {
      const { status, headers, body } = await jane.get('labels');
      expect([status, headers.get('retry-after'), body.error.message, body.error.errors[0].reason]).toEqual([
        429,
        '7',
        message,
        'rateLimitExceeded',
      ]);
    }
    expect(sandbox.google.units(JANE)).toBe(before);
    expect((await jane.get('labels')).status).toBe(200);
  });

  it.each([
    [400, 'INVALID_ARGUMENT'],
    [404, 'NOT_FOUND'],
    [409, 'ABORTED'],
    [500, 'INTERNAL'],
    [503, 'UNAVAILABLE'],
  ])('name the status word of %i by themselves', async (status, word) => {
    sandbox.script.add('', { kind: 'google-answer', operation: 'labels.list', status, times: 1 });
    expect((await jane.get('labels')).body.error).toMatchObject({ code: status, status: word });
    expect((await jane.get('labels')).status).toBe(200);
  });
});
