// The SMTP side of the pretend Gmail: who may log in, what is taken, and what shall go wrong with it. Files nothing itself.
import type { AddressInfo, Socket } from 'node:net';
import { domainToASCII } from 'node:url';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import type { ServerCertificate } from './certificates.ts';
import type { RunningServer } from './imap-server.ts';
import type { Script, SmtpLoginAnswer, SmtpStage } from './script.ts';
import type { Submission } from './submission.ts';
import type { PretendUser } from './user.ts';

export interface SmtpServerOptions {
  readonly certificate: ServerCertificate;
  /** 0 takes a free one. */
  readonly port: number;
  readonly script: Script;
  readonly findUser: (email: string) => PretendUser | undefined;
  readonly onCommand: (entry: { email: string; session: number; line: string }) => void;
  /** Called with each mail that was taken, `email` being the sender's login. */
  readonly onMail: (email: string, mail: Submission) => void;
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

const TOO_LARGE =
  "552 5.2.3 Your message exceeded Google's message size limits. https://support.google.com/mail/?p=MaxSizeError 5b1f17b1804b1 - gsmtp";

/** Gmail takes so many recipients of one mail over SMTP. */
const MOST_RECIPIENTS = 100;

class SmtpRefusal extends Error {
  readonly responseCode: number;

  constructor([code, text]: readonly [code: number, text: string]) {
    super(text);
    this.responseCode = code;
  }

  static of(reply: string): SmtpRefusal {
    return new SmtpRefusal([Number(reply.slice(0, 3)), reply.slice(4)]);
  }
}

/** Listens on 127.0.0.1, STARTTLS as on port 587; AUTH only after it. */
export async function startSmtpServer(options: SmtpServerOptions): Promise<RunningServer> {
  const { script } = options;
  let logins = 0;
  const sockets = new Map<string, Socket>();
  /** Whether the connection was ended here; then nothing more is to be said. */
  const drops = (stage: SmtpStage, session: SMTPServerSession): boolean => {
    const fault = script.take(emailOf(session), 'smtp-drop', (each) => each.stage === stage);
    if (fault) sockets.get(session.id)?.destroy();
    return fault !== undefined;
  };
  const refusal = (stage: SmtpStage, session: SMTPServerSession, recipient = ''): SmtpRefusal | null => {
    const fault = script.take(
      emailOf(session),
      'smtp-answer',
      (each) => each.stage === stage && (each.recipient ?? recipient) === recipient,
    );
    return fault ? SmtpRefusal.of(fault.text) : null;
  };
  const held = (stage: SmtpStage, session: SMTPServerSession): Promise<void> =>
    script.isOver(emailOf(session), 'smtp-hold', (each) => each.stage === stage);
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
      const scripted = script.take(email, 'smtp-login');
      const user = options.findUser(email);
      const verdict = user?.judge(password ?? '') ?? 'wrong';
      if (scripted) callback(new SmtpRefusal(ANSWERS[scripted.answer]));
      else if (verdict === 'wrong') callback(new SmtpRefusal(ANSWERS['wrong-password']));
      else if (verdict === 'normal-password') callback(new SmtpRefusal(ANSWERS['app-password-required']));
      else callback(null, { user: email });
    },
    onConnect: (session, callback) => callback(refusal('connect', session)),
    onSecure(socket, session, callback) {
      sockets.set(session.id, socket);
      callback(null);
    },
    async onMailFrom(_address, session, callback) {
      await held('mail', session);
      if (!drops('mail', session)) callback(refusal('mail', session));
    },
    onRcptTo({ address }, session, callback) {
      if (drops('rcpt', session)) return;
      const tooMany = session.envelope.rcptTo.length >= MOST_RECIPIENTS;
      callback(tooMany ? SmtpRefusal.of('452 4.5.3 Too many recipients') : refusal('rcpt', session, address));
    },
    async onData(stream, session, callback) {
      if (drops('data', session)) return;
      const raw = await readAll(stream).catch(() => null);
      if (!raw) return;
      const refused = refusal('end', session);
      if (refused || stream.sizeExceeded) return callback(refused ?? SmtpRefusal.of(TOO_LARGE));
      const { mailFrom, rcptTo } = session.envelope;
      const mail = {
        from: mailFrom ? mailFrom.address : '',
        recipients: rcptTo.map(({ address }) => asWritten(address)),
        raw,
      };
      const email = emailOf(session);
      const late = script.take(email, 'smtp-late');
      if (late) setTimeout(() => options.onMail(email, mail), late.delayMs).unref();
      else options.onMail(email, mail);
      if (script.take(email, 'smtp-mute') || drops('end', session)) return;
      await held('end', session);
      callback(null, '2.0.0 OK 1234567890 5b1f17b1804b1 - gsmtp');
    },
    onClose: (session) => void sockets.delete(session.id),
  });
  // Peers that reset are no concern of a server.
  server.on('error', () => {});
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  return {
    port: (server.server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** The library shows a domain in punycode decoded. */
function asWritten(address: string): string {
  const at = address.lastIndexOf('@') + 1;
  const domain = address.slice(at);
  return /[^\0-\x7f]/.test(domain) ? address.slice(0, at) + domainToASCII(domain) : address;
}

const emailOf = ({ user }: SMTPServerSession): string => String(user ?? '');

async function readAll(stream: SMTPServerDataStream): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}
