// Searches at the server beside an import, over a connection of its own: the import's is busy for seconds at a time.
import type { LookedUp, MailSource, SearchRequest, ServerQuery } from '../backend/port.ts';
import { AppError } from '../base/errors.ts';
import type { Change, RawMessage } from '../mail/change.ts';
import type { Clock } from './clock.ts';
import type { AccountWriter } from './pool.ts';

export interface SearcherOptions {
  readonly open: () => Promise<MailSource>;
  readonly writer: Pick<AccountWriter, 'knows' | 'apply'>;
  readonly clock: Clock;
}

/** Null when this source cannot be asked. */
type Question = (
  source: MailSource,
  request: Omit<SearchRequest, 'limit'>,
) => AsyncGenerator<Change<RawMessage>, void, void> | null;

/** A connection that nobody has searched over for so long is let go. */
const KEPT_MS = 60_000;

export class Searcher {
  readonly #options: SearcherOptions;
  #source: Promise<MailSource> | null = null;
  #last: Promise<unknown> = Promise.resolve();
  #idle = new AbortController();
  #closed = false;

  constructor(options: SearcherOptions) {
    this.#options = options;
  }

  /**
   * Stores the newest mails that the server finds and the store lacks, one question after the other; resolves to whether it
   * could be put. Ends early when the signal aborts; what came until then is stored.
   */
  search(query: ServerQuery, limit: number, signal: AbortSignal): Promise<boolean> {
    return this.#inTurn(signal, (source, request) =>
      (source.capabilities.gmailIds ? query.gmail : query.imap) ? source.search(query, { ...request, limit }) : null,
    );
  }

  /** The same of a mail or the mails of a thread; resolves to whether the server knows it by such an id at all. */
  lookUp(wanted: LookedUp, signal: AbortSignal): Promise<boolean> {
    return this.#inTurn(signal, (source, request) =>
      source.capabilities.gmailIds ? source.lookUp(wanted, request) : null,
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#letGo();
  }

  #inTurn(signal: AbortSignal, ask: Question): Promise<boolean> {
    const turn = this.#last.then(() => this.#ask(signal, ask));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #ask(signal: AbortSignal, ask: Question): Promise<boolean> {
    if (this.#closed) throw new AppError('unavailable', 'This account is not being synced.');
    if (signal.aborted) return false;
    const { open, writer } = this.#options;
    this.#idle.abort();
    this.#source ??= open();
    try {
      const source = await this.#source;
      const changes = ask(source, { knows: writer.knows, signal });
      if (!changes) return false;
      for await (const change of changes) {
        await writer.apply(change);
        if (signal.aborted || this.#closed) break;
      }
      return true;
    } catch (error) {
      await this.#letGo();
      throw error;
    } finally {
      this.#letGoLater();
    }
  }

  #letGoLater(): void {
    if (!this.#source) return;
    const idle = new AbortController();
    this.#idle = idle;
    void this.#options.clock.sleep(KEPT_MS, idle.signal).then(() => {
      if (!idle.signal.aborted) return this.#letGo();
    });
  }

  async #letGo(): Promise<void> {
    this.#idle.abort();
    const source = this.#source;
    this.#source = null;
    await source?.then((open) => open.close()).catch(() => undefined);
  }
}
