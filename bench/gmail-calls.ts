// Calls and quota units at Google for a first sync, a search of fifty with summaries and an hour of quiet, beside a client
// that keeps no copy. Counted by the pretend Gmail; its time and ours pass by waiting only. node bench/gmail-calls.ts [mails]
import { performance } from 'node:perf_hooks';
import { openGmailSource } from '../src/backend/gmail/source.ts';
import { createLogger } from '../src/base/log.ts';
import { type Sandbox, startSandbox } from '../src/sandbox/sandbox.ts';
import { AccountLoop } from '../src/sync/account-loop.ts';
import type { Clock } from '../src/sync/clock.ts';
import { Patience } from '../src/sync/patience.ts';
import { gmailServer, limitsOf, tokensOf } from '../test/support/gmail-source.ts';
import { GoogleClient } from '../test/support/google-client.ts';
import { Mirror } from '../test/support/mirror.ts';
import { seconds } from './numbers.ts';

const EMAIL = 'jane@example.com';
const HOUR_MS = 3_600_000;
const UNITS_A_MINUTE = 6000;
const count = Number(process.argv[2] ?? 10_000);

/** Whoever sleeps makes it later, for Google too. */
class LeapingClock implements Clock {
  readonly #sandbox: Sandbox;
  #ahead = 0;

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  now = (): number => Date.now() + this.#ahead;
  random = (): number => 0.5;
  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (signal.aborted) return;
    this.#ahead += Math.max(0, ms);
    this.#sandbox.google.advance(Math.max(0, ms));
  }
}

function sow(sandbox: Sandbox): void {
  const user = sandbox.user(EMAIL);
  const text = 'A few words about tea and the harbour, as people write them.\r\n'.repeat(20);
  for (let i = 0; i < count; i++)
    user.deliver(
      `From: Amy <amy${i % 300}@example.org>\r\nTo: ${EMAIL}\r\nSubject: Mail ${i}\r\nMessage-ID: <${i}@example.org>\r\n\r\n${text}`,
      {
        date: new Date(Date.UTC(2024, 0, 1) + i * 3_600_000),
        labels: ['\\Inbox', `Label ${i % 20}`],
        flags: i % 5 ? ['\\Seen'] : [],
      },
    );
}

/** What was asked since: HTTP requests, and units. */
function spending(sandbox: Sandbox) {
  const from = sandbox.google.requests.length;
  return () => {
    const made = sandbox.google.requests.slice(from);
    const calls = made.filter(({ inBatch }) => !inBatch).length;
    return {
      calls,
      units: made.reduce((sum, { units }) => sum + units, 0),
      failed: made.filter((r) => r.status >= 400).length,
    };
  };
}

const told = (what: string, { calls, units, failed }: ReturnType<ReturnType<typeof spending>>, more = ''): void =>
  console.log(`${what}: ${calls} calls, ${units} units${failed ? `, ${failed} refused` : ''}${more}`);

const sandbox = await startSandbox({ users: [{ email: EMAIL, appPassword: 'abcdefghijklmnop' }] });
sow(sandbox);
const clock = new LeapingClock(sandbox);
const mirror = new Mirror();
const server = gmailServer(sandbox, { topic: null, limits: limitsOf({ clock, accountUnits: UNITS_A_MINUTE }) });
const began = clock.now();
const wall = performance.now();
const whole = spending(sandbox);
let quiet: ReturnType<typeof spending> | null = null;
let quietFrom = Number.POSITIVE_INFINITY;
let rounds = 0;
const { promise: over, resolve: end } = Promise.withResolvers<void>();

const loop = new AccountLoop({
  open: async () => openGmailSource(server, tokensOf(sandbox, EMAIL), { email: EMAIL, logger: createLogger('silent') }),
  writer: {
    state: async () => ({
      cursors: new Map(mirror.cursors),
      copies: mirror.mails.size,
      total: count,
      complete: quiet !== null,
    }),
    knows: mirror.knows,
    async apply(change) {
      mirror.apply(change);
      const held = mirror.mails.size;
      if (change.kind === 'messages' && (held === 100 || held % 2500 === 0))
        told(`newest ${held} of ${count}`, whole(), `, after ${seconds(clock.now() - began)} of Google's time`);
      if (change.kind === 'settled' && quiet === null) {
        told(
          `first sync of ${held}`,
          whole(),
          `, after ${seconds(clock.now() - began)} (here ${seconds(performance.now() - wall)})`,
        );
        quiet = spending(sandbox);
        quietFrom = clock.now();
      } else if (change.kind === 'settled') rounds++;
      if (clock.now() - quietFrom >= HOUR_MS) end();
      return { added: [], changed: [], removed: [] };
    },
    close: async () => undefined,
  },
  log: createLogger('silent'),
  background: true,
  pollIntervalMs: 60_000,
  clock,
  patience: new Patience(),
  troubled: false,
  onRejected: async () => end(),
  onTrouble: async () => undefined,
});
loop.start();
await over;
await loop.stop();
told(`an hour of quiet, ${rounds} rounds`, quiet!());
console.log(
  'a search of 50 with summaries, from the copy: 0 calls, 0 units; 1 call, 2 units when the last look is older than 10 s',
);

sandbox.google.advance(60_000);
const bare = new GoogleClient(sandbox, EMAIL);
const searching = spending(sandbox);
const { body } = await bare.get('messages?q=harbour&maxResults=50');
for (const { id } of body.messages) await bare.get(`messages/${id}?format=metadata`);
told('the same without a copy', searching());
sandbox.google.advance(60_000);
const polling = spending(sandbox);
for (let minute = 0; minute < 60; minute++) {
  await bare.get('messages?labelIds=INBOX&maxResults=1');
  sandbox.google.advance(60_000);
}
told('an hour of looking at the newest mail each minute without a copy', polling());
await sandbox.close();
