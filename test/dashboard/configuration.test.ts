// What a person is given to paste into the client of an agent.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CLIENTS } from '../../dashboard/src/pages/agent/clients.ts';

const textFor = (client: string, url = 'https://mail.example.org/mcp'): string =>
  CLIENTS.find(({ name }) => name === client)!.configure(url, 'gmail_token').text;

it('names the bridge in the version that the README names, which is tried with real clients', () => {
  const [bridge] = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8').match(/mcp-remote@[\d.]+/)!;
  const { args } = JSON.parse(textFor('Claude Desktop')).mcpServers.mailroom;
  expect(args).toEqual([
    '-y',
    bridge,
    'https://mail.example.org/mcp',
    '--header',
    `Authorization:\${MAILROOM_AUTHORIZATION}`,
  ]);
});

it.each(CLIENTS.map(({ name }) => name))('has the address and the key in it: %s', (name) => {
  expect(textFor(name)).toContain('https://mail.example.org/mcp');
  expect(textFor(name)).toContain('Bearer gmail_token');
});
