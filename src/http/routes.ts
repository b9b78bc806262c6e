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
import {
  createLink,
  linkInput,
  linkShape,
  linkStatus,
  linkStatusInput,
  linkStatusShape,
} from '../actions/connect-links.ts';
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
import type { Act } from '../actions/perform.ts';
import {
  getProfile,
  listProfiles,
  listTokens,
  mcpServers,
  mintedShape,
  mintInput,
  mintToken,
  profileInput,
  profileRemovedShape,
  profileShape,
  profilesInput,
  putProfile,
  putProfileInput,
  removeProfile,
  revokedShape,
  revokeInput,
  revokeToken,
  scopeInput,
  serversInput,
  serversShape,
  setScope,
  tokenShape,
  tokensInput,
} from '../actions/profiles.ts';
import { messageShape } from '../actions/reading.ts';
import { searchEmails, searchInput, searchShape } from '../actions/search.ts';
import { sendEmail, sendInput, sentShape } from '../actions/send.ts';

export interface Route extends Act {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** OpenAPI form, `{name}` for a path parameter. */
  readonly path: string;
  readonly summary: string;
  readonly output: z.ZodObject;
  readonly status?: 201;
  /** Bodies may be as large as a mail. */
  readonly large?: true;
  /** Names that the route has for parameters of its verb. */
  readonly renames?: Readonly<Record<string, string>>;
  /** The field that is the answer, when the answer is a bare list. */
  readonly unwrap?: string;
}

const route = <I extends z.ZodObject>(
  definition: Omit<Route, 'input' | 'run'> & {
    input: I;
    run: (ctx: Context, input: z.output<I>, call: Call) => Promise<object>;
  },
): Route => definition;

const ACCOUNT = '/accounts/{account_id}';

const PROFILE = '/users/{user_id}/profiles/{profile_id}';

const PROFILE_ROUTES: readonly Route[] = [
  route({
    method: 'put',
    path: PROFILE,
    summary: 'Make or change a profile: one agent of a user',
    needs: 'service',
    input: putProfileInput,
    output: profileShape,
    run: putProfile,
  }),
  route({
    method: 'get',
    path: PROFILE,
    summary: 'One profile',
    needs: 'service',
    input: profileInput,
    output: profileShape,
    run: getProfile,
  }),
  route({
    method: 'delete',
    path: PROFILE,
    summary: 'Remove a profile with its tokens and grants',
    needs: 'service',
    input: profileInput,
    output: profileRemovedShape,
    run: removeProfile,
  }),
  route({
    method: 'get',
    path: '/users/{user_id}/profiles',
    summary: 'List the profiles of a user',
    needs: 'service',
    input: profilesInput,
    output: profileShape,
    unwrap: 'profiles',
    run: listProfiles,
  }),
  route({
    method: 'post',
    path: `${PROFILE}/tokens`,
    summary: 'A new token of a profile, shown once',
    needs: 'service',
    input: mintInput,
    output: mintedShape,
    status: 201,
    run: mintToken,
  }),
  route({
    method: 'get',
    path: `${PROFILE}/tokens`,
    summary: 'List the tokens of a profile',
    needs: 'service',
    input: tokensInput,
    output: tokenShape,
    unwrap: 'tokens',
    run: listTokens,
  }),
  route({
    method: 'delete',
    path: '/tokens/{token_id}',
    summary: 'Revoke a token at once',
    needs: 'service',
    input: revokeInput,
    output: revokedShape,
    run: revokeToken,
  }),
  route({
    method: 'post',
    path: `${PROFILE}/mcp-servers`,
    summary: 'MCP servers for an agent, with a token of its own',
    needs: 'service',
    input: serversInput,
    output: serversShape,
    run: mcpServers,
  }),
  route({
    method: 'put',
    path: `${ACCOUNT}/scope`,
    summary: 'Which profiles may use an account',
    needs: 'service',
    input: scopeInput,
    output: accountShape,
    run: setScope,
  }),
];

