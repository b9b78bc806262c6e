// What the protocol's conformance suite expects a server to offer, beside what Mailroom offers: its names and texts are the
// suite's. For tests only.
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  acceptedContent,
  type CallToolResult,
  CLIENT_CAPABILITIES_META_KEY,
  createRequestStateCodec,
  type InputRequests,
  type InputRequiredResult,
  inputRequired,
  inputResponse,
  MissingRequiredClientCapabilityError,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { Offer, OfferedPrompt, OfferedTool } from '../../src/mcp/offer.ts';

type Result = CallToolResult | InputRequiredResult;
const STRING = { type: 'string' };
type Answer = (mcp: ServerContext, args: Record<string, string>) => Promise<Result>;

const codec = createRequestStateCodec<{ step: number }>({ key: randomBytes(32), ttlSeconds: 600 });
/** One pixel, and silence of no length. */
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';
const WAV = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=';
const IMAGE = { type: 'image' as const, data: PNG, mimeType: 'image/png' };

const text = (words: string): CallToolResult => ({ content: [{ type: 'text', text: words }] });
const resource = (uri: string, mimeType: string, words: string) =>
  ({ type: 'resource', resource: { uri, mimeType, text: words } }) as const;

function tool(name: string, answer: Answer, properties: Record<string, typeof STRING> = {}): OfferedTool {
  const required = Object.keys(properties);
  return {
    needs: null,
    listed: {
      name,
      description: `Of the conformance suite: ${name}.`,
      inputSchema: { type: 'object', properties, ...(required.length > 0 && { required }) },
    },
    answer: (args, { mcp }) => answer(mcp!, (args ?? {}) as Record<string, string>),
  };
}

const ask = (message: string, properties: Record<string, object>, required = Object.keys(properties)) =>
  inputRequired.elicit({ message, requestedSchema: { type: 'object', properties: properties as never, required } });
const sample = (words: string, maxTokens: number) =>
  inputRequired.createMessage({ messages: [{ role: 'user', content: { type: 'text', text: words } }], maxTokens });

/** The texts of what was sampled, or null when there is none. */
function sampled({ mcpReq }: ServerContext, key: string): string | null {
  const given = inputResponse(mcpReq.inputResponses, key);
  if (given.kind !== 'sampling') return null;
  const blocks = [given.result.content].flat();
  return blocks.map((block) => (block.type === 'text' ? block.text : '')).join('');
}
const rootsOf = ({ mcpReq }: ServerContext): string | null => {
  const given = inputResponse(mcpReq.inputResponses, 'client_roots');
  return given.kind === 'roots' ? given.roots.map(({ uri }) => uri).join(', ') : null;
};
const accepted = ({ mcpReq }: ServerContext, key: string, field: string): unknown =>
  acceptedContent(mcpReq.inputResponses, key)?.[field];

/** On the stream of the call that asks: the other one may not be open yet, and what is sent there then is lost. */
const alongside = ({ mcpReq }: ServerContext) => ({ relatedRequestId: mcpReq.id });

async function elicited(mcp: ServerContext, message: string, properties: Record<string, object>): Promise<Result> {
  const { action, content } = await mcp.mcpReq.elicitInput(
    { message, requestedSchema: { type: 'object', properties: properties as never } },
    alongside(mcp),
  );
  return text(`Elicitation completed: action=${action}, content=${JSON.stringify(content)}`);
}

async function logged({ mcpReq }: ServerContext): Promise<Result> {
  for (const words of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
    await mcpReq.log('info', words);
    await delay(50);
  }
  return text('Logged.');
}

const options = ['option1', 'option2', 'option3'];
const titled = (title: string) =>
  ['value1', 'value2', 'value3'].map((value, i) => ({ const: value, title: `${title} ${i}` }));

const CONTENT_TOOLS = [
  tool('test_simple_text', async () => text('This is a simple text response for testing.')),
  tool('test_image_content', async () => ({ content: [IMAGE] })),
  tool('test_audio_content', async () => ({ content: [{ type: 'audio', data: WAV, mimeType: 'audio/wav' }] })),
  tool('test_embedded_resource', async () => ({
    content: [resource('test://embedded-resource', 'text/plain', 'This is an embedded resource content.')],
  })),
  tool('test_multiple_content_types', async () => ({
    content: [
      { type: 'text', text: 'Multiple content types test:' },
      IMAGE,
      resource('test://mixed-content-resource', 'application/json', '{"test":"data","value":123}'),
    ],
  })),
  tool('test_error_handling', async () => ({
    ...text('This tool intentionally returns an error for testing'),
    isError: true,
  })),
  tool('test_tool_with_logging', logged),
  tool('test_logging_tool', logged),
  {
    ...tool('test_tool_with_progress', async () => text('')),
    answer: async (_args, { call }) => {
      for (const done of [0, 50, 100]) {
        await call.report(done, 100, `${done} of 100`);
        await delay(50);
      }
      return text('Done.');
    },
  } satisfies OfferedTool,
];

