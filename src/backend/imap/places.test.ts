// Which mailboxes are synced, in which order, and what lying in one means.
import type { ListResponse } from 'imapflow';
import { describe, expect, it } from 'vitest';
import { choosePlaces } from './places.ts';

function entry(path: string, flags: readonly string[] = [], specialUse?: string): ListResponse {
  const status = { path, messages: 4, uidNext: 9, uidValidity: 7n, highestModseq: 3n };
  return {
    path,
    pathAsListed: path,
    name: path,
    delimiter: '/',
    parent: [],
    parentPath: '',
    flags: new Set(flags),
    ...(specialUse ? { specialUse } : {}),
    listed: true,
    subscribed: true,
    status,
  };
}

const gmail = [
  entry('INBOX', [], '\\Inbox'),
  entry('Work'),
  entry('[Gmail]', ['\\Noselect']),
  entry('[Gmail]/Papierkorb', ['\\Trash'], '\\Trash'),
  entry('[Gmail]/Spam', ['\\Junk'], '\\Junk'),
  entry('[Gmail]/Alle Nachrichten', ['\\All'], '\\All'),
  entry('[Gmail]/Wichtig', ['\\Important']),
  entry('[Gmail]/Markiert', ['\\Flagged'], '\\Flagged'),
];
const paths = (entries: readonly ListResponse[], gmailIds: boolean): string[] =>
  choosePlaces(entries, gmailIds).map(({ place }) => place.path);

describe('the places of an account', () => {
  it('are All Mail, Spam and Trash at Gmail, whatever they are called', () => {
    expect(paths(gmail, true)).toEqual(['[Gmail]/Alle Nachrichten', '[Gmail]/Spam', '[Gmail]/Papierkorb']);
    expect(choosePlaces(gmail, true).map(({ place }) => place.label)).toEqual([
      null,
      { type: 'system', id: 'SPAM' },
      { type: 'system', id: 'TRASH' },
    ]);
  });

  it('are all that can be selected when All Mail is hidden, the inbox first and views last', () => {
    const hidden = gmail.filter(({ flags }) => !flags.has('\\All'));
    expect(paths(hidden, true)).toEqual([
      'INBOX',
      'Work',
      '[Gmail]/Papierkorb',
      '[Gmail]/Spam',
      '[Gmail]/Markiert',
      '[Gmail]/Wichtig',
    ]);
  });

  it('are all that can be selected on a server without Gmail ids', () => {
    const places = choosePlaces(gmail, false);
    expect(places.map(({ place }) => place.path).at(-1)).toBe('[Gmail]/Wichtig');
    expect(places.filter(({ view }) => view).map(({ place }) => place.label)).toEqual([
      null,
      { type: 'system', id: 'STARRED' },
      { type: 'system', id: 'IMPORTANT' },
    ]);
  });

  it('leave out what cannot be selected or safely named', () => {
    const entries = [entry('INBOX'), entry('a', ['\\NonExistent']), entry('b\r\nc'), entry('d\0'), entry('')];
    expect(paths(entries, false)).toEqual(['INBOX']);
  });

  it('name a nested label with slashes, whatever the server uses', () => {
    const [place] = choosePlaces([{ ...entry('Work.Urgent'), delimiter: '.' }], false);
    expect(place?.place.label).toEqual({ type: 'user', name: 'Work/Urgent' });
  });

  it('are kept without a status when the server would not give one', () => {
    const [place] = choosePlaces([{ ...entry('INBOX'), status: { path: 'INBOX' } }], false);
    expect(place).toMatchObject({ status: null, place: { messages: 0 } });
  });
});
