// The tool that sends.
import { sendEmail, sendInput, sentShape } from '../../actions/send.ts';
import { defineTool } from '../tool.ts';

export const SEND_TOOLS = [
  defineTool({
    name: 'send_email',
    title: 'Send mail',
    description:
      'Sends a mail, once. A reply needs thread_id (or in_reply_to) and a body: recipients and subject are worked out, and the answer says what was sent. status: sent; queued (tried again by itself); failed (reason); unknown (Gmail may have it: never send it again, look later). Give an idempotency_key so that a repeated call cannot send twice.',
    input: sendInput,
    output: sentShape,
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
    untrusted: true,
    run: sendEmail,
  }),
];
