// STORE and UID STORE of flags and X-GM-LABELS, and EXPUNGE: what marking and unmarking means at Gmail.
import { decodeMailboxName } from '../folder-names.ts';
import type { CommandRule, ImapSession, Reply } from '../imap-session.ts';
import { atom, type Command, compile, formatSequence, listOf, utf8Of, wordOf } from '../imap-syntax.ts';
import { labelOfView, type Mail, type View } from '../mail.ts';
import type { PretendUser } from '../user.ts';
import { flagList, labelList } from './fetch.ts';
import { type Hit, hitsOf } from './ranges.ts';

type How = 'set' | 'add' | 'remove';

/**
 * Takes a mail out of a view for good, as Gmail's default settings have it: out of Trash, Spam and Drafts it is gone;
 * out of a label only the label is; out of All Mail nothing happens.
 */
function expungeFrom(user: PretendUser, view: View, mail: Mail): void {
  const label = labelOfView(view.name);
  view.deleted.delete(mail);
  if (view.name === 'trash' || view.name === 'spam' || view.name === 'drafts') user.destroy(mail);
  else if (label) user.changeLabels(mail, 'remove', [label]);
}

function storeFlags(session: ImapSession, hit: Hit, how: How, flags: readonly string[]): void {
  const user = session.owner;
  const { view } = session.open;
  const kept = flags.filter((flag) => flag !== '\\Deleted' && flag !== '\\Recent');
  const deleted = flags.includes('\\Deleted');
  user.changeFlags(hit.mail, how, kept);
  if (deleted && how !== 'remove') {
    if (user.autoExpunge) expungeFrom(user, view, hit.mail);
    else view.deleted.add(hit.mail);
  } else if (how === 'set' || deleted) view.deleted.delete(hit.mail);
}

function storeLabels(session: ImapSession, hit: Hit, how: How, labels: readonly string[]): void {
  const user = session.owner;
  const place = labels.includes('\\Trash') ? 'trash' : labels.includes('\\Spam') ? 'spam' : null;
  user.changeLabels(
    hit.mail,
    how,
    labels.filter((label) => label !== '\\Trash' && label !== '\\Spam'),
  );
  if (place && how !== 'remove') user.move(hit.mail, place);
}

async function store(session: ImapSession, command: Command, byUid: boolean): Promise<Reply> {
  const args = [...command.arguments];
  const hits = hitsOf(session, args.shift(), byUid);
  const modifier = Array.isArray(args[0]) ? listOf(args.shift()).map(wordOf) : [];
  const match = /^([+-]?)(FLAGS|X-GM-LABELS)(\.SILENT)?$/i.exec(wordOf(args[0]));
  if (!hits || !match) return 'BAD Could not parse command';
  if (session.open.readOnly) return 'NO [READ-ONLY] The mailbox was opened for reading only (Failure)';
  const unchangedSince = modifier[0]?.toUpperCase() === 'UNCHANGEDSINCE' ? Number(modifier[1]) : null;
  if (unchangedSince !== null) session.condstore = true;
  const how: How = match[1] === '+' ? 'add' : match[1] === '-' ? 'remove' : 'set';
  const words = args.slice(1).flatMap((argument) => listOf(argument));
  const flags = match[2]!.toUpperCase() === 'FLAGS';
  const values = words.map((word) => (flags || !session.utf8 ? wordOf(word) : utf8Of(word)));

  const modified: number[] = [];
  const { view } = session.open;
  for (const hit of hits) {
    if (unchangedSince !== null && hit.mail.modseq > unchangedSince) {
      modified.push(byUid ? hit.uid : hit.number);
      continue;
    }
    if (flags) storeFlags(session, hit, how, values);
    else storeLabels(session, hit, how, session.utf8 ? values : values.map(decodeMailboxName));
    session.open.flagged.delete(hit.uid);
    const modseq = session.condstore ? [atom('MODSEQ'), [hit.mail.modseq]] : [];
    const told = flags
      ? [atom('FLAGS'), flagList(view, hit.mail)]
      : [atom('X-GM-LABELS'), labelList(session, view, hit.mail)];
    const silent = match[3] !== undefined;
    if (silent && modseq.length === 0) continue;
    session.line(`${hit.number} FETCH ${compile([[atom('UID'), hit.uid, ...modseq, ...(silent ? [] : told)]])}`);
    await session.wire.relax();
  }
  return modified.length > 0 ? `OK [MODIFIED ${formatSequence(modified)}] Success` : 'OK Success';
}

function expunge(session: ImapSession, hits: readonly Hit[]): Reply {
  if (session.open.readOnly) return 'NO [READ-ONLY] The mailbox was opened for reading only (Failure)';
  const { view } = session.open;
  for (const hit of hits) if (view.deleted.has(hit.mail)) expungeFrom(session.owner, view, hit.mail);
  return 'OK Success';
}

const everything = { type: 'SEQUENCE', value: '1:*' } as const;

export const storeCommands: Readonly<Record<string, CommandRule>> = {
  STORE: { state: 'selected', keepsNumbers: true, run: (session, command) => store(session, command, false) },
  'UID STORE': { state: 'selected', run: (session, command) => store(session, command, true) },
  EXPUNGE: { state: 'selected', run: (session) => expunge(session, hitsOf(session, everything, false) ?? []) },
  'UID EXPUNGE': {
    state: 'selected',
    run(session, { arguments: [set] }) {
      const hits = hitsOf(session, set, true);
      return hits ? expunge(session, hits) : 'BAD Could not parse command';
    },
  },
  CLOSE: {
    state: 'selected',
    run(session) {
      if (!session.open.readOnly) expunge(session, hitsOf(session, everything, false) ?? []);
      session.selected = null;
      return 'OK Returned to authenticated state. (Success)';
    },
  },
};
