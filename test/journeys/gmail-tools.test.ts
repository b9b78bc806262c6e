// The gmail_* tools as an agent uses them: with one account, with several, with none; by curl and in both revisions.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { type Agent, newAgent } from '../support/agent.ts';
import { connectByGoogle } from '../support/google-account.ts';
import { eventually, type Mailroom, newFolder, removeFolder, startMailroom } from '../support/mailroom.ts';
import { WAYS, type Way } from '../support/mcp-room.ts';
import { connected, letter, startPretendGmail, upToDate } from '../support/pretend-gmail.ts';

const user = (email: string) => ({ email, appPassword: 'abcdefghijklmnop' });
const JANE = user('jane@gmail.com');
const WORK = user('jane.work@gmail.com');
const BOB = user('bob@gmail.com');
const DEE = user('dee@gmail.com');
const EVE = user('eve@gmail.com');
const SCOPE = 'https://www.googleapis.com/auth/gmail.';

const SIX = [
  'gmail_search',
  'gmail_read_message',
  'gmail_read_thread',
  'gmail_list_labels',
  'gmail_send_message',
  'gmail_create_draft',
];

const folder = newFolder();
let gmail: Sandbox;
let room: Mailroom;
const ids: Record<string, string> = {};
/** With both of Jane's accounts, with Bob's only one, with none. */
let jane: Agent;
let bob: Agent;
let alone: Agent;
/** Ids of mails, by their subject. */
const mails: Record<string, { id: string; threadId: string }> = {};

const FIRST = 'Shall we meet on Monday at ten?\r\nThe large room is free, and so am I all morning.';
const quote = (text: string): string =>
  `On Fri, 20 Nov 2026 at 10:00, Amy Adams <amy@example.org> wrote:\r\n${text
    .split('\r\n')
    .map((line) => `> ${line}`)
    .join('\r\n')}`;

function deliver(email: string, subject: string, more: Parameters<typeof letter>[1] = {}): void {
  const { id, threadId } = gmail.user(email).deliver(letter(subject, { to: email, ...more }));
  mails[subject] = { id, threadId };
}

beforeAll(async () => {
  const pretend = await startPretendGmail(folder, [JANE, WORK, BOB, DEE, EVE]);
  gmail = pretend.gmail;
  // Each pretend mailbox counts its own mails, and ids of one must not be ids of another too.
  for (const [email, count] of [
    [JANE.email, 200],
    [BOB.email, 400],
  ] as const)
    for (let i = 0; i < count; i++) gmail.user(email).remove(gmail.user(email).deliver(letter(`Before ${i}`)).id);
  for (let i = 0; i < 40; i++) deliver(WORK.email, `Work ${i}`, { body: i === 0 ? 'walrus' : 'Text.' });
  for (let i = 0; i < 5; i++) deliver(JANE.email, `Home ${i}`, { body: i === 0 ? 'walrus' : 'Text.' });
  deliver(JANE.email, 'Long', { body: `${'long words here. '.repeat(600)}end` });
  deliver(BOB.email, 'Plan', { body: FIRST });
  deliver(BOB.email, 'Re: Plan', {
    body: `Fine.\r\n\r\n${quote(FIRST)}`,
    fields: 'In-Reply-To: <Plan@example.org>\r\nReferences: <Plan@example.org>\r\n',
  });
  for (let i = 0; i < 9; i++)
    gmail.user(BOB.email).deliver(
      letter('Re: Plan', {
        to: BOB.email,
        body: `${`word${i} `.repeat(600)}\r\n\r\n${quote(FIRST)}`,
        fields: 'In-Reply-To: <Plan@example.org>\r\nReferences: <Plan@example.org>\r\n',
      }).replace('<Re.Plan@', `<Re.Plan.${i}@`),
    );
  room = await startMailroom({ folder, env: { ...pretend.env, ...gmail.google.env } });
  for (const [each, owner] of [
    [JANE, 'u1'],
    [WORK, 'u1'],
    [BOB, 'u2'],
  ] as const)
    ids[each.email] = await connected(room, each, owner);
  jane = await newAgent(room);
  bob = await newAgent(room, { user: 'u2' });
  alone = await newAgent(room, { user: 'u3' });
});
afterAll(async () => {
  await room?.end();
  await gmail?.close();
  removeFolder(folder);
});

const names = (tools: { name: string }[]) => tools.map(({ name }) => name);
const failure = async (agent: Agent, name: string, args: object = {}) => {
  const { isError, content } = await agent.call(name, args);
  expect(isError, JSON.stringify(content).slice(0, 200)).toBe(true);
  return content[0].text as string;
};

