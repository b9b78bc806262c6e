// FETCH and UID FETCH: from the items asked for to answers on the wire, with the faults that live there.
import { encodeMailboxName } from '../folder-names.ts';
import type { CommandRule, ImapSession, Reply } from '../imap-session.ts';
import {
  type Argument,
  atom,
  type Command,
  compile,
  type Item,
  listOf,
  text,
  utf8Text,
  type Word,
  wordOf,
} from '../imap-syntax.ts';
import { labelOfView, labelsOf, type Mail, type View } from '../mail.ts';
import { envelopeOf, sectionOf, structureOf } from '../mime-structure.ts';
import { type MimePart, parseTree } from '../mime-tree.ts';
import { type Hit, hitsOf } from './ranges.ts';

const MACROS: Readonly<Record<string, readonly string[]>> = {
  ALL: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE'],
  FAST: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE'],
  FULL: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE', 'BODY'],
};
const CONTENT = /^(BODY|RFC822$|RFC822\.(HEADER|TEXT)|ENVELOPE)/;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A FETCH value: an item of the line, or octets that go as a literal. */
type Value = Item | Buffer | undefined;

/** The flags of a mail as one view shows them. */
export function flagList(view: View, mail: Mail): Item[] {
  return [...mail.flags, ...(view.deleted.has(mail) ? ['\\Deleted'] : [])].map(atom);
}

/** X-GM-LABELS as one view shows them: without the label of the view itself. */
export function labelList(session: ImapSession, view: View, mail: Mail): Item[] {
  const own = labelOfView(view.name);
  return labelsOf(mail)
    .filter((label) => label !== own)
    .map((label) => (session.utf8 ? utf8Text(label) : text(encodeMailboxName(label))));
}

/** INTERNALDATE (RFC 3501 `date-time`), always in UTC as Gmail has it. */
export function formatInternalDate(dateMs: number): string {
  const date = new Date(dateMs);
  const day = String(date.getUTCDate()).padStart(2, '0');
  return `${day}-${MONTHS[date.getUTCMonth()]}-${date.getUTCFullYear()} ${date.toISOString().slice(11, 19)} +0000`;
}

async function fetch(session: ImapSession, command: Command, byUid: boolean): Promise<Reply> {
  const [set, asked, modifiers] = command.arguments;
  const words = itemsOf(asked);
  const names = words.map((word) => word.value.toUpperCase());
  const { script } = session.host;
  const { email } = session.owner;
  const { view, readOnly } = session.open;
  const modifierWords = listOf(modifiers).map((word) => wordOf(word).toUpperCase());
  const since = modifierWords[0] === 'CHANGEDSINCE' ? Number(modifierWords[1]) : null;
  if (since !== null || names.includes('MODSEQ')) session.condstore = true;
  if (since !== null && !names.includes('MODSEQ')) words.push({ type: 'ATOM', value: 'MODSEQ' });

  const expunge = script.take(email, 'expunge-before-fetch');
  if (expunge) {
    const mail = view.mails.get(expunge.uid ?? session.open.uids.at(-1) ?? 0);
    if (mail) session.owner.destroy(mail);
  }
  const withUid = !script.standing(email, 'fetch-without-uid');
  const hits = hitsOf(session, set, byUid);
  if (!hits) return 'BAD Could not parse command';
  if (script.take(email, 'unsolicited-fetch')) {
    session.line('1 FETCH (FLAGS (\\Seen))');
    session.line(`${session.open.uids.length + 1000} FETCH (UID 4294967290 FLAGS ())`);
  }

  const wantsContent = names.some((name) => CONTENT.test(name));
  const marksSeen = !readOnly && words.some((word) => marksAsSeen(word));
  let refused: Reply | null = null;
  for (const hit of hits) {
    if (since !== null && hit.mail.modseq <= since) continue;
    const refusal = wantsContent ? refusalOf(session, hit) : null;
    if (refusal) {
      refused = refusal;
      continue;
    }
    if (marksSeen && !hit.mail.flags.has('\\Seen')) session.owner.changeFlags(hit.mail, 'add', ['\\Seen']);
    answer(session, hit, words, withUid && (byUid || names.includes('UID')));
    if (session.wire.closed) break;
    await session.wire.relax();
  }
  return refused ?? 'OK Success';
}

