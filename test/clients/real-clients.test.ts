// Other people's clients against every transport, and each configuration of the README with exactly what it says.
import { execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newFolder, removeFolder } from '../support/mailroom.ts';
import { KEYS, type McpRoom, startMcpRoom } from '../support/mcp-room.ts';
import { STDIO } from '../support/stdio-client.ts';
import { clientsAreInstalled, program } from './installed.ts';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const KEY = KEYS[0];
const SEND = 'send_email';

/** As much of the SDK's first generation as is used here; it is installed apart from the product. */
interface OldClient {
  connect(transport: unknown): Promise<void>;
  listTools(): Promise<{ tools: { name: string }[] }>;
  callTool(call: { name: string; arguments: object }): Promise<{ structuredContent?: unknown }>;
  listResources(): Promise<{ resources: unknown[] }>;
  close(): Promise<void>;
}
type Make<T> = new (...args: unknown[]) => T;

const old = async <T>(path: string, name: string): Promise<Make<T>> => {
  const module = (await import(program(`@modelcontextprotocol/sdk/dist/esm/client/${path}.js`))) as Record<
    string,
    unknown
  >;
  return module[name] as Make<T>;
};

async function oldClient(transport: unknown): Promise<OldClient> {
  const Client = await old<OldClient>('index', 'Client');
  const client = new Client({ name: 'old', version: '1' });
  await client.connect(transport);
  return client;
}

interface HttpConfiguration {
  readonly url: string;
  readonly headers: Record<string, string>;
}
interface CommandConfiguration {
  readonly command: string;
  readonly args: string[];
  readonly env?: Record<string, string>;
}

