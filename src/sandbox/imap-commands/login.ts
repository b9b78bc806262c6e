// LOGIN and AUTHENTICATE PLAIN, with Gmail's refusals. Passwords go nowhere from here.
import type { CommandRule, ImapSession, Reply } from '../imap-session.ts';
import { utf8Of, wordOf } from '../imap-syntax.ts';
import type { ImapLoginAnswer } from '../script.ts';
import { capabilities } from './connection.ts';

/** Connections that one account may have open at a time, all clients together. */
const CONNECTION_LIMIT = 15;

const ANSWERS: Readonly<Record<ImapLoginAnswer, Reply>> = {
  'wrong-password': 'NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)',
  'app-password-required':
    'NO [ALERT] Application-specific password required: https://support.google.com/accounts/answer/185833 (Failure)',
  'web-login':
    'NO [ALERT] Please log in via your web browser: https://support.google.com/mail/accounts/answer/78754 (Failure)',
  'web-alert': 'NO [WEBALERT https://accounts.google.com/signin/continue?sarp=1] Web login required.',
  'imap-disabled':
    'NO [ALERT] IMAP access is disabled for your domain. Please contact your domain administrator. (Failure)',
  unavailable: 'NO [UNAVAILABLE] Temporary authentication failure',
  'too-many-connections': 'NO [ALERT] Too many simultaneous connections. (Failure)',
  overquota: 'NO [ALERT] Account exceeded command or bandwidth limits. (Failure)',
  'lookup-failed': 'NO Lookup failed 5b1f17b1804b1-4390b0',
};

function logIn(session: ImapSession, email: string, password: string): Reply {
  if (session.user) return 'BAD Already logged in';
  const user = session.host.findUser(email);
  const scripted = session.host.script.take(email.toLowerCase(), 'imap-login');
  if (scripted) return ANSWERS[scripted.answer];
  const verdict = user?.judge(password) ?? 'wrong';
  if (!user || verdict === 'wrong') return ANSWERS['wrong-password'];
  if (verdict === 'normal-password') return ANSWERS['app-password-required'];
  if (session.host.script.isExhausted(user.email)) return ANSWERS.overquota;
  if (user.connections >= CONNECTION_LIMIT) return ANSWERS['too-many-connections'];
  session.logIn(user);
  session.line(`CAPABILITY ${capabilities(session)}`);
  return `OK ${user.email} authenticated (Success)`;
}

export const loginCommands: Readonly<Record<string, CommandRule>> = {
  LOGIN: {
    state: 'any',
    run: (session, { arguments: [email, password] }) => logIn(session, utf8Of(email), utf8Of(password)),
  },
  'AUTHENTICATE PLAIN': {
    state: 'any',
    async run(session, command) {
      let response = wordOf(command.arguments[0]);
      if (response === '') {
        session.wire.write('+ \r\n');
        response = (await session.wire.readLine())?.toString('latin1') ?? '';
      }
      const [, email, password] = Buffer.from(response, 'base64').toString('utf8').split('\0');
      if (email === undefined || password === undefined) return 'BAD Invalid SASL argument';
      return logIn(session, email, password);
    },
  },
};
