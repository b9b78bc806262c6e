// The tools about people and conversations.
import {
  contactInput,
  contactShape,
  conversationsInput,
  conversationsShape,
  getContact,
  listConversations,
} from '../../actions/people.ts';
import { defineTool } from '../tool.ts';

const READS = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true };

export const PEOPLE_TOOLS = [
  defineTool({
    needs: 'mail',
    costs: 'nothing',
    name: 'get_contact',
    title: 'Get a contact',
    description: 'Who somebody is in this mailbox: name, first and last contact, counts, last subjects.',
    input: contactInput,
    output: contactShape,
    annotations: READS,
    untrusted: true,
    run: getContact,
  }),
  defineTool({
    needs: 'mail',
    costs: 'nothing',
    name: 'list_conversations',
    title: 'List conversations',
    description: 'Threads, newest first: the other side, subject, direction, counts, snippet.',
    input: conversationsInput,
    output: conversationsShape,
    annotations: READS,
    untrusted: true,
    run: listConversations,
  }),
];
