// Sending by the Gmail API, and keeping drafts there, against the pretend Gmail.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openGmailDrafts } from '../../src/backend/gmail/drafts.ts';
import { GmailLimits } from '../../src/backend/gmail/quota.ts';
import { openGmailSender } from '../../src/backend/gmail/sender.ts';
import type { AccessTokens, MailDrafts, MailSender } from '../../src/backend/port.ts';
import { AppError } from '../../src/base/errors.ts';
import { GMAIL_SCOPES } from '../../src/sandbox/google/scopes.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { SYSTEM_CLOCK } from '../../src/sync/clock.ts';
import { JANE, JOE, OUTSIDE, outgoing, senderContract } from './mail-sender.ts';

const server = (gmail: Sandbox, silenceMs?: number) => ({
  apiUrl: gmail.google.origin,
  topic: null,
  limits: new GmailLimits({ clock: SYSTEM_CLOCK }),
  ...(silenceMs !== undefined && { silenceMs }),
});

function tokensOf(gmail: Sandbox, scopes?: readonly string[]): AccessTokens {
  const { accessToken } = gmail.google.allow(JANE.email, scopes);
  return { current: async () => accessToken, instead: async () => gmail.google.allow(JANE.email, scopes).accessToken };
}

senderContract('the Gmail API', {
  open: (gmail, patienceMs) => openGmailSender(server(gmail, patienceMs), tokensOf(gmail), JANE.email),
  plan: (gmail, trouble) => {
    const of = { operation: 'messages.send' } as const;
    const faults = {
      limit: { kind: 'google-answer', status: 429, reason: 'rateLimitExceeded', ...of },
      refusal: { kind: 'google-answer', status: 400, reason: 'invalidArgument', message: 'Invalid To header', ...of },
      'lost-answer': { kind: 'google-drop', stage: 'after', ...of },
      silence: { kind: 'google-mute', stage: 'after', ...of },
    } as const;
    gmail.script.add(JANE.email, faults[trouble]);
  },
});

const nothing = async (): Promise<void> => undefined;
const QUESTION = `From: ${JOE.email}\r\nTo: ${JANE.email}\r\nSubject: Lunch\r\nMessage-ID: <q@gmail.com>\r\n\r\nWhen?\r\n`;
const ANSWER = `From: ${JANE.email}\r\nTo: ${JOE.email}\r\nSubject: Re: Lunch\r\nMessage-ID: <a.1@gmail.com>\r\nIn-Reply-To: <q@gmail.com>\r\nReferences: <q@gmail.com>\r\n\r\nNow.\r\n`;

let gmail: Sandbox;
beforeEach(async () => {
  gmail = await startSandbox({ users: [JANE, JOE] });
});
afterEach(() => gmail.close());

