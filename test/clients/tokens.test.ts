// What the list of tools costs each conversation, in tokens as a widespread model counts them.
import { describe, expect, it } from 'vitest';
import { GMAIL_LISTED } from '../../src/mcp/gmail-offer.ts';
import { TOOLS } from '../../src/mcp/mailroom-offer.ts';
import { describeTool } from '../../src/mcp/tool.ts';
import { clientsAreInstalled, program } from './installed.ts';

async function counter(): Promise<(value: unknown) => number> {
  const { encode } = (await import(program('gpt-tokenizer/esm/encoding/o200k_base.js'))) as {
    encode(text: string): number[];
  };
  return (value) => encode(JSON.stringify(value)).length;
}

describe.runIf(clientsAreInstalled())('the list of tools', () => {
  it('costs at most 1,200 tokens as hosts show it to a model, and 2,400 whole', async () => {
    const tokens = await counter();
    const tools = TOOLS.filter(({ name }) => !name.startsWith('gmail_')).map(describeTool);
    expect(tools).toHaveLength(9);
    const shown = tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }));
    expect(tokens(shown)).toBeLessThanOrEqual(1200);
    expect(tokens({ tools })).toBeLessThanOrEqual(2400);
  });

  it.each([
    'one',
    'several',
    'service',
  ] as const)('costs an agent at most 750 tokens as hosts show it to a model, and 1,500 whole (%s)', async (way) => {
    const tokens = await counter();
    const tools = [...GMAIL_LISTED[way].values()];
    expect(tools).toHaveLength(6);
    const shown = tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }));
    expect(tokens(shown)).toBeLessThanOrEqual(750);
    expect(tokens({ tools })).toBeLessThanOrEqual(1500);
  });
});
