// An agent of the demo: calls tools and prints each call with the part of its answer that is worth looking at. Knows no story.
import type { Caller } from './caller.ts';
import type { Paper } from './paper.ts';

type Body = Record<string, unknown>;

export class Agent {
  readonly #paper: Paper;
  readonly #caller: Caller;
  readonly #path: string;

  /** `path`: which of the doors for MCP it uses. */
  constructor(paper: Paper, caller: Caller, path = '/mcp') {
    this.#paper = paper;
    this.#caller = caller;
    this.#path = path;
  }

  async call(tool: string, args: object, shown: (body: Body) => object): Promise<Body> {
    this.#paper.asks(tool, args);
    const { body, ms } = await this.#caller.tool(tool, args, this.#path);
    this.#paper.answers(ms, shown(body));
    return body;
  }

  /** What it finds when it looks around. */
  async lookAround(): Promise<void> {
    this.#paper.asks(`tools/list at ${this.#path}`);
    const { names, ms } = await this.#caller.toolNames(this.#path);
    this.#paper.answers(ms, { tools: names });
  }
}

export const listed = (list: unknown): Record<string, string>[] => (Array.isArray(list) ? list : []);

/** Some fields of each row, in this order. */
export function rows(list: unknown, ...names: string[]): object[] {
  return listed(list).map((row) =>
    Object.fromEntries(names.flatMap((name) => (row[name] === undefined ? [] : [[name, row[name]]]))),
  );
}

/** A body without the marks that tell a model where a stranger's text begins and ends. */
export const unfenced = (body: unknown): string =>
  String(body)
    .replace(/<\/?mail-[0-9a-f]+>/g, '')
    .trim();
