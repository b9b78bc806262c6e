// The protocol's own conformance suite against the product's mount, both revisions, for a service key and for a remote client that
// a person let in; and against its authorization server. Every scored scenario has to pass.
import { execFile, spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEYS, type McpRoom, startMcpRoom } from '../support/mcp-room.ts';
import { decide, letIn, personOf, register } from '../support/remote-client.ts';
import { CONFORMANCE } from './conformance-offer.ts';
import { type HeaderProxy, startHeaderProxy } from './header-proxy.ts';
import { clientsAreInstalled, program } from './installed.ts';

const SCENARIOS = { '2025-11-25': 30, '2026-07-28': 37 } as const;

describe.runIf(clientsAreInstalled())('the conformance suite', () => {
  let room: McpRoom;
  /** For each caller one that adds his key or token. */
  const proxies: Record<string, HeaderProxy> = {};
  beforeAll(async () => {
    room = await startMcpRoom([CONFORMANCE]);
    const { access } = await letIn(room, await personOf({ url: room.url, key: KEYS[0] }, 'jane'));
    proxies['a service key'] = await startHeaderProxy(room.url, KEYS[0]);
    proxies['a remote client'] = await startHeaderProxy(room.url, access);
  });
  afterAll(async () => {
    for (const proxy of Object.values(proxies)) await proxy.close();
    await room?.stop();
  });

  it.each(
    Object.entries(SCENARIOS).flatMap(([revision, scenarios]) =>
      ['a service key', 'a remote client'].map((caller) => [revision, caller, scenarios] as const),
    ),
  )(
    'finds nothing wrong in revision %s for %s',
    async (revision, caller, scenarios) => {
      const suite = program('@modelcontextprotocol/conformance/dist/index.js');
      const args = [suite, 'server', '--url', `${proxies[caller]!.url}/mcp`, '--requirements', revision];
      const { code, out } = await new Promise<{ code: number; out: string }>((resolve) => {
        const child = execFile(process.execPath, args, { maxBuffer: 1 << 28 }, (_error, stdout, stderr) =>
          resolve({ code: child.exitCode ?? -1, out: stdout + stderr }),
        );
      });
      expect(
        code,
        out
          .split('\n')
          .filter((line) => /✗|FAILURE|rror/.test(line))
          .join('\n'),
      ).toBe(0);
      const [summary = '', unscored = ''] = out.split('=== SUMMARY ===')[1]!.split('Not scored for');
      const passed = [...summary.matchAll(/✓ (\S+): \d+ passed, 0 failed/g)].map(([, name]) => name!);
      expect(passed.filter((name) => !unscored.includes(` ${name} (`))).toHaveLength(scenarios);
    },
    240_000,
  );

  it('finds nothing wrong with the authorization server', async () => {
    const jane = await personOf({ url: room.url, key: KEYS[0] }, 'jane');
    const port = await freePort();
    const made = await register(room, { redirect_uris: [`http://127.0.0.1:${port}/callback`] });
    const { client_id } = (await made.json()) as { client_id: string };
    const args = ['authorization', '--url', room.url, '--client-id', client_id, '--port', String(port)];
    const suite = program('@modelcontextprotocol/conformance/dist/index.js');
    const child = spawn(process.execPath, [suite, ...args, '--resource', `${room.url}/mcp`]);
    const lines: string[] = [];
    child.stderr.on('data', (chunk) => lines.push(String(chunk)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      // It asks for a person with a browser.
      if (!line.startsWith(`${room.url}/authorize?`)) return;
      decide(jane, line)
        .then(({ location }) => fetch(location ?? ''))
        .catch((error: unknown) => {
          lines.push(String(error));
          child.kill();
        });
    });
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    const out = lines.join('\n');
    expect(code, out).toBe(0);
    for (const scenario of ['authorization-server-metadata-endpoint', 'authorization-code-grant'])
      expect(out, out).toMatch(new RegExp(`✓ ${scenario}: \\d+ passed, 0 failed`));
    expect(out).not.toMatch(/SKIPPED/);
  }, 120_000);
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
