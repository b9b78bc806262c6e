// AROUND: two words or phrases that stand near each other. Pure; knows fields, not how they are searched.
import type { Operand } from './operators.ts';
import { searchPieces } from './search-text.ts';
import type { QueryNode, Span, TextField } from './tree.ts';

/** Gmail does not say how near is near when no number is given. */
const DEFAULT_DISTANCE = 5;
const MOST_DISTANCE = 1_000;
/** Groups on both sides are taken pair by pair; more pairs are not worth a search. */
const MOST_PAIRS = 16;
const IN_QUOTES = /\s+AROUND(?:\s+(\d+))?\s+/;

/** What `left AROUND distance right` means, and how many terms it adds to a query; null when the two cannot be near. */
export function near(
  left: QueryNode,
  right: QueryNode,
  distance: string | null,
): { readonly node: QueryNode; readonly cost: number } | null {
  const span = { start: left.span.start, end: right.span.end };
  let pairs = 0;
  const between = (a: QueryNode, b: QueryNode): QueryNode | null => {
    if (a.kind === 'and' || a.kind === 'or') return each(a, span, (child) => between(child, b));
    if (b.kind === 'and' || b.kind === 'or') return each(b, span, (child) => between(a, child));
    if (a.kind !== 'text' || b.kind !== 'text' || a.field !== b.field) return null;
    const found: QueryNode[] = [];
    for (const first of searchPieces(a.text, a.quoted))
      for (const second of searchPieces(b.text, b.quoted)) {
        pairs += 1;
        if (pairs > MOST_PAIRS) return null;
        found.push({ kind: 'near', field: a.field, first, second, distance: words(distance), ordered: false, span });
      }
    return found.length === 1 ? found[0]! : { kind: 'and', children: found, span };
  };
  const node = between(left, right);
  return node && { node, cost: 2 * pairs };
}

/** What `"first AROUND n second"` means: the one before the other, pair by pair. Empty when the quotes hold no AROUND. */
export function nearInQuotes(field: TextField, { text, span }: Operand): QueryNode[] {
  const parts = text.split(IN_QUOTES);
  const nears: QueryNode[] = [];
  for (let i = 2; i < parts.length; i += 2) {
    const [first, distance, second] = [parts[i - 2]!, parts[i - 1] ?? null, parts[i]!];
    if (searchPieces(first, true).length === 0 || searchPieces(second, true).length === 0) continue;
    nears.push({ kind: 'near', field, first, second, distance: words(distance), ordered: true, span });
  }
  return nears;
}

function words(distance: string | null): number {
  return distance === null ? DEFAULT_DISTANCE : Math.min(Number(distance), MOST_DISTANCE);
}

function each(
  group: QueryNode & { readonly kind: 'and' | 'or' },
  span: Span,
  pair: (child: QueryNode) => QueryNode | null,
): QueryNode | null {
  const children = group.children.map(pair);
  return children.every((child) => child !== null) ? { kind: group.kind, children, span } : null;
}
