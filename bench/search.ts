// How long a search takes, in process and through the doors, beside notmuch and a live IMAP SEARCH on the same mail.
// node bench/search.ts [mails, 50000] [--doors] [--notmuch] [--imap]
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toImapSearch } from '../src/query/imap-search.ts';
import { parseQuery } from '../src/query/parse.ts';
import { MailboxReader } from '../src/store/mailbox-reader.ts';
import { relevantKeys } from '../src/store/relevance.ts';
import { searchKeys } from '../src/store/search.ts';
import { searchColumns } from '../src/store/search-columns.ts';
import { startDovecot } from '../test/support/dovecot.ts';
import { addMails, asMessage, openTestMailbox } from '../test/support/indexed-mailbox.ts';
import { startMailroom } from '../test/support/mailroom.ts';
import { startPretendGmail } from '../test/support/pretend-gmail.ts';
import { median, quantile } from './numbers.ts';
import { bytesOf, HARD, ME, NOW, QUESTIONS, type Question, wordMails } from './word-mail.ts';

const MAILS = Number(process.argv.find((arg) => /^\d+$/.test(arg)) ?? 50_000);
const wants = (part: string): boolean => process.argv.includes(`--${part}`);
const PAGE = 50;
const IMAP_MAILS = 5_000;
const CHUNK = 20_000;
const INDEXED = 3_000;
const folder = mkdtempSync(join(tmpdir(), 'mailroom-search-'));
const file = join(folder, 'mailbox.sqlite');

interface Figures {
  readonly p50: number;
  readonly p95: number;
}

function store(path: string): void {
  const started = performance.now();
  const db = openTestMailbox(path);
  db.pragma('journal_mode = off');
  db.pragma('synchronous = off');
  db.pragma('cache_size = -200000');
  const chunk = [];
  for (const mail of wordMails(MAILS)) {
    chunk.push(mail);
    if (chunk.length === CHUNK) addMails(db, chunk.splice(0));
  }
  addMails(db, chunk);
  db.pragma('user_version = 2');
  db.pragma('journal_mode = wal');
  const bytes = db.prepare('select sum(pgsize) from dbstat where name like ?').pluck();
  let index = 'not known';
  try {
    index = `${Math.round(Number(bytes.get('fts%')) / MAILS)} bytes a mail`;
  } catch {
    const blocks = db.prepare('select sum(length(block)) from fts_data').pluck().get();
    index = `${Math.round(Number(blocks) / MAILS)} bytes a mail`;
  }
  db.close();
  const all = Math.round(statSync(path).size / MAILS);
  const took = ((performance.now() - started) / 1000).toFixed(0);
  console.log(`${MAILS} mails stored in ${took} s; the file ${all} bytes a mail, of them the index ${index}`);
}

/** How much of storing a mail its index is: the search text and its rows, of everything but the reading of its bytes. */
function indexing(): void {
  const mails = [...wordMails(INDEXED)];
  const whole = median(Array.from({ length: 3 }, () => once(() => addMails(openTestMailbox(), mails))));
  const alone = median(
    Array.from({ length: 3 }, () => {
      const db = openTestMailbox();
      const insert = db.prepare(
        `insert into fts (rowid, subject, sender, recipients, cc, bcc, body, files, list, delivered)
         values (:key, :subject, :sender, :recipients, :cc, :bcc, :body, :files, :list, :delivered)`,
      );
      const messages = mails.map(asMessage);
      return once(() =>
        db.transaction(() => {
          for (const [key, message] of messages.entries()) insert.run({ key, ...searchColumns(message) });
        })(),
      );
    }),
  );
  const [perMail, ofIt] = [whole / INDEXED, alone / INDEXED];
  console.log(`storing a mail ${perMail.toFixed(3)} ms, of that its index ${ofIt.toFixed(3)} ms`);
}

function once(run: () => unknown): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

/** One question many times, over some three tenths of a second. */
function timed(run: () => unknown, mostMs = 300): number[] {
  run();
  const each: number[] = [];
  for (let spent = 0; each.length < 3 || (spent < mostMs && each.length < 100); spent += each.at(-1)!) {
    const start = performance.now();
    run();
    each.push(performance.now() - start);
  }
  return each;
}

async function timedCalls(run: () => Promise<unknown>): Promise<number[]> {
  await run();
  const each: number[] = [];
  for (let i = 0; i < 10; i += 1) {
    const start = performance.now();
    await run();
    each.push(performance.now() - start);
  }
  return each;
}

function summary(name: string, medians: readonly number[]): Figures {
  const figures = { p50: median(medians), p95: quantile(medians, 0.95) };
  console.log(
    `${name}: p50 ${figures.p50.toFixed(3)} ms, p95 ${figures.p95.toFixed(3)} ms, of ${medians.length} queries`,
  );
  return figures;
}

function search(reader: MailboxReader, query: string): number {
  const parsed = parseQuery(query, { now: NOW, timeZone: 'UTC' });
  const keys = searchKeys(reader.db, parsed, { limit: PAGE, beforeKey: null, ownAddresses: [ME] });
  return reader.summaries(keys).length;
}

