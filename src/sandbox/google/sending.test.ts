// Sending and drafts through the Gmail API: what becomes of the bytes, of the thread on both sides, and of ids.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { base64url, GoogleClient } from '../../../test/support/google-client.ts';
import { type Sandbox, startSandbox } from '../sandbox.ts';
import { GMAIL_SCOPES } from './scopes.ts';

const JANE = 'jane@gmail.example';
const JOE = 'joe@gmail.example';

let sandbox: Sandbox;
let jane: GoogleClient;
let joe: GoogleClient;

beforeAll(async () => {
  sandbox = await startSandbox({ users: [JANE, JOE].map((email) => ({ email, appPassword: 'abcdefghijklmnop' })) });
  jane = new GoogleClient(sandbox, JANE, [GMAIL_SCOPES.F]);
  joe = new GoogleClient(sandbox, JOE, [GMAIL_SCOPES.F]);
});
afterAll(() => sandbox?.close());
afterEach(() => {
  sandbox.script.clear();
  sandbox.google.advance(60_000);
  for (const user of sandbox.users) for (const { id } of user.truth()) user.remove(id);
});

const letter = (subject: string, fields = `To: Joe <${JOE}>\r\n`, from = JANE) =>
  `From: Jane <${from}>\r\n${fields}Subject: ${subject}\r\nMessage-ID: <mine@example.org>\r\nX-Mark: kept\r\n\r\nHello.\r\n`;
const send = (mail: string, more: object = {}) => jane.post('messages/send', { raw: base64url(mail), ...more });
const rawOf = async (client: GoogleClient, id: string) =>
  Buffer.from((await client.get(`messages/${id}?format=raw`)).body.raw, 'base64url').toString();
const newest = async (client: GoogleClient) => (await client.ids())[0]!;
const messageIdIn = (raw: string) => /^Message-ID: <(.*)>\r$/m.exec(raw)?.[1];

describe('a mail that is sent through the API', () => {
  it('lies in Sent and with its readers, under a Message-ID that Gmail made', async () => {
    const { status, body } = await send(letter('Plans'));
    expect([status, body.labelIds]).toEqual([200, ['SENT']]);
    const mine = await rawOf(jane, body.id);
    const theirs = await rawOf(joe, await newest(joe));
    expect(messageIdIn(mine)).toMatch(/^CA[\w+=-]+@mail\.gmail\.com$/);
    expect(messageIdIn(theirs)).toBe(messageIdIn(mine));
    expect(mine).toContain('X-Mark: kept\r\n');
    expect(mine).not.toContain('mine@example.org');
    expect(sandbox.user(JANE).truth()).toMatchObject([{ id: body.id, labels: ['\\Sent'], flags: ['\\Seen'] }]);
    expect(sandbox.user(JOE).truth()).toMatchObject([{ labels: ['\\Inbox'], flags: [] }]);
    expect(await jane.ids(`q=${encodeURIComponent(`rfc822msgid:${messageIdIn(mine)}`)}`)).toEqual([body.id]);
  });

  it('goes to whom its headers name; Bcc stays in Sent and with nobody else', async () => {
    const { body } = await send(letter('Quiet', `To: out@elsewhere.example\r\nBcc: ${JOE}\r\n`));
    expect(await rawOf(jane, body.id)).toContain(`Bcc: ${JOE}\r\n`);
    expect(await rawOf(joe, await newest(joe))).not.toMatch(/^Bcc:/m);
    expect(sandbox.submissions.at(-1)?.recipients).toEqual(['out@elsewhere.example', JOE]);
  });

  it('gets the address of the account where From is another', async () => {
    const { body } = await send(letter('Who', undefined, 'boss@example.org'));
    expect(await rawOf(jane, body.id)).toContain(`From: Jane <${JANE}>\r\n`);
    const bare = (await send(`To: ${JOE}\r\n\r\nNo From.\r\n`)).body;
    expect(await rawOf(jane, bare.id)).toContain(`From: <${JANE}>\r\n`);
  });

  it.each([
    ['no recipient', letter('x', ''), 400, 'Recipient address required'],
    ['a bad recipient', letter('x', 'To: nobody\r\n'), 400, 'Invalid To header'],
    ['a bad copy', letter('x', `To: ${JOE}\r\nCc: <a b@c>\r\n`), 400, 'Invalid Cc header'],
    ['nothing', '', 400, "'raw' RFC822 payload message string"],
  ])('is refused with %s', async (_, mail, status, message) => {
    const answer = await send(mail);
    expect([answer.status, answer.body.error.message]).toEqual([status, expect.stringContaining(message)]);
    expect(sandbox.user(JANE).size + sandbox.user(JOE).size).toBe(0);
  });

  it('is refused when its bytes are no base64', async () => {
    expect((await jane.post('messages/send', { raw: '§§§' })).status).toBe(400);
    expect((await jane.ask('POST', 'messages/send', '{')).status).toBe(400);
  });

  it('may be uploaded, alone or beside its thread', async () => {
    const upload = '/upload/gmail/v1/users/me/messages/send?uploadType=';
    const media = await jane.ask('POST', `${upload}media`, Buffer.from(letter('Media')), {
      'content-type': 'message/rfc822',
    });
    expect(media.status).toBe(200);
    const body = [
      '--b',
      'Content-Type: application/json; charset=UTF-8',
      '',
      JSON.stringify({ threadId: media.body.threadId }),
      '--b',
      'Content-Type: message/rfc822',
      '',
      letter('Re: Media'),
      '--b--',
    ].join('\r\n');
    const both = await jane.ask('POST', `${upload}multipart`, body, {
      'content-type': 'multipart/related; boundary=b',
    });
    expect([both.status, both.body.threadId]).toEqual([200, media.body.threadId]);
    expect(await rawOf(jane, both.body.id)).toMatch(/Hello\.\r\n$/);
    expect((await jane.ask('POST', `${upload}resumable`, '{}')).status).toBe(501);
  });
});

