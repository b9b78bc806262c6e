// The product as a user runs it: a process of its own, spoken to over its public doors only.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { COMPILED } from './compiled.ts';
import { program as bundled } from './program.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads answers of any shape
  readonly body: any;
}

export interface Mailroom {
  readonly url: string;
  readonly key: string;
  readonly pid: number;
  readonly folder: string;
  /** Every line that went to stderr. */
  readonly log: string[];
  rest(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** One tools/call over /mcp, its structured result; throws the error's text. */
  // biome-ignore lint/suspicious/noExplicitAny: a test reads answers of any shape
  tool(name: string, args?: unknown): Promise<any>;
  /** Resolves when the process has ended, by whatever. */
  readonly ended: Promise<void>;
  /** Ends it and waits; the folder stays. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface MailroomOptions {
  readonly env: Record<string, string>;
  /** A folder of an earlier run, to go on with. */
  readonly folder?: string;
  /** Another program than this clone's. */
  readonly program?: string;
  /** A command that runs it, with its arguments. */
  readonly under?: readonly string[];
  /** All that it will read from stdin. */
  readonly input?: string;
}

const KEY = 'sk_test_0123456789abcdef';

/** Starts it on a free port; resolves at its ready line. */
export async function startMailroom({ folder = newFolder(), ...options }: MailroomOptions): Promise<Mailroom> {
  const child = runMailroom(['serve'], { ...options, folder });
  const log: string[] = [];
  const ready = Promise.withResolvers<string>();
  createInterface({ input: child.stderr! }).on('line', (line) => {
    log.push(line);
    if (line.includes('"msg":"ready"')) ready.resolve((JSON.parse(line) as { url: string }).url);
  });
  child.on('exit', () => ready.reject(new Error(`Mailroom did not start:\n${log.join('\n')}`)));
  const over = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = await ready.promise;
  const rest: Mailroom['rest'] = async (method, path, body, headers = {}) => {
    const response = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${KEY}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = response.headers.get('content-type')?.includes('json');
    return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text };
  };
  return {
    url,
    key: KEY,
    pid: child.pid!,
    folder,
    log,
    ended: over,
    rest,
    async tool(name, args = {}) {
      const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } };
      const { body } = await rest('POST', '/mcp', call, {
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2025-11-25',
      });
      const message =
        typeof body === 'string'
          ? JSON.parse(
              body
                .split('\n')
                .findLast((line) => line.startsWith('data: '))!
                .slice(6),
            )
          : body;
      if (message.error) throw new Error(message.error.message);
      if (message.result.isError) throw new Error(message.result.content[0].text);
      return message.result.structuredContent;
    },
    end: (signal = 'SIGTERM') => ended(child, signal),
  };
}

/** Runs one command of it. */
export function runMailroom(
  args: string[],
  { env, folder = newFolder(), program = bundled(), under = [], input }: MailroomOptions,
): ChildProcess {
  const node = [process.execPath, '--disable-warning=ExperimentalWarning', program, ...args];
  const [command = '', ...rest] = [...under, ...node];
  const child = spawn(command, rest, {
    cwd: folder,
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      ...COMPILED,
      HOME: folder,
      PORT: '0',
      DATA_DIR: join(folder, 'data'),
      KEY_DIR: join(folder, 'keys'),
      MAILROOM_SERVICE_KEY: KEY,
      ...env,
    },
  });
  child.stdin?.end(input);
  // A test that failed must not leave its process behind, least of all one that runs wild.
  const endWithUs = () => child.kill('SIGKILL');
  process.once('exit', endWithUs);
  child.once('exit', () => process.off('exit', endWithUs));
  return child;
}

/** Runs one command to its end. */
export function ranMailroom(
  args: string[],
  options: MailroomOptions,
): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = runMailroom(args, options);
    let out = '';
    let err = '';
    child.stdout!.on('data', (chunk) => {
      out += chunk;
    });
    child.stderr!.on('data', (chunk) => {
      err += chunk;
    });
    child.on('close', (code) => resolve({ code, out, err }));
  });
}

export const newFolder = (): string => mkdtempSync(join(tmpdir(), 'mailroom-test-'));

export const removeFolder = (folder: string): void => rmSync(folder, { recursive: true, force: true });

/** One file with several authorities, for NODE_EXTRA_CA_CERTS. */
export function authorityFile(folder: string, ...authorities: string[]): string {
  const path = join(folder, 'authorities.pem');
  writeFileSync(path, authorities.join('\n'));
  return path;
}

/** Asks again until the answer is there; the limit is only for a test that fails. */
export async function eventually<T>(ask: () => Promise<T | null | undefined | false>, limitMs = 15_000): Promise<T> {
  const until = Date.now() + limitMs;
  for (;;) {
    const answer = await ask().catch((error: unknown) => {
      if (Date.now() > until) throw error;
      return null;
    });
    if (answer) return answer;
    if (Date.now() > until) throw new Error(`not within ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

/** Whether a process that is no child of ours still runs; one that ended and that nobody has fetched yet (Z) does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    if (process.platform !== 'linux') return true;
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** One that has not ended by then hears no signal. */
const DEAF_AFTER_MS = 15_000;

function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => {
    const deaf = setTimeout(() => child.kill('SIGKILL'), DEAF_AFTER_MS);
    child.on('exit', (code) => {
      clearTimeout(deaf);
      resolve(code);
    });
    child.kill(signal);
  });
}
