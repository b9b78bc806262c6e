// Every scripted fault really appears on the wire, for the user it is meant for and no other.
import { ImapFlow } from 'imapflow';
import { createTransport } from 'nodemailer';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ImapLines } from '../../test/support/imap-lines.ts';
import { type Sandbox, startSandbox } from './sandbox.ts';
import type { ImapLoginAnswer, SmtpLoginAnswer } from './script.ts';

const ANNA = 'anna@example.test';
const BEN = 'ben@example.test';
const PASSWORD = 'abcdefghijklmnop';
const LOGIN = `LOGIN ${ANNA} ${PASSWORD}`;

let sandbox: Sandbox;
let open: ImapLines[] = [];

beforeAll(async () => {
  sandbox = await startSandbox({
    users: [
      { email: ANNA, appPassword: PASSWORD, password: 'hunter2' },
      { email: BEN, appPassword: PASSWORD },
    ],
  });
});
afterAll(() => sandbox.close());
beforeEach(() => {
  for (let number = 1; number <= 3; number++) {
    sandbox
      .user(ANNA)
      .deliver(`Subject: mail ${number}\r\nMessage-ID: <${number}@x>\r\n\r\nBody of mail ${number}.\r\n`);
  }
});
afterEach(() => {
  sandbox.script.clear();
  for (const lines of open) lines.close();
  open = [];
  for (const mail of sandbox.user(ANNA).truth()) sandbox.user(ANNA).remove(mail.id);
});

async function lines(): Promise<ImapLines> {
  const client = await ImapLines.open(sandbox.imap.port, sandbox.ca);
  open.push(client);
  return client;
}

/** A session with All Mail open, and the UIDs in it. */
async function inAllMail(): Promise<{ client: ImapLines; uids: number[] }> {
  const client = await lines();
  await client.command(LOGIN);
  await client.command('SELECT "[Gmail]/All Mail"');
  const found = await client.command('UID SEARCH ALL');
  return { client, uids: (/^\* SEARCH(.*)\r/m.exec(found)?.[1] ?? '').trim().split(' ').map(Number) };
}

describe('refused logins', () => {
  const answers: [ImapLoginAnswer, string][] = [
    ['wrong-password', 'NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)'],
    ['app-password-required', 'NO [ALERT] Application-specific password required: '],
    ['web-login', 'NO [ALERT] Please log in via your web browser: '],
    ['web-alert', 'NO [WEBALERT https://'],
    ['imap-disabled', 'NO [ALERT] IMAP access is disabled for your domain.'],
    ['unavailable', 'NO [UNAVAILABLE] Temporary authentication failure'],
    ['too-many-connections', 'NO [ALERT] Too many simultaneous connections. (Failure)'],
    ['overquota', 'NO [ALERT] Account exceeded command or bandwidth limits. (Failure)'],
    ['lookup-failed', 'NO Lookup failed '],
  ];
  it.each(answers)('says %s as Gmail does, to one user only', async (answer, text) => {
    sandbox.script.add(ANNA, { kind: 'imap-login', answer });
    expect(await (await lines()).command(LOGIN)).toContain(text);
    expect(await (await lines()).command(`LOGIN ${BEN} ${PASSWORD}`)).toContain('OK ben@example.test authenticated');
  });

  it('ends a fault after its times', async () => {
    sandbox.script.add(ANNA, { kind: 'imap-login', answer: 'unavailable', times: 2 });
    const client = await lines();
    expect(await client.command(LOGIN)).toContain('NO [UNAVAILABLE]');
    expect(await client.command(LOGIN)).toContain('NO [UNAVAILABLE]');
    expect(await client.command(LOGIN)).toContain('OK anna');
  });

  it('tells a wrong password from the normal one, and takes spaces in the App Password', async () => {
    const client = await lines();
    expect(await client.command(`LOGIN ${ANNA} wrong`)).toContain('[AUTHENTICATIONFAILED]');
    expect(await client.command(`LOGIN ${ANNA} hunter2`)).toContain('[ALERT] Application-specific password required');
    expect(await client.command(`LOGIN ${ANNA} "abcd efgh ijkl mnop"`)).toContain('OK');
  });

  it('refuses the sixteenth connection and takes it again after one has gone', async () => {
    const clients = await Promise.all(Array.from({ length: 16 }, lines));
    for (const client of clients.slice(0, 15)) expect(await client.command(LOGIN)).toContain('OK anna');
    expect(await clients[15]!.command(LOGIN)).toContain('NO [ALERT] Too many simultaneous connections. (Failure)');
    await clients[0]!.command('LOGOUT');
    await clients[0]!.ended();
    expect(await clients[15]!.command(LOGIN)).toContain('OK anna');
  });

  it('refuses the old App Password once it was changed', async () => {
    sandbox.user(ANNA).changePassword('ponmlkjihgfedcba');
    const client = await lines();
    expect(await client.command(LOGIN)).toContain('[AUTHENTICATIONFAILED]');
    sandbox.user(ANNA).changePassword(PASSWORD);
    expect(await client.command(LOGIN)).toContain('OK');
  });

  it('keeps passwords out of its log', async () => {
    const client = await lines();
    await client.command(LOGIN);
    const plain = Buffer.from(`\0${BEN}\0${PASSWORD}`).toString('base64');
    await (await lines()).command(`AUTHENTICATE PLAIN ${plain}`);
    expect(JSON.stringify(sandbox.log)).not.toMatch(new RegExp(`${PASSWORD}|${plain}`));
    expect(sandbox.log.some((entry) => entry.line === 'LOGIN ...')).toBe(true);
  });
});

