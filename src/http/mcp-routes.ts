// Where the MCP door is mounted: its paths, and what they have from HTTP. Knows no tool.

import type { ServerResponse } from 'node:http';
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context, Hono } from 'hono';
import { FIRST_SCOPE } from '../auth/authorize-request.ts';
import type { ResourcePath, Resources } from '../auth/resources.ts';
import { PERMISSIONS, type Permission, type Session } from '../auth/session.ts';
import { AppError } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { McpDoor } from '../mcp/door.ts';
import { deliveryOf } from './delivery.ts';
import { problem } from './problem.ts';

/** Paths whose posts may be as large as a mail. */
export const MCP_PATHS = /^\/mcp(\/sse|\/messages|\/gmail)?\/?$/;

interface Mount {
  readonly mcp: McpDoor;
  /** For profiles, with the gmail_* tools alone. */
  readonly gmail: McpDoor;
  /** `resource`: where a remote client's token has to be for. */
  readonly letIn: (c: Context, authorization: string | undefined, resource: string) => Promise<Session>;
  readonly resources: Resources;
  /** The address that people and clients are told. */
  readonly url: () => string;
  readonly log: Logger;
}

const WAYS = {
  '/mcp': ['GET', 'POST', 'DELETE'],
  '/mcp/sse': ['GET', 'POST', 'DELETE'],
  '/mcp/gmail': ['GET', 'POST', 'DELETE'],
  '/mcp/messages': ['POST'],
};
const both = (path: string): [string, string] => [path, `${path}/`];

/** A caller at one of the resources, and how its person is asked for more. */
interface Caller {
  readonly session: Session;
  readonly stepUp: (lacking: readonly Permission[]) => Response;
}

export function mountMcp(app: Hono, mount: Mount): void {
  const { mcp, gmail, url } = mount;
  const streamable = (door: McpDoor, c: Context, caller: Caller): Promise<Response> =>
    door.answer({ request: c.req.raw, ...caller, delivered: deliveryOf(c) });
  for (const [path, ways] of Object.entries(WAYS))
    for (const each of both(path))
      app.use(each, async (c, next) => {
        if (ways.includes(c.req.method)) return next();
        const allow = ways.join(', ');
        const error = { code: -32000, message: `This address takes ${allow}.` };
        return c.json({ jsonrpc: '2.0', id: null, error }, 405, { allow });
      });
  const serve = (
    path: keyof typeof WAYS,
    at: ResourcePath,
    answer: (c: Context, caller: Caller) => Promise<Response>,
  ) => {
    for (const each of both(path)) app.all(each, (c) => admitted(mount, c, at, (caller) => answer(c, caller)));
  };
  serve('/mcp', '/mcp', (c, caller) => streamable(mcp, c, caller));
  serve('/mcp/sse', '/mcp/sse', async (c, caller) => {
    // A client of Streamable HTTP that was given this address opens its own stream, within its session.
    if (c.req.method !== 'GET' || c.req.header('mcp-session-id')) return streamable(mcp, c, caller);
    const endpoint = `${new URL(url()).pathname.replace(/\/$/, '')}/mcp/messages`;
    await mcp.openStream((c.env as HttpBindings).outgoing as ServerResponse, endpoint, caller.session);
    return RESPONSE_ALREADY_SENT;
  });
  serve('/mcp/gmail', '/mcp/gmail', (c, caller) => {
    if (caller.session.kind === 'service')
      throw new AppError('forbidden', 'This address is for profile tokens.', {
        hint: 'With a service key use /mcp, where the gmail_* tools take an account_id.',
      });
    return streamable(gmail, c, caller);
  });
  serve('/mcp/messages', '/mcp/sse', (c, { session, stepUp }) => mcp.takeMessage(c.req.raw, session, stepUp));
}

/** Whoever is not let in is told where a client can have its person sign it in. */
async function admitted(
  { letIn, resources, log }: Mount,
  c: Context,
  at: ResourcePath,
  answer: (caller: Caller) => Promise<Response>,
): Promise<Response> {
  const resource = resources.at(c.req.header('host') ?? '', at);
  const metadata = `resource_metadata="${resources.documentOf(resource)}"`;
  // A token has no business in an address, which is written down everywhere.
  const misplaced = c.req.query('access_token') === undefined ? undefined : 'Bearer misplaced';
  const given = c.req.header('authorization') ?? misplaced;
  let session: Session;
  try {
    session = await letIn(c, given, resource);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'unauthenticated') throw error;
    const why = given === undefined ? '' : 'error="invalid_token", ';
    return problem(error, log, `Bearer ${why}${metadata}, scope="${FIRST_SCOPE}"`);
  }
  const stepUp = (lacking: readonly Permission[]): Response => {
    const held = session.kind === 'profile' ? session.permissions : new Set<Permission>();
    const scope = PERMISSIONS.filter((each) => held.has(each) || lacking.includes(each)).join(' ');
    const error = new AppError('forbidden', `This client may not ${lacking.join(' and ')} yet.`, {
      hint: 'It can ask the person who signed it in.',
    });
    return problem(error, log, `Bearer error="insufficient_scope", scope="${scope}", ${metadata}`);
  };
  return answer({ session, stepUp });
}