describe('the list of tools', () => {
  it('is the six for an agent, on both paths, and the nine and the six for a service key', async () => {
    for (const path of ['/mcp', '/mcp/gmail', '/mcp/gmail/']) expect(names(await jane.tools(path))).toEqual(SIX);
    const { body } = await room.rest('POST', '/mcp', { jsonrpc: '2.0', id: 1, method: 'tools/list' });
    expect(body.result.tools).toHaveLength(15);
    expect(names(body.result.tools).slice(9)).toEqual(SIX);
  });

  it('asks for no account of an agent with one, for an optional one of an agent with several, for an id of a service key', async () => {
    const { body } = await room.rest('POST', '/mcp', { jsonrpc: '2.0', id: 1, method: 'tools/list' });
    const told = (tools: { inputSchema: { properties: object; required?: string[] } }[]) =>
      tools.map(({ inputSchema: { properties, required = [] } }) => [
        Object.keys(properties)
          .filter((each) => each.startsWith('account'))
          .join(),
        required.filter((each) => each.startsWith('account')).join(),
      ]);
    expect(told(await bob.tools())).toEqual(SIX.map(() => ['', '']));
    expect(told(await jane.tools())).toEqual(SIX.map(() => ['account', '']));
    expect(told(body.result.tools.slice(9))).toEqual(SIX.map(() => ['account_id', 'account_id']));
  });

  it('is by permission, and what is hidden is refused by name all the same', async () => {
    const reader = await newAgent(room, { user: 'u2', profile: 'reader', permissions: ['read'] });
    const writer = await newAgent(room, { user: 'u2', profile: 'writer', permissions: ['draft'] });
    expect(names(await reader.tools())).toEqual(SIX.slice(0, 4));
    expect(names(await writer.tools())).toEqual(['gmail_create_draft']);
    const mail = { to: 'a@example.org', subject: 'x', body: 'x' };
    expect(await failure(reader, 'gmail_send_message', mail)).toMatch(/^forbidden: .*may not send.*draft.*grant/);
    expect(await failure(reader, 'gmail_create_draft', mail)).toMatch(/^forbidden: .*may not draft.*grant/);
    expect(await failure(writer, 'gmail_search')).toMatch(/^forbidden: .*may not read/);
    for (const name of ['search_emails', 'list_gmail_accounts', 'send_email', 'remove_gmail_account'])
      expect(await failure(jane, name)).toMatch(/^forbidden: .*service keys/);
    expect(await failure(alone, 'gmail_search')).toMatch(/^forbidden: No account is granted/);
  });

  it('is what a refusal of a parameter names, and no more, and a tool of the operator’s says which are for agents', async () => {
    const names = async (agent: Agent) =>
      (await failure(agent, 'gmail_search', { colour: 'red' })).split('There is: ')[1];
    expect(await names(bob)).toBe('query, max_results, page_token.');
    expect(await names(jane)).toBe('account, query, max_results, page_token.');
    await expect(room.tool('gmail_search', { account_id: ids[BOB.email], colour: 'red' })).rejects.toThrow(
      'There is: account_id, query, max_results, page_token.',
    );
    expect(await failure(bob, 'list_gmail_accounts')).toMatch(/^forbidden: .*The gmail_\* tools .* are for it\.$/);
  });

  it('refuses a service key at the agents’ door, and says where it is let in', async () => {
    const { status, body } = await room.rest('POST', '/mcp/gmail', { jsonrpc: '2.0', id: 1, method: 'tools/list' });
    expect([status, body.code]).toEqual([403, 'forbidden']);
    expect(body.hint).toContain('/mcp');
  });
});

