// Everything that is mounted, from the live lists: each tool and route says what it needs of its caller, and nobody comes in without
// it; a path that none of the proofs knows fails here.
import type { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { GROUPS, isPermission } from '../../src/auth/session.ts';
import { ROUTES } from '../../src/http/routes.ts';
import { TOOLS } from '../../src/mcp/mailroom-offer.ts';
import { type Agent, newAgent } from '../support/agent.ts';
import { startMcpRoom } from '../support/mcp-room.ts';
import { ask } from '../support/raw-request.ts';
import { type Neighbourhood, type Person, startNeighbourhood } from '../support/three-people.ts';
import { callAs, NAMING } from './ids.ts';

const apps: Hono[] = [];
vi.mock('../../src/http/app.ts', async (original) => {
  const real = await original<typeof import('../../src/http/app.ts')>();
  return {
    ...real,
    createApp: (...given: Parameters<typeof real.createApp>) => {
      const app = real.createApp(...given);
      apps.push(app);
      return app;
    },
  };
});

let house: Neighbourhood;
let a: Person;

beforeAll(async () => {
  house = await startNeighbourhood();
  ({ a } = house.people);
});
afterAll(() => house?.end());

/** What is mounted beside the table of routes, and where it is shown that nobody sees another there. */
const BESIDE: readonly [RegExp, string][] = [
  [/^(get) (\/accounts\/:account_id)?\/messages\/:message_id\/attachments\/:n$/, 'foreign-routes, reading'],
  [/^(get) (\/accounts\/:account_id)?\/messages\/:message_id\/html$/, 'a route of mail like the others'],
  [/^get \/events$/, 'streams; journeys/events: each his own'],
  [/^get \/(health|openapi\.json|mark\.svg|assets\/\*)$/, 'foreign-routes: the same for everybody'],
  [/^(all|post) \/mcp(\/sse|\/messages|\/gmail)?\/?$/, 'foreign-ids, streams, wires'],
  [/^(get|post) \/(connect\/:secret(\/confirm)?|api\/gmail\/(connect|callback))$/, 'pages'],
  [/^(get|post) \/(sign-in|sign-in\/ways|sign-in\/:secret|sign-out)$/, 'pages'],
  [/^(all|get) \/(sign-in|sign-out|authorize|authorize\/:uid)$/, 'pages'],
  [
    /^(get|post) \/sign-in\/(passkeys\.js|passkey-request|passkey|google)$/,
    'sign-in: the same for everybody, or a secret',
  ],
  [/^get \/metrics$/, 'the operator’s alone'],
  [/^(get|post) \/consent\/:uid$/, 'pages'],
  [/^get \/\.well-known\/oauth-(authorization-server|protected-resource)(\/\*)?$/, 'the same for everybody'],
  [/^post \/(token|register|revoke)$/, 'answers to secrets alone; remote-clients'],
  [/^post \/push\/gmail$/, 'push: answers nothing'],
  [
    /^(all|get) \/(settings\/\w+(\/:profile)?|mail|activity|sending|operation)?$/,
    'one page for everybody, which asks the routes',
  ],
];

describe('what is mounted', () => {
  it('is a route of the table, or known to a proof', async () => {
    const room = await startMcpRoom([]);
    const mounted = new Set(apps[0]!.routes.map(({ method, path }) => `${method.toLowerCase()} ${path}`));
    const inTable = new Set(ROUTES.map(({ method, path }) => `${method} ${path.replace(/\{(\w+)\}/g, ':$1')}`));
    const strange = [...mounted].filter(
      (each) => !inTable.has(each) && !BESIDE.some(([pattern]) => pattern.test(each)),
    );
    for (const each of inTable) expect(mounted).toContain(each);
    await room.stop();
    expect(strange.filter((each) => !/^all .*\*$/.test(each))).toEqual([]);
  });
});

const filled = (path: string): string =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(NAMING[name]?.(a) ?? '1'));

