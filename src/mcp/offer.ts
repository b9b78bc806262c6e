// What can be offered over MCP: tools, groups of resources, prompts; each with how it is listed and how it answers. Knows
// none of them.
import type {
  CallToolResult,
  GetPromptResult,
  InputRequiredResult,
  ListResourcesResult,
  Prompt,
  ReadResourceResult,
  ResourceTemplateType,
  ServerCapabilities,
  ServerContext,
  ServerOptions,
  Tool,
} from '@modelcontextprotocol/server';
import type { Call } from '../actions/context.ts';
import type { Need, Session } from '../auth/session.ts';

/** One request, as those who answer it see it. */
export interface Asked {
  readonly session: Session;
  readonly call: Call;
  /** The protocol's own side of it; null for a call that came without handshake and envelope. */
  readonly mcp: ServerContext | null;
  /** The client can bring a person to a web page (URL elicitation). */
  readonly opensPages?: boolean;
}

export interface OfferedTool {
  readonly listed: Tool;
  /** What a call asks of its caller; null: nothing of its own. */
  readonly needs: Need | null;
  readonly answer: (args: unknown, asked: Asked) => Promise<CallToolResult | InputRequiredResult>;
}

export interface OfferedPrompt {
  readonly listed: Prompt;
  readonly needs: Need | null;
  readonly get: (
    args: Readonly<Record<string, string>>,
    asked: Asked,
  ) => Promise<GetPromptResult | InputRequiredResult>;
  /** Values for one argument that go on from what is typed, the likeliest first. */
  readonly complete: Completer;
}

/** `known`: what the other variables were filled with. */
export type Completer = (
  name: string,
  typed: string,
  known: Readonly<Record<string, string>>,
  asked: Asked,
) => Promise<readonly string[]>;

export interface OfferedResources {
  /** What reading one asks of its caller. */
  readonly needs: Need | null;
  readonly templates: readonly (ResourceTemplateType & { readonly complete: Completer })[];
  readonly list: (cursor: string | undefined, asked: Asked) => Promise<ListResourcesResult>;
  /** Null when the address is none of these; throws `not_found` when it leads to nothing that the caller may see. */
  readonly read: (uri: string, asked: Asked) => Promise<ReadResourceResult | null>;
  /** Tells of changes until the answer is called; null and throws as `read` does. */
  readonly watch: (uri: string, session: Session, tell: () => void) => Promise<(() => void) | null>;
}

export interface Offer {
  /** All there are, whoever asks; one that the caller may not call says so itself. */
  readonly tools: readonly OfferedTool[];
  /** Those that the caller is shown, as he sees them; left out: all. */
  readonly shown?: (session: Session) => Promise<readonly Tool[]>;
  /** The same of prompts. */
  readonly shownPrompts?: (session: Session) => Promise<readonly Prompt[]>;
  readonly instructions?: (session: Session) => Promise<string>;
  /** Tells when what is shown has changed for this caller, until the answer is called. */
  readonly watchShown?: (session: Session, tell: () => void) => Promise<() => void>;
  readonly resources: readonly OfferedResources[];
  readonly prompts: readonly OfferedPrompt[];
  /** What the offer needs of the protocol beyond lists and calls. */
  readonly capabilities?: ServerCapabilities;
  readonly options?: Pick<ServerOptions, 'requestState'>;
}

/** Several offers as one, in order. */
export const joined = (offers: readonly Offer[]): Offer => ({
  tools: offers.flatMap(({ tools }) => tools),
  shown: async (session) =>
    (await Promise.all(offers.map(({ tools, shown }) => shown?.(session) ?? tools.map(({ listed }) => listed)))).flat(),
  shownPrompts: async (session) =>
    (
      await Promise.all(
        offers.map(({ prompts, shownPrompts }) => shownPrompts?.(session) ?? prompts.map(({ listed }) => listed)),
      )
    ).flat(),
  watchShown: async (session, tell) => {
    const ends = await Promise.all(offers.flatMap(({ watchShown }) => watchShown?.(session, tell) ?? []));
    return () => ends.forEach((end) => void end());
  },
  instructions: async (session) => (await offers.find((offer) => offer.instructions)?.instructions?.(session)) ?? '',
  resources: offers.flatMap(({ resources }) => resources),
  prompts: offers.flatMap(({ prompts }) => prompts),
  capabilities: Object.assign({}, ...offers.map(({ capabilities }) => capabilities)),
  options: Object.assign({}, ...offers.map(({ options }) => options)),
});
