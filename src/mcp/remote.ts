// Answers by asking the process that owns the mail, over its Streamable HTTP. Knows what may be asked, not what is.
import {
  ProtocolError,
  type ProtocolErrorCode,
  type Result,
  type ServerCapabilities,
} from '@modelcontextprotocol/server';
import type { Session } from '../auth/session.ts';
import type { Asked } from './offer.ts';
import type { Behind, Method, Params } from './server.ts';

/** What a Mailroom can do, for a handshake before it has been asked. */
export const CAPABILITIES: ServerCapabilities = {
  tools: { listChanged: true },
  resources: { subscribe: true },
  prompts: {},
  completions: {},
};

/** The owner did not answer; `begun`: it may have heard the question. */
export class OwnerGone extends Error {
  override readonly name = 'OwnerGone';
  readonly begun: boolean;

  constructor(begun: boolean, cause: unknown) {
    const after = begun ? ' It may have done what was asked: look before you ask again.' : '';
    super(`unavailable: The process that owns the mail does not answer.${after}`, { cause });
    this.begun = begun;
  }
}

interface Message {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: { readonly progress?: number; readonly total?: number; readonly message?: string };
  readonly result?: Result;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

const LONGEST_GREETING_MS = 2000;
const MODERN = '2026-07-28';
const ENVELOPE = {
  'io.modelcontextprotocol/protocolVersion': MODERN,
  'io.modelcontextprotocol/clientInfo': { name: 'mailroom-stdio', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};

export class Remote implements Behind {
  readonly capabilities = CAPABILITIES;
  readonly url: string;
  readonly #key: string;

  constructor(url: string, key: string) {
    this.url = url.replace(/\/+$/, '');
    this.#key = key;
  }

  async instructions(_session: Session): Promise<string> {
    const headers = { 'mcp-protocol-version': MODERN, 'mcp-method': 'server/discover' };
    const signal = AbortSignal.timeout(LONGEST_GREETING_MS);
    for await (const { result } of this.#ask('server/discover', { _meta: ENVELOPE }, headers, signal))
      return String(result?.instructions ?? '');
    return '';
  }

  async watchShown(_session: Session, tell: () => void, lost?: () => void): Promise<() => void> {
    return this.#listen({ toolsListChanged: true }, 'notifications/tools/list_changed', tell, lost);
  }

  async request(method: Method, params: Params, { call }: Asked): Promise<Result> {
    const { _meta: _, ...rest } = params;
    const asked = { ...rest, _meta: { progressToken: 1 } };
    for await (const message of this.#ask(method, asked, {}, call.signal)) {
      const { progress, total, message: about = '' } = message.params ?? {};
      if (message.method === 'notifications/progress') await call.report(progress ?? 0, total, about);
      else if (message.error) throw failure(message.error);
      else if (message.result) return message.result;
    }
    throw new OwnerGone(true, null);
  }

  async watch(uri: string, _session: Session, tell: () => void, lost?: () => void): Promise<() => void> {
    return this.#listen({ resourceSubscriptions: [uri] }, 'notifications/resources/updated', tell, lost);
  }

  async #listen(notifications: object, heardOf: string, tell: () => void, lost?: () => void): Promise<() => void> {
    const stop = new AbortController();
    let hearing = false;
    const heard = Promise.withResolvers<void>();
    const params = { notifications, _meta: ENVELOPE };
    const headers = { 'mcp-protocol-version': MODERN, 'mcp-method': 'subscriptions/listen' };
    const listen = async () => {
      for await (const { method, error } of this.#ask('subscriptions/listen', params, headers, stop.signal)) {
        if (error) throw failure(error);
        if (method === heardOf) tell();
        hearing = true;
        heard.resolve();
      }
      throw new OwnerGone(true, null);
    };
    listen().catch((error: unknown) => {
      heard.reject(error);
      if (hearing && !stop.signal.aborted) lost?.();
    });
    await heard.promise;
    return () => stop.abort();
  }

  async *#ask(
    method: string,
    params: object,
    more: Record<string, string>,
    signal: AbortSignal,
  ): AsyncGenerator<Message> {
    const response = await fetch(`${this.url}/mcp`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${this.#key}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...more,
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
      signal,
    }).catch((error: unknown) => {
      throw new OwnerGone(!neverReached(error), error);
    });
    if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
      yield readAnswer(await response.text().catch((error: unknown) => cut(error)), response.status);
      return;
    }
    let rest = '';
    try {
      for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
        const events = (rest + chunk).split('\n\n');
        rest = events.pop() ?? '';
        for (const event of events) {
          const data = event.split('\n').filter((line) => line.startsWith('data: '));
          if (data.length > 0) yield JSON.parse(data.map((line) => line.slice(6)).join('\n')) as Message;
        }
      }
    } catch (error) {
      if (error instanceof ProtocolError) throw error;
      cut(error);
    }
  }
}

function cut(error: unknown): never {
  throw new OwnerGone(true, error);
}

/** A JSON-RPC answer, or a problem document of the door before it. */
function readAnswer(text: string, status: number): Message {
  try {
    const body = JSON.parse(text) as Message & { code?: string; detail?: string; hint?: string };
    if (body.result || body.error) return body;
    if (body.code)
      return { error: { code: -32603, message: `${body.code}: ${[body.detail, body.hint].join(' ').trim()}` } };
  } catch {
    // Not from a Mailroom.
  }
  return {
    error: { code: -32603, message: `unavailable: The address answers with status ${status} and is no Mailroom.` },
  };
}

const failure = ({ code, message, data }: NonNullable<Message['error']>): ProtocolError =>
  new ProtocolError(code as ProtocolErrorCode, message, data);

const neverReached = (error: unknown): boolean =>
  ['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'EAI_AGAIN'].includes(
    String(((error as Error).cause as { code?: unknown } | undefined)?.code),
  );
