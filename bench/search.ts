// How long a search takes in one mailbox, beside the plain form that sorts all hits by date. Both in one run.
// node bench/search.ts [mails, 100000]
import type { Database } from 'better-sqlite3';
import { parseQuery } from '../src/query/parse.ts';
import { searchKeys } from '../src/store/search.ts';
import { addMails, openTestMailbox, type TestMail } from '../test/support/indexed-mailbox.ts';

const MAILS = Number(process.argv[2] ?? 100_000);
const ROUNDS = 200;
const PAGE = 50;
const NOW = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;

const QUERIES: readonly (readonly [name: string, query: string])[] = [
  ['newest', ''],
  ['common word', 'w1'],
  ['two common words', 'w1 w3'],
  ['phrase', '"w1 w2"'],
  ['from', 'from:person7'],
  ['from me', 'from:me'],
  ['common label + common word', 'in:inbox w2'],
  ['rare label + common word', 'label:rare w1'],
  ['date + common word', 'w1 before:2025/12/15'],
  ['common word - common word', 'w2 -w5'],
  ['rare word', 'w19000'],
  ['no hit', 'w1 nowhere'],
  ['common words, rare together', 'w9 w11 w17 w23'],
  ['word or label', 'from:person7 OR label:rare'],
  ['label', 'label:rare'],
  ['attachment + word', 'has:attachment w5'],
  ['only an unwanted word', '-w1'],
];

let seed = 7;
function random(): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return seed / 2 ** 32;
}

// Zipf's law over 20,000 words, roughly.
function word(): string {
  return `w${Math.floor(20_000 ** random())}`;
}

function* mails(): Generator<TestMail> {
  for (let i = 0; i < MAILS; i += 1) {
    yield {
      id: i.toString(16),
      dateMs: NOW - (MAILS - i) * MINUTE,
      from: random() < 0.2 ? 'Me Myself <me@example.com>' : `Person <person${Math.floor(random() * 500)}@corp.example>`,
      to: ['Me Myself <me@example.com>'],
      subject: Array.from({ length: 6 }, word).join(' '),
      body: Array.from({ length: 80 }, word).join(' '),
      files: random() < 0.1 ? [`${word()}.pdf`] : [],
      labels: [...(random() < 0.6 ? ['INBOX'] : []), ...(random() < 0.05 ? ['SPAM'] : [])],
      userLabels: random() < 0.002 ? ['Rare'] : [],
    };
  }
}

function search(db: Database, query: string, beforeKey: bigint | null): bigint[] {
  const parsed = parseQuery(query, { now: NOW, timeZone: 'UTC' });
  return searchKeys(db, parsed, { limit: PAGE, beforeKey, ownAddresses: ['me@example.com'] });
}

function percentiles(run: () => unknown): { p50: number; p95: number } {
  const times: number[] = [];
  for (let i = 0; i < ROUNDS && times.reduce((a, b) => a + b, 0) < 3_000; i += 1) {
    const start = performance.now();
    run();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return { p50: times[Math.floor(times.length / 2)]!, p95: times[Math.floor(times.length * 0.95)]! };
}

const started = performance.now();
const db = openTestMailbox(':memory:');
addMails(db, mails());
console.log(`${MAILS} mails stored in ${((performance.now() - started) / 1000).toFixed(1)} s, pages of ${PAGE}`);

// What a search would be without keys in order of time; text only, so it is shown for text only.
const byDate = db
  .prepare(
    'select m.key from fts join messages m on m.key = fts.rowid where fts match ? and m.hidden = 0 order by m.date_ms desc limit ?',
  )
  .pluck();

console.log('query'.padEnd(32), 'hits  p50 ms  p95 ms   late page p50');
for (const [name, query] of QUERIES) {
  const hits = search(db, query, null).length;
  const first = percentiles(() => search(db, query, null));
  const late = percentiles(() => search(db, query, BigInt(NOW / 1000 - (MAILS * 60 * 3) / 4) << 20n));
  console.log(
    name.padEnd(32),
    String(hits).padStart(4),
    fixed(first.p50),
    fixed(first.p95),
    fixed(late.p50).padStart(15),
  );
}
for (const expression of ['w1', 'w1 w3', '"w1 w2"', 'w19000']) {
  const sorted = percentiles(() => byDate.all(expression, PAGE));
  const ours = percentiles(() => search(db, expression, null));
  console.log(
    `${expression}: sorted by date ${fixed(sorted.p50)} ms, ${(sorted.p50 / ours.p50).toFixed(1)} times ours`,
  );
}

function fixed(ms: number): string {
  return ms.toFixed(3).padStart(7);
}
