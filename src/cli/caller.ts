// Somebody who knows nothing of a Mailroom but its address and a key. Prints nothing.
import { AppError } from '../base/errors.ts';

/** What came back for a call, as JSON, and how long it took. */
export interface Answered {
  readonly body: Record<string, unknown>;
  readonly ms: number;
}

/** A caller with a key, over the doors that are open to anybody who has it. */
export class Caller {
  readonly #server: { readonly url: string; readonly key: string };

  constructor(server: { readonly url: string; readonly key: string }) {
    this.#server = server;
  }

  /** A REST call. Throws with the answer's own words when it is refused. */
  async rest(method: string, path: string, body?: object): Promise<Answered> {
    const { text, ms, ok } = await this.#fetch(method, path, body);
    const answer = JSON.parse(text) as Record<string, unknown>;
    if (!ok) throw new AppError('unavailable', `${method} ${path}: ${answer.detail ?? answer.title ?? text}`);
    return { body: answer, ms };
  }

  /** A tools/call over MCP; the structured result. */
  async tool(name: string, args: object): Promise<Answered> {
    const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } };
    const { text, ms } = await this.#fetch('POST', '/mcp', call);
    const line = text.startsWith('{') ? text : (/^data: (\{.*)$/m.exec(text)?.[1] ?? '{}');
    const { result, error } = JSON.parse(line) as {
      result?: { isError?: boolean; content: { text: string }[]; structuredContent: Record<string, unknown> };
      error?: { message: string };
    };
    if (!result || result.isError)
      throw new AppError('unavailable', `${name}: ${error?.message ?? result?.content[0]?.text ?? 'no answer'}`);
    return { body: result.structuredContent, ms };
  }

  async #fetch(method: string, path: string, body?: object): Promise<{ text: string; ms: number; ok: boolean }> {
    const begun = performance.now();
    const response = await fetch(this.#server.url + path, {
      method,
      headers: {
        authorization: `Bearer ${this.#server.key}`,
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2025-11-25',
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { text, ms: performance.now() - begun, ok: response.ok };
  }
}