describe('a mail by the Gmail API', () => {
  let sender: MailSender;
  const open = (scopes?: readonly string[]) => openGmailSender(server(gmail), tokensOf(gmail, scopes), JANE.email);
  beforeEach(() => {
    sender = open();
  });
  afterEach(() => sender.close());

  it('has Google’s ids at once, and a copy that bears our mark and another Message-ID', async () => {
    const outcome = await sender.send(outgoing([JOE.email, OUTSIDE]), nothing);
    const [truth] = gmail.user(JANE.email).truth();
    expect(outcome).toEqual({
      kind: 'accepted',
      refused: [],
      ids: { messageId: truth!.id, threadId: truth!.threadId },
    });
    const text = gmail.user(JANE.email).find(truth!.id)!.raw.toString();
    expect(text).toContain('X-Mailroom-Message-ID: <a.1@gmail.com>\r\n');
    expect(text).toContain(`Bcc: ${OUTSIDE}\r\n`);
    expect(text).toMatch(/^Message-ID: <CA[^>]*@mail\.gmail\.com>\r$/m);
  });

  it('joins the thread that it answers, and goes without one that a person has deleted', async () => {
    const question = gmail.user(JANE.email).deliver(QUESTION);
    const reply = { ...outgoing(), raw: Buffer.from(ANSWER) };
    expect(await sender.send({ ...reply, threadId: question.threadId }, nothing)).toMatchObject({
      ids: { threadId: question.threadId },
    });
    const before = gmail.submissions.length;
    const outcome = await sender.send({ ...reply, threadId: 'abcdef0123' }, nothing);
    expect(outcome).toMatchObject({ kind: 'accepted', ids: { threadId: expect.not.stringMatching('abcdef0123') } });
    expect(gmail.submissions).toHaveLength(before + 1);
  });

  it('of many megabytes joins its thread too, and lies there as it was', async () => {
    const question = gmail.user(JANE.email).deliver(QUESTION);
    const raw = Buffer.from(`${ANSWER}${`${'x'.repeat(70)}\r\n`.repeat(90_000)}`);
    const outcome = await sender.send({ ...outgoing(), raw, threadId: question.threadId }, nothing);
    expect(outcome).toMatchObject({ kind: 'accepted', ids: { threadId: question.threadId } });
    expect(gmail.submissions[0]!.raw.toString()).toBe(`X-Mailroom-Message-ID: <a.1@gmail.com>\r\n${raw}`);
  });

  it('of many megabytes goes inside the JSON, and into its thread, where there is no place to upload to', async () => {
    const question = gmail.user(JANE.email).deliver(QUESTION);
    const raw = Buffer.from(`${ANSWER}${`${'x'.repeat(70)}\r\n`.repeat(56_000)}`);
    gmail.script.add(JANE.email, { kind: 'google-answer', operation: 'messages.send', status: 404, times: 2 });
    const outcome = await sender.send({ ...outgoing(), raw, threadId: question.threadId }, nothing);
    expect(outcome).toMatchObject({ kind: 'accepted', ids: { threadId: question.threadId } });
    expect(gmail.submissions).toHaveLength(1);
  });

  it.each([
    [500, 'backendError'],
    [503, 'backendError'],
    [504, 'backendError'],
  ])('that is answered %i may have been taken, and is not handed over again', async (status, reason) => {
    gmail.script.add(JANE.email, { kind: 'google-answer', operation: 'messages.send', status, reason });
    expect(await sender.send(outgoing(), nothing)).toMatchObject({ kind: 'unknown' });
    expect(gmail.google.count('messages.send')).toBe(1);
  });

  it('is asked for once although the connection ends before an answer', async () => {
    gmail.script.add(JANE.email, { kind: 'google-drop', stage: 'before', operation: 'messages.send' });
    expect(await sender.send(outgoing(), nothing)).toMatchObject({ kind: 'unknown' });
    expect(gmail.google.count('messages.send')).toBe(1);
    expect(gmail.submissions).toEqual([]);
  });

  it('waits until the time that a limit names, while reading goes on', async () => {
    const until = new Date(Date.now() + 3 * 3_600_000).toISOString();
    const message = `User-rate limit exceeded.  Retry after ${until} (Mail sending)`;
    const fault = {
      kind: 'google-answer',
      operation: 'messages.send',
      status: 429,
      reason: 'rateLimitExceeded',
    } as const;
    gmail.script.add(JANE.email, { ...fault, message });
    const there = server(gmail);
    sender = openGmailSender(there, tokensOf(gmail), JANE.email);
    expect(await sender.send(outgoing(), nothing)).toMatchObject({
      temporary: true,
      forAll: true,
      error: { code: 'rate_limited', retryAt: Date.parse(until) },
    });
    expect(there.limits.of(JANE.email).wait(20, false)).toBe(0);
  });

  it('says which field Gmail does not take, and which consent is missing', async () => {
    const text = `From: ${JANE.email}\r\nTo: joe@gmail.com\r\nSubject: x\r\n\r\ny\r\n`;
    const fault = {
      kind: 'google-answer',
      operation: 'messages.send',
      status: 400,
      reason: 'invalidArgument',
    } as const;
    gmail.script.add(JANE.email, { ...fault, message: 'Invalid Cc header', times: 1 });
    const mail = { ...outgoing(['joe@gmail.com']), raw: Buffer.from(text) };
    expect(await sender.send(mail, nothing)).toMatchObject({ error: { code: 'invalid_input', field: 'cc' } });
    sender = open([GMAIL_SCOPES.R]);
    const outcome = await sender.send(mail, nothing);
    expect(outcome).toMatchObject({ kind: 'refused', temporary: false, forAll: true, error: { code: 'forbidden' } });
    expect(outcome.kind === 'refused' && outcome.error.message).toContain('gmail.send');
    expect(gmail.submissions).toEqual([]);
  });

  it('takes a new token once when the first is refused', async () => {
    gmail.google.grants.expireAccess();
    expect(await sender.send(outgoing(), nothing)).toMatchObject({ kind: 'accepted' });
    expect(gmail.submissions).toHaveLength(1);
  });

  it('does not begin to leave while there is no token', async () => {
    const gone = new AppError('account_rejected', 'Google no longer accepts the grant.');
    const tokens = { current: () => Promise.reject(gone), instead: () => Promise.reject(gone) };
    sender = openGmailSender(server(gmail), tokens, JANE.email);
    let left = false;
    const outcome = await sender.send(outgoing(), async () => {
      left = true;
    });
    expect(outcome).toMatchObject({ kind: 'refused', temporary: false, forAll: true, error: gone });
    expect([left, gmail.google.requests]).toEqual([false, []]);
  });

  it('goes to nobody when its header does not name exactly those whom it is for', async () => {
    const mail = outgoing([JOE.email]);
    const other = { ...mail, raw: Buffer.from(`Cc: ${OUTSIDE}\r\n${Buffer.from(mail.raw)}`) };
    expect(await sender.send(other, nothing)).toMatchObject({ kind: 'refused', error: { code: 'internal' } });
    expect(gmail.google.requests).toEqual([]);
  });
});

