// strace as a source of faults: system calls of a process that runs, failing or killing it, without a hook in the product.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';

const BINARY = '/usr/bin/strace';
let told = false;

/** Whether strace is installed. When not: one printed line, or an error when REQUIRE_DOVECOT=1. */
export function straceAvailable(): boolean {
  if (existsSync(BINARY)) return true;
  if (process.env.REQUIRE_DOVECOT === '1') throw new Error('REQUIRE_DOVECOT=1, but there is no /usr/bin/strace');
  if (!told) console.info('strace is not installed: the faults that it makes are skipped.');
  told = true;
  return false;
}

/** Attaches to every thread of a process and lets calls fail as `inject` says; the answer lets go of it. */
export async function failCalls(pid: number, call: string, inject: string): Promise<() => Promise<void>> {
  const args = ['-f', '-p', `${pid}`, '-e', `trace=${call}`, '-e', `inject=${call}:${inject}`];
  const tracer = spawn(BINARY, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const attached = Promise.withResolvers<void>();
  createInterface({ input: tracer.stderr! }).on('line', (line) => {
    if (line.includes('attached')) attached.resolve();
  });
  tracer.once('exit', () => attached.reject(new Error('strace could not attach')));
  await attached.promise;
  return () => ended(tracer);
}

/** Attaches in the same way, and kills the process at the n-th such call of one of its threads. */
export const killCalls = (pid: number, call: string, n: number): Promise<() => Promise<void>> =>
  failCalls(pid, call, `signal=SIGKILL:when=${n}`);

/** What runs a program and kills it, all its threads at once, at its n-th such call. */
export const killAt = (call: string, n: number): string[] => [
  BINARY,
  '-f',
  '-qq',
  '-o',
  '/dev/null',
  '-e',
  `trace=${call}`,
  '-e',
  `inject=${call}:signal=SIGKILL:when=${n}`,
];

function ended(tracer: ChildProcess): Promise<void> {
  if (tracer.exitCode !== null || tracer.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    tracer.once('exit', () => resolve());
    tracer.kill('SIGINT');
  });
}