describe('every tool and route', () => {
  it('says what it needs, and nobody comes in without it', async () => {
    const bare = new Map<string, Agent>();
    const all = ['read', 'draft', 'send'];
    for (const lacking of all) {
      const permissions = all.filter((each) => each !== lacking);
      bare.set(lacking, await newAgent(house.room, { user: a.userId, profile: `not-${lacking}`, permissions }));
    }
    for (const need of [...GROUPS, 'operator', 'activity', 'person']) bare.set(need, a.whole);
    for (const { name, needs } of TOOLS) {
      const answer = JSON.parse(await callAs(bare.get(needs)!, house.room.url, name, {}));
      expect(answer.result.isError, name).toBe(true);
      expect(answer.result.content[0].text, name).toMatch(/^forbidden: /);
      expect((await bare.get(needs)!.tools()).map((tool) => tool.name)).not.toContain(name);
    }
    const told = async (agent: Agent, method: string, path: string) => {
      const body = method === 'get' ? {} : { body: {} };
      const { status, text } = await ask(house.room.url, method.toUpperCase(), path, { token: agent.token, ...body });
      return [status, JSON.parse(text).code];
    };
    for (const { method, path, needs } of ROUTES)
      expect(await told(bare.get(needs)!, method, filled(path)), `${method} ${path}`).toEqual([403, 'forbidden']);
    const reader = bare.get('read')!;
    const mail = `/messages/${a.accounts[0].mails[0]!.id}/attachments/1`;
    for (const path of [mail, `/accounts/${a.accounts[0].id}${mail}`, '/events'])
      expect(await told(reader, 'get', path), path).toEqual([403, 'forbidden']);
    for (const [method, params] of [
      ['resources/list', {}],
      ['resources/read', { uri: `contacts://${a.accounts[0].id}` }],
      ['prompts/get', { name: 'triage_inbox', arguments: { account: a.accounts[0].address } }],
    ] as const) {
      const body = { jsonrpc: '2.0', id: 1, method, params };
      const headers = { accept: 'application/json, text/event-stream' };
      const { text } = await ask(house.room.url, 'POST', '/mcp', { token: reader.token, body, headers });
      expect(text, method).toContain('forbidden');
    }
  });

  it('that sends declares what it costs, and is marked as what cannot be undone', () => {
    const costly = <T extends { costs: string }>(of: readonly T[]): T[] => of.filter(({ costs }) => costs === 'a mail');
    expect(costly(TOOLS).map(({ name }) => name)).toEqual(['send_email', 'gmail_send_message']);
    for (const { annotations, name } of costly(TOOLS)) expect(annotations.destructiveHint, name).toBe(true);
    expect(costly(ROUTES).map(({ method, path }) => `${method} ${path}`)).toEqual([
      'post /accounts/{account_id}/messages',
      'post /messages',
    ]);
  });

  it('of mail has its twin without an account in the path, and asks which one when there are several', async () => {
    const isOwn = ({ path, needs }: (typeof ROUTES)[number]) => isPermission(needs) && !path.includes('{account_id}');
    const own = ROUTES.filter(isOwn).map(({ method, path }) => `${method} ${path}`);
    const inAccount = ROUTES.filter(
      ({ path, needs }) => isPermission(needs) && path.startsWith('/accounts/{account_id}/'),
    );
    expect(own.toSorted()).toEqual(
      inAccount.map(({ method, path }) => `${method} ${path.replace('/accounts/{account_id}', '')}`).toSorted(),
    );
    const [first, second] = a.accounts;
    for (const path of ['/labels', '/conversations', `/contacts/${first.mails[0]!.sender}`]) {
      const { status, body } = await a.whole.rest('GET', path);
      expect([status, body.field], path).toEqual([400, 'account']);
      expect(body.hint).toContain(second.address);
      expect((await a.whole.rest('GET', `${path}?account=${first.address}`)).status, path).toBe(200);
      expect((await a.partial.rest('GET', path)).status, path).toBe(200);
    }
    const mail = { to: 'amy@to.example', subject: 'Hello', body: 'Hello.' };
    const sent = await a.whole.rest('POST', '/messages', mail);
    expect([sent.status, sent.body.field]).toEqual([400, 'account']);
    const answer = { thread_id: first.mails[0]!.threadId, body: 'Yes.' };
    const reply = await a.whole.rest('POST', '/drafts', answer);
    expect([reply.status, reply.body.subject]).toEqual([201, `Re: ${first.mails[0]!.subject}`]);
    const page = async (cursor: string) =>
      (await a.whole.rest('GET', `/messages?q=in:inbox&limit=1${cursor && `&cursor=${encodeURIComponent(cursor)}`}`))
        .body;
    const found = new Set<string>();
    for (let cursor = ''; cursor !== undefined; ) {
      const { messages, next_cursor } = await page(cursor);
      for (const { account } of messages) found.add(account);
      cursor = next_cursor;
    }
    expect(found).toEqual(new Set([first.address, second.address]));
    expect((await house.room.rest('GET', '/messages')).body.field).toBe('account');
    expect((await house.room.rest('GET', `/messages?account=${first.id}&q=commonword`)).status).toBe(200);
  });
});
