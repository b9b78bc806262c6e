// A sync that is killed at write after write, each run further than the one before: nothing lost, nothing twice.
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import SQLite from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeMails } from '../../src/sandbox/mail-factory.ts';
import { verifyMailbox } from '../../src/store/verify-mailbox.ts';
import { type Dovecot, dovecotAvailable, startDovecot } from '../support/dovecot.ts';
import {
  authorityFile,
  eventually,
  newFolder,
  ranMailroom,
  removeFolder,
  runMailroom,
  startMailroom,
} from '../support/mailroom.ts';
import { type SmtpLogin, startSmtpLogin } from '../support/smtp-login.ts';
import { killAt, straceAvailable } from '../support/strace.ts';

const JANE = 'jane@example.com';
const PASSWORD = 'abcdefghijklmnop';
const MAILS = 120;
/** strace counts no further. */
const NEVER = 65_535;

interface Listed {
  readonly message_id: string;
  readonly subject?: string;
  readonly unread?: boolean;
  readonly labels?: string[];
}

describe.skipIf(!dovecotAvailable() || !straceAvailable())('a process killed at a write', () => {
  const folder = newFolder();
  const mailboxes = `${folder}/data/mailboxes`;
  let dovecot: Dovecot;
  let smtp: SmtpLogin;
  let env: Record<string, string>;
  let jane: string;
  /** What each mail must look like: its place and its read mark, by subject and date. */
  const put: string[] = [];

  beforeAll(async () => {
    dovecot = await startDovecot({ layout: 'gmail', users: { [JANE]: PASSWORD } });
    smtp = await startSmtpLogin(new Map([[JANE, PASSWORD]]));
    for (const [i, mail] of makeMails(23, MAILS, { owner: JANE }).entries()) {
      const sent = i % 8 === 0;
      const seen = i % 3 === 0;
      const raw = Buffer.from(mail.raw)
        .toString('latin1')
        .replace(/^Subject:.*(\r\n[ \t].*)*/im, `Subject: Mail number ${i}`);
      put.push(`Mail number ${i} ${sent ? 'SENT' : 'INBOX'} ${seen ? 'read' : 'unread'}`);
      await dovecot.deliver(JANE, sent ? '[Gmail]/Sent Mail' : 'INBOX', Buffer.from(raw, 'latin1'), {
        flags: seen ? ['\\Seen'] : [],
        internalDate: mail.date,
      });
    }
    env = {
      NODE_EXTRA_CA_CERTS: authorityFile(folder, dovecot.ca, smtp.ca),
      GMAIL_IMAP_HOST: 'localhost',
      GMAIL_IMAP_PORT: String(dovecot.port),
      GMAIL_SMTP_HOST: '127.0.0.1',
      GMAIL_SMTP_PORT: String(smtp.port),
    };
    const room = await startMailroom({ folder, env });
    ({ account_id: jane } = await room.tool('add_gmail_account', {
      user_id: 'u1',
      email: JANE,
      app_password: PASSWORD,
    }));
    await room.end('SIGKILL');
  }, 60_000);
  afterAll(async () => {
    await smtp?.stop();
    await dovecot?.stop();
    removeFolder(folder);
  });

  /** Runs until it is killed, or until the copy is whole, and then ends it; answers whether it lived. */
  async function survives(call: string, n: number): Promise<boolean> {
    const child = runMailroom(['serve'], { folder, env, under: killAt(call, n) });
    const over = once(child, 'exit');
    const whole = Promise.withResolvers<number>();
    createInterface({ input: child.stderr! }).on('line', (line) => {
      if (!line.includes('"msg":"ready"')) return;
      const { url, pid } = JSON.parse(line) as { url: string; pid: number };
      const isWhole = async () => {
        if (child.exitCode !== null || child.signalCode !== null) return true;
        const headers = { authorization: 'Bearer sk_test_0123456789abcdef' };
        const answer = await fetch(`${url}/accounts/${jane}`, { headers });
        return ((await answer.json()) as { sync: { state: string } }).sync.state === 'up_to_date';
      };
      eventually(isWhole, 30_000).then(() => whole.resolve(pid), whole.reject);
    });
    const pid = await Promise.race([over.then(() => 0), whole.promise]);
    if (pid === 0 || child.exitCode !== null || child.signalCode !== null) return false;
    process.kill(pid, 'SIGKILL');
    await over;
    return true;
  }

  /** Whatever is on the disk agrees with itself. */
  function agrees(): void {
    for (const name of existsSync(mailboxes) ? readdirSync(mailboxes) : []) {
      if (!name.endsWith('.sqlite')) continue;
      // One that may write, since a killed process can leave something to put in order.
      const db = new SQLite(`${mailboxes}/${name}`);
      try {
        if (Number(db.pragma('user_version', { simple: true })) > 0) expect(verifyMailbox(db)).toEqual([]);
      } finally {
        db.close();
      }
    }
  }

  async function holdsEverythingOnce(): Promise<void> {
    const { code, out } = await ranMailroom(['verify', '--server'], { folder, env });
    expect([code, out]).toEqual([0, `ok    ${jane}  ${MAILS} mails, ${MAILS} copies\n`]);
    const room = await startMailroom({ folder, env });
    const held: Listed[] = [];
    let cursor: string | undefined;
    do {
      const page = await room.tool('search_emails', { account_id: jane, query: 'in:anywhere', limit: 50, cursor });
      held.push(...page.messages);
      cursor = page.next_cursor;
    } while (cursor);
    await room.end();
    expect(new Set(held.map(({ message_id }) => message_id)).size).toBe(MAILS);
    const shown = held.map(
      ({ subject, labels, unread }) =>
        `${subject} ${labels?.includes('SENT') ? 'SENT' : labels?.includes('INBOX') ? 'INBOX' : ''} ${unread ? 'unread' : 'read'}`,
    );
    expect(shown.toSorted()).toEqual(put.toSorted());
  }

  // Commits of a mailbox are writes to its log; fsync makes them last when it is folded into the file, and each of control's.
  it.each([
    ['pwrite64', [1, 2, 4, 8, 16, 40, 100, 250, 600, 1500]],
    ['fsync', [1, 2, 3, 5, 8, 13]],
  ] as const)(
    'loses nothing and stores nothing twice (%s)',
    async (call, stops) => {
      rmSync(mailboxes, { recursive: true, force: true });
      let killed = 0;
      let lived = false;
      for (const n of stops) {
        lived = await survives(call, n);
        agrees();
        if (lived) break;
        killed++;
      }
      expect(lived || (await survives(call, NEVER))).toBe(true);
      expect(killed).toBeGreaterThan(call === 'fsync' ? 0 : 5);
      await holdsEverythingOnce();
    },
    120_000,
  );
});