describe('the thread of an answer', () => {
  /** Joe writes, Jane has it. */
  async function question() {
    await joe.post('messages/send', { raw: base64url(letter('Plans', `To: ${JANE}\r\n`, JOE)) });
    const id = await newest(jane);
    const parent = messageIdIn(await rawOf(jane, id));
    const { threadId } = (await jane.get(`messages/${id}?format=minimal`)).body;
    const theirs = (await joe.get(`messages/${await newest(joe)}?format=minimal`)).body.threadId;
    return { threadId, theirs, headers: `To: ${JOE}\r\nIn-Reply-To: <${parent}>\r\nReferences: <${parent}>\r\n` };
  }
  const threadAtJoe = async () => (await joe.get(`messages/${await newest(joe)}?format=minimal`)).body.threadId;

  it.each([
    ['threadId, headers and subject', { headers: true, subject: 'Re: Plans', thread: true }, true, true],
    ['no headers', { headers: false, subject: 'Re: Plans', thread: true }, true, false],
    ['another subject', { headers: true, subject: 'News', thread: true }, false, false],
    ['no threadId', { headers: true, subject: 'Re: Plans', thread: false }, false, true],
  ])('with %s', async (_, { headers, subject, thread }, joinsMine, joinsTheirs) => {
    const asked = await question();
    const { body } = await send(
      letter(subject, headers ? asked.headers : undefined),
      thread ? { threadId: asked.threadId } : {},
    );
    expect([body.threadId === asked.threadId, (await threadAtJoe()) === asked.theirs]).toEqual([
      joinsMine,
      joinsTheirs,
    ]);
  });

  it('is refused when the thread is nobody’s or another person’s', async () => {
    const { theirs } = await question();
    expect((await send(letter('Re: Plans'), { threadId: 'abc123' })).status).toBe(404);
    expect((await send(letter('Re: Plans'), { threadId: theirs })).status).toBe(404);
  });

  it('is read as a whole, oldest first, with what lies in Trash', async () => {
    const asked = await question();
    const { body } = await send(letter('Re: Plans', asked.headers), { threadId: asked.threadId });
    await jane.post(`messages/${body.id}/trash`);
    const thread = (await jane.get(`threads/${asked.threadId}?format=metadata&metadataHeaders=Subject`)).body;
    expect(
      thread.messages.map(({ payload }: { payload: { headers: { value: string }[] } }) => payload.headers[0]?.value),
    ).toEqual(['Plans', 'Re: Plans']);
    expect((await jane.get('threads')).body.threads).toMatchObject([{ id: asked.threadId }]);
    expect((await jane.get(`threads/${asked.threadId}?format=raw`)).status).toBe(400);
  });
});