const ASKING_TOOLS = [
  tool(
    'test_sampling',
    async ({ mcpReq }, { prompt = '' }) => {
      const messages = [{ role: 'user' as const, content: { type: 'text' as const, text: prompt } }];
      const { content } = await mcpReq.requestSampling({ messages, maxTokens: 100 }, { relatedRequestId: mcpReq.id });
      return text(`LLM response: ${JSON.stringify(content)}`);
    },
    { prompt: STRING },
  ),
  tool('test_elicitation', (mcp, { message = '' }) => elicited(mcp, message, { username: STRING, email: STRING }), {
    message: STRING,
  }),
  tool('test_elicitation_sep1034_defaults', (mcp) =>
    elicited(mcp, 'Please review', {
      name: { type: 'string', default: 'John Doe' },
      age: { type: 'integer', default: 30 },
      score: { type: 'number', default: 95.5 },
      status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
      verified: { type: 'boolean', default: true },
    }),
  ),
  tool('test_elicitation_sep1330_enums', (mcp) =>
    elicited(mcp, 'Please choose', {
      untitledSingle: { type: 'string', enum: options },
      titledSingle: { type: 'string', oneOf: titled('Option') },
      legacyEnum: {
        type: 'string',
        enum: ['opt1', 'opt2', 'opt3'],
        enumNames: ['Option One', 'Option Two', 'Option Three'],
      },
      untitledMulti: { type: 'array', items: { type: 'string', enum: options } },
      titledMulti: { type: 'array', items: { anyOf: titled('Choice') } },
    }),
  ),
  tool('test_missing_capability', async () => {
    throw new MissingRequiredClientCapabilityError({ requiredCapabilities: { sampling: {} } });
  }),
  tool('test_streaming_elicitation', async () =>
    inputRequired({ inputRequests: { name: ask('What is your name?', { name: STRING }) } }),
  ),
];

const ROUND_TOOLS = [
  tool('test_input_required_result_elicitation', async (mcp) => {
    const name = accepted(mcp, 'user_name', 'name');
    if (typeof name === 'string') return text(`Hello, ${name}!`);
    return inputRequired({ inputRequests: { user_name: ask('What is your name?', { name: STRING }) } });
  }),
  tool('test_input_required_result_sampling', async (mcp) => {
    const answer = sampled(mcp, 'capital_question');
    if (answer !== null) return text(answer);
    return inputRequired({ inputRequests: { capital_question: sample('What is the capital of France?', 100) } });
  }),
  tool('test_input_required_result_list_roots', async (mcp) => {
    const roots = rootsOf(mcp);
    if (roots !== null) return text(`Roots: ${roots}`);
    return inputRequired({ inputRequests: { client_roots: inputRequired.listRoots() } });
  }),
  ...['request_state', 'tampered_state'].map((kind) =>
    tool(`test_input_required_result_${kind}`, async (mcp) => {
      if (mcp.mcpReq.requestState() && accepted(mcp, 'confirm', 'ok') === true) return text('state-ok');
      const requestState = await codec.mint({ step: 1 });
      return inputRequired({
        inputRequests: { confirm: ask('Please confirm', { ok: { type: 'boolean' } }) },
        requestState,
      });
    }),
  ),
  tool('test_input_required_result_multiple_inputs', async (mcp) => {
    const parts = [accepted(mcp, 'user_name', 'name'), sampled(mcp, 'greeting'), rootsOf(mcp)];
    if (mcp.mcpReq.requestState() && parts.every((part) => typeof part === 'string')) return text(parts.join(' / '));
    return inputRequired({
      inputRequests: {
        user_name: ask('What is your name?', { name: STRING }),
        greeting: sample('Generate a greeting', 50),
        client_roots: inputRequired.listRoots(),
      },
      requestState: await codec.mint({ step: 1 }),
    });
  }),
  tool('test_input_required_result_multi_round', async (mcp) => {
    const { step } = mcp.mcpReq.requestState<{ step: number }>() ?? { step: 0 };
    if (step === 2 && accepted(mcp, 'step2', 'color')) return text('Both steps are done.');
    const [key, question, field] =
      step === 1 && accepted(mcp, 'step1', 'name')
        ? (['step2', 'Step 2: What is your favorite color?', 'color'] as const)
        : (['step1', 'Step 1: What is your name?', 'name'] as const);
    return inputRequired({
      inputRequests: { [key]: ask(question, { [field]: STRING }) },
      requestState: await codec.mint({ step: key === 'step2' ? 2 : 1 }),
    });
  }),
  tool('test_input_required_result_capabilities', async ({ mcpReq }) => {
    const can = ((mcpReq.envelope as Record<string, unknown>)?.[CLIENT_CAPABILITIES_META_KEY] ?? {}) as {
      sampling?: object;
      elicitation?: object;
    };
    const inputRequests: InputRequests = {
      ...(can.sampling && { sampled: sample('Say something', 50) }),
      ...(can.elicitation && { asked: ask('What is your name?', { name: STRING }) }),
    };
    return Object.keys(inputRequests).length > 0 ? inputRequired({ inputRequests }) : text('Nothing can be asked.');
  }),
];

