// The product in this process, with more offered over MCP than is its own, and clients for its every MCP transport.
import { join } from 'node:path';
import { Client, SSEClientTransport, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { type Running, start } from '../../src/cli/serve.ts';
import { readConfig } from '../../src/config.ts';
import type { Offer } from '../../src/mcp/offer.ts';
import { newFolder, removeFolder } from './mailroom.ts';

export const KEYS = ['sk_test_first_0123456789', 'sk_test_other_0123456789'] as const;

export interface McpRoom extends Running {
  readonly folder: string;
}

/** On a free port; its folder goes when it stops. */
export async function startMcpRoom(more: readonly Offer[], env: Record<string, string> = {}): Promise<McpRoom> {
  const folder = newFolder();
  const given = {
    PORT: '0',
    DATA_DIR: join(folder, 'data'),
    KEY_DIR: join(folder, 'keys'),
    MAILROOM_SERVICE_KEY: KEYS.join(','),
    GMAIL_IMAP_HOST: '127.0.0.1',
    GMAIL_IMAP_PORT: '1',
    LOG_LEVEL: 'silent',
    ...env,
  };
  const running = await start(readConfig(given, folder), { more });
  return {
    ...running,
    folder,
    async stop() {
      await running.stop();
      removeFolder(folder);
    },
  };
}

/** The ways in: path, transport, revision. */
export const WAYS = {
  '2026-07-28': { path: '/mcp', Transport: StreamableHTTPClientTransport, pin: '2026-07-28' },
  '2025 in a session': { path: '/mcp', Transport: StreamableHTTPClientTransport },
  '2025 at /mcp/sse': { path: '/mcp/sse/', Transport: StreamableHTTPClientTransport },
  'HTTP+SSE': { path: '/mcp/sse', Transport: SSEClientTransport },
} as const;

export type Opens = (url: string) => Promise<'accept' | 'decline'>;

export type Way = keyof typeof WAYS;

/** `opens`: what its person does with a page that they are asked to open; left out: it can open none. */
export async function clientBy(way: Way, url: string, key: string = KEYS[0], opens?: Opens): Promise<Client> {
  const { path, Transport, ...rest } = WAYS[way];
  const negotiation = 'pin' in rest ? { versionNegotiation: { mode: { pin: rest.pin } } } : {};
  const capabilities = opens ? { elicitation: { url: {} } } : {};
  const client = new Client({ name: 'test', version: '1' }, { ...negotiation, capabilities });
  if (opens)
    client.setRequestHandler('elicitation/create', async ({ params }) => {
      if (params.mode !== 'url') throw new Error('asked for something else than a page');
      return { action: await opens(params.url) };
    });
  const headers = { authorization: `Bearer ${key}` };
  await client.connect(
    new Transport(new URL(url + path), {
      requestInit: { headers },
      eventSourceInit: {
        fetch: (input: string | URL, init: RequestInit) =>
          fetch(input, { ...init, headers: { ...headers, accept: 'text/event-stream' } }),
      },
    }),
  );
  return client;
}
