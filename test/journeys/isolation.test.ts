// Every tool, route, resource, prompt and completion, from the live lists, as one person's agents call them, while another's
// mail bears a word in every field: the word never comes back, and a foreign id is answered as one that never was. And each
// of them asks for a permission, without which nobody is let in.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GROUPS, isPermission, type Need } from '../../src/auth/session.ts';
import { ROUTES } from '../../src/http/routes.ts';
import { TOOLS } from '../../src/mcp/mailroom-offer.ts';
import { CONNECT_TOOL } from '../../src/mcp/tools/gmail.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { type Agent, newAgent } from '../support/agent.ts';
import { type Mailroom, newFolder, removeFolder, startMailroom } from '../support/mailroom.ts';
import { connected, letter, startPretendGmail } from '../support/pretend-gmail.ts';

const user = (email: string) => ({ email, appPassword: 'abcdefghijklmnop' });
const JANES = [user('jane@gmail.com'), user('jane.work@gmail.com')];
const BOBS = [user('bob@gmail.com'), user('bob.club@gmail.com')];
/** Stands in every text of Bob's mail that there is. */
const CANARY = 'xylobobcanary';

interface Ids {
  readonly account: string;
  readonly address: string;
  readonly message: string;
  readonly thread: string;
  readonly email: string;
}

const folder = newFolder();
let gmail: Sandbox;
let room: Mailroom;
let jane: Ids;
let bob: Ids;
/** Jane's agents: with both accounts, with one, with none of their own. */
let agents: Record<string, Agent>;
/** Whatever came back to one of Jane's agents, headers too. */
const heard: string[] = [];

const canary = (word: string, to: string): string =>
  letter(`Subject ${word}`, {
    to: `"To ${word}" <${to}>`,
    from: `"From ${word}" <${word}@example.org>`,
    fields: `Cc: "Cc ${word}" <cc-${word}@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n`,
    body: `--b\r\nContent-Type: text/plain\r\n\r\nbody ${word}\r\n--b\r\nContent-Type: text/plain; name="${word}.txt"\r\nContent-Disposition: attachment; filename="${word}.txt"\r\n\r\nattached ${word}\r\n--b--`,
  });

beforeAll(async () => {
  const pretend = await startPretendGmail(folder, [...JANES, ...BOBS]);
  gmail = pretend.gmail;
  const made: Ids[] = [];
  for (const [i, each] of [...JANES, ...BOBS].entries()) {
    const word = i < JANES.length ? 'janesword' : CANARY;
    const box = gmail.user(each.email);
    // Each pretend mailbox counts its own mails, and ids of one must not be ids of another too.
    for (let n = 0; n < 20 * i; n++) box.remove(box.deliver(letter(`Before ${n}`)).id);
    const { id, threadId } = box.deliver(canary(word, each.email));
    box.addLabel(id, `Label ${word}`);
    made.push({ account: '', address: each.email, message: id, thread: threadId, email: `${word}@example.org` });
  }
  room = await startMailroom({ folder, env: pretend.env });
  for (const [i, each] of [...JANES, ...BOBS].entries())
    made[i] = { ...made[i]!, account: await connected(room, each, i < JANES.length ? 'u1' : 'u2') };
  [jane, , bob] = made as [Ids, Ids, Ids];
  const asked = (profile: string, permissions = ['read', 'draft', 'send']) => newAgent(room, { profile, permissions });
  agents = { both: await asked('both'), one: await asked('one'), none: await newAgent(room, { user: 'u3' }) };
  await room.rest('PUT', `/accounts/${made[1]!.account}/scope`, { scope: 'agents', profile_ids: ['both'] });
});
afterAll(async () => {
  await room?.end();
  await gmail?.close();
  removeFolder(folder);
});

async function ask(token: string, method: string, path: string, body?: unknown, accept = 'application/json') {
  const response = await fetch(room.url + path, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      accept,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  heard.push(`${method} ${path}\n${JSON.stringify([...response.headers])}\n${text}`);
  return { status: response.status, text };
}

const call = async (token: string, name: string, args: object) =>
  (await ask(token, 'POST', '/mcp', { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } }))
    .text;

