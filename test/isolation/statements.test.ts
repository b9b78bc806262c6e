// Each statement over a table that holds several people's rows: it is bound to its person, and each such binding is needed. Every
// binding is taken out of every statement, one at a time, and something that is asked or done for one person has to differ then.
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ControlStore } from '../../src/store/control.ts';
import { newFolder, removeFolder } from '../support/mailroom.ts';
import { DEEDS, OF_THE_HOUSE } from './control-deeds.ts';
import { beginAudit, furnish } from './control-rows.ts';

/** Tables with rows of several people, and how a row names its person. */
const TENANT_TABLES = [
  ...['accounts', 'credentials', 'profiles', 'profile_tokens', 'account_profiles', 'outbox', 'outbox_mails'],
  ...['connect_links', 'profile_sends', 'profile_recipients', 'service_keys', 'audit'],
  ...['people', 'person_sessions', 'sign_in_links', 'passkeys', 'oauth_rows', 'activity'],
];
const BINDING =
  /(?:"?\w+"?\.)?(?:"|\b)(?:user_id|person_id|profile_id|account_id|outbox_id|credential_id|id|sealed|\w+_hash|idempotency_key)"? (?:(?:=|<>) \?|= (?:"\w+"\."\w+"|\w+\.\w+)|in \([?, ]+\))/g;

/** Statements of deeds for one person that look at everybody, by design. */
const LOOKS_AT_ALL: readonly RegExp[] = [
  // Whether somebody has the address already.
  /^select "user_id" from "accounts" where "email" = \?$/,
  // What is older than a day counts for nobody.
  /^delete from "profile_sends" where "sent_at" <= \?$/,
  // A row that was read for this person just before.
  /^(update "audit" set .*|select "hash" from "audit") where "seq" = \?$/,
  // How far back there are rows; those that are told are bound.
  /^select "seq" from "audit" where "seq" < \? order by "seq" desc limit \?$/,
  // An address is one person's in the whole house.
  /^select \* from "people" where "login" = \?$/,
];

const folder = newFolder();
const real = SQLite.prototype.prepare;
/** What a statement becomes, and who looks on. */
let mutate: (sql: string) => string = (sql) => sql;
let copies = 0;

beforeAll(async () => {
  vi.spyOn(SQLite.prototype, 'prepare').mockImplementation(function (this: SQLite.Database, sql: string) {
    return real.call(this, mutate(sql));
  });
  const pragma = SQLite.prototype.pragma;
  // Nothing here has to outlast the power; the disk is left in peace.
  vi.spyOn(SQLite.prototype, 'pragma').mockImplementation(function (this: SQLite.Database, source: string, ...rest) {
    return pragma.call(this, source.replace('synchronous = FULL', 'synchronous = OFF'), ...rest);
  });
  for (const [name, people] of Object.entries(WORLDS)) {
    const store = await ControlStore.open(join(folder, name));
    await beginAudit(store);
    await furnish(store, people);
    await store.audit.end();
    await store.close();
    // No statement writes such a row: another person's agent named for an account of the one who asks.
    const file = new SQLite(join(folder, name, 'control.sqlite'));
    file.pragma('foreign_keys = OFF');
    file.exec(`insert into account_profiles (account_id, user_id, profile_id) values ('acc-m-2', 'user-b', 'bot')`);
    const passkey =
      file.prepare(`insert into passkeys (id, person_id, credential_id, public_key, counter, transports, name,
      created_at, last_used_at) values ('pky-' || @who, 'per-' || @who, 'cred-' || @who, x'00', 0, '', 'canary', 1, 1)`);
    for (const who of people) passkey.run({ who });
    file.close();
  }
});
afterEach(() => {
  mutate = (sql) => sql;
});
afterAll(() => {
  vi.restoreAllMocks();
  removeFolder(folder);
});

const WORLDS = { alone: ['m'], together: ['b', 'm', 'z'] } as const;

/** What one deed answers, and the rows that each person has after it. */
async function outcomeOf(world: keyof typeof WORLDS, deed: (store: ControlStore) => Promise<unknown>, change = mutate) {
  const dir = join(folder, `${copies++}`);
  mkdirSync(dir);
  copyFileSync(join(folder, world, 'control.sqlite'), join(dir, 'control.sqlite'));
  const store = await ControlStore.open(dir);
  await beginAudit(store);
  mutate = change;
  const answer = await deed(store).catch((error: unknown) => `failed: ${String(error)}`);
  mutate = (sql) => sql;
  await store.close();
  const file = new SQLite(join(dir, 'control.sqlite'), { readonly: true });
  const tables = file.prepare("select name from sqlite_schema where type = 'table'").pluck().all() as string[];
  const rows = tables
    .filter((table) => TENANT_TABLES.includes(table) && table !== 'audit')
    .flatMap((table) =>
      file
        .prepare(`select * from ${table}`)
        .all()
        .map((row) => `${table} ${JSON.stringify(row)}`),
    );
  file.close();
  removeFolder(dir);
  const others = rows.filter(isOthers).toSorted();
  return { answer: JSON.stringify(answer) ?? '', own: rows.filter((row) => !isOthers(row)).toSorted(), others };
}
const OTHERS = /(user|acc|tok|out|lnk|key|per|ses|sig|pky|oau)-[bz]\b/;

/** A grant of an account goes with the account, whoever is named in it. */
const isOthers = (row: string): boolean => OTHERS.test(row) && !row.includes('"acc-m');

const methodsOf = (store: ControlStore): string[] =>
  Object.entries({ control: store, ...store }).flatMap(([name, rows]) =>
    Object.getOwnPropertyNames(Object.getPrototypeOf(rows))
      .filter((each) => each !== 'constructor')
      .map((each) => `${name}.${each}`),
  );

const reads = (sql: string, table: string): boolean => new RegExp(`\\b(from|join|into|update) "?${table}\\b`).test(sql);

const deeds = Object.entries(DEEDS).flatMap(([name, all]) =>
  all.map((deed, i) => ({ name: `${name} ${i + 1}`, deed })),
);

describe('control.sqlite', () => {
  it('has no method that is neither tried here for one person nor named as the house’s', async () => {
    const store = await ControlStore.open(join(folder, 'together'));
    const known = new Set([...Object.keys(DEEDS), ...Object.keys(OF_THE_HOUSE)]);
    expect(methodsOf(store).filter((each) => !known.has(each))).toEqual([]);
    await store.close();
  });

  it('has no table that is neither known to hold several people’s rows nor to hold none', async () => {
    const file = new SQLite(join(folder, 'together', 'control.sqlite'), { readonly: true });
    const tables = file.prepare("select name from sqlite_schema where type = 'table'").pluck().all() as string[];
    file.close();
    const ofNobody = /^(sqlite_|kysely_|audit_|erasures$|encryption_keys$)/;
    expect(tables.filter((each) => !TENANT_TABLES.includes(each) && !ofNobody.test(each))).toEqual([]);
  });

  it('answers and does the same for one person whoever else is there, and touches nobody else’s rows', async () => {
    const untouched = await outcomeOf('together', async () => null);
    expect(untouched.others.length).toBeGreaterThan(20);
    for (const { name, deed } of deeds) {
      const together = await outcomeOf('together', deed);
      const alone = await outcomeOf('alone', deed);
      expect(together.answer, name).toBe(alone.answer);
      expect(together.own, name).toEqual(alone.own);
      expect(together.others, name).toEqual(untouched.others);
    }
  }, 60_000);

  it('needs each binding of each statement to its person: without any one of them somebody notices', async () => {
    const untouched = await outcomeOf('together', async () => null);
    const alone = new Map<string, Awaited<ReturnType<typeof outcomeOf>>>();
    const used = new Map<string, typeof deeds>();
    for (const each of deeds) {
      alone.set(each.name, await outcomeOf('alone', each.deed));
      await outcomeOf('together', each.deed, (sql) => {
        used.set(sql, [...(used.get(sql) ?? []), each]);
        return sql;
      });
    }
    const unbound: string[] = [];
    const survivors: string[] = [];
    let killed = 0;
    for (const [sql, users] of used) {
      const isInsert = /^\s*insert/.test(sql) && !/\swhere /.test(sql);
      if (isInsert || !TENANT_TABLES.some((table) => reads(sql, table))) continue;
      if (LOOKS_AT_ALL.some((each) => each.test(sql))) continue;
      const start = sql.search(/\s(where|on) /);
      // What only puts rows in order binds none.
      const bindings = [...sql.matchAll(BINDING)].filter(
        ({ index }) => start >= 0 && index > start && !sql.slice(0, index).endsWith('order by '),
      );
      if (bindings.length === 0) unbound.push(sql);
      for (const { 0: text, index } of bindings) {
        const without = text.includes('?')
          ? `(1 = 1 or coalesce(null, ${text.replace(/[^?,]/g, '').replaceAll(',', ', ') || '?'}) is null)`
          : '1 = 1';
        const mutant = sql.slice(0, index) + without + sql.slice(index + text.length);
        let noticed = false;
        for (const { name, deed } of users) {
          const { answer, own, others } = await outcomeOf('together', deed, (each) => (each === sql ? mutant : each));
          const known = alone.get(name)!;
          const same = answer === known.answer && String(own) === String(known.own);
          noticed = !same || String(others) !== String(untouched.others);
          if (noticed) break;
        }
        if (noticed) killed++;
        else survivors.push(`${text} in ${sql}`);
      }
    }
    expect(unbound).toEqual([]);
    expect(survivors).toEqual([]);
    expect(killed).toBeGreaterThan(100);
  }, 120_000);
});
