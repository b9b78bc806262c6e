// Mails on their way out, in control.sqlite: what was meant, what became of it. Knows no server and no time of its own.
import type { ExpressionBuilder, Insertable, Kysely, Selectable, Updateable } from 'kysely';
import { AppError, notFound } from '../base/errors.ts';
import type { AccountId, OutboxId } from '../base/ids.ts';
import { GroupedWrites } from './grouped-writes.ts';
import type { ControlTables } from './migrations/control.ts';
import type { OutboxState } from './migrations/outbox.ts';
import { countSending, type Sending } from './send-limits.ts';

export type { OutboxState } from './migrations/outbox.ts';
export type OutboxRow = Selectable<ControlTables['outbox']>;
export type OutboxIntent = Insertable<ControlTables['outbox']>;
export type OutboxChanges = Updateable<ControlTables['outbox']>;

/** How an intent was taken. Of all but `new` the row is an earlier one. */
export interface Submitted {
  readonly how: 'new' | 'same' | 'conflict' | 'duplicate';
  readonly row: OutboxRow;
}

export class OutboxRows {
  readonly #db: Kysely<ControlTables>;
  readonly #writes: GroupedWrites;

  constructor(db: Kysely<ControlTables>) {
    this.#db = db;
    this.#writes = new GroupedWrites(db);
  }

