// Another person's ids at every route of the live table: in the path, the query, the body and headers, twice and in lists, and ids
// that are guessed. What comes back is what comes back for an id that never was, and no word of that person's.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isPermission } from '../../src/auth/session.ts';
import { ROUTES } from '../../src/http/routes.ts';
import { type Agent, newAgent } from '../support/agent.ts';
import { ask, type RawAnswer, severally } from '../support/raw-request.ts';
import { type Neighbourhood, type Person, startNeighbourhood } from '../support/three-people.ts';
import { idsOfPerson, NAMING, NOWHERE, type Pair, stateOf, without } from './ids.ts';

const METHODS = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options'] as const;
const ATTACHMENTS = ['', '/accounts/{account_id}'].map((prefix) => ({
  method: 'get' as const,
  path: `${prefix}/messages/{message_id}/attachments/{n}`,
  needs: 'read' as const,
  names: [] as string[],
}));
const EVERY = [
  ...ROUTES.map(({ method, path, needs, input }) => ({ method, path, needs, names: Object.keys(input.shape) })),
  ...ATTACHMENTS,
];
const PATHS = [...new Set(EVERY.map(({ path }) => path))];

let house: Neighbourhood;
let a: Person;
let b: Person;
let callers: Record<string, Agent>;
let before: string;

beforeAll(async () => {
  house = await startNeighbourhood();
  ({ a, b } = house.people);
  const asks = { only: { labels: [a.accounts[0].mails[0]!.label] } };
  const narrow = await newAgent(house.room, { user: a.userId, profile: 'narrow', asks });
  callers = { whole: a.whole, key: a.key, narrowed: house.behind('a', narrow.token) };
  before = await stateOf(house.room, b);
});
afterAll(() => house?.end());

/** What a body must have besides what names something. */
const WRITTEN: Readonly<Record<string, unknown>> = {
  body: 'Hello.',
  to: 'amy@to.example',
  subject: 'Hello',
  name: 'Some name',
  scope: 'all',
  can: ['mail'],
};

const varsOf = (path: string): string[] => [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
const filled = (path: string, value: (name: string) => string): string =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => (name === 'n' ? '1' : encodeURIComponent(value(name))));
const own = (name: string): string => NAMING[name]?.(a) ?? 'x';
const bodyFor = (method: string, names: readonly string[]): Record<string, unknown> | undefined =>
  ['post', 'put', 'patch'].includes(method)
    ? Object.fromEntries(Object.entries(WRITTEN).filter(([name]) => names.includes(name)))
    : undefined;

