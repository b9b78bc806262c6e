// The demo: what Mailroom is for, told in a minute by real calls. Does nothing that a caller could not do.
import { startControl } from '../sandbox/control.ts';
import { Caller } from './caller.ts';
import { type Gmail, openGmail, openServer, type Server } from './demo-house.ts';
import { Paper } from './paper.ts';

const JANE = { user: 'jane', name: 'Jane', email: 'jane@gmail.example' };
const SAM = { user: 'sam', name: 'Sam', email: 'sam@gmail.example' };
const ROSA = 'rosa@lindqvist.example';
const MAILS = 600;
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
}

async function tell(paper: Paper, closers: Closers, port: string, env: NodeJS.ProcessEnv): Promise<Told> {
  paper.title('Mailroom, in a minute');
  paper.say(
    'Sam has asked Jane something, and the answer lies seven years down in her mail. Watch an agent find it and write back. Every → is a real call and every ← its answer, shortened. The Gmail is a pretend one; nothing leaves this machine.',
  );
  paper.line();
  const gmail = await openGmail([JANE.email, SAM.email], MAILS);
  await closers.push(() => gmail.close());
  paper.done('a pretend Gmail: Jane and Sam, ten years of mail each');
  const server = await openServer(gmail, env, port);
  await closers.push(() => server.stop());
  paper.done(`Mailroom, at ${server.url}`);
  const caller = new Caller(server);

  paper.chapter(1, 'Each person connects once');
  const jane = await connect(paper, caller, JANE, gmail.appPassword, true);
  const sam = await connect(paper, caller, SAM, gmail.appPassword, false);
  paper.chapter(2, 'Mailroom copies the mail, newest first, and keeps the copy in step');
  paper.line();
  await watch(paper, caller, [
    [JANE.name, jane],
    [SAM.name, sam],
  ]);
  await work(paper, new Agent(paper, caller), jane, sam);
  return { gmail, server };
}

/** What an agent does with it: from the unread mail to the answer in the other's inbox. */
async function work(paper: Paper, agent: Agent, jane: string, sam: string): Promise<void> {
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

  paper.chapter(7, 'At Sam’s, a moment later');
  await agent.call('fetch_inbox', { account_id: sam }, ({ count, new_messages }) => ({
    count,
    new_messages: rows(new_messages, 'sender', 'subject', 'snippet'),
  }));

  paper.chapter(8, 'What Jane sees when she asks where things stand');
  await agent.call('list_conversations', { account_id: jane, limit: 3 }, ({ conversations }) => ({
    conversations: rows(conversations, 'contact', 'subject', 'last_direction', 'message_count'),
  }));
}

type Body = Record<string, unknown>;

/** Calls tools and prints each call with the part of the answer that is worth looking at. */
class Agent {
  readonly #paper: Paper;
  readonly #caller: Caller;

  constructor(paper: Paper, caller: Caller) {
    this.#paper = paper;
    this.#caller = caller;
  }

  async call(tool: string, args: object, shown: (body: Body) => object): Promise<Body> {
    this.#paper.asks(tool, args);
    const { body, ms } = await this.#caller.tool(tool, args);
    this.#paper.answers(ms, shown(body));
    return body;
  }
}

async function connect(
  paper: Paper,
  caller: Caller,
  { user, name, email }: typeof JANE,
  appPassword: string,
  aloud: boolean,
): Promise<string> {
  const account = { user_id: user, email, app_password: appPassword, display_name: name };
  if (aloud) paper.asks('POST /accounts', account);
  const { body, ms } = await caller.rest('POST', '/accounts', account);
  if (aloud) paper.answers(ms, { account_id: body.account_id, status: body.status });
  else {
    paper.line();
    paper.say(`${name} does the same and is ${body.account_id}.`, '   ');
  }
  return String(body.account_id);
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
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

/** Where to go on from here. */
async function invite(paper: Paper, closers: Closers, { gmail, server }: Told): Promise<void> {
  const control = await startControl(gmail.sandbox, 0);
  await closers.push(() => control.close());
  const bearer = `Authorization: Bearer ${server.key}`;
  paper.line();
  paper.title('Your turn: it is all still up');
  paper.line();
  paper.say('Claude Code:');
  paper.copy(`claude mcp add --transport http mailroom-demo ${server.url}/mcp --header "${bearer}"`);
  paper.line();
  paper.say('Cursor, and other clients that take a URL:');
  const entry = { url: `${server.url}/mcp`, headers: { Authorization: `Bearer ${server.key}` } };
  paper.copy(JSON.stringify({ mcpServers: { 'mailroom-demo': entry } }, null, 2));
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

const listed = (list: unknown): Record<string, string>[] => (Array.isArray(list) ? list : []);

/** Some fields of each row, in this order. */
function rows(list: unknown, ...names: string[]): object[] {
  return listed(list).map((row) =>
    Object.fromEntries(names.flatMap((name) => (row[name] === undefined ? [] : [[name, row[name]]]))),
  );
}

/** A body without the marks that tell a model where a stranger's text begins and ends. */
const unfenced = (body: unknown): string =>
  String(body)
    .replace(/<\/?mail-[0-9a-f]+>/g, '')
    .trim();