  /**
   * Commits an intent with its mail, unless its key is taken (`same` request or `conflict`) or the account has a row of the
   * same content that did not fail, made since `guardedSince` (`duplicate`; null: no guard). What is new counts for the limits
   * of who sends it (null: nobody's). Throws `rate_limited` when they are reached, `unavailable` when the disk does not take
   * it; nothing is written then.
   */
  async submit(
    intent: OutboxIntent,
    raw: Uint8Array,
    guardedSince: number | null,
    sending: Sending | null = null,
  ): Promise<Submitted> {
    const submitted = this.#writes.write(async (tx): Promise<Submitted | AppError> => {
      const rows = tx.selectFrom('outbox').selectAll().where('account_id', '=', intent.account_id);
      if (intent.idempotency_key != null) {
        const row = await rows.where('idempotency_key', '=', intent.idempotency_key).executeTakeFirst();
        if (row) return { how: row.request_hash === intent.request_hash ? 'same' : 'conflict', row };
      } else if (guardedSince !== null) {
        const row = await rows
          .where('content_hash', '=', intent.content_hash)
          .where('created_at', '>', guardedSince)
          .where('state', '<>', 'failed')
          .orderBy('position', 'desc')
          .executeTakeFirst();
        if (row) return { how: 'duplicate', row };
      }
      const row = await tx.insertInto('outbox').values(intent).returningAll().executeTakeFirstOrThrow();
      const refused = sending && (await countSending(tx, sending));
      if (refused) {
        await tx.deleteFrom('outbox').where('id', '=', row.id).execute();
        return refused;
      }
      await tx.insertInto('outbox_mails').values({ outbox_id: row.id, raw }).execute();
      return { how: 'new', row };
    });
    const taken = await submitted.catch((error: unknown) => Promise.reject(refusal(error) ?? error));
    if (taken instanceof AppError) throw taken;
    return taken;
  }

  async find(id: OutboxId): Promise<OutboxRow | undefined> {
    return this.#db.selectFrom('outbox').selectAll().where('id', '=', id).executeTakeFirst();
  }

  async byKey(account: AccountId, key: string): Promise<OutboxRow | undefined> {
    return this.#db
      .selectFrom('outbox')
      .selectAll()
      .where('account_id', '=', account)
      .where('idempotency_key', '=', key)
      .executeTakeFirst();
  }

  /** The newest first, those before `before` (a position). */
  async list(account: AccountId, limit: number, before: number | null): Promise<OutboxRow[]> {
    let query = this.#db.selectFrom('outbox').selectAll().where('account_id', '=', account);
    if (before !== null) query = query.where('position', '<', before);
    return query.orderBy('position', 'desc').limit(limit).execute();
  }

  async mailOf(id: OutboxId): Promise<Uint8Array | undefined> {
    const row = await this.#db.selectFrom('outbox_mails').select('raw').where('outbox_id', '=', id).executeTakeFirst();
    return row?.raw;
  }

  /**
   * Changes a row that is in one of these states; false, and nothing changed, when it is not. With `sent` its bytes go: they
   * are needed no more.
   */
  async change(id: OutboxId, from: readonly OutboxState[], changes: OutboxChanges): Promise<boolean> {
    return this.#writes.write(async (tx) => {
      const { numUpdatedRows } = await tx
        .updateTable('outbox')
        .set(changes)
        .where('id', '=', id)
        .where('state', 'in', from)
        .executeTakeFirst();
      if (numUpdatedRows > 0n && changes.state === 'sent')
        await tx.deleteFrom('outbox_mails').where('outbox_id', '=', id).execute();
      return numUpdatedRows > 0n;
    });
  }

  /** Takes a row away unless it is in one of these states. */
  async remove(id: OutboxId, unless: readonly OutboxState[]): Promise<boolean> {
    const { numDeletedRows } = await this.#db
      .deleteFrom('outbox')
      .where('id', '=', id)
      .where('state', 'not in', unless)
      .executeTakeFirst();
    return numDeletedRows > 0n;
  }

  /** The account's mail to be tried first. */
  async toTry(account: AccountId, now: number): Promise<OutboxRow | undefined> {
    return this.#db
      .selectFrom('outbox')
      .selectAll()
      .where('account_id', '=', account)
      .where('state', '=', 'queued')
      .where('next_at', '<=', now)
      .orderBy('position')
      .limit(1)
      .executeTakeFirst();
  }

  /** Of all accounts, by state. */
  async counts(): Promise<ReadonlyMap<OutboxState, number>> {
    const rows = await this.#db
      .selectFrom('outbox')
      .select(({ fn }) => ['state', fn.countAll<number>().as('count')])
      .groupBy('state')
      .execute();
    return new Map(rows.map(({ state, count }) => [state, count]));
  }

  /** All of the account's that wait, the oldest first. */
  async waiting(account: AccountId): Promise<Pick<OutboxRow, 'id' | 'created_at'>[]> {
    return this.#db
      .selectFrom('outbox')
      .select(['id', 'created_at'])
      .where('account_id', '=', account)
      .where('state', '=', 'queued')
      .orderBy('position')
      .execute();
  }

  /** None of the account's mail is tried before `until`. */
  async holdBack(account: AccountId, until: number, reason: string): Promise<void> {
    await this.#db
      .updateTable('outbox')
      .set({ next_at: until, reason })
      .where('account_id', '=', account)
      .where('state', '=', 'queued')
      .where('next_at', '<', until)
      .execute();
  }

  /** All of the account's mail that waits is to be tried now. */
  async hasten(account: AccountId, now: number): Promise<void> {
    await this.#db
      .updateTable('outbox')
      .set({ next_at: now })
      .where('account_id', '=', account)
      .where('state', '=', 'queued')
      .where('next_at', '>', now)
      .execute();
  }

  /** Accounts with something to do by `now`, and whether that is a try or a look for copies in Sent. */
  async due(now: number): Promise<{ account_id: AccountId; what: 'try' | 'look' }[]> {
    const rows = await this.#db
      .selectFrom('outbox')
      .select(['account_id', 'state'])
      .where('next_at', '<=', now)
      .groupBy(['account_id', 'state'])
      .orderBy(({ fn }) => fn.min('next_at'))
      .execute();
    return rows.map(({ account_id, state }) => ({ account_id, what: state === 'queued' ? 'try' : 'look' }));
  }

  /** When something is to be done next, later than `now`; null when nothing is. */
  async nextAfter(now: number): Promise<number | null> {
    const row = await this.#db
      .selectFrom('outbox')
      .select(({ fn }) => fn.min('next_at').as('at'))
      .where('next_at', '>', now)
      .executeTakeFirst();
    return row?.at ?? null;
  }

  /** The account's mails whose copy in Sent has not been seen, though its id may be known. */
  async unseen(account: AccountId): Promise<OutboxRow[]> {
    return this.#db.selectFrom('outbox').selectAll().where('account_id', '=', account).where(isUnseen).execute();
  }

  /** Whether a mail at the server is the copy of another row of the account. */
  async isTaken(messageId: string, { id, account_id }: OutboxRow): Promise<boolean> {
    const row = await this.#db
      .selectFrom('outbox')
      .select('id')
      .where('account_id', '=', account_id)
      .where('message_id', '=', messageId)
      .where('id', '<>', id)
      .executeTakeFirst();
    return row !== undefined;
  }

  /** Accounts with such mails. */
  async expecting(): Promise<AccountId[]> {
    const rows = await this.#db.selectFrom('outbox').select('account_id').distinct().where(isUnseen).execute();
    return rows.map((row) => row.account_id);
  }

  /**
   * What a process that ended left with its last bytes on the way is `unknown` and looked for until `lookUntil`. Whatever
   * else it had under way nobody has taken, and it is queued still.
   */
  async recover(now: number, lookUntil: number, reason: string): Promise<void> {
    await this.#db
      .updateTable('outbox')
      .set({ state: 'unknown', next_at: now, look_until: lookUntil, settled_at: now, reason })
      .where('state', '=', 'leaving')
      .execute();
  }

  /** Takes rows away that were settled before `before`. */
  async forget(before: number): Promise<void> {
    await this.#db.deleteFrom('outbox').where('settled_at', '<', before).execute();
  }
}

const isUnseen = ({ and, or, eb }: ExpressionBuilder<ControlTables, 'outbox'>) =>
  and([eb('state', 'in', ['sent', 'unknown']), or([eb('message_id', 'is', null), eb('next_at', 'is not', null)])]);

/** What SQLite refused, in our words; null for what it did not refuse for the disk or the account. */
function refusal(cause: unknown): AppError | null {
  const { code = '', message = '' } = cause as { code?: string; message?: string };
  if (code === 'SQLITE_CONSTRAINT_FOREIGNKEY') return notFound('There is no such account.', 'It was removed just now.');
  // After some failures SQLite has rolled back by itself, and that it did hides why.
  if (code !== 'SQLITE_FULL' && !code.startsWith('SQLITE_IOERR') && !/no transaction is active/.test(message))
    return null;
  return new AppError('unavailable', 'The disk does not take the mail, so it was not sent.', {
    hint: 'Free some space where DATA_DIR lies, then send it again.',
    cause,
  });
}