function inProcess(): Figures {
  const reader = MailboxReader.open(file)!;
  const middle = (questions: readonly Question[]): number[] =>
    questions.map(({ name, query }) => {
      const hits = search(reader, query);
      const each = timed(() => search(reader, query));
      console.log(`  ${name.padEnd(32)} ${String(hits).padStart(3)} hits ${median(each).toFixed(3).padStart(9)} ms`);
      return median(each);
    });
  console.log('in process, first 50 with headers');
  const figures = summary('in process', middle(QUESTIONS));
  middle(HARD);
  for (const words of ['w1', 'w1 w3', 'w120', 'w1 in:inbox']) {
    const parsed = parseQuery(words, { now: NOW, timeZone: 'UTC' });
    const options = { limit: PAGE, offset: 0, upTo: null, ownAddresses: [ME] };
    const each = timed(() => reader.summaries(relevantKeys(reader.db, parsed, options)!));
    console.log(`  by relevance: ${words.padEnd(18)} ${median(each).toFixed(3).padStart(18)} ms`);
  }
  reader.close();
  return figures;
}

function notmuch(ours: Figures): void {
  const root = join(folder, 'mail');
  for (const name of ['cur', 'new', 'tmp']) mkdirSync(join(root, name), { recursive: true });
  for (const mail of wordMails(MAILS)) writeFileSync(join(root, 'cur', `${mail.id}:2,S`), bytesOf(mail));
  const config = join(folder, 'notmuchrc');
  writeFileSync(config, `[database]\npath=${root}\n[user]\nname=b\nprimary_email=${ME}\n`);
  const env = { ...process.env, NOTMUCH_CONFIG: config };
  execFileSync('notmuch', ['new', '--quiet'], { env, stdio: 'ignore' });
  const medians: number[] = [];
  for (const { name, notmuch: query } of QUESTIONS) {
    if (query === null) continue;
    const each = timed(() => spawnSync('notmuch', ['search', `--limit=${PAGE}`, query], { env }), 100);
    medians.push(median(each));
    console.log(`  ${name.padEnd(32)} ${median(each).toFixed(1).padStart(9)} ms`);
  }
  const start = timed(() => spawnSync('notmuch', ['--version'], { env }), 100);
  const theirs = summary('notmuch search --limit=50', medians);
  console.log(`  of that the start of its process ${median(start).toFixed(1)} ms`);
  const ratio = (a: number, b: number): string => `1/${(b / a).toFixed(0)}`;
  console.log(`ours to notmuch: p50 ${ratio(ours.p50, theirs.p50)}, p95 ${ratio(ours.p95, theirs.p95)}`);
}

async function doors(): Promise<void> {
  const home = join(folder, 'home');
  mkdirSync(home);
  const { gmail, env } = await startPretendGmail(home, [{ email: ME, appPassword: 'abcdefghijklmnop' }]);
  let room = await startMailroom({ folder: home, env });
  const { account_id: id } = await room.tool('add_gmail_account', {
    user_id: 'u',
    email: ME,
    app_password: 'abcdefghijklmnop',
  });
  // From then on nobody syncs the account, and its mail can be put in its place.
  await room.rest('PATCH', `/accounts/${id}`, { status: 'paused' });
  await room.end();
  const path = join(home, 'data', 'mailboxes', `${id}.sqlite`);
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
  copyFileSync(file, path);
  room = await startMailroom({ folder: home, env: { ...env, LOG_LEVEL: 'warn' } });
  const overRest: number[] = [];
  const overMcp: number[] = [];
  for (const { query } of QUESTIONS) {
    const route = `/accounts/${id}/messages?limit=${PAGE}&q=${encodeURIComponent(query)}`;
    overRest.push(median(await timedCalls(() => room.rest('GET', route))));
    overMcp.push(median(await timedCalls(() => room.tool('search_emails', { account_id: id, query, limit: PAGE }))));
  }
  summary('through REST', overRest);
  summary('through MCP', overMcp);
  console.log(
    `  REST without a search: ${median(await timedCalls(() => room.rest('GET', `/accounts/${id}`))).toFixed(2)} ms`,
  );
  console.log(
    `  MCP without a search: ${median(await timedCalls(() => room.tool('list_gmail_accounts'))).toFixed(2)} ms`,
  );
  await room.end();
  await gmail.close();
}

async function imap(): Promise<void> {
  const dovecot = await startDovecot({ users: { [ME]: 'secret' }, layout: 'plain' });
  const client = await dovecot.client(ME);
  for (const mail of wordMails(IMAP_MAILS))
    await client.append('INBOX', bytesOf(mail).replaceAll('\n', '\r\n'), ['\\Seen'], new Date(mail.dateMs));
  await client.mailboxOpen('INBOX', { readOnly: true });
  const medians: number[] = [];
  for (const { query } of QUESTIONS) {
    const { criterion } = toImapSearch(parseQuery(query, { now: NOW, timeZone: 'UTC' }).root, [ME]);
    if (criterion === null || criterion === 'nothing' || !('value' in criterion)) continue;
    const each = await timedCalls(() => client.search({ [criterion.key]: criterion.value }, { uid: true }));
    medians.push(median(each));
  }
  summary(`IMAP SEARCH on Dovecot, ${IMAP_MAILS} mails, without headers`, medians);
  await client.logout();
  await dovecot.stop();
}

try {
  store(file);
  indexing();
  const ours = inProcess();
  if (wants('notmuch')) notmuch(ours);
  if (wants('imap')) await imap();
  if (wants('doors')) await doors();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
