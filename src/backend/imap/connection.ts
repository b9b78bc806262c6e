// One IMAP connection: logged in, taken by one caller at a time, watched for silence. Knows no mail.
import { ImapFlow, type MailboxObject } from 'imapflow';
import { AppError } from '../../base/errors.ts';
import type { PasswordLogin } from '../port.ts';
import { foreign } from '../refusals.ts';
import type { MailServer } from '../server.ts';
import { isAboutOneThing, Overheard, translate } from './errors.ts';

export interface ImapTiming {
  /** TCP and TLS have to be up, and the greeting to be there, within this. */
  readonly connectMs: number;
  /** A server that owes an answer may be silent for this long; slow is not silent. */
  readonly stallMs: number;
  /** IDLE is renewed after this, as proof that the other end lives (RFC 2177 allows 29 minutes, routers less). */
  readonly idleMs: number;
  /** How long the renewal may take. */
  readonly idleAnswerMs: number;
  /** How often a server is asked about the places that push does not watch. */
  readonly glanceMs: number;
}

export const DEFAULT_TIMING: ImapTiming = {
  connectMs: 30_000,
  stallMs: 60_000,
  idleMs: 240_000,
  idleAnswerMs: 30_000,
  glanceMs: 3000,
};

const MIB = 1024 * 1024;
/** A server that ends IDLE by itself sooner than this does not mean it. */
const LEAST_IDLE_MS = 1000;

export class Connection {
  readonly client: ImapFlow;
  readonly #server: MailServer;
  readonly timing: ImapTiming;
  readonly #overheard = new Overheard();
  #last: Promise<unknown> = Promise.resolve();
  #fault: AppError | null = null;
  #heardAt = 0;
  /** The IDLE under way; it ends by itself as soon as another command is sent. */
  #idling: Promise<unknown> | null = null;
  /** Bytes that had come when it began: what comes after them in IDLE is the server's consent. */
  #idleFrom = 0;
  #pushes = false;
  /** How often somebody has used the connection. */
  #turns = 0;

  private constructor(server: MailServer, login: PasswordLogin, timing: ImapTiming) {
    this.#server = server;
    this.timing = timing;
    this.client = new ImapFlow({
      host: server.host,
      port: server.port,
      secure: true,
      auth: { user: login.email, pass: login.appPassword },
      clientInfo: { name: 'Mailroom', vendor: 'Mailroom' },
      tls: { minVersion: 'TLSv1.2', rejectUnauthorized: true, ...(server.ca ? { ca: server.ca } : {}) },
      logger: this.#overheard,
      disableAutoIdle: true,
      // Compression costs more processor time than it saves on the line.
      disableCompression: true,
      disableBinary: true,
      maxIdleTime: timing.idleMs,
      connectionTimeout: timing.connectMs,
      greetingTimeout: timing.connectMs,
      // The library's own watch is a second net only: it cannot tell silence from a long IDLE.
      socketTimeout: Math.max(timing.stallMs, timing.idleMs) + 60_000,
      // What a hostile server can make us hold at once.
      maxLineLength: 2 * MIB,
      maxLiteralSize: 8 * MIB,
      maxResponseSize: 24 * MIB,
    });
    this.client.on('error', (error) => {
      this.#fault ??= translate(error, server, this.#overheard);
    });
  }

  /** Connects and logs in. Rejects with an AppError that says what was refused. */
  static async open(server: MailServer, login: PasswordLogin, timing: ImapTiming): Promise<Connection> {
    const connection = new Connection(server, login, timing);
    try {
      await connection.#watched(timing.stallMs, connection.client.connect());
    } catch (error) {
      connection.client.close();
      throw connection.#faultOf(error);
    }
    return connection;
  }

  get usable(): boolean {
    return this.client.usable;
  }

  get gmailIds(): boolean {
    return this.client.capabilities.has('X-GM-EXT-1');
  }

  get canPush(): boolean {
    return this.client.capabilities.has('IDLE');
  }

  /** Whether FETCH (CHANGEDSINCE) means something: asked for and granted, not merely offered (RFC 7162 section 3.1). */
  get tellsChanges(): boolean {
    return this.client.enabled.has('CONDSTORE');
  }

