// MCP over stdio for a desktop client: through the process that owns DATA_DIR, or as its owner. Loads the heavy parts only
// when it owns, and after the client's first question. stdout is the protocol's.
import { setTimeout as delay } from 'node:timers/promises';
import { KEY_FILES, readKeyFile } from '../accounts/key-files.ts';
import type { Admit } from '../actions/context.ts';
import { Gate, type KnowsKeys, type KnowsTokens, type Session } from '../auth/session.ts';
import { KEY_PREFIX, TOKEN_PREFIX } from '../auth/token-form.ts';
import { AppError } from '../base/errors.ts';
import type { Config } from '../config.ts';
import { CAPABILITIES, OwnerGone, Remote } from '../mcp/remote.ts';
import { type Behind, SERVICE_INSTRUCTIONS } from '../mcp/server.ts';
import { answerOverStdio } from '../mcp/stdio.ts';
import { DataLock, readLock } from '../store/lock.ts';
import { Caller } from './caller.ts';
import { DesktopToken } from './desktop-token.ts';
import { serviceKeys } from './keys.ts';
import type { Running } from './serve.ts';
import { VERSION } from './version.ts';

/** The whole goodbye stays under two seconds. */
const LAST_ANSWERS_MS = 1000;
const LONGEST_STOP_MS = 600;
const LOOK_FOR_OWNER_MS = 1000;
const LOOK_FOR_PARENT_MS = 500;
/** A client that asks for no tools at first does not keep the sync waiting for longer. */
const FIRST_QUESTION_MS = 1000;
const PATIENCE_MS = 10_000;

const NOBODY: KnowsTokens & KnowsKeys = { enter: async () => null };

/** Answers until stdin closes or the parent is gone; resolves with the exit status. */
export async function stdio(config: Config, url: string | undefined): Promise<number> {
  if (url !== undefined && !/^https?:\/\/[^\s/]+/.test(url))
    throw new AppError('invalid_input', '--url must be an http or https address.');
  // The key that lies here is told to no other address.
  if (url !== undefined && config.token === null && config.serviceKeys.length === 0)
    throw new AppError('invalid_input', '--url needs to know who calls.', {
      hint: 'Set MAILROOM_TOKEN to a token of that Mailroom.',
    });
  const owner = new Ownership(config, url);
  const session: Session = { kind: 'service', id: 'stdio' };
  const served = answerOverStdio({
    behind: owner,
    session,
    version: VERSION,
    tellsOfTools: owner.isProfile,
    onListed: () => owner.begin(),
    onError: () => undefined,
  });
  await Promise.race([served.ended, orphaned(), signalled()]);
  await Promise.race([served.quiet(), delay(LAST_ANSWERS_MS)]);
  await Promise.race([owner.stop(), delay(LONGEST_STOP_MS)]);
  owner.release();
  process.exit(0);
}

/** Something that whoever owns the mail is asked to tell of. */
interface Watch {
  readonly begin: (behind: Behind, session: Session, lost: () => void) => Promise<() => void>;
  readonly given: Session;
  readonly tell: () => void;
  end: () => void;
}

/** Whoever owns the mail now: another process, or this one once there is no other. */
class Ownership implements Behind {
  readonly capabilities = CAPABILITIES;
  readonly #config: Config;
  readonly #url: string | undefined;
  readonly #begun = Promise.withResolvers<void>();
  readonly #watches = new Set<Watch>();
  readonly #looking: NodeJS.Timeout;
  /** Null: the desktop's profile calls. */
  readonly #key: string | null;
  readonly #desktop = new DesktopToken();
  #own: { readonly lock: DataLock; readonly desk: Promise<Behind>; readonly session: () => Promise<Session> } | null =
    null;
  #running: Promise<Running> | null = null;

  constructor(config: Config, url: string | undefined) {
    this.#config = config;
    this.#url = url;
    this.#key = config.token ?? config.serviceKeys[0] ?? null;
    // Sync goes on when its owner ends, whether somebody asks or not.
    this.#looking = setInterval(() => this.#takeWhatIsFree(), LOOK_FOR_OWNER_MS);
    this.#takeWhatIsFree();
  }

