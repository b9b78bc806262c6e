// What to say when nothing was found: which term to drop to find how many. Bounded in time; asks the copy only.
import { queryOf } from '../query/parse.ts';
import type { Query, QueryNode } from '../query/tree.ts';
import { clip } from './size.ts';

const MOST_TERMS = 8;
const MOST_HINTS = 5;
const LONGEST_MS = 100;
const MOST_COUNTED = 100;

/** `count`: how many mails a query finds, up to so many. */
export function hintsFor(query: Query, count: (query: Query, most: number) => number): string[] {
  const { root, text } = query;
  if (root === null) return [];
  const begunAt = performance.now();
  const found: { hint: string; mails: number }[] = [];
  const consider = (change: string, other: Query): void => {
    if (performance.now() - begunAt > LONGEST_MS) return;
    const mails = count(other, MOST_COUNTED + 1);
    if (mails > 0)
      found.push({ hint: `${change}: ${mails > MOST_COUNTED ? `more than ${MOST_COUNTED}` : mails}`, mails });
  };
  if (root.kind === 'and')
    for (const [i, term] of root.children.slice(0, MOST_TERMS).entries()) {
      const typed = clip(text.slice(term.span.start, term.span.end).replace(/\s+/g, ' '), 60);
      consider(`without ${typed}`, queryOf(without(root.children, i), text));
    }
  if (!query.includesHidden) consider('with in:anywhere', { ...query, includesHidden: true });
  // The change that leaves the most of the question is the one that finds the fewest.
  return found
    .toSorted((a, b) => a.mails - b.mails)
    .slice(0, MOST_HINTS)
    .map(({ hint }) => hint);
}

function without(terms: readonly QueryNode[], i: number): QueryNode {
  const rest = terms.toSpliced(i, 1);
  const [only] = rest;
  return rest.length === 1 ? only! : { kind: 'and', children: rest, span: { start: 0, end: 0 } };
}
