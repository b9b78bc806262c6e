// What MCP costs: calls a second, a search, the cold start of stdio, beside a one-tool server on the same SDK; and what
// answers cost in tokens. node bench/mcp.ts [mails]; tokens need the packages of test/clients.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { Agent, request } from 'node:http';
import { createInterface } from 'node:readline';
import { makeMails } from '../src/sandbox/mail-factory.ts';
import { clientsAreInstalled, program } from '../test/clients/installed.ts';
import { type Mailroom, newFolder, removeFolder, startMailroom } from '../test/support/mailroom.ts';
import { connected, startPretendGmail } from '../test/support/pretend-gmail.ts';
import { median, millis, quantile, times } from './numbers.ts';

const JANE = { email: 'jane@gmail.com', appPassword: 'abcdabcdabcdabcd' };
const ECHO = new URL('./echo-server.ts', import.meta.url).pathname;
const BUILT = new URL('../dist/cli/main.js', import.meta.url).pathname;
const CALLERS = 16;
const MEASURE_MS = 4000;
const STARTS = 9;

const VERSION = '2026-07-28';
const ENVELOPE = {
  'io.modelcontextprotocol/protocolVersion': VERSION,
  'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};

/** A caller with one connection. */
function caller(url: string, key: string, name: string, args: object): () => Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const body = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name, arguments: args, _meta: ENVELOPE },
  });
  const headers = {
    authorization: `Bearer ${key}`,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': VERSION,
    'mcp-method': 'tools/call',
    'mcp-name': name,
  };
  return () =>
    new Promise((resolve, reject) => {
      const call = request(url, { method: 'POST', agent, headers }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
        });
        answer.once('end', () => (text.includes('"content"') ? resolve() : reject(new Error(text))));
      });
      call.once('error', reject);
      call.end(body);
    });
}

async function rate(url: string, key: string, name: string, args: object): Promise<number> {
  let done = 0;
  const measure = async (forMs: number) => {
    done = 0;
    const until = performance.now() + forMs;
    const callers = Array.from({ length: CALLERS }, () => caller(url, key, name, args));
    await Promise.all(
      callers.map(async (call) => {
        while (performance.now() < until) {
          await call();
          done++;
        }
      }),
    );
    return (done * 1000) / forMs;
  };
  await measure(1000);
  return measure(MEASURE_MS);
}

/** From the start of the process to its list of tools. */
function coldStart(args: string[], env: Record<string, string>): Promise<number> {
  const begun = performance.now();
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const say = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  const clientInfo = { name: 'bench', version: '1' };
  say({ id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo } });
  return new Promise((resolve) => {
    let took = 0;
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { id } = JSON.parse(line) as { id?: number };
      if (id === 1) {
        say({ method: 'notifications/initialized' });
        say({ id: 2, method: 'tools/list' });
      } else if (id === 2) {
        took = performance.now() - begun;
        child.stdin.end();
      }
    });
    child.once('exit', () => resolve(took));
    setTimeout(() => child.kill(), 10_000).unref();
  });
}

async function httpRates(room: Mailroom, account: string): Promise<void> {
  const echo = spawn(process.execPath, [ECHO, 'http'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise<string>((resolve) => echo.stdout.once('data', (line) => resolve(String(line).trim())));
  const anchors: number[] = [];
  const ours: number[] = [];
  for (let round = 0; round < 3; round++) {
    anchors.push(await rate(`${url}/`, '', 'echo', { text: 'hello' }));
    ours.push(await rate(`${room.url}/mcp`, room.key, 'list_gmail_accounts', {}));
  }
  await ended(echo);
  const [anchor, our] = [median(anchors), median(ours)];
  console.log(
    `${CALLERS} callers: ${our.toFixed(0)} calls/s; echo ${anchor.toFixed(0)}/s; ratio ${times(our / anchor)}`,
  );
  const search = caller(`${room.url}/mcp`, room.key, 'search_emails', { account_id: account, query: 'order' });
  const spent: number[] = [];
  for (let i = 0; i < 300; i++) {
    const begun = performance.now();
    await search();
    spent.push(performance.now() - begun);
  }
  console.log(`a search: ${millis(median(spent))} p50, ${millis(quantile(spent, 0.95))} p95`);
}

async function starts(folder: string): Promise<void> {
  const tsc = new URL('../node_modules/typescript/bin/tsc', import.meta.url).pathname;
  spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
  const anchors: number[] = [];
  const ours: number[] = [];
  for (let round = 0; round < STARTS; round++) {
    anchors.push(await coldStart([ECHO, 'stdio'], {}));
    const home = `${folder}/home-${round}`;
    ours.push(await coldStart([BUILT, 'stdio'], { HOME: home, DATA_DIR: `${home}/data`, KEY_DIR: `${home}/keys` }));
  }
  const [anchor, our] = [median(anchors), median(ours)];
  console.log(`stdio, start to tools/list: ${millis(our)}; echo ${millis(anchor)}; ratio ${times(our / anchor)}`);
}

async function tokens(room: Mailroom, account: string): Promise<void> {
  if (!clientsAreInstalled()) return;
  const { encode } = (await import(program('gpt-tokenizer/esm/encoding/o200k_base.js'))) as {
    encode(text: string): number[];
  };
  const cost = (value: unknown) => encode(JSON.stringify(value)).length;
  const { body } = await room.rest('POST', '/mcp', { jsonrpc: '2.0', id: 1, method: 'tools/list' });
  const { tools } = body.result;
  const shown = tools.map(({ name, description, inputSchema }: Record<string, unknown>) => ({
    name,
    description,
    inputSchema,
  }));
  console.log(`tools/list: ${cost(shown)} tokens as shown to a model, ${cost(body.result)} whole`);
  const ten = await room.tool('search_emails', { account_id: account, query: '' });
  console.log(`a search answer of ${ten.messages.length}: ${cost(ten)} tokens`);
  const fifty = await room.tool('search_emails', { account_id: account, query: 'order', limit: 50 });
  console.log(
    `a hit among ${fifty.messages.length}: ${(cost(fifty.messages) / fifty.messages.length).toFixed(1)} tokens`,
  );
  const each: number[] = [];
  for (const { message_id } of fifty.messages)
    each.push(cost((await room.rest('GET', `/accounts/${account}/messages/${message_id}`)).body));
  console.log(`a message: ${median(each)} tokens in the middle, ${Math.max(...each)} at most`);
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill();
  });
}

const count = Number(process.argv[2] ?? 2000);
const folder = newFolder();
const { gmail, env } = await startPretendGmail(folder, [JANE]);
for (const mail of makeMails(1, count, { owner: JANE.email, readable: true }))
  gmail.user(JANE.email).deliver(mail.raw, mail);
const room = await startMailroom({ folder, env });
const account = await connected(room, JANE);
await tokens(room, account);
await httpRates(room, account);
await room.end();
await gmail.close();
await starts(folder);
removeFolder(folder);
