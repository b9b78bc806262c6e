// The HTTP door: guards, REST routes, the MCP mount, health. Translates in and out; the verbs decide.
import { Readable } from 'node:stream';
import type { HttpBindings } from '@hono/node-server';
import { getConnInfo } from '@hono/node-server/conninfo';
import { Hono, type Context as HonoContext } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { secureHeaders } from 'hono/secure-headers';
import { audited } from '../actions/audited.ts';
import type { Admit, Call, Context, House } from '../actions/context.ts';
import { readInput } from '../actions/input.ts';
import { attachmentInput, openAttachment } from '../actions/messages.ts';
import { perform } from '../actions/perform.ts';
import type { PushGate } from '../auth/push-token.ts';
import type { Resources } from '../auth/resources.ts';
import { type Gate, onlyUserOf, type Session } from '../auth/session.ts';
import { AppError, invalidInput } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { McpDoor } from '../mcp/door.ts';
import { mountConnect } from './connect/mount.ts';
import { DASHBOARD_PAGES, isVisit, lostPage, mountDashboard } from './dashboard.ts';
import { deliveryOf } from './delivery.ts';
import type { EventLog } from './event-log.ts';
import type { HostGuard } from './guard.ts';
import { mountMailPage } from './mail-page.ts';
import { MCP_PATHS, mountMcp } from './mcp-routes.ts';
import type { Metrics } from './metrics.ts';
import { mountOAuth } from './oauth/mount.ts';
import { openApiDocument } from './openapi.ts';
import { PAGE_PATHS, pageHeaders } from './own-page.ts';
import { ownAttachmentInput, withAccount } from './own-routes.ts';
import { problem } from './problem.ts';
import { mountPush } from './push.ts';
import { ACCOUNT, type Route } from './route.ts';
import { ROUTES } from './routes.ts';
import { sessionByCookie } from './session-cookie.ts';
import { mountSignIn } from './sign-in/mount.ts';

const ATTACHMENT_PATH = '/messages/{message_id}/attachments/{n}';
const ATTACHMENT = ATTACHMENT_PATH.replace(/\{(\w+)\}/g, ':$1');

const BODY_BYTES = 1024 * 1024;
/** A mail of 25 MB in base64, and some room. */
const SENDING_BODY_BYTES = 36 * BODY_BYTES;

export interface DoorOptions {
  readonly house: House;
  readonly admit: Admit;
  readonly gate: Gate;
  readonly guard: () => HostGuard;
  readonly mcp: McpDoor;
  /** With the gmail_* tools alone. */
  readonly gmail: McpDoor;
  readonly events: EventLog;
  readonly metrics: Metrics;
  readonly resources: Resources;
  readonly url: () => string;
  /** Of Google's consent page; null when no OAuth client is set up. */
  readonly googleOrigin: string | null;
  /** Null: no OAuth client is set up. */
  readonly pushGate: PushGate | null;
  readonly version: string;
  /** Proxies in front whose X-Forwarded-For is believed. */
  readonly trustProxy: number;
  readonly log: Logger;
}

