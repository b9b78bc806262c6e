// The dashboard as things happen: what is told moves it without its asking, and what is not told it asks for.
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { seedMailboxes } from '../../src/sandbox/seed.ts';
import { readLock } from '../../src/store/lock.ts';
import { type Chromium, chromiumAvailable, startChromium, type Visitor } from '../support/chromium.ts';
import { eventually, type Mailroom, newFolder, removeFolder, startMailroom } from '../support/mailroom.ts';
import { linkFor, signedIn } from '../support/person.ts';
import { type PrefixProxy, startPrefixProxy } from '../support/prefix-proxy.ts';
import { letter, startPretendGmail } from '../support/pretend-gmail.ts';

const JANE = { email: 'jane@gmail.com', appPassword: 'abcdefghijklmnop' };
const MAILS = 600;
const SLOWLY = 150_000;
/** Of one step, on a machine that is busy with something else. */
const LIMIT_MS = 180_000;
const WAIT_MS = 60_000;
/** Nothing is asked for by the clock then. */
const WITHOUT_POLLS = 'window.setInterval = () => 0';

const folder = newFolder();
let proxy: PrefixProxy;
let gmail: Sandbox;
let room: Mailroom;
let chromium: Chromium;
let visitor: Visitor;
let account: string;

beforeAll(async () => {
  if (!chromiumAvailable()) return;
  proxy = await startPrefixProxy('/mail-room');
  const pretend = await startPretendGmail(folder, [JANE]);
  gmail = pretend.gmail;
  seedMailboxes([gmail.user(JANE.email)], { seed: 3, mails: MAILS });
  room = await startMailroom({ folder, env: { ...pretend.env, PUBLIC_URL: proxy.url } });
  proxy.leadTo(readLock(join(folder, 'data'))!.url!);
  chromium = await startChromium();
  visitor = await member(WITHOUT_POLLS);
}, LIMIT_MS);
afterAll(async () => {
  await chromium?.close();
  await room?.end();
  await gmail?.close();
  await proxy?.close();
  removeFolder(folder);
});

/** A member in a browser of his own, at the first page. */
async function member(script = ''): Promise<Visitor> {
  const made = await chromium.visitor({ ours: new URL(proxy.url).origin });
  await made.page.addInitScript(script);
  await made.page.goto(await linkFor(room, 'u1'));
  await made.page.getByRole('button', { name: 'Continue' }).click();
  await made.page.getByRole('link', { name: 'Not now' }).click();
  await made.page.getByRole('heading', { name: 'Overview' }).waitFor();
  return made;
}

/** Goes there; resolves once changes are told. */
async function open(path: string, { page }: Visitor = visitor): Promise<void> {
  const stream = page.waitForResponse((response) => response.url().endsWith('/events'));
  await page.goto(proxy.url + path);
  expect((await stream).status()).toBe(200);
  await eventually(async () => (await page.getByText('Loading …').count()) === 0);
}

const send = (subject: string) =>
  room.rest('POST', `/accounts/${account}/messages`, { to: 'amy@example.org', subject, body: 'Hello.' });
const entry = (subject: string, { page }: Visitor = visitor): Locator =>
  page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: subject, exact: true }) });

describe.skipIf(!chromiumAvailable())('what is told', { timeout: LIMIT_MS }, () => {
  it('moves the first copy of an account, from when it is connected elsewhere until it is in step', async () => {
    const { page } = visitor;
    await open('/settings/integrations');
    let asked = 0;
    page.on('request', (request) => {
      if (/\/accounts\?/.test(request.url())) asked++;
    });
    const from = performance.now();
    gmail.script.add(JANE.email, { kind: 'slow', bytesPerSecond: SLOWLY });
    const added = { user_id: 'u1', email: JANE.email, app_password: JANE.appPassword };
    account = (await room.rest('POST', '/accounts', added)).body.account_id;
    const bar = page.getByRole('progressbar', { name: `Mail of ${JANE.email} that is here` });
    await bar.waitFor();
    const seen = new Set<number>();
    await eventually(async () => {
      seen.add(await bar.evaluate((each) => (each as unknown as { position: number }).position));
      return [...seen].filter((each) => each > 0).length >= 2;
    }, WAIT_MS);
    gmail.script.clear(JANE.email);
    await page.getByText('In step', { exact: true }).first().waitFor();
    // No more than one a second, and what was asked to begin with.
    expect(asked).toBeGreaterThanOrEqual(3);
    expect(asked).toBeLessThanOrEqual((performance.now() - from) / 1000 + 3);
    expect(visitor.complaints).toEqual([]);
  });

  it('shows a mail that comes in the list that is open', async () => {
    await open('/mail');
    gmail.user(JANE.email).deliver(letter('Lunch on Friday', { to: JANE.email }));
    await visitor.page.getByRole('button', { name: /Lunch on Friday/ }).waitFor();
  });

  it('changes an entry of the outbox', async () => {
    await open('/sending');
    const text = '550 5.1.1 The email account that you tried to reach does not exist.';
    const mended = gmail.script.add(JANE.email, { kind: 'smtp-answer', stage: 'rcpt', text });
    expect((await send('The soup')).body.status).toBe('failed');
    await entry('The soup').getByText('Failed', { exact: true }).waitFor();
    mended();
    const { outbox } = (await room.rest('GET', `/accounts/${account}/outbox`)).body;
    await room.rest('POST', `/outbox/${outbox[0].outbox_id}/retry`, {});
    await entry('The soup').getByText('Sent', { exact: true }).waitFor();
    expect(visitor.complaints).toEqual([]);
  });

  it('is not told to a tab that nobody sees, which asks when it is seen again', async () => {
    const { page } = visitor;
    const seen = (state: 'hidden' | 'visible') =>
      page.evaluate(`(() => {
        Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => '${state}' });
        document.dispatchEvent(new Event('visibilitychange'));
      })()`);
    await open('/sending');
    const over = page.waitForEvent('requestfailed', (request) => request.url().endsWith('/events'));
    await seen('hidden');
    await over;
    expect((await send('The pie')).body.status).toBe('sent');
    await visitor.settled();
    expect(await entry('The pie').count()).toBe(0);
    await seen('visible');
    await entry('The pie').getByText('Sent', { exact: true }).waitFor();
    expect(visitor.complaints).toEqual([]);
  });

  it('is missed by nobody where no stream comes through: the page asks by itself', async () => {
    const other = await member();
    await other.context.route('**/events', (route) => route.abort());
    await other.page.goto(`${proxy.url}/sending`);
    await entry('The pie', other).waitFor();
    expect((await send('The cake')).body.status).toBe('sent');
    await entry('The cake', other).getByText('Sent', { exact: true }).waitFor();
    other.expected(/ERR_FAILED/);
    expect(other.complaints).toEqual([]);
    await other.close();
  });

  it('ends with the session, and the page asks for a sign-in by itself', async () => {
    await open('/activity');
    expect((await (await signedIn(room, 'u1')).ask('DELETE', `${room.url}/me/sessions`)).status).toBe(200);
    await visitor.page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
    visitor.expected(/status of 401|ERR_INCOMPLETE_CHUNKED_ENCODING/);
    expect(visitor.complaints).toEqual([]);
  });
});
