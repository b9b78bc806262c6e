// One agent with a profile token, as it calls a Mailroom: over REST, by one curl, or in a revision of MCP.
import type { Client } from '@modelcontextprotocol/client';
import type { Answer, Mailroom } from './mailroom.ts';
import { clientBy, type Way } from './mcp-room.ts';

export interface Agent {
  readonly token: string;
  readonly tokenId: string;
  rest(method: string, path: string, body?: unknown): Promise<Answer>;
  /** By one POST, without handshake; the result as it came. */
  // biome-ignore lint/suspicious/noExplicitAny: a test reads answers of any shape
  call(name: string, args?: unknown, path?: string): Promise<any>;
  /** The same, its structured content; throws the error's text. */
  // biome-ignore lint/suspicious/noExplicitAny: a test reads answers of any shape
  tool(name: string, args?: unknown): Promise<any>;
  /** What it finds in the list. */
  // biome-ignore lint/suspicious/noExplicitAny: a test reads answers of any shape
  tools(path?: string): Promise<any[]>;
  client(way: Way): Promise<Client>;
}

export interface Wish {
  readonly user?: string;
  readonly profile?: string;
  /** Of the profile. */
  readonly permissions?: readonly string[];
  /** Asked of the token. */
  readonly asks?: object;
}

/** Makes the profile and a token for it. */
export async function newAgent(
  room: Mailroom,
  { user = 'u1', profile = 'bot', permissions = ['read', 'draft', 'send'], asks = {} }: Wish = {},
): Promise<Agent> {
  const path = `/users/${user}/profiles/${profile}`;
  const put = await room.rest('PUT', path, { name: profile, permissions });
  if (put.status !== 200) throw new Error(put.body.detail);
  const { status, body } = await room.rest('POST', `${path}/tokens`, asks);
  if (status !== 201) throw new Error(body.detail);
  return agentWith(room, body.token, body.token_id);
}

export function agentWith(room: Mailroom, token: string, tokenId: string): Agent {
  const rest: Agent['rest'] = (method, path, body) =>
    room.rest(method, path, body, { authorization: `Bearer ${token}` });
  const rpc = async (method: string, params: object, path = '/mcp') => {
    const answer = await rest('POST', path, { jsonrpc: '2.0', id: 1, method, params });
    if (answer.body.code) throw new Error(`${answer.status} ${answer.body.code}: ${answer.body.detail}`);
    if (answer.body.error) throw new Error(answer.body.error.message);
    return answer.body.result;
  };
  const call: Agent['call'] = (name, args = {}, path = undefined) => rpc('tools/call', { name, arguments: args }, path);
  return {
    token,
    tokenId,
    rest,
    call,
    async tool(name, args) {
      const result = await call(name, args);
      if (result.isError) throw new Error(result.content[0].text);
      return result.structuredContent;
    },
    tools: async (path) => (await rpc('tools/list', {}, path)).tools,
    client: (way) => clientBy(way, room.url, token),
  };
}