describe('an agent with several accounts', () => {
  it('searches all of them, newest first, page by page without a gap, each result with its account', async () => {
    const seen: { message_id: string; account: string; date: string }[] = [];
    let page_token: string | undefined;
    let pages = 0;
    do {
      const answer = await jane.tool('gmail_search', { query: 'subject:(work OR home)', max_results: 7, page_token });
      expect(answer).toMatchObject({ complete: true });
      expect(Date.parse(answer.as_of)).toBeGreaterThan(0);
      seen.push(...answer.messages);
      page_token = answer.next_page_token;
      pages++;
    } while (page_token);
    expect([seen.length, pages]).toEqual([45, 7]);
    const { next_page_token } = await jane.tool('gmail_search', { query: 'subject:(work OR home)' });
    expect(next_page_token.length).toBeLessThan(50);
    const other = await newAgent(room, { profile: 'other' });
    expect(
      await failure(other, 'gmail_search', { query: 'subject:(work OR home)', page_token: next_page_token }),
    ).toMatch(/^invalid_input: This cursor or page token/);
    expect(new Set(seen.map(({ message_id, account }) => `${account} ${message_id}`)).size).toBe(45);
    expect(seen.map(({ date }) => date)).toEqual(
      seen
        .map(({ date }) => date)
        .toSorted()
        .toReversed(),
    );
    expect(seen.filter(({ account }) => account === JANE.email)).toHaveLength(5);
    const one = await jane.tool('gmail_search', { query: 'walrus', account: JANE.email });
    expect(one.messages).toMatchObject([{ account: JANE.email, subject: 'Home 0' }]);
    const both = await jane.tool('gmail_search', { query: 'walrus' });
    expect(both.messages).toHaveLength(2);
  });

  it('misses none of several mails of one second, and has none twice', async () => {
    const date = new Date(Date.UTC(2026, 10, 1, 12));
    for (let i = 0; i < 5; i++)
      for (const { email } of [JANE, WORK])
        gmail.user(email).deliver(letter(`Tie ${email} ${i}`, { to: email }), { date });
    const find = (page: object) => jane.tool('gmail_search', { query: 'subject:tie', ...page });
    await eventually(async () => (await find({})).messages.length === 10);
    const seen: string[] = [];
    for (let page_token: string | undefined = ''; page_token !== undefined; ) {
      const answer = await find({ max_results: 3, page_token });
      seen.push(...answer.messages.map(({ subject }: { subject: string }) => subject));
      page_token = answer.next_page_token;
    }
    expect([seen.length, new Set(seen).size]).toEqual([10, 10]);
  });

  it('is told which term to drop in which account', async () => {
    const { hints } = await jane.tool('gmail_search', { query: 'walrus nowhereatall' });
    expect(hints).toEqual([`without nowhereatall: 1 (${JANE.email})`, `without nowhereatall: 1 (${WORK.email})`]);
  });

  it('reads a mail and a thread wherever they are', async () => {
    const { id, threadId } = mails['Work 39']!;
    expect(await jane.tool('gmail_read_message', { message_id: id })).toMatchObject({
      subject: 'Work 39',
      account: WORK.email,
      to: [WORK.email],
      cc: [],
      sender_verdicts: null,
    });
    expect(await jane.tool('gmail_read_thread', { thread_id: threadId })).toMatchObject({
      message_count: 1,
      account: WORK.email,
    });
    expect(await failure(jane, 'gmail_read_message', { message_id: mails.Plan!.id })).toBe(
      await failure(jane, 'gmail_read_message', { message_id: 'ffffffffffffff00' }),
    );
    const { labels } = await jane.tool('gmail_list_labels');
    expect(new Set(labels.map(({ account }: { account: string }) => account))).toEqual(
      new Set([JANE.email, WORK.email]),
    );
  });

  it('is shown the time of each account', async () => {
    await room.rest('PATCH', `/accounts/${ids[WORK.email]}`, { timezone: 'Asia/Tokyo' });
    const shown = async (name: string, args: object) => (await jane.call(name, args)).content[0].text as string;
    expect(await shown('gmail_read_message', { message_id: mails['Work 3']!.id })).toContain('Asia/Tokyo');
    expect(await shown('gmail_read_message', { message_id: mails['Home 3']!.id })).not.toContain('Asia/Tokyo');
    const both = await shown('gmail_search', { query: 'walrus' });
    expect(both.match(/ Asia\/Tokyo\)/g)).toHaveLength(1);
    await room.rest('PATCH', `/accounts/${ids[WORK.email]}`, { timezone: 'UTC' });
  });

  it('is refused a mail that both have, until it names one', async () => {
    deliver(JANE.email, 'Twice');
    deliver(WORK.email, 'Twice');
    const message_id = '<Twice@example.org>';
    await eventually(async () => (await jane.tool('gmail_search', { query: 'twice' })).messages.length === 2);
    expect(await failure(jane, 'gmail_read_message', { message_id })).toMatch(
      new RegExp(`^invalid_input: .*${JANE.email}, ${WORK.email}`),
    );
    expect((await jane.tool('gmail_read_message', { message_id, account: WORK.email })).account).toBe(WORK.email);
  });

  it('sends from the account that it names or that has the thread, and never from a guessed one', async () => {
    const mail = { to: 'amy@example.org', subject: 'Hello', body: 'Hello.' };
    for (const name of ['gmail_send_message', 'gmail_create_draft']) {
      expect(await failure(jane, name, mail)).toMatch(new RegExp(`^invalid_input: .*${JANE.email}, ${WORK.email}`));
      const named = await jane.tool(name, { ...mail, account: WORK.email });
      expect(named).toMatchObject({ account: WORK.email, subject: 'Hello', to: ['amy@example.org'] });
      const { threadId, id } = mails['Home 1']!;
      for (const where of [{ thread_id: threadId }, { in_reply_to: id }]) {
        const reply = await jane.tool(name, { ...where, body: `By ${name} ${Object.keys(where)[0]}.` });
        expect(reply).toMatchObject({ account: JANE.email, subject: 'Re: Home 1', thread_id: threadId });
      }
    }
    const { draft_id, ...made } = await jane.tool('gmail_create_draft', { ...mail, account: WORK.email, body: 'One.' });
    const again = await jane.tool('gmail_create_draft', { ...mail, draft_id, body: 'Two.' });
    expect(again).toMatchObject({ draft_id, account: WORK.email });
    expect(again.message_id).not.toBe(made.message_id);
    const found = await jane.tool('gmail_search', { query: 'in:drafts two', account: WORK.email });
    expect(found.messages).toMatchObject([{ draft_id }]);
    const reply = await jane.tool('gmail_create_draft', { thread_id: mails['Home 4']!.threadId, body: 'First.' });
    await jane.tool('gmail_create_draft', { draft_id: reply.draft_id, body: 'Second.' });
    await eventually(async () => {
      const { message_count, messages } = await jane.tool('gmail_read_thread', { thread_id: reply.thread_id });
      return message_count === 2 && messages.length === 2 && messages[1].body.includes('Second.');
    });
    const foreign = await failure(jane, 'gmail_send_message', { ...mail, account: BOB.email });
    expect(foreign).toBe(await failure(jane, 'gmail_send_message', { ...mail, account: 'nobody@gmail.com' }));
    expect(foreign).toMatch(/^not_found/);
  });

  it('has one account the less once it was taken back, on the page it was just on, too', async () => {
    const page = await jane.tool('gmail_search', { query: 'subject:work OR subject:home', max_results: 40 });
    await room.rest('PUT', `/accounts/${ids[WORK.email]}/scope`, { scope: 'agents', profile_ids: [] });
    const next = await jane.tool('gmail_search', {
      query: 'subject:work OR subject:home',
      max_results: 40,
      page_token: page.next_page_token,
    });
    expect(next.messages.filter(({ subject }: { subject: string }) => subject.startsWith('Work'))).toEqual([]);
    const [search] = await jane.tools();
    expect(Object.keys(search.inputSchema.properties)).not.toContain('account');
    expect(await failure(jane, 'gmail_read_message', { message_id: mails['Work 39']!.id })).toMatch(/^not_found/);
    await room.rest('PUT', `/accounts/${ids[WORK.email]}/scope`, { scope: 'all' });
    expect((await jane.tool('gmail_read_message', { message_id: mails['Work 39']!.id })).subject).toBe('Work 39');
  });
});

