// The row that the full-text index gets for one mail. Knows the index's columns and nothing else of the tables.
import type { Address, Message } from '../mail/message.ts';
import { searchText } from '../query/search-text.ts';

/** One value for each column of the index, as search text. */
export interface SearchColumns {
  readonly subject: string;
  readonly sender: string;
  readonly recipients: string;
  readonly cc: string;
  readonly bcc: string;
  readonly body: string;
  readonly files: string;
  readonly list: string;
  readonly delivered: string;
}

/** What of a mail can be found by text: names and addresses of people, subject, body, names of attachments, lists. */
export function searchColumns(message: Message): SearchColumns {
  return {
    subject: searchText(message.subject),
    sender: people(message.from),
    recipients: people(message.to),
    cc: people(message.cc),
    bcc: people(message.bcc),
    body: searchText(message.text),
    files: searchText(message.attachments.map((attachment) => attachment.filename).join('\n')),
    list: searchText(message.listId),
    delivered: searchText(message.deliveredTo.join('\n')),
  };
}

function people(addresses: readonly Address[]): string {
  return searchText(addresses.map(({ name, address }) => `${name} ${address}`).join('\n'));
}
