// A tree written as a query reads as the same tree.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseQuery } from './parse.ts';
import { printQuery, STATE_OPERATORS } from './print.ts';
import { CATEGORIES, type QueryNode, STARS, type StateName, type TextField } from './tree.ts';

const CONTEXT = { now: Date.parse('2026-11-20T12:00:00Z'), timeZone: 'Europe/Berlin' };
const SPAN = { start: 0, end: 0 };

/** The tree without its places. */
function bare(node: QueryNode | null): unknown {
  if (node === null) return null;
  const { span, ...rest } = node;
  if (rest.kind === 'and' || rest.kind === 'or') return { ...rest, children: rest.children.map(bare) };
  return rest.kind === 'not' ? { ...rest, child: bare(rest.child) } : rest;
}

const word = fc.constantFrom('amy', 'Résumé', '会議', 'self-service', 'a.b@example.com', '1.25', 'x_1', 'me', 'or');
const phrase = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(' '));
const fields = fc.constantFrom<TextField>(
  'any',
  ...(['subject', 'from', 'to', 'cc', 'bcc', 'deliveredto', 'list', 'filename'] as const),
);
const bound = fc.integer({ min: 0, max: 2 ** 40 });
const instant = fc.integer({ min: -2_000_000_000, max: 253_402_300_799 }).map((seconds) => seconds * 1000);
const leaf: fc.Arbitrary<QueryNode> = fc.oneof(
  fc.record({
    kind: fc.constant('text' as const),
    field: fields,
    text: word,
    quoted: fc.constant(false),
    exact: fc.boolean(),
    span: fc.constant(SPAN),
  }),
  fc.record({
    kind: fc.constant('text' as const),
    field: fields,
    text: phrase,
    quoted: fc.constant(true),
    exact: fc.boolean(),
    span: fc.constant(SPAN),
  }),
  fc.record({
    kind: fc.constant('near' as const),
    field: fields,
    first: phrase,
    second: phrase,
    distance: fc.integer({ min: 0, max: 1000 }),
    ordered: fc.boolean(),
    span: fc.constant(SPAN),
  }),
  fc.constantFrom<QueryNode>(
    ...(['Work/Urgent', 'my family', 'a(b)', 'OR', '-x'] as const).map(
      (name): QueryNode => ({ kind: 'label', name, span: SPAN }),
    ),
    ...CATEGORIES.map((category): QueryNode => ({ kind: 'category', category, span: SPAN })),
    ...STARS.map((star): QueryNode => ({ kind: 'star', star, span: SPAN })),
    ...(['drive', 'document', 'spreadsheet', 'presentation', 'youtube'] as const).map(
      (link): QueryNode => ({ kind: 'link', link, span: SPAN }),
    ),
    ...(Object.keys(STATE_OPERATORS) as StateName[]).map((state): QueryNode => ({ kind: 'state', state, span: SPAN })),
    ...(['a@b', 'a{b}|"c@d', 'a b'] as const).map(
      (messageId): QueryNode => ({ kind: 'message-id', messageId, span: SPAN }),
    ),
    { kind: 'impossible', operator: 'larger', text: '5X', quoted: false, span: SPAN },
    { kind: 'impossible', operator: 'after', text: 'last week', quoted: true, span: SPAN },
  ),
  bound.map((min): QueryNode => ({ kind: 'size', min, below: null, span: SPAN })),
  bound.map((below): QueryNode => ({ kind: 'size', min: null, below, span: SPAN })),
  instant.map((fromMs): QueryNode => ({ kind: 'date', fromMs, beforeMs: null, span: SPAN })),
  instant.map((beforeMs): QueryNode => ({ kind: 'date', fromMs: null, beforeMs, span: SPAN })),
);
const { tree } = fc.letrec<{ tree: QueryNode }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5, depthSize: 'small' },
    leaf,
    tie('tree').map((child): QueryNode => ({ kind: 'not', child, span: SPAN })),
    fc
      .tuple(fc.constantFrom('and' as const, 'or' as const), fc.array(tie('tree'), { minLength: 2, maxLength: 3 }))
      .map(([kind, children]): QueryNode => ({ kind, children, span: SPAN })),
  ),
}));

const SCRAPS = [
  ...'(){}|"-+:*, \t<>@.“”',
  ...['OR', ' OR ', ' AND ', ' NOT ', ' AROUND ', ' 3 ', '-', '-(', '+', 'x', 'amy', 'a b', '会', '\0', '\ud800', '😀'],
  ...['from:', 'subject:(', 'rfc822msgid:', 'label:', 'after:', 'before:2026/01/31', 'larger:5M', 'in:', 'is:', 'has:'],
  ...['newer_than:9d', 'spam', 'drive', 'yellow-star', 'category:', 'social', 'foo:bar', 'OR', 'chat'],
];
const anyText = fc.oneof(
  fc.array(fc.constantFrom(...SCRAPS), { maxLength: 30 }).map((scraps) => scraps.join('')),
  fc.string({ unit: 'binary', maxLength: 80 }),
);

describe('printQuery', () => {
  it('of any tree reads as that tree', () => {
    fc.assert(
      fc.property(tree, (drawn) => {
        const text = printQuery(drawn);
        expect(bare(parseQuery(text, CONTEXT).root), text).toEqual(bare(drawn));
      }),
      { numRuns: 2000 },
    );
  });

  it('of any text reads as that text, in any zone and at any time', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { root } = parseQuery(text, CONTEXT);
        const again = parseQuery(printQuery(root), { now: 0, timeZone: 'Asia/Tokyo' });
        expect(bare(again.root), printQuery(root)).toEqual(bare(root));
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    ['', ''],
    ['from: "Amy Adams" {a (b c)} -x', 'from:"Amy Adams" a OR (b c) -x'],
    ['after:2026/01/31', 'after:1769814000'],
    ['{a|b} from:(amy OR boss)', 'a OR b from:amy OR from:boss'],
  ])('writes %j as %j', (query, written) => {
    expect(printQuery(parseQuery(query, CONTEXT).root)).toBe(written);
  });
});
