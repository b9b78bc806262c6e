// What this process offers, ready to be asked by name: prepared once, since a server is made for each request.
import { setTimeout as delay } from 'node:timers/promises';
import {
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
  type Result,
  type ServerCapabilities,
} from '@modelcontextprotocol/server';
import type { Need, Session } from '../auth/session.ts';
import { AppError } from '../base/errors.ts';
import type { Asked, Offer, OfferedPrompt, OfferedTool } from './offer.ts';
import type { Behind, Method, Params } from './server.ts';

/** Calls at hand may end when the process does. */
const LONGEST_GOODBYE_MS = 4000;
/** As the protocol bounds a completion. */
const MOST_COMPLETIONS = 100;

export class Desk implements Behind {
  readonly capabilities: ServerCapabilities;
  readonly options: Offer['options'];
  readonly #offer: Offer;
  readonly #tools: ReadonlyMap<string, OfferedTool>;
  readonly #prompts: ReadonlyMap<string, OfferedPrompt>;
  readonly #lists: Readonly<Record<string, Result>>;
  readonly #atHand = new Set<Promise<unknown>>();

  constructor(offer: Offer) {
    const { tools, prompts, resources } = offer;
    this.#offer = offer;
    this.options = offer.options;
    this.#tools = new Map(tools.map((tool) => [tool.listed.name, tool]));
    this.#prompts = new Map(prompts.map((prompt) => [prompt.listed.name, prompt]));
    this.#lists = {
      'resources/templates/list': {
        resourceTemplates: resources.flatMap(({ templates }) => templates.map(({ complete: _, ...listed }) => listed)),
      },
    };
    this.capabilities = {
      tools: { listChanged: true },
      ...(resources.length > 0 && { resources: { subscribe: true } }),
      ...(prompts.length > 0 && { prompts: {} }),
      ...(prompts.length + resources.length > 0 && { completions: {} }),
      ...offer.capabilities,
    };
  }

  needs(method: string, { name }: Params): Need | null {
    if (method === 'tools/call') return this.#tools.get(String(name))?.needs ?? null;
    if (method === 'prompts/get') return this.#prompts.get(String(name))?.needs ?? null;
    const reads = method === 'resources/read' || method === 'resources/subscribe';
    return reads ? (this.#offer.resources[0]?.needs ?? null) : null;
  }

  async request(method: Method, params: Params, asked: Asked): Promise<Result> {
    const listed = this.#lists[method];
    if (listed) return listed;
    const answer = this.#answer(method, params, asked).catch((error: unknown) => {
      throw protocolError(error);
    });
    this.#atHand.add(answer);
    return answer.finally(() => this.#atHand.delete(answer));
  }

  async instructions(session: Session): Promise<string> {
    return (await this.#offer.instructions?.(session)) ?? '';
  }

  async watchShown(session: Session, tell: () => void): Promise<() => void> {
    return (await this.#offer.watchShown?.(session, tell)) ?? (() => undefined);
  }

  async watch(uri: string, session: Session, tell: () => void): Promise<() => void> {
    try {
      for (const group of this.#offer.resources) {
        const end = await group.watch(uri, session, tell);
        if (end) return end;
      }
    } catch (error) {
      throw protocolError(error, uri);
    }
    throw new ResourceNotFoundError(uri);
  }

  /** Resolves when no request is at hand, or after a moment that is long for one. */
  async quiet(): Promise<void> {
    await Promise.race([Promise.allSettled(this.#atHand), delay(LONGEST_GOODBYE_MS, undefined, { ref: false })]);
    // The last answers leave.
    await delay(20);
  }

  async #answer(method: Method, params: Params, asked: Asked): Promise<Result> {
    switch (method) {
      case 'tools/list':
        return {
          tools: [...((await this.#offer.shown?.(asked.session)) ?? this.#offer.tools.map(({ listed }) => listed))],
        };
      case 'prompts/list': {
        const shown =
          (await this.#offer.shownPrompts?.(asked.session)) ?? this.#offer.prompts.map(({ listed }) => listed);
        return { prompts: [...shown] };
      }
      case 'tools/call':
        return this.#known(this.#tools, 'tool', params.name).answer(params.arguments, asked);
      case 'prompts/get':
        return this.#known(this.#prompts, 'prompt', params.name).get(
          (params.arguments ?? {}) as Record<string, string>,
          asked,
        );
      case 'resources/read':
        return this.#read(String(params.uri), asked);
      case 'resources/list':
        return this.#list(params.cursor as string | undefined, asked);
      case 'completion/complete':
        return this.#complete(params, asked);
      default:
        throw new ProtocolError(ProtocolErrorCode.MethodNotFound, 'Method not found');
    }
  }

  #known<T>(all: ReadonlyMap<string, T>, kind: string, name: unknown): T {
    const found = all.get(String(name));
    if (found) return found;
    const what =
      typeof name === 'string' ? `There is no ${kind} "${name.slice(0, 64)}".` : `Which ${kind}? name is missing.`;
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, what);
  }

  async #read(uri: string, asked: Asked): Promise<Result> {
    for (const { read } of this.#offer.resources) {
      const contents = await read(uri, asked).catch((error: unknown) => {
        throw protocolError(error, uri);
      });
      if (contents) return contents;
    }
    throw new ResourceNotFoundError(uri);
  }

  /** Page by page of the first group; the others come with its first page, being short. */
  async #list(cursor: string | undefined, asked: Asked): Promise<Result> {
    const [first, ...others] = this.#offer.resources;
    const page = await first!.list(cursor, asked);
    const rest = cursor === undefined ? await Promise.all(others.map(({ list }) => list(undefined, asked))) : [];
    return { ...page, resources: [page, ...rest].flatMap(({ resources }) => resources) };
  }

  async #complete({ ref, argument, context }: Params, asked: Asked): Promise<Result> {
    const { type, name, uri } = ref as { type: string; name?: string; uri?: string };
    const { name: variable, value } = argument as { name: string; value: string };
    const known = (context as { arguments?: Record<string, string> } | undefined)?.arguments ?? {};
    const complete =
      type === 'ref/prompt'
        ? this.#known(this.#prompts, 'prompt', name).complete
        : this.#offer.resources.flatMap(({ templates }) => templates).find(({ uriTemplate }) => uriTemplate === uri)
            ?.complete;
    if (!complete) throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'There is no such resource template.');
    const values = await complete(variable, value, known, asked);
    const shown = values.slice(0, MOST_COMPLETIONS);
    return { completion: { values: shown, total: values.length, hasMore: values.length > shown.length } };
  }
}

/** Our errors in the protocol's words; `uri` when it is a resource that was asked for. */
function protocolError(error: unknown, uri?: string): unknown {
  if (!(error instanceof AppError)) return error;
  if (error.code === 'not_found' && uri !== undefined) return new ResourceNotFoundError(uri);
  const caller = ['invalid_input', 'not_found', 'conflict', 'forbidden', 'unauthenticated'].includes(error.code);
  return new ProtocolError(
    caller ? ProtocolErrorCode.InvalidParams : ProtocolErrorCode.InternalError,
    `${error.code}: ${[error.message, error.hint].filter(Boolean).join(' ')}`,
  );
}