describe('faults of a session', () => {
  it('answers a command with the scripted text and does not run it', async () => {
    const { client, uids } = await inAllMail();
    const text = 'NO [OVERQUOTA] Account exceeded command or bandwidth limits. (Failure)';
    sandbox.script.add(ANNA, { kind: 'answer', command: 'UID FETCH', text, times: 1 });
    expect(await client.command(`UID FETCH ${uids[0]} (FLAGS)`)).toMatch(/^T\d+ NO \[OVERQUOTA\]/);
    expect(await client.command(`UID FETCH ${uids[0]} (FLAGS)`)).toContain('* 1 FETCH');
  });

  it('says BYE instead of the n-th tagged reply', async () => {
    const { client } = await inAllMail();
    sandbox.script.add(ANNA, { kind: 'bye', beforeReply: 2 });
    expect(await client.command('NOOP')).toContain('OK');
    expect(await client.command('NOOP')).toBe('* BYE Temporary System Problem\r\n');
  });

  it('cuts the connection inside of the n-th literal at the offset', async () => {
    for (const offset of [0, 1, 30]) {
      const { client } = await inAllMail();
      sandbox.script.add(ANNA, { kind: 'cut', literal: 2, offset });
      const received = await client.command('FETCH 1:3 (BODY.PEEK[])');
      const [, first = '', second = ''] = received.split(/BODY\[\] \{\d+\}\r\n/);
      expect(first).toContain('Body of mail 1');
      expect(second).toHaveLength(offset);
    }
  });

  it('refuses one UID for ever and gives the rest of its range', async () => {
    const { client, uids } = await inAllMail();
    sandbox.script.add(ANNA, { kind: 'refuse-uid', uid: uids[1]! });
    for (let round = 0; round < 2; round++) {
      const answer = await client.command(`UID FETCH ${uids[0]}:${uids[2]} (BODY.PEEK[])`);
      expect(answer).toMatch(/^T\d+ NO /m);
      expect(answer.match(/Body of mail \d/g)).toEqual(['Body of mail 1', 'Body of mail 3']);
    }
    expect(await client.command(`UID FETCH ${uids[1]} (FLAGS)`)).toContain(`UID ${uids[1]}`);
  });

  it('leaves the UID out of FETCH', async () => {
    const { client, uids } = await inAllMail();
    sandbox.script.add(ANNA, { kind: 'fetch-without-uid' });
    expect(await client.command(`UID FETCH ${uids[0]} (FLAGS)`)).toContain('* 1 FETCH (FLAGS ())\r\n');
  });

  it('sends FETCH that nobody asked for', async () => {
    const { client, uids } = await inAllMail();
    sandbox.script.add(ANNA, { kind: 'unsolicited-fetch' });
    expect(await client.command(`UID FETCH ${uids[2]} (FLAGS)`)).toMatch(
      /\* 1 FETCH .*\r\n\* 1003 FETCH .*\r\n\* 3 FETCH/,
    );
  });

  it('falls silent in IDLE without closing, and speaks again when it is taken back', async () => {
    const { client } = await inAllMail();
    client.send('I1 IDLE\r\n');
    await client.until(/\+ idling\r\n/);
    const speak = sandbox.script.add(ANNA, { kind: 'silence' });
    sandbox.user(ANNA).deliver('Subject: unheard\r\n\r\nx');
    client.send('DONE\r\nN1 NOOP\r\n');
    // Another connection's whole exchange passes meanwhile: the silent one had its time to answer.
    await (await lines()).command('CAPABILITY');
    expect(client.pending).toBe('');
    speak();
    client.send('DONE\r\n');
    expect(await client.until(/I1 OK/)).not.toContain('EXISTS');
  });

  it('sends no faster than it is told', async () => {
    const { client } = await inAllMail();
    sandbox.user(ANNA).deliver(`Subject: long\r\n\r\n${'x'.repeat(2000)}`);
    sandbox.script.add(ANNA, { kind: 'slow', bytesPerSecond: 4000 });
    const began = performance.now();
    await client.command('NOOP');
    await client.command('FETCH * (BODY.PEEK[])');
    expect(performance.now() - began).toBeGreaterThan(400);
  });

  it('gives UIDVALIDITY as 0 or not at all, and UIDNEXT back or not at all', async () => {
    const { client, uids } = await inAllMail();
    const select = () => client.command('SELECT "[Gmail]/All Mail"');
    const normal = await select();
    expect(normal).toMatch(/UIDVALIDITY [1-9]/);
    expect(normal).toContain(`[UIDNEXT ${uids[2]! + 1}]`);
    sandbox.script.add(ANNA, { kind: 'uid-validity', value: 'zero', times: 1 });
    expect(await select()).toContain('[UIDVALIDITY 0]');
    sandbox.script.clear();
    sandbox.script.add(ANNA, { kind: 'uid-validity', value: 'absent' });
    sandbox.script.add(ANNA, { kind: 'uid-next', value: 'absent' });
    expect(await select()).not.toMatch(/UIDVALIDITY|UIDNEXT/);
    sandbox.script.clear();
    sandbox.script.add(ANNA, { kind: 'uid-next', value: 'back' });
    expect(await select()).toContain(`[UIDNEXT ${uids[2]}]`);
  });

  it('loses a mail between SEARCH and FETCH', async () => {
    const { client, uids } = await inAllMail();
    sandbox.script.add(ANNA, { kind: 'expunge-before-fetch', uid: uids[1]! });
    const answer = await client.command(`UID FETCH ${uids[0]}:${uids[2]} (BODY.PEEK[])`);
    expect(answer.match(/Body of mail \d/g)).toEqual(['Body of mail 1', 'Body of mail 3']);
    expect(answer).toMatch(/\* 2 EXPUNGE\r\nT\d+ OK/);
  });

  it('changes UIDVALIDITY and numbers anew', async () => {
    const { client, uids } = await inAllMail();
    const before = /UIDVALIDITY (\d+)/.exec(await client.command('STATUS INBOX (UIDVALIDITY)'))![1];
    sandbox.user(ANNA).changeUidValidity();
    await client.ended();
    const again = await inAllMail();
    expect(/UIDVALIDITY (\d+)/.exec(await again.client.command('STATUS INBOX (UIDVALIDITY)'))![1]).not.toBe(before);
    expect(again.uids).toEqual([1, 2, 3]);
    expect(uids).not.toEqual([1, 2, 3]);
  });

  it('drops connections without a word', async () => {
    const { client } = await inAllMail();
    sandbox.user(ANNA).dropConnections();
    await client.ended();
    expect(client.pending).toBe('');
  });

  it('sends BYE with OVERQUOTA to a client in IDLE', async () => {
    const imap = new ImapFlow({
      host: 'localhost',
      port: sandbox.imap.port,
      secure: true,
      tls: { ca: sandbox.ca },
      auth: { user: ANNA, pass: PASSWORD },
      logger: false,
    });
    imap.on('error', () => {});
    await imap.connect();
    await imap.mailboxOpen('INBOX');
    const gone = new Promise<void>((resolve) => imap.once('close', resolve));
    const idle = imap.idle().catch(() => false);
    sandbox.script.add(ANNA, { kind: 'bye-in-idle' });
    await gone;
    await idle;
    expect(imap.usable).toBe(false);
  });
});

