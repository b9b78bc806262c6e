// The REST routes: one line each, from a path to the verb behind it. Decides nothing.
import type { z } from 'zod';
import {
  accountShape,
  addAccount,
  addInput,
  getAccount,
  listAccounts,
  listInput,
  oneInput,
  removeAccount,
  removedShape,
  updateAccount,
  updateInput,
} from '../actions/accounts.ts';
import type { Call, Context } from '../actions/context.ts';
import { draftInput, draftShape, saveDraft } from '../actions/drafts.ts';
import { fetchInbox, fetchInput, fetchShape } from '../actions/inbox.ts';
import {
  correspondenceInput,
  correspondenceShape,
  getEmails,
  labelsInput,
  labelsShape,
  listLabels,
  messageShape,
  readInput,
  readMessage,
  readThread,
  threadInput,
  threadShape,
} from '../actions/messages.ts';
import {
  entryInput,
  listOutbox,
  outboxInput,
  outboxShape,
  retriedShape,
  retryOutbox,
  withdrawnShape,
  withdrawOutbox,
} from '../actions/outbox.ts';
import {
  contactInput,
  contactShape,
  conversationsInput,
  conversationsShape,
  getContact,
  listConversations,
} from '../actions/people.ts';
import { searchEmails, searchInput, searchShape } from '../actions/search.ts';
import { sendEmail, sendInput, sentShape } from '../actions/send.ts';

export interface Route {
  readonly method: 'get' | 'post' | 'patch' | 'delete';
  /** OpenAPI form, `{name}` for a path parameter. */
  readonly path: string;
  readonly summary: string;
  readonly input: z.ZodObject;
  readonly output: z.ZodObject;
  readonly status?: 201;
  /** Bodies may be as large as a mail. */
  readonly large?: true;
  /** Names that the route has for parameters of its verb. */
  readonly renames?: Readonly<Record<string, string>>;
  /** The field that is the answer, when the answer is a bare list. */
  readonly unwrap?: string;
  readonly run: (ctx: Context, input: never, call: Call) => Promise<object>;
}

const route = <I extends z.ZodObject>(
  definition: Omit<Route, 'input' | 'run'> & {
    input: I;
    run: (ctx: Context, input: z.output<I>, call: Call) => Promise<object>;
  },
): Route => definition;

const ACCOUNT = '/accounts/{account_id}';

export const ROUTES: readonly Route[] = [
  route({
    method: 'post',
    path: '/accounts',
    summary: 'Connect an account by App Password',
    input: addInput,
    output: accountShape,
    status: 201,
    run: addAccount,
  }),
  route({
    method: 'get',
    path: '/accounts',
    summary: 'List accounts',
    input: listInput,
    output: accountShape,
    unwrap: 'accounts',
    run: listAccounts,
  }),
  route({
    method: 'get',
    path: ACCOUNT,
    summary: 'One account',
    input: oneInput,
    output: accountShape,
    run: getAccount,
  }),
  route({
    method: 'patch',
    path: ACCOUNT,
    summary: 'Pause, rename or set the time zone',
    input: updateInput,
    output: accountShape,
    run: updateAccount,
  }),
  route({
    method: 'delete',
    path: ACCOUNT,
    summary: 'Remove an account and its local mail',
    input: oneInput,
    output: removedShape,
    run: removeAccount,
  }),
  route({
    method: 'post',
    path: `${ACCOUNT}/fetch`,
    summary: 'Ask Gmail now for new inbox mail',
    input: fetchInput,
    output: fetchShape,
    run: fetchInbox,
  }),
  route({
    method: 'get',
    path: `${ACCOUNT}/messages`,
    summary: 'Search mail',
    input: searchInput,
    output: searchShape,
    renames: { q: 'query' },
    run: searchEmails,
  }),
  route({
    method: 'post',
    path: `${ACCOUNT}/messages`,
    summary: 'Send a mail',
    input: sendInput,
    output: sentShape,
    large: true,
    run: sendEmail,
  }),
  route({
    method: 'post',
    path: `${ACCOUNT}/drafts`,
    summary: 'Keep a mail as a draft, or replace one',
    input: draftInput,
    output: draftShape,
    status: 201,
    large: true,
    run: saveDraft,
  }),
  route({
    method: 'get',
    path: `${ACCOUNT}/outbox`,
    summary: 'What was sent, waits, failed or is unknown',
    input: outboxInput,
    output: outboxShape,
    run: listOutbox,
  }),
  route({
    method: 'post',
    path: '/outbox/{outbox_id}/retry',
    summary: 'Try a mail again now',
    input: entryInput,
    output: retriedShape,
    run: retryOutbox,
  }),
  route({
    method: 'delete',
    path: '/outbox/{outbox_id}',
    summary: 'Take a mail out of the outbox',
    input: entryInput,
    output: withdrawnShape,
    run: withdrawOutbox,
  }),
  route({
    method: 'get',
    path: `${ACCOUNT}/messages/{message_id}`,
    summary: 'Read a message',
    input: readInput,
    output: messageShape,
    run: readMessage,
  }),
  route({
    method: 'get',
    path: `${ACCOUNT}/threads/{thread_id}`,
    summary: 'Read a thread',
    input: threadInput,
    output: threadShape,
    run: readThread,
  }),
  route({
    method: 'get',
    path: `${ACCOUNT}/labels`,
    summary: 'List labels',
    input: labelsInput,
    output: labelsShape,
    run: listLabels,
  }),
  route({
    method: 'get',
    path: `${ACCOUNT}/conversations`,
    summary: 'List conversations',
    input: conversationsInput,
    output: conversationsShape,
    run: listConversations,
  }),
  route({
    method: 'get',
    path: `${ACCOUNT}/contacts/{email}`,
    summary: 'A contact',
    input: contactInput,
    output: contactShape,
    run: getContact,
  }),
  route({
    method: 'get',
    path: `${ACCOUNT}/contacts/{email}/messages`,
    summary: 'Mail exchanged with a contact',
    input: correspondenceInput,
    output: correspondenceShape,
    run: getEmails,
  }),
];
