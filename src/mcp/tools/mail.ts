// The tools that read mail.
import { fetchInbox, fetchInput, fetchShape } from '../../actions/inbox.ts';
import { correspondenceInput, correspondenceShape, getEmails } from '../../actions/messages.ts';
import { searchEmails, searchInput, searchShape } from '../../actions/search.ts';
import { defineTool } from '../tool.ts';

const READS = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true };

export const MAIL_TOOLS = [
  defineTool({
    needs: 'mail',
    costs: 'nothing',
    name: 'fetch_inbox',
    title: 'Fetch new inbox mail',
    description:
      'Asks Gmail now for inbox mail that came since the last call for this account, newest first, each once. As many as the limit: call again.',
    input: fetchInput,
    output: fetchShape,
    annotations: { ...READS, idempotentHint: false },
    untrusted: true,
    run: fetchInbox,
  }),
  defineTool({
    needs: 'mail',
    costs: 'nothing',
    name: 'get_emails',
    title: 'Mail with a contact',
    description:
      'The latest mail exchanged with one address, both directions, oldest first, bodies without quoted history.',
    input: correspondenceInput,
    output: correspondenceShape,
    annotations: READS,
    untrusted: true,
    run: getEmails,
  }),
  defineTool({
    needs: 'mail',
    costs: 'nothing',
    name: 'search_emails',
    title: 'Search mail',
    description:
      'Searches subject, body, people and attachment names by whole words, in Gmail’s search language, newest first. Spam and Trash only with in:spam, in:trash or in:anywhere.',
    input: searchInput,
    output: searchShape,
    annotations: READS,
    untrusted: true,
    run: searchEmails,
  }),
];
