// Changing the key under which everything is sealed, while calls go on: a new key beside the old, every value wrapped anew, then the
// old key put aside. Whatever ends it in the middle, all keys that are still needed are in the ring. Knows no door.
import { setImmediate as breath, setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../base/errors.ts';
import type { SealedRow, SealedRows, SealedTable } from '../store/sealed-rows.ts';
import type { KeyRing } from './key-files.ts';
import { keyId, type Vault } from './vault.ts';

const AT_ONCE = 100;
/** What was sealed just before the ring changed is in the store by then. */
const LAST_LOOK_AFTER_MS = 1000;
const MOST_NAMED = 50;

export interface Rotated {
  /** The key that everything is sealed under from now on. */
  readonly writing: string;
  /** Whether it was made now. */
  readonly made: boolean;
  readonly tables: Readonly<Record<string, TableRotated>>;
  /** Keys that seal nothing any more. */
  readonly notNeeded: readonly string[];
  /** Where a key that was put aside lies, when it lay in a file. */
  readonly putAside: readonly string[];
}

interface TableRotated {
  readonly rewrapped: number;
  /** Were under the key that writes already. */
  readonly already: number;
  /** Do not open with the key that they name: moved, changed, or their key is not given. The first of them. */
  readonly unopenable: readonly string[];
}

export class KeyRotation {
  readonly #vault: Vault;
  readonly #rows: SealedRows;
  readonly #ring: KeyRing | null;
  readonly #now: () => number;
  #running: Promise<Rotated> | null = null;

  /** `ring`: the file of the keys; null when the environment gives them. */
  constructor(vault: Vault, rows: SealedRows, ring: KeyRing | null, now: () => number = Date.now) {
    this.#vault = vault;
    this.#rows = rows;
    this.#ring = ring;
    this.#now = now;
  }

  /** Who asks while it runs waits for the same. Throws `conflict` when there is no other key to go to. */
  rotate(): Promise<Rotated> {
    this.#running ??= this.#rotate().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /** Notes since when the keys of the ring are in use here, those that are new to it. */
  async note(): Promise<void> {
    await this.#rows.noteKeys(this.#vault.keyIds(), this.#now());
  }

  /**
   * The ring, the one that writes first, and how many values each key seals; also keys that are not given. `since`: when it was
   * first given here, in epoch milliseconds.
   */
  keys(): { id: string; given: boolean; sealed: number; since: number | null }[] {
    const given = this.#vault.keyIds();
    const counts = new Map(given.map((id) => [id, 0]));
    for (const table of this.#rows.tables())
      for (const [id, count] of this.#rows.counts(table)) counts.set(id, (counts.get(id) ?? 0) + count);
    const since = this.#rows.keysSince();
    return [...counts].map(([id, sealed]) => ({
      id,
      given: given.includes(id),
      sealed,
      since: since.get(id) ?? null,
    }));
  }

  /** Resolves when none is under way. */
  async quiet(): Promise<void> {
    await this.#running?.catch(() => undefined);
  }

  async #rotate(): Promise<Rotated> {
    const made = this.#begin();
    await this.note();
    const [writing = ''] = this.#vault.keyIds();
    const tables = this.#rows.tables();
    const already = new Map(tables.map((each) => [each.table, this.#rows.counts(each).get(writing) ?? 0]));
    const done = new Map<string, { rewrapped: number; unopenable: string[] }>();
    for (const { table } of tables) done.set(table, { rewrapped: 0, unopenable: [] });
    for (let changed = -1; changed !== 0; ) {
      if (changed > 0) await delay(LAST_LOOK_AFTER_MS);
      changed = 0;
      for (const table of tables) {
        const { rewrapped, unopenable } = await this.#pass(table, writing);
        const sum = done.get(table.table)!;
        done.set(table.table, { rewrapped: sum.rewrapped + rewrapped, unopenable });
        changed += rewrapped;
      }
    }
    const notNeeded = this.keys().filter(({ id, given, sealed }) => given && id !== writing && sealed === 0);
    const ids = notNeeded.map(({ id }) => id);
    return {
      writing,
      made,
      tables: Object.fromEntries(
        [...done].map(([table, each]) => [table, { ...each, already: already.get(table) ?? 0 }]),
      ),
      notNeeded: ids,
      putAside: this.#putAside(ids),
    };
  }

  /** A new key that writes, unless there is one already to which a rotation before was on its way. */
  #begin(): boolean {
    if (this.#vault.keyIds().length > 1) return false;
    if (!this.#ring)
      throw new AppError('conflict', 'ENCRYPTION_KEY gives one key only, so there is none to change to.', {
        hint: 'Put a new key first (openssl rand -base64 32 makes one), the present one behind a comma, restart, and give this command again.',
      });
    this.#vault.useRing(this.#ring.addFirst());
    return true;
  }

  #putAside(ids: readonly string[]): string[] {
    if (!this.#ring || ids.length === 0) return [];
    const { kept, paths } = this.#ring.putAside((key) => ids.includes(keyId(key)));
    this.#vault.useRing(kept);
    return paths;
  }

  async #pass(table: SealedTable, writing: string): Promise<{ rewrapped: number; unopenable: string[] }> {
    const unopenable: string[] = [];
    let rewrapped = 0;
    let after: SealedRow | null = null;
    for (;;) {
      const rows: SealedRow[] = await this.#rows.under(writing, table, after, AT_ONCE);
      const last = rows.at(-1);
      if (!last) return { rewrapped, unopenable };
      after = last;
      const changes: (readonly [SealedRow, string])[] = [];
      for (const row of rows) {
        const rowId = row.names.join(' ');
        const fresh = this.#vault.rewrap(row.wrappedKey, { table: table.table, rowId }, table.fields);
        if (fresh !== null) changes.push([row, fresh]);
        else if (unopenable.length < MOST_NAMED) unopenable.push(rowId);
      }
      if (changes.length > 0) rewrapped += await this.#rows.rewrap(table, changes);
      // Others have their turn.
      await breath();
    }
  }
}
