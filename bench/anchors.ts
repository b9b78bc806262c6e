// What Mailroom is measured beside, on the same server in the same run: mbsync, notmuch, mu, a bare IMAP client.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Dovecot } from '../test/support/dovecot.ts';
import { PASSWORD } from './big-mailbox.ts';

export interface Spent {
  readonly ms: number;
  /** Processor time of the program and its children, milliseconds. */
  readonly cpuMs: number;
}

/** A person's mail in a Maildir of her own, indexed by notmuch or mu. */
export class Maildir {
  readonly #folder: string;
  readonly #env: NodeJS.ProcessEnv;

  constructor(folder: string, { port, caFile }: Dovecot, user: string) {
    this.#folder = folder;
    const maildir = join(folder, 'maildir');
    mkdirSync(maildir, { recursive: true });
    const lines = [
      'FSync no',
      `IMAPAccount a\nHost localhost\nPort ${port}\nUser ${user}\nPass ${PASSWORD}\nSSLType IMAPS\nCertificateFile ${caFile}`,
      'IMAPStore far\nAccount a',
      `MaildirStore near\nPath ${maildir}/\nInbox ${maildir}/INBOX`,
      'Channel c\nFar :far:\nNear :near:\nPatterns INBOX\nCreate Near\nExpunge None\nSync Pull\nSyncState *',
    ];
    writeFileSync(join(folder, 'mbsyncrc'), `${lines.join('\n\n')}\n`);
    writeFileSync(
      join(folder, 'notmuchrc'),
      `[database]\npath=${maildir}\n[user]\nname=b\nprimary_email=${user}\n[new]\ntags=new\n`,
    );
    this.#env = {
      ...process.env,
      HOME: folder,
      NOTMUCH_CONFIG: join(folder, 'notmuchrc'),
      MU_HOME: join(folder, 'mu'),
    };
  }

  mbsync(): Promise<Spent> {
    return this.#run('mbsync', '-c', join(this.#folder, 'mbsyncrc'), '-a', '-q');
  }

  notmuch(): Promise<Spent> {
    return this.#run('notmuch', 'new', '--quiet');
  }

  async mu(): Promise<Spent> {
    const home = `--muhome=${join(this.#folder, 'mu')}`;
    rmSync(join(this.#folder, 'mu'), { recursive: true, force: true });
    await this.#run('mu', 'init', home, `--maildir=${join(this.#folder, 'maildir')}`, '--quiet');
    return this.#run('mu', 'index', home, '--quiet');
  }

  async #run(command: string, ...args: string[]): Promise<Spent> {
    const before = childrenCpuMs();
    const started = performance.now();
    const child = spawn(command, args, { cwd: this.#folder, env: this.#env, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (text) => {
      said += text;
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    if (code !== 0) throw new Error(`${command} ended with ${code}: ${said}`);
    return { ms: performance.now() - started, cpuMs: childrenCpuMs() - before };
  }
}

/** Every source of the inbox over one connection, thrown away. */
export async function download(dovecot: Dovecot, user: string): Promise<{ ms: number; mails: number }> {
  const started = performance.now();
  const client = await dovecot.client(user);
  await client.mailboxOpen('INBOX', { readOnly: true });
  let mails = 0;
  for await (const { source } of client.fetch('1:*', { source: true })) if (source) mails += 1;
  await client.logout();
  return { ms: performance.now() - started, mails };
}

/** Of the children that have ended: fields 16 and 17 of proc(5) stat, in hundredths of a second. */
function childrenCpuMs(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[13]) + Number(fields[14])) * 10;
}
