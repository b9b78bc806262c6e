// The gmail_* tools: Gmail as an agent of one person sees it, and for a service key with an account_id.

import { z } from 'zod';
import {
  labelled,
  labelsAllInput,
  labelsAllShape,
  listAllLabels,
  named,
  readAny,
  readAnyInput,
  readAnyShape,
  readAnyThread,
  searchAll,
  searchAllInput,
  searchAllShape,
  threadAnyInput,
  threadAnyShape,
  whose,
} from '../../actions/across-accounts.ts';
import { linkStatusInput } from '../../actions/connect-links.ts';
import { draftInput, draftShape, saveDraft } from '../../actions/drafts.ts';
import { optional, required } from '../../actions/input.ts';
import { theAccount } from '../../actions/mailboxes.ts';
import { awaitOwn, ownAccountShape, ownLink, ownLinkInput, ownLinkShape } from '../../actions/own-link.ts';
import { sendEmail, sendInput, sentShape } from '../../actions/send.ts';
import { defineTool } from '../tool.ts';

const READS = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true };
const WRITES = { readOnlyHint: false, idempotentHint: false, openWorldHint: true };
const WRITTEN = { html: true, attachments: true, quote: true, account_id: true } as const;
const body = required('Plain text.', 10_000_000);
const account = z.string().optional();

export const GMAIL_TOOLS = [
  defineTool({
    name: 'gmail_search',
    title: 'Search Gmail',
    description: 'Searches mail by Gmail’s search language, newest first. Spam and Trash only with in:anywhere.',
    needs: 'read',
    costs: 'nothing',
    input: searchAllInput,
    output: searchAllShape,
    told: ['messages', 'next_page_token', 'hints', 'complete', 'as_of', 'now'],
    annotations: READS,
    untrusted: true,
    run: searchAll,
  }),
  defineTool({
    name: 'gmail_read_message',
    title: 'Read a message',
    description: 'A message as plain text; a long body comes in parts, by offset.',
    needs: 'read',
    costs: 'nothing',
    input: readAnyInput,
    output: readAnyShape,
    told: [
      ...['message_id', 'thread_id', 'subject', 'from', 'to', 'cc', 'date', 'body', 'labels', 'attachments'],
      ...['message_id_header', 'sender_verdicts', 'messages'],
    ],
    annotations: READS,
    untrusted: true,
    run: readAny,
  }),
  defineTool({
    name: 'gmail_read_thread',
    title: 'Read a thread',
    description: 'A conversation, oldest first, with the history that it repeats folded.',
    needs: 'read',
    costs: 'nothing',
    input: threadAnyInput,
    output: threadAnyShape,
    told: ['thread_id', 'subject', 'message_count', 'messages', 'next_page_token'],
    annotations: READS,
    untrusted: true,
    run: readAnyThread,
  }),
  defineTool({
    name: 'gmail_list_labels',
    title: 'List labels',
    description: 'Gmail’s own labels and the person’s; label: searches by name.',
    needs: 'read',
    costs: 'nothing',
    input: labelsAllInput,
    output: labelsAllShape,
    told: ['labels'],
    annotations: READS,
    untrusted: true,
    run: listAllLabels,
  }),
  defineTool({
    name: 'gmail_send_message',
    title: 'Send a message',
    description:
      'Sends a mail, once. A reply needs only thread_id (or in_reply_to) and body. status unknown: Gmail may have it, do not send again.',
    needs: 'send',
    costs: 'a mail',
    input: sendInput.omit(WRITTEN).extend({ ...whose, body }),
    output: sentShape.extend({ account }),
    told: ['status', 'message_id', 'thread_id', 'message_id_header', 'to', 'cc', 'subject', 'reason', 'next_try_at'],
    annotations: { ...WRITES, destructiveHint: true },
    untrusted: true,
    async run(ctx, input, call) {
      const { account: _, ...mail } = input;
      const from = await theAccount(ctx, named(input), [input.thread_id, input.in_reply_to]);
      return { ...(await sendEmail(ctx, { ...mail, account_id: from.id }, call)), ...(await labelled(ctx, from)) };
    },
  }),
  defineTool({
    name: 'gmail_create_draft',
    title: 'Write a draft',
    description: 'Puts a draft into Gmail, in its thread, for the person to send.',
    needs: 'draft',
    costs: 'nothing',
    input: draftInput.omit(WRITTEN).extend({ ...whose, body, draft_id: optional('The draft replaced.') }),
    output: draftShape.extend({ account }),
    told: ['draft_id', 'message_id', 'thread_id'],
    annotations: { ...WRITES, destructiveHint: false },
    untrusted: true,
    async run(ctx, input, call) {
      const { account: _, ...mail } = input;
      const from = await theAccount(ctx, named(input), [input.thread_id, input.in_reply_to, input.draft_id]);
      return { ...(await saveDraft(ctx, { ...mail, account_id: from.id }, call)), ...(await labelled(ctx, from)) };
    },
  }),
];

/** All that an agent finds whose person has no account yet. */
export const CONNECT_TOOL = defineTool({
  name: 'connect_gmail',
  title: 'Connect Gmail',
  description:
    'No Gmail account is connected for this agent. Answers with a page, good for ten minutes, on which the person connects one.',
  needs: 'profile',
  costs: 'nothing',
  input: ownLinkInput,
  output: ownLinkShape,
  annotations: { ...WRITES, destructiveHint: false },
  untrusted: false,
  run: ownLink,
  afterPage: defineTool({
    name: 'connect_gmail',
    title: 'Connect Gmail',
    description: 'The account that the person has connected on the page.',
    needs: 'profile',
    costs: 'nothing',
    input: linkStatusInput,
    output: ownAccountShape,
    annotations: READS,
    untrusted: false,
    run: awaitOwn,
  }),
});
