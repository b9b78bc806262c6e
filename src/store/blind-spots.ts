// What a query asks for that this mailbox has never been told by its server, so that no answer can be given from the copy.
import type { Database } from 'better-sqlite3';
import type { QueryNode } from '../query/tree.ts';

/** In words for the caller, each once; empty when the copy can know everything that is asked. */
export function blindSpots(db: Database, root: QueryNode | null): string[] {
  const asked = new Map<string, string>();
  collect(root, asked);
  if (asked.size === 0) return [];
  const known = new Set(db.prepare("select label_id from labels where type = 'system'").pluck().all() as string[]);
  const isKnown = (pattern: string): boolean =>
    pattern.endsWith('_') ? [...known].some((id) => id.startsWith(pattern)) : known.has(pattern);
  return [...asked]
    .filter(([label]) => !isKnown(label))
    .map(([, words]) => `${words} not told by this account’s mail server, so it finds nothing here.`);
}

// By the system label that would have been told; one that ends in `_` stands for all that begin so.
function collect(node: QueryNode | null, asked: Map<string, string>): void {
  switch (node?.kind) {
    case 'and':
    case 'or':
      for (const child of node.children) collect(child, asked);
      return;
    case 'not':
      collect(node.child, asked);
      return;
    case 'category':
      asked.set('CATEGORY_', 'category: is');
      return;
    case 'star':
      if (node.star !== 'yellow-star')
        asked.set(node.star.toUpperCase().replace('-', '_'), `has:${node.star} (a star’s colour) is`);
      return;
    case 'state':
      if (node.state === 'snoozed' || node.state === 'scheduled' || node.state === 'chat')
        asked.set(node.state.toUpperCase(), `${node.state} is`);
      return;
    default:
  }
}
