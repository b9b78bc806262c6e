// Everybody whom control.sqlite knows by a user id, with what each has in numbers. Knows no mail.
import { type Kysely, sql } from 'kysely';
import type { UserId } from '../base/ids.ts';
import type { ControlTables } from './migrations/control.ts';

export interface UserRow {
  readonly user_id: UserId;
  /** Null: this user has never signed in with a browser, or has chosen no login. */
  readonly login: string | null;
  readonly role: 'owner' | 'member' | null;
  readonly accounts: number;
  readonly in_trouble: number;
  readonly profiles: number;
  /** Epoch milliseconds, of the sessions that are open. */
  readonly last_seen: number | null;
}

export interface UserFilter {
  readonly limit: number;
  /** The last user id seen. */
  readonly after?: string;
  /** In the user id or the login, whatever the case. */
  readonly containing?: string;
}

export class UserRows {
  readonly #db: Kysely<ControlTables>;

  constructor(db: Kysely<ControlTables>) {
    this.#db = db;
  }

  /** By user id. Each table is gone through in that order, so that a page costs no more where there are many. */
  async list({ limit, after = '', containing = '' }: UserFilter): Promise<UserRow[]> {
    const words = containing.toLowerCase();
    const { rows } = await sql<UserRow>`
      select everybody.user_id, people.login, people.role,
        (select count(*) from accounts where accounts.user_id = everybody.user_id) as accounts,
        (select count(*) from accounts where accounts.user_id = everybody.user_id
          and (status = 'needs_reauth' or last_error is not null)) as in_trouble,
        (select count(*) from profiles where profiles.user_id = everybody.user_id) as profiles,
        (select max(last_used_at) from person_sessions where person_id = people.id) as last_seen
      from (
        select user_id from accounts where user_id > ${after}
        union select user_id from profiles where user_id > ${after}
        union select user_id from people where user_id > ${after}
        order by user_id
      ) as everybody
      left join people on people.user_id = everybody.user_id
      where ${words} = '' or instr(lower(everybody.user_id || ' ' || coalesce(people.login, '')), ${words}) > 0
      order by everybody.user_id limit ${limit}`.execute(this.#db);
    return rows;
  }
}