  /** Whether the server has consented to IDLE, and not refused it since. */
  get pushes(): boolean {
    if (this.#idling && this.client.stats().received > this.#idleFrom) this.#pushes = true;
    return this.#pushes;
  }

  /** Names and labels are UTF-8 on the wire rather than modified UTF-7 (RFC 6855). */
  get utf8(): boolean {
    return this.client.enabled.has('UTF8=ACCEPT');
  }

  /** Epoch milliseconds of the last byte that came, as far as somebody watched. */
  get heardAt(): number {
    return this.#heardAt;
  }

  /** Runs `work` while nobody else uses the connection; first come, first served. */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => {
      this.#turns += 1;
      return this.#watched(this.timing.stallMs, work());
    });
    this.#last = turn.catch(() => undefined);
    return turn.catch((error: unknown) => {
      throw this.#faultOf(error);
    });
  }

  /**
   * The same with a mailbox selected, read-only; one that is selected already costs nothing. `not_found` when it cannot
   * be opened; `unavailable` when its UIDs have been given anew, which a fresh start mends.
   */
  async inMailbox<T>(path: string, work: (mailbox: MailboxObject) => Promise<T> | T, uidValidity?: number): Promise<T> {
    return this.alone(async () => {
      const mailbox = await this.#select(path, true);
      if (uidValidity !== undefined && Number(mailbox.uidValidity ?? 0n) !== uidValidity)
        throw new AppError('unavailable', 'The mail server numbered a mailbox anew in the middle of a look at it.', {
          hint: 'It is begun again by itself.',
        });
      return work(mailbox);
    });
  }

  /** The same with the mailbox open for changes. */
  async changing<T>(path: string, work: (mailbox: MailboxObject) => Promise<T> | T): Promise<T> {
    return this.alone(async () => work(await this.#select(path, false)));
  }

  /**
   * Waits in IDLE on a mailbox until `woken` settles, somebody else uses the connection, or it is lost. `selected` is
   * called before the wait; true means not to wait at all. Answers false when the server will not idle: it says so, or it
   * ends an IDLE that has hardly begun.
   */
  async idle(path: string, woken: Promise<unknown>, selected: (mailbox: MailboxObject) => boolean): Promise<boolean> {
    const wait = await this.alone(async () => {
      if (selected(await this.#select(path, true))) return null;
      // Begun while the connection is ours, so that nobody selects another mailbox in between.
      if (!this.#idling) this.#idleFrom = this.client.stats().received;
      this.#idling ??= this.client.idle().finally(() => {
        this.#idling = null;
      });
      return { ended: this.#idling, turn: this.#turns };
    });
    if (!wait) return true;
    const { idleMs, idleAnswerMs } = this.timing;
    const startedAt = Date.now();
    const first = await this.#watched(idleMs + idleAnswerMs, Promise.race([wait.ended, woken.then(() => true)]));
    if (!this.client.usable) throw this.lost();
    const cutShort = first !== true && this.#turns === wait.turn && Date.now() - startedAt < LEAST_IDLE_MS;
    this.#pushes = first !== false && !cutShort;
    return this.#pushes;
  }

  /** Why the connection is no longer usable. */
  lost(): AppError {
    return this.#faultOf({ code: 'NoConnection', message: 'connection lost' });
  }

  /** Logs out and closes; never rejects. */
  async close(): Promise<void> {
    const { client } = this;
    if (client.usable) {
      const timer = setTimeout(() => client.close(), 2000);
      await client.logout().catch(() => undefined);
      clearTimeout(timer);
    }
    client.close();
  }

  async #select(path: string, readOnly: boolean): Promise<MailboxObject> {
    const { mailbox } = this.client;
    if (mailbox && mailbox.path === path && (readOnly || !mailbox.readOnly)) return mailbox;
    try {
      return await this.client.mailboxOpen(path, { readOnly });
    } catch (error) {
      if (!isAboutOneThing(error)) throw error;
      throw new AppError('not_found', 'A mailbox cannot be opened any more.', { cause: foreign('SELECT refused') });
    }
  }

  /** Closes the connection when no byte comes for `patienceMs` while `work` is under way. */
  async #watched<T>(patienceMs: number, work: Promise<T>): Promise<T> {
    let received = this.client.stats().received;
    let quietSince = Date.now();
    const look = (): void => {
      const now = Date.now();
      const count = this.client.stats().received;
      if (count !== received) {
        received = count;
        quietSince = now;
        this.#heardAt = now;
      } else if (now - quietSince >= patienceMs) {
        this.#fault ??= translate({ code: 'ETIMEDOUT', message: 'silent for too long' }, this.#server);
        this.client.close();
      }
    };
    const timer = setInterval(look, Math.min(10_000, Math.max(10, patienceMs / 4)));
    timer.unref();
    try {
      return await work;
    } finally {
      clearInterval(timer);
      if (this.client.stats().received !== received) this.#heardAt = Date.now();
    }
  }

  #faultOf(error: unknown): AppError {
    if (error instanceof AppError) return error;
    if (!this.client.usable && this.#fault) return this.#fault;
    return translate(error, this.#server, this.#overheard);
  }
}
