// The doors without any account: who is let in, and what a wrong call is told.
import { request } from 'node:http';
import { connect as connectTo } from 'node:net';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Mailroom, newFolder, ranMailroom, removeFolder, startMailroom } from '../support/mailroom.ts';

const folder = newFolder();
let room: Mailroom;

beforeAll(async () => {
  room = await startMailroom({ folder, env: { GMAIL_IMAP_HOST: '127.0.0.1', GMAIL_IMAP_PORT: '1' } });
});
afterAll(async () => {
  await room?.end();
  removeFolder(folder);
});

/** A request with headers that fetch would not let us forge. */
const forged = (headers: Record<string, string>, path = '/accounts'): Promise<{ status: number; body: string }> =>
  new Promise((resolve, reject) => {
    const url = new URL(room.url);
    const call = request(
      { host: url.hostname, port: url.port, path, headers: { authorization: `Bearer ${room.key}`, ...headers } },
      (response) => {
        let body = '';
        response.on('data', (chunk) => {
          body += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      },
    );
    call.on('error', reject);
    call.end();
  });

describe('health and documents', () => {
  it('answers health to anybody and tells the version only to key holders', async () => {
    const anybody = await fetch(`${room.url}/health`);
    expect(await anybody.json()).toEqual({ status: 'healthy', database: 'connected', service: 'mailroom' });
    expect((await room.rest('GET', '/health')).body.version).toMatch(/^\d/);
    expect((await forged({ host: 'elsewhere.example' }, '/health')).status).toBe(200);
  });

  it('describes every route that there is', async () => {
    const { body } = await room.rest('GET', '/openapi.json');
    expect(body.openapi).toBe('3.1.0');
    const routes = Object.entries(body.paths).flatMap(([path, verbs]) =>
      Object.keys(verbs as object).map((verb) => `${verb} ${path}`),
    );
    expect(routes).toContain('get /accounts/{account_id}/messages');
    for (const route of routes) {
      const [verb = '', path = ''] = route.split(' ');
      const filled = path.replace(/\{\w+\}/g, '1');
      const answer = await fetch(room.url + filled, { method: verb.toUpperCase() });
      expect(answer.status, route).toBe(path === '/health' ? 200 : 401);
    }
  });

  it('answers routes of nobody with 404', async () => {
    const known = '/.well-known';
    for (const path of [
      ...['/connect-links', '/mcp/nowhere', `${known}/openid-configuration`, `${known}/jwks.json`],
      ...[`${known}/oauth-protected-resource/nowhere`, `${known}/oauth-authorization-server/mcp`],
    ])
      expect((await room.rest('GET', path)).status, path).toBe(404);
  });
});

describe('who is let in', () => {
  it('says where the key lies when there is none or a wrong one', async () => {
    for (const authorization of ['', 'Bearer nonsense', `Basic ${room.key}`]) {
      const { status, body, headers } = await room.rest('GET', '/accounts', undefined, { authorization });
      expect([status, body.code]).toEqual([401, 'unauthenticated']);
      expect(body.hint).toContain('KEY_DIR');
      expect(headers.get('content-type')).toContain('application/problem+json');
      expect(headers.get('www-authenticate')).toContain('Bearer');
    }
  });

  it('refuses a foreign Host or Origin and names the variable that would admit it', async () => {
    const host = await forged({ host: 'evil.example' });
    expect(host.status).toBe(403);
    expect(host.body).toContain('ALLOWED_HOSTS');
    const origin = await forged({ origin: 'https://evil.example' }, '/mcp');
    expect(origin.status).toBe(403);
    expect(origin.body).toContain('ALLOWED_ORIGINS');
    expect((await forged({ host: `localhost:${new URL(room.url).port}` })).status).toBe(200);
  });
});

describe('what a wrong call is told', () => {
  it('names the field and what would be right', async () => {
    const post = (body: unknown) => room.rest('POST', '/accounts', body);
    const cases: [unknown, string][] = [
      [{ email: 'a@gmail.com', app_password: 'x' }, 'user_id'],
      [{ user_id: 'u', email: 'a@gmail.com\r\nBcc: b@c.d', app_password: 'abcdefghijklmnop' }, 'email'],
      [{ user_id: 'u', email: 'a@gmail.com', app_password: '' }, 'app_password'],
      [{ user_id: 'u', email: 'a@gmail.com', app_password: 'abc', display_name: 'A\nB' }, 'display_name'],
      [{ user_id: 'u', email: 'a@gmail.com', app_password: 'abc', colour: 'red' }, 'colour'],
      [[1], 'body'],
      ['{"user_id":', 'body'],
    ];
    for (const [body, field] of cases) {
      const answer = await post(body);
      expect([answer.status, answer.body.field], JSON.stringify(body)).toEqual([400, field]);
      expect(JSON.stringify(answer.body)).not.toMatch(/at .*\.ts|node_modules/);
    }
  });

  it('tells an unknown account and a foreign one alike', async () => {
    const { status, body } = await room.rest('GET', '/accounts/acc_nobody/messages?q=x');
    expect([status, body.code]).toEqual([404, 'not_found']);
  });

  it('refuses an address over its limit, and what is no HTTP, as problems too', async () => {
    const long = await room.rest('GET', `/accounts/acc_nobody/messages?q=${'x'.repeat(40_000)}`);
    expect([long.status, long.body.code, long.body.hint]).toEqual([431, 'too_large', 'Shorten the query.']);
    const { port } = new URL(room.url);
    const said = await new Promise<string>((resolve) => {
      const socket = connectTo(Number(port), '127.0.0.1', () => socket.write('EHLO there\r\n\r\n'));
      socket.on('data', (bytes) => resolve(String(bytes)));
    });
    expect(said).toMatch(/^HTTP\/1\.1 400 .*"code":"invalid_input"/s);
  });

  it('refuses a body over its limit', async () => {
    const { status, body } = await room.rest('POST', '/accounts', { user_id: 'x'.repeat(1024 * 1024 + 1) });
    expect([status, body.code]).toEqual([413, 'too_large']);
  });

  it('says that the mail server cannot be reached, and stores nothing', async () => {
    const answer = await room.rest('POST', '/accounts', {
      user_id: 'u',
      email: 'a@gmail.com',
      app_password: 'abcdefghijklmnop',
    });
    expect([answer.status, answer.body.code]).toEqual([503, 'unavailable']);
    expect((await room.rest('GET', '/accounts')).body).toEqual([]);
  });
});

describe('MCP', () => {
  const connect = async (mode: 'legacy' | 'auto') => {
    const client = new Client(
      { name: 'test', version: '1' },
      mode === 'auto' ? { versionNegotiation: { mode: 'auto' } } : {},
    );
    const transport = new StreamableHTTPClientTransport(new URL(`${room.url}/mcp`), {
      requestInit: { headers: { authorization: `Bearer ${room.key}` } },
    });
    await client.connect(transport);
    return client;
  };

  it.each(['legacy', 'auto'] as const)('lists and calls tools in the %s era', async (mode) => {
    const client = await connect(mode);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name).toSorted()).toEqual([
      'add_gmail_account',
      'fetch_inbox',
      'get_contact',
      'get_emails',
      'gmail_create_draft',
      'gmail_list_labels',
      'gmail_read_message',
      'gmail_read_thread',
      'gmail_search',
      'gmail_send_message',
      'list_conversations',
      'list_gmail_accounts',
      'remove_gmail_account',
      'search_emails',
      'send_email',
    ]);
    for (const tool of tools) {
      expect(tool.outputSchema, tool.name).toBeDefined();
      expect(Object.values(tool.annotations ?? {}), tool.name).toHaveLength(4);
    }
    const result = await client.callTool({ name: 'list_gmail_accounts', arguments: { limit: '500', cursor: null } });
    expect(result.structuredContent).toEqual({ accounts: [] });
    const refused = await client.callTool({ name: 'get_contact', arguments: { account_id: 'acc_nobody', email: 'x' } });
    expect(refused.isError).toBe(true);
    expect((refused.content as { text: string }[])[0]!.text).toMatch(/^not_found: /);
    await client.close();
  });

  it('needs the key', async () => {
    expect((await fetch(`${room.url}/mcp`, { method: 'POST', body: '{}' })).status).toBe(401);
  });
});

