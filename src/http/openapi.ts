// The OpenAPI 3.1 document, made from the routes' own schemas.
import { OpenAPIHono, z } from '@hono/zod-openapi';
import type { Route } from './route.ts';
import { ROUTES } from './routes.ts';

const problemShape = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  code: z.string(),
  detail: z.string(),
  hint: z.string(),
  field: z.string().optional(),
});
const healthShape = z.object({
  status: z.string(),
  database: z.string(),
  service: z.string(),
  version: z.string().optional(),
});

/** The document for the server at `url`. */
export function openApiDocument(url: string, version: string): object {
  const api = new OpenAPIHono();
  const { openAPIRegistry: registry } = api;
  registry.registerComponent('securitySchemes', 'key', { type: 'http', scheme: 'bearer' });
  registry.registerComponent('securitySchemes', 'session', {
    type: 'apiKey',
    in: 'cookie',
    name: 'mailroom_session',
    description:
      'Of a person who has signed in, from our own pages only; `__Host-mailroom_session` over https at the root.',
  });
  registry.registerPath({
    method: 'get',
    path: '/health',
    summary: 'Whether the server is well',
    security: [],
    responses: { 200: answer('Well', healthShape), 503: answer('Not well', healthShape) },
  });
  registry.registerPath({
    method: 'post',
    path: '/push/gmail',
    summary: 'Where Google tells of new mail, signed by Google',
    security: [],
    request: {
      body: { content: { 'application/json': { schema: z.object({ message: z.object({ data: z.string() }) }) } } },
    },
    responses: { 204: { description: 'Taken' }, default: PROBLEM },
  });
  for (const route of ROUTES) registry.registerPath(describe(route));
  for (const prefix of ['/accounts/{account_id}', ''])
    registry.registerPath({
      method: 'get',
      path: `${prefix}/messages/{message_id}/attachments/{n}`,
      summary: 'The bytes of an attachment, from Gmail',
      request: {
        params: z.object({ ...(prefix && { account_id: z.string() }), message_id: z.string(), n: z.string() }),
        ...(!prefix && { query: z.object({ account: z.string().optional() }) }),
      },
      responses: {
        200: { description: 'The attachment', content: { 'application/octet-stream': { schema: z.string() } } },
        default: PROBLEM,
      },
    });
  registry.registerPath({
    method: 'get',
    path: '/events',
    summary: 'What changes, as it happens (server-sent events)',
    description:
      'Events `mail` (stored), `sync` (state and progress), `account` (added, changed, removed) and `outbox` (state of a mail), each with ids only. A person, or a key with a `user_id`, is told of that user alone; a narrower key of `mail` and `outbox` when it is for mail, of `sync` and `account` when it is for accounts. With `Last-Event-ID` those since then, or first an event `missed` when they are not known any more: look anew then. A comment every 15 seconds; a reader who does not keep up, or may no longer read, is disconnected.',
    request: { headers: z.object({ 'last-event-id': z.string().optional() }) },
    responses: {
      200: { description: 'The stream', content: { 'text/event-stream': { schema: z.string() } } },
      default: PROBLEM,
    },
  });
  registry.registerPath({
    method: 'get',
    path: '/metrics',
    summary: 'For a monitoring system: calls, accounts, outbox, the process (Prometheus text format)',
    responses: {
      200: { description: 'The metrics', content: { 'text/plain': { schema: z.string() } } },
      default: PROBLEM,
    },
  });
  registry.registerPath({
    method: 'get',
    path: '/accounts/{account_id}/messages/{message_id}/html',
    summary: 'A mail as its sender made it, for a frame: nothing in it runs or is fetched',
    request: { params: z.object({ account_id: z.string(), message_id: z.string() }) },
    responses: { 200: { description: 'The page', content: { 'text/html': { schema: z.string() } } }, default: PROBLEM },
  });
  return api.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'Mailroom', version, license: { name: 'MIT' } },
    servers: [{ url }],
    security: [{ key: [] }, { session: [] }],
  });
}

const answer = (description: string, schema: z.ZodType) => ({
  description,
  content: { 'application/json': { schema } },
});
const PROBLEM = {
  description: 'A problem (RFC 9457)',
  content: { 'application/problem+json': { schema: problemShape } },
};

function describe({ method, path, summary, needs, input, output, status, renames = {}, unwrap }: Route) {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
  const alias = Object.fromEntries(Object.entries(renames).map(([outside, inside]) => [inside, outside]));
  const shape = input.shape as Record<string, z.ZodType>;
  const pick = (names: string[]) =>
    z.object(Object.fromEntries(names.map((name) => [alias[name] ?? name, shape[name]!])));
  const rest = Object.keys(shape).filter((name) => !inPath.includes(name));
  const takesBody = method !== 'get' && method !== 'delete';
  const request = {
    ...(inPath.length > 0 && { params: pick(inPath) }),
    ...(rest.length > 0 && !takesBody && { query: pick(rest) }),
    ...(rest.length > 0 && takesBody && { body: { content: { 'application/json': { schema: pick(rest) } } } }),
  };
  const schema = unwrap ? z.array(output) : output;
  const security = needs === 'person' ? { security: [{ session: [] }] } : {};
  return {
    method,
    path,
    summary,
    ...security,
    request,
    responses: { [status ?? 200]: answer('Done', schema), default: PROBLEM },
  };
}
