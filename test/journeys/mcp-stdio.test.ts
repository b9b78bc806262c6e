// MCP over stdio as desktop clients start it: as the owner of the mail, through another owner, and from one to the other.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Offer } from '../../src/mcp/offer.ts';
import { readLock } from '../../src/store/lock.ts';
import { eventually, isRunning, newFolder, ranMailroom, removeFolder, startMailroom } from '../support/mailroom.ts';
import { KEYS, type McpRoom, startMcpRoom } from '../support/mcp-room.ts';
import { startPretendGmail } from '../support/pretend-gmail.ts';
import { clientOver, ERAS, type Era, STDIO, startStdio } from '../support/stdio-client.ts';

/** Each starts up to three processes, one after the other. */
vi.setConfig({ testTimeout: 90_000 });

const JANE = { email: 'jane@gmail.com', appPassword: 'abcdefghijklmnop' };
const eras = Object.keys(ERAS) as Era[];
const folders: string[] = [];

function environment(more: Record<string, string> = {}): Record<string, string> & { DATA_DIR: string } {
  const folder = mkdtempSync(join(tmpdir(), 'mailroom-test-'));
  folders.push(folder);
  return {
    HOME: folder,
    DATA_DIR: join(folder, 'data'),
    KEY_DIR: join(folder, 'keys'),
    GMAIL_IMAP_HOST: '127.0.0.1',
    GMAIL_IMAP_PORT: '1',
    ...more,
  };
}
afterAll(() => {
  for (const folder of folders) removeFolder(folder);
});

/** The operator calls, as before there were profiles. */
const operators = (more: Record<string, string> = {}) => environment({ MAILROOM_SERVICE_KEY: KEYS[0], ...more });

const ownerOf = (env: { DATA_DIR: string }) => readLock(env.DATA_DIR)?.pid;
const LISTED = { name: 'list_gmail_accounts', arguments: {} };

describe.each(eras)('a %s client', (era) => {
  it('is answered by the owner itself when there is no other', async () => {
    const env = operators();
    const process = startStdio(env);
    const client = await clientOver(process, era);
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain('search_emails');
    expect((await client.callTool(LISTED)).structuredContent).toEqual({ accounts: [] });
    expect(ownerOf(env)).toBe(process.child.pid);
    await client.close();
    expect(await process.exited).toBe(0);
    expect(process.strays).toEqual([]);
    expect(ownerOf(env)).toBeUndefined();
  });

  it('is answered through the owner that there is, and by itself when that one is killed', async () => {
    const env = operators();
    const first = startStdio(env);
    await (await clientOver(first)).callTool(LISTED);
    const second = startStdio(env);
    const client = await clientOver(second, era);
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain('search_emails');
    expect((await client.callTool(LISTED)).structuredContent).toEqual({ accounts: [] });
    expect(ownerOf(env)).toBe(first.child.pid);
    first.child.kill('SIGKILL');
    await first.exited;
    expect((await client.callTool(LISTED)).structuredContent).toEqual({ accounts: [] });
    expect(ownerOf(env)).toBe(second.child.pid);
    await client.close();
    expect(await second.exited).toBe(0);
    expect(second.strays).toEqual([]);
  });
});

