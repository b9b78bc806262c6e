// Script in a mail, by a broad table of strings in subject, sender, body, file name and label: shown in every list and in the frame, it
// runs nowhere, leads nowhere and calls nobody.
import type { Frame, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { type Chromium, chromiumAvailable, startChromium, type Visitor } from '../support/chromium.ts';
import { eventually, type Mailroom, newFolder, removeFolder, startMailroom } from '../support/mailroom.ts';
import { connected, startPretendGmail } from '../support/pretend-gmail.ts';
import { signInAs } from '../support/signed-in.ts';
import { CANARY_HOST, INJECTIONS } from './injections.ts';

const JANE = { email: 'jane@gmail.com', appPassword: 'abcdefghijklmnop' };
const USER = 'u1';
/** Names of labels have no blank at an end and no control character; a few of each kind are enough. */
const LABELS = INJECTIONS.filter((each, i) => i % 9 === 0 && /^[\x20-\x7e]+$/.test(each) && !/["\\%*]/.test(each));
/** So many frames load beside each other. */
const AT_ONCE = 40;
const LIMIT_MS = 240_000;

const folder = newFolder();
let gmail: Sandbox;
let room: Mailroom;
let account: string;
let chromium: Chromium;
let visitor: Visitor;
let page: Page;
/** Every sign that something ran, or that a page was left. */
const signs: string[] = [];
/** Of the mails with HTML, as the product names them. */
const ids: string[] = [];

const encoded = (text: string): string => `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`;
/** In encoded words, which hold a piece each (RFC 2047). */
const words = (text: string): string =>
  Array.from({ length: Math.ceil([...text].length / 12) }, (_, i) =>
    encoded([...text].slice(i * 12, i * 12 + 12).join('')),
  ).join('\r\n ');

function mailWith(injection: string, i: number): string {
  return [
    `From: ${words(injection)} <x${i}@example.org>`,
    'To: jane@gmail.com',
    `Subject: ${words(injection)}`,
    `Message-ID: <injection.${i}@example.org>`,
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    'Content-Type: text/html; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.from(`<p>Shown ${i}.</p>${injection}`).toString('base64').replace(/.{76}/g, '$&\r\n'),
    '--b',
    'Content-Type: application/octet-stream',
    `Content-Disposition: attachment; filename*=utf-8''${encodeURIComponent(injection)}`,
    '',
    'x',
    '--b--',
    '',
  ].join('\r\n');
}

const plain = (): string =>
  [
    'From: Amy <amy@example.org>',
    'To: jane@gmail.com',
    'Subject: All of them in plain text',
    'Message-ID: <plain@example.org>',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.from(INJECTIONS.slice(0, 150).join('\n')).toString('base64').replace(/.{76}/g, '$&\r\n'),
    '',
  ].join('\r\n');

beforeAll(async () => {
  if (!chromiumAvailable()) return;
  const pretend = await startPretendGmail(folder, [JANE]);
  gmail = pretend.gmail;
  const box = gmail.user(JANE.email);
  for (const [i, injection] of INJECTIONS.entries())
    box.deliver(mailWith(injection, i), { labels: ['\\Inbox', LABELS[i % LABELS.length]!] });
  box.deliver(plain());
  room = await startMailroom({ folder, env: pretend.env });
  account = await connected(room, JANE, USER);
  await room.rest('PATCH', `/accounts/${account}`, { display_name: INJECTIONS[0] });
  for (const [i, injection] of INJECTIONS.filter((_, at) => at % 20 === 0).entries())
    await room.rest('PUT', `/users/${USER}/profiles/p${i}`, {
      name: injection,
      permissions: ['read', 'draft', 'send'],
    });
  for (const i of [2, 40, 70])
    await room.rest('POST', `/accounts/${account}/messages`, {
      to: 'amy@example.org',
      subject: INJECTIONS[i],
      body: INJECTIONS[i],
    });
  for (let cursor = ''; cursor !== undefined; ) {
    const path = `/accounts/${account}/messages?q=has:attachment&limit=50&cursor=${encodeURIComponent(cursor)}`;
    const { messages, next_cursor } = (await room.rest('GET', path)).body;
    for (const { message_id, sender } of messages) ids[Number(/x(\d+)@example\.org/.exec(sender)![1])] = message_id;
    cursor = next_cursor;
  }
  expect(Object.keys(ids).length).toBe(INJECTIONS.length);
  chromium = await startChromium();
  visitor = await chromium.visitor({ ours: room.url });
  page = visitor.page;
  await visitor.context.exposeBinding('ran', (_, i: unknown) => void signs.push(`ran ${i}: ${INJECTIONS[Number(i)]}`));
  visitor.context.on('page', (other) => signs.push(`opened a window: ${other.url()}`));
  page.on('dialog', (dialog) => {
    signs.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await signInAs(USER, page, room);
}, LIMIT_MS);
afterAll(async () => {
  await chromium?.close();
  await room?.end();
  await gmail?.close();
  removeFolder(folder);
});

const htmlOf = (id: string): string => `${room.url}/accounts/${account}/messages/${id}/html`;
/** What the browser says when it refuses something is the proof, not a complaint. */
const isRefusal = (line: string): boolean =>
  /^console: .*(Content Security Policy|sandboxed|Refused to|Blocked setting|Unsafe attempt|Not allowed to load|may not be used as base)/s.test(
    line,
  );

function nothingRan(): void {
  const told = visitor.complaints.splice(0);
  expect(signs).toEqual([]);
  expect(told.filter((line) => !isRefusal(line))).toEqual([]);
}

describe.skipIf(!chromiumAvailable())('script in a mail', { timeout: LIMIT_MS }, () => {
  it('would run where nothing holds it', async () => {
    const open = await chromium.visitor({ ours: room.url });
    const seen = new Set<unknown>();
    // Those that load themselves again and again would keep the browser from the others.
    const some = INJECTIONS.slice(0, 100).filter((each) => !/frame|alert/.test(each));
    try {
      await open.context.exposeBinding('ran', (_, i: unknown) => void seen.add(i));
      await open.page.goto(`${room.url}/mark.svg`);
      await open.page.goto('about:blank');
      await open.page.evaluate(`(${LOAD_OPEN})(${JSON.stringify(some)})`);
      await eventually(async () => seen.size > 40, 60_000);
      const canaries = () => open.complaints.filter((line) => line.includes(CANARY_HOST)).length;
      await eventually(async () => canaries() > 5, 60_000);
    } finally {
      await open.close();
    }
  });

  it('runs in no frame, also when only the mail’s own policy holds it', async () => {
    for (let at = 0; at < ids.length; at += AT_ONCE) {
      const addresses = JSON.stringify(ids.slice(at, at + AT_ONCE).map(htmlOf));
      const shown = await page.evaluate(`(${LOAD_FRAMES})(${addresses})`);
      expect(shown).toBe(Math.min(AT_ONCE, ids.length - at));
      const frames = page.frames().filter((frame: Frame) => frame.parentFrame() === page.mainFrame());
      for (const frame of frames) expect(frame.url(), 'a frame was led away').toMatch(/\/html$/);
    }
    nothingRan();
  });

  it('runs in no mail that is opened by itself', async () => {
    for (let i = 0; i < ids.length; i += 24) {
      // By a link of ours: the cookie counts for nothing else.
      await page.goto(`${room.url}/settings/security`);
      await page.evaluate(`location.assign(${JSON.stringify(htmlOf(ids[i]!))})`);
      await page.getByText(`Shown ${i}.`).waitFor();
      await page.waitForLoadState('networkidle');
      expect(page.url(), INJECTIONS[i]).toBe(htmlOf(ids[i]!));
    }
    nothingRan();
  });

  it('runs in no list, and in no mail that is read there', async () => {
    await page.goto(`${room.url}/mail`);
    const hits = page.getByRole('listitem').filter({ has: page.getByRole('button') });
    const older = page.getByRole('button', { name: 'Older' });
    await hits.first().waitFor();
    for (let before = 0; await older.isVisible(); ) {
      before = await hits.count();
      await older.click();
      await eventually(async () => (await hits.count()) > before, 60_000);
    }
    expect(await hits.count()).toBeGreaterThan(INJECTIONS.length);
    // The string stands there as it is, letter for letter.
    await page.getByRole('button').filter({ hasText: INJECTIONS[0]! }).first().waitFor();
    for (let i = 0; i < ids.length; i += 24) {
      await page.goto(`${room.url}/mail?message=${ids[i]}`);
      await page.frameLocator('iframe').getByText(`Shown ${i}.`).waitFor();
    }
    const { messages } = (await room.rest('GET', `/accounts/${account}/messages?q=subject:"plain text"`)).body;
    await page.goto(`${room.url}/mail?message=${messages[0].message_id}`);
    await page.frameLocator('iframe').getByText('<ScRiPt>ran(1)</sCrIpT>').waitFor();
    nothingRan();
  });

  it('runs on no other page, and from no address', async () => {
    const some = INJECTIONS.filter((_, i) => i % 60 === 0).map(encodeURIComponent);
    const paths = [
      '/',
      '/settings/integrations',
      '/settings/agents',
      '/settings/agents/p0',
      '/activity',
      '/sending',
      '/settings/security',
      ...some.map((each) => `/mail?q=${each}&account=${each}&message=${each}`),
      ...some.slice(0, 3).map((each) => `/settings/integrations?status=${each}&account_id=${each}`),
      ...some.slice(0, 3).map((each) => `/settings/agents/${each}`),
    ];
    for (const path of paths) {
      await page.goto(room.url + path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      // Parts of a page load by themselves.
      await eventually(async () => (await page.getByText('Loading …').count()) === 0, 60_000);
    }
    visitor.expected(/status of 40[04]/);
    nothingRan();
  });
});

/** Each string in a frame of its own that may do everything. */
const LOAD_OPEN = `(all) => {
  for (const each of all) {
    const frame = document.createElement('iframe');
    frame.sandbox = 'allow-scripts allow-same-origin allow-forms allow-modals allow-popups';
    frame.srcdoc = each;
    document.body.append(frame);
  }
}`;

/** The mails in frames that only their own policy holds, in place of those before; answers how many have loaded. */
const LOAD_FRAMES = `async (all) => {
  document.querySelectorAll('iframe').forEach((each) => each.remove());
  const loads = all.map((each) => new Promise((done) => {
    const frame = document.createElement('iframe');
    frame.onload = () => done(1);
    frame.src = each;
    document.body.append(frame);
  }));
  return (await Promise.all(loads)).length;
}`;