const rpc = async (token: string, method: string, params: object) =>
  (await ask(token, 'POST', '/mcp', { jsonrpc: '2.0', id: 1, method, params }, 'application/json, text/event-stream'))
    .text;

/** What a parameter of a tool or route is given to name something of this person's. */
const VALUES: Record<string, (ids: Ids) => unknown> = {
  account_id: ({ account }) => account,
  account: ({ address }) => address,
  message_id: ({ message }) => message,
  in_reply_to: ({ message }) => message,
  thread_id: ({ thread }) => thread,
  draft_id: ({ message }) => message,
  email: ({ email }) => email,
  query: () => CANARY,
  q: () => CANARY,
  n: () => 1,
};
const REST_OF: Record<string, unknown> = { to: 'amy@elsewhere.example', subject: 'Hello', body: 'Hello.' };

/** Ids and addresses that lead nowhere. */
const NOWHERE: Ids = {
  account: 'acc_00000000000000000000000000',
  address: 'nobody@gmail.com',
  message: 'ffffffffffffff00',
  thread: 'ffffffffffffff00',
  email: 'nobody@example.org',
};

/** Every way to name something of `ids` in this tool or route: each such parameter alone, and all of them. */
function* namings(names: readonly string[], ids: Ids): Generator<Record<string, unknown>> {
  const known = names.filter((name) => name in VALUES);
  for (const some of known.length > 0 ? [...known.map((name) => [name]), known] : [])
    yield Object.fromEntries(some.map((name) => [name, VALUES[name]!(ids)]));
}

/** Without what differs from call to call by itself. */
const steady = (text: string): string =>
  text.replace(/"(as_of|now)":"[^"]*"|mail-[0-9a-f]{12}/g, '').replace(/(as_of|now): [^\\]*/g, '');

const filled = (path: string, ids: Ids): string =>
  path
    .replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(VALUES[name]?.(ids) ?? 'x')))
    .replaceAll('%2C', ',');

const isOwn = ({ path, needs }: { path: string; needs: Need }) => isPermission(needs) && !path.includes('{account_id}');