const prompt = (
  name: string,
  get: (args: Readonly<Record<string, string>>, mcp: ServerContext) => ReturnType<OfferedPrompt['get']>,
  names: readonly string[] = [],
): OfferedPrompt => ({
  needs: null,
  listed: {
    name,
    description: `Of the conformance suite: ${name}.`,
    arguments: names.map((each) => ({ name: each, description: 'Any text.', required: true })),
  },
  get: (args, { mcp }) => get(args, mcp!),
  complete: async (_name, typed) => [`${typed}1`, `${typed}2`],
});
const says = (content: { type: 'text'; text: string } | typeof IMAGE | ReturnType<typeof resource>) => ({
  role: 'user' as const,
  content,
});

const PROMPTS = [
  prompt('test_simple_prompt', async () => ({
    messages: [says({ type: 'text', text: 'This is a simple prompt for testing.' })],
  })),
  prompt(
    'test_prompt_with_arguments',
    async ({ arg1, arg2 }) => ({
      messages: [says({ type: 'text', text: `Prompt with arguments: arg1='${arg1}', arg2='${arg2}'` })],
    }),
    ['arg1', 'arg2'],
  ),
  prompt(
    'test_prompt_with_embedded_resource',
    async ({ resourceUri = '' }) => ({
      messages: [
        says(resource(resourceUri, 'text/plain', 'Embedded resource content for testing.')),
        says({ type: 'text', text: 'Please process the embedded resource above.' }),
      ],
    }),
    ['resourceUri'],
  ),
  prompt('test_prompt_with_image', async () => ({
    messages: [says(IMAGE), says({ type: 'text', text: 'Please analyze the image above.' })],
  })),
  prompt('test_input_required_result_prompt', async (_args, mcp) => {
    const context = accepted(mcp, 'user_context', 'context');
    if (typeof context === 'string')
      return { messages: [says({ type: 'text', text: `Use this context: ${context}` })] };
    return inputRequired({
      inputRequests: { user_context: ask('What context should the prompt use?', { context: STRING }) },
    });
  }),
];

const TEXTS: Record<string, { mimeType: string; text?: string; blob?: string }> = {
  'test://static-text': { mimeType: 'text/plain', text: 'This is the content of the static text resource.' },
  'test://static-binary': { mimeType: 'image/png', blob: PNG },
  'test://watched-resource': { mimeType: 'text/plain', text: 'Watch me.' },
};

/** Everything; with what Mailroom itself does not do: logging, and lists that change. */
export const CONFORMANCE: Offer = {
  tools: [...CONTENT_TOOLS, ...ASKING_TOOLS, ...ROUND_TOOLS],
  prompts: PROMPTS,
  resources: [
    {
      needs: null,
      templates: [
        {
          uriTemplate: 'test://template/{id}/data',
          name: 'template',
          description: 'Of the conformance suite.',
          mimeType: 'application/json',
          complete: async () => [],
        },
      ],
      list: async () => ({
        resources: Object.entries(TEXTS).map(([uri, { mimeType }]) => ({ uri, name: uri, description: uri, mimeType })),
      }),
      read: async (uri) => {
        const found = TEXTS[uri];
        if (found) return { contents: [{ uri, ...found } as { uri: string; text: string }] };
        const id = /^test:\/\/template\/([^/]+)\/data$/.exec(uri)?.[1];
        if (!id) return null;
        const data = { id, templateTest: true, data: `Data for ID: ${id}` };
        return { contents: [{ uri, mimeType: 'application/json', text: JSON.stringify(data) }] };
      },
      watch: async (uri) => (uri in TEXTS ? () => undefined : null),
    },
  ],
  capabilities: { logging: {} },
  options: { requestState: { verify: codec.verify } },
};
