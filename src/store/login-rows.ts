// Those who sign in with a browser, in control.sqlite: people, their sessions, passkeys and one-time links. Knows no secret, only
// hashes. (Correspondents of a mailbox are in person-rows.)
import type { Kysely, Selectable } from 'kysely';
import type { PersonId, UserId } from '../base/ids.ts';
import type { ControlTables } from './migrations/control.ts';

export type PersonRow = Selectable<ControlTables['people']>;
export type PersonSessionRow = Selectable<ControlTables['person_sessions']>;
export type PasskeyRow = Selectable<ControlTables['passkeys']>;
export type SignInLinkRow = Selectable<ControlTables['sign_in_links']>;

export class LoginRows {
  readonly #db: Kysely<ControlTables>;

  constructor(db: Kysely<ControlTables>) {
    this.#db = db;
  }

  async person(by: 'id' | 'user_id' | 'login', value: string): Promise<PersonRow | undefined> {
    return this.#db.selectFrom('people').selectAll().where(by, '=', value).executeTakeFirst();
  }

  /** The person of this user; made now when there is none. */
  async personOf(row: PersonRow): Promise<PersonRow> {
    await this.#db
      .insertInto('people')
      .values(row)
      .onConflict((conflict) => conflict.column('user_id').doNothing())
      .execute();
    return (await this.person('user_id', row.user_id))!;
  }

  /** Whether an owner can come back by a password or a passkey. */
  async hasOwner(): Promise<boolean> {
    const owner = await this.#db
      .selectFrom('people')
      .select('id')
      .where('role', '=', 'owner')
      .where(({ or, eb, exists, selectFrom }) =>
        or([
          eb('password_hash', 'is not', null),
          exists(selectFrom('passkeys').select('passkeys.id').whereRef('passkeys.person_id', '=', 'people.id')),
        ]),
      )
      .executeTakeFirst();
    return owner !== undefined;
  }

  /** False, and nothing written, when it is known already. */
  async addPasskey(row: PasskeyRow): Promise<boolean> {
    const { numInsertedOrUpdatedRows } = await this.#db
      .insertInto('passkeys')
      .values(row)
      .onConflict((conflict) => conflict.column('credential_id').doNothing())
      .executeTakeFirst();
    return numInsertedOrUpdatedRows === 1n;
  }

  async passkey(credentialId: string): Promise<PasskeyRow | undefined> {
    return this.#db.selectFrom('passkeys').selectAll().where('credential_id', '=', credentialId).executeTakeFirst();
  }

  /** Notes a use; false when it was used meanwhile, or is gone. */
  async passkeyUsed({ id, counter: before }: PasskeyRow, counter: number, now: number): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable('passkeys')
      .set({ counter, last_used_at: now })
      .where('id', '=', id)
      .where('counter', '=', before)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  async renamePasskey(person: PersonId, id: string, name: string): Promise<PasskeyRow | undefined> {
    return this.#db
      .updateTable('passkeys')
      .set({ name })
      .where('id', '=', id)
      .where('person_id', '=', person)
      .returningAll()
      .executeTakeFirst();
  }

  /** False when the person has none such. */
  async removePasskey(person: PersonId, id: string): Promise<boolean> {
    const { numDeletedRows } = await this.#db
      .deleteFrom('passkeys')
      .where('id', '=', id)
      .where('person_id', '=', person)
      .executeTakeFirst();
    return numDeletedRows > 0n;
  }

  async passkeys(person: PersonId): Promise<PasskeyRow[]> {
    return this.#db
      .selectFrom('passkeys')
      .selectAll()
      .where('person_id', '=', person)
      .orderBy('created_at')
      .orderBy('id')
      .execute();
  }

