// SEARCH and UID SEARCH (RFC 3501, ESEARCH of RFC 4731, X-GM-EXT-1) over the open mailbox.
import { decodeMailboxName } from '../folder-names.ts';
import type { CommandRule, ImapSession, Reply } from '../imap-session.ts';
import { type Argument, type Command, formatSequence, listOf, parseSequence, utf8Of, wordOf } from '../imap-syntax.ts';
import { labelsOf } from '../mail.ts';
import { factsOf, type MailFacts } from '../mail-facts.ts';
import { judgeOf } from '../raw-query.ts';
import { type Hit, hitsOf } from './ranges.ts';

type Test = (hit: Hit) => boolean | Promise<boolean>;

const FLAG_KEYS: Readonly<Record<string, readonly [flag: string, borne: boolean]>> = {
  ANSWERED: ['\\Answered', true],
  UNANSWERED: ['\\Answered', false],
  DRAFT: ['\\Draft', true],
  UNDRAFT: ['\\Draft', false],
  FLAGGED: ['\\Flagged', true],
  UNFLAGGED: ['\\Flagged', false],
  SEEN: ['\\Seen', true],
  UNSEEN: ['\\Seen', false],
};
const DAY_MS = 24 * 60 * 60 * 1000;

class BadSearch extends Error {}

/** Reads one key with its arguments off the front of `args`. */
function readKey(session: ImapSession, args: Argument[]): Test {
  const head = args.shift();
  if (Array.isArray(head)) return readAll(session, head);
  const key = wordOf(head).toUpperCase();
  const text = () => utf8Of(args.shift());
  const flag = FLAG_KEYS[key];
  if (flag) return ({ mail }) => mail.flags.has(flag[0]) === flag[1];
  if (/^[\d*]/.test(key)) return numbered(session, key, false);
  switch (key) {
    case 'ALL':
    case 'OLD':
      return () => true;
    case 'NEW':
    case 'RECENT':
      return () => false;
    case 'DELETED':
      return ({ mail }) => session.open.view.deleted.has(mail);
    case 'UNDELETED':
      return ({ mail }) => !session.open.view.deleted.has(mail);
    case 'KEYWORD': {
      const word = text();
      return ({ mail }) => mail.flags.has(word);
    }
    case 'UNKEYWORD': {
      const word = text();
      return ({ mail }) => !mail.flags.has(word);
    }
    case 'UID':
      return numbered(session, wordOf(args.shift()), true);
    case 'NOT': {
      const inner = readKey(session, args);
      return async (hit) => !(await inner(hit));
    }
    case 'OR': {
      const [left, right] = [readKey(session, args), readKey(session, args)];
      return async (hit) => (await left(hit)) || (await right(hit));
    }
    case 'LARGER':
    case 'SMALLER': {
      const octets = Number(text());
      return ({ mail }) => (key === 'LARGER' ? mail.raw.length > octets : mail.raw.length < octets);
    }
    case 'SINCE':
    case 'BEFORE':
    case 'ON':
      return dated(key, dayOf(text()), (hit) => hit.mail.dateMs);
    case 'SENTSINCE':
    case 'SENTBEFORE':
    case 'SENTON':
      return dated(key.slice(4), dayOf(text()), async (hit) =>
        Date.parse((await factsOf(hit.mail)).headers.get('date') ?? ''),
      );
    case 'FROM':
    case 'TO':
    case 'CC':
    case 'BCC':
    case 'SUBJECT':
    case 'BODY':
      return contains(text(), (facts) => facts[key.toLowerCase() as 'from']);
    case 'TEXT':
      return contains(text(), (facts) => [...facts.headers.values(), facts.body].join('\n'));
    case 'HEADER': {
      const name = text().toLowerCase();
      return contains(text(), (facts) => facts.headers.get(name));
    }
    case 'MODSEQ': {
      const modseq = Number(text());
      session.condstore = true;
      return ({ mail }) => mail.modseq >= modseq;
    }
    case 'X-GM-MSGID': {
      const id = text();
      return ({ mail }) => String(mail.id) === id;
    }
    case 'X-GM-THRID': {
      const id = text();
      return ({ mail }) => String(mail.threadId) === id;
    }
    case 'X-GM-LABELS': {
      const given = args.shift();
      const wanted = listOf(given).map((word) => (session.utf8 ? utf8Of(word) : decodeMailboxName(wordOf(word))));
      return ({ mail }) => wanted.every((label) => labelsOf(mail).includes(label));
    }
    case 'X-GM-RAW': {
      const judge = judgeOf(text(), [session.owner.email, ...session.owner.sendAs]);
      return async ({ mail }) => judge(mail, await factsOf(mail));
    }
    default:
      throw new BadSearch(key);
  }
}