function refusalOf(session: ImapSession, hit: Hit): Reply | null {
  const fits = (fault: { uid: number; view?: string }) =>
    fault.uid === hit.uid && (fault.view ?? session.open.view.name) === session.open.view.name;
  const fault = session.host.script.take(session.owner.email, 'refuse-uid', fits);
  return fault ? `NO ${fault.text ?? 'Some messages could not be FETCHed (Failure)'}` : null;
}

function itemsOf(asked: Argument | undefined): Word[] {
  const macro = MACROS[wordOf(asked).toUpperCase()];
  if (macro) return macro.map((value) => ({ type: 'ATOM', value }));
  return listOf(asked).filter((item): item is Word => item !== null && !Array.isArray(item));
}

function marksAsSeen(word: Word): boolean {
  const name = word.value.toUpperCase();
  return (name === 'BODY' && word.section !== undefined) || name === 'RFC822' || name === 'RFC822.TEXT';
}

/** One `* n FETCH (...)`. Literals are handed to the wire apart, so that a script can cut them. */
function answer(session: ImapSession, hit: Hit, words: readonly Word[], withUid: boolean): void {
  let tree: MimePart | undefined;
  const treeOf = () => {
    tree ??= parseTree(hit.mail.raw);
    return tree;
  };
  let line = `* ${hit.number} FETCH (${withUid ? `UID ${hit.uid}` : ''}`;
  for (const word of words) {
    const name = word.value.toUpperCase();
    if (name === 'UID') continue;
    const value = readItem(session, hit, word, name, treeOf);
    if (value === undefined) continue;
    line += `${line.endsWith('(') ? '' : ' '}${labelOf(word, name)} `;
    if (Buffer.isBuffer(value)) {
      session.wire.write(line);
      session.wire.writeLiteral(value);
      line = '';
    } else line += compile([value]);
  }
  session.wire.write(`${line})\r\n`);
}

function readItem(session: ImapSession, hit: Hit, word: Word, name: string, treeOf: () => MimePart): Value {
  const { mail } = hit;
  const { view } = session.open;
  switch (name) {
    case 'FLAGS':
      return flagList(view, mail);
    case 'INTERNALDATE':
      return text(formatInternalDate(mail.dateMs));
    case 'RFC822.SIZE':
      return mail.raw.length;
    case 'MODSEQ':
      return [mail.modseq];
    case 'X-GM-MSGID':
      return atom(String(mail.id));
    case 'X-GM-THRID':
      return atom(String(mail.threadId));
    case 'X-GM-LABELS':
      return labelList(session, view, mail);
    case 'ENVELOPE':
      return envelopeOf(treeOf());
    case 'BODYSTRUCTURE':
      return structureOf(mail.raw, treeOf(), true);
    case 'RFC822':
      return mail.raw;
    case 'RFC822.HEADER':
      return sectionOf(mail.raw, treeOf(), 'HEADER', []) ?? undefined;
    case 'RFC822.TEXT':
      return sectionOf(mail.raw, treeOf(), 'TEXT', []) ?? undefined;
    case 'BODY':
    case 'BODY.PEEK':
      return word.section ? sectionValue(mail, word, treeOf) : structureOf(mail.raw, treeOf(), false);
    default:
      return undefined;
  }
}

function sectionValue(mail: Mail, word: Word, treeOf: () => MimePart): Buffer | null {
  const [section, names] = [wordOf(word.section?.[0]).toUpperCase(), listOf(word.section?.[1])];
  const whole = section === '' ? mail.raw : sectionOf(mail.raw, treeOf(), section, names.map(wordOf));
  if (!whole || !word.partial) return whole;
  const [offset = 0, length = whole.length] = word.partial;
  return whole.subarray(offset, offset + length);
}

/** How the item is named in the answer: `BODY[1.MIME]<0>`. */
function labelOf(word: Word, name: string): string {
  if (!word.section) return name;
  const section = word.section
    .map((part) => (Array.isArray(part) ? `(${part.map(wordOf).join(' ')})` : wordOf(part).toUpperCase()))
    .join(' ');
  return `BODY[${section}]${word.partial ? `<${word.partial[0]}>` : ''}`;
}

export const fetchCommands: Readonly<Record<string, CommandRule>> = {
  FETCH: { state: 'selected', keepsNumbers: true, run: (session, command) => fetch(session, command, false) },
  'UID FETCH': { state: 'selected', run: (session, command) => fetch(session, command, true) },
};
