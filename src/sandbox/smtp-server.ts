// The SMTP side of the pretend Gmail: so far only who may log in. Takes no mail yet.
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import type { ServerCertificate } from './certificates.ts';
import type { RunningServer } from './imap-server.ts';
import type { Script, SmtpLoginAnswer } from './script.ts';
import type { PretendUser } from './user.ts';

export interface SmtpServerOptions {
  readonly certificate: ServerCertificate;
  readonly script: Script;
  readonly findUser: (email: string) => PretendUser | undefined;
  readonly onCommand: (entry: { email: string; session: number; line: string }) => void;
}

const ANSWERS: Readonly<Record<SmtpLoginAnswer, readonly [code: number, text: string]>> = {
  'wrong-password': [
    535,
    '5.7.8 Username and Password not accepted. For more information, go to https://support.google.com/mail/?p=BadCredentials 5b1f17b1804b1 - gsmtp',
  ],
  'app-password-required': [
    534,
    '5.7.9 Application-specific password required. For more information, go to https://support.google.com/mail/?p=InvalidSecondFactor 5b1f17b1804b1 - gsmtp',
  ],
  'web-login': [
    534,
    '5.7.14 Please log in via your web browser and then try again. https://support.google.com/mail/answer/78754 5b1f17b1804b1 - gsmtp',
  ],
  'too-many-logins': [454, '4.7.0 Too many login attempts, please try again later. 5b1f17b1804b1 - gsmtp'],
  'try-later': [421, '4.7.0 Try again later, closing connection. 5b1f17b1804b1 - gsmtp'],
};

class SmtpRefusal extends Error {
  readonly responseCode: number;

  constructor([code, text]: readonly [code: number, text: string]) {
    super(text);
    this.responseCode = code;
  }
}

/** Listens on a free port of 127.0.0.1, STARTTLS as on port 587; AUTH only after it. Mail is refused with 550. */
export async function startSmtpServer(options: SmtpServerOptions): Promise<RunningServer> {
  let logins = 0;
  const server = new SMTPServer({
    ...options.certificate,
    secure: false,
    name: 'smtp.gmail.com',
    banner: 'gsmtp',
    size: 35_882_577,
    disableReverseLookup: true,
    closeTimeout: 100,
    onAuth({ username, password, method }, _session, callback) {
      const email = (username ?? '').toLowerCase();
      options.onCommand({ email, session: ++logins, line: `AUTH ${method} ...` });
      const scripted = options.script.take(email, 'smtp-login');
      const user = options.findUser(email);
      const verdict = user?.judge(password ?? '') ?? 'wrong';
      if (scripted) callback(new SmtpRefusal(ANSWERS[scripted.answer]));
      else if (verdict === 'wrong') callback(new SmtpRefusal(ANSWERS['wrong-password']));
      else if (verdict === 'normal-password') callback(new SmtpRefusal(ANSWERS['app-password-required']));
      else callback(null, { user: email });
    },
    onMailFrom(_address, _session, callback) {
      callback(new SmtpRefusal([550, '5.7.1 This pretend Gmail takes no mail yet.']));
    },
  });
  // Peers that reset are no concern of a server.
  server.on('error', () => {});
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