function readAll(session: ImapSession, args: readonly Argument[]): Test {
  const rest = [...args];
  const tests: Test[] = [];
  while (rest.length > 0) tests.push(readKey(session, rest));
  return async (hit) => {
    for (const test of tests) if (!(await test(hit))) return false;
    return true;
  };
}

function numbered(session: ImapSession, set: string, byUid: boolean): Test {
  const { uids } = session.open;
  const ranges = parseSequence(set, byUid ? (uids.at(-1) ?? 0) : uids.length);
  if (!ranges) throw new BadSearch(set);
  return (hit) => {
    const number = byUid ? hit.uid : hit.number;
    return ranges.some(([from, to]) => number >= from && number <= to);
  };
}

function dated(key: string, day: number, dateOf: (hit: Hit) => number | Promise<number>): Test {
  return async (hit) => {
    const date = await dateOf(hit);
    if (key === 'BEFORE') return date < day;
    return key === 'SINCE' ? date >= day : date >= day && date < day + DAY_MS;
  };
}

function dayOf(date: string): number {
  const day = Date.parse(`${date.trim()} 00:00:00 +0000`);
  if (Number.isNaN(day)) throw new BadSearch(date);
  return day;
}

function contains(needle: string, textOf: (facts: MailFacts) => string | undefined): Test {
  const wanted = needle.toLowerCase();
  return async ({ mail }) =>
    textOf(await factsOf(mail))
      ?.toLowerCase()
      .includes(wanted) ?? false;
}

async function search(session: ImapSession, command: Command, byUid: boolean): Promise<Reply> {
  const args = [...command.arguments];
  let returns: string[] | null = null;
  if (wordOf(args[0]).toUpperCase() === 'RETURN') {
    returns = listOf(args[1]).map((word) => wordOf(word).toUpperCase());
    args.splice(0, 2);
    if (returns.length === 0) returns = ['ALL'];
  }
  if (wordOf(args[0]).toUpperCase() === 'CHARSET') {
    if (!/^(utf-8|us-ascii)$/i.test(wordOf(args[1]))) return 'NO [BADCHARSET (UTF-8 US-ASCII)] Unsupported charset';
    args.splice(0, 2);
  }
  let test: Test;
  try {
    test = readAll(session, args);
  } catch (error) {
    if (error instanceof BadSearch) return 'BAD Could not parse command';
    throw error;
  }
  const found: number[] = [];
  for (const hit of hitsOf(session, { type: 'SEQUENCE', value: '1:*' }, false) ?? []) {
    if (await test(hit)) found.push(byUid ? hit.uid : hit.number);
  }
  session.line(returns ? extended(command.tag, byUid, returns, found) : ['SEARCH', ...found].join(' '));
  return 'OK SEARCH completed (Success)';
}

/** `* ESEARCH` of RFC 4731: only COUNT is told when nothing was found. */
function extended(tag: string, byUid: boolean, returns: readonly string[], found: readonly number[]): string {
  const words = [`ESEARCH (TAG "${tag}")`];
  if (byUid) words.push('UID');
  for (const item of returns) {
    if (item === 'COUNT') words.push(`COUNT ${found.length}`);
    else if (found.length === 0) continue;
    else if (item === 'MIN') words.push(`MIN ${found[0]}`);
    else if (item === 'MAX') words.push(`MAX ${found.at(-1)}`);
    else if (item === 'ALL') words.push(`ALL ${formatSequence(found)}`);
  }
  return words.join(' ');
}

export const searchCommands: Readonly<Record<string, CommandRule>> = {
  SEARCH: { state: 'selected', keepsNumbers: true, run: (session, command) => search(session, command, false) },
  'UID SEARCH': { state: 'selected', run: (session, command) => search(session, command, true) },
};
