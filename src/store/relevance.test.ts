// The best hits first: what a word is worth where it stands, and pages that stay the same while mail arrives.
import { describe, expect, it } from 'vitest';
import { addMails } from '../../test/support/indexed-mailbox.ts';
import { NOW, OWN_ADDRESS, SearchedMailbox } from '../../test/support/searched-mailbox.ts';
import { parseQuery } from '../query/parse.ts';
import { type RelevanceOptions, relevantKeys } from './relevance.ts';

const filler = 'the quick brown fox jumps over the lazy dog '.repeat(20);
const mailbox = new SearchedMailbox([
  { id: 'subject', dateMs: NOW - 5000, subject: 'Invoice for May', body: filler },
  { id: 'person', dateMs: NOW - 4000, from: 'Invoice Desk <desk@corp.example>', body: filler },
  { id: 'often', dateMs: NOW - 3000, subject: 'Invoice', body: `invoice invoice ${filler}` },
  { id: 'body', dateMs: NOW - 2000, body: `invoice ${filler}` },
  { id: 'spam', dateMs: NOW - 1000, subject: 'Invoice', labels: ['SPAM'] },
  { id: 'none', dateMs: NOW, body: filler },
]);

function best(query: string, options: Partial<RelevanceOptions> = {}): string[] | null {
  const parsed = parseQuery(query, { now: NOW, timeZone: 'UTC' });
  const ownAddresses = [OWN_ADDRESS];
  const keys = relevantKeys(mailbox.db, parsed, { limit: 10, offset: 0, upTo: null, ownAddresses, ...options });
  return keys?.map((key) => mailbox.idOf(key)) ?? null;
}

describe('relevantKeys', () => {
  it('weighs the subject more than people, and people more than the body', () => {
    expect(best('invoice')).toEqual(['often', 'subject', 'person', 'body']);
  });

  it('keeps to what else the query says, and to Spam and Trash only when they are named', () => {
    expect(best('invoice -from:desk')).toEqual(['often', 'subject', 'body']);
    expect(best(`invoice before:${NOW / 1000 - 3}`)).toEqual(['subject', 'person']);
    expect(best('invoice in:spam')).toEqual(['spam']);
    expect(best('nowhere')).toEqual([]);
  });

  it('has nothing to weigh without a word', () => {
    for (const query of ['', 'in:inbox', '-invoice', 'in:spam OR invoice']) expect(best(query), query).toBeNull();
  });

  it('pages by place, and leaves out what came after the first page', () => {
    const upTo = mailbox.keyOf('none');
    expect(best('invoice', { limit: 2, upTo })).toEqual(['often', 'subject']);
    addMails(mailbox.db, [{ id: 'late', dateMs: NOW + 1000, subject: 'Invoice invoice' }]);
    expect(best('invoice', { limit: 2, offset: 2, upTo })).toEqual(['person', 'body']);
  });
});
