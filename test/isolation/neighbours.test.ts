// What two people may come to share or to pass on: an address that both connect, one that the other connects later, a queue that is
// killed and goes on, sealed credentials that somebody moves between rows. Nobody gets what is the other's.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccountId } from '../../src/base/ids.ts';
import { MailboxReaders } from '../../src/store/mailbox-readers.ts';
import { canariesIn, canary } from '../support/canaries.ts';
import { eventually, startMailroom } from '../support/mailroom.ts';
import { connected, letter, upToDate } from '../support/pretend-gmail.ts';
import {
  addressOf,
  foundIn,
  mustBe,
  type Name,
  type Neighbourhood,
  type Person,
  startNeighbourhood,
} from '../support/three-people.ts';

let house: Neighbourhood;
let a: Person;
let b: Person;
let c: Person;
const SHARED = { email: 'shared@gmail.com', appPassword: 'abcdefghijklmnop' };

beforeAll(async () => {
  house = await startNeighbourhood({ ALLOW_SHARED_ADDRESS: 'true', INBOX_POLL_INTERVAL_SECONDS: '1' });
  ({ a, b, c } = house.people);
});
afterAll(() => house?.end());

const rest = (method: string, path: string, body?: unknown) => house.room.rest(method, path, body);

describe('a mailbox that two people connect', () => {
  let mine: string;
  let theirs: string;
  beforeAll(async () => {
    house.gmail.addUser(SHARED).deliver(letter('In common'));
    mine = await connected(house.room, SHARED, a.userId);
    theirs = await connected(house.room, SHARED, b.userId);
  });

  it('is two accounts with a queue, keys and names of their own', async () => {
    expect(mine).not.toBe(theirs);
    const mail = { to: 'amy@to.example', subject: 'Once each', body: 'The same.' };
    const sent = [];
    for (const idempotency_key of ['the-same-key', undefined])
      for (const account of [mine, theirs])
        sent.push(
          await mustBe(
            200,
            rest('POST', `/accounts/${account}/messages`, { ...mail, idempotency_key, body: `${idempotency_key}` }),
          ),
        );
    expect(sent.map(({ body }) => [body.status, body.duplicate])).toEqual(Array(4).fill(['sent', undefined]));
    expect(house.gmail.submissions.filter(({ raw }) => String(raw).includes('Once each'))).toHaveLength(4);
    const ids = new Set(sent.map(({ body }) => body.outbox_id));
    expect(ids.size).toBe(4);
    const queue = async (account: string) =>
      (await rest('GET', `/accounts/${account}/outbox`)).body.outbox as { outbox_id: string }[];
    const [own, others] = [await queue(mine), await queue(theirs)];
    expect([own.length, others.length]).toEqual([2, 2]);
    for (const { outbox_id } of others)
      for (const [method, path] of [
        ['POST', `/outbox/${outbox_id}/retry`],
        ['DELETE', `/outbox/${outbox_id}`],
      ] as const)
        expect((await a.key.rest(method, path)).status).toBe(404);
    await mustBe(200, rest('PATCH', `/accounts/${mine}`, { display_name: 'Only mine' }));
    expect((await rest('GET', `/accounts/${theirs}`)).body.display_name).toBe('');
    expect((await a.key.rest('GET', `/accounts/${theirs}`)).status).toBe(404);
    expect(
      (await a.key.rest('GET', '/accounts')).body.map((each: { account_id: string }) => each.account_id),
    ).not.toContain(theirs);
  });

  it('tells each of new mail once, and nobody whose own account stands still', async () => {
    const uri = `conversations://${SHARED.email}`;
    const heard: Record<string, string[]> = { a: [], b: [] };
    const clients = [];
    for (const person of [a, b]) {
      const client = await person.whole.client('2026-07-28');
      client.setNotificationHandler(
        'notifications/resources/updated',
        ({ params }) => void heard[person.name]!.push(params.uri),
      );
      await client.listen({ resourceSubscriptions: [uri] });
      clients.push(client);
    }
    await mustBe(200, rest('PATCH', `/accounts/${mine}`, { status: 'paused' }));
    house.gmail.user(SHARED.email).deliver(letter('Comes to one'));
    await eventually(async () => heard.b!.length > 0);
    await clients[0]!.listTools();
    expect(heard).toEqual({ a: [], b: [uri] });
    await mustBe(200, rest('PATCH', `/accounts/${mine}`, { status: 'active' }));
    await eventually(async () => heard.a!.length > 0);
    for (const client of clients) await client.close();
    const told = [];
    for (const account of [mine, theirs]) {
      await foundIn(house.room, account, 'subject:comes');
      told.push(
        (await rest('POST', `/accounts/${account}/fetch`)).body.new_messages.map(
          (each: { subject: string }) => each.subject,
        ),
      );
    }
    for (const subjects of told) expect(subjects).toContain('Comes to one');
  });

  it('stays the other’s when one takes it away', async () => {
    await mustBe(200, rest('DELETE', `/accounts/${mine}`));
    expect((await rest('GET', `/accounts/${theirs}/outbox`)).body.outbox).toHaveLength(2);
    await foundIn(house.room, theirs, 'subject:common');
    expect((await b.whole.rest('GET', `/messages?account=${SHARED.email}`)).status).toBe(200);
    expect((await a.whole.rest('GET', `/messages?account=${SHARED.email}`)).status).toBe(404);
  });
});

