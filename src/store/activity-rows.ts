// What was done over time, in steps, from control.sqlite: calls out of the audit, mails and quota by the minute, mails sent. Knows
// no caller and no clock.
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

  async calls({ since, until, stepMs, userId }: Stretch): Promise<CallCount[]> {
    const { rows } = await sql<CallCount>`
      select at / ${stepMs} * ${stepMs} as at, called, profile_id, count(*) as calls, sum(outcome <> 'ok') as errors
      from audit where at >= ${since} and at < ${until} ${userId === null ? sql`` : sql`and user_id = ${userId}`}
      group by 1, 2, 3 order by 1, 2, 3`.execute(this.#db);
    return rows;
  }

  /** Nearest rank. */
  async latency({ since, until, stepMs, userId }: Stretch): Promise<Latency[]> {
    const { rows } = await sql<Latency>`
      with ranked as (
        select at / ${stepMs} * ${stepMs} as step, duration_ms,
          row_number() over (partition by at / ${stepMs} order by duration_ms) as place,
          count(*) over (partition by at / ${stepMs}) as calls
        from audit where at >= ${since} and at < ${until} ${userId === null ? sql`` : sql`and user_id = ${userId}`}
      )
      select step as at, min(case when place * 2 >= calls then duration_ms end) as median_ms,
        min(case when place * 20 >= calls * 19 then duration_ms end) as p95_ms
      from ranked group by step order by step`.execute(this.#db);
    return rows;
  }

  async accounts({ since, until, stepMs, userId }: Stretch): Promise<AccountCount[]> {
    const { rows } = await sql<AccountCount>`
      select s.at / ${stepMs} * ${stepMs} as at, s.account_id, sum(s.mails) as mails, sum(s.units) as units
      from activity s join accounts a on a.id = s.account_id
      where s.at >= ${since} and s.at < ${until} ${userId === null ? sql`` : sql`and a.user_id = ${userId}`}
      group by 1, 2 order by 1, 2`.execute(this.#db);
    return rows;
  }

  /** By the state that they are in now, at the time when they were given. */
  async sends({ since, until, stepMs, userId }: Stretch): Promise<SendCount[]> {
    const { rows } = await sql<SendCount>`
      select o.created_at / ${stepMs} * ${stepMs} as at, case o.state when 'leaving' then 'queued' else o.state end as state,
        count(*) as count
      from outbox o join accounts a on a.id = o.account_id
      where o.created_at >= ${since} and o.created_at < ${until}
        ${userId === null ? sql`` : sql`and a.user_id = ${userId}`}
      group by 1, 2 order by 1, 2`.execute(this.#db);
    return rows;
  }
}
