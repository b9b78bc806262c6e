// Memory of an account that waits in IDLE, beside a bare TLS connection to the same server in a process of its own.
// node bench/idle-accounts.ts [accounts, 1000]
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { newFolder, removeFolder } from '../test/support/mailroom.ts';
import { Account } from './account.ts';
import { startBed } from './big-mailbox.ts';
import { cpuMs, memory } from './numbers.ts';

const AT_ONCE = 8;
const SETTLE_MS = 20_000;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The bare end, in its own process: opens so many connections, says when they stand, holds them until it is ended. */
async function holdConnections(port: number, count: number): Promise<void> {
  const held: TLSSocket[] = [];
  process.send!('empty');
  await once(process, 'message');
  for (let i = 0; i < count; i++) {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
    socket.on('error', () => undefined);
    await once(socket, 'data');
    held.push(socket);
  }
  process.send!(held.length);
}

async function bare(port: number, count: number): Promise<number> {
  const child = fork(new URL(import.meta.url).pathname, ['hold', `${port}`, `${count}`]);
  await once(child, 'message');
  const before = memory(child.pid!).now;
  child.send('go');
  await once(child, 'message');
  const after = memory(child.pid!).now;
  child.kill();
  return ((after - before) * 1024) / count;
}

async function measure(count: number): Promise<void> {
  const users = Array.from({ length: count }, (_, i) => `user${i}@example.com`);
  const bed = await startBed(users);
  console.log(`bare TLS connections: ${(await bare(bed.dovecot.port, count)).toFixed(0)} KiB each`);
  const folder = newFolder();
  const room = await bed.mailroom(folder);
  await room.rest('GET', '/health');
  const before = memory(room.pid).now;
  const started = performance.now();
  const waiting = [...users];
  const accounts: Account[] = [];
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let user = waiting.pop(); user; user = waiting.pop()) accounts.push(await Account.add(room, user));
    }),
  );
  for (const account of accounts) await account.upToDate();
  console.log(`${accounts.length} accounts up to date in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  await pause(SETTLE_MS);
  const cpu = cpuMs(room.pid);
  await pause(SETTLE_MS);
  const idle = (cpuMs(room.pid) - cpu) / SETTLE_MS;
  const { now, peak } = memory(room.pid);
  console.log(
    `mailroom: ${(((now - before) * 1024) / count).toFixed(0)} KiB each (${before.toFixed(0)} MiB without accounts, ${now.toFixed(0)} MiB with, peak ${peak.toFixed(0)} MiB), ${(idle * 100).toFixed(2)} % of a core when idle`,
  );
  await room.end();
  removeFolder(folder);
  await bed.stop();
}

if (process.argv[2] === 'hold') await holdConnections(Number(process.argv[3]), Number(process.argv[4]));
else await measure(Number(process.argv[2] ?? 1000));