describe('a draft by the Gmail API', () => {
  let drafts: MailDrafts;
  const open = (scopes?: readonly string[]) => openGmailDrafts(server(gmail), tokensOf(gmail, scopes), JANE.email);
  const draft = (text: string, more: object = {}) => ({
    raw: Buffer.from(text),
    threadId: null,
    replaces: null,
    ...more,
  });
  const held = () =>
    gmail
      .user(JANE.email)
      .truth()
      .filter(({ labels }) => labels.includes('\\Draft'));
  beforeEach(() => {
    drafts = open();
  });
  afterEach(() => drafts.close());

  it('has an id of its own, and keeps it while its message is another', async () => {
    const question = gmail.user(JANE.email).deliver(QUESTION);
    const first = await drafts.save(draft(ANSWER, { threadId: question.threadId }));
    expect(first).toMatchObject({ draftId: expect.any(String), ids: { threadId: question.threadId } });
    const replaces = { kind: 'id', draftId: first.draftId! };
    const second = await drafts.save(
      draft(ANSWER.replace('Now.', 'Later.'), { threadId: question.threadId, replaces }),
    );
    expect(second).toMatchObject({ draftId: first.draftId, ids: { threadId: question.threadId } });
    expect(held()).toMatchObject([{ id: second.ids!.messageId }]);
    expect(gmail.user(JANE.email).find(second.ids!.messageId)!.raw.toString()).toContain('Later.');
    expect(gmail.submissions).toEqual([]);
  });

  it('stays in its thread when nobody names that', async () => {
    const question = gmail.user(JANE.email).deliver(QUESTION);
    const first = await drafts.save(draft(ANSWER, { threadId: question.threadId }));
    const second = await drafts.save(draft(ANSWER, { replaces: { kind: 'id', draftId: first.draftId } }));
    expect(second).toMatchObject({ draftId: first.draftId, ids: { threadId: question.threadId } });
  });

  it('may be of many megabytes, with its thread', async () => {
    const question = gmail.user(JANE.email).deliver(QUESTION);
    const raw = `${ANSWER}${`${'x'.repeat(70)}\r\n`.repeat(90_000)}`;
    const saved = await drafts.save(draft(raw, { threadId: question.threadId }));
    expect(saved.ids!.threadId).toBe(question.threadId);
    expect(gmail.user(JANE.email).find(saved.ids!.messageId)!.raw.length).toBe(raw.length);
  });

  it('is kept without a thread that is no longer there', async () => {
    const saved = await drafts.save(draft(ANSWER, { threadId: 'abcdef0123' }));
    expect(held()).toMatchObject([{ id: saved.ids!.messageId }]);
  });

  it.each(['r-1', 'no such draft', '../messages', ''])('that is not there is not replaced: %j', async (draftId) => {
    const replaces = { kind: 'id', draftId };
    await expect(drafts.save(draft(ANSWER, { replaces }))).rejects.toMatchObject({
      code: 'not_found',
      hint: expect.stringContaining('draft_id'),
    });
    expect(held()).toEqual([]);
  });

  it('is not made twice when its answer is lost, and says that it may be there', async () => {
    gmail.script.add(JANE.email, { kind: 'google-drop', stage: 'after', operation: 'drafts.create' });
    await expect(drafts.save(draft(ANSWER))).rejects.toMatchObject({
      code: 'unavailable',
      hint: expect.stringContaining('in:drafts'),
    });
    expect(held()).toHaveLength(1);
  });

  it('says which consent is missing', async () => {
    drafts = open([GMAIL_SCOPES.R, GMAIL_SCOPES.S]);
    await expect(drafts.save(draft(ANSWER))).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('gmail.compose'),
    });
  });
});
