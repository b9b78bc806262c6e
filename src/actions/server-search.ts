// Asking the mail server for what a copy that is still being made cannot know. Bounded in time; knows no protocol.
import type { ServerQuery } from '../backend/port.ts';
import { toGmail } from '../query/gmail.ts';
import { toImapSearch } from '../query/imap-search.ts';
import type { Query, QueryNode } from '../query/tree.ts';
import type { AccountRow } from '../store/control.ts';
import { type Context, sightIn } from './context.ts';

const LONGEST_WAIT_MS = 2000;
/** More hits of one question are left to the import. */
const MOST_HITS = 50;

/**
 * Lets the newest mails before `beforeMs` (null: the newest) that the server finds be stored. Resolves to what to tell:
 * `asked` when the server has answered, else why its mail may be missing. Never rejects.
 */
export async function askServer(
  ctx: Context,
  account: AccountRow,
  query: Query,
  beforeMs: number | null,
): Promise<{ readonly asked: boolean; readonly warning: string | null }> {
  if (sightIn(ctx.session) !== null)
    return {
      asked: false,
      warning: 'The mail server is not asked for this token; older mail than reaches_back_to may be missing.',
    };
  try {
    const question = serverQuery(query, beforeMs, account.email);
    const answer = await within(LONGEST_WAIT_MS, (signal) => ctx.sync.search(account.id, question, MOST_HITS, signal));
    if (answer === true) return { asked: true, warning: null };
    return {
      asked: false,
      warning:
        answer === 'late'
          ? 'The mail server did not answer in time; older mail than reaches_back_to may be missing.'
          : 'The mail server cannot be asked this; older mail than reaches_back_to may be missing.',
    };
  } catch {
    return {
      asked: false,
      warning: 'The mail server could not be asked; older mail than reaches_back_to may be missing.',
    };
  }
}

/** What is asked, or `late` when it takes longer; its signal aborts then. */
export async function within<T>(ms: number, ask: (signal: AbortSignal) => Promise<T>): Promise<T | 'late'> {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), ms);
  const late = new Promise<'late'>((resolve) => over.signal.addEventListener('abort', () => resolve('late')));
  try {
    return await Promise.race([ask(over.signal), late]);
  } finally {
    clearTimeout(timer);
    over.abort();
  }
}

export function serverQuery(
  query: Pick<Query, 'root' | 'includesHidden'>,
  beforeMs: number | null,
  ownAddress: string,
): ServerQuery {
  const root = bounded(query.root, beforeMs);
  const { criterion } = toImapSearch(root, [ownAddress]);
  return {
    gmail: toGmail(root),
    imap: criterion === 'nothing' ? null : criterion,
    includesHidden: query.includesHidden,
  };
}

function bounded(root: QueryNode | null, beforeMs: number | null): QueryNode | null {
  if (beforeMs === null) return root;
  const span = { start: 0, end: 0 };
  const bound: QueryNode = { kind: 'date', fromMs: null, beforeMs, span };
  return root === null ? bound : { kind: 'and', children: [root, bound], span };
}
