// The REST routes for the mail of one account. Decides nothing.
import { draftInput, draftShape, saveDraft } from '../actions/drafts.ts';
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
  contactInput,
  contactShape,
  conversationsInput,
  conversationsShape,
  getContact,
  listConversations,
} from '../actions/people.ts';
import { messageShape } from '../actions/reading.ts';
import { searchEmails, searchInput, searchShape } from '../actions/search.ts';
import { sendEmail, sendInput, sentShape } from '../actions/send.ts';
import { ACCOUNT, type Route, route } from './route.ts';

/** Of one account. */
export const MAIL_ROUTES: readonly Route[] = [
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
    costs: 'a mail',
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
];
