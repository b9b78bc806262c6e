// Any text is a query: its places, its limits, its time.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startCpuClock } from '../../test/support/cpu-time.ts';
import { parseQuery } from './parse.ts';
import { searchPhrases } from './search-text.ts';
import type { QueryNode, Span } from './tree.ts';

const CONTEXT = { now: Date.parse('2026-11-20T12:00:00Z'), timeZone: 'Europe/Berlin' };

describe('places', () => {
  it('points at the whole term with its operator and quotes', () => {
    const query = 'x  from: "Amy Adams" -larger:1M';
    const { root } = parseQuery(query, CONTEXT);
    const spans = root?.kind === 'and' ? root.children.map(({ span }) => query.slice(span.start, span.end)) : [];
    expect(spans).toEqual(['x', 'from: "Amy Adams"', '-larger:1M']);
  });

  it('points a warning at the term and says why', () => {
    const query = 'invoice larger:5X after:2024/02/30';
    const told = parseQuery(query, CONTEXT).warnings.map(({ message, span }) => [
      query.slice(span.start, span.end),
      message,
    ]);
    expect(told).toEqual([
      ['larger:5X', '"5X" is not a size such as 500K or 10M; no mail is that'],
      ['after:2024/02/30', '"2024/02/30" is not a date such as 2026/01/31 or epoch seconds; no mail is that'],
    ]);
  });

  it('shortens a long value in a warning', () => {
    const [warning] = parseQuery(`larger:${'9'.repeat(5000)}`, CONTEXT).warnings;
    expect(warning?.message.length).toBeLessThan(100);
  });
});

describe('limits', () => {
  it('reads brackets that are too deep as if they were not there and says so', () => {
    const { root, warnings } = parseQuery(`${'('.repeat(500)}a b${')'.repeat(500)}`, CONTEXT);
    expect(root).toMatchObject({ kind: 'and', children: [{ text: 'a' }, { text: 'b' }] });
    expect(warnings.some(({ message }) => message.includes('deeper'))).toBe(true);
  });

  it('looks for the first words of a phrase only when there are too many, and counts them all', () => {
    const { warnings } = parseQuery('x.'.repeat(4900), CONTEXT);
    expect(warnings.map(({ message }) => message)).toEqual([expect.stringContaining('first 32 words')]);
    expect(searchPhrases('x.'.repeat(4900), false)).toEqual([Array(32).fill('x')]);
    const { root } = parseQuery('"a b c d e f g h" '.repeat(100), CONTEXT);
    expect(root?.kind === 'and' && root.children.length).toBe(32);
  });

  it('looks at the first terms only when there are too many and says so once', () => {
    const { root, warnings } = parseQuery('w '.repeat(2000), CONTEXT);
    expect(root?.kind === 'and' && root.children.length).toBe(256);
    expect(warnings).toHaveLength(1);
  });

  it('reads the first 20,000 characters only, and says so', () => {
    const { root, warnings } = parseQuery(`first ${' '.repeat(20_000)} last`, CONTEXT);
    expect(root).toMatchObject({ kind: 'text', text: 'first' });
    expect(warnings).toMatchObject([{ message: 'only the first 20000 characters were read', span: { start: 20_000 } }]);
    for (const piece of ['(', 'a ', '-{', 'a AROUND ', '"']) {
      const elapsed = startCpuClock();
      parseQuery(piece.repeat(1_000_000 / piece.length), CONTEXT);
      expect(elapsed(), piece).toBeLessThan(500);
    }
  });

  it('tells no more than twenty warnings', () => {
    expect(parseQuery('larger:x '.repeat(100), CONTEXT).warnings).toHaveLength(20);
  });

  it('takes an unknown zone as UTC', () => {
    const { root } = parseQuery('after:2026/01/31', { now: 0, timeZone: 'Mars/Olympus' });
    expect(root).toMatchObject({ kind: 'date', fromMs: Date.UTC(2026, 0, 31) });
  });
});

const SCRAPS = [
  ...'(){}|"-+:* \t<>@.“”',
  ...[
    'OR',
    'AND',
    'NOT',
    'AROUND',
    ' 3 ',
    'from:',
    'rfc822msgid:',
    'label:',
    'after:',
    'larger:',
    'in:',
    'is:',
    'newer_than:',
  ],
  ...['amy', 'x', '5M', '2026/01/31', '9d', 'spam', '会議', '\u0000', '\ud800', '😀'],
];
const anyQuery = fc.oneof(
  fc.array(fc.constantFrom(...SCRAPS), { maxLength: 60 }).map((scraps) => scraps.join('')),
  fc.string({ unit: 'binary', maxLength: 200 }),
);

describe('any text', () => {
  it('is a query, with every place inside it and children inside their parents', () => {
    fc.assert(
      fc.property(anyQuery, (text) => {
        const { root, warnings } = parseQuery(text, CONTEXT);
        const whole = { start: 0, end: text.length };
        for (const { span } of warnings) expect(isInside(span, whole)).toBe(true);
        if (root !== null) checkPlaces(root, whole);
      }),
      { numRuns: 2000 },
    );
  });

  it('never gives an empty or single list of children', () => {
    fc.assert(
      fc.property(anyQuery, (text) => {
        const lists: number[] = [];
        walk(parseQuery(text, CONTEXT).root, (node) => {
          if (node.kind === 'and' || node.kind === 'or') lists.push(node.children.length);
        });
        expect(lists.every((length) => length > 1)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('of 10 kB is read in milliseconds, whatever it repeats, and ten times of it in about ten times that', () => {
    const patterns = [
      ...SCRAPS,
      '(a ',
      '-(',
      '{a',
      'from:(',
      'rfc822msgid:<',
      ':a',
      'a:',
      '"a',
      'a OR ',
      'after:2026/01/31 ',
    ];
    for (const pattern of patterns) {
      const short = fastest(pattern.repeat(10_000 / pattern.length));
      const long = fastest(pattern.repeat(100_000 / pattern.length));
      expect(short, JSON.stringify(pattern)).toBeLessThan(20);
      expect(long, JSON.stringify(pattern)).toBeLessThan(Math.max(20, short * 40));
    }
  });
});

/** Milliseconds of processor time: what else the machine does is no fault of the parser's. */
function fastest(text: string): number {
  const times = Array.from({ length: 15 }, () => {
    const start = process.cpuUsage();
    parseQuery(text, CONTEXT);
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  });
  return Math.min(...times);
}

function walk(node: QueryNode | null, visit: (node: QueryNode) => void): void {
  if (node === null) return;
  visit(node);
  if (node.kind === 'and' || node.kind === 'or') for (const child of node.children) walk(child, visit);
  if (node.kind === 'not') walk(node.child, visit);
}

function checkPlaces(node: QueryNode, parent: Span): void {
  expect(isInside(node.span, parent)).toBe(true);
  if (node.kind === 'and' || node.kind === 'or') for (const child of node.children) checkPlaces(child, node.span);
  if (node.kind === 'not') checkPlaces(node.child, node.span);
}

function isInside(span: Span, outer: Span): boolean {
  return outer.start <= span.start && span.start <= span.end && span.end <= outer.end;
}