const asking = (
  caller: Agent,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<RawAnswer> =>
  ask(a.wire.url, method.toUpperCase(), path, { token: caller.token, headers, ...(body !== undefined && { body }) });

/** As it can be written into a request line. */
const written = (path: string): string => path.replace(/[^\x21-\x7e]/gu, (sign) => encodeURIComponent(sign));

const told = ({ status, text, headers }: RawAnswer, ids: readonly string[]): string =>
  without(`${status} ${headers['content-type']} ${headers.link ?? ''} ${headers.allow ?? ''} ${text}`, ids);

/** What a parameter of that name can be given of another person's. */
const fitting = (name: string): Pair[] => {
  const kinds: Record<string, RegExp> = {
    account_id: /^(account|address) /,
    account: /^(account|address) /,
    message_id: /^(message|Message-ID|thread)/,
    in_reply_to: /^(message|Message-ID)/,
    thread_id: /^(thread|message of)/,
    draft_id: /^draft/,
    email: /^(sender|address)/,
  };
  const kind = kinds[name] ?? new RegExp(`^${name.replace('_id', '')}`);
  return [...idsOfPerson(b)].filter(({ what }) => kind.test(what));
};

describe('another person’s id', () => {
  it('is in the path of every route, by every method, what an unknown id is', async () => {
    const asked: { who: string; method: string; path: string; name: string; pair: Pair; names: string[] }[] = [];
    for (const who of Object.keys(callers))
      for (const [place, path] of PATHS.entries())
        for (const method of METHODS) {
          const known = EVERY.find((each) => each.path === path && each.method === method);
          const mayCall = known && (isPermission(known.needs) || who === 'key');
          for (const name of varsOf(path)) {
            // The id of a new profile is the caller's own word.
            if (name === 'n' || (name === 'profile_id' && method === 'put')) continue;
            const odd = who === 'key' ? [...idsOfPerson(b)].filter((_, i) => i % 5 === place % 5) : [];
            const all = [...fitting(name), ...odd];
            const pairs = mayCall ? all : fitting(name).slice(0, 1);
            // What is a's own must live on: whatever takes it away is tried with ids of b in every place.
            for (const pair of pairs) asked.push({ who, method, path, name, pair, names: known?.names ?? [] });
          }
        }
    await severally(asked, async ({ who, method, path, name, pair, names }) => {
      const ids = [pair.foreign, pair.unknown];
      const others = fitting(name).length > 0 && method === 'delete' ? (each: string) => NAMING[each]?.(b) ?? 'x' : own;
      const answers = await Promise.all(
        ids.map((id) =>
          asking(
            callers[who]!,
            method,
            filled(path, (each) => (each === name ? id : others(each))),
            bodyFor(method, names),
          ),
        ),
      );
      const [one, other] = answers.map((each) => told(each, ids));
      expect(one, `${who} ${method} ${path} ${name}: ${pair.what}`).toBe(other);
      expect(answers[0]!.status, `${method} ${path}`).not.toBe(500);
    });
    expect(asked.length).toBeGreaterThan(500);
  }, 90_000);

  it('is nothing in a query, a body or a header beside what the caller names rightly', async () => {
    const foreign = [...idsOfPerson(b)].filter(({ what }) => /^(account of b1|user|message of b2)/.test(what));
    for (const who of ['whole', 'key'])
      for (const { method, path, needs, names } of EVERY) {
        if (!isPermission(needs) && who !== 'key') continue;
        // What goes to a mail server or takes something away has its own proofs.
        if (method === 'delete' || (method === 'post' && /accounts|messages|drafts/.test(path)) || !names.length)
          continue;
        const at = filled(path, own);
        await severally(foreign, async ({ what, foreign: id, unknown }) => {
          const name = what.startsWith('user') ? 'user_id' : what.startsWith('message') ? 'message_id' : 'account_id';
          const ids = [id, unknown];
          const ways = (one: string): [string, unknown?, Record<string, string>?][] => [
            [`${at}?${name}=${one}`],
            [`${at}?${name}=${encodeURIComponent(own(name))}&${name}=${one}`],
            [`${at}?${name}[]=${one}&account=${one}`],
            [
              at,
              undefined,
              { 'x-user-id': one, 'x-account-id': one, 'x-forwarded-user': one, 'x-original-url': `/accounts/${one}` },
            ],
            ...(method === 'get'
              ? []
              : ([
                  [at, { ...bodyFor(method, names), [name]: [own(name), one] }],
                  [at, { ...bodyFor(method, names), [`${name} `]: one, __proto__: { [name]: one } }],
                ] as [string, unknown][])),
          ];
          for (const [i, [url, body, headers]] of ways(id).entries()) {
            const [, otherBody] = ways(unknown)[i]!;
            const rest = method === 'get' ? undefined : (bodyFor(method, names) ?? {});
            const one = await asking(callers[who]!, method, url, body ?? rest, headers);
            const [otherUrl, , otherHeaders] = ways(unknown)[i]!;
            const other = await asking(callers[who]!, method, otherUrl, otherBody ?? rest, otherHeaders);
            expect(one.status, `${who} ${method} ${url}`).toBe(other.status);
            expect(one.status, `${who} ${method} ${url}`).not.toBe(500);
            if (one.status >= 400) expect(told(one, ids), `${who} ${method} ${url}`).toBe(told(other, ids));
          }
        });
      }
  }, 90_000);
});

/** Ids that somebody would try: in order, empty, of other alphabets, with ways out of a path, of the wrong type. */
function guessed(): { readonly many: string[]; readonly odd: string[] } {
  const real = b.accounts[0];
  const next = (hex: string, by: number) => (BigInt(`0x${hex}`) + BigInt(by)).toString(16).padStart(16, '0');
  const beside = Array.from({ length: 60 }, (_, i) => [
    next(real.mails[0]!.id, i - 30),
    next(real.mails[1]!.threadId, i),
  ]).flat();
  const numbers = Array.from({ length: 40 }, (_, i) => [`${i}`, `-${i}`, `acc_${i}`, `out_${i}`]).flat();
  const digits = ['１２３', '٠١٢', '०१२', '𝟎𝟏', '①②', '㊿', 'Ⅻ'].flatMap((each) => [each, `acc_${each}`]);
  const nothing = [
    '%00',
    '%00acc_',
    ' ',
    '%20',
    '%09',
    '%0a',
    '%0d%0aX-A:%20b',
    'null',
    'undefined',
    'NaN',
    'true',
    '[]',
    '{}',
    '[object%20Object]',
  ];
  const out = [
    '..',
    '.',
    '%2e%2e',
    '%2e%2e%2f',
    '..%2f..%2f',
    '..%5c',
    '%252e%252e%252f',
    '....//',
    `..%2f${real.id}`,
    `${real.id}%2f..`,
    `;${real.id}`,
    `${NOWHERE.account}%23`,
    `${NOWHERE.account};a=b`,
  ];
  const odd = [
    "'%20or%201=1%20--",
    '%22',
    '*',
    '%25',
    '_',
    '%',
    '%zz',
    '%c0%ae',
    '%ff',
    '%ed%a0%80',
    '%e2%80%ae',
    '$ne',
    '1e9',
    '0x1',
    '1.0',
    '9'.repeat(40),
    '-0',
    'A'.repeat(255),
    'a'.repeat(4000),
    '%F0%9F%92%A9',
    'acc_%F0%9F%92%A9',
    real.id.slice(0, -1),
    `${real.id}0`,
    real.id.toUpperCase(),
    real.id.replace('acc_', 'out_'),
    real.outboxId.replace('out_', 'acc_'),
  ];
  return { many: [...beside, ...numbers], odd: [...digits, ...nothing, ...out, ...odd] };
}

const isDots = (guess: string): boolean => /^\.+$|^%2e/i.test(guess);

describe('a guessed id', () => {
  it('is not found or not an id, never a fault of ours, in every place of every path that is read', async () => {
    const { many, odd } = guessed();
    expect(many.length + odd.length).toBeGreaterThan(300);
    const places: { who: string; path: string; name: string }[] = [];
    for (const who of ['whole', 'key'])
      for (const { method, path, needs } of EVERY) {
        if (method !== 'get' || !(isPermission(needs) || who === 'key')) continue;
        for (const name of varsOf(path).filter((each) => each !== 'email' && each !== 'n'))
          places.push({ who, path, name });
      }
    // What is odd is tried everywhere, each of the many in two places.
    const asked = places.flatMap((place, i) =>
      [...odd, ...many.filter((_, n) => n % places.length === i || (n * 7) % places.length === i)].map((guess) => ({
        ...place,
        guess,
      })),
    );
    const strange: string[] = [];
    await severally(asked, async ({ who, path, name, guess }) => {
      const at = path.replace(/\{(\w+)\}/g, (_, each: string) =>
        each === name ? guess : each === 'n' ? '1' : encodeURIComponent(own(each)),
      );
      const { status, text } = await asking(callers[who]!, 'get', written(at));
      // A path that is put in order may lead to another route of the caller's own, or to the dashboard, which is at one address.
      const isOwn =
        (status === 200 && (isDots(guess) || name === 'user_id' || /^-?\d+$/.test(guess))) ||
        (status === 302 && isDots(guess));
      if (![400, 403, 404].includes(status) && !isOwn) strange.push(`${status} ${who} ${at} ${text.slice(0, 200)}`);
    });
    expect(strange).toEqual([]);
    expect(asked.length).toBeGreaterThan(1000);
  }, 90_000);

  it('is not found by the pages that people open either', async () => {
    const { many, odd } = guessed();
    // Put in order, such a path may be the dashboard's.
    for (const guess of [...many.slice(0, 20), ...odd])
      for (const path of [
        `/connect/${guess}`,
        `/api/gmail/connect?link=${guess}`,
        `/api/gmail/callback?state=${guess}`,
      ])
        expect([400, 403, 404, 410, ...(isDots(guess) ? [200, 302] : [])], path).toContain(
          (await ask(a.wire.url, 'GET', written(path))).status,
        );
  });
});

describe('what is wrong', () => {
  it('is told without a word of anybody else: errors, validation, health, the description of the API', async () => {
    for (const token of [a.whole.token, a.key.token, undefined]) {
      for (const path of [
        '/health',
        '/openapi.json',
        '/metrics',
        '/audit',
        ...(token === a.key.token ? [] : ['/events']),
        '/nothing',
        '/.well-known/oauth-protected-resource',
        '/accounts?limit=x',
        '/messages?limit=-1&sort=zz',
      ])
        await ask(a.wire.url, 'GET', path, { ...(token && { token }) });
      for (const body of [
        '{',
        '[]',
        'null',
        '"x"',
        '{"jsonrpc":"2.0","id":1,"method":"nope"}',
        '{"jsonrpc":"2.0","id":{},"method":"tools/call"}',
        '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"gmail_search","arguments":[1],"_meta":{"progressToken":1}}}',
      ])
        for (const path of ['/mcp', '/mcp/gmail', '/mcp/messages?sessionId=x', '/accounts', '/drafts'])
          expect((await ask(a.wire.url, 'POST', path, { ...(token && { token }), body })).status, path).not.toBe(500);
    }
    const bare = await ask(house.room.url, 'GET', '/openapi.json');
    expect(bare.text).not.toMatch(/cnry/i);
  });
});

describe('at the end', () => {
  it('nothing of the other person’s has changed, and no word of it came back', async () => {
    expect(await stateOf(house.room, b)).toBe(before);
    expect(a.wire.leaks).toEqual([]);
    await ask(a.wire.url, 'GET', `/accounts/${b.accounts[1].id}/outbox`, { token: b.key.token });
    expect(a.wire.leaks.length).toBeGreaterThan(0);
  });
});
