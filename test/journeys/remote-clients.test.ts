// A remote MCP client signs in with the official SDK: discovery, registration, the person's word, a call, asking for more, refreshing, the end.
import { readFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { join } from 'node:path';
import type { Client } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { eventually, type Mailroom, newFolder, removeFolder, startMailroom } from '../support/mailroom.ts';
import { connected, letter, startPretendGmail } from '../support/pretend-gmail.ts';
import { beginning, personOf, RemoteClient } from '../support/remote-client.ts';

const user = (email: string) => ({ email, appPassword: 'abcdefghijklmnop' });
const JANE = user('jane@gmail.com');
const BOB = user('bob@gmail.com');

const folder = newFolder();
let gmail: Sandbox;
let room: Mailroom;

beforeAll(async () => {
  const pretend = await startPretendGmail(folder, [JANE, BOB]);
  gmail = pretend.gmail;
  gmail.user(JANE.email).deliver(letter('Plan of Jane'));
  gmail.user(BOB.email).deliver(letter('Plan of Bob', { to: BOB.email }));
  room = await startMailroom({ folder, env: pretend.env });
  await connected(room, JANE, 'jane');
  await connected(room, BOB, 'bob');
});
afterAll(async () => {
  await room?.end();
  await gmail?.close();
  removeFolder(folder);
});

const names = async (client: Client): Promise<string[]> => (await client.listTools()).tools.map(({ name }) => name);

describe.each([
  ['/mcp', '2026-07-28'],
  ['/mcp', undefined],
  ['/mcp/gmail', '2026-07-28'],
  ['/mcp/gmail', undefined],
] as const)('a remote client at %s (revision %s)', (path, pin) => {
  it('signs in without a token of its own, asks for more when a tool needs it, refreshes, and ends', async () => {
    const remote = new RemoteClient(await personOf(room, 'jane'), `Client ${path} ${pin}`);
    const client = await remote.connect(room.url + path, pin);
    expect(remote.asked).toBe(1);
    expect(remote.kept).toMatchObject({ token_type: 'Bearer', expires_in: 3600, scope: 'read draft' });
    const found = await remote.call(client, 'gmail_search', { query: 'plan' });
    expect(found.structuredContent.messages[0].subject).toBe('Plan of Jane');

    // What it could be given is shown; calling it brings the person back.
    expect(await names(client)).toContain('gmail_send_message');
    const sent = await remote.call(client, 'gmail_send_message', { to: 'amy@example.org', subject: 'Hi', body: 'Hi' });
    expect(sent.structuredContent).toMatchObject({ to: ['amy@example.org'] });
    expect(remote.asked).toBe(2);
    expect(remote.kept?.scope).toBe('read draft send');

    // One sign-in, whatever was asked how often.
    const [profile] = (await room.rest('GET', '/users/jane/profiles')).body.filter(
      ({ name }: { name: string }) => name === `Client ${path} ${pin}`,
    );
    const tokens = `/users/jane/profiles/${profile.profile_id}/tokens`;
    const listed = (await room.rest('GET', tokens)).body;
    expect(listed).toEqual([
      expect.objectContaining({
        permissions: ['read', 'draft', 'send'],
        client: { name: `Client ${path} ${pin}`, redirect_host: '127.0.0.1:33418' },
      }),
    ]);
    await eventually(async () => (await room.rest('GET', tokens)).body[0].last_used_at !== null);

    // An access token that is no longer good is renewed without the person.
    const before = remote.kept!;
    remote.saveTokens({ ...before, access_token: 'x'.repeat(43) });
    expect((await remote.call(client, 'gmail_search', { query: 'plan' })).structuredContent.messages).toHaveLength(1);
    expect(remote.asked).toBe(2);
    expect(remote.kept!.refresh_token).not.toBe(before.refresh_token);

    expect((await room.rest('DELETE', `/tokens/${listed[0].token_id}`)).status).toBe(200);
    const after = await fetch(room.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${remote.kept!.access_token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
    });
    expect(after.status).toBe(401);
    await client.close();
  });
});

describe('behind a proxy, under a path', () => {
  const PUBLIC = 'https://mail.example.com/box';
  const own = newFolder();
  let behind: Mailroom;
  let port = 0;
  beforeAll(async () => {
    behind = await startMailroom({ folder: own, env: { PUBLIC_URL: PUBLIC, PORT: '0', TRUST_PROXY: '1' } });
    const lock = JSON.parse(readFileSync(join(own, 'data', 'mailroom.lock'), 'utf8')) as { url: string };
    port = Number(new URL(lock.url).port);
  });
  afterAll(async () => {
    await behind?.end();
    removeFolder(own);
  });

  /** As the proxy sends it on: without the path before ours, under the name that people see. */
  const ask = (method: string, path: string, body?: string, type = 'application/json') =>
    new Promise<{ status: number; headers: IncomingHttpHeaders; text: string }>((resolve, reject) => {
      const headers = { host: 'mail.example.com', 'x-forwarded-for': '203.0.113.9', 'content-type': type };
      const asked = request({ host: '127.0.0.1', port, method, path, headers }, (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
      });
      asked.on('error', reject);
      asked.end(body);
    });

  it('tells the addresses that people are told, whatever the request looked like', async () => {
    const refused = await ask('POST', '/mcp', '{}');
    const document = 'https://mail.example.com/.well-known/oauth-protected-resource/box/mcp';
    expect(refused.headers['www-authenticate']).toContain(`resource_metadata="${document}"`);
    for (const path of [new URL(document).pathname, '/.well-known/oauth-protected-resource/mcp'])
      expect(JSON.parse((await ask('GET', path)).text), path).toMatchObject({
        resource: `${PUBLIC}/mcp`,
        authorization_servers: [PUBLIC],
      });
    for (const path of ['/.well-known/oauth-authorization-server/box', '/.well-known/oauth-authorization-server'])
      expect(JSON.parse((await ask('GET', path)).text), path).toMatchObject({
        issuer: PUBLIC,
        authorization_endpoint: `${PUBLIC}/authorize`,
        token_endpoint: `${PUBLIC}/token`,
        registration_endpoint: `${PUBLIC}/register`,
        revocation_endpoint: `${PUBLIC}/revoke`,
        code_challenge_methods_supported: ['S256'],
      });
    const metadata = JSON.stringify({ redirect_uris: ['https://a.example/cb'], token_endpoint_auth_method: 'none' });
    const { client_id: id } = JSON.parse((await ask('POST', '/register', metadata)).text) as { client_id: string };
    const { url } = beginning({ url: PUBLIC }, id, { redirect_uri: 'https://a.example/cb' });
    const begun = await ask('GET', new URL(url).pathname.slice('/box'.length) + new URL(url).search);
    expect(begun.status, begun.text).toBe(303);
    expect(begun.headers.location).toMatch(/^https:\/\/mail\.example\.com\/box\/consent\/[\w-]+$/);
    const cookie = begun.headers['set-cookie']!.find((line) => line.startsWith('mailroom_consent='))!;
    expect(cookie).toMatch(/; path=\/box\/consent\/[\w-]+;/);
    expect(cookie).toMatch(/; samesite=lax; secure; httponly$/);
    expect(begun.headers['set-cookie']!.some((line) => line.startsWith('mailroom_oauth'))).toBe(false);
    expect(begun.headers['access-control-allow-origin']).toBeUndefined();
    const page = await ask('GET', begun.headers.location!.slice(PUBLIC.length));
    expect(page.headers.location).toBe(
      `/box/sign-in?to=${encodeURIComponent(new URL(begun.headers.location!).pathname)}`,
    );
  });
});
