// Hands composed mails to one account's SMTP server, each at most once after its last byte. Knows no store and no draft.
import { Readable } from 'node:stream';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { AppError } from '../../base/errors.ts';
import type { MailSender, OutgoingMail, PasswordLogin, RefusedRecipient, SendOutcome } from '../port.ts';
import type { MailServer } from '../server.ts';
import { connectionOptions, credentials } from './connection.ts';
import { reasonOf, type SmtpFault, translate } from './errors.ts';

export interface SmtpSenderOptions {
  /** How long the server may be silent, after the last byte too. Only tests have a reason to differ. */
  readonly patienceMs?: number;
}

/** RFC 5321 section 4.5.3.2.6 has ten minutes for the reply to the final dot; whoever waits for the answer has not. */
const PATIENCE_MS = 60_000;
const PIECE_BYTES = 64 * 1024;
const IDLE_TOO_LONG = /^421.*\b4\.4\.2\b/s;
const ADDRESS = /^[\x21-\x3b\x3d\x3f\x41-\x7e]+@[a-z0-9.-]+$/i;

/** The sender of one account; connects at the first mail. */
export function openSmtpSender(
  server: MailServer,
  login: PasswordLogin,
  { patienceMs = PATIENCE_MS }: SmtpSenderOptions = {},
): MailSender {
  return new SmtpSender(server, login, patienceMs);
}

class SmtpSender implements MailSender {
  readonly #server: MailServer;
  readonly #login: PasswordLogin;
  readonly #patienceMs: number;
  #connection: SMTPConnection | null = null;
  /** Ends the conversation under way, which the library forgets when it closes. */
  #cut: (fault: Fault) => void = () => undefined;

  constructor(server: MailServer, login: PasswordLogin, patienceMs: number) {
    this.#server = server;
    this.#login = login;
    this.#patienceMs = patienceMs;
  }

  async send(mail: OutgoingMail, beforeEnd: () => Promise<void>): Promise<SendOutcome> {
    if (mail.recipients.length === 0 || ![mail.from, ...mail.recipients].every((address) => ADDRESS.test(address)))
      return refused(new AppError('internal', 'A mail came to the sender with an address that cannot be sent to.'));
    const reused = this.#connection !== null;
    const first = await this.#try(mail, beforeEnd);
    // A server that hung up between two mails is noticed at the first command only.
    return reused && first.lostEarly ? (await this.#try(mail, beforeEnd)).outcome : first.outcome;
  }

  async close(): Promise<void> {
    this.#connection?.quit();
    this.#drop();
    this.#cut({ message: 'closed', code: 'ECONNECTION' });
  }

  async #try(
    mail: OutgoingMail,
    beforeEnd: () => Promise<void>,
  ): Promise<{ outcome: SendOutcome; lostEarly: boolean }> {
    const { raw, from, recipients } = mail;
    let lastByteLeft = false;
    let halted: unknown;
    let letIn = false;
    const { promise: cut, reject } = Promise.withResolvers<never>();
    cut.catch(() => undefined);
    this.#cut = reject;
    const body = Readable.from(
      pieces(raw, async () => {
        try {
          await beforeEnd();
        } catch (error) {
          halted = error;
          throw new Error('halted before the last byte');
        }
        lastByteLeft = true;
      }),
      { objectMode: false },
    );
    try {
      const connection = await Promise.race([cut, this.#connected()]);
      letIn = true;
      const taken = new Promise<{ rejectedErrors?: readonly Fault[] }>((resolve, fail) => {
        const envelope = { from, to: [...recipients], size: raw.byteLength };
        connection.send(envelope, body, (error, sent) => (error ? fail(error) : resolve(sent as never)));
      });
      const info = await Promise.race([cut, taken]);
      const turnedAway = (info.rejectedErrors ?? []).map(refusedRecipient);
      return { outcome: { kind: 'accepted', refused: turnedAway }, lostEarly: false };
    } catch (error) {
      this.#drop();
      if (halted !== undefined)
        return { outcome: { ...refused(asAppError(halted)), temporary: true }, lostEarly: false };
      const fault = error as Fault;
      const outcome = outcomeOf(fault, translate(fault, this.#server), lastByteLeft);
      const hungUp = !fault.response || IDLE_TOO_LONG.test(fault.response);
      return {
        outcome: outcome.kind === 'refused' && !letIn ? { ...outcome, forAll: true } : outcome,
        lostEarly: letIn && !lastByteLeft && hungUp,
      };
    } finally {
      body.destroy();
    }
  }

  async #connected(): Promise<SMTPConnection> {
    if (this.#connection && !this.#connection.destroyed) return this.#connection;
    const connection = new SMTPConnection({ ...connectionOptions(this.#server), socketTimeout: this.#patienceMs });
    this.#connection = connection;
    const { promise: lost, reject } = Promise.withResolvers<never>();
    lost.catch(() => undefined);
    // Without a listener a fault between two mails would end the process; the next mail notices it.
    connection.on('error', reject);
    const step = (start: (done: (error?: Error | null) => void) => void): Promise<void> =>
      Promise.race([lost, new Promise<void>((ok, fail) => start((error) => (error ? fail(error) : ok())))]);
    await step((done) => connection.connect(done));
    await step((done) => connection.login({ credentials: credentials(this.#login) }, done));
    return connection;
  }

  #drop(): void {
    this.#connection?.close();
    this.#connection = null;
  }
}

interface Fault extends SmtpFault {
  readonly rejectedErrors?: readonly Fault[];
  readonly recipient?: string;
}

/** `beforeEnd` is called before the last two bytes; without them and the dot a server has no mail (RFC 5321 section 4.1.1.4). */
async function* pieces(raw: Uint8Array, beforeEnd: () => Promise<void>): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  const last = Math.max(0, bytes.length - 2);
  for (let start = 0; start < last; start += PIECE_BYTES)
    yield bytes.subarray(start, Math.min(last, start + PIECE_BYTES));
  await beforeEnd();
  yield bytes.subarray(last);
}

function outcomeOf(fault: Fault, error: AppError, lastByteLeft: boolean): SendOutcome {
  const reply = fault.response ?? '';
  // A server that timed out over its own work may have done it (RFC 3463, X.4.2).
  const answered = /^[45]/.test(reply) && !/\b4\.4\.2\b/.test(reply);
  if (lastByteLeft && !answered) return { kind: 'unknown', error };
  const recipients = (fault.rejectedErrors ?? []).map(refusedRecipient);
  const temporary = isTemporary(error) || recipients.some((each) => each.temporary);
  // What is counted is the account's mail, whatever the command that met the limit.
  return { ...refused(error), temporary, forAll: error.code === 'rate_limited', refused: recipients };
}

const refused = (error: AppError) => ({
  kind: 'refused' as const,
  error,
  temporary: false,
  forAll: false,
  refused: [],
});

const isTemporary = ({ code }: AppError): boolean => code === 'unavailable' || code === 'rate_limited';

function refusedRecipient({ recipient = '', response = '' }: Fault): RefusedRecipient {
  return { address: recipient, reason: reasonOf(response), temporary: response.startsWith('4') };
}

function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return new AppError('unavailable', 'The mail could not be marked as leaving, so it was not sent.', { cause: error });
}
