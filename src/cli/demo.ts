// The demo: what Mailroom is for, told in a minute by real calls. Does nothing that a caller could not do.
import { setTimeout as delay } from 'node:timers/promises';
import { startControl } from '../sandbox/control.ts';
import { Caller } from './caller.ts';
import { Agent, listed, rows, unfenced } from './demo-agent.ts';
import { type Gmail, openGmail, openServer, type Server } from './demo-house.ts';
import { connectWithGoogle } from './demo-person.ts';
import { Paper } from './paper.ts';

const JANE = { user: 'jane', name: 'Jane', email: 'jane@gmail.example' };
const SAM = { user: 'sam', name: 'Sam', email: 'sam@gmail.example' };
const ROSA = 'rosa@lindqvist.example';
/** Sam's come by the Gmail API, which gives a person 300 mails a minute. */
const MAILS = [600, 200];
const LOOK_AGAIN_MS = 80;

export interface DemoOptions {
  /** End after the tour instead of staying up. */
  readonly once: boolean;
  /** Mailroom's port; 0 takes a free one. */
  readonly port: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Runs the tour; answers the exit status. Leaves nothing behind, also when it is interrupted. */
export async function demo({ once, port, env }: DemoOptions): Promise<number> {
  const paper = new Paper(process.stdout, env);
  const closers = new Closers();
  const interrupted = Promise.withResolvers<'interrupted'>();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => interrupted.resolve('interrupted'));
  // Nobody reads on, as behind `| head`.
  process.stdout.on('error', () => interrupted.resolve('interrupted'));
  const tour = tell(paper, closers, port, env);
  // An interruption closes the doors under the tour; what it then says is of no interest.
  const silent = tour.catch(() => undefined);
  try {
    const told = await Promise.race([tour, interrupted.promise]);
    if (told === 'interrupted') return 130;
    if (once) {
      paper.line();
      paper.say('That was the tour. Without --once the demo stays up, for a client of your own.');
      return 0;
    }
    await invite(paper, closers, told);
    await Promise.race([interrupted.promise, told.server.ended]);
    paper.line();
    return 0;
  } finally {
    await closers.close();
    await silent;
  }
}

/** What has to be closed again, the last first; what is opened too late is closed at once. */
class Closers {
  readonly #closers: (() => Promise<void>)[] = [];
  #over = false;

