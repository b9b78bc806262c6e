// The places of an account as the server lists and counts them. Knows no mail.
import type { ImapFlow } from 'imapflow';
import type { Connection } from './connection.ts';
import { choosePlaces, type ListedPlace } from './places.ts';

const STATUS = { messages: true, uidNext: true, uidValidity: true, highestModseq: true };

export async function listPlaces(connection: Connection): Promise<ListedPlace[]> {
  const { client, gmailIds } = connection;
  const entries = await connection.alone(async () => {
    // STATUS of the mailbox that is selected may show what this session has seen of it, not what is there.
    if (client.mailbox) await client.mailboxClose();
    if (!gmailIds) return client.list({ statusQuery: STATUS });
    // Gmail counts a mailbox anew for each STATUS, and an account may have hundreds that are not asked for mail.
    const listed = await client.list();
    const wanted = new Set(choosePlaces(listed, gmailIds).map(({ place }) => place.path));
    for (const entry of listed.filter(({ path }) => wanted.has(path)))
      entry.status = (await client.status(entry.path, STATUS).catch(unlessLost(client))) || undefined;
    return listed;
  });
  return choosePlaces(entries, gmailIds);
}

/** The same for less, with the selected mailbox left selected: good for all places but that one. */
export async function glanceAtPlaces(connection: Connection): Promise<ListedPlace[]> {
  const { client, gmailIds } = connection;
  return choosePlaces(await connection.alone(() => client.list({ statusQuery: STATUS })), gmailIds);
}

/** Changes whenever something happens in any place but the first. */
export function signsOf([, ...others]: readonly ListedPlace[]): string {
  return others
    .map(({ place, status }) =>
      [place.path, status?.messages, status?.uidNext, status?.uidValidity, status?.highestModseq].join('\n'),
    )
    .join('\n\n');
}

/** A mailbox that will not be counted is left for the next round; a lost connection is not passed over. */
const unlessLost = (client: ImapFlow) => (error: unknown) => {
  if (!client.usable) throw error;
  return false as const;
};
