// A real server with a grown mailbox on it, for measuring. Knows nothing of the product.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { type FactoryMail, streamMails } from '../src/sandbox/mail-factory.ts';
import { type Dovecot, startDovecot } from '../test/support/dovecot.ts';
import { authorityFile, type Mailroom, startMailroom } from '../test/support/mailroom.ts';
import { startSmtpLogin } from '../test/support/smtp-login.ts';

export const OWNER = 'bench@example.com';
export const PASSWORD = 'abcdefghijklmnop';
const MIB = 2 ** 20;

/** What the bench remembers of a mail that lies on the server. */
export interface Sown {
  readonly messageId: string;
}

export interface MailServerBed {
  readonly dovecot: Dovecot;
  /** Puts bulk mails into the user's inbox, in order; `from` is how many of the same seed to leave out first. */
  sow(user: string, count: number, from?: number): Promise<Sown[]>;
  /** Copies mails of one user's inbox into another's, at once; `query` as in doveadm-search-query(7). */
  copy(from: string, to: string, ...query: string[]): Promise<void>;
  /** Logins over IMAP so far. */
  logins(): number;
  /** Mailroom in that folder, in the form that the package has, pointed at the server. */
  mailroom(folder: string): Promise<Mailroom>;
  stop(): Promise<void>;
}

/** Starts Dovecot with mdbox, where a client that fetches mail by mail is not slowed by the size of the folder. */
export async function startBed(others: readonly string[] = []): Promise<MailServerBed> {
  const program = build();
  const users = Object.fromEntries([OWNER, ...others].map((user) => [user, PASSWORD]));
  const dovecot = await startDovecot({ users, layout: 'plain', storage: 'mdbox', connectionsPerUser: 1500 });
  const smtp = await startSmtpLogin(new Map(Object.entries(users)));
  return {
    dovecot,
    async sow(user, count, from = 0) {
      const { folder, sown, bytes } = writeMaildir(user, count, from);
      const lendTo = userInfo().uid === 0 ? 'dovecot:' : '';
      if (lendTo) execFileSync('chown', ['-R', lendTo, folder]);
      const quick = ['-o', 'mail_fsync=never'];
      await dovecot.doveadm(...quick, 'import', '-u', user, `maildir:${folder}`, '', 'mailbox', 'INBOX', 'ALL');
      rmSync(folder, { recursive: true });
      console.log(`${count} mails for ${user}, ${Math.round(bytes / MIB)} MiB`);
      return sown;
    },
    async copy(from, to, ...query) {
      await dovecot.doveadm('copy', '-u', to, 'INBOX', 'user', from, 'mailbox', 'INBOX', ...query);
    },
    logins: () =>
      readFileSync(join(dovecot.folder, 'dovecot.log'), 'utf8').split('imap-login: Info: Login:').length - 1,
    mailroom: (folder) =>
      startMailroom({
        folder,
        program,
        env: {
          LOG_LEVEL: 'warn',
          NODE_EXTRA_CA_CERTS: authorityFile(folder, dovecot.ca, smtp.ca),
          GMAIL_IMAP_HOST: 'localhost',
          GMAIL_IMAP_PORT: String(dovecot.port),
          GMAIL_SMTP_HOST: '127.0.0.1',
          GMAIL_SMTP_PORT: String(smtp.port),
        },
      }),
    async stop() {
      await smtp.stop();
      await dovecot.stop();
    },
  };
}

/** Without the types, which every thread would else take out by itself at its start. Answers the entry. */
function build(): string {
  const path = (name: string): string => new URL(`../${name}`, import.meta.url).pathname;
  execFileSync(process.execPath, [path('node_modules/typescript/bin/tsc'), '-p', path('tsconfig.build.json')]);
  return path('dist/cli/main.js');
}

function writeMaildir(owner: string, count: number, from: number): { folder: string; sown: Sown[]; bytes: number } {
  const folder = mkdtempSync(join(tmpdir(), 'mailroom-sow-'));
  for (const name of ['cur', 'new', 'tmp']) mkdirSync(join(folder, name));
  const sown: Sown[] = [];
  let bytes = 0;
  let index = 0;
  for (const mail of streamMails(1, from + count, { owner, bulk: true })) {
    if (index++ < from) continue;
    bytes += mail.raw.byteLength;
    const seconds = mail.date.getTime() / 1000;
    const path = join(folder, 'cur', `${seconds}.M${index}.bench:2,${mail.flags.includes('\\Seen') ? 'S' : ''}`);
    writeFileSync(path, mail.raw);
    utimesSync(path, seconds, seconds);
    sown.push({ messageId: messageIdOf(mail) });
  }
  return { folder, sown, bytes };
}

function messageIdOf({ raw }: FactoryMail): string {
  return /^Message-ID: <(.+)>/im.exec(Buffer.from(raw.subarray(0, 4096)).toString('latin1'))![1]!;
}
