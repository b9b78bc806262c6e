// Calls a handler that was written for Node's own server with a request that has been read already, and gives back its answer, so
// that what it is told and what it says can be looked at. Knows no protocol above HTTP.
import { IncomingMessage, type RequestListener, ServerResponse } from 'node:http';
import { Socket } from 'node:net';

export interface NodeRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** What stood before the path and was taken away by a proxy. */
  readonly prefix?: string;
}

class Answer extends ServerResponse {
  readonly whole: Promise<Response>;
  readonly #resolve: (response: Response) => void;

  constructor(request: IncomingMessage) {
    super(request);
    const { promise, resolve } = Promise.withResolvers<Response>();
    this.whole = promise;
    this.#resolve = resolve;
  }

  override end(chunk?: unknown): this {
    const headers = new Headers();
    for (const [name, value] of Object.entries(this.getHeaders()))
      for (const each of [value ?? []].flat()) headers.append(name, String(each));
    const body = typeof chunk === 'string' || chunk instanceof Uint8Array ? String(chunk) : null;
    this.#resolve(new Response(body, { status: this.statusCode, headers }));
    return this;
  }
}

/** Both sides of the request, for what wants to look at it before it is answered. */
export function nodeSides({ method, path, headers, body, prefix = '' }: NodeRequest): {
  incoming: IncomingMessage;
  outgoing: Answer;
} {
  const incoming = new IncomingMessage(new Socket());
  incoming.method = method;
  incoming.url = path;
  // As frameworks that mount a handler tell it.
  Object.assign(incoming, { originalUrl: prefix + path });
  Object.assign(incoming.headers, headers);
  if (body !== undefined) incoming.headers['content-length'] = String(Buffer.byteLength(body));
  incoming.push(body === undefined ? null : Buffer.from(body));
  if (body !== undefined) incoming.push(null);
  return { incoming, outgoing: new Answer(incoming) };
}

export async function callNode(handler: RequestListener, request: NodeRequest): Promise<Response> {
  const { incoming, outgoing } = nodeSides(request);
  handler(incoming, outgoing);
  return outgoing.whole;
}
