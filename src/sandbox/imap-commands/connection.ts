// Commands of any state and of the connection itself: capabilities, ID, ENABLE, quota, IDLE, LOGOUT.
import type { CommandRule, ImapSession } from '../imap-session.ts';
import { type Argument, atom, text, wordOf } from '../imap-syntax.ts';

const BEFORE_LOGIN =
  'IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN X-GM-EXT-1 XYZZY SASL-IR AUTH=XOAUTH2 AUTH=PLAIN AUTH=PLAIN-CLIENTTOKEN AUTH=OAUTHBEARER';
const AFTER_LOGIN =
  'IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN X-GM-EXT-1 UIDPLUS COMPRESS=DEFLATE ENABLE MOVE CONDSTORE ESEARCH UTF8=ACCEPT LIST-EXTENDED LIST-STATUS LITERAL- SPECIAL-USE APPENDLIMIT=35651584';

/** What Gmail can do before and after a login. */
export function capabilities(session: ImapSession): string {
  if (!session.user) return BEFORE_LOGIN;
  const lacks = session.host.script.standing(session.user.email, 'lacks')?.capability;
  return AFTER_LOGIN.split(' ')
    .filter((each) => each !== lacks)
    .join(' ');
}

const STORAGE_KIB = 15 * 1024 * 1024;

function quota(session: ImapSession): string {
  let octets = 0;
  for (const name of ['all', 'spam', 'trash'] as const) {
    for (const mail of session.owner.view(name)?.mails.values() ?? []) octets += mail.raw.length;
  }
  return `QUOTA "" (STORAGE ${Math.ceil(octets / 1024)} ${STORAGE_KIB})`;
}

export const connectionCommands: Readonly<Record<string, CommandRule>> = {
  CAPABILITY: {
    state: 'any',
    run(session) {
      session.line(`CAPABILITY ${capabilities(session)}`);
      return 'OK Thats all she wrote!';
    },
  },
  NOOP: { state: 'any', run: () => 'OK Success' },
  ID: {
    state: 'any',
    run(session) {
      session.send(atom('ID'), [text('name'), text('GImap'), text('vendor'), text('Google, Inc.')]);
      return 'OK Success';
    },
  },
  XYZZY: { state: 'any', run: () => 'OK Nothing happens.' },
  NAMESPACE: {
    state: 'authenticated',
    run(session) {
      session.line('NAMESPACE (("" "/")) NIL NIL');
      return 'OK Success';
    },
  },
  GETQUOTA: {
    state: 'authenticated',
    run(session) {
      session.line(quota(session));
      return 'OK Success';
    },
  },
  GETQUOTAROOT: {
    state: 'authenticated',
    run(session, command) {
      session.send(atom('QUOTAROOT'), text(wordOf(command.arguments[0])), text(''));
      session.line(quota(session));
      return 'OK Success';
    },
  },
  ENABLE: {
    state: 'authenticated',
    run(session, command) {
      const known: string[] = [];
      for (const word of command.arguments.map((argument: Argument) => wordOf(argument).toUpperCase())) {
        if (word === 'CONDSTORE') session.condstore = true;
        else if (word === 'UTF8=ACCEPT') session.utf8 = true;
        else continue;
        known.push(word);
      }
      session.line(['ENABLED', ...known].join(' '));
      return 'OK Success';
    },
  },
  COMPRESS: {
    state: 'authenticated',
    run(session, { arguments: [how] }) {
      if (wordOf(how).toUpperCase() !== 'DEFLATE') return 'BAD Unknown compression';
      if (session.wire.compressed) return 'NO [COMPRESSIONACTIVE] DEFLATE is active already (Failure)';
      session.compressNext = true;
      return 'OK Success';
    },
  },
  IDLE: {
    state: 'authenticated',
    run: async (session) => ((await session.idle()) ? 'OK IDLE terminated (Success)' : 'BAD Expected DONE'),
  },
  LOGOUT: {
    state: 'any',
    run(session) {
      session.line('BYE LOGOUT Requested');
      session.logOut();
      return 'OK 73 good day (Success)';
    },
  },
};