describe('what is another person’s', () => {
  it('is as unknown to every tool as what never was, however it is named', async () => {
    for (const agent of Object.values(agents))
      for (const { name, input } of [...TOOLS, CONNECT_TOOL]) {
        const names = Object.keys(input.shape);
        const rest = Object.fromEntries(
          Object.entries(REST_OF).filter(([each]) => names.includes(each) && /send|draft/.test(name)),
        );
        const foreign = [...namings(names, bob)];
        const unknown = [...namings(names, NOWHERE)];
        for (const [i, args] of foreign.entries()) {
          // The words of a query come back as they were asked.
          if ('query' in args && Object.keys(args).length === 1) continue;
          const answers = await Promise.all(
            [args, unknown[i]!].map((each) => call(agent.token, name, { ...rest, ...each })),
          );
          const [a, b] = answers.map(steady);
          expect(a, `${name} ${JSON.stringify(args)}`).toBe(b);
        }
      }
  });

  it('is as unknown to every route as what never was', async () => {
    for (const agent of Object.values(agents))
      for (const { method, path, input, needs } of ROUTES) {
        if (!isPermission(needs)) continue;
        const names = Object.keys(input.shape);
        const answers = [];
        for (const ids of [bob, NOWHERE])
          for (const account of ['', ids.address]) {
            const query = path.includes('{account_id}') || !account ? '' : `?account=${encodeURIComponent(account)}`;
            const body =
              method === 'post'
                ? { ...REST_OF, ...(names.includes('thread_id') && { thread_id: ids.thread }) }
                : undefined;
            const { status, text } = await ask(agent.token, method.toUpperCase(), filled(path, ids) + query, body);
            answers.push(`${status} ${steady(text)}`);
          }
        expect(answers.slice(0, 2), `${method} ${path}`).toEqual(answers.slice(2));
      }
    for (const prefix of ['', `/accounts/${bob.account}`]) {
      const bytes = (ids: Ids) => ask(agents.both!.token, 'GET', `${prefix}/messages/${ids.message}/attachments/1`);
      expect(await bytes(bob)).toEqual(await bytes(NOWHERE));
      expect((await bytes(bob)).status).toBe(404);
    }
  });

  it('is as unknown to every resource, prompt and completion as what never was', async () => {
    const asked = (ids: Ids): [string, object][] => [
      ...['conversations', 'contacts'].flatMap((kind): [string, object][] =>
        [ids.account, ids.address].map((account) => ['resources/read', { uri: `${kind}://${account}` }]),
      ),
      ['resources/read', { uri: `messages://${ids.account}/${jane.email}` }],
      ['resources/read', { uri: `attachment://${ids.message}/1` }],
      ['resources/read', { uri: `attachment://${ids.message}/1?account=${ids.address}` }],
      ['resources/subscribe', { uri: `conversations://${ids.account}` }],
      ['prompts/get', { name: 'triage_inbox', arguments: { account: ids.address } }],
      ['prompts/get', { name: 'catch_up_on_thread', arguments: { account: jane.address, thread_id: ids.thread } }],
      ...[ids.account, ids.address].map((account): [string, object] => [
        'completion/complete',
        {
          ref: { type: 'ref/resource', uri: 'messages://{account_id}/{email}' },
          argument: { name: 'email', value: '' },
          context: { arguments: { account_id: account } },
        },
      ]),
    ];
    for (const agent of Object.values(agents))
      for (const [i, [method, params]] of asked(bob).entries()) {
        const [foreign, unknown] = [params, asked(NOWHERE)[i]![1]];
        const plain = (text: string) =>
          [bob, NOWHERE].reduce(
            (rest, { account, address, message }) =>
              [account, address, message].reduce((text, each) => text.replaceAll(each, '…'), rest),
            text,
          );
        expect(plain(await rpc(agent.token, method, foreign)), JSON.stringify(params)).toBe(
          plain(await rpc(agent.token, method, unknown)),
        );
      }
    for (const agent of Object.values(agents)) {
      const listed = await rpc(agent.token, 'resources/list', {});
      for (const { email } of BOBS) expect(listed).not.toContain(email);
      const completed = await rpc(agent.token, 'completion/complete', {
        ref: { type: 'ref/prompt', name: 'triage_inbox' },
        argument: { name: 'account', value: '' },
      });
      expect(completed).not.toContain(bob.account);
      expect(completed).not.toContain(bob.address);
    }
  });

  it('never came back in this whole run, while a person’s own mail did', async () => {
    const own = await call(agents.both!.token, 'gmail_search', { query: 'janesword' });
    expect(own.match(/Subject janesword/g)?.length).toBeGreaterThanOrEqual(2);
    for (const path of ['/messages?q=janesword', `/messages/${jane.message}`, `/threads/${jane.thread}`])
      expect((await ask(agents.both!.token, 'GET', path)).text, path).toContain('janesword');
    const bytes = await ask(agents.both!.token, 'GET', `/messages/${jane.message}/attachments/1`);
    expect([bytes.status, bytes.text.trim()]).toEqual([200, 'attached janesword']);
    // A caller's own words come back in hints, in what was sent, and in addresses that were asked for.
    const foreign = heard.filter((each) => {
      const [, ...answer] = each.toLowerCase().split('\n');
      return answer
        .join('\n')
        .replaceAll(new RegExp(`without [^:]*${CANARY}[^:]*:`, 'g'), '')
        .includes(CANARY);
    });
    expect(foreign).toEqual([]);
    expect((await room.tool('gmail_search', { account_id: bob.account, query: CANARY })).messages).toHaveLength(1);
  });
});