  /** Throws when the demo is over already, once `close` has been called. */
  async push(close: () => Promise<void>): Promise<void> {
    if (!this.#over) return void this.#closers.push(close);
    await close();
    throw new Error('the demo is over');
  }

  async close(): Promise<void> {
    this.#over = true;
    for (const close of this.#closers.reverse()) await close();
  }
}

interface Told {
  readonly gmail: Gmail;
  readonly server: Server;
  /** Of Sam's agent. */
  readonly token: string;
}

async function tell(paper: Paper, closers: Closers, port: string, env: NodeJS.ProcessEnv): Promise<Told> {
  paper.title('Mailroom, in a minute');
  paper.say(
    'Sam has asked Jane something, and the answer lies seven years down in her mail. Watch an agent find it and write back. Every → is a real call and every ← its answer, shortened. The Gmail is a pretend one; nothing leaves this machine.',
  );
  paper.line();
  const gmail = await openGmail([JANE.email, SAM.email], MAILS);
  await closers.push(() => gmail.close());
  paper.done('a pretend Gmail and its Google: Jane and Sam, ten years of mail each');
  const server = await openServer(gmail, env, port);
  await closers.push(() => server.stop());
  paper.done(`Mailroom, at ${server.url}`);
  const caller = new Caller(server);

  paper.chapter(1, 'Each person connects once: Jane with an App Password, Sam with Google');
  const jane = await connectByPassword(paper, caller, JANE, gmail.appPassword);
  const sam = await connectByLink(paper, caller, SAM, gmail);
  paper.chapter(2, 'Mailroom copies the mail, newest first, and keeps the copy in step');
  paper.line();
  await watch(paper, caller, [
    [JANE.name, jane],
    [SAM.name, sam],
  ]);
  await work(paper, new Agent(paper, caller), jane);
  const token = await agentOfSam(paper, caller, server.url, sam);
  return { gmail, server, token };
}

/** What an agent does with it: from the unread mail to the answer. */
async function work(paper: Paper, agent: Agent, jane: string): Promise<void> {
  paper.chapter(3, 'An agent looks at what is new, with Gmail’s own search words');
  const unread = await agent.call(
    'search_emails',
    { account_id: jane, query: 'in:inbox is:unread from:sam', limit: 1 },
    ({ messages }) => ({ messages: rows(messages, 'thread_id', 'sender', 'subject', 'snippet') }),
  );
  const thread = listed(unread.messages)[0]!.thread_id;

  paper.chapter(4, 'It reads what the two wrote before');
  await agent.call('get_emails', { account_id: jane, email: SAM.email, limit: 3 }, ({ messages }) => ({
    messages: listed(messages).map(({ from, body }) => ({ from, body: unfenced(body) })),
  }));

  paper.chapter(5, 'It looks for the key, in ten years of mail');
  await agent.call('search_emails', { account_id: jane, query: 'boathouse key', limit: 3 }, ({ messages }) => ({
    messages: rows(messages, 'date', 'sender', 'subject', 'snippet'),
  }));
  const letters = await agent.call('get_emails', { account_id: jane, email: ROSA, limit: 1 }, ({ messages }) => ({
    messages: rows(messages, 'date', 'from', 'subject'),
  }));
  paper.letter(unfenced(listed(letters.messages)[0]!.body));

  paper.chapter(6, 'It answers in the thread; to whom and under which subject, Mailroom works out');
  await agent.call(
    'send_email',
    {
      account_id: jane,
      thread_id: thread,
      body: 'Behind the blue jug in the kitchen. Nobody ever moves the blue jug.\n\nAnd sit on the right, says Rosa.',
    },
    ({ status, to, subject, message_id }) => ({ status, to, subject, message_id }),
  );
}

/** At the other end: an agent with a token of its own, which opens one person's mail and nothing else. Answers the token. */
async function agentOfSam(paper: Paper, caller: Caller, url: string, sam: string): Promise<string> {
  paper.chapter(7, 'Sam has an agent too. It gets a token that opens Sam’s mail and nobody else’s');
  const profile = `/users/${SAM.user}/profiles/assistant`;
  await caller.rest('PUT', profile, { name: 'Sam’s assistant', permissions: ['read', 'draft'] });
  paper.asks(`POST ${profile}/tokens`, { permissions: ['read', 'draft'] });
  const { body, ms } = await caller.rest('POST', `${profile}/tokens`, { permissions: ['read', 'draft'] });
  const token = String(body.token);
  paper.answers(ms, { token: `${token.slice(0, 12)}…`, permissions: body.permissions, expires_at: body.expires_at });
  const agent = new Agent(paper, new Caller({ url, key: token }), '/mcp/gmail');
  await agent.lookAround();

  paper.chapter(8, 'The answer has arrived; Sam’s agent reads the thread, without its repetitions');
  const query = 'from:jane subject:"lake house" newer_than:1d';
  await arrived(caller, sam, query);
  const found = await agent.call('gmail_search', { query, max_results: 1 }, ({ messages }) => ({
    messages: rows(messages, 'message_id', 'thread_id', 'sender', 'subject', 'snippet'),
  }));
  const { thread_id } = listed(found.messages)[0]!;
  await agent.call('gmail_read_thread', { thread_id }, ({ message_count, messages }) => ({
    message_count,
    messages: listed(messages)
      .slice(-2)
      .map(({ from, body: text }) => ({ from, body: unfenced(text) })),
  }));

  paper.chapter(9, 'It may not send, so it leaves a draft in the thread, for Sam to look over');
  const answer = 'Behind the blue jug! Bucket, soup and torch are in the car.';
  await agent.call('gmail_create_draft', { thread_id, body: answer }, ({ draft_id, message_id, to, subject }) => ({
    draft_id,
    message_id,
    to,
    subject,
  }));
  return token;
}

/** Google tells of the mail in its own time, within two seconds. */
async function arrived(caller: Caller, account: string, query: string): Promise<void> {
  const path = `/accounts/${account}/messages?q=${encodeURIComponent(query)}`;
  while (listed((await caller.rest('GET', path)).body.messages).length === 0) await delay(LOOK_AGAIN_MS);
}

async function connectByPassword(
  paper: Paper,
  caller: Caller,
  { user, name, email }: typeof JANE,
  appPassword: string,
): Promise<string> {
  const account = { user_id: user, email, app_password: appPassword, display_name: name };
  paper.asks('POST /accounts', account);
  const { body, ms } = await caller.rest('POST', '/accounts', account);
  paper.answers(ms, { account_id: body.account_id, status: body.status });
  return String(body.account_id);
}

/** By a page that the person is sent to; no secret passes through whoever asks for it. */
async function connectByLink(
  paper: Paper,
  caller: Caller,
  { user, name, email }: typeof SAM,
  { sandbox }: Gmail,
): Promise<string> {
  const wish = { user_id: user, user_label: name, email };
  paper.asks('POST /connect-links', wish);
  const { body: link, ms } = await caller.rest('POST', '/connect-links', wish);
  paper.answers(ms, { url: `${String(link.url).slice(0, -30)}…`, expires_at: link.expires_at });
  paper.line();
  paper.say(
    `${name} opens the page, chooses Google, allows what is asked, and says that it is the right address.`,
    '   ',
  );
  await connectWithGoogle(String(link.url), sandbox, email);
  const status = await caller.rest('GET', `/connect-links/${link.link_id}`);
  paper.asks('GET /connect-links/…');
  paper.answers(status.ms, { status: status.body.status, account_id: status.body.account_id });
  const account = `/accounts/${status.body.account_id}`;
  await caller.rest('PATCH', account, { display_name: name });
  return String(status.body.account_id);
}

/** The first sync as it goes, until both are complete. */
async function watch(paper: Paper, caller: Caller, accounts: readonly (readonly [string, string])[]): Promise<void> {
  for (;;) {
    const states = await Promise.all(
      accounts.map(async ([name, id]) => {
        const { sync, last_error: error } = (await caller.rest('GET', `/accounts/${id}`)).body as unknown as {
          sync: { state: string; done: number; total: number; per_second: number };
          last_error: { message: string } | null;
        };
        if (error) throw new Error(`${name}: ${error.message}`);
        const bar = { name, done: sync.done, total: sync.total, perSecond: sync.per_second };
        return { complete: sync.state === 'up_to_date', bar };
      }),
    );
    const last = states.every(({ complete }) => complete);
    paper.bars(
      states.map(({ bar }) => bar),
      last,
    );
    if (last) return;
    await delay(LOOK_AGAIN_MS);
  }
}

/** Where to go on from here. */
async function invite(paper: Paper, closers: Closers, { gmail, server, token }: Told): Promise<void> {
  const control = await startControl(gmail.sandbox, 0);
  await closers.push(() => control.close());
  const bearer = `Authorization: Bearer ${server.key}`;
  paper.line();
  paper.title('Your turn: it is all still up');
  paper.line();
  const { body: link } = await new Caller(server).rest('POST', `/users/${SAM.user}/sign-in-links`, {});
  paper.say(
    `The dashboard is at ${server.url}. This link signs you in as Sam, once: see his mailbox in step under Integrations, what his assistant just did under Activity, and under Mail what it is told of a mail.`,
  );
  paper.copy(String(link.url));
  paper.line();
  paper.say('Claude Code:');
  paper.copy(`claude mcp add --transport http mailroom-demo ${server.url}/mcp --header "${bearer}"`);
  paper.line();
  paper.say('Cursor, and other clients that take a URL:');
  const entry = { url: `${server.url}/mcp`, headers: { Authorization: `Bearer ${server.key}` } };
  paper.copy(JSON.stringify({ mcpServers: { 'mailroom-demo': entry } }, null, 2));
  paper.line();
  paper.say('The same for an agent that may see Sam’s mail only:');
  paper.copy(
    `claude mcp add --transport http sams-mail ${server.url}/mcp/gmail --header "Authorization: Bearer ${token}"`,
  );
  paper.line();
  paper.say('Without a client, and what else there is:');
  paper.copy(`curl -s ${server.url}/accounts -H "${bearer}"`);
  paper.copy(`curl -s ${server.url}/openapi.json`);
  paper.line();
  paper.say('Write to Jane yourself, then ask for it:');
  paper.copy(
    `curl -s http://127.0.0.1:${control.port}/users/${JANE.email}/mails -d '{"subject":"Soup?","text":"At eight."}'`,
  );
  paper.line();
  paper.say('Ctrl-C ends the demo and removes everything that it made.');
}
