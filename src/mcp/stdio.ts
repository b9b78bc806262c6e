// MCP over the process's own stdin and stdout, in every revision. Knows no process and no lock.
import type { JSONRPCMessage, RequestId, Server, Transport } from '@modelcontextprotocol/server';
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import type { Session } from '../auth/session.ts';
import { Deliveries } from './deliveries.ts';
import { type Behind, createServer } from './server.ts';

export interface StdioOptions {
  readonly behind: Behind;
  readonly session: Session;
  readonly version: string;
  /** The caller is a profile, whose tools may change. */
  readonly tellsOfTools: boolean;
  /** Called once the answer to a list of tools has been written. */
  readonly onListed: () => void;
  readonly onError: (error: Error) => void;
}

export interface Served {
  /** Resolves when nobody writes to us any more. */
  readonly ended: Promise<void>;
  /** Resolves when every question has its answer. */
  quiet(): Promise<void>;
}

/** Begins to answer. */
export function answerOverStdio({ behind, session, version, tellsOfTools, onListed, onError }: StdioOptions): Served {
  const wire = new Wire(behind, session, onListed);
  const factory = async ({ era }: { era: 'legacy' | 'modern' }): Promise<Server> => {
    const server = await createServer(behind, {
      version,
      session,
      delivered: ({ mcpReq }) => wire.deliveries.of(mcpReq.id),
      lasting: era === 'legacy',
      tellsOfTools,
    });
    wire.serves(server);
    return server;
  };
  serveStdio(factory, { transport: wire, onerror: onError });
  return { ended: wire.ended, quiet: () => wire.quiet() };
}

/** The standard streams, with subscriptions checked before the protocol's own implementation takes them. */
class Wire implements Transport {
  readonly deliveries = new Deliveries();
  readonly ended: Promise<void>;
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  readonly #inner = new StdioServerTransport();
  readonly #behind: Behind;
  readonly #session: Session;
  readonly #onListed: () => void;
  readonly #open = new Map<RequestId, string>();
  readonly #watched = new Map<RequestId, Promise<readonly (() => void)[]>>();
  readonly #end: () => void;
  #server: Server | undefined;
  #settled: () => void = () => undefined;

  constructor(behind: Behind, session: Session, onListed: () => void) {
    this.#behind = behind;
    this.#session = session;
    this.#onListed = onListed;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#end = resolve;
  }

  serves(server: Server): void {
    this.#server = server;
  }

  async start(): Promise<void> {
    this.#inner.onmessage = (message) => void this.#take(message);
    this.#inner.onerror = (error) => this.onerror?.(error);
    // What was asked before the end is answered: a pipe closes behind its last question.
    process.stdin.once('end', this.#end).once('close', this.#end).once('error', this.#end);
    process.stdout.once('error', this.#end);
    this.#inner.onclose = () => this.#end();
    await this.#inner.start();
  }

  async send(message: JSONRPCMessage): Promise<void> {
    await new Promise<void>((resolve) => process.stdout.write(`${JSON.stringify(message)}\n`, () => resolve()));
    this.deliveries.left(message);
    if (!('id' in message) || message.id === undefined || 'method' in message) return;
    if (this.#open.get(message.id) === 'tools/list') this.#onListed();
    this.#open.delete(message.id);
    if (this.#open.size === 0) this.#settled();
  }

  async close(): Promise<void> {
    this.deliveries.ended();
    await this.#inner.close();
    this.onclose?.();
  }

  async quiet(): Promise<void> {
    if (this.#open.size > 0)
      await new Promise<void>((resolve) => {
        this.#settled = resolve;
      });
  }

  async #take(message: JSONRPCMessage): Promise<void> {
    if ('method' in message && 'id' in message) {
      if (message.method !== 'subscriptions/listen') this.#open.set(message.id, message.method);
      else if (!(await this.#mayListen(message.id, message.params))) return;
    }
    if ('method' in message && message.method === 'notifications/cancelled') this.#cancelled(message.params);
    this.onmessage?.(message);
  }

  async #mayListen(id: RequestId, params: unknown): Promise<boolean> {
    const { notifications } = (params ?? {}) as {
      notifications?: { resourceSubscriptions?: unknown; toolsListChanged?: unknown };
    };
    const uris = notifications?.resourceSubscriptions;
    const toolsChanged = (): void => void this.#server?.sendToolListChanged().catch(() => undefined);
    const watching = Promise.all([
      ...(Array.isArray(uris) ? uris : []).map((uri: unknown) =>
        this.#behind.watch(
          String(uri),
          this.#session,
          () => void this.#server?.sendResourceUpdated({ uri: String(uri) }).catch(() => undefined),
        ),
      ),
      ...(notifications?.toolsListChanged === true ? [this.#behind.watchShown(this.#session, toolsChanged)] : []),
    ]);
    try {
      await watching;
      this.#watched.set(id, watching);
      return true;
    } catch (error) {
      const { code = -32603, message } = error as { code?: number; message: string };
      await this.send({ jsonrpc: '2.0', id, error: { code, message } });
      return false;
    }
  }

  #cancelled(params: unknown): void {
    const id = (params as { requestId?: RequestId } | undefined)?.requestId;
    if (id === undefined) return;
    // Nobody waits for the answer, and none will come.
    this.#open.delete(id);
    if (this.#open.size === 0) this.#settled();
    void this.#watched.get(id)?.then((ends) => ends.forEach((end) => void end()));
    this.#watched.delete(id);
  }
}
