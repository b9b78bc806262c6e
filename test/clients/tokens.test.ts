// What the list of tools costs each conversation, in tokens as a widespread model counts them.
import { describe, expect, it } from 'vitest';
import { TOOLS } from '../../src/mcp/mailroom-offer.ts';
import { describeTool } from '../../src/mcp/tool.ts';
import { clientsAreInstalled, program } from './installed.ts';

describe.runIf(clientsAreInstalled())('the list of tools', () => {
  it('costs at most 1,200 tokens as hosts show it to a model, and 2,400 whole', async () => {
    const { encode } = (await import(program('gpt-tokenizer/esm/encoding/o200k_base.js'))) as {
      encode(text: string): number[];
    };
    const tokens = (value: unknown) => encode(JSON.stringify(value)).length;
    const tools = TOOLS.map(describeTool);
    expect(tools).toHaveLength(9);
    const shown = tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }));
    expect(tokens(shown)).toBeLessThanOrEqual(1200);
    expect(tokens({ tools })).toBeLessThanOrEqual(2400);
  });
});
