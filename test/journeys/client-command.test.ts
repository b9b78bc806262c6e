// `mailroom client`: what it prints or writes lets that client in, as one profile, and the rest of the client's file stays.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLIENTS, entryFor, type Machine } from '../../src/cli/client-config.ts';
import { type Mailroom, newFolder, ranMailroom, removeFolder, startMailroom } from '../support/mailroom.ts';

const folder = newFolder();
const env = { GMAIL_IMAP_HOST: '127.0.0.1', GMAIL_IMAP_PORT: '1' };
let room: Mailroom;

beforeAll(async () => {
  room = await startMailroom({ folder, env });
});
afterAll(async () => {
  await room?.end();
  removeFolder(folder);
});

const run = (...args: string[]) => ranMailroom(['client', ...args], { env, folder });
const tools = async (headers: Record<string, string>, url = `${room.url}/mcp`) => {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
  const answer = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body,
  });
  return ((await answer.json()) as { result: { tools: { name: string }[] } }).result.tools.map(({ name }) => name);
};
const FILES = {
  'claude-desktop': '.config/Claude/claude_desktop_config.json',
  'claude-code': '.mcp.json',
  cursor: '.cursor/mcp.json',
  vscode: '.vscode/mcp.json',
} as const;

describe('mailroom client', () => {
  it.each(['claude-code', 'cursor', 'vscode'] as const)('writes for %s what lets it in', async (name) => {
    const { code, out, err } = await run(name, '--write');
    expect([code, err]).toEqual([0, '']);
    const file = join(folder, FILES[name]);
    const text = readFileSync(file, 'utf8');
    const { url, headers } = JSON.parse(text)[name === 'vscode' ? 'servers' : 'mcpServers'].mailroom;
    expect(await tools(headers, url)).toEqual(['connect_gmail']);
    expect(out).not.toContain(headers.Authorization);
    expect(out).toContain(file);
    expect(statSync(file).mode & 0o077).toBe(0);
  });

  it('prints for claude-desktop a command that answers from any folder, as the profile', async () => {
    const { code, out } = await run('claude-desktop', '--user', 'u1', '--profile', 'bot');
    expect(code).toBe(0);
    const { command, args, env: given } = JSON.parse(out.slice(out.indexOf('{'))).mcpServers.mailroom;
    expect(out).toContain(join(folder, FILES['claude-desktop']));
    expect(given).toMatchObject({ DATA_DIR: join(folder, 'data'), MAILROOM_TOKEN: expect.stringMatching(/^gmail_/) });
    const child = spawn(command, args, {
      cwd: '/',
      env: { HOME: folder, ...given },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.stdin.write(
      `${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'desktop', version: '1' } } })}\n`,
    );
    const answer = await new Promise<string>((resolve) => child.stdout.once('data', (data) => resolve(String(data))));
    child.stdin.end();
    expect(JSON.parse(answer).result.instructions).toContain('connect_gmail');
    expect((await room.rest('GET', '/users/u1/profiles/bot')).body.permissions).toEqual(['read', 'draft']);
    expect((await room.rest('GET', '/users/u1/profiles/bot/tokens')).body).toHaveLength(1);
  });

  it('keeps the rest of the file, its indentation and a copy of it, and a link stays a link', async () => {
    const real = join(folder, 'dotfiles', 'real.json');
    const link = join(folder, 'linked.json');
    mkdirSync(dirname(real));
    const before =
      '{\n\t"other": [1, "ü"],\n\t"mcpServers": {\n\t\t"theirs": { "url": "https://example.org" }\n\t}\n}\n';
    writeFileSync(real, before, { mode: 0o600 });
    symlinkSync(real, link);
    expect(await run('cursor', '--write', '--file', link)).toMatchObject({ code: 0 });
    const after = readFileSync(real, 'utf8');
    expect(JSON.parse(after)).toMatchObject({ other: [1, 'ü'], mcpServers: { theirs: {}, mailroom: {} } });
    expect(Object.keys(JSON.parse(after))).toEqual(['other', 'mcpServers']);
    expect(after.split('\n')[1]).toBe('\t"other": [');
    const copies = readdirSync(dirname(real)).filter((name) => name.endsWith('.bak'));
    expect(copies.map((name) => readFileSync(join(dirname(real), name), 'utf8'))).toEqual([before]);
    expect(readFileSync(link, 'utf8')).toBe(after);
  });

  it('refuses a file that is not plain JSON, naming it, and makes no token', async () => {
    const made = async () => (await room.rest('GET', '/users/me/profiles/desktop/tokens')).body.length;
    const before = await made();
    for (const text of ['{ "mcpServers": {}, }', '// mine\n{}', '[]', '{"mcpServers": []}']) {
      const file = join(folder, 'broken.json');
      writeFileSync(file, text);
      const { code, err } = await run('claude-code', '--write', '--file', file);
      expect([code, err.trim().split('\n')], text).toEqual([1, [expect.stringContaining(file)]]);
      expect(readFileSync(file, 'utf8')).toBe(text);
    }
    expect(await made()).toBe(before);
  });

  it('leaves no token behind where the file cannot be written', async () => {
    const tokens = async () => (await room.rest('GET', '/users/me/profiles/desktop/tokens')).body.length;
    expect((await run('cursor')).code).toBe(0);
    const before = await tokens();
    writeFileSync(join(folder, 'no-folder'), '');
    const { code, err } = await run('cursor', '--write', '--file', join(folder, 'no-folder', 'mcp.json'));
    expect([code, err.trim().split('\n')]).toEqual([1, [expect.stringMatching(/cannot do that.*no-folder/)]]);
    expect(await tokens()).toBe(before);
  });

  it('says in one line what is wrong with its words', async () => {
    for (const args of [[], ['emacs'], ['cursor', 'vscode'], ['cursor', '--wrote']]) {
      const { code, err } = await run(...args);
      expect([code, err.trim().split('\n').length], args.join(' ')).toEqual([2, 1]);
    }
    const { code, out } = await run('--help');
    expect([code, CLIENTS.every((name) => out.includes(name))]).toEqual([0, true]);
  });

  it('makes the token in DATA_DIR itself where no server runs', async () => {
    const alone = newFolder();
    const { code, out, err } = await ranMailroom(['client', 'claude-desktop', '--write'], { env, folder: alone });
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('Written.');
    const file = join(alone, FILES['claude-desktop']);
    expect(existsSync(file)).toBe(true);
    const token = JSON.parse(readFileSync(file, 'utf8')).mcpServers.mailroom.env.MAILROOM_TOKEN;
    const later = await startMailroom({ folder: alone, env });
    expect(await tools({ authorization: `Bearer ${token}` }, `${later.url}/mcp`)).toEqual(['connect_gmail']);
    await later.end();
    removeFolder(alone);
  });
});

describe('a command that there is not', () => {
  it.each([
    [['keys'], /There is mailroom keys rotate\./],
    [['frob', '--write'], /no command "frob"/],
    [['--port', '3'], /--port/],
  ])('%j is told what there is', async (args, told) => {
    const { code, out, err } = await ranMailroom(args, { env, folder });
    expect([code, out, err.trim().split('\n')]).toEqual([2, '', [expect.stringMatching(told)]]);
  });
});

describe('the file of claude-desktop', () => {
  const at = (machine: Partial<Machine>) =>
    entryFor(
      'claude-desktop',
      { token: 'gmail_x', url: () => 'http://127.0.0.1:8000', start: { command: 'node', args: [] }, env: {} },
      { platform: 'linux', home: '/home/jane', appData: undefined, configHome: undefined, cwd: '/', ...machine },
    ).path;

  it('lies where each system keeps it', () => {
    const name = 'claude_desktop_config.json';
    expect(at({})).toBe(`/home/jane/.config/Claude/${name}`);
    expect(at({ configHome: '/home/jane/.cfg' })).toBe(`/home/jane/.cfg/Claude/${name}`);
    expect(at({ platform: 'darwin', home: '/Users/jane' })).toBe(
      `/Users/jane/Library/Application Support/Claude/${name}`,
    );
    const windows = { platform: 'win32' as const, home: 'C:\\Users\\jane' };
    expect(at({ ...windows, appData: 'D:\\Roaming' })).toBe(`D:\\Roaming\\Claude\\${name}`);
    expect(at(windows)).toBe(`C:\\Users\\jane\\AppData\\Roaming\\Claude\\${name}`);
  });
});
