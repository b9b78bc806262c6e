// A person's way through the dashboard with a real browser, and what the agents that get its keys find of it: from the owner's
// link to signing out.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { seedMailboxes } from '../../src/sandbox/seed.ts';
import { type Chromium, chromiumAvailable, startChromium, type Visitor } from '../support/chromium.ts';
import { eventually, type Mailroom, newFolder, removeFolder, startMailroom } from '../support/mailroom.ts';
import { letter, startPretendGmail } from '../support/pretend-gmail.ts';

const JANE = { email: 'jane@gmail.com', appPassword: 'abcdefghijklmnop' };
const BOB = { email: 'bob@gmail.com', appPassword: 'abcdefghijklmnop' };
const NEW_PASSWORD = 'ponmlkjihgfedcba';
const MAILS = 600;
/** The first copy waits until somebody watches, and then takes its time. */
const NEARLY_STILL = 2000;
const SLOWLY = 60_000;
/** Of the whole of one step, on a machine that is busy with something else. */
const LIMIT_MS = 180_000;
const WAIT_MS = 60_000;

const run = promisify(execFile);
const folder = newFolder();
let gmail: Sandbox;
let room: Mailroom;
let chromium: Chromium;
let visitor: Visitor;
let page: Page;

const heading = (name: string | RegExp): Locator => page.getByRole('heading', { level: 1, name });
const button = (name: string | RegExp, within: Page | Locator = page): Locator =>
  within.getByRole('button', { name, exact: typeof name === 'string' });
const go = async (name: string): Promise<void> => {
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name, exact: true }).click();
  await heading(name).waitFor();
};
const dialog = (): Locator => page.getByRole('dialog');
const card = (email: string): Locator =>
  page.locator('section').filter({ has: page.getByRole('heading', { name: email, exact: true }) });
/** Whoever does not see it hears it. */
const focused = (words: string): Promise<unknown> =>
  eventually(async () => (await page.evaluate<string>('document.activeElement.textContent')).includes(words), WAIT_MS);
const badge = (email: string, word: string): Promise<void> =>
  card(email).getByText(word, { exact: true }).first().waitFor();

beforeAll(async () => {
  if (!chromiumAvailable()) return;
  const pretend = await startPretendGmail(folder, [JANE, BOB]);
  gmail = pretend.gmail;
  seedMailboxes([gmail.user(JANE.email)], { seed: 3, mails: MAILS });
  gmail.user(JANE.email).deliver(
    letter('Lunch on Friday', {
      body: '<p>Soup at <b>noon</b>.</p><p style="display:none">unseen words</p>',
      fields: 'MIME-Version: 1.0\r\nContent-Type: text/html\r\n',
    }),
  );
  gmail.user(BOB.email).deliver(letter('For Bob', { to: BOB.email }));
  const env = { ...pretend.env, ...gmail.google.env, INBOX_POLL_INTERVAL_SECONDS: '1' };
  room = await startMailroom({ folder, env });
  chromium = await startChromium();
  visitor = await chromium.visitor({
    ours: room.url,
    others: [gmail.google.origin],
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  page = visitor.page;
}, LIMIT_MS);
afterAll(async () => {
  await chromium?.close();
  await room?.end();
  await gmail?.close();
  removeFolder(folder);
});

/** The configuration for a client, as the button for it puts it on the clipboard; what is shown is the same. */
async function copied(client: string): Promise<string> {
  await page.getByRole('tab', { name: client, exact: true }).click();
  const panel = page.getByRole('tabpanel', { name: client, exact: true });
  await button(`Copy ${client}`, panel).click();
  await panel.getByRole('status').getByText('copied').waitFor({ state: 'attached' });
  const text = await page.evaluate<string>('navigator.clipboard.readText()');
  expect(await panel.locator('pre').textContent()).toBe(text);
  return text;
}

interface Reach {
  readonly url: string;
  readonly headers: Record<string, string>;
}

/** An MCP client that is told of the server by nothing but the configuration. */
async function clientOf({ url, headers }: Reach): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }));
  return client;
}

/** The subjects that it finds, in their alphabet. */
async function findsBy(client: Client, query: string): Promise<string[]> {
  const { structuredContent } = await client.callTool({ name: 'gmail_search', arguments: { query } });
  return (structuredContent as { messages: { subject: string }[] }).messages.map(({ subject }) => subject).sort();
}

/** The arguments as a shell takes the line apart for the program that it calls. */
async function argumentsOf(line: string, program: string): Promise<string[]> {
  const { stdout } = await run('bash', ['-c', `${program}() { printf '%s\\0' "$@"; }\n${line}`]);
  return stdout.split('\0').slice(0, -1);
}

