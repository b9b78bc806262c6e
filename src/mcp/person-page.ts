// Brings a person to the page that a tool's answer names, where their client can open one (URL elicitation), and goes on when
// they are done there. Knows no page.
import {
  type CallToolResult,
  type InputRequiredResult,
  inputRequired,
  inputResponse,
} from '@modelcontextprotocol/server';
import type { Asked } from './offer.ts';
import { type Caller, callTool, type Tool } from './tool.ts';

const KEY = 'page';

/**
 * The tool's answer; with a `connect_url` in it the person is asked to open that first, and `afterwards` answers by the
 * `link_id`. The client brings that id back: it opens nothing that its caller may not see anyway.
 */
export async function callWithPage(
  { tool, afterwards }: { readonly tool: Tool; readonly afterwards: Tool },
  args: unknown,
  { mcp, opensPages }: Pick<Asked, 'mcp' | 'opensPages'>,
  caller: Caller,
): Promise<CallToolResult | InputRequiredResult> {
  const linkId = mcp?.mcpReq.requestState<string>();
  if (mcp && linkId !== undefined) {
    const given = inputResponse(mcp.mcpReq.inputResponses, KEY);
    if (given.kind === 'elicit' && given.action === 'accept') return callTool(afterwards, { link_id: linkId }, caller);
    const text = 'account_rejected: The person did not want to open the page. Nothing was connected.';
    return { content: [{ type: 'text', text }], isError: true };
  }
  const answer = await callTool(tool, args, caller);
  const { connect_url: url, link_id: id } = answer.structuredContent ?? {};
  if (!opensPages || typeof url !== 'string' || typeof id !== 'string') return answer;
  const page = inputRequired.elicitUrl({ message: 'Connect your Gmail on this page. It works for ten minutes.', url });
  return inputRequired({ inputRequests: { [KEY]: page }, requestState: id });
}