const plain = (value: unknown): string =>
  JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? String(each) : each)) ?? '';

/** Every canary that a mailbox file tells, by its account's id. */
function wordsOf(account: string): Set<string> {
  const readers = new MailboxReaders(join(house.folder, 'data'));
  try {
    const reader = readers.of(account as AccountId)!;
    const told = [];
    for (const key of reader.db.prepare('select key from messages').pluck().safeIntegers().all() as bigint[]) {
      told.push(plain(reader.read(key)));
    }
    for (const table of ['labels', 'people', 'participants', 'drafts'])
      told.push(plain(reader.db.prepare(`select * from ${table}`).all()));
    return new Set([...canariesIn(told.join('\n'))].map(({ word }) => word));
  } finally {
    readers.close();
  }
}

/** What in the rows does not fit its owner. */
function misfits(): string[] {
  const control = new SQLite(join(house.folder, 'data', 'control.sqlite'), { readonly: true });
  const names = new Map<string, string>();
  for (const { name, accounts } of Object.values(house.people))
    for (const [i, { id }] of accounts.entries()) names.set(id, `${name}${i + 1}`);
  const found: string[] = [];
  const none = (what: string, sql: string) => {
    const rows = control.prepare(sql).all();
    if (rows.length > 0) found.push(`${what}: ${JSON.stringify(rows)}`);
  };
  none(
    'grants',
    'select * from account_profiles g join accounts a on a.id = g.account_id where a.user_id <> g.user_id',
  );
  none(
    'recipients',
    'select * from profile_recipients r join accounts a on a.id = r.account_id where a.user_id <> r.user_id',
  );
  none('links', 'select * from connect_links l join accounts a on a.id = l.account_id where a.user_id <> l.user_id');
  none(
    'audit',
    "select * from audit u join accounts a on u.account_ids like '%' || a.id || '%' where u.user_id <> a.user_id",
  );
  none(
    'tokens',
    'select * from profile_tokens t left join profiles p on p.user_id = t.user_id and p.profile_id = t.profile_id where p.name is null',
  );
  none('mails', 'select * from outbox_mails m left join outbox o on o.id = m.outbox_id where o.id is null');
  const queued = control
    .prepare('select o.*, m.raw from outbox o left join outbox_mails m on m.outbox_id = o.id')
    .all();
  for (const { raw, ...row } of queued as { account_id: string; raw: Buffer | null }[]) {
    const owner = names.get(row.account_id);
    for (const { person, account, word } of canariesIn(`${JSON.stringify(row)} ${raw ?? ''}`))
      if (owner && `${person}${account}` !== owner) found.push(`outbox of ${owner}: ${word}`);
  }
  control.close();
  for (const [id, owner] of names)
    for (const word of wordsOf(id)) if (!word.startsWith(`cnry${owner}n`)) found.push(`mailbox of ${owner}: ${word}`);
  return found;
}