describe('reading', () => {
  it('cuts a long body, says where to go on, and goes on there', async () => {
    const { id } = mails.Long!;
    const first = await jane.tool('gmail_read_message', { message_id: id });
    const [, mark] = /^<(mail-[0-9a-f]{12})>\n/.exec(first.body)!;
    const total = `${'long words here. '.repeat(600)}end`.length;
    expect(first.body).toContain(`\n[truncated: 4000 of ${total} characters; continue with offset 4000]\n</${mark}>`);
    const rest = await jane.tool('gmail_read_message', { message_id: id, offset: 8000 });
    expect(rest.body).toContain('here. end\n</mail-');
    expect(rest.body).not.toContain('[truncated');
    expect(await failure(jane, 'gmail_read_message', { message_id: id, offset: 99_999 })).toMatch(/^invalid_input/);
  });

  it('reads up to ten at once in short, naming those that are not here', async () => {
    const several = ['Long', ...Array.from({ length: 8 }, (_, i) => `Work ${i}`)].map((subject) => mails[subject]!.id);
    const answer = await jane.tool('gmail_read_message', { message_id: [...several, 'ffffffffffffff00'].join(', ') });
    expect(answer.messages.map((each: { message_id: string }) => each.message_id)).toEqual(several);
    expect(answer.missing).toEqual(['ffffffffffffff00']);
    expect(answer.messages[0].body).toContain('[truncated: 2000 of');
    expect(JSON.stringify(answer).length).toBeLessThan(30_000);
    const tooMany = Array.from({ length: 11 }, (_, i) => mails[`Work ${i}`]!.id).join();
    expect(await failure(jane, 'gmail_read_message', { message_id: tooMany })).toMatch(/^invalid_input/);
    expect(await failure(jane, 'gmail_read_message', { message_id: 'ffffffffffffff00,ffffffffffffff01' })).toMatch(
      /^not_found/,
    );
  });

  it('folds what a thread repeats and pages through it, oldest first', async () => {
    const { threadId, id } = mails.Plan!;
    const bodies: string[] = [];
    let page_token: string | undefined;
    let pages = 0;
    do {
      const page = await bob.tool('gmail_read_thread', { thread_id: threadId, page_token });
      expect(page).toMatchObject({ thread_id: threadId, subject: 'Plan', message_count: 11 });
      const chars = page.messages.map(({ body = '' }) => body.length);
      expect(chars.reduce((sum: number, each: number) => sum + each, 0)).toBeLessThan(25_000);
      bodies.push(...page.messages.map(({ body }: { body: string }) => body));
      page_token = page.next_page_token;
      pages++;
    } while (page_token);
    expect([bodies.length, pages]).toEqual([11, 2]);
    expect(bodies[0]).toContain('Shall we meet');
    expect(bodies[1]).toMatch(new RegExp(`\nFine.\n\n\\[quoted: message ${id}\\]\n`));
    for (const body of bodies.slice(2)) {
      expect(body).toMatch(new RegExp(`word\\d\\s+\\[quoted: message ${id}\\]\n`));
      expect(body).not.toContain('Shall we meet');
    }
    expect(bodies.map((body) => /word(\d)/.exec(body)?.[1]).join('')).toBe('012345678');
  });
});

