// Commands about mailboxes: LIST and its kin, STATUS, SELECT, and the making and unmaking of labels.
import {
  decodeMailboxName,
  encodeMailboxName,
  PARENT,
  pathOf,
  SPECIAL_USE,
  SYSTEM_VIEWS,
  type ViewName,
} from '../folder-names.ts';
import type { CommandRule, ImapSession, Reply } from '../imap-session.ts';
import { type Argument, atom, compile, type Item, listOf, text, utf8Of, utf8Text, wordOf } from '../imap-syntax.ts';
import type { View } from '../mail.ts';

const FLAGS = '\\Answered \\Flagged \\Draft \\Deleted \\Seen $NotPhishing $Phishing';

/** The view that a mailbox argument names, if the user lets IMAP see it. */
export function findView(session: ImapSession, argument: Argument | undefined): View | undefined {
  const path = pathFrom(session, argument);
  return visibleViews(session).find((view) => pathOf(view.name, session.owner.language) === path);
}

/** What a mailbox is answered when there is none. */
export const unknownMailbox = (argument: Argument | undefined): Reply =>
  `NO [NONEXISTENT] Unknown Mailbox: ${wordOf(argument)} (Failure)`;

function pathFrom(session: ImapSession, argument: Argument | undefined): string {
  const path = session.utf8 ? utf8Of(argument) : decodeMailboxName(wordOf(argument));
  return path.toUpperCase() === 'INBOX' ? 'INBOX' : path;
}

function visibleViews(session: ImapSession): View[] {
  return session.owner.views.filter((view) => !session.owner.hidden.has(view.name));
}

function nameItem(session: ImapSession, path: string): Item {
  return session.utf8 ? utf8Text(path) : text(encodeMailboxName(path));
}

/** Every path of LIST, with the parents that are no mailbox themselves. */
function paths(session: ImapSession): Map<string, View | null> {
  const all = new Map<string, View | null>();
  for (const view of visibleViews(session)) {
    const path = pathOf(view.name, session.owner.language);
    for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
      const parent = path.slice(0, slash);
      if (!all.has(parent)) all.set(parent, null);
    }
    all.set(path, view);
  }
  return all;
}

function attributesOf(path: string, view: View | null, all: ReadonlyMap<string, unknown>): string[] {
  const children = [...all.keys()].some((other) => other.startsWith(`${path}/`));
  const attributes = [children ? '\\HasChildren' : '\\HasNoChildren'];
  if (!view) attributes.push('\\Noselect');
  const own = SYSTEM_VIEWS.find((name) => name === view?.name);
  if (own) attributes.push(SPECIAL_USE[own]);
  return attributes;
}

