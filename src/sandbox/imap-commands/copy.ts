// COPY, MOVE and APPEND: at Gmail a copy is a label more, a move a label for a label, and Trash and Spam are places.
import type { CommandRule, ImapSession, Reply } from '../imap-session.ts';
import { type Argument, type Command, formatSequence, listOf, wordOf } from '../imap-syntax.ts';
import { type DeliverOptions, labelOfView, type Mail, type View } from '../mail.ts';
import { findView, unknownMailbox } from './folders.ts';
import { type Hit, hitsOf } from './ranges.ts';

function bring(session: ImapSession, mail: Mail, to: View, from: View, move: boolean): void {
  const user = session.owner;
  if (to.name === 'trash' || to.name === 'spam') {
    user.move(mail, to.name);
    return;
  }
  const label = labelOfView(to.name);
  const left = labelOfView(from.name);
  if (mail.place !== 'all') user.move(mail, 'all');
  if (label) user.changeLabels(mail, 'add', [label]);
  if (move && left && left !== label) user.changeLabels(mail, 'remove', [left]);
}

function copy(byUid: boolean, move: boolean): CommandRule {
  return {
    state: 'selected',
    run(session: ImapSession, { arguments: [set, name] }: Command): Reply {
      const hits = hitsOf(session, set, byUid);
      const to = findView(session, name);
      if (!hits) return 'BAD Could not parse command';
      if (!to) return `NO [TRYCREATE] ${unknownMailbox(name).replace(/^NO (\[\w+\] )?/, '')}`;
      const from = session.open.view;
      const done = hits.map((hit: Hit) => {
        bring(session, hit.mail, to, from, move);
        return { source: hit.uid, target: to.uids.get(hit.mail) ?? 0 };
      });
      if (done.length === 0) return 'OK Success';
      const [sources, targets] = [done.map((each) => each.source), done.map((each) => each.target)];
      const code = `[COPYUID ${to.uidValidity} ${formatSequence(sources)} ${formatSequence(targets)}]`;
      if (!move) return `OK ${code} (Success)`;
      session.line(`OK ${code}`);
      return 'OK (Success)';
    },
  };
}

function append(session: ImapSession, command: Command): Reply {
  const [name, ...rest] = command.arguments;
  const to = findView(session, name);
  if (!to) return `NO [TRYCREATE] ${unknownMailbox(name).replace(/^NO (\[\w+\] )?/, '')}`;
  const literal = findLiteral(rest);
  if (literal === undefined) return 'BAD Could not parse command';
  const flags = (Array.isArray(rest[0]) ? listOf(rest[0]) : []).map(wordOf).filter((flag) => flag !== '\\Deleted');
  const date = new Date(
    rest.map((argument) => wordOf(argument)).find((word) => /^ ?\d+-\w{3}-\d{4} /.test(word)) ?? '',
  );
  const label = labelOfView(to.name);
  const options: DeliverOptions = {
    flags,
    labels: label ? [label] : [],
    place: to.name === 'spam' || to.name === 'trash' ? to.name : 'all',
    date: Number.isNaN(date.getTime()) ? new Date() : date,
  };
  const mail = session.owner.append(Buffer.from(literal, 'latin1'), options);
  return `OK [APPENDUID ${to.uidValidity} ${to.uids.get(mail) ?? 0}] (Success)`;
}

function findLiteral(args: readonly Argument[]): string | undefined {
  for (const argument of args.toReversed()) {
    if (Array.isArray(argument)) {
      const inner = findLiteral(argument);
      if (inner !== undefined) return inner;
    } else if (argument?.type === 'LITERAL') return argument.value;
  }
  return undefined;
}

export const copyCommands: Readonly<Record<string, CommandRule>> = {
  COPY: { ...copy(false, false), keepsNumbers: true },
  'UID COPY': copy(true, false),
  MOVE: copy(false, true),
  'UID MOVE': copy(true, true),
  APPEND: { state: 'authenticated', run: append },
};
