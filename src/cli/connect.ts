// Connects one's own mailbox from a terminal: the page where it is done, the first sync, the newest mail. Knows only the
// public doors of the Mailroom that owns DATA_DIR, and is that Mailroom itself when there is none.
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../base/errors.ts';
import type { Config } from '../config.ts';
import { browserOf, openPage } from './browser.ts';
import type { Caller } from './caller.ts';
import { ownerOf } from './owner.ts';
import { Paper } from './paper.ts';
import { Prompt } from './prompt.ts';

/** The person at this machine. */
const USER = 'me';
const LOOK_AGAIN_MS = 400;
const MOST_TRIES = 3;
const NEWEST = 3;

interface Account {
  readonly email: string;
  readonly status: string;
  readonly sync: { readonly state: string; readonly done: number; readonly total: number; readonly per_second: number };
  readonly last_error: { readonly message: string; readonly cure: string } | null;
}

/** Answers the exit status; 130 when it was interrupted. */
export async function connect(config: Config, email: string | undefined, env: NodeJS.ProcessEnv): Promise<number> {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => interrupted.abort());
  const { caller, running } = await ownerOf(config);
  try {
    const paper = new Paper(process.stdout, env);
    const account = await linked(paper, caller, email, env, interrupted.signal);
    if (interrupted.signal.aborted) return 130;
    if (account === null) {
      paper.say('Nothing was connected.');
      return 1;
    }
    await watch(paper, caller, account, interrupted.signal);
    if (interrupted.signal.aborted) return 130;
    await showNewest(paper, caller, account);
    paper.line();
    paper.say(running ? '`mailroom serve` keeps it in step and answers agents.' : 'The server keeps it in step.');
    return 0;
  } finally {
    await running?.stop();
  }
}

/** The account's id once the person has connected it; null when that will not happen. */
async function linked(
  paper: Paper,
  caller: Caller,
  email: string | undefined,
  env: NodeJS.ProcessEnv,
  interrupted: AbortSignal,
): Promise<string | null> {
  const { body: link } = await caller.rest('POST', '/connect-links', { user_id: USER, ...(email && { email }) });
  const browser = browserOf(env);
  paper.title('Connect a Gmail account');
  paper.say(
    browser ? 'Opening the page in your browser. It is good for ten minutes:' : 'In any browser, for ten minutes:',
  );
  paper.copy(String(link.url));
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, interrupted]);
  const ways = [onThePage(paper, caller, String(link.link_id), signal)];
  if (!browser || !(await openPage(browser, String(link.url)))) {
    paper.line();
    paper.say('Or here, with an App Password from https://myaccount.google.com/apppasswords:');
    ways.push(onTheTerminal(paper, caller, email, signal));
  }
  try {
    return await Promise.any(ways);
  } catch {
    return null;
  } finally {
    over.abort();
  }
}

/** Rejects when the page will not do it any more. */
async function onThePage(paper: Paper, caller: Caller, linkId: string, signal: AbortSignal): Promise<string> {
  for (;;) {
    const { body } = await caller.rest('GET', `/connect-links/${linkId}`);
    if (body.status === 'connected') return String(body.account_id);
    if (body.status !== 'pending') {
      if (body.status === 'expired') paper.say('The page has expired; run this again for another.');
      throw new Error(String(body.status));
    }
    await delay(LOOK_AGAIN_MS, undefined, { signal });
  }
}

async function onTheTerminal(
  paper: Paper,
  caller: Caller,
  known: string | undefined,
  signal: AbortSignal,
): Promise<string> {
  const prompt = new Prompt(process.stdin, process.stdout);
  signal.addEventListener('abort', () => prompt.close());
  try {
    for (let attempt = 1; ; attempt++) {
      const email = known ?? (await prompt.ask('Address: '));
      const password =
        email === null ? null : await prompt.ask(`App Password of ${email} (not shown): `, { secret: true });
      if (!email || !password) throw new Error('no answer');
      try {
        const account = { user_id: USER, email, app_password: password };
        return String((await caller.rest('POST', '/accounts', account)).body.account_id);
      } catch (error) {
        paper.say((error as Error).message);
        if (attempt === MOST_TRIES) throw error;
      }
    }
  } finally {
    prompt.close();
  }
}

async function watch(paper: Paper, caller: Caller, id: string, interrupted: AbortSignal): Promise<void> {
  paper.line();
  while (!interrupted.aborted) {
    const { email, status, sync, last_error } = (await caller.rest('GET', `/accounts/${id}`))
      .body as unknown as Account;
    if (last_error && status !== 'active')
      throw new AppError('unavailable', last_error.message, { hint: last_error.cure });
    const complete = sync.state === 'up_to_date';
    paper.bars([{ name: email, done: sync.done, total: sync.total, perSecond: sync.per_second }], complete);
    if (complete) return;
    await delay(LOOK_AGAIN_MS, undefined, { signal: interrupted }).catch(() => undefined);
  }
}

async function showNewest(paper: Paper, caller: Caller, id: string): Promise<void> {
  const { body } = await caller.rest('GET', `/accounts/${id}/messages?limit=${NEWEST}`);
  const messages = body.messages as { sender?: string; subject?: string }[];
  paper.line();
  paper.say(messages.length > 0 ? 'The newest:' : 'There is no mail in it yet.');
  for (const { sender = '', subject = '(no subject)' } of messages) paper.say(`${subject}  (${sender})`, '   ');
}
