// The tools that manage accounts.
import {
  accountShape,
  addInput,
  listAccounts,
  listInput,
  listShape,
  oneInput,
  removeAccount,
  removedShape,
} from '../../actions/accounts.ts';
import { addedShape, addOrLink, awaitAccount, linkStatusInput } from '../../actions/connect-links.ts';
import { defineTool } from '../tool.ts';

const ADD_ACCOUNT = defineTool({
  needs: 'accounts',
  costs: 'nothing',
  name: 'add_gmail_account',
  title: 'Add a Gmail account',
  description:
    'Connects a person’s Gmail by App Password; without one, connect_url is a page for the person. Again: renewed. Mail is imported; list_gmail_accounts shows how far.',
  input: addInput,
  output: addedShape,
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  untrusted: false,
  run: addOrLink,
  afterPage: defineTool({
    needs: 'accounts',
    costs: 'nothing',
    name: 'add_gmail_account',
    title: 'Add a Gmail account',
    description: 'The account that the person has connected on the page.',
    input: linkStatusInput,
    output: accountShape,
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    untrusted: false,
    run: awaitAccount,
  }),
});

export const ACCOUNT_TOOLS = [
  ADD_ACCOUNT,
  defineTool({
    needs: 'accounts',
    costs: 'nothing',
    name: 'list_gmail_accounts',
    title: 'List Gmail accounts',
    description:
      'The connected accounts: ids, sync progress, last error. Every other tool takes an account_id from here.',
    input: listInput,
    output: listShape,
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    untrusted: false,
    run: listAccounts,
  }),
  defineTool({
    needs: 'accounts',
    costs: 'nothing',
    name: 'remove_gmail_account',
    title: 'Remove a Gmail account',
    description: 'Disconnects an account and deletes its local mail, index and credential. Mail at Gmail stays.',
    input: oneInput,
    output: removedShape,
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: false },
    untrusted: false,
    run: removeAccount,
  }),
];
