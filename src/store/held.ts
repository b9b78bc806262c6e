// How much of an account's mail its file holds, by its own knowledge. Reads only.
import type { Database } from './mailbox-file.ts';

export interface Held {
  readonly copies: number;
  /** Copies at the server when it was last asked. */
  readonly total: number;
  /** A round over all places has once gone to its end, so the whole history is here. */
  readonly complete: boolean;
}

export function held(db: Database): Held {
  const row = db
    .prepare(
      `select (select count(*) from copies) as copies, (select coalesce(sum(messages), 0) from places) as total,
       exists (select 1 from meta where name = 'complete') as complete`,
    )
    .get() as { copies: bigint; total: bigint; complete: bigint };
  return { copies: Number(row.copies), total: Number(row.total), complete: row.complete === 1n };
}