it('answers for the profile whose token it is given, through the owner and as the owner', async () => {
  const env = environment({ MAILROOM_SERVICE_KEY: KEYS[0] });
  const first = startStdio(env);
  await (await clientOver(first)).callTool(LISTED);
  const url = await eventually(async () => readLock(env.DATA_DIR)?.url);
  const ask = async (method: string, path: string, body: object) =>
    (
      await fetch(url + path, {
        method,
        headers: { authorization: `Bearer ${KEYS[0]}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    ).json() as Promise<{ token: string }>;
  await ask('PUT', '/users/u1/profiles/desktop', { name: 'Desktop' });
  const { token } = await ask('POST', '/users/u1/profiles/desktop/tokens', {});
  const second = startStdio({ ...env, MAILROOM_TOKEN: token });
  const client = await clientOver(second);
  const isTheProfile = async () => {
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['connect_gmail']);
    const { isError, content } = await client.callTool(LISTED);
    expect([isError, content]).toEqual([
      true,
      [expect.objectContaining({ text: expect.stringMatching(/^forbidden/) })],
    ]);
  };
  expect(client.getInstructions()).toContain('connect_gmail');
  await isTheProfile();
  first.child.kill('SIGKILL');
  await first.exited;
  await isTheProfile();
  expect(ownerOf(env)).toBe(second.child.pid);
  await client.close();
  expect(await second.exited).toBe(0);
});

describe.each(eras)('without a token or a key, a %s client', (era) => {
  const TOOLS = ['connect_gmail'];

  it('is the profile desktop of the user me, as the owner, through another one and after that one was killed', async () => {
    const env = environment();
    const first = startStdio(env);
    const alone = await clientOver(first, era);
    expect(alone.getInstructions()).toContain('connect_gmail');
    expect((await alone.listTools()).tools.map(({ name }) => name)).toEqual(TOOLS);
    const second = startStdio(env);
    const client = await clientOver(second, era);
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(TOOLS);
    const url = await eventually(async () => readLock(env.DATA_DIR)?.url);
    const key = readFileSync(join(env.KEY_DIR!, 'service.key'), 'utf8').trim();
    const ask = async (path: string) =>
      (await fetch(`${url}/users/me/profiles/desktop${path}`, { headers: { authorization: `Bearer ${key}` } })).json();
    expect(await ask('')).toMatchObject({ name: 'Desktop', permissions: ['read', 'draft'] });
    expect(await ask('/tokens')).toHaveLength(2);
    first.child.kill('SIGKILL');
    await first.exited;
    await eventually(async () => ownerOf(env) === second.child.pid);
    expect((await client.callTool(LISTED)).content).toEqual([
      expect.objectContaining({ text: expect.stringMatching(/^forbidden/) }),
    ]);
    await client.close();
    expect(await second.exited).toBe(0);
    expect([...second.strays, ...second.errors]).toEqual([]);
  });

  it('is told that an account was connected, and finds its tools at once', async () => {
    const folder = newFolder();
    folders.push(folder);
    const { gmail, env: servers } = await startPretendGmail(folder, [JANE]);
    const room = await startMailroom({ folder, env: { ...servers, MAILROOM_SERVICE_KEY: '' } });
    const key = readFileSync(join(folder, 'keys', 'service.key'), 'utf8').trim();
    const process = startStdio({ HOME: folder, DATA_DIR: join(folder, 'data'), KEY_DIR: join(folder, 'keys') });
    const client = await clientOver(process, era);
    const told = Promise.withResolvers<void>();
    client.setNotificationHandler('notifications/tools/list_changed', () => told.resolve());
    if (era === 'modern') await client.listen({ toolsListChanged: true });
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(TOOLS);
    const bearer = { authorization: `Bearer ${key}` };
    // Whether it is heard from the first moment is not for this to say: the account is told of anew with each change.
    const account = { user_id: 'me', email: JANE.email, app_password: JANE.appPassword };
    const { body } = await room.rest('POST', '/accounts', account, bearer);
    expect(body.account_id, JSON.stringify(body)).toMatch(/^acc_/);
    await told.promise;
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain('gmail_search');
    await client.close();
    expect(await process.exited).toBe(0);
    expect((await room.rest('GET', '/users/me/profiles/desktop/tokens', undefined, bearer)).body).toEqual([]);
    await room.end();
    await gmail.close();
  });
});

it('tells the key of this machine to no other address', async () => {
  const env = environment();
  const { code, err } = await ranMailroom(['stdio', '--url', 'http://127.0.0.1:1'], {
    env: { ...env, MAILROOM_SERVICE_KEY: '' },
    input: '',
  });
  expect([code, err.trim().split('\n')]).toEqual([2, [expect.stringContaining('MAILROOM_TOKEN')]]);
});

it('takes over also when nobody asks', async () => {
  const env = environment();
  const first = startStdio(env);
  await (await clientOver(first)).callTool(LISTED);
  const second = startStdio(env);
  await clientOver(second);
  first.child.kill('SIGKILL');
  await eventually(async () => ownerOf(env) === second.child.pid);
  await second.close();
  await second.exited;
});

describe('the process', () => {
  it('answers what was asked before stdin closed, and ends within two seconds', async () => {
    const env = environment();
    const process = startStdio(env);
    const answers: unknown[] = [];
    process.onmessage = (message) => answers.push(message);
    await process.start();
    const initialize = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'pipe', version: '1' } };
    await process.send({ jsonrpc: '2.0', id: 1, method: 'initialize', params: initialize });
    await process.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
    await process.send({ jsonrpc: '2.0', id: 2, method: 'tools/list' });
    await eventually(async () => answers.length > 0);
    const closedAt = performance.now();
    await process.close();
    expect(await process.exited).toBe(0);
    expect(performance.now() - closedAt).toBeLessThan(2000);
    expect(answers).toEqual([expect.objectContaining({ id: 1 }), expect.objectContaining({ id: 2 })]);
  });

  it('ends when its parent is gone, though stdin stays open', async () => {
    const env = environment();
    const start = `const { spawn } = require('node:child_process');
      const child = spawn(${JSON.stringify(STDIO[0])}, ${JSON.stringify(STDIO.slice(1))}, { stdio: 'inherit' });
      console.error(child.pid);`;
    const parent = spawn(process.execPath, ['-e', start], { env: { PATH: process.env.PATH, ...env } });
    const pid = await new Promise<number>((resolve) => parent.stderr.once('data', (text) => resolve(Number(text))));
    await eventually(async () => ownerOf(env) === pid);
    parent.kill('SIGKILL');
    await eventually(async () => ownerOf(env) !== pid, 5000);
    await eventually(async () => !isRunning(pid));
    parent.stdin.end();
  });

  it('says in one line when a second server wants its folder, or its address is none', async () => {
    const env = environment();
    const owner = startStdio(env);
    await (await clientOver(owner)).callTool(LISTED);
    const second = await ranMailroom(['serve'], { env });
    expect([second.code, second.err.trim().split('\n').length]).toEqual([1, 1]);
    expect(second.err).toContain(`Process ${owner.child.pid} owns`);
    await owner.close();
    await owner.exited;
    const wrong = await ranMailroom(['stdio', '--url', 'mailroom.example'], { env: environment() });
    expect([wrong.code, wrong.err.trim().split('\n').length]).toEqual([2, 1]);
  });
});

describe('another Mailroom, by its address', () => {
  const begun = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const OFFER: Offer = {
    tools: [
      {
        needs: null,
        listed: { name: 'wait', description: 'Waits until nobody waits for it.', inputSchema: { type: 'object' } },
        answer: async (_args, { call }) => {
          await call.report(1, 2, 'begun');
          begun.resolve();
          await new Promise((resolve) => call.signal.addEventListener('abort', resolve));
          ended.resolve();
          return { content: [] };
        },
      },
    ],
    resources: [],
    prompts: [],
  };
  let room: McpRoom;
  const folder = newFolder();
  beforeAll(async () => {
    room = await startMcpRoom([OFFER]);
  });
  afterAll(async () => {
    await room?.stop();
    removeFolder(folder);
  });

  it('is asked as if it were here: its tools, their progress, and an end when the client wants no more', async () => {
    const process = startStdio(environment({ MAILROOM_TOKEN: KEYS[1] }), ['--url', `${room.url}/`]);
    const client = await clientOver(process);
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain('wait');
    const abort = new AbortController();
    const heard: number[] = [];
    const call = client.callTool(
      { name: 'wait', arguments: {} },
      { signal: abort.signal, onprogress: ({ progress }) => heard.push(progress) },
    );
    await begun.promise;
    await eventually(async () => heard.length === 1);
    abort.abort();
    await expect(call).rejects.toThrow();
    await ended.promise;
    await expect(client.callTool({ name: 'fly', arguments: {} })).rejects.toThrow('There is no tool "fly".');
    await client.close();
    expect(await process.exited).toBe(0);
  });

  it('says why when the key is wrong', async () => {
    const process = startStdio(environment({ MAILROOM_TOKEN: 'sk_wrong_0123456789abc' }), ['--url', room.url]);
    const client = await clientOver(process);
    await expect(client.listTools()).rejects.toThrow('unauthenticated: ');
    await client.close();
    await process.exited;
  });

  it('says that nobody answers there', async () => {
    const process = startStdio(environment({ MAILROOM_TOKEN: KEYS[0] }), ['--url', 'http://127.0.0.1:1']);
    const client = await clientOver(process);
    await expect(client.callTool(LISTED)).rejects.toThrow('unavailable: ');
    await client.close();
    await process.exited;
  });
});