describe('an agent without an account', () => {
  it('finds one tool, whose page connects its person; then it finds the six', async () => {
    expect(names(await alone.tools('/mcp/gmail'))).toEqual(['connect_gmail']);
    const { connect_url, expires_at } = await alone.tool('connect_gmail');
    expect(connect_url).toMatch(new RegExp(`^${room.url}/connect/`));
    expect(Date.parse(expires_at)).toBeGreaterThan(Date.now());
    expect(await failure(jane, 'connect_gmail')).toMatch(/^forbidden: An account is granted/);
    await expect(room.tool('connect_gmail')).rejects.toThrow(/^forbidden/);
    const carol = await newAgent(room, { user: 'u4' });
    gmail.addUser(user('carol@gmail.com'));
    expect(names(await carol.tools())).toEqual(['connect_gmail']);
    const page = (await carol.tool('connect_gmail')).connect_url;
    const { email, appPassword } = user('carol@gmail.com');
    const body = new URLSearchParams({ method: 'app_password', email, app_password: appPassword, timezone: '' });
    expect((await fetch(page, { method: 'POST', body, redirect: 'manual' })).status).toBeLessThan(400);
    await eventually(async () => (await carol.tools()).length === 6);
    expect(names(await carol.tools())).toEqual(SIX);
    expect((await carol.tool('gmail_search', { query: '' })).messages).toEqual([]);
  });
});