describe('every tool and route', () => {
  it('says what it needs, and nobody comes in without it', async () => {
    const bare = new Map<string, Agent>();
    for (const lacking of ['read', 'draft', 'send'])
      bare.set(
        lacking,
        await newAgent(room, {
          profile: `not-${lacking}`,
          permissions: ['read', 'draft', 'send'].filter((each) => each !== lacking),
        }),
      );
    for (const group of [...GROUPS, 'operator', 'activity', 'person']) bare.set(group, agents.both!);
    for (const { name, needs } of TOOLS) {
      const answer = JSON.parse(await call(bare.get(needs)!.token, name, {}));
      expect(answer.result.isError, name).toBe(true);
      expect(answer.result.content[0].text, name).toMatch(/^forbidden: /);
      expect((await bare.get(needs)!.tools()).map((tool) => tool.name)).not.toContain(name);
    }
    for (const { method, path, needs } of ROUTES) {
      const { status, text } = await ask(
        bare.get(needs)!.token,
        method.toUpperCase(),
        filled(path, jane),
        method === 'get' ? undefined : {},
      );
      expect([status, JSON.parse(text).code], `${method} ${path}`).toEqual([403, 'forbidden']);
    }
    const reader = bare.get('read')!.token;
    for (const path of [
      `/messages/${jane.message}/attachments/1`,
      `/accounts/${jane.account}/messages/${jane.message}/attachments/1`,
    ])
      expect((await ask(reader, 'GET', path)).status, path).toBe(403);
    expect((await ask(reader, 'GET', '/events')).status).toBe(403);
    for (const [method, params] of [
      ['resources/list', {}],
      ['resources/read', { uri: `contacts://${jane.account}` }],
      ['prompts/get', { name: 'triage_inbox', arguments: { account: jane.address } }],
    ] as const)
      expect(await rpc(reader, method, params), method).toContain('forbidden');
  });

  it('of mail has its twin without an account in the path, and asks which one when there are several', async () => {
    const own = ROUTES.filter(isOwn).map(({ method, path }) => `${method} ${path}`);
    const whole = ROUTES.filter(({ path, needs }) => isPermission(needs) && path.startsWith('/accounts/{account_id}/'));
    expect(own.toSorted()).toEqual(
      whole.map(({ method, path }) => `${method} ${path.replace('/accounts/{account_id}', '')}`).toSorted(),
    );
    for (const path of ['/labels', '/conversations', `/contacts/${jane.email}`]) {
      const { status, text } = await ask(agents.both!.token, 'GET', path);
      expect([status, JSON.parse(text).field], path).toEqual([400, 'account']);
      expect(JSON.parse(text).hint).toContain(JANES[1]!.email);
      expect((await ask(agents.both!.token, 'GET', `${path}?account=${jane.address}`)).status, path).toBe(200);
      expect((await ask(agents.one!.token, 'GET', path)).status, path).toBe(200);
    }
    const sent = await ask(agents.both!.token, 'POST', '/messages', REST_OF);
    expect([sent.status, JSON.parse(sent.text).field]).toEqual([400, 'account']);
    const reply = await ask(agents.both!.token, 'POST', '/drafts', { thread_id: jane.thread, body: 'Yes.' });
    expect([reply.status, JSON.parse(reply.text).subject]).toEqual([201, 'Re: Subject janesword']);
    const found = JSON.parse((await ask(agents.both!.token, 'GET', '/messages?q=subject:janesword&limit=1')).text);
    const next = await ask(
      agents.both!.token,
      'GET',
      `/messages?q=subject:janesword&limit=1&cursor=${encodeURIComponent(found.next_cursor)}`,
    );
    const accounts = [found, JSON.parse(next.text)].map(({ messages: [message] }) => message.account);
    expect(new Set(accounts).size).toBeGreaterThanOrEqual(1);
    expect((await room.rest('GET', '/messages')).body.field).toBe('account');
    expect((await room.rest('GET', `/messages?account=${jane.account}&q=janesword`)).status).toBe(200);
  });
});
