// A real IMAP server, compared with what was put there message by message; and a process that is killed again and again.
import SQLite from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeMails } from '../../src/sandbox/mail-factory.ts';
import { type Dovecot, dovecotAvailable, startDovecot } from '../support/dovecot.ts';
import {
  authorityFile,
  eventually,
  type Mailroom,
  newFolder,
  removeFolder,
  runMailroom,
  startMailroom,
} from '../support/mailroom.ts';
import { type SmtpLogin, startSmtpLogin } from '../support/smtp-login.ts';

const JANE = 'jane@example.com';
const BOB = 'bob@example.com';
const PASSWORD = 'abcdefghijklmnop';
const MAILS = 300;

interface Listed {
  readonly message_id: string;
  readonly subject?: string;
  readonly unread?: boolean;
  readonly labels?: string[];
}

describe.skipIf(!dovecotAvailable())('on Dovecot', () => {
  const folder = newFolder();
  let dovecot: Dovecot;
  let smtp: SmtpLogin;
  let room: Mailroom;
  let env: Record<string, string>;
  let jane: string;
  const put: { raw: string; mailbox: string; flags: readonly string[] }[] = [];

  const letter = (subject: string, body = 'Text.') =>
    `From: Amy <amy@example.org>\r\nTo: ${JANE}\r\nSubject: ${subject}\r\nMessage-ID: <${subject.replaceAll(' ', '.')}@example.org>\r\nDate: Fri, 20 Nov 2026 10:00:00 +0000\r\n\r\n${body}\r\n`;
  const start = () => startMailroom({ folder, env });
  const upToDate = (account: string) =>
    eventually(async () => (await room.rest('GET', `/accounts/${account}`)).body.sync.state === 'up_to_date', 60_000);
  const all = async (account: string, query = 'in:anywhere'): Promise<Listed[]> => {
    const found: Listed[] = [];
    let cursor: string | undefined;
    do {
      const page = await room.tool('search_emails', { account_id: account, query, limit: 50, cursor });
      found.push(...page.messages);
      cursor = page.next_cursor;
    } while (cursor);
    return found;
  };
  const verify = () =>
    new Promise<{ code: number | null; out: string }>((resolve) => {
      const child = runMailroom(['verify', '--server'], { folder, env });
      let out = '';
      child.stdout!.on('data', (chunk) => {
        out += chunk;
      });
      child.on('close', (code) => resolve({ code, out }));
    });

  beforeAll(async () => {
    dovecot = await startDovecot({ layout: 'gmail', users: { [JANE]: PASSWORD, [BOB]: PASSWORD } });
    smtp = await startSmtpLogin(new Map([JANE, BOB].map((user) => [user, PASSWORD])));
    const mails = makeMails(11, MAILS, { owner: JANE });
    for (const [i, mail] of mails.entries()) {
      const mailbox = i % 10 === 0 ? '[Gmail]/Sent Mail' : i % 17 === 0 ? '[Gmail]/Trash' : 'INBOX';
      const flags = i % 3 === 0 ? ['\\Seen'] : [];
      const raw = Buffer.from(mail.raw).toString('latin1');
      put.push({ raw, mailbox, flags });
      await dovecot.deliver(JANE, mailbox, mail.raw, { flags, internalDate: mail.date });
    }
    env = {
      NODE_EXTRA_CA_CERTS: authorityFile(folder, dovecot.ca, smtp.ca),
      GMAIL_IMAP_HOST: 'localhost',
      GMAIL_IMAP_PORT: String(dovecot.port),
      GMAIL_SMTP_HOST: '127.0.0.1',
      GMAIL_SMTP_PORT: '465',
    };
    room = await start();
  }, 120_000);
  afterAll(async () => {
    await room?.end();
    await smtp?.stop();
    await dovecot?.stop();
    removeFolder(folder);
  });

  it('imports everything once although the process is killed again and again', async () => {
    await room.end();
    env.GMAIL_SMTP_PORT = String(smtp.port);
    room = await start();
    const account = await room.tool('add_gmail_account', { user_id: 'u1', email: JANE, app_password: PASSWORD });
    jane = account.account_id;
    for (let round = 0; round < 6; round++) {
      const wanted = 20 + round * 40;
      await eventually(async () => {
        const { sync } = (await room.rest('GET', `/accounts/${jane}`)).body;
        return sync.done >= wanted || sync.state === 'up_to_date';
      });
      await room.end('SIGKILL');
      room = await start();
    }
    await upToDate(jane);
    expect(await all(jane)).toHaveLength(MAILS);
    const { code, out } = await verify();
    expect(out).toMatch(/^ok/);
    expect(code).toBe(0);
    // It starts the product eight times.
  }, 60_000);

  it('shows subject, read mark and place of each mail as they were put there', async () => {
    const held = await all(jane);
    const count = (list: readonly boolean[]) => list.filter(Boolean).length;
    expect(count(held.map((mail) => mail.unread === true))).toBe(count(put.map(({ flags }) => flags.length === 0)));
    const bears = (label: string) => count(held.map((mail) => mail.labels?.includes(label) === true));
    for (const [label, mailbox] of [
      ['INBOX', 'INBOX'],
      ['SENT', '[Gmail]/Sent Mail'],
      ['TRASH', '[Gmail]/Trash'],
    ] as const)
      expect([label, bears(label)]).toEqual([label, put.filter((mail) => mail.mailbox === mailbox).length]);
    expect(new Set(held.map(({ message_id }) => message_id)).size).toBe(MAILS);
  });

  it('shows a mail within five seconds of its delivery, though the interval is a minute', async () => {
    await dovecot.deliver(JANE, 'INBOX', letter('Fresh bread', 'Sourdough zanzibar'));
    const [hit] = await eventually(async () => {
      const found = await all(jane, 'zanzibar');
      return found.length > 0 && found;
    }, 5000);
    expect(hit).toMatchObject({ subject: 'Fresh bread', unread: true, labels: ['INBOX'] });
  });

  it('shows it as soon when it is filed elsewhere, also in a mailbox that was not there', async () => {
    const client = await dovecot.client(JANE);
    await client.mailboxCreate('Lists/Kraken');
    await client.logout();
    for (const mailbox of ['Lists/Kraken', '[Gmail]/Sent Mail']) {
      put.push({ raw: letter(`In ${mailbox}`), mailbox, flags: [] });
      await dovecot.deliver(JANE, mailbox, put.at(-1)!.raw);
      await eventually(async () => (await all(jane, `subject:"In ${mailbox}"`)).length === 1, 5000);
    }
  });

  it('keeps the id of a mail that is moved, and forgets one that is deleted', async () => {
    const [before] = await all(jane, 'zanzibar');
    const client = await dovecot.client(JANE);
    await client.mailboxOpen('INBOX');
    const found = (await client.search({ subject: 'Fresh bread' }, { uid: true })) || [];
    await client.messageMove(found, '[Gmail]/Starred', { uid: true });
    await room.rest('PATCH', `/accounts/${jane}`, { status: 'paused' });
    await room.rest('PATCH', `/accounts/${jane}`, { status: 'active' });
    await eventually(async () => (await all(jane, 'zanzibar'))[0]?.labels?.includes('STARRED'));
    expect((await all(jane, 'zanzibar'))[0]!.message_id).toBe(before!.message_id);
    await client.mailboxOpen('[Gmail]/Starred');
    await client.messageDelete('1:*');
    await client.logout();
    await room.rest('PATCH', `/accounts/${jane}`, { status: 'paused' });
    await room.rest('PATCH', `/accounts/${jane}`, { status: 'active' });
    await eventually(async () => (await all(jane, 'zanzibar')).length === 0);
  });

  it('keeps ids and copies over a change of UIDVALIDITY', async () => {
    const before = (await all(jane)).map(({ message_id }) => message_id).toSorted();
    await room.rest('PATCH', `/accounts/${jane}`, { status: 'paused' });
    await dovecot.changeUidValidity(JANE, 'INBOX', 77_777_777);
    await room.rest('PATCH', `/accounts/${jane}`, { status: 'active' });
    await eventually(async () => (await verify()).code === 0, 30_000);
    expect((await all(jane)).map(({ message_id }) => message_id).toSorted()).toEqual(before);
  });

  it('keeps a draft where the server keeps drafts, and replaces it under the same id', async () => {
    const keep = async (mail: object) => (await room.rest('POST', `/accounts/${jane}/drafts`, mail)).body;
    const count = async () => (await all(jane)).length;
    const before = await count();
    const first = await keep({ to: 'amy@example.org', subject: 'Quillfeather', body: 'One.' });
    expect(first).toMatchObject({ draft_id: expect.stringMatching(/^r-/), message_id: expect.any(String) });
    expect(await all(jane, 'in:drafts quillfeather')).toMatchObject([{ message_id: first.message_id }]);
    const second = await keep({
      draft_id: first.draft_id,
      bcc: 'amy@example.org',
      subject: 'Quillfeather',
      body: 'Two.',
    });
    expect(second.draft_id).toBe(first.draft_id);
    const [kept, ...more] = await all(jane, 'in:drafts quillfeather');
    expect([kept?.message_id, more]).toEqual([second.message_id, []]);
    await eventually(async () => (await all(jane, 'in:trash quillfeather')).length === 1);
    const client = await dovecot.client(JANE);
    for (const [mailbox, words] of [
      ['[Gmail]/Drafts', 'Two.'],
      ['[Gmail]/Trash', 'One.'],
    ] as const) {
      await client.mailboxOpen(mailbox);
      const found = (await client.search({ subject: 'Quillfeather' }, { uid: true })) || [];
      expect(found, mailbox).toHaveLength(1);
      const mail = await client.fetchOne(`${found[0]}`, { flags: true, source: true }, { uid: true });
      expect(mail && [...mail.flags!].toSorted(), mailbox).toEqual(expect.arrayContaining(['\\Draft', '\\Seen']));
      expect(mail && mail.source!.toString(), mailbox).toContain(words);
    }
    await client.logout();
    expect(await count()).toBe(before + 2);
    // Put there by this test, so that the counts of the others hold.
    put.push(...['Drafts', 'Trash'].map((mailbox) => ({ raw: '', mailbox: `[Gmail]/${mailbox}`, flags: ['\\Seen'] })));
  }, 30_000);

  it('stops asking with a password that no longer works, and reads on', async () => {
    await dovecot.changePassword(JANE, 'somethingelsenow');
    await room.rest('PATCH', `/accounts/${jane}`, { status: 'paused' });
    await room.rest('PATCH', `/accounts/${jane}`, { status: 'active' });
    const { body } = await eventually(async () => {
      const answer = await room.rest('GET', `/accounts/${jane}`);
      return answer.body.status === 'needs_reauth' && answer;
    });
    expect(body.last_error).toMatchObject({ code: 'account_rejected' });
    expect((await all(jane)).length).toBe(put.length);
  });

  it('leaves nothing of a removed account on the disk', async () => {
    await room.tool('add_gmail_account', { user_id: 'u2', email: BOB, app_password: PASSWORD });
    const removed = await room.rest('DELETE', `/accounts/${jane}`);
    expect(removed.body).toEqual({ status: 'deleted', account_id: jane });
    await room.end();
    const { readdirSync, readFileSync } = await import('node:fs');
    const files = readdirSync(`${folder}/data`, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    for (const file of files) {
      expect(file.name).not.toContain(jane);
      const bytes = readFileSync(`${file.parentPath}/${file.name}`);
      // Only the audit remembers that there was such an account, by an id that says nothing of it.
      expect(file.name === 'control.sqlite' || !bytes.includes(jane), file.name).toBe(true);
      for (const word of [JANE, PASSWORD]) expect(bytes.includes(word), file.name).toBe(false);
    }
    const control = new SQLite(`${folder}/data/control.sqlite`, { readonly: true });
    const tables = control.prepare("select name from sqlite_master where type = 'table'").pluck().all() as string[];
    const naming = tables.filter((table) =>
      JSON.stringify(control.prepare(`select * from "${table}"`).all()).includes(jane),
    );
    control.close();
    expect(naming).toEqual(['audit']);
    for (const secret of [PASSWORD, 'somethingelsenow', room.key]) expect(room.log.join('\n')).not.toContain(secret);
  });
});