  /** False, and nothing written, when somebody else has the login. */
  async setLogin(id: PersonId, login: string, passwordHash: string): Promise<boolean> {
    return this.#db.transaction().execute(async (tx) => {
      const other = await tx
        .selectFrom('people')
        .select('id')
        .where('login', '=', login)
        .where('id', '<>', id)
        .executeTakeFirst();
      if (other) return false;
      await tx.updateTable('people').set({ login, password_hash: passwordHash }).where('id', '=', id).execute();
      return true;
    });
  }

  /** With everything that hangs on the person, and what is out to sign the user in. Who it was, and the ids of the sessions. */
  async removeUser(user: UserId): Promise<{ person: PersonId | null; sessions: string[] }> {
    return this.#db.transaction().execute(async (tx) => {
      const sessions = await tx
        .selectFrom('person_sessions')
        .innerJoin('people', 'people.id', 'person_sessions.person_id')
        .select('person_sessions.id')
        .where('people.user_id', '=', user)
        .execute();
      await tx.deleteFrom('sign_in_links').where('user_id', '=', user).execute();
      const gone = await tx.deleteFrom('people').where('user_id', '=', user).returning('id').executeTakeFirst();
      return { person: gone?.id ?? null, sessions: sessions.map(({ id }) => id) };
    });
  }

  /** False, and nothing written, when the person is gone or `passwordHash`, where given, is not his any more. */
  async addSession(row: PersonSessionRow, passwordHash?: string): Promise<boolean> {
    return this.#db.transaction().execute(async (tx) => {
      const person = await tx
        .selectFrom('people')
        .select('password_hash')
        .where('id', '=', row.person_id)
        .executeTakeFirst();
      if (!person || (passwordHash !== undefined && person.password_hash !== passwordHash)) return false;
      await tx.insertInto('person_sessions').values(row).execute();
      return true;
    });
  }

  async session(by: 'id' | 'secret_hash', value: string): Promise<PersonSessionRow | undefined> {
    return this.#db.selectFrom('person_sessions').selectAll().where(by, '=', value).executeTakeFirst();
  }

  /** Those that are good still, the one that was used last first. */
  async sessions(person: PersonId, now: number, usedAfter: number): Promise<PersonSessionRow[]> {
    return this.#db
      .selectFrom('person_sessions')
      .selectAll()
      .where('person_id', '=', person)
      .where('expires_at', '>', now)
      .where('last_used_at', '>', usedAfter)
      .orderBy('last_used_at', 'desc')
      .orderBy('id')
      .execute();
  }

  async setLastUsed(id: string, now: number): Promise<void> {
    await this.#db.updateTable('person_sessions').set({ last_used_at: now }).where('id', '=', id).execute();
  }

  /** One session of the person, or all but one; the ids of those that are gone. */
  async removeSessions(person: PersonId, which: { only: string } | { but: string | null }): Promise<string[]> {
    let query = this.#db.deleteFrom('person_sessions').where('person_id', '=', person);
    if ('only' in which) query = query.where('id', '=', which.only);
    else if (which.but !== null) query = query.where('id', '<>', which.but);
    const rows = await query.returning('id').execute();
    return rows.map(({ id }) => id);
  }

  async addLink(row: SignInLinkRow): Promise<void> {
    await this.#db.insertInto('sign_in_links').values(row).execute();
  }

  async link(secretHash: string): Promise<SignInLinkRow | undefined> {
    return this.#db.selectFrom('sign_in_links').selectAll().where('secret_hash', '=', secretHash).executeTakeFirst();
  }

  /** Uses a link up: undefined when it is used up already, or never was. */
  async takeLink(secretHash: string): Promise<SignInLinkRow | undefined> {
    return this.#db.deleteFrom('sign_in_links').where('secret_hash', '=', secretHash).returningAll().executeTakeFirst();
  }

  /** Every link that is out for the user. */
  async removeLinks(user: UserId): Promise<void> {
    await this.#db.deleteFrom('sign_in_links').where('user_id', '=', user).execute();
  }

  /** Links and sessions that are over; sessions also when they were not used after then. Which sessions these were. */
  async removeExpired(now: number, usedAfter: number): Promise<string[]> {
    await this.#db.deleteFrom('sign_in_links').where('expires_at', '<=', now).execute();
    const rows = await this.#db
      .deleteFrom('person_sessions')
      .where(({ or, eb }) => or([eb('expires_at', '<=', now), eb('last_used_at', '<=', usedAfter)]))
      .returning('id')
      .execute();
    return rows.map(({ id }) => id);
  }
}