describe('an answer to a send that was lost', () => {
  it('has been sent, or has not, as the fault says', async () => {
    sandbox.script.add(JANE, { kind: 'google-drop', operation: 'messages.send', stage: 'after' });
    await expect(send(letter('Taken'))).rejects.toThrow('fetch failed');
    sandbox.script.add(JANE, { kind: 'google-drop', operation: 'messages.send', stage: 'before' });
    await expect(send(letter('Never came'))).rejects.toThrow('fetch failed');
    sandbox.script.add(JANE, { kind: 'google-answer', operation: 'messages.send', status: 503, times: 1 });
    expect((await send(letter('Refused'))).status).toBe(503);
    expect(await jane.ids('q=in:sent')).toHaveLength(1);
    expect(await rawOf(joe, await newest(joe))).toContain('Subject: Taken');
  });
});

describe('a draft', () => {
  const draft = (subject: string, more: object = {}) => ({ message: { raw: base64url(letter(subject)), ...more } });

  it('keeps its id through changes, while its message is another each time', async () => {
    const made = (await jane.post('drafts', draft('One'))).body;
    expect(made.message.labelIds).toEqual(['DRAFT']);
    const changed = (await jane.ask('PUT', `drafts/${made.id}`, draft('Two'))).body;
    expect(changed.id).toBe(made.id);
    expect(changed.message.id).not.toBe(made.message.id);
    expect((await jane.get(`messages/${made.message.id}`)).status).toBe(404);
    const { body } = await jane.get(`drafts/${made.id}?format=raw`);
    expect(Buffer.from(body.message.raw, 'base64url').toString()).toBe(letter('Two'));
    expect((await jane.get('drafts')).body.drafts).toEqual([
      { id: made.id, message: { id: changed.message.id, threadId: changed.message.threadId } },
    ]);
    expect((await jane.get(`drafts/${changed.message.id}`)).status).toBe(404);
  });

  it('is sent as another message and is a draft no more', async () => {
    const made = (await jane.post('drafts', draft('Ready'))).body;
    const { body } = await jane.post('drafts/send', { id: made.id });
    expect(body).toMatchObject({ threadId: made.message.threadId, labelIds: ['SENT'] });
    expect(body.id).not.toBe(made.message.id);
    expect((await jane.get('drafts')).body).toEqual({ resultSizeEstimate: 0 });
    expect(await rawOf(joe, await newest(joe))).toContain('Subject: Ready');
    expect((await jane.post('drafts/send', { id: made.id })).status).toBe(404);
  });

  it('stays when it cannot be sent', async () => {
    const made = (await jane.post('drafts', { message: { raw: base64url(letter('To nobody', '')) } })).body;
    expect((await jane.post('drafts/send', { id: made.id })).status).toBe(400);
    expect((await jane.get(`drafts/${made.id}`)).status).toBe(200);
    expect((await jane.ask('DELETE', `drafts/${made.id}`)).status).toBe(204);
    expect((await jane.ask('DELETE', `drafts/${made.id}`)).status).toBe(404);
  });

  it('joins the thread that it names', async () => {
    const { body } = await send(letter('Plans'));
    const answer = (await jane.post('drafts', draft('Re: Plans', { threadId: body.threadId }))).body;
    expect(answer.message.threadId).toBe(body.threadId);
    expect((await jane.post('drafts', draft('Re: Plans'))).body.message.threadId).not.toBe(body.threadId);
  });

  it('that IMAP made is one here too', async () => {
    const user = sandbox.user(JANE);
    user.append(Buffer.from(letter('By IMAP')), { labels: ['\\Draft'], flags: ['\\Seen'] });
    const { drafts } = (await jane.get('drafts')).body;
    expect(drafts).toHaveLength(1);
    expect((await jane.get(`drafts/${drafts[0].id}`)).body.message.labelIds).toEqual(['DRAFT']);
  });
});