describe('queues of everybody', () => {
  it('that are killed and go on send each mail once from its own account, and no row has another owner', async () => {
    const { gmail } = house;
    const names: Name[] = ['a', 'b', 'c'];
    const mails = names.flatMap((name) =>
      ([1, 2] as const).flatMap((account) => [0, 1, 2].map((i) => ({ name, account, i }))),
    );
    // Some are refused for now, some answered late, some lost at the end: the rows are in every state when it dies.
    for (const name of names) {
      gmail.script.add(addressOf(name, 1), {
        kind: 'smtp-answer',
        stage: 'end',
        text: '451 4.3.0 Try later.',
        times: 1,
      });
      gmail.script.add(addressOf(name, 2), {
        kind: 'google-answer',
        operation: 'messages.send',
        status: 503,
        times: 1,
      });
    }
    const before = gmail.submissions.length;
    const calls = mails.map(({ name, account, i }) => {
      const word = canary(name, account, 8000 + i);
      const { id } = house.people[name].accounts[account - 1]!;
      const mail = { to: `${word}@to.example`, subject: word, body: word, idempotency_key: word };
      return rest('POST', `/accounts/${id}/messages`, mail).catch(() => null);
    });
    await eventually(async () => gmail.submissions.length >= before + 4);
    await house.room.end('SIGKILL');
    await Promise.all(calls);
    house.room = await startMailroom({ folder: house.folder, env: house.env });
    for (const each of Object.values(house.people)) each.wire.aim(house.room.url);
    const accounts = Object.values(house.people).flatMap((each) => each.accounts);
    await eventually(async () => {
      let open = 0;
      for (const { id } of accounts)
        for (const row of (await rest('GET', `/accounts/${id}/outbox?limit=100`)).body.outbox)
          if (row.status === 'queued') {
            open++;
            await rest('POST', `/outbox/${row.outbox_id}/retry`);
          }
      return open === 0;
    }, 30_000);
    for (const { id } of accounts) await upToDate(house.room, id);
    const seen = new Map<string, number>();
    for (const { from, raw } of gmail.submissions.slice(before)) {
      const owners = new Set([...canariesIn(String(raw))].map(({ person, account }) => `${person}${account}`));
      expect([...owners]).toHaveLength(1);
      const [word] = [...canariesIn(from)];
      expect([...owners]).toEqual([`${word!.person}${word!.account}`]);
      const subject = /^Subject: (\w+)/m.exec(String(raw))![1]!;
      seen.set(subject, (seen.get(subject) ?? 0) + 1);
    }
    expect([...seen].filter(([, times]) => times > 1)).toEqual([]);
    expect(misfits()).toEqual([]);
    expect(wordsOf(b.accounts[0].id)).toContain(b.accounts[0].mails[0]!.body);
  }, 90_000);
});

