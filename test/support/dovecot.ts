// A private Dovecot for tests: own folder, own loopback port, own users. Knows nothing of the product.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdir, mkdtemp, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { promisify } from 'node:util';
import { ImapFlow } from 'imapflow';
import { makeCertificates } from './certificates.ts';

const run = promisify(execFile);
const BINARY = '/usr/sbin/dovecot';

/** What Gmail offers after login, as far as Dovecot can keep the promise. */
const GMAIL_LIKE =
  'IMAP4rev1 UNSELECT IDLE NAMESPACE ID CHILDREN UIDPLUS ENABLE MOVE CONDSTORE ESEARCH LIST-EXTENDED LIST-STATUS LITERAL+ SPECIAL-USE';

const GMAIL_LAYOUT: Readonly<Record<string, string>> = {
  '[Gmail]/All Mail': '\\All',
  '[Gmail]/Drafts': '\\Drafts',
  '[Gmail]/Sent Mail': '\\Sent',
  '[Gmail]/Spam': '\\Junk',
  '[Gmail]/Starred': '\\Flagged',
  '[Gmail]/Trash': '\\Trash',
  '[Gmail]/Important': '\\Important',
};

const PLAIN_LAYOUT: Readonly<Record<string, string>> = {
  Drafts: '\\Drafts',
  Sent: '\\Sent',
  Spam: '\\Junk',
  Trash: '\\Trash',
};

export interface DovecotOptions {
  /** The capability line: Gmail's as far as Dovecot can (default), Dovecot's own, or a line of your own. */
  readonly capability?: 'gmail-like' | 'full' | (string & {});
  /** Which special-use mailboxes a user is born with: Gmail's names (default), or those of a plain server. */
  readonly layout?: 'gmail' | 'plain';
  /** Passwords by user. */
  readonly users?: Readonly<Record<string, string>>;
  /** How mail lies on disk. `deliver` knows Maildir only (default); mdbox answers a FETCH of one mail in constant time. */
  readonly storage?: 'maildir' | 'mdbox';
  /** Simultaneous connections of one user; more are refused. Default 50. */
  readonly connectionsPerUser?: number;
}

export interface DeliveryOptions {
  /** IMAP system flags (`\Seen`, `\Flagged`, `\Draft`, `\Answered`, `\Deleted`). */
  readonly flags?: readonly string[];
  readonly internalDate?: Date;
}

export interface Dovecot {
  readonly host: 'localhost';
  /** Implicit TLS. */
  readonly port: number;
  /** The authority to trust, in PEM, and the file that holds it. */
  readonly ca: string;
  readonly caFile: string;
  readonly pid: number;
  readonly folder: string;
  addUser(user: string, password: string): Promise<void>;
  /** Takes effect at the next login: resolves once the server has seen the new list. */
  changePassword(user: string, password: string): Promise<void>;
  /** Puts a mail straight into the user's Maildir; a mailbox that is not there is made. */
  deliver(user: string, mailbox: string, bytes: Uint8Array | string, options?: DeliveryOptions): Promise<void>;
  /** A logged-in client of its own, for what another client would do; the caller logs it out. */
  client(user: string): Promise<ImapFlow>;
  changeUidValidity(user: string, mailbox: string, uidValidity: number): Promise<void>;
  /** `doveadm` with this server's configuration; answers its standard output. */
  doveadm(...args: string[]): Promise<string>;
  /** Ends the server by its own pid and removes its folder. */
  stop(): Promise<void>;
}

let told = false;

/** Whether Dovecot is installed. When not: one printed line, or an error when REQUIRE_DOVECOT=1. */
export function dovecotAvailable(): boolean {
  if (existsSync(BINARY)) return true;
  if (process.env.REQUIRE_DOVECOT === '1') throw new Error('REQUIRE_DOVECOT=1, but there is no /usr/sbin/dovecot');
  if (!told) console.info('Dovecot is not installed: its suites are skipped.');
  told = true;
  return false;
}

