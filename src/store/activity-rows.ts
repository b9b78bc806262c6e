// What was done over time, in steps, from control.sqlite: calls out of the audit, mails and quota by the minute (older
// ones by the hour), mails sent. Knows no caller and no clock.
import { setImmediate } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import type { AccountId, UserId } from '../base/ids.ts';
import type { ControlTables } from './migrations/control.ts';

/** The stretch that is looked at: from `since` up to `until`, in steps; milliseconds. Null: all users. */
export interface Stretch {
  readonly since: number;
  readonly until: number;
  readonly stepMs: number;
  readonly userId: UserId | null;
}

/** Whose calls, among the user's; nothing in it: everybody's. */
export interface Whose {
  readonly profileId?: string;
  readonly byAgents?: boolean;
}

/** Of one step; `at` is its beginning. */
export interface CallCount {
  readonly at: number;
  readonly called: string;
  readonly profile_id: string | null;
  readonly calls: number;
  readonly errors: number;
}
export interface Latency {
  readonly at: number;
  readonly median_ms: number;
  readonly p95_ms: number;
}
export interface AccountCount {
  readonly at: number;
  readonly account_id: AccountId;
  readonly mails: number;
  readonly units: number;
}
export interface SendCount {
  readonly at: number;
  readonly state: string;
  readonly count: number;
}

/** `of`: the account's id, or its address. */
export interface Count {
  readonly of: string;
  readonly mails: number;
  readonly units: number;
}

/** `at`: its beginning, which may lie before the stretch's. */
interface Step {
  readonly at: number;
  readonly from: number;
  readonly to: number;
}

/** Bound, it would be a REAL, and nothing would be rounded. */
const HOUR = sql.lit(3_600_000);

const only = ({ profileId, byAgents }: Whose) => sql`
  ${profileId === undefined ? sql`` : sql`and profile_id = ${profileId}`}
  ${byAgents === undefined ? sql`` : byAgents ? sql`and profile_id is not null` : sql`and profile_id is null`}`;

export class ActivityRows {
  readonly #db: Kysely<ControlTables>;

  constructor(db: Kysely<ControlTables>) {
    this.#db = db;
  }

  /** Adds to what the minute has already; of an account that is gone, nothing, and of an address that several share. */
  async add(at: number, counts: readonly Count[]): Promise<void> {
    await this.#db.transaction().execute(async (tx) => {
      for (const { of, mails, units } of counts)
        await sql`
          insert into activity (account_id, at, mails, units)
          select id, ${at}, ${mails}, ${units} from accounts where id = ${of}
            or (email = ${of} and 1 = (select count(*) from accounts where email = ${of}))
          on conflict (at, account_id) do update set mails = mails + excluded.mails, units = units + excluded.units`.execute(
          tx,
        );
    });
  }

  async prune(before: number): Promise<void> {
    await this.#db.deleteFrom('activity').where('at', '<', before).execute();
  }

  /** Leaves one row an hour of what was from `from` up to `before`, both at the beginning of an hour. */
  async fold(from: number, before: number): Promise<void> {
    await this.#db.transaction().execute(async (tx) => {
      await sql`
        insert into activity (account_id, at, mails, units)
        select account_id, at / ${HOUR} * ${HOUR}, sum(mails), sum(units) from activity
        where at >= ${from} and at < ${before} and at % ${HOUR} <> 0 group by 1, 2
        on conflict (at, account_id) do update set mails = mails + excluded.mails, units = units + excluded.units`.execute(
        tx,
      );
      await sql`delete from activity where at >= ${from} and at < ${before} and at % ${HOUR} <> 0`.execute(tx);
    });
  }

  calls({ userId, ...stretch }: Stretch, whose: Whose = {}): Promise<CallCount[]> {
    return this.#inSteps(stretch, ({ at, from, to }) =>
      sql<CallCount>`
        select ${at} as at, called, profile_id, count(*) as calls, sum(outcome <> 'ok') as errors from audit
        where at >= ${from} and at < ${to} ${userId === null ? sql`` : sql`and user_id = ${userId}`} ${only(whose)}
        group by 2, 3 order by 2, 3`.execute(this.#db),
    );
  }

  /** Nearest rank. */
  latency({ userId, ...stretch }: Stretch, whose: Whose = {}): Promise<Latency[]> {
    return this.#inSteps(stretch, ({ at, from, to }) =>
      sql<Latency>`
        with ranked as (
          select duration_ms, row_number() over (order by duration_ms) as place, count(*) over () as calls from audit
          where at >= ${from} and at < ${to} ${userId === null ? sql`` : sql`and user_id = ${userId}`} ${only(whose)}
        )
        select ${at} as at, min(case when place * 2 >= calls then duration_ms end) as median_ms,
          min(case when place * 20 >= calls * 19 then duration_ms end) as p95_ms
        from ranked having count(*) > 0`.execute(this.#db),
    );
  }

  /** Of one user by his accounts, so that it does not matter how many there are of others. */
  accounts({ userId, ...stretch }: Stretch): Promise<AccountCount[]> {
    return this.#inSteps(stretch, ({ at, from, to }) =>
      sql<AccountCount>`
        select ${at} as at, s.account_id, sum(s.mails) as mails, sum(s.units) as units
        from ${userId === null ? sql`activity s` : sql`accounts a cross join activity s on s.account_id = a.id`}
        where s.at >= ${from} and s.at < ${to} ${userId === null ? sql`` : sql`and a.user_id = ${userId}`}
        group by 2 order by 2`.execute(this.#db),
    );
  }

  /** By the state that they are in now, at the time when they were given. */
  sends({ userId, ...stretch }: Stretch): Promise<SendCount[]> {
    return this.#inSteps(stretch, ({ at, from, to }) =>
      sql<SendCount>`
        select ${at} as at, case o.state when 'leaving' then 'queued' else o.state end as state, count(*) as count
        from outbox o join accounts a on a.id = o.account_id
        where o.created_at >= ${from} and o.created_at < ${to}
          ${userId === null ? sql`` : sql`and a.user_id = ${userId}`}
        group by 2 order by 2`.execute(this.#db),
    );
  }

  /** One step after the other, and others come in between: a long stretch of a busy house takes seconds. */
  async #inSteps<T>({ since, until, stepMs }: Omit<Stretch, 'userId'>, ask: (step: Step) => Promise<{ rows: T[] }>) {
    const found: T[][] = [];
    for (let at = Math.floor(since / stepMs) * stepMs; at < until; at += stepMs) {
      const { rows } = await ask({ at, from: Math.max(at, since), to: Math.min(at + stepMs, until) });
      found.push(rows);
      await setImmediate();
    }
    return found.flat();
  }
}
