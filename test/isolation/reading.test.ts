// Reading beside others: search, its counts, hints and order; resources and completions in every form of address; attachments and
// what their answers give away. Another person's corpus shows in none of them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Agent, newAgent } from '../support/agent.ts';
import { ask, steady } from '../support/raw-request.ts';
import { mustBe, type Neighbourhood, type Person, startNeighbourhood } from '../support/three-people.ts';
import { callAs, idsOf, NOWHERE, without } from './ids.ts';

let house: Neighbourhood;
let a: Person;
let b: Person;
let narrowed: Record<string, Agent>;

beforeAll(async () => {
  house = await startNeighbourhood({}, { mails: 6 });
  ({ a, b } = house.people);
  narrowed = {};
  // One narrowed to a mail by its label, of each kind of account: the copies of both are looked at through views.
  for (const [i, account] of a.accounts.entries()) {
    const asks = { only: { labels: [account.mails[1]!.label] } };
    const made = await newAgent(house.room, { user: a.userId, profile: `narrow${i}`, asks });
    if (i === 1) await mustBe(200, house.room.rest('PUT', `/accounts/${account.id}/scope`, { scope: 'all' }));
    narrowed[i === 0 ? 'password' : 'google'] = house.behind('a', made.token);
  }
});
afterAll(() => house?.end());

/** Without the token of the next page, which is bound to the words that were asked. */
const search = async (agent: Agent, query: string) =>
  (await callAs(agent, a.wire.url, 'gmail_search', { query })).replace(/next_page_token"?: ?"?[\w-]*/g, '');

/** What can be asked with a word. `rare` stands for one that only b's mail has, or nobody's. */
const QUERIES: readonly string[] = [
  'rare',
  '-rare',
  'commonword -rare',
  'commonword OR rare',
  '{commonword rare}',
  '(commonword rare)',
  'subject:rare',
  'from:rare',
  'to:rare',
  'cc:rare',
  'label:rare',
  'filename:rare',
  'filename:rare.txt',
  'rfc822msgid:rare@rare.example',
  'deliveredto:rare@gmail.com',
  'in:anywhere rare',
  'in:anywhere -{rare}',
  'has:attachment rare',
  '"commonword rare"',
  'commonword AROUND 5 rare',
  '+rare',
  'rare*',
  'rar?',
  'list:rare',
  'after:2020/1/1 rare',
  'size:1 rare',
];

