// Which questions the copy cannot know the answer to, and when it can after all.
import { describe, expect, it } from 'vitest';
import { NOW, SearchedMailbox } from '../../test/support/searched-mailbox.ts';
import { parseQuery } from '../query/parse.ts';
import { blindSpots } from './blind-spots.ts';

const plain = new SearchedMailbox([{ id: 'one', dateMs: NOW, labels: ['INBOX', 'STARRED'] }]);
const rich = new SearchedMailbox([{ id: 'one', dateMs: NOW, labels: ['CATEGORY_SOCIAL', 'SNOOZED', 'RED_BANG'] }]);
const told = (mailbox: SearchedMailbox, query: string): string[] =>
  blindSpots(mailbox.db, parseQuery(query, { now: NOW, timeZone: 'UTC' }).root);

describe('blindSpots', () => {
  it.each([
    'category:promotions',
    'x -(category:social OR category:updates)',
    'has:red-bang',
    'in:snoozed',
    'is:scheduled',
  ])('names what was asked in %j, once', (query) => {
    expect(told(plain, query)).toEqual([expect.stringMatching(/is not told by this account’s mail server/)]);
  });

  it.each(['', 'invoice', 'has:yellow-star', 'is:starred in:inbox label:work'])('has nothing to say to %j', (query) => {
    expect(told(plain, query)).toEqual([]);
  });

  it('has nothing to say where such labels have been told', () => {
    expect(told(rich, 'category:promotions has:red-bang in:snoozed')).toEqual([]);
    expect(told(rich, 'has:green-check')).toHaveLength(1);
  });
});
