// Sending by SMTP, against the pretend Gmail: the contract, and each answer that the protocol has.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { MailSender } from '../../src/backend/port.ts';
import { openSmtpSender } from '../../src/backend/smtp/sender.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { JANE, JOE, OUTSIDE, outgoing, senderContract } from './mail-sender.ts';

senderContract('SMTP', {
  open: (gmail, patienceMs = 5000) =>
    openSmtpSender({ host: 'localhost', port: gmail.smtp.port, ca: gmail.ca }, JANE, { patienceMs }),
  plan: (gmail, trouble) => {
    const faults = {
      limit: { kind: 'smtp-answer', stage: 'mail', text: '550 5.4.5 Daily user sending limit exceeded.' },
      refusal: { kind: 'smtp-answer', stage: 'end', text: '550 5.7.1 This message is likely spam.' },
      'lost-answer': { kind: 'smtp-drop', stage: 'end' },
      silence: { kind: 'smtp-mute' },
    } as const;
    gmail.script.add(JANE.email, faults[trouble]);
  },
});

let gmail: Sandbox;
let sender: MailSender;

beforeEach(async () => {
  gmail = await startSandbox({ users: [JANE, JOE] });
  sender = open();
});
afterEach(async () => {
  await sender.close();
  await gmail.close();
});

const open = (login = JANE, patienceMs = 5000): MailSender =>
  openSmtpSender({ host: 'localhost', port: gmail.smtp.port, ca: gmail.ca }, login, { patienceMs });

const mail = outgoing;
const wire = () => gmail.submissions.map(({ recipients }) => recipients);

describe('a mail that is taken', () => {
  it('reaches each recipient byte for byte, and lies in Sent once', async () => {
    const dots = mail([JOE.email, OUTSIDE], '.\r\n..two\r\n. three\r\nend without a line end');
    const beforeEnd = vi.fn(async () => undefined);
    expect(await sender.send(dots, beforeEnd)).toEqual({ kind: 'accepted', refused: [] });
    expect(beforeEnd).toHaveBeenCalledOnce();
    expect(gmail.submissions).toHaveLength(1);
    expect(gmail.submissions[0]).toMatchObject({ from: JANE.email, recipients: [JOE.email, OUTSIDE] });
    expect(gmail.submissions[0]!.raw.toString()).toBe(`${Buffer.from(dots.raw).toString()}\r\n`);
    expect(gmail.user(JANE.email).truth()).toMatchObject([{ labels: ['\\Sent'], flags: ['\\Seen'] }]);
    expect(gmail.user(JOE.email).truth()).toMatchObject([{ labels: ['\\Inbox'], flags: [] }]);
  });

  it('goes over the connection of the one before, and over a new one when that was closed', async () => {
    const logins = () =>
      gmail.log.filter(({ protocol, line }) => protocol === 'smtp' && line.startsWith('AUTH')).length;
    await sender.send(mail(), async () => undefined);
    await sender.send(mail(), async () => undefined);
    expect(logins()).toBe(1);
    gmail.script.add(JANE.email, { kind: 'smtp-drop', stage: 'mail' });
    expect(await sender.send(mail(), async () => undefined)).toMatchObject({ kind: 'accepted' });
    expect([logins(), wire().length]).toEqual([2, 3]);
  });
});

describe('a recipient who is refused', () => {
  it('is told with the reason in our words, while the others get the mail', async () => {
    const text = '550 5.1.1 The email account that you tried to reach does not exist. secret-session - gsmtp';
    gmail.script.add(JANE.email, { kind: 'smtp-answer', stage: 'rcpt', recipient: OUTSIDE, text });
    const outcome = await sender.send(mail([JOE.email, OUTSIDE]), async () => undefined);
    expect(outcome).toEqual({
      kind: 'accepted',
      refused: [{ address: OUTSIDE, reason: 'there is no such mailbox (550 5.1.1)', temporary: false }],
    });
    expect(JSON.stringify(outcome)).not.toContain('secret-session');
    expect(wire()).toEqual([[JOE.email]]);
  });

  it.each([
    ['550 5.1.1 No such user', false],
    ['450 4.2.1 The user is receiving mail too quickly', true],
  ])('keeps the mail from leaving when there is no other: %s', async (text, temporary) => {
    gmail.script.add(JANE.email, { kind: 'smtp-answer', stage: 'rcpt', text });
    const outcome = await sender.send(mail(), async () => undefined);
    expect(outcome).toMatchObject({ kind: 'refused', temporary, refused: [{ address: JOE.email, temporary }] });
    expect(wire()).toEqual([]);
  });
});

