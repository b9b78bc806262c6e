// A client that starts `mailroom stdio` as a desktop program does, and hears every byte that it says.
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { Client, type JSONRPCMessage, type Transport } from '@modelcontextprotocol/client';
import { COMPILED } from './compiled.ts';
import { program } from './program.ts';

export const STDIO = [process.execPath, '--disable-warning=ExperimentalWarning', program(), 'stdio'] as const;

export interface StdioProcess extends Transport {
  readonly child: ChildProcess;
  /** What came on stdout and is no message of the protocol. */
  readonly strays: string[];
  readonly errors: string[];
  /** Resolves with the exit status. */
  readonly exited: Promise<number | null>;
}

export function startStdio(env: Record<string, string>, args: readonly string[] = []): StdioProcess {
  const [command, ...rest] = [...STDIO, ...args];
  const child = spawn(command, rest, {
    env: { PATH: process.env.PATH, ...COMPILED, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const strays: string[] = [];
  const errors: string[] = [];
  const transport: StdioProcess = {
    child,
    strays,
    errors,
    exited: new Promise((resolve) => child.once('exit', resolve)),
    async start() {
      createInterface({ input: child.stdout! }).on('line', (line) => {
        try {
          const message = JSON.parse(line) as JSONRPCMessage;
          if (message.jsonrpc === '2.0') transport.onmessage?.(message);
          else strays.push(line);
        } catch {
          strays.push(line);
        }
      });
      createInterface({ input: child.stderr! }).on('line', (line) => errors.push(line));
      child.once('exit', () => transport.onclose?.());
    },
    async send(message) {
      child.stdin!.write(`${JSON.stringify(message)}\n`);
    },
    async close() {
      child.stdin!.end();
    },
  };
  return transport;
}

export const ERAS = { legacy: {}, modern: { versionNegotiation: { mode: { pin: '2026-07-28' } } } } as const;
export type Era = keyof typeof ERAS;

export async function clientOver(transport: Transport, era: Era = 'legacy'): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' }, ERAS[era]);
  await client.connect(transport);
  return client;
}