describe('an account that another person connects after its owner took it away', () => {
  it('brings the new owner nothing that was stored for the old one', async () => {
    const [old] = b.accounts;
    const box = house.gmail.user(old.address);
    const first = (await b.key.rest('GET', `/accounts/${old.id}/messages?q=in:anywhere&limit=1`)).body;
    await mustBe(200, rest('DELETE', `/accounts/${old.id}`));
    for (const { id } of box.truth()) box.remove(id);
    expect(readdirSync(join(house.folder, 'data', 'mailboxes')).filter((file) => file.includes(old.id))).toEqual([]);
    const anew = await connected(house.room, { email: old.address, appPassword: 'abcdefghijklmnop' }, c.userId);
    expect(anew).not.toBe(old.id);
    const path = `/accounts/${anew}`;
    for (const [each, empty] of [
      [`${path}/messages?q=in:anywhere`, 'messages'],
      [`${path}/conversations`, 'conversations'],
      [`${path}/outbox`, 'outbox'],
    ] as const)
      expect((await c.key.rest('GET', each)).body[empty], each).toEqual([]);
    expect(JSON.stringify((await c.key.rest('GET', `${path}/labels`)).body)).not.toMatch(/cnryb/);
    expect((await c.key.rest('GET', `${path}/contacts/${old.mails[0]!.sender}`)).status).toBe(404);
    for (const gone of [
      `/accounts/${old.id}`,
      `${path}/messages/${old.mails[0]!.id}`,
      `${path}/threads/${old.mails[0]!.threadId}`,
    ])
      expect((await c.key.rest('GET', gone)).status, gone).toBe(404);
    expect((await c.key.rest('POST', `/outbox/${old.outboxId}/retry`)).status).toBe(404);
    const place = encodeURIComponent(first.next_cursor);
    expect((await c.key.rest('GET', `${path}/messages?q=in:anywhere&limit=1&cursor=${place}`)).status).toBe(400);
    expect((await rest('GET', `/accounts/${anew}`)).body).toMatchObject({
      scope: 'all',
      profile_ids: [],
      display_name: '',
    });
    // The old owner has lost it, and b's key of a send is no key of c's.
    expect((await b.whole.rest('GET', `/messages?account=${old.address}`)).status).toBe(404);
    const again = { to: 'amy@to.example', subject: 'Anew', body: 'x', idempotency_key: canary('b', 1, 9007) };
    expect((await mustBe(200, rest('POST', `${path}/messages`, again))).body.duplicate).toBeUndefined();
    expect([...wordsOf(anew)]).toEqual([canary('b', 1, 9000)]);
    expect(b.wire.leaks).toEqual([]);
  });
});

describe('a sealed credential', () => {
  it('that was moved to another person’s row opens nothing, which is told, logged and kept, and no login is tried', async () => {
    const pairs = [
      [a.accounts[0].id, c.accounts[0].id],
      [a.accounts[1].id, c.accounts[1].id],
    ] as const;
    const swap = () => {
      const control = new SQLite(join(house.folder, 'data', 'control.sqlite'));
      const read = control.prepare('select wrapped_key, sealed from credentials where account_id = ?');
      const write = control.prepare(
        'update credentials set wrapped_key = @wrapped_key, sealed = @sealed where account_id = @id',
      );
      for (const [one, other] of pairs) {
        const [first, second] = [read.get(one), read.get(other)] as [object, object];
        write.run({ ...second, id: one });
        write.run({ ...first, id: other });
      }
      control.close();
    };
    await house.room.end();
    swap();
    const logins = house.gmail.log.length;
    house.room = await startMailroom({ folder: house.folder, env: house.env });
    for (const each of Object.values(house.people)) each.wire.aim(house.room.url);
    for (const [one, other] of pairs)
      for (const id of [one, other]) {
        const { status, body } = await rest('POST', `/accounts/${id}/fetch`);
        expect([status, body.code], JSON.stringify(body)).toEqual([503, 'unavailable']);
      }
    const word = 'a stored credential does not open';
    await eventually(async () => house.room.log.some((line) => line.toLowerCase().includes(word)));
    const tried = house.gmail.log.slice(logins).filter(({ line }) => /LOGIN|AUTH/.test(line));
    const moved = Object.values({ a, c }).map(({ accounts }) => accounts[0].address);
    expect(tried.filter(({ email }) => moved.includes(email))).toEqual([]);
    const { body: rows } = await rest('GET', `/audit?user_id=${a.userId}&limit=20`);
    expect(
      rows.some(
        (row: { called: string; outcome: string }) => row.called.endsWith('/fetch') && row.outcome === 'unavailable',
      ),
    ).toBe(true);
    await house.room.end();
    swap();
    house.room = await startMailroom({ folder: house.folder, env: house.env });
    await mustBe(200, rest('POST', `/accounts/${a.accounts[0].id}/fetch`));
  }, 60_000);
});