describe('the process', () => {
  const run = (args: string[], env: Record<string, string> = {}) => ranMailroom(args, { folder, env });

  it('lets only one server own a folder', async () => {
    const { code, err } = await run(['serve']);
    expect(code).toBe(1);
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(err).toContain(String(room.pid));
  });

  it('answers a wrong flag, command or value with one line and status 2', async () => {
    for (const [args, env] of [
      [['serve', '--loud'], {}],
      [['verify', '--account'], {}],
      [['verify', '--server=yes'], {}],
      [['serve', 'twice'], {}],
      [['key'], {}],
      [['fly'], {}],
      [['toString'], {}],
      [['serve'], { PORT: 'many' }],
    ] as const) {
      const { code, err } = await run([...args], env);
      expect([code, err.trim().split('\n').length], err).toEqual([2, 1]);
    }
  });

  it('teaches its commands', async () => {
    expect((await run(['--help'])).out).toContain('mailroom key show');
    for (const command of [['serve'], ['doctor'], ['verify'], ['key', 'show']]) {
      const { code, out, err } = await run([...command, '--help']);
      expect([code, err]).toEqual([0, '']);
      expect(out).toContain(`Usage: mailroom ${command.join(' ')}`);
      expect(out).toMatch(/Exit status: 0 .+, 1 .+, 2 .+/);
    }
    expect((await run(['-h'])).out).toBe((await run(['--help'])).out);
    expect((await run(['key', 'show'])).out.trim()).toBe(room.key);
  });
});
