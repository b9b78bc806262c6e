// The tools that manage accounts.
import {
  accountShape,
  addAccount,
  addInput,
  listAccounts,
  listInput,
  listShape,
  oneInput,
  removeAccount,
  removedShape,
} from '../../actions/accounts.ts';
import { defineTool } from '../tool.ts';

export const ACCOUNT_TOOLS = [
  defineTool({
    name: 'add_gmail_account',
    title: 'Add a Gmail account',
    description:
      'Connects a person’s Gmail by App Password. Logs in first; nothing is stored when Google refuses, and the error says how to mend it. The same user and address again replaces the password. Mail is then imported in the background: list_gmail_accounts shows how far.',
    input: addInput,
    output: accountShape,
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: true },
    untrusted: false,
    run: addAccount,
  }),
  defineTool({
    name: 'list_gmail_accounts',
    title: 'List Gmail accounts',
    description:
      'The connected accounts with their ids, sync progress and last error. Every other tool takes an account_id from here.',
    input: listInput,
    output: listShape,
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    untrusted: false,
    run: listAccounts,
  }),
  defineTool({
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