describe('an account that came by Google', () => {
  it('is used by the same tools, with the same answers', async () => {
    deliver(DEE.email, 'By Google', { body: 'Is it you?' });
    await upToDate(room, await connectByGoogle(room, gmail, DEE.email, 'u5'));
    const agent = await newAgent(room, { user: 'u5' });
    expect(names(await agent.tools())).toEqual(SIX);
    const { id, threadId } = mails['By Google']!;
    const { messages } = await agent.tool('gmail_search', { query: 'subject:google' });
    expect(messages).toMatchObject([{ message_id: id, thread_id: threadId, subject: 'By Google', unread: true }]);
    expect((await agent.tool('gmail_read_message', { message_id: id })).body).toContain('Is it you?');
    const drafted = await agent.tool('gmail_create_draft', { thread_id: threadId, body: 'Perhaps.' });
    expect(drafted).toMatchObject({ thread_id: threadId, subject: 'Re: By Google' });
    const sent = await agent.tool('gmail_send_message', { thread_id: threadId, body: 'It is.' });
    expect(sent).toMatchObject({ status: 'sent', thread_id: threadId, to: ['Amy Adams <amy@example.org>'] });
    expect((await agent.tool('gmail_read_thread', { thread_id: threadId })).message_count).toBeGreaterThan(1);
  });

  it('hides what the person did not tick, and refuses it by name', async () => {
    const scopes = [`${SCOPE}readonly`, `${SCOPE}compose`];
    await upToDate(room, await connectByGoogle(room, gmail, EVE.email, 'u6', scopes));
    const agent = await newAgent(room, { user: 'u6' });
    expect(names(await agent.tools())).toEqual(SIX.filter((name) => name !== 'gmail_send_message'));
    const mail = { to: 'amy@example.org', subject: 'Hello', body: 'Hello.' };
    expect(await failure(agent, 'gmail_send_message', mail)).toMatch(/^forbidden: .*send for this account/);
    expect((await agent.tool('gmail_create_draft', mail)).draft_id).toBeTruthy();
    expect((await agent.rest('POST', '/messages', mail)).status).toBe(403);
  });
});

describe('a service key', () => {
  it('uses the same tools with an account_id, and is told when it is missing', async () => {
    const account_id = ids[BOB.email];
    const found = await room.tool('gmail_search', { account_id, query: 'subject:plan', max_results: 2 });
    expect(found.messages).toHaveLength(2);
    expect(found.messages[0].account).toBeUndefined();
    const next = await room.tool('gmail_search', {
      account_id,
      query: 'subject:plan',
      max_results: 2,
      page_token: found.next_page_token,
    });
    expect(next.messages[0].message_id).not.toBe(found.messages[1].message_id);
    expect((await room.tool('gmail_read_message', { account_id, message_id: mails.Plan!.id })).subject).toBe('Plan');
    await expect(room.tool('gmail_search', { query: 'x' })).rejects.toThrow(/^invalid_input: account_id is missing/);
  });
});

describe.each(Object.keys(WAYS) as Way[])('by %s', (way) => {
  it('an agent is told when its tools change, on the connection that is open', async () => {
    const profile = `changing ${way.replaceAll(/\W/g, '-')}`;
    const agent = await newAgent(room, { user: 'u2', profile, permissions: ['read'] });
    const client = await agent.client(way);
    let told = 0;
    client.setNotificationHandler('notifications/tools/list_changed', () => void told++);
    if (way === '2026-07-28') await client.listen({ toolsListChanged: true });
    expect(names((await client.listTools()).tools)).toEqual(SIX.slice(0, 4));
    await newAgent(room, { user: 'u2', profile, permissions: ['read', 'send'] });
    await eventually(async () => told > 0);
    expect(names((await client.listTools()).tools)).toEqual(SIX.slice(0, 5));
    const { prompts } = await client.listPrompts();
    expect(prompts[0]!.arguments).toMatchObject([{ name: 'account', required: false }]);
    const { messages } = await client.getPrompt({ name: 'triage_inbox' });
    expect(JSON.stringify(messages)).toContain('gmail_search');
    const thread = { thread_id: mails.Plan!.threadId };
    const caught = await client.getPrompt({ name: 'catch_up_on_thread', arguments: thread });
    expect(JSON.stringify(caught.messages)).toContain('gmail_read_thread');
    await client.close();
  });

  it('an agent is greeted with what it may do, lists and calls', async () => {
    const drafter = await newAgent(room, { user: 'u2', profile: 'drafter', permissions: ['read', 'draft'] });
    const told: string[] = [];
    for (const [agent, tools] of [
      [bob, 6],
      [jane, 6],
      [drafter, 5],
      [alone, 1],
    ] as const) {
      const client = await agent.client(way);
      told.push(client.getInstructions() ?? '');
      expect((await client.listTools()).tools, agent.tokenId).toHaveLength(tools);
      if (tools > 1) {
        const { structuredContent } = await client.callTool({ name: 'gmail_search', arguments: { query: '' } });
        const { messages, notice } = structuredContent as { messages: object[]; notice: string };
        expect(messages).toHaveLength(10);
        expect(notice).toContain('never instructions');
      }
      await client.close();
    }
    expect(told[0]).toContain(BOB.email);
    expect(told[1]).toContain(`${JANE.email}, ${WORK.email}`);
    expect(told[2]).toContain('Sending is off');
    expect(told[3]).toContain('grant');
    for (const each of told) expect(each).not.toContain('list_gmail_accounts');
  });
});
