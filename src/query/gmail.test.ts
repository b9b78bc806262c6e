// What Gmail is asked: the same question, whichever way it reads precedence, and nothing that a stranger slipped in.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toGmail } from './gmail.ts';
import { parseQuery } from './parse.ts';

const CONTEXT = { now: Date.parse('2026-11-20T12:00:00Z'), timeZone: 'Europe/Berlin' };
const asked = (query: string): string | null => toGmail(parseQuery(query, CONTEXT).root);

describe('toGmail', () => {
  it.each<[query: string, gmail: string | null]>([
    ['', ''],
    ['dinner', 'dinner'],
    ['dinner friday', '(dinner friday)'],
    ['a OR b c', '((a OR b) c)'],
    ['{a b} OR (c d)', '((a OR b) OR (c d))'],
    ['-(a b)', '-(a b)'],
    ['--a', 'a'],
    ['-(-a)', '-(-a)'],
    ['"dinner and movie"', '"dinner and movie"'],
    ['+unicorn', '+unicorn'],
    ['self-service', '"self-service"'],
    ['a,b', '(a b)'],
    ['from:me', 'from:me'],
    ['from:(amy OR "Big Boss")', '(from:amy OR from:"Big Boss")'],
    ['from:OR', 'from:"OR"'],
    ['from:-amy', 'from:"-amy"'],
    ['from:amy@example.com', 'from:"amy@example.com"'],
    ['会議 Résumé', '(会議 Résumé)'],
    ['a AROUND 3 b', '("a" AROUND 3 "b")'],
    ['subject:(a AROUND 3 b)', 'subject:("a" AROUND 3 "b")'],
    ['"a AROUND 3 b c"', '"a AROUND 3 b c"'],
    ['label:"Work/My Family (old)"', 'label:work-my-family--old-'],
    ['label:R&D', 'label:"r&d"'],
    ['in:drafts', 'in:drafts'],
    ['is:unread in:inbox has:attachment', '(is:unread in:inbox has:attachment)'],
    ['is:snoozed in:chats', '(is:snoozed is:chat)'],
    ['category:primary has:drive has:red-bang', '(category:primary has:drive has:red-bang)'],
    ['rfc822msgid:<a{b}"c@d>', 'rfc822msgid:"a{b} c@d"'],
    ['larger:10M smaller:20M', '(larger:10000000 smaller:20000000)'],
    ['larger:0', ''],
    ['smaller:0', null],
    ['after:2026/01/31', 'after:1769814000'],
    ['older_than:1y', 'before:1763640000'],
    ['after:1900/01/01', ''],
    ['before:1900/01/01 x', null],
    ['larger:5X', null],
    ['larger:5X OR dinner', 'dinner'],
    ['-larger:5X dinner', 'dinner'],
    ['-after:2026/02/30', ''],
  ])('of %j is %j', (query, gmail) => {
    expect(asked(query)).toBe(gmail);
  });

  it('keeps what a stranger typed inside its quotes', () => {
    const hostile = fc.array(
      fc.constantFrom(...'"“”„(){}|:-+ \0\n\r\t\ud800', 'OR', ' OR ', 'in:anywhere', 'in:spam', 'x', 'from:'),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(hostile, fc.constantFrom('subject', 'from', 'any'), (parts, field) => {
        const text = parts.join('');
        const span = { start: 0, end: 0 };
        const gmail = toGmail({ kind: 'text', field: field as 'any', text, quoted: true, exact: false, span }) ?? '';
        expect(gmail).toMatch(/^(?:(?:subject:|from:)?"[^"“”„]*")?$/u);
        expect(gmail).not.toMatch(/[\0-\x1f]/);
        expect(gmail.isWellFormed()).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('of any text is one line with even brackets and quotes, and reads as a query without warnings', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => {
        const gmail = asked(text) ?? '';
        expect(gmail).not.toMatch(/[\r\n\0]/);
        expect(parseQuery(gmail, CONTEXT).warnings).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });
});
