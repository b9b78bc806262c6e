// Where the MCP door is mounted: its paths, and what they have from HTTP. Knows no tool.

import type { ServerResponse } from 'node:http';
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context, Hono } from 'hono';
import type { Session } from '../auth/session.ts';
import { AppError } from '../base/errors.ts';
import type { McpDoor } from '../mcp/door.ts';
import { deliveryOf } from './delivery.ts';

/** Paths whose posts may be as large as a mail. */
export const MCP_PATHS = /^\/mcp(\/sse|\/messages|\/gmail)?\/?$/;

interface Mount {
  readonly mcp: McpDoor;
  /** For profiles, with the gmail_* tools alone. */
  readonly gmail: McpDoor;
  readonly letIn: (c: Context) => Promise<Session>;
  /** The address that people and clients are told. */
  readonly url: () => string;
}

const WAYS = {
  '/mcp': ['GET', 'POST', 'DELETE'],
  '/mcp/sse': ['GET', 'POST', 'DELETE'],
  '/mcp/gmail': ['GET', 'POST', 'DELETE'],
  '/mcp/messages': ['POST'],
};
const both = (path: string): [string, string] => [path, `${path}/`];

export function mountMcp(app: Hono, { mcp, gmail, letIn, url }: Mount): void {
  const streamable = (c: Context, session: Session): Promise<Response> =>
    mcp.answer({ request: c.req.raw, session, delivered: deliveryOf(c) });
  for (const [path, ways] of Object.entries(WAYS))
    for (const each of both(path))
      app.use(each, async (c, next) => {
        if (ways.includes(c.req.method)) return next();
        const allow = ways.join(', ');
        const error = { code: -32000, message: `This address takes ${allow}.` };
        return c.json({ jsonrpc: '2.0', id: null, error }, 405, { allow });
      });
  for (const path of both('/mcp')) app.all(path, async (c) => streamable(c, await letIn(c)));
  for (const path of both('/mcp/sse'))
    app.all(path, async (c) => {
      const session = await letIn(c);
      // A client of Streamable HTTP that was given this address opens its own stream, within its session.
      if (c.req.method !== 'GET' || c.req.header('mcp-session-id')) return streamable(c, session);
      const endpoint = `${new URL(url()).pathname.replace(/\/$/, '')}/mcp/messages`;
      await mcp.openStream((c.env as HttpBindings).outgoing as ServerResponse, endpoint, session);
      return RESPONSE_ALREADY_SENT;
    });
  for (const path of both('/mcp/gmail'))
    app.all(path, async (c) => {
      const session = await letIn(c);
      if (session.kind === 'service')
        throw new AppError('forbidden', 'This address is for profile tokens.', {
          hint: 'With a service key use /mcp, where the gmail_* tools take an account_id.',
        });
      return gmail.answer({ request: c.req.raw, session, delivered: deliveryOf(c) });
    });
  for (const path of both('/mcp/messages')) app.post(path, async (c) => mcp.takeMessage(c.req.raw, await letIn(c)));
}
