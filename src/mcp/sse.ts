// The older HTTP+SSE transport: a stream for what goes out, posts for what comes in. Knows no route and no key.
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { JSONRPCMessage } from '@modelcontextprotocol/server';
import { SSEServerTransport } from '@modelcontextprotocol/server-legacy/sse';
import type { Session } from '../auth/session.ts';
import { Deliveries } from './deliveries.ts';
import { Links } from './links.ts';
import { type Behind, createServer } from './server.ts';
import { refusedForNow, type StepUp } from './step-up.ts';

const HEARTBEAT_MS = 15_000;
/** What may wait for a slow reader, beyond a large answer; who reads slower is let go. */
const MOST_WAITING_BYTES = 8 * 1024 * 1024;

class SseStream extends SSEServerTransport {
  readonly deliveries = new Deliveries();
  readonly #response: ServerResponse;

  constructor(endpoint: string, response: ServerResponse) {
    super(endpoint, response);
    this.#response = response;
  }

  override async send(message: JSONRPCMessage): Promise<void> {
    await super.send(message);
    if (this.#response.writableLength > MOST_WAITING_BYTES) this.#response.destroy();
    else if (this.#response.writableNeedDrain) this.#response.once('drain', () => this.deliveries.left(message));
    else this.deliveries.left(message);
  }
}

export class SseDoor {
  readonly #behind: Behind;
  readonly #version: string;
  readonly #links: Links<SseStream>;

  constructor(behind: Behind, version: string, now: () => number) {
    this.#behind = behind;
    this.#version = version;
    this.#links = new Links(now);
  }

  /** Opens the stream, whose first event names the address for posts under `endpoint`. */
  async open(response: ServerResponse, endpoint: string, session: Session): Promise<void> {
    this.#links.admit(session);
    const stream = new SseStream(endpoint, response);
    const id = stream.sessionId;
    const server = await createServer(this.#behind, {
      version: this.#version,
      session,
      delivered: ({ mcpReq }) => stream.deliveries.of(mcpReq.id),
      lasting: true,
    });
    this.#links.add(id, session, stream);
    this.#links.streams(id, new Promise((resolve) => response.once('close', resolve)));
    const beat = setInterval(() => response.write(': keepalive\n\n'), HEARTBEAT_MS);
    stream.onclose = () => {
      clearInterval(beat);
      stream.deliveries.ended();
      this.#links.forget(id);
    };
    response.setHeader('x-accel-buffering', 'no');
    mayNotBeKept(response);
    await server.connect(stream);
  }

  /** Takes a post; the answer goes by the stream. 404 also for the stream of another key. */
  async take(request: Request, session: Session, stepUp?: StepUp): Promise<Response> {
    const id = new URL(request.url).searchParams.get('sessionId') ?? '';
    const stream = this.#links.find(id, session);
    if (!stream) return new Response('Session not found', { status: 404 });
    try {
      const message: unknown = JSON.parse(await request.text());
      const forNow = refusedForNow(this.#behind, session, stepUp, message);
      if (forNow) return forNow;
      await stream.handleMessage(message, {
        authInfo: { token: '', clientId: session.id, scopes: [], extra: { session } },
      });
    } catch {
      return new Response('Not a JSON-RPC message', { status: 400 });
    }
    return new Response('Accepted', { status: 202 });
  }

  close(): void {
    this.#links.closeAll();
  }
}

/** The library's own head would let what stands between keep the stream. */
function mayNotBeKept(response: ServerResponse): void {
  const writeHead = response.writeHead.bind(response);
  response.writeHead = (status: number, headers?: unknown) =>
    writeHead(status, { ...(headers as OutgoingHttpHeaders), 'Cache-Control': 'no-store, no-transform' });
}
