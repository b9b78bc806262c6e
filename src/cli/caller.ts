// Somebody who knows nothing of a Mailroom but its address and a key. Prints nothing.
import { AppError } from '../base/errors.ts';

/** What came back for a call, as JSON, and how long it took. */
export interface Answered {
  readonly body: Record<string, unknown>;
  readonly ms: number;
}

interface Called {
  readonly isError?: boolean;
  readonly content: readonly { readonly text: string }[];
  readonly structuredContent: Record<string, unknown>;
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

  /** Whether there is such a thing. Throws when that cannot be told. */
  async has(path: string): Promise<boolean> {
    const { text, status, ok } = await this.#fetch('GET', path);
    if (ok || status === 404) return ok;
    const { detail, title } = JSON.parse(text) as Record<string, unknown>;
    throw new AppError('unavailable', `GET ${path}: ${detail ?? title ?? text}`);
  }

  /** A tools/call over MCP at `path`; the structured result. */
  async tool(name: string, args: object, path = '/mcp'): Promise<Answered> {
    const { result, error, ms } = await this.#mcp<Called>(path, 'tools/call', { name, arguments: args });
    if (!result || result.isError)
      throw new AppError('unavailable', `${name}: ${error?.message ?? result?.content[0]?.text ?? 'no answer'}`);
    return { body: result.structuredContent, ms };
  }

  /** The names of the tools that there are at `path`. */
  async toolNames(path: string): Promise<{ names: string[]; ms: number }> {
    const { result, error, ms } = await this.#mcp<{ tools: { name: string }[] }>(path, 'tools/list', {});
    if (!result) throw new AppError('unavailable', `tools/list: ${error?.message ?? 'no answer'}`);
    return { names: result.tools.map(({ name }) => name), ms };
  }

  async #mcp<T>(
    path: string,
    method: string,
    params: object,
  ): Promise<{ result?: T; error?: { message: string }; ms: number }> {
    const { text, ms } = await this.#fetch('POST', path, { jsonrpc: '2.0', id: 1, method, params });
    const line = text.startsWith('{') ? text : (/^data: (\{.*)$/m.exec(text)?.[1] ?? '{}');
    return { ...(JSON.parse(line) as { result?: T; error?: { message: string } }), ms };
  }

  async #fetch(
    method: string,
    path: string,
    body?: object,
  ): Promise<{ text: string; ms: number; ok: boolean; status: number }> {
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
    return { text, ms: performance.now() - begun, ok: response.ok, status: response.status };
  }
}
