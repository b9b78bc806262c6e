// Everything that Mailroom offers over MCP: the only file that knows all tools.
import type { Context } from '../actions/context.ts';
import type { Logger } from '../base/log.ts';
import { Desk } from './desk.ts';
import type { Offer, OfferedTool } from './offer.ts';
import { mailPrompts } from './prompts.ts';
import { mailResources } from './resources.ts';
import { callTool, describeTool, type Tool } from './tool.ts';
import { ACCOUNT_TOOLS } from './tools/accounts.ts';
import { MAIL_TOOLS } from './tools/mail.ts';
import { PEOPLE_TOOLS } from './tools/people.ts';
import { SEND_TOOLS } from './tools/send.ts';

export const TOOLS: readonly Tool[] = [...ACCOUNT_TOOLS, ...MAIL_TOOLS, ...PEOPLE_TOOLS, ...SEND_TOOLS];
/** Prepared once: converting schemas for each request would cost more than the call. */
const LISTED = new Map(TOOLS.map((tool) => [tool, describeTool(tool)]));

/** `open`: what the verbs work with, once it is there. */
export function mailroomOffer(open: () => Context | Promise<Context>, log: Logger): Offer {
  const offered = (tool: Tool): OfferedTool => ({
    listed: LISTED.get(tool)!,
    answer: async (args, { call }) => callTool(await open(), log, tool, args, call),
  });
  return { tools: TOOLS.map(offered), resources: [mailResources(open)], prompts: mailPrompts(open) };
}

/** The same, ready to be asked. */
export const mailroomDesk = (open: () => Context | Promise<Context>, log: Logger): Desk =>
  new Desk(mailroomOffer(open, log));