const headerOf = (line: string): Record<string, string> => {
  const [, name = '', value = ''] = /^([^:]+): ?(.*)$/.exec(line) ?? [];
  return { [name]: value };
};

const accountOf = async (email: string): Promise<{ status: string }> =>
  (await room.rest('GET', '/accounts?user_id=me')).body.find((each: { email: string }) => each.email === email);

/** What leaves the page or comes into it takes the focus along, for those who do not see it. */
const focusIsOn = (text: string): Promise<unknown> =>
  eventually(async () => (await page.evaluate<string>('document.activeElement.textContent')) === text, WAIT_MS);

/** Makes a key at an agent's page; leaves its configuration open. */
async function makeKey(narrow: () => Promise<void> = async () => {}): Promise<void> {
  await button('New key').click();
  await focusIsOn('A new key');
  await narrow();
  await button('Make the key').click();
  await page.getByRole('heading', { name: 'The key is made.' }).waitFor();
  await focusIsOn('The key is made. It is shown this once.');
}

describe.skipIf(!chromiumAvailable())('a person at the dashboard', { timeout: LIMIT_MS }, () => {
  let first: Client;
  let narrowed: Client;

  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') console.info(`${page.url()}\n${await page.locator('body').innerText()}`);
    expect(visitor.complaints).toEqual([]);
  });

  it('comes in by the owner’s link', async () => {
    const { url } = JSON.parse(room.log.find((line) => line.includes('become the owner'))!) as { url: string };
    await page.goto(url);
    await button('Continue').click();
    await page.getByRole('link', { name: 'Not now' }).click();
    await heading('Overview').waitFor();
    await page.getByText('No Gmail account is connected yet.').waitFor();
  });

  it('connects an account by App Password, is told what a wrong one means, and watches the mail come', async () => {
    await page.getByRole('link', { name: 'Connect Gmail' }).click();
    await button('Connect Gmail').click();
    await page.getByText('Use an App Password').click();
    await page.getByLabel('Gmail address').fill(JANE.email);
    await page.getByLabel('App Password', { exact: true }).fill('aaaabbbbccccdddd');
    await button('Connect with App Password').click();
    const alert = page.getByRole('alert');
    expect(await alert.textContent()).toMatch(/App Password/);
    visitor.expected(/status of 422/);
    const field = page.getByLabel('App Password', { exact: true });
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    gmail.script.add(JANE.email, { kind: 'slow', bytesPerSecond: NEARLY_STILL });
    await field.fill('abcd efgh ijkl mnop');
    await button('Connect with App Password').click();
    await page.getByText(`${JANE.email} is connected.`).waitFor();
    const bar = page.getByRole('progressbar', { name: `Mail of ${JANE.email} that is here` });
    await bar.waitFor();
    gmail.script.clear(JANE.email);
    gmail.script.add(JANE.email, { kind: 'slow', bytesPerSecond: SLOWLY });
    const seen = new Set<number>();
    await eventually(async () => {
      // How far it is, from 0 to 1; -1 while nobody knows of how much.
      seen.add(await bar.evaluate((each) => (each as unknown as { position: number }).position));
      return [...seen].filter((each) => each > 0).length >= 2;
    }, WAIT_MS).catch((error: Error) => Promise.reject(new Error(`the bar stood at ${[...seen]}`, { cause: error })));
    expect(await bar.locator('xpath=..').textContent()).toMatch(/\d+ of \d+ mails/);
    gmail.script.clear(JANE.email);
    await badge(JANE.email, 'In step');
  });

  it('connects another by Google’s consent', async () => {
    await button('Connect Gmail').click();
    await button('Continue with Google').click();
    await page.getByLabel(BOB.email).check();
    await button('Allow').click();
    await button(`Connect ${BOB.email}`).click();
    await page.getByText(`${BOB.email} is connected.`).waitFor();
    await badge(BOB.email, 'In step');
  });

  it('makes an agent and a key, and every client’s configuration works as it is copied', async () => {
    await go('Agents');
    await button('New agent').click();
    await page.getByLabel('Name').fill('Claude on my laptop');
    await page.getByLabel('Send mail').check();
    await button('Make it').click();
    await heading('Claude on my laptop').waitFor();
    await makeKey();
    const cursor = JSON.parse(await copied('Cursor')).mcpServers.mailroom as Reach;
    const code = JSON.parse(await copied('VS Code')).servers.mailroom as Reach & { type: string };
    const [mcp, add, ...rest] = await argumentsOf(await copied('Claude Code'), 'claude');
    const desktop = JSON.parse(await copied('Claude Desktop')).mcpServers.mailroom;
    const curl = await copied('HTTP');
    expect([mcp, add, code.type]).toEqual(['mcp', 'add', 'http']);
    expect(rest.slice(0, 3)).toEqual(['--transport', 'http', 'mailroom']);
    const [, , , url = '', , header = ''] = rest;
    const reaches: Reach[] = [
      cursor,
      code,
      { url, headers: headerOf(header) },
      {
        url: desktop.args[2],
        headers: headerOf(
          desktop.args.at(-1).replace(/\$\{(\w+)\}/, (_: string, name: string) => desktop.env[name] as string),
        ),
      },
    ];
    for (const reach of reaches) {
      const client = await clientOf(reach);
      expect(await findsBy(client, 'subject:"Lunch on Friday"'), JSON.stringify(reach)).toEqual(['Lunch on Friday']);
      await client.close();
    }
    const { stdout } = await run('bash', ['-c', curl]);
    expect(JSON.parse(stdout).result.tools.map(({ name }: { name: string }) => name)).toContain('gmail_send_message');
    first = await clientOf(cursor);
    await button('I have it').click();
    await focusIsOn('New key');
    await page.reload();
    await page.getByText(/last used/).waitFor();
    expect(await page.content()).not.toContain('gmail_');
  });

  it('narrows a second key, and the agent that has it finds less', async () => {
    await makeKey(async () => {
      await page.getByText('Narrow what it sees').click();
      await page.getByLabel('Senders').fill('amy@example.org');
      await page.getByLabel('Only write to these').check();
    });
    narrowed = await clientOf(JSON.parse(await copied('Cursor')).mcpServers.mailroom);
    await button('I have it').click();
    await page.getByText('Only mail from amy@example.org; writing to nobody').waitFor();
    expect(await findsBy(narrowed, '')).toEqual(['For Bob', 'Lunch on Friday']);
    expect((await findsBy(first, '')).length).toBeGreaterThan(2);
  });

  it('searches by keyboard alone, with completion, and reads a mail as an agent and as a person', async () => {
    await go('Mail');
    await page.getByLabel('Account').selectOption(JANE.email);
    await page.getByRole('combobox', { name: 'Search mail' }).waitFor();
    const focused = (): Promise<string> =>
      page.evaluate("document.activeElement.getAttribute('aria-label') ?? document.activeElement.innerText");
    const tabTo = async (fits: (name: string) => boolean): Promise<void> => {
      for (let i = 0; i < 40; i++) {
        await page.keyboard.press('Tab');
        if (fits(await focused())) return;
      }
      throw new Error('no Tab leads there');
    };
    await tabTo((name) => name === 'Search mail');
    await page.keyboard.type('fr');
    await page.getByRole('option', { name: 'from:' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const box = page.getByRole('combobox', { name: 'Search mail' });
    await eventually(async () => (await box.inputValue()) === 'from:');
    await page.keyboard.type('amy sub');
    await page.getByRole('option', { name: 'subject:' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Tab');
    await page.keyboard.type('lunch');
    expect(await box.inputValue()).toBe('from:amy subject:lunch');
    await page.keyboard.press('Enter');
    await button(/Lunch on Friday/).waitFor();
    await eventually(async () => (await page.getByRole('listitem').filter({ hasText: 'Amy Adams' }).count()) === 1);
    await tabTo((name) => name.includes('Lunch on Friday'));
    await page.keyboard.press('Enter');
    const agents = page.getByRole('region', { name: 'As an agent reads it' });
    await agents.getByText('Soup at noon.').waitFor();
    expect(await agents.textContent()).not.toContain('unseen words');
    await page.getByText('Hidden text removed in 1 place').waitFor();
    const frame = page.frameLocator('iframe');
    await frame.getByText('Soup at noon.').waitFor();
    expect(await page.locator('iframe').getAttribute('sandbox')).toBe('');
  });

  it('sees why an account is in trouble, and mends it by its button', async () => {
    await go('Integrations');
    gmail.user(JANE.email).changePassword(NEW_PASSWORD);
    gmail.user(JANE.email).dropConnections();
    await eventually(async () => (await accountOf(JANE.email)).status === 'needs_reauth', WAIT_MS);
    await go('Operation');
    const all = page.getByRole('region', { name: 'Accounts' });
    await all.getByText(BOB.email).waitFor();
    await page.getByLabel('Only those in trouble').check();
    await all.getByText(BOB.email).waitFor({ state: 'detached' });
    await all.getByText(JANE.email).waitFor();
    await page.getByLabel('Find an account or a person').fill('bob');
    await page.getByText('There is no such account').waitFor();
    const people = page.getByRole('region', { name: 'People' });
    await people.getByText('1 account in trouble').waitFor();
    await page.getByLabel('Find a person').fill('nobody');
    await page.getByText('There is no such person').waitFor();
    await go('Integrations');
    await badge(JANE.email, 'Needs you to reconnect');
    await button('Reconnect', card(JANE.email)).click();
    const address = page.getByLabel('Gmail address');
    await page.getByText('Use an App Password').click();
    expect([await address.inputValue(), await address.getAttribute('readonly')]).toEqual([JANE.email, '']);
    await page.getByLabel('App Password', { exact: true }).fill(NEW_PASSWORD);
    await button('Connect with App Password').click();
    await badge(JANE.email, 'In step');
    expect(await button('Reconnect').count()).toBe(0);
  });

  it('pauses and resumes', async () => {
    await button('Pause', card(BOB.email)).click();
    await badge(BOB.email, 'Paused');
    await button('Resume', card(BOB.email)).click();
    await badge(BOB.email, 'In step');
  });

  it('grants an account to chosen agents, and the others lose it', async () => {
    await button(/^Change/, card(BOB.email)).click();
    await page.getByLabel('These agents').check();
    await page.getByText('None is chosen, so nobody may use it.').waitFor();
    await button('Save', card(BOB.email)).click();
    await card(BOB.email).getByText('no agent').waitFor();
    expect(await findsBy(narrowed, '')).toEqual(['Lunch on Friday']);
    await button(/^Change/, card(BOB.email)).click();
    await page.getByLabel('Claude on my laptop').check();
    await button('Save', card(BOB.email)).click();
    await card(BOB.email).getByText('Claude on my laptop').waitFor();
    expect(await findsBy(narrowed, '')).toEqual(['For Bob', 'Lunch on Friday']);
  });

  it('sees why a mail was not sent, and sends it again', async () => {
    const text = '550 5.1.1 The email account that you tried to reach does not exist.';
    const mended = gmail.script.add(JANE.email, { kind: 'smtp-answer', stage: 'rcpt', text });
    const answer = await first.callTool({
      name: 'gmail_send_message',
      arguments: { account: JANE.email, to: ['amy@example.org'], subject: 'The soup', body: 'I will come.' },
    });
    expect(answer.structuredContent, JSON.stringify(answer)).toMatchObject({ status: 'failed' });
    await go('Outbox');
    const entry = card('The soup');
    await entry.getByText('Failed', { exact: true }).waitFor();
    await entry.getByText('Not sent: there is no such mailbox').waitFor();
    mended();
    await button(/^Try again/, entry).click();
    await button('Send it now', dialog()).click();
    await entry.getByText('Sent', { exact: true }).waitFor();
    expect(gmail.submissions.length).toBe(1);
  });

  it('finds what agents did in the activity', async () => {
    await go('Activity');
    await page.getByRole('img', { name: /Calls by agent: .*Claude on my laptop \d+ calls/ }).waitFor();
    await page.getByLabel('Tool or route').fill('gmail_send');
    const calls = page.getByRole('region', { name: 'Calls' }).getByRole('listitem');
    await eventually(async () => (await calls.count()) === 1, WAIT_MS);
    expect(await calls.first().textContent()).toContain('Claude on my laptop');
  });

  it('revokes the key, and the client that holds it is turned away at once', async () => {
    await go('Agents');
    await page.getByRole('link', { name: 'Claude on my laptop' }).click();
    const key = page.getByRole('listitem').filter({ hasText: 'last used' }).filter({ hasNotText: 'Only mail from' });
    await button('Revoke', key).click();
    await button('Revoke it', dialog()).click();
    await dialog().waitFor({ state: 'hidden' });
    await focused('The key is revoked.');
    await expect(findsBy(first, '')).rejects.toThrow(/401|unauthenticated|Unauthorized/i);
    expect((await findsBy(narrowed, '')).length).toBe(2);
  });

  it('disconnects an account, and is told before what will be deleted', async () => {
    await go('Integrations');
    await button(/^Disconnect/, card(BOB.email)).click();
    await dialog().getByText('Deleted here, at once and for good').waitFor();
    await dialog().getByText('access at Google is taken back').waitFor();
    await button('Cancel', dialog()).click();
    await badge(BOB.email, 'In step');
    await button(/^Disconnect/, card(BOB.email)).click();
    await button('Disconnect and delete the copy', dialog()).click();
    await focused(`${BOB.email} is disconnected`);
    expect(await card(BOB.email).count()).toBe(0);
    expect(await accountOf(BOB.email)).toBeUndefined();
    expect(await findsBy(narrowed, '')).toEqual(['Lunch on Friday']);
    expect([...gmail.user(BOB.email).mails()].length).toBeGreaterThan(0);
  });

  it('signs out, and the pages ask for a sign-in from then on', async () => {
    await button('Sign out').click();
    await heading('Sign in').waitFor();
    await page.goto(`${room.url}/mail`);
    await heading('Sign in').waitFor();
    expect(new URL(page.url()).searchParams.get('to')).toBe('/mail');
    visitor.expected(/status of 401/);
  });
});