export function createApp(options: DoorOptions): Hono {
  const { house, admit, guard, mcp, log, version } = options;
  const app = new Hono();
  app.onError((error) => problem(error, log));
  app.notFound(
    (c) =>
      lostPage(c, options.url) ??
      problem(new AppError('not_found', 'There is no such route.', { hint: 'GET /openapi.json lists them.' }), log),
  );
  for (const path of [...PAGE_PATHS, ...DASHBOARD_PAGES]) app.use(path, pageHeaders);
  // The page that says that there is none has the same form to sign out.
  app.use((c, next) => (isVisit(c) ? pageHeaders(c, next) : next()));
  app.use(secureHeaders());
  app.use(async (c, next) => {
    await next();
    if (!c.res.headers.has('cache-control')) c.res.headers.set('cache-control', 'no-store');
  });

  app.get('/health', async (c) => {
    const alive = await house.control.isAlive().catch(() => false);
    const known = await isKnown(options, c);
    const body = {
      status: alive ? 'healthy' : 'unhealthy',
      database: alive ? 'connected' : 'unreachable',
      service: 'mailroom',
      ...(known && { version }),
    };
    return c.json(body, alive ? 200 : 503);
  });

  app.use(async (c, next) => {
    guard().check(c.req.header('host'), c.req.header('origin'));
    await next();
  });
  app.get('/openapi.json', (c) => c.json(openApiDocument(options.url(), version)));

  const small = limit(BODY_BYTES, log);
  const large = limit(SENDING_BODY_BYTES, log);
  app.use((c, next) => (takesMail(c) ? large(c, next) : small(c, next)));
  const letInByKey = async (
    c: HonoContext,
    authorization = c.req.header('authorization'),
    resource: string | null = null,
  ): Promise<Session> =>
    held(house, c, await options.gate.enter(authorization, addressOf(options, c), house.now(), resource));
  /** A key wins over a cookie; what a browser sends because a proxy in front has asked for it (RFC 7617) is none. */
  const letIn = async (c: HonoContext): Promise<Session> => {
    const hasKey = /^Bearer\b/i.test(c.req.header('authorization') ?? '');
    const session = hasKey ? null : await sessionByCookie(house, c);
    return session ? held(house, c, session) : letInByKey(c);
  };

  mountDashboard(app, options.url);
  // Google sends people of both back to one address; the first takes what is its own.
  mountSignIn(app, { house, address: (c) => addressOf(options, c) }, log);
  mountConnect(app, { house, googleOrigin: options.googleOrigin, log });
  mountPush(app, { gate: options.pushGate, hint: (email) => house.sync.hint(email), log });
  mountOAuth(app, { house, resources: options.resources, address: (c) => addressOf(options, c), log });
  mountMcp(app, { mcp, gmail: options.gmail, letIn: letInByKey, resources: options.resources, url: options.url, log });

  mountMailPage(app, { admit, letIn });

  app.get('/events', async (c) => {
    const { outgoing } = c.env as HttpBindings;
    const lastId = c.req.header('last-event-id');
    const asked = { called: 'GET /events', needs: 'events' } as const;
    const open = async ({ session }: Context, named: (user: string | undefined) => void) => {
      named(onlyUserOf(session) ?? undefined);
      return { stream: options.events.open(session, lastId, () => outgoing.destroy()) };
    };
    const { stream } = await audited(admit, await letIn(c), asked, open, () => ({}));
    // Whoever asks for the head alone, or has gone by now, reads nothing.
    const gone = (): void => void (stream.locked || stream.cancel());
    if (outgoing.closed) gone();
    else outgoing.once('close', gone);
    return new Response(stream, { headers: { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' } });
  });
  app.get('/metrics', async (c) => {
    const { metrics } = options;
    const asked = { called: 'GET /metrics', needs: 'operator' } as const;
    const { text } = await audited(admit, await letIn(c), asked, async (ctx) => ({ text: await metrics.text(ctx) }));
    return c.body(text, 200, { 'content-type': metrics.contentType });
  });
  for (const route of ROUTES)
    app.on(route.method.toUpperCase(), route.path.replace(/\{(\w+)\}/g, ':$1'), async (c) => {
      return answer(c, route, admit, await letIn(c));
    });
  const attachment = async (c: HonoContext, inputOf: (ctx: Context) => Promise<object>): Promise<Response> => {
    const asked = {
      called: `GET ${c.req.param('account_id') === undefined ? '' : ACCOUNT}${ATTACHMENT_PATH}`,
      needs: 'read',
    } as const;
    const open = async (ctx: Context) => {
      const input = readInput(attachmentInput, await inputOf(ctx));
      return { ...(await openAttachment(ctx, input, c.req.raw.signal)), message_id: input.message_id };
    };
    const { part, stream } = await audited(admit, await letIn(c), asked, open, ({ message_id }) => ({ message_id }));
    c.req.raw.signal.addEventListener('abort', () => stream.destroy());
    return new Response(Readable.toWeb(stream) as ReadableStream, {
      headers: {
        // Never shown in place: whatever a stranger attached must not run under our origin.
        'content-type': 'application/octet-stream',
        'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(part.filename || `attachment-${part.n}`)}`,
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; sandbox",
      },
    });
  };
  app.get(`/accounts/:account_id${ATTACHMENT}`, (c) => attachment(c, async () => c.req.param()));
  app.get(ATTACHMENT, (c) =>
    attachment(c, (ctx) => withAccount(ctx, readInput(ownAttachmentInput, { ...query(c), ...c.req.param() }))),
  );
  return app;
}

/** Whatever is still open when the key, the token or the person's session ends, ends with it. */
function held({ serviceKeys, profileTokens, people, now }: House, c: HonoContext, session: Session): Session {
  const { outgoing } = c.env as HttpBindings;
  const end = (): void => void outgoing.destroy();
  const hold = () => {
    if (session.kind === 'profile') return profileTokens.hold(session, now(), end);
    return session.person ? people.hold(session.person, now(), end) : serviceKeys.hold(session, now(), end);
  };
  const letGo = hold();
  if (outgoing.closed) letGo();
  else outgoing.once('close', letGo);
  return session;
}

const limit = (maxSize: number, log: Logger) =>
  bodyLimit({
    maxSize,
    onError: () =>
      problem(new AppError('too_large', `A body may have ${maxSize} bytes here.`, { hint: 'Send less.' }), log),
  });

const takesMail = ({ req }: HonoContext): boolean =>
  req.method === 'POST' && (MCP_PATHS.test(req.path) || LARGE.some((pattern) => pattern.test(req.path)));
const LARGE = ROUTES.filter(({ large }) => large).map(
  ({ path }) => new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}/?$`),
);

async function answer(c: HonoContext, route: Route, admit: Admit, session: Session): Promise<Response> {
  const given = { ...(await body(c, route)), ...query(c), ...c.req.param() };
  const named = Object.entries(given).map(([name, value]) => [route.renames?.[name] ?? name, value]);
  const call: Call = { report: async () => undefined, delivered: deliveryOf(c), signal: c.req.raw.signal };
  const result = await perform(admit, session, route, Object.fromEntries(named), call);
  const next = (result as { next_cursor?: string }).next_cursor;
  if (next) {
    const url = new URL(c.req.url);
    url.searchParams.set('cursor', next);
    c.header('link', `<${url.pathname}${url.search}>; rel="next"`);
  }
  const shown = route.unwrap ? (result as Record<string, unknown>)[route.unwrap] : result;
  return c.json(shown as object, route.status ?? 200);
}

async function body(c: HonoContext, { method }: Route): Promise<Record<string, unknown>> {
  if (method === 'get' || method === 'delete') return {};
  const text = await c.req.text();
  if (text.trim() === '') return {};
  const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json')
    throw invalidInput('content-type', 'The body must be application/json.', 'Send that Content-Type.');
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
      return parsed as Record<string, unknown>;
  } catch {
    // Told below, in our words.
  }
  throw invalidInput('body', 'The body must be one JSON object.', 'GET /openapi.json shows its fields.');
}

/** Each query parameter once; one given twice is refused rather than guessed. */
function query(c: HonoContext): Record<string, string> {
  const all = c.req.queries();
  return Object.fromEntries(
    Object.entries(all).map(([name, values]) => {
      if (values.length > 1) throw invalidInput(name, `${name} is given twice.`, 'Give it once.');
      return [name, values[0] ?? ''];
    }),
  );
}

async function isKnown(options: DoorOptions, c: HonoContext): Promise<boolean> {
  if (!c.req.header('authorization')) return false;
  try {
    await options.gate.enter(c.req.header('authorization'), addressOf(options, c), options.house.now());
    return true;
  } catch {
    return false;
  }
}

/** The caller's address; behind believed proxies the one that the outermost of them saw. */
function addressOf({ trustProxy }: DoorOptions, c: HonoContext): string {
  const direct = getConnInfo(c).remote.address ?? '';
  const forwarded =
    c.req
      .header('x-forwarded-for')
      ?.split(',')
      .map((part) => part.trim()) ?? [];
  return trustProxy > 0 ? (forwarded.at(-trustProxy) ?? direct) : direct;
}