/** Starts a server that listens on a free loopback port; resolves when it greets. */
export async function startDovecot(options: DovecotOptions = {}): Promise<Dovecot> {
  const folder = await mkdtemp(join(tmpdir(), 'dovecot-'));
  const { ca, cert, key } = await makeCertificates();
  const port = await freePort();
  const owner = await mailOwner();
  const users = new Map(Object.entries(options.users ?? {}));
  const file = (name: string): string => join(folder, name);
  const usersFile = file('users');
  const config = file('dovecot.conf');
  await Promise.all(['run', 'state', 'mail'].map((name) => mkdir(file(name))));
  await writeFile(file('ca.pem'), ca);
  await writeFile(file('cert.pem'), cert);
  await writeFile(file('key.pem'), key, { mode: 0o600 });
  await writeFile(config, configuration(folder, port, owner, options));
  await own(folder, owner);
  await own(file('mail'), owner);
  await writeUsers();

  const child = spawn(BINARY, ['-F', '-c', config], { stdio: ['ignore', 'ignore', 'inherit'] });
  // A run that breaks off takes its server with it.
  const endWithUs = (): void => void child.kill('SIGTERM');
  process.once('exit', endWithUs);
  await greeted(port, ca, child);

  let deliveries = 0;
  const maildir = (user: string, mailbox: string): string =>
    join(file('mail'), user, 'Maildir', ...(mailbox === 'INBOX' ? [] : mailbox.split('/')));

  async function writeUsers(): Promise<void> {
    const lines = [...users].map(([user, password]) => `${user}:{PLAIN}${password}::::::\n`);
    await writeFile(usersFile, lines.join(''));
    await own(usersFile, owner);
  }

  /** The list is re-read at most once a second and compared by whole seconds, so its time is moved on instead. */
  async function rewriteUsers(): Promise<void> {
    const before = await stat(usersFile);
    await writeUsers();
    const next = new Date((Math.floor(before.mtimeMs / 1000) + 2) * 1000);
    await utimes(usersFile, next, next);
  }

  async function makeMaildir(folderOf: string): Promise<void> {
    const missing = [];
    for (let path = folderOf; path !== file('mail') && !existsSync(path); path = join(path, '..')) missing.push(path);
    for (const path of missing.reverse()) {
      await mkdir(path, { recursive: true });
      await own(path, owner);
    }
    for (const name of ['cur', 'new', 'tmp']) {
      await mkdir(join(folderOf, name), { recursive: true });
      await own(join(folderOf, name), owner);
    }
  }

  async function logsIn(user: string, password: string): Promise<boolean> {
    const client = newClient(port, ca, user, password);
    const done = await client.connect().then(
      () => true,
      () => false,
    );
    if (done) await client.logout();
    return done;
  }

  return {
    host: 'localhost',
    port,
    ca,
    caFile: file('ca.pem'),
    pid: child.pid!,
    folder,
    async addUser(user, password) {
      users.set(user, password);
      await rewriteUsers();
      while (!(await logsIn(user, password))) await nextTry();
    },
    async changePassword(user, password) {
      users.set(user, password);
      await rewriteUsers();
      while (!(await logsIn(user, password))) await nextTry();
    },
    async deliver(user, mailbox, bytes, { flags = [], internalDate = new Date() } = {}) {
      const target = maildir(user, mailbox);
      await makeMaildir(target);
      const letters = flags.map((flag) => FLAG_LETTERS[flag] ?? '').sort();
      const name = `${Math.floor(internalDate.getTime() / 1000)}.M${++deliveries}P${process.pid}.${hostname()}`;
      const draft = join(target, 'tmp', name);
      await writeFile(draft, bytes);
      await own(draft, owner);
      await utimes(draft, internalDate, internalDate);
      await rename(
        draft,
        flags.length > 0 ? join(target, 'cur', `${name}:2,${letters.join('')}`) : join(target, 'new', name),
      );
    },
    async client(user) {
      const client = newClient(port, ca, user, users.get(user) ?? '');
      await client.connect();
      return client;
    },
    async changeUidValidity(user, mailbox, uidValidity) {
      await run('doveadm', [
        '-c',
        config,
        'mailbox',
        'update',
        '-u',
        user,
        '--uid-validity',
        `${uidValidity}`,
        mailbox,
      ]);
    },
    async doveadm(...args) {
      return (await run('doveadm', ['-c', config, ...args])).stdout;
    },
    async stop() {
      process.off('exit', endWithUs);
      const ended = new Promise((resolve) => child.once('exit', resolve));
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        await ended;
      }
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

const FLAG_LETTERS: Readonly<Record<string, string>> = {
  '\\Draft': 'D',
  '\\Flagged': 'F',
  '\\Answered': 'R',
  '\\Seen': 'S',
  '\\Deleted': 'T',
};

interface Owner {
  readonly uid: number;
  readonly gid: number;
  /** The account that the server's own processes run as; null when this process is not root. */
  readonly name: string | null;
}

/** Dovecot refuses to touch mail as root, so a test run by root lends the mail to Dovecot's own user. */
async function mailOwner(): Promise<Owner> {
  const { uid, gid } = userInfo();
  if (uid !== 0) return { uid, gid, name: null };
  const id = async (flag: string): Promise<number> => Number((await run('id', [flag, 'dovecot'])).stdout);
  return { uid: await id('-u'), gid: await id('-g'), name: 'dovecot' };
}

async function own(path: string, { uid, gid, name }: Owner): Promise<void> {
  if (name !== null) await chown(path, uid, gid);
}

function configuration(folder: string, port: number, owner: Owner, options: DovecotOptions): string {
  const { capability = 'gmail-like', layout = 'gmail', storage = 'maildir', connectionsPerUser = 50 } = options;
  const line = capability === 'gmail-like' ? GMAIL_LIKE : capability;
  const mailboxes = Object.entries(layout === 'gmail' ? GMAIL_LAYOUT : PLAIN_LAYOUT);
  const me = userInfo().username;
  return `
base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${folder}/dovecot.log
default_internal_user = ${owner.name ?? me}
default_login_user = ${owner.name === null ? me : 'dovenull'}
first_valid_uid = 1
first_valid_gid = 1
mail_max_userip_connections = ${connectionsPerUser}
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_min_protocol = TLSv1.2
ssl_cert = <${folder}/cert.pem
ssl_key = <${folder}/key.pem
auth_mechanisms = plain login
auth_failure_delay = 0
mail_location = ${storage === 'mdbox' ? 'mdbox:~/mdbox' : 'maildir:~/Maildir:LAYOUT=fs:UTF-8'}
${line === 'full' ? '' : `imap_capability = ${line}`}
passdb {
  driver = passwd-file
  args = username_format=%u ${folder}/users
}
userdb {
  driver = static
  args = uid=${owner.uid} gid=${owner.gid} home=${folder}/mail/%u
}
namespace inbox {
  inbox = yes
  separator = /
${mailboxes.map(([name, use]) => `  mailbox "${name}" {\n    auto = create\n    special_use = ${use}\n  }`).join('\n')}
}
service imap-login {
  chroot =
  service_count = 0
  client_limit = 2000
  inet_listener imap {
    port = 0
  }
  inet_listener imaps {
    port = ${port}
    ssl = yes
  }
}
service imap {
  process_limit = 1200
  client_limit = 1
}
service anvil {
  chroot =
  client_limit = 5000
  # Without this listener a refused login does not slow down the next one from the same address.
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service auth {
  client_limit = 5000
}
service stats {
  chroot =
}
`;
}

function newClient(port: number, ca: string, user: string, pass: string): ImapFlow {
  const client = new ImapFlow({
    host: 'localhost',
    port,
    secure: true,
    auth: { user, pass },
    tls: { ca },
    logger: false,
    disableAutoIdle: true,
  });
  client.on('error', () => undefined);
  return client;
}

const nextTry = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}

async function greeted(port: number, ca: string, child: ChildProcess): Promise<void> {
  const greets = (): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connectTls({ host: '127.0.0.1', servername: 'localhost', port, ca });
      socket.once('error', () => resolve(false));
      socket.once('close', () => resolve(false));
      socket.once('data', () => {
        socket.destroy();
        resolve(true);
      });
    });
  while (!(await greets())) {
    if (child.exitCode !== null) throw new Error(`Dovecot ended with ${child.exitCode} before it greeted`);
    await nextTry();
  }
}
