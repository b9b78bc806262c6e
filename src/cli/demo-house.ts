// The parts of the demo: a pretend Gmail in this process and Mailroom in one of its own. Everything lies in one temporary folder. Prints nothing.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { AppError } from '../base/errors.ts';
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts';
import { seedMailboxes } from '../sandbox/seed.ts';
import { APP_PASSWORD, environmentFor } from './sandbox.ts';

/** What a process needs of its surroundings; nothing of a Mailroom that is set up there may reach the demo. */
const SURROUNDINGS = ['PATH', 'HOME', 'USERPROFILE', 'SystemRoot', 'TEMP', 'TMP', 'TMPDIR', 'LANG', 'TZ'];
/** Where the pretend Google tells of new mail. */
const TOPIC = 'projects/pretend/topics/gmail';
const GOODBYE_MS = 10_000;
/** The server ends with the demo, also when that is killed: its standard input is then closed. */
const LEASH = `import { isMainThread } from 'node:worker_threads';
if (isMainThread) process.stdin.on('end', () => process.kill(process.pid, 'SIGTERM')).resume();`;

/** Mail that is a few minutes old, so that nothing seeded counts as newly arrived. */
const SEEDED_BEFORE_MS = 10 * 60 * 1000;

export interface Gmail {
  readonly sandbox: Sandbox;
  readonly folder: string;
  readonly appPassword: string;
  close(): Promise<void>;
}

/** A pretend Gmail with these people, and the folder of the demo. */
export async function openGmail(emails: readonly string[], mails: readonly number[]): Promise<Gmail> {
  const sandbox = await startSandbox({ users: emails.map((email) => ({ email, appPassword: APP_PASSWORD })) });
  seedMailboxes(sandbox.users, { seed: 1, mails, until: new Date(Date.now() - SEEDED_BEFORE_MS) });
  const folder = mkdtempSync(join(tmpdir(), 'mailroom-demo-'));
  return {
    sandbox,
    folder,
    appPassword: APP_PASSWORD,
    async close() {
      await sandbox.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

export interface Server {
  readonly url: string;
  readonly key: string;
  /** Rejects when the server ends by itself. */
  readonly ended: Promise<never>;
  /** Lets it end in order and waits for it. */
  stop(): Promise<void>;
}

/** Mailroom as `mailroom serve` runs it, beside that Gmail; resolves at its ready line. */
export async function openServer(gmail: Gmail, env: NodeJS.ProcessEnv, port: string): Promise<Server> {
  const key = `sk_demo_${randomBytes(16).toString('hex')}`;
  const home = join(gmail.folder, 'work');
  mkdirSync(home);
  const caFile = join(gmail.folder, 'ca.pem');
  writeFileSync(caFile, gmail.sandbox.ca);
  const leash = ['--import', `data:text/javascript,${encodeURIComponent(LEASH)}`];
  const child = spawn(process.execPath, [...process.execArgv, ...leash, process.argv[1]!, 'serve'], {
    cwd: home,
    stdio: ['pipe', 'ignore', 'pipe'],
    env: {
      ...Object.fromEntries(SURROUNDINGS.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]))),
      ...environmentFor(gmail.sandbox, caFile),
      PORT: port,
      DATA_DIR: join(gmail.folder, 'data'),
      KEY_DIR: join(gmail.folder, 'keys'),
      MAILROOM_SERVICE_KEY: key,
      GMAIL_PUBSUB_TOPIC: TOPIC,
      LOG_LEVEL: 'warn',
    },
  });
  const ended = new Promise<never>((_, reject) => {
    child.once('exit', (code, signal) =>
      reject(new AppError('unavailable', `The server ended with ${code ?? signal}.`)),
    );
  });
  ended.catch(() => {});
  const url = await Promise.race([readyAddress(child), ended]);
  const push = `${url}/push/gmail`;
  gmail.sandbox.google.push.subscription = { url: push, audience: push };
  return { url, key, ended, stop: () => stop(child) };
}

async function readyAddress(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const said: string[] = [];
    createInterface(child.stderr!).on('line', (line) => {
      const ready = /^\{"msg":"ready","url":"([^"]+)"/.exec(line);
      if (ready) resolve(ready[1]!);
      else if (said.push(line) > 20) said.shift();
    });
    child.once('close', () => reject(new AppError('unavailable', `Mailroom did not start. ${said.at(-1) ?? ''}`)));
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), GOODBYE_MS);
  await ended;
  clearTimeout(late);
}
