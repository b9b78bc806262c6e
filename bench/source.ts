// How many mails a second a source tells in a first sync, beside a bare FETCH of the same mailbox in the same run.
// node bench/source.ts [mails, 10000] [bulk]: `bulk` makes mails of the sizes that grown mailboxes have.
import { ImapFlow } from 'imapflow';
import { openImapSource } from '../src/backend/imap/source.ts';
import { createLogger } from '../src/base/log.ts';
import { streamMails } from '../src/sandbox/mail-factory.ts';
import { type Dovecot, startDovecot } from '../test/support/dovecot.ts';

const MAILS = Number(process.argv[2] ?? 10_000);
const BULK = process.argv[3] === 'bulk';
const ROUNDS = 3;
const USER = 'jane@example.com';
const PASSWORD = 'abcdefghijklmnop';
const MIB = 1024 * 1024;

interface Run {
  readonly perSecond: number;
  readonly bytes: number;
  readonly firstMs: number;
  /** Processor time of this process for each mail. */
  readonly cpuUs: number;
}

function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

async function changes({ host, port, ca }: Dovecot): Promise<Run> {
  const logger = createLogger('silent');
  const source = await openImapSource({ host, port, ca }, { email: USER, appPassword: PASSWORD }, { logger });
  const started = performance.now();
  const before = process.cpuUsage();
  let count = 0;
  let bytes = 0;
  let firstMs = 0;
  const knows = async () => new Set<string>();
  const { signal } = new AbortController();
  for await (const change of source.changes({ cursors: new Map(), scope: 'all', knows, signal })) {
    if (change.kind !== 'messages') continue;
    firstMs ||= performance.now() - started;
    count += change.messages.length;
    for (const mail of change.messages) bytes += mail.source?.byteLength ?? 0;
  }
  const perSecond = (count * 1000) / (performance.now() - started);
  const cpuUs = cpuSince(before) / count;
  await source.close();
  if (count !== MAILS) throw new Error(`${count} mails were told instead of ${MAILS}`);
  return { perSecond, bytes, firstMs, cpuUs };
}

async function bare({ host, port, ca }: Dovecot): Promise<Run> {
  const client = new ImapFlow({
    host,
    port,
    secure: true,
    auth: { user: USER, pass: PASSWORD },
    tls: { ca },
    logger: false,
    disableCompression: true,
  });
  await client.connect();
  await client.mailboxOpen('INBOX', { readOnly: true });
  const started = performance.now();
  const before = process.cpuUsage();
  let count = 0;
  let bytes = 0;
  for await (const { source } of client.fetch('1:*', { source: true }, { uid: true })) {
    count += 1;
    bytes += source?.byteLength ?? 0;
  }
  const perSecond = (count * 1000) / (performance.now() - started);
  const cpuUs = cpuSince(before) / count;
  await client.logout();
  return { perSecond, bytes, firstMs: 0, cpuUs };
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
const mib = (bytes: number): string => `${(bytes / MIB).toFixed(0)} MiB`;

const dovecot = await startDovecot({ layout: 'plain', users: { [USER]: PASSWORD } });
try {
  for (const { raw, date } of streamMails(7, MAILS, { owner: USER, bulk: BULK }))
    await dovecot.deliver(USER, 'INBOX', raw, { internalDate: date });
  // The server's own caches are filled before anything is measured.
  await bare(dovecot);
  await changes(dovecot);
  const ours: Run[] = [];
  const theirs: Run[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    theirs.push(await bare(dovecot));
    ours.push(await changes(dovecot));
  }
  const told = median(ours.map(({ perSecond }) => perSecond));
  const anchor = median(theirs.map(({ perSecond }) => perSecond));
  console.log(`mails: ${MAILS}, ${mib(theirs[0]!.bytes)}; ${mib(ours[0]!.bytes)} of them told`);
  console.log(`changes(): ${Math.round(told)} mails/s; the first batch after ${Math.round(ours[0]!.firstMs)} ms`);
  console.log(`bare FETCH of sources: ${Math.round(anchor)} mails/s; ratio ${(told / anchor).toFixed(2)}`);
  const cpu = (runs: readonly Run[]): number => median(runs.map(({ cpuUs }) => cpuUs));
  const [ourCpu, theirCpu] = [cpu(ours), cpu(theirs)];
  console.log(
    `processor time a mail: ${Math.round(ourCpu)} µs, bare ${Math.round(theirCpu)} µs; ratio ${(theirCpu / ourCpu).toFixed(2)}`,
  );
  console.log(`largest resident set: ${mib(process.resourceUsage().maxRSS * 1024)}`);
} finally {
  await dovecot.stop();
}
