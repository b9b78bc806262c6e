// Streamable HTTP in every revision on one path, and the plain answer to a single curl. Knows no route and no key.
import { randomUUID } from 'node:crypto';
import {
  type AuthInfo,
  createMcpHandler,
  isInitializeRequest,
  isLegacyRequest,
  ProtocolError,
  ProtocolErrorCode,
  type ServerContext,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server';
import type { Session } from '../auth/session.ts';
import type { Logger } from '../base/log.ts';
import { Links } from './links.ts';
import { type Behind, createServer, MOST_WATCHED, type Params } from './server.ts';
import { refusedForNow, type StepUp } from './step-up.ts';

/** An HTTP request of a caller who has been let in; `delivered` tells what became of the answer. */
export interface Knock {
  readonly request: Request;
  readonly session: Session;
  readonly delivered: Promise<boolean>;
  /** Left out: there is nobody to ask. */
  readonly stepUp?: StepUp;
}

type Stateless = ReturnType<typeof createMcpHandler>;

/** Open streams of the revision without sessions, all callers together. */
const MOST_LISTENING = 1000;
/** With one key or token. */
const MOST_OF_ONE = 200;

export class StreamableDoor {
  readonly #behind: Behind;
  readonly #version: string;
  readonly #log: Logger;
  readonly #links: Links<WebStandardStreamableHTTPServerTransport>;
  /** The revision without sessions; a 2025 request without one is answered by itself. */
  readonly #stateless: Stateless;
  /** Who listens in that revision: each by himself, since the library tells an address to all that listen to it. */
  /** With the key or token of each. */
  readonly #listening = new Map<Stateless, string>();

  constructor(behind: Behind, version: string, log: Logger, now: () => number) {
    this.#behind = behind;
    this.#version = version;
    this.#log = log;
    this.#links = new Links(now);
    this.#stateless = this.#newStateless();
  }

  #newStateless(): Stateless {
    const version = this.#version;
    return createMcpHandler(
      ({ authInfo }) =>
        createServer(this.#behind, {
          version,
          session: authInfo?.extra?.session as Session,
          delivered,
          lasting: false,
        }),
      { onerror: (error) => this.#log.debug({ err: error }, 'an MCP request was refused') },
    );
  }

  async answer(knock: Knock): Promise<Response> {
    const { request } = knock;
    const sessionId = request.headers.get('mcp-session-id');
    if (request.method !== 'POST') return sessionId ? this.#inSession(knock, sessionId) : noSession(400);
    const parsedBody = parse(await request.text());
    if (parsedBody === undefined) return rpc(400, null, { error: { code: -32700, message: 'The body is not JSON.' } });
    const forNow = refusedForNow(this.#behind, knock.session, knock.stepUp, parsedBody);
    if (forNow) return forNow;
    if (sessionId) return this.#inSession(knock, sessionId, parsedBody);
    const plain = request.headers.get('accept')?.includes('text/event-stream') ? null : plainCall(parsedBody);
    if (plain) return this.#answerPlain(plain, knock);
    if (isInitializeRequest(parsedBody) && (await isLegacyRequest(request, parsedBody)))
      return this.#newSession(knock, parsedBody);
    const { method } = (parsedBody ?? {}) as { method?: unknown };
    if (method === 'subscriptions/listen') return this.#listen(knock, parsedBody);
    return this.#stateless.fetch(request, { authInfo: authInfo(knock), parsedBody });
  }

  /** Closes what is open. */
  async close(): Promise<void> {
    this.#links.closeAll();
    await Promise.all([this.#stateless, ...this.#listening.keys()].map((each) => each.close()));
  }

  /** Whoever listens without a session is asked for the right to each address before, and is told of his own watches only. */
  async #listen(knock: Knock, body: unknown): Promise<Response> {
    const { request, session } = knock;
    const { id = null, params } = (body ?? {}) as { id?: string | number; params?: unknown };
    const { notifications } = (params ?? {}) as {
      notifications?: { resourceSubscriptions?: unknown; toolsListChanged?: unknown };
    };
    const given = notifications?.resourceSubscriptions;
    const uris = new Set((Array.isArray(given) ? given : []).map(String));
    const listener = this.#newStateless();
    const ends: (() => void)[] = [() => void this.#listening.delete(listener)];
    const end = (): void => {
      for (const each of ends.splice(0)) each();
    };
    try {
      if (uris.size > MOST_WATCHED)
        throw new ProtocolError(ProtocolErrorCode.InvalidParams, `At most ${MOST_WATCHED} subscriptions at once.`);
      const ofOne = [...this.#listening.values()].filter((each) => each === session.id).length;
      if (this.#listening.size >= MOST_LISTENING || ofOne >= MOST_OF_ONE)
        throw new ProtocolError(ProtocolErrorCode.InternalError, 'Too many listen at once. Try again later.');
      this.#listening.set(listener, session.id);
      if (notifications?.toolsListChanged === true)
        ends.push(await this.#behind.watchShown(session, () => listener.notify.toolsChanged()));
      for (const uri of uris)
        ends.push(await this.#behind.watch(uri, session, () => listener.notify.resourceUpdated(uri)));
    } catch (error) {
      end();
      if (!(error instanceof ProtocolError)) throw error;
      return rpc(200, id, { error: { code: error.code, message: error.message, data: error.data } });
    }
    void knock.delivered.then(end);
    return listener.fetch(request, { authInfo: authInfo(knock), parsedBody: body });
  }

  async #answerPlain({ id, method, params }: PlainCall, { request, session, delivered }: Knock): Promise<Response> {
    try {
      const call = { report: async () => undefined, delivered, signal: request.signal };
      return rpc(200, id, { result: await this.#behind.request(method, params, { session, call, mcp: null }) });
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return rpc(200, id, { error: { code: error.code, message: error.message } });
    }
  }

  async #newSession(knock: Knock, parsedBody: unknown): Promise<Response> {
    this.#links.admit(knock.session);
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => this.#links.add(id, knock.session, transport),
      onsessionclosed: (id) => this.#links.forget(id),
    });
    transport.onerror = (error) => this.#log.debug({ err: error }, 'an MCP request was refused');
    const server = await createServer(this.#behind, {
      version: this.#version,
      session: knock.session,
      delivered,
      lasting: true,
    });
    await server.connect(transport);
    const response = await transport.handleRequest(knock.request, { parsedBody, authInfo: authInfo(knock) });
    if (!transport.sessionId) await transport.close();
    return response;
  }

  async #inSession(knock: Knock, id: string, parsedBody?: unknown): Promise<Response> {
    const { request, session } = knock;
    const transport = this.#links.find(id, session);
    if (!transport) return noSession(404);
    const response = await transport.handleRequest(request, { parsedBody, authInfo: authInfo(knock) });
    if (response.headers.get('content-type') === 'text/event-stream') this.#links.streams(id, knock.delivered);
    return response;
  }
}

const authInfo = ({ session, delivered }: Knock): AuthInfo => ({
  token: '',
  clientId: session.id,
  scopes: [],
  extra: { session, delivered },
});

const delivered = (mcp: ServerContext): Promise<boolean> => mcp.http?.authInfo?.extra?.delivered as Promise<boolean>;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface PlainCall {
  readonly id: string | number;
  readonly method: 'tools/list' | 'tools/call';
  readonly params: Params;
}

/**
 * A list or a call that comes alone, without handshake, envelope or a wish for a stream: what one `curl` sends. Anything
 * else is for the protocol's own implementation.
 */
function plainCall(body: unknown): PlainCall | null {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return null;
  const { id, method, params } = body as Record<string, unknown>;
  if (typeof id !== 'string' && typeof id !== 'number') return null;
  if (method !== 'tools/list' && method !== 'tools/call') return null;
  const given = (typeof params === 'object' && params !== null ? params : {}) as Params;
  return '_meta' in given ? null : { id, method, params: given };
}

const rpc = (status: number, id: string | number | null, answer: object): Response =>
  Response.json({ jsonrpc: '2.0', id, ...answer }, { status });

/** The same whether it never was, has ended or belongs to another key. */
const noSession = (status: 400 | 404): Response =>
  status === 404
    ? rpc(404, null, { error: { code: -32001, message: 'Session not found' } })
    : rpc(400, null, { error: { code: -32000, message: 'Bad Request: Mcp-Session-Id header is required' } });
