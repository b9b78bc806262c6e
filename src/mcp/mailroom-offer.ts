// Everything that Mailroom offers over MCP: the only file that knows all tools.
import type { Admit } from '../actions/context.ts';
import { grantedAccounts } from '../actions/mailboxes.ts';
import { couldHave, has } from '../auth/session.ts';
import type { Logger } from '../base/log.ts';
import { attachmentResources } from './attachment-resource.ts';
import { Desk } from './desk.ts';
import { gmailOffer } from './gmail-offer.ts';
import { joined, type Offer, type OfferedTool } from './offer.ts';
import { callWithPage } from './person-page.ts';
import { forAgents, mailPrompts } from './prompts.ts';
import { mailResources } from './resources.ts';
import { callTool, describeTool, type Tool } from './tool.ts';
import { ACCOUNT_TOOLS } from './tools/accounts.ts';
import { GMAIL_TOOLS } from './tools/gmail.ts';
import { MAIL_TOOLS } from './tools/mail.ts';
import { PEOPLE_TOOLS } from './tools/people.ts';
import { SEND_TOOLS } from './tools/send.ts';

/** For service keys, besides the gmail_* tools. */
const SERVICE_TOOLS: readonly Tool[] = [...ACCOUNT_TOOLS, ...MAIL_TOOLS, ...PEOPLE_TOOLS, ...SEND_TOOLS];
export const TOOLS: readonly Tool[] = [...SERVICE_TOOLS, ...GMAIL_TOOLS];
/** Prepared once: converting schemas for each request would cost more than the call. */
const LISTED = new Map(SERVICE_TOOLS.map((tool) => [tool, describeTool(tool)]));

/** All of it, as it is at /mcp: each caller is shown his part. */
export const mailroomOffer = (admit: Admit, log: Logger): Offer =>
  joined([serviceOffer(admit, log), gmailOffer(admit, log)]);

function serviceOffer(admit: Admit, log: Logger): Offer {
  const offered = (tool: Tool): OfferedTool => ({
    listed: LISTED.get(tool)!,
    needs: tool.needs,
    answer: (args, asked) => {
      const caller = { admit, session: asked.session, call: asked.call, log };
      const { afterPage: afterwards } = tool;
      return afterwards ? callWithPage({ tool, afterwards }, args, asked, caller) : callTool(tool, args, caller);
    },
  });
  const prompts = mailPrompts(admit);
  return {
    tools: SERVICE_TOOLS.map(offered),
    shown: async (session) =>
      session.kind === 'service'
        ? [...LISTED].filter(([{ needs }]) => has(session, needs)).map(([, each]) => each)
        : [],
    resources: [mailResources(admit), attachmentResources(admit)],
    prompts,
    async shownPrompts(session) {
      if (session.kind === 'service') return has(session, 'read') ? prompts.map(({ listed }) => listed) : [];
      const ctx = await admit(session, 'profile');
      const mayRead = ctx.session.kind === 'profile' && couldHave(ctx.session).has('read');
      return mayRead && (await grantedAccounts(ctx)).length > 0 ? prompts.map(({ listed }) => forAgents(listed)) : [];
    },
  };
}

/** The same, ready to be asked. */
export const mailroomDesk = (admit: Admit, log: Logger): Desk => new Desk(mailroomOffer(admit, log));