export const ROUTES: readonly Route[] = [
  route({
    method: 'post',
    path: '/accounts',
    summary: 'Connect an account by App Password',
    needs: 'service',
    input: addInput,
    output: accountShape,
    status: 201,
    run: addAccount,
  }),
  route({
    method: 'get',
    path: '/accounts',
    summary: 'List accounts',
    needs: 'service',
    input: listInput,
    output: accountShape,
    unwrap: 'accounts',
    run: listAccounts,
  }),
  route({
    method: 'get',
    path: ACCOUNT,
    summary: 'One account',
    needs: 'service',
    input: oneInput,
    output: accountShape,
    run: getAccount,
  }),
  route({
    method: 'patch',
    path: ACCOUNT,
    summary: 'Pause, rename or set the time zone',
    needs: 'service',
    input: updateInput,
    output: accountShape,
    run: updateAccount,
  }),
  route({
    method: 'delete',
    path: ACCOUNT,
    summary: 'Remove an account and its local mail',
    needs: 'service',
    input: oneInput,
    output: removedShape,
    run: removeAccount,
  }),
  route({
    method: 'post',
    path: '/connect-links',
    summary: 'A one-time page on which a person connects an account',
    needs: 'service',
    input: linkInput,
    output: linkShape,
    status: 201,
    run: createLink,
  }),
  route({
    method: 'get',
    path: '/connect-links/{link_id}',
    summary: 'What has become of a connect link',
    needs: 'service',
    input: linkStatusInput,
    output: linkStatusShape,
    run: linkStatus,
  }),
  route({
    method: 'post',
    path: `${ACCOUNT}/fetch`,
    summary: 'Ask Gmail now for new inbox mail',
    needs: 'service',
    input: fetchInput,
    output: fetchShape,
    run: fetchInbox,
  }),
  route({
    method: 'get',
    path: `${ACCOUNT}/messages`,
    summary: 'Search mail',
    needs: 'read',
    input: searchInput,
    output: searchShape,
    renames: { q: 'query' },
    run: searchEmails,
  }),
  route({
    method: 'post',
    path: `${ACCOUNT}/messages`,
    summary: 'Send a mail',
    needs: 'send',
    input: sendInput,
    output: sentShape,
    large: true,
    run: sendEmail,
  }),
  route({
    method: 'post',
    path: `${ACCOUNT}/drafts`,
    summary: 'Keep a mail as a draft, or replace one',
    needs: 'draft',
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
    needs: 'service',
    input: outboxInput,
    output: outboxShape,
    run: listOutbox,
  }),
  route({
    method: 'post',
    path: '/outbox/{outbox_id}/retry',
    summary: 'Try a mail again now',
    needs: 'service',
    input: entryInput,
    output: retriedShape,
    run: retryOutbox,
  }),
  route({
    method: 'delete',
    path: '/outbox/{outbox_id}',
    summary: 'Take a mail out of the outbox',
    needs: 'service',
    input: entryInput,
    output: withdrawnShape,
    run: withdrawOutbox,
  }),
  route({
    method: 'get',
    path: `${ACCOUNT}/messages/{message_id}`,
    summary: 'Read a message',
    needs: 'read',
    input: readInput,
    output: messageShape,
    run: readMessage,
  }),
  route({
    method: 'get',
    path: `${ACCOUNT}/threads/{thread_id}`,
    summary: 'Read a thread',
    needs: 'read',
    input: threadInput,
    output: threadShape,
    run: readThread,
  }),
  route({
    method: 'get',
    path: `${ACCOUNT}/labels`,
    summary: 'List labels',
    needs: 'read',
    input: labelsInput,
    output: labelsShape,
    run: listLabels,
  }),
  route({
    method: 'get',
    path: `${ACCOUNT}/conversations`,
    summary: 'List conversations',
    needs: 'read',
    input: conversationsInput,
    output: conversationsShape,
    run: listConversations,
  }),
  route({
    method: 'get',
    path: `${ACCOUNT}/contacts/{email}`,
    summary: 'A contact',
    needs: 'read',
    input: contactInput,
    output: contactShape,
    run: getContact,
  }),
  route({
    method: 'get',
    path: `${ACCOUNT}/contacts/{email}/messages`,
    summary: 'Mail exchanged with a contact',
    needs: 'read',
    input: correspondenceInput,
    output: correspondenceShape,
    run: getEmails,
  }),
  ...PROFILE_ROUTES,
];