  async request(...[method, params, asked]: Parameters<Behind['request']>): ReturnType<Behind['request']> {
    const until = Date.now() + PATIENCE_MS;
    for (;;) {
      const { behind, session } = await this.#whoever(until);
      try {
        return await behind.request(method, params, { ...asked, session: session ?? asked.session });
      } catch (error) {
        const repeatable = error instanceof OwnerGone && !(error.begun && method === 'tools/call');
        if (!repeatable || this.#url || Date.now() > until) throw error;
        await delay(50);
      }
    }
  }

  async watch(uri: string, given: Session, tell: () => void): Promise<() => void> {
    const begin: Watch['begin'] = (behind, session, lost) => behind.watch(uri, session, tell, lost);
    const watch: Watch = { begin, given, tell, end: () => undefined };
    watch.end = await this.#hear(watch);
    this.#watches.add(watch);
    return () => {
      this.#watches.delete(watch);
      watch.end();
    };
  }

  /** Whether a profile calls, who is shown what it may do at the moment. */
  get isProfile(): boolean {
    return this.#key === null || this.#key.startsWith(TOKEN_PREFIX);
  }

  /** A profile's depend on what it may do, which only the owner knows. */
  async instructions(given: Session): Promise<string> {
    if (!this.isProfile) return SERVICE_INSTRUCTIONS;
    const { behind, session } = await this.#whoever(Date.now() + PATIENCE_MS);
    return behind.instructions(session ?? given);
  }

  /** Begins beside the handshake, which waits for nobody. */
  async watchShown(...[given, tell]: Parameters<Behind['watchShown']>): Promise<() => void> {
    const begin: Watch['begin'] = (behind, session, lost) => behind.watchShown(session, tell, lost);
    const watch: Watch = { begin, given, tell, end: () => undefined };
    this.#watches.add(watch);
    void this.#hearAnew(watch, () => undefined);
    return () => {
      this.#watches.delete(watch);
      watch.end();
    };
  }

  /** The client has been answered: the sync may begin. */
  begin(): void {
    this.#begun.resolve();
  }

  async stop(): Promise<void> {
    clearInterval(this.#looking);
    await this.#desktop.end();
    const running = await this.#running?.catch(() => null);
    await running?.stop();
  }

  release(): void {
    this.#own?.lock.release();
  }

  async #whoever(until: number): Promise<{ behind: Behind; session?: Session }> {
    for (;;) {
      if (this.#own) return { behind: await this.#own.desk, session: await this.#own.session() };
      const address = this.#url ?? readLock(this.#config.dataDir)?.url;
      const key = address ? await this.#keyAt(address) : null;
      if (address && key !== null) return { behind: new Remote(address, key) };
      this.#takeWhatIsFree();
      if (this.#own) continue;
      if (Date.now() > until) throw new OwnerGone(false, null);
      // Another process has just taken it and does not say yet where it serves.
      await delay(50);
    }
  }

  #takeWhatIsFree(): void {
    if (this.#own || this.#url || readLock(this.#config.dataDir)) return;
    try {
      this.#become(DataLock.take(this.#config.dataDir));
    } catch (error) {
      // Somebody was quicker: that one is asked then.
      if (!(error instanceof AppError) || error.code !== 'conflict') fail(error);
    }
  }

  #become(lock: DataLock): void {
    clearInterval(this.#looking);
    const keys = serviceKeys(this.#config);
    setTimeout(() => this.begin(), FIRST_QUESTION_MS).unref();
    // Only programs of this machine find it, by the lock.
    const config = { ...this.#config, host: '127.0.0.1', port: 0, publicUrl: null };
    const running = this.#begun.promise
      .then(() => import('./serve.ts'))
      .then(({ start }) => start(config, { lock }))
      .catch(fail);
    this.#running = running;
    const open = () => {
      this.begin();
      return running;
    };
    // Only the store knows the tokens of profiles and narrower keys.
    const asked = this.#key === null || [TOKEN_PREFIX, KEY_PREFIX].some((prefix) => this.#key!.startsWith(prefix));
    const enter = async (): Promise<Session> => {
      const own = asked ? await open() : null;
      const gate = own?.gate ?? new Gate(keys, NOBODY, NOBODY);
      const token = this.#key ?? (await this.#desktop.at(new Caller({ url: own!.local, key: keys[0]! })));
      return gate.enter(`Bearer ${token}`, 'stdio', Date.now());
    };
    const first = enter().catch(fail);
    // The desktop's token may have been renewed since.
    const session = (): Promise<Session> => (this.#key === null ? first.then(enter) : first);
    const admit: Admit = async (caller, needs) => (await open()).admit(caller, needs);
    const desk = Promise.all([import('../mcp/mailroom-offer.ts'), import('../base/log.ts')]).then(
      ([{ mailroomDesk }, { createLogger }]) => mailroomDesk(admit, createLogger(config.logLevel)),
    );
    this.#own = { lock, desk, session };
  }

  async #hear(watch: Watch): Promise<() => void> {
    const { behind, session } = await this.#whoever(Date.now() + PATIENCE_MS);
    return watch.begin(behind, session ?? watch.given, () => void this.#hearAnew(watch));
  }

  /** The owner went away: whoever owns the mail now is asked to tell, and what came meanwhile is told of at once. */
  async #hearAnew(watch: Watch, heard = watch.tell): Promise<void> {
    while (this.#watches.has(watch)) {
      const end = await this.#hear(watch).catch(() => null);
      if (!end) await delay(LOOK_FOR_OWNER_MS);
      else if (this.#watches.has(watch)) {
        watch.end = end;
        heard();
        return;
      } else end();
    }
  }

  /** Null: nobody answers at the address. */
  async #keyAt(url: string): Promise<string | null> {
    if (this.#key !== null) return this.#key;
    const key = readKeyFile(this.#config.keyDir, KEY_FILES.service);
    if (!key) throw new AppError('unauthenticated', 'There is no key to call with.', { hint: 'Set MAILROOM_TOKEN.' });
    return this.#desktop.at(new Caller({ url, key })).catch((error: unknown) => {
      if (error instanceof AppError) throw error;
      return null;
    });
  }
}

/** What keeps an owner from starting keeps it from answering, too. */
function fail(error: unknown): never {
  const line = error instanceof AppError ? `${error.message} ${error.hint}` : `Mailroom cannot start: ${String(error)}`;
  process.stderr.write(`${line.replaceAll('\n', ' ').trim()}\n`);
  process.exit(1);
}

/** Resolves when the process that started this one is gone. */
function orphaned(): Promise<void> {
  const parent = process.ppid;
  return new Promise((resolve) => {
    setInterval(() => process.ppid !== parent && resolve(), LOOK_FOR_PARENT_MS).unref();
  });
}

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
}
