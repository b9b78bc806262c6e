// What is suggested when nothing was found: terms to drop, by what would be found then.
import { describe, expect, it } from 'vitest';
import { startCpuClock } from '../../test/support/cpu-time.ts';
import { NOW, OWN_ADDRESS, SearchedMailbox } from '../../test/support/searched-mailbox.ts';
import { parseQuery } from '../query/parse.ts';
import { searchKeys } from '../store/search.ts';
import { hintsFor } from './search-hints.ts';

const mailbox = new SearchedMailbox([
  ...Array.from({ length: 120 }, (_, i) => ({ id: `boat${i}`, dateMs: NOW - i * 1000, subject: 'boat' })),
  ...Array.from({ length: 3 }, (_, i) => ({ id: `amy${i}`, dateMs: NOW, from: 'amy@x.example', subject: 'lamp' })),
  { id: 'old', dateMs: NOW, subject: 'old lamp', from: 'kim@x.example', labels: ['TRASH'] },
]);

const hints = (text: string): string[] =>
  hintsFor(
    parseQuery(text, { now: NOW, timeZone: 'UTC' }),
    (query, limit) => searchKeys(mailbox.db, query, { limit, beforeKey: null, ownAddresses: [OWN_ADDRESS] }).length,
  );

describe('hintsFor', () => {
  it('names each term whose absence finds something, as it was typed, the fewest first', () => {
    expect(hints('boat from:"amy"')).toEqual(['without boat: 3', 'without from:"amy": more than 100']);
    expect(hints('boat larger:5X')).toEqual(['without larger:5X: more than 100']);
    expect(hints('lamp from:amy is:starred')).toEqual(['without is:starred: 3']);
  });

  it('says when Trash or Spam has it', () => {
    expect(hints('from:kim')).toEqual(['with in:anywhere: 1']);
    expect(hints('in:trash from:kim boat')).toEqual(['without boat: 1']);
  });

  it('keeps silent when nothing helps, and when there is one thing only', () => {
    for (const query of ['', 'nowhere', 'nowhere nothing']) expect(hints(query), query).toEqual([]);
  });

  it('stays short and quick for a query of many terms', () => {
    const elapsed = startCpuClock();
    const told = hints(`nowhere ${'boat '.repeat(250)} "${'x '.repeat(200)}"`);
    expect(told.length).toBeLessThanOrEqual(5);
    expect(elapsed()).toBeLessThan(1000);
  });
});