describe.runIf(clientsAreInstalled())('real clients', () => {
  let room: McpRoom;
  const folder = newFolder();
  beforeAll(async () => {
    room = await startMcpRoom([]);
  });
  afterAll(async () => {
    await room?.stop();
    removeFolder(folder);
  });

  /** What a person puts in place: key and address. */
  const filled = (text: string): string =>
    text.replaceAll('sk_…', KEY).replaceAll('http://127.0.0.1:8000', room.url).replaceAll('/path/to/mailroom', ROOT);

  /** The JSON blocks of the README that configure a client, by the word before them. */
  const configurations = () => {
    const section = /\n## Clients\n(.*?)\n## /s.exec(README)![1]!;
    return section.split('```json\n').flatMap((part, i, parts) => {
      const title = /(\w+ ?\w*)\*\*[^*]*$|by a (bridge):\n$/.exec(parts[i - 1] ?? '');
      return i === 0 ? [] : [{ title: title?.[1] ?? title?.[2], json: JSON.parse(filled(part.split('```')[0]!)) }];
    });
  };

  const here = (): Record<string, string> => ({
    PATH: process.env.PATH ?? '',
    HOME: folder,
    DATA_DIR: join(room.folder, 'data'),
    KEY_DIR: join(room.folder, 'keys'),
    MAILROOM_SERVICE_KEY: KEY,
  });

  async function proves(client: OldClient): Promise<void> {
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toContain(SEND);
    expect((await client.callTool({ name: 'list_gmail_accounts', arguments: {} })).structuredContent).toEqual({
      accounts: [],
    });
    expect((await client.listResources()).resources).toEqual([]);
    await client.close();
  }

  const overHttp = async ({ url, headers }: HttpConfiguration, sse = false): Promise<OldClient> => {
    const Transport = sse
      ? await old('sse', 'SSEClientTransport')
      : await old('streamableHttp', 'StreamableHTTPClientTransport');
    return oldClient(new Transport(new URL(url), { requestInit: { headers } }));
  };
  const overCommand = async (configuration: CommandConfiguration): Promise<OldClient> => {
    const Transport = await old('stdio', 'StdioClientTransport');
    return oldClient(new Transport({ ...configuration, env: { ...here(), ...configuration.env }, stderr: 'ignore' }));
  };
  const authorized = { Authorization: `Bearer ${KEY}` };

  it('the first SDK, over Streamable HTTP, HTTP+SSE and stdio', async () => {
    await proves(await overHttp({ url: `${room.url}/mcp`, headers: authorized }));
    await proves(await overHttp({ url: `${room.url}/mcp/sse`, headers: authorized }, true));
    const [command, ...args] = STDIO;
    await proves(await overCommand({ command, args }));
  });

  describe('the Inspector', () => {
    const inspect = (...args: string[]) =>
      new Promise<{ tools: { name: string }[] }>((resolve, reject) => {
        const launcher = program('@modelcontextprotocol/inspector/clients/launcher/build/index.js');
        const call = [launcher, '--cli', ...args, '--format', 'json'];
        execFile(process.execPath, call, { env: here(), maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
          if (error) reject(new Error(`${error.message}\n${stdout}${stderr}`));
          else resolve(JSON.parse(stdout).result);
        });
      });
    const header = ['--header', `Authorization: Bearer ${KEY}`];
    const list = ['--method', 'tools/list'];

    it.each([
      ['Streamable HTTP, a session', ['/mcp', '--transport', 'http']],
      [
        'Streamable HTTP, 2026-07-28, strict about schemas',
        ['/mcp', '--transport', 'http', '--protocol-era', 'modern', '--strict'],
      ],
      ['HTTP+SSE', ['/mcp/sse', '--transport', 'sse']],
    ])('over %s', async (_what, [path, ...rest]) => {
      const { tools } = await inspect(`${room.url}${path}`, ...rest, ...header, ...list);
      expect(tools.map(({ name }) => name)).toContain(SEND);
    });

    it('over stdio', async () => {
      // It hands on no setting, so the caller is the desktop's profile, which has no account yet.
      const { tools } = await inspect(...list, ...STDIO);
      expect(tools.map(({ name }) => name)).toEqual(['connect_gmail']);
    });
  });

  describe('as the README says it', () => {
    const called = (title: string) => configurations().find((each) => each.title === title)!.json;

    it('has one for each client', () => {
      expect(configurations().map(({ title }) => title)).toEqual(['Claude Desktop', 'bridge', 'Cursor', 'VS Code']);
    });

    it('Claude Code', async () => {
      const line = filled(/^claude mcp add .*$/m.exec(README)![0]);
      const [, url = '', header = ''] = /--transport http mailroom (\S+) --header "([^"]+)"$/.exec(line)!;
      const [name = '', value = ''] = header.split(': ');
      await proves(await overHttp({ url, headers: { [name]: value } }));
    });

    it('Claude Desktop', async () => {
      await proves(await overCommand(called('Claude Desktop').mcpServers.mailroom));
    }, 60_000);

    it('Claude Desktop by a bridge', async () => {
      const { command, args, env } = called('bridge').mcpServers.mailroom as CommandConfiguration;
      const [yes, name, ...rest] = args;
      const { version } = JSON.parse(readFileSync(program('mcp-remote/package.json'), 'utf8'));
      expect([command, yes, name]).toEqual(['npx', '-y', `mcp-remote@${version}`]);
      await proves(
        await overCommand({ command: process.execPath, args: [program('mcp-remote/dist/proxy.js'), ...rest], env }),
      );
    });

    it('mcp-remote over HTTP+SSE', async () => {
      const { args, env } = called('bridge').mcpServers.mailroom as CommandConfiguration;
      const [, , url, ...rest] = args;
      const sse = [program('mcp-remote/dist/proxy.js'), `${url}/sse`, '--transport', 'sse-only', ...rest];
      await proves(await overCommand({ command: process.execPath, args: sse, env }));
    });

    it('Cursor', async () => {
      await proves(await overHttp(called('Cursor').mcpServers.mailroom));
    });

    it('VS Code', async () => {
      const { inputs, servers } = called('VS Code');
      expect(inputs).toEqual([expect.objectContaining({ id: 'mailroom-key', password: true })]);
      const { type, url, headers } = JSON.parse(
        JSON.stringify(servers.mailroom).replace(/\$\{input:mailroom-key\}/, KEY),
      );
      expect(type).toBe('http');
      await proves(await overHttp({ url, headers }));
    });

    it('one curl', async () => {
      const command = filled(/^curl \S+\/mcp .*$/m.exec(README)![0]);
      const out = await new Promise<string>((resolve, reject) => {
        const child = spawn('sh', ['-c', command.replace('curl ', 'curl -sf ')], { env: { ...here(), KEY } });
        let text = '';
        child.stdout.on('data', (chunk) => {
          text += chunk;
        });
        child.once('error', reject);
        child.once('close', () => resolve(text));
      });
      expect(JSON.parse(out).result.tools.map(({ name }: { name: string }) => name)).toContain(SEND);
    });
  });
});
