// The tool that sends.
import { sendEmail, sendInput, sentShape } from '../../actions/send.ts';
import { defineTool } from '../tool.ts';

export const SEND_TOOLS = [
  defineTool({
    needs: 'mail',
    costs: 'a mail',
    name: 'send_email',
    title: 'Send mail',
    description:
      'Sends a mail, once. A reply needs only thread_id (or in_reply_to) and body; the answer says to whom. status: sent; queued (retried by itself); failed (reason); unknown (Gmail may have it: do not send again). With an idempotency_key a repeated call cannot send twice.',
    input: sendInput,
    output: sentShape,
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
    untrusted: true,
    run: sendEmail,
  }),
];
