// The protocol's own conformance suite against the product's mount, both revisions; every scored scenario has to pass.
import { execFile } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEYS, type McpRoom, startMcpRoom } from '../support/mcp-room.ts';
import { CONFORMANCE } from './conformance-offer.ts';
import { type HeaderProxy, startHeaderProxy } from './header-proxy.ts';
import { clientsAreInstalled, program } from './installed.ts';

const SCENARIOS = { '2025-11-25': 30, '2026-07-28': 37 } as const;

describe.runIf(clientsAreInstalled())('the conformance suite', () => {
  let room: McpRoom;
  let proxy: HeaderProxy;
  beforeAll(async () => {
    room = await startMcpRoom([CONFORMANCE]);
    proxy = await startHeaderProxy(room.url, KEYS[0]);
  });
  afterAll(async () => {
    await proxy?.close();
    await room?.stop();
  });

  it.each(Object.entries(SCENARIOS))(
    'finds nothing wrong in revision %s',
    async (revision, scenarios) => {
      const suite = program('@modelcontextprotocol/conformance/dist/index.js');
      const args = [suite, 'server', '--url', `${proxy.url}/mcp`, '--requirements', revision];
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
});