function listPattern(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('%', '[^/]*')}$`, 'is');
}

function list(answer: string): CommandRule {
  return {
    state: 'authenticated',
    run(session, command) {
      const args = [...command.arguments];
      const selection = Array.isArray(args[0]) ? listOf(args.shift()).map((word) => wordOf(word).toUpperCase()) : [];
      const reference = pathFrom(session, args[0]);
      const patterns = listOf(args[1]).map((pattern) => `${reference}${pathFrom(session, pattern)}`);
      const returns = wordOf(args[2]).toUpperCase() === 'RETURN' ? listOf(args[3]) : [];
      const status = returns.findIndex((word) => wordOf(word).toUpperCase() === 'STATUS');
      const subscribed = returns.some((word) => wordOf(word).toUpperCase() === 'SUBSCRIBED');
      if (patterns.length === 1 && patterns[0] === '') {
        session.line(`${answer} (\\Noselect) "/" ""`);
        return 'OK Success';
      }
      const all = paths(session);
      for (const [path, view] of all) {
        if (!patterns.some((pattern) => listPattern(pattern).test(path))) continue;
        if (selection.includes('SPECIAL-USE') && !(view && view.name in SPECIAL_USE)) continue;
        const attributes = attributesOf(path, view, all);
        if (subscribed) attributes.push('\\Subscribed');
        session.send(atom(answer), attributes.map(atom), text('/'), nameItem(session, path));
        if (view && status >= 0) sendStatus(session, path, view, listOf(returns[status + 1]));
      }
      return 'OK Success';
    },
  };
}

function sendStatus(session: ImapSession, path: string, view: View, items: readonly Argument[]): void {
  const values = items.flatMap((item): Item[] => {
    const name = wordOf(item).toUpperCase();
    const value = statusValue(session, view, name);
    return value === null ? [] : [atom(name), value];
  });
  session.send(atom('STATUS'), nameItem(session, path), values);
}

function statusValue(session: ImapSession, view: View, item: string): number | null {
  switch (item) {
    case 'MESSAGES':
      return view.mails.size;
    case 'RECENT':
      return 0;
    case 'UIDNEXT':
      return uidNextOf(session, view);
    case 'UIDVALIDITY':
      return uidValidityOf(session, view);
    case 'UNSEEN':
      return [...view.mails.values()].filter((mail) => !mail.flags.has('\\Seen')).length;
    case 'HIGHESTMODSEQ':
      return view.highestModseq;
    default:
      return null;
  }
}

function uidValidityOf(session: ImapSession, view: View): number | null {
  const fault = session.host.script.standing(session.owner.email, 'uid-validity');
  if (fault) return fault.value === 'zero' ? 0 : null;
  return view.uidValidity;
}

function uidNextOf(session: ImapSession, view: View): number | null {
  const fault = session.host.script.standing(session.owner.email, 'uid-next');
  if (fault) return fault.value === 'back' ? Math.max(1, [...view.mails.keys()].at(-1) ?? 1) : null;
  return view.uidNext;
}

function select(readOnly: boolean): CommandRule {
  return {
    state: 'authenticated',
    run(session, { arguments: [name, parameters] }) {
      session.selected = null;
      const view = findView(session, name);
      if (!view) return unknownMailbox(name);
      if (listOf(parameters).some((word) => wordOf(word).toUpperCase() === 'CONDSTORE')) session.condstore = true;
      const uids = [...view.mails.keys()];
      session.selected = { view, readOnly, uids, added: new Set(), removed: new Set(), flagged: new Set() };
      session.line(`FLAGS (${FLAGS})`);
      session.line(`OK [PERMANENTFLAGS (${readOnly ? '' : `${FLAGS} \\*`})] Flags permitted.`);
      const uidValidity = uidValidityOf(session, view);
      if (uidValidity !== null) session.line(`OK [UIDVALIDITY ${uidValidity}] UIDs valid.`);
      session.line(`${uids.length} EXISTS`);
      session.line('0 RECENT');
      const uidNext = uidNextOf(session, view);
      if (uidNext !== null) session.line(`OK [UIDNEXT ${uidNext}] Predicted next UID.`);
      session.line(`OK [HIGHESTMODSEQ ${view.highestModseq}]`);
      return `OK [${readOnly ? 'READ-ONLY' : 'READ-WRITE'}] ${compile([nameItem(session, pathOf(view.name, session.owner.language))])} selected. (Success)`;
    },
  };
}

/** A label's name as CREATE, DELETE and RENAME may take it; null for Gmail's own. */
function labelName(session: ImapSession, argument: Argument | undefined): string | null {
  const path = pathFrom(session, argument).replace(/\/+$/, '');
  const reserved = path === '' || path === 'INBOX' || path === PARENT || path.startsWith(`${PARENT}/`);
  return reserved ? null : path;
}

const CANNOT = 'NO [CANNOT] Invalid folder name (Failure)';

const success: CommandRule = { state: 'authenticated', run: () => 'OK Success' };

export const folderCommands: Readonly<Record<string, CommandRule>> = {
  LIST: list('LIST'),
  XLIST: list('XLIST'),
  LSUB: list('LSUB'),
  STATUS: {
    state: 'authenticated',
    run(session, { arguments: [name, items] }) {
      const view = findView(session, name);
      if (!view) return unknownMailbox(name);
      sendStatus(session, pathOf(view.name, session.owner.language), view, listOf(items));
      return 'OK Success';
    },
  },
  SELECT: select(false),
  EXAMINE: select(true),
  CREATE: {
    state: 'authenticated',
    run(session, { arguments: [name] }) {
      const label = labelName(session, name);
      if (!label) return CANNOT;
      if (session.owner.view(`label:${label}` as ViewName)) return 'NO [ALREADYEXISTS] Duplicate folder name (Failure)';
      session.owner.createLabel(label);
      return 'OK Success';
    },
  },
  DELETE: {
    state: 'authenticated',
    run(session, { arguments: [name] }) {
      const label = labelName(session, name);
      if (!label) return CANNOT;
      if (!session.owner.view(`label:${label}`)) return unknownMailbox(name);
      session.owner.deleteLabel(label);
      return 'OK Success';
    },
  },
  RENAME: {
    state: 'authenticated',
    run(session, { arguments: [from, to] }) {
      const [old, fresh] = [labelName(session, from), labelName(session, to)];
      if (!old || !fresh) return CANNOT;
      if (!session.owner.view(`label:${old}`)) return unknownMailbox(from);
      session.owner.renameLabel(old, fresh);
      return 'OK Success';
    },
  },
  SUBSCRIBE: success,
  UNSUBSCRIBE: success,
  CHECK: success,
  UNSELECT: {
    state: 'selected',
    run(session) {
      session.selected = null;
      return 'OK Returned to authenticated state. (Success)';
    },
  },
};
