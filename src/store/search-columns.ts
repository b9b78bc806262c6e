// The row that the full-text index gets for one mail. Knows the index's columns and nothing else of the tables.
import type { Address, Message } from '../mail/message.ts';
import { searchText } from '../query/search-text.ts';

/** A word of the list column that every mail has, so that the index alone can tell what lacks another word. */
export const EVERY_MAIL = '__';

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

/** What of a mail is indexed. */
export type Indexed = Pick<Message, 'subject' | 'from' | 'to' | 'cc' | 'bcc' | 'text' | 'listId' | 'deliveredTo'> & {
  readonly attachments: readonly { readonly filename: string }[];
};

/** What of a mail can be found by text: names and addresses of people, subject, body, names of attachments, lists. */
export function searchColumns(message: Indexed): SearchColumns {
  return {
    subject: searchText(message.subject),
    sender: people(message.from),
    recipients: people(message.to),
    cc: people(message.cc),
    bcc: people(message.bcc),
    body: searchText(message.text),
    files: apart(message.attachments.map((attachment) => attachment.filename)),
    list: `${EVERY_MAIL} ${searchText(message.listId)}`,
    delivered: apart(message.deliveredTo),
  };
}

function people(addresses: readonly Address[]): string {
  return apart(addresses.flatMap(({ name, address }) => [name, address]));
}

// A word that nobody looks for stands between values, so that no phrase reaches from one into the next.
function apart(values: readonly string[]): string {
  return searchText(values.join(' _ '));
}
