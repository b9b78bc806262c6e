// What the dashboard says when the server, the way to it or a page of its own does not do as it should: words with a cure, and never a
// blank page or a circle.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Chromium, chromiumAvailable, startChromium, type Visitor } from '../support/chromium.ts';
import { eventually, type Mailroom, newFolder, removeFolder, startMailroom } from '../support/mailroom.ts';
import { signInAs } from '../support/signed-in.ts';

const LIMIT_MS = 180_000;
const folder = newFolder();
let room: Mailroom;
let chromium: Chromium;
let visitor: Visitor;
let page: Page;

beforeAll(async () => {
  if (!chromiumAvailable()) return;
  room = await startMailroom({ folder, env: {} });
  chromium = await startChromium();
}, LIMIT_MS);
beforeEach(async () => {
  if (!chromiumAvailable()) return;
  await visitor?.close();
  visitor = await chromium.visitor({ ours: room.url });
  page = visitor.page;
  await signInAs('u1', page, room);
}, LIMIT_MS);
afterAll(async () => {
  await visitor?.close();
  await chromium?.close();
  await room?.end();
  removeFolder(folder);
});

const HTML = 'text/html';
const alert = (text: string | RegExp) => page.getByRole('alert').filter({ hasText: text });

describe.skipIf(!chromiumAvailable())('the dashboard', { timeout: LIMIT_MS }, () => {
  it.each([
    'js',
    'css',
  ])('says so when files of a page are gone, and loads them when they are back: .%s', async (kind) => {
    const gone = `**/assets/activity-*.${kind}`;
    await page.route(gone, (route) => route.fulfill({ status: 404, body: '{}' }));
    await page.getByRole('link', { name: 'Activity' }).click();
    await alert('This page could not be shown').waitFor();
    await page.unroute(gone);
    await page.getByRole('button', { name: 'Load it again' }).click();
    await page.getByRole('heading', { level: 1, name: 'Activity' }).waitFor();
  });

  it('holds what goes wrong in one page there', async () => {
    await page.route('**/accounts?*', (route) => route.fulfill({ json: [{ not: 'an account' }] }));
    await page.goto(`${room.url}/settings/integrations`);
    await alert('This page could not be shown').waitFor();
    expect(await visitor.violations()).toEqual([]);
    // The others are there still.
    await page.getByRole('link', { name: 'Security' }).click();
    await page.getByRole('heading', { level: 1, name: 'Security' }).waitFor();
  });

  it('says that something else answered in the server’s place', async () => {
    await page.route('**/accounts?*', (route) => route.fulfill({ contentType: HTML, body: '<h1>Wi-Fi</h1>' }));
    await page.goto(`${room.url}/settings/integrations`);
    await alert('answered in its place').waitFor();
  });

  it('leads to sign in also when the refusal is a proxy’s page', async () => {
    await page.route('**/accounts?*', (route) => route.fulfill({ status: 401, contentType: HTML, body: 'no' }));
    // Which sends whoever is signed in back.
    const asked = page.waitForRequest((request) => request.url().endsWith('/sign-in?to=%2Fsettings%2Fintegrations'));
    await page.goto(`${room.url}/settings/integrations`, { waitUntil: 'commit' });
    await asked;
  });

  it('goes on by itself when a server that did not answer is back', async () => {
    await page.route('**/me', (route) => route.fulfill({ status: 502, contentType: HTML, body: 'Bad gateway' }));
    await page.goto(`${room.url}/settings/security`);
    await alert('Mailroom did not answer.').waitFor();
    await page.unroute('**/me');
    await page.getByRole('heading', { level: 1, name: 'Security' }).waitFor();
  });

  it('lets somebody sign out also where there is no page, and shows nothing to whoever goes back', async () => {
    await page.goto(`${room.url}/nowhere`);
    await page.getByRole('heading', { level: 1, name: 'There is no such page' }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
    await page.goBack();
    await page.waitForURL(/\/sign-in\?to=/);
  });

  it('keeps what somebody is at when the server does not answer for a while', async () => {
    await page.clock.install();
    await page.goto(`${room.url}/settings/agents`);
    await page.getByRole('button', { name: 'New agent' }).click();
    const name = page.getByRole('textbox', { name: 'Name' });
    await name.fill('Half a word');
    let asked = 0;
    await page.route('**/me', (route) => {
      asked++;
      return route.abort();
    });
    await page.clock.fastForward(120_000);
    await page.evaluate(`document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))`);
    await eventually(async () => asked === 3, 60_000);
    await page.clock.runFor(1000);
    expect(await name.inputValue()).toBe('Half a word');
  });
});