describe('search', () => {
  it('answers as if a word that only another person has were nobody’s, by every operator', async () => {
    const theirs = [b.accounts[0].mails[0]!.body];
    for (const agent of [a.whole, ...Object.values(narrowed)])
      for (const query of QUERIES)
        for (const word of theirs) {
          // A word of the same length that nobody ever wrote.
          const nobodys = 'q'.repeat(word.length);
          const [one, other] = await Promise.all(
            [word, nobodys].map(async (each) => without(await search(agent, query.replaceAll('rare', each)), [each])),
          );
          expect(one, query).toBe(other);
        }
    expect(a.wire.leaks).toEqual([]);
  }, 120_000);

  it('finds, counts and orders the same whatever comes to others', async () => {
    const { address } = b.accounts[0];
    const asked = async () => {
      const told = [];
      for (const query of ['commonword', 'commonword%20OR%20attached', ''])
        for (const path of [`/messages?q=${query}`, `/messages?sort=relevance&q=${query}`, '/conversations'])
          for (const account of a.accounts)
            told.push(
              steady(
                (
                  await ask(a.wire.url, 'GET', `${path}${path.includes('?') ? '&' : '?'}account=${account.address}`, {
                    token: a.whole.token,
                  })
                ).text,
              ),
            );
      // Page tokens say when they were given out.
      return told.map((each) => each.replace(/"next_cursor":"[^"]*"/g, ''));
    };
    const before = await asked();
    for (const each of before) expect(each).toContain('cnrya');
    // Many short mails full of the common word would move the weight of it, were the corpus one.
    for (let i = 0; i < 40; i++)
      house.gmail
        .user(address)
        .deliver(
          `From: x@x.example\r\nTo: ${address}\r\nSubject: commonword ${i}\r\n\r\ncommonword attached commonword\r\n`,
        );
    await mustBe(200, house.room.rest('POST', `/accounts/${b.accounts[0].id}/fetch?limit=50`));
    const found = await house.room.rest('GET', `/accounts/${b.accounts[0].id}/messages?q=subject:commonword&limit=50`);
    expect(found.body.messages.length).toBeGreaterThan(40);
    expect(await asked()).toEqual(before);
  });
});

describe('resources', () => {
  const rpc = async (agent: Agent, method: string, params: object) =>
    (
      await ask(a.wire.url, 'POST', '/mcp', {
        token: agent.token,
        body: { jsonrpc: '2.0', id: 1, method, params },
        headers: { accept: 'application/json, text/event-stream' },
      })
    ).text;
  /** The ways to write an address; `id` is an account or its address. */
  const forms = (id: string, email: string): string[] => {
    const every = [...id].map((sign) => `%${sign.charCodeAt(0).toString(16)}`).join('');
    const own = a.accounts[0].id;
    const accounts = [id, id.toUpperCase(), every, encodeURIComponent(encodeURIComponent(id)), ` ${id}`, `${id}%00`];
    return [
      ...accounts.flatMap((each) => [`conversations://${each}`, `contacts://${each}`, `messages://${each}/${email}`]),
      `messages://${own}%2f..%2f${id}/${email}`,
      `messages://${own}/../${id}/${email}`,
      `conversations://${own}/../${id}`,
      `conversations://${own}@${id}`,
      `conversations://${own}#${id}`,
      `conversations://${own}?account_id=${id}`,
      `CONVERSATIONS://${id}/`,
      `attachment://${id}/1`,
      `messages://${own}/${email}`,
      `mail://${id}`,
    ];
  };

  it('of another person are as unknown as what never was, however the address is written', async () => {
    const [first, second] = b.accounts;
    for (const agent of [a.whole, narrowed.google!])
      for (const [account, foreign, unknown] of [
        [first, first.id, NOWHERE.account],
        [second, second.address, NOWHERE.address],
      ] as const) {
        const [own, nobody] = [account.mails[0]!.sender, NOWHERE.person];
        const others = forms(unknown, nobody);
        for (const [i, uri] of forms(foreign, own).entries())
          for (const method of agent === a.whole ? ['resources/read', 'resources/subscribe'] : ['resources/read']) {
            const one = await rpc(agent, method, { uri });
            const other = await rpc(agent, method, { uri: others[i] });
            const ids = [uri, others[i]!, foreign, unknown, own, nobody].flatMap((each) => [
              each,
              encodeURIComponent(each),
            ]);
            expect(without(one, ids), uri).toBe(without(other, ids));
          }
      }
    expect(a.wire.leaks).toEqual([]);
  }, 120_000);

  it('that are listed, templates, prompts and completions name only what is the caller’s own', async () => {
    const refs = [
      ...['conversations://{account_id}', 'contacts://{account_id}', 'messages://{account_id}/{email}'].flatMap((uri) =>
        ['account_id', 'email'].map((name) => [{ type: 'ref/resource', uri }, name] as const),
      ),
      ...['triage_inbox', 'catch_up_on_thread'].flatMap((prompt) =>
        ['account', 'thread_id'].map((name) => [{ type: 'ref/prompt', name: prompt }, name] as const),
      ),
    ];
    const theirs = [...idsOf('b1', b.accounts[0])].map(({ foreign }) => foreign);
    for (const agent of [a.whole, a.key, narrowed.google!]) {
      for (const method of ['resources/list', 'resources/templates/list', 'prompts/list', 'tools/list'])
        expect(await rpc(agent, method, {})).toContain('result');
      expect(await rpc(agent, 'resources/list', { cursor: 'AAAA' })).not.toMatch(/cnryb/);
      for (const [ref, name] of refs)
        for (const value of ['', 'cnry', 'acc_', ...theirs.slice(0, 3).map((each) => each.slice(0, 6))])
          for (const account of [a.accounts[0].id, b.accounts[1].address]) {
            const context = account ? { context: { arguments: { account_id: account, account } } } : {};
            await rpc(agent, 'completion/complete', { ref, argument: { name, value }, ...context });
          }
      for (const { address } of b.accounts)
        for (const thread_id of [b.accounts[0].mails[0]!.threadId, a.accounts[0].mails[0]!.threadId])
          for (const prompt of ['triage_inbox', 'catch_up_on_thread'])
            expect(
              await rpc(agent, 'prompts/get', { name: prompt, arguments: { account: address, thread_id } }),
            ).toContain('error');
    }
    expect(a.wire.leaks).toEqual([]);
  }, 120_000);
});

describe('an attachment', () => {
  const get = (agent: Agent, path: string, headers: Record<string, string> = {}) =>
    ask(a.wire.url, 'GET', path, { token: agent.token, headers });

  it('of another person is not found by any number, with any condition or range', async () => {
    for (const agent of [a.whole, a.key, ...Object.values(narrowed)])
      for (const account of b.accounts)
        for (const n of ['1', '01', '-1', '4294967297'])
          for (const prefix of ['', `/accounts/${account.id}`, `/accounts/${a.accounts[0].id}`])
            for (const headers of [{ range: 'bytes=0-3', 'if-none-match': '*', 'if-match': '*' }]) {
              const query = agent === a.key && !prefix ? `?account=${a.accounts[0].id}` : '';
              const at = (id: string, where: string) => `${where}/messages/${id}/attachments/${n}${query}`;
              const one = await get(agent, at(account.mails[0]!.id, prefix), { ...headers });
              const other = await get(agent, at(NOWHERE.id, prefix.replace(account.id, NOWHERE.account)), {
                ...headers,
              });
              expect([one.status, one.text, { ...one.headers, date: '' }]).toEqual([
                other.status,
                other.text,
                { ...other.headers, date: '' },
              ]);
              expect([400, 404]).toContain(one.status);
            }
  }, 120_000);

  it('is told with nothing to compare by, and is gone with its account and its token', async () => {
    const [mail] = a.accounts[1].mails;
    const path = `/messages/${mail!.id}/attachments/1`;
    const own = await get(a.whole, path);
    expect([own.status, own.text]).toEqual([200, expect.stringContaining('attached cnrya2')]);
    expect(own.headers['cache-control']).toBe('no-store');
    for (const telling of ['etag', 'last-modified', 'content-md5', 'digest', 'age', 'x-cache'])
      expect(own.headers[telling], telling).toBeUndefined();
    const scope = (body: object) => mustBe(200, house.room.rest('PUT', `/accounts/${a.accounts[1].id}/scope`, body));
    await scope({ scope: 'agents', profile_ids: [] });
    const gone = await get(a.whole, path);
    const never = await get(a.whole, `/messages/${NOWHERE.id}/attachments/1`);
    expect([gone.status, gone.text]).toEqual([never.status, never.text]);
    await scope({ scope: 'all' });
    expect((await get(a.whole, path)).status).toBe(200);
    // What a narrowed token may not see is not in its mailbox, attachments and all.
    for (const agent of Object.values(narrowed)) expect((await get(agent, path)).status).toBe(404);
    expect(a.wire.leaks).toEqual([]);
  });
});