describe('a mail that is refused', () => {
  it.each([
    ['mail', '451 4.3.0 Temporary System Problem.', 'unavailable', true],
    ['mail', '550 5.4.5 Daily user sending limit exceeded.', 'rate_limited', true],
    ['mail', '552 5.3.4 Message size exceeds fixed maximum message size', 'too_large', false],
    ['end', '451 4.3.0 Temporary System Problem.', 'unavailable', true],
    ['end', '421 4.7.0 Try again later, closing connection.', 'unavailable', true],
    ['end', '550 5.7.1 Our system has detected that this message is spam.', 'invalid_input', false],
    ['end', '552 5.2.3 Your message exceeded size limits.', 'too_large', false],
    [
      'end',
      '552 5.7.0 This message was blocked because its content presents a security issue.',
      'invalid_input',
      false,
    ],
    ['end', '554 5.6.0 Malformed', 'invalid_input', false],
  ] as const)('at %s with %s reaches nobody', async (stage, text, code, temporary) => {
    gmail.script.add(JANE.email, { kind: 'smtp-answer', stage, text });
    const outcome = await sender.send(mail(), async () => undefined);
    expect(outcome).toMatchObject({ kind: 'refused', temporary, error: { code } });
    expect(wire()).toEqual([]);
    gmail.script.clear();
    expect(await sender.send(mail(), async () => undefined)).toMatchObject({ kind: 'accepted' });
  });

  it.each([
    ['wrong-password', 'account_rejected', false],
    ['app-password-required', 'account_rejected', false],
    ['too-many-logins', 'rate_limited', true],
    ['try-later', 'rate_limited', true],
  ] as const)('at the login with %s reaches nobody', async (answer, code, temporary) => {
    gmail.script.add(JANE.email, { kind: 'smtp-login', answer });
    expect(await sender.send(mail(), async () => undefined)).toMatchObject({
      kind: 'refused',
      temporary,
      forAll: true,
      error: { code },
    });
    expect(wire()).toEqual([]);
  });

  it.each([
    'mail',
    'rcpt',
    'end',
  ] as const)('for the day at %s is the account’s limit, not the recipient’s', async (stage) => {
    const text = '550 5.4.5 Daily user sending limit exceeded.';
    gmail.script.add(JANE.email, { kind: 'smtp-answer', stage, text });
    const outcome = await sender.send(mail([JOE.email, OUTSIDE]), async () => undefined);
    expect(outcome).toMatchObject({ kind: 'refused', temporary: true, forAll: true, error: { code: 'rate_limited' } });
    expect(wire()).toEqual([]);
  });

  it('by one recipient is no matter of the others', async () => {
    gmail.script.add(JANE.email, { kind: 'smtp-answer', stage: 'rcpt', text: '550 5.1.1 No such user' });
    expect(await sender.send(mail(), async () => undefined)).toMatchObject({ kind: 'refused', forAll: false });
  });

  it('before the greeting reaches nobody', async () => {
    gmail.script.add('', { kind: 'smtp-answer', stage: 'connect', text: '421 4.7.0 Try again later.', times: 1 });
    const outcome = await sender.send(mail(), async () => undefined);
    expect(outcome).toMatchObject({ kind: 'refused', temporary: true, error: { code: 'rate_limited' } });
    expect(wire()).toEqual([]);
    expect(await sender.send(mail(), async () => undefined)).toMatchObject({ kind: 'accepted' });
  });
});

describe('a connection that is lost', () => {
  it.each(['mail', 'rcpt', 'data'] as const)('at %s has sent nothing and may be tried again', async (stage) => {
    gmail.script.add(JANE.email, { kind: 'smtp-drop', stage, times: 2 });
    const large = mail([JOE.email], 'x\r\n'.repeat(2_000_000));
    const outcome = await sender.send(large, async () => undefined);
    expect(outcome).toMatchObject({ kind: 'refused', temporary: true, error: { code: 'unavailable' } });
    expect(wire()).toEqual([]);
  });

  it('by the server’s own timeout is the same', async () => {
    gmail.script.add(JANE.email, {
      kind: 'smtp-answer',
      stage: 'end',
      text: '451 4.4.2 Timeout - closing connection.',
    });
    expect(await sender.send(mail(), async () => undefined)).toMatchObject({ kind: 'unknown' });
  });

  it('because nobody wants to wait any longer is told at once, as what it is', async () => {
    gmail.script.add(JANE.email, { kind: 'smtp-mute' });
    const left = Promise.withResolvers<void>();
    const waiting = sender.send(mail(), async () => left.resolve());
    await left.promise;
    await vi.waitFor(() => expect(wire()).toHaveLength(1));
    await sender.close();
    expect(await waiting).toMatchObject({ kind: 'unknown' });
    gmail.script.clear();
    const early = sender.send(mail(), () => new Promise(() => undefined));
    await vi.waitFor(() => expect(gmail.log.filter(({ line }) => line.startsWith('AUTH'))).toHaveLength(2));
    await sender.close();
    expect(await early).toMatchObject({ kind: 'refused', temporary: true });
    expect(wire()).toHaveLength(1);
  });
});

it('takes no address that could mean another one on the wire', async () => {
  for (const address of [
    'joe@gmail.com> SIZE=1',
    'a b@c.d',
    '<a@b.c>',
    'a@b.c\r\nRCPT TO:<x@y.z>',
    'ü@b.c',
    'a@@b.c',
    '',
  ]) {
    const outcome = await sender.send(mail([JOE.email, address]), async () => undefined);
    expect(outcome, address).toMatchObject({ kind: 'refused', temporary: false, error: { code: 'internal' } });
  }
  expect(wire()).toEqual([]);
});