describe('SMTP logins', () => {
  const verify = (user: string, pass: string) =>
    createTransport({
      host: '127.0.0.1',
      port: sandbox.smtp.port,
      requireTLS: true,
      auth: { user, pass },
      tls: { ca: sandbox.ca, servername: 'localhost' },
    })
      .verify()
      .then(
        () => 'accepted',
        (error: { response?: string }) => error.response ?? String(error),
      );

  it('accepts the App Password and no other', async () => {
    expect(await verify(ANNA, PASSWORD)).toBe('accepted');
    expect(await verify(ANNA, 'wrong')).toMatch(/^535 5\.7\.8 /);
    expect(await verify(ANNA, 'hunter2')).toMatch(/^534 5\.7\.9 /);
    expect(await verify('nobody@example.test', PASSWORD)).toMatch(/^535 5\.7\.8 /);
  });

  it.each<[SmtpLoginAnswer, RegExp]>([
    ['wrong-password', /^535 5\.7\.8 /],
    ['app-password-required', /^534 5\.7\.9 /],
    ['web-login', /^534 5\.7\.14 /],
    ['too-many-logins', /^454 4\.7\.0 /],
    ['try-later', /^421 4\.7\.0 /],
  ])('says %s by script', async (answer, text) => {
    sandbox.script.add(ANNA, { kind: 'smtp-login', answer });
    expect(await verify(ANNA, PASSWORD)).toMatch(text);
    expect(await verify(BEN, PASSWORD)).toBe('accepted');
  });
});
