// The outbox in a browser: what can be done with a mail that waits, one that failed and one of which nobody knows, and that nothing
// arrives twice or against somebody's will.
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { newAgent } from '../support/agent.ts';
import { type Chromium, chromiumAvailable, startChromium, type Visitor } from '../support/chromium.ts';
import { connectByGoogle } from '../support/google-account.ts';
import { eventually, type Mailroom, newFolder, removeFolder, startMailroom } from '../support/mailroom.ts';
import { connected, startPretendGmail, upToDate } from '../support/pretend-gmail.ts';
import { signInAs } from '../support/signed-in.ts';

const JANE = { email: 'jane@gmail.com', appPassword: 'abcdefghijklmnop' };
/** Connected by Google's consent: what its answer is lost of stays unknown. */
const BOB = { email: 'bob@gmail.com', appPassword: 'abcdefghijklmnop' };
const ME = 'me';
const LIMIT_MS = 180_000;

const folder = newFolder();
let gmail: Sandbox;
let room: Mailroom;
let chromium: Chromium;
let visitor: Visitor;
let page: Page;
/** Until then what waits is put off whenever it is tried. */
let lettingThrough: () => void;

beforeAll(async () => {
  if (!chromiumAvailable()) return;
  const pretend = await startPretendGmail(folder, [JANE, BOB]);
  gmail = pretend.gmail;
  room = await startMailroom({
    folder,
    env: { ...pretend.env, ...gmail.google.env, INBOX_POLL_INTERVAL_SECONDS: '1', SEND_LIMITS: 'minute=50' },
  });
  await connected(room, JANE, ME);
  await upToDate(room, await connectByGoogle(room, gmail, BOB.email, ME));
  const agent = await newAgent(room, { user: ME });
  const send = async (account: string, subject: string, becomes: string): Promise<void> => {
    const mail = { account, to: ['amy@example.org'], subject, body: 'Text.' };
    expect(await agent.tool('gmail_send_message', mail)).toMatchObject({ status: becomes });
  };
  const refused = gmail.script.add(JANE.email, { kind: 'smtp-answer', stage: 'rcpt', text: '550 5.1.1 No such user.' });
  await send(JANE.email, 'Failed, again', 'failed');
  await send(JANE.email, 'Failed, forget', 'failed');
  refused();
  const text = '451 4.3.0 Temporary System Problem.';
  lettingThrough = gmail.script.add(JANE.email, { kind: 'smtp-answer', stage: 'mail', text });
  await send(JANE.email, 'Waits, now', 'queued');
  await send(JANE.email, 'Waits, forget', 'queued');
  for (const subject of ['Unknown, again', 'Unknown, forget']) {
    gmail.script.add(BOB.email, { kind: 'google-drop', stage: 'before', operation: 'messages.send' });
    await send(BOB.email, subject, 'unknown');
  }
  expect(gmail.submissions).toHaveLength(0);
  chromium = await startChromium();
  visitor = await chromium.visitor({ ours: room.url });
  page = visitor.page;
  await signInAs(ME, page, room);
}, LIMIT_MS);
afterAll(async () => {
  await chromium?.close();
  await room?.end();
  await gmail?.close();
  removeFolder(folder);
});

const entry = (subject: string): Locator =>
  page.locator('section').filter({ has: page.getByRole('heading', { name: subject, exact: true }) });
const subjects = (): string[] =>
  gmail.submissions.map(({ raw }) => /^Subject: (.*)$/m.exec(raw.toString())?.[1]?.trim() ?? '');

describe.skipIf(!chromiumAvailable())('a mail in the outbox', { timeout: LIMIT_MS }, () => {
  beforeEach(async () => {
    await page.goto(`${room.url}/sending`);
    await page.getByRole('heading', { level: 1, name: 'Outbox' }).waitFor();
  });

  it('is counted by its state, and shown by it', async () => {
    for (const [name, count] of [
      ['All', 6],
      ['Waits', 2],
      ['Unknown', 2],
      ['Failed', 2],
      ['Sent', 0],
    ] as const) {
      await page.getByRole('button', { name: `${name} ${count}`, exact: true }).click();
      await eventually(async () => (await page.getByRole('main').getByRole('listitem').count()) === count);
    }
    await page.getByText('There is none of these').waitFor();
  });

  it.each([
    ['Waits, forget', 'will not be sent'],
    ['Failed, forget', 'It was not sent'],
    ['Unknown, forget', 'If Gmail took it, it stays sent'],
  ])('is not sent when it is taken out, and not when one thinks better of that: %s', async (subject, told) => {
    const card = entry(subject);
    const out = card.getByRole('button', { name: `Take out: ${subject}` });
    await out.click();
    await page.getByRole('dialog').getByText(told).waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await card.waitFor();
    await out.click();
    await page.getByRole('dialog').getByRole('button', { name: 'Take it out' }).click();
    await card.waitFor({ state: 'detached' });
    expect(subjects()).not.toContain(subject);
  });

  it.each([
    ['Waits, now', 'Waits', 'Try now', 'does not wait', 'Send it now'],
    ['Failed, again', 'Failed', 'Try again', 'may be refused again', 'Send it now'],
    ['Unknown, again', 'Unknown', 'Look, then send', 'it arrives twice', 'Look, then send'],
  ])('is sent once when it is tried: %s', async (subject, state, name, told, yes) => {
    const card = entry(subject);
    await card.getByText(state, { exact: true }).waitFor();
    if (state === 'Unknown') await card.getByText('It may have been sent.').waitFor();
    await card.getByRole('button', { name: `${name}: ${subject}` }).click();
    await page.getByRole('dialog').getByText(told).waitFor();
    lettingThrough();
    await page.getByRole('dialog').getByRole('button', { name: yes }).click();
    await card.getByText('Sent', { exact: true }).waitFor();
    expect(subjects().filter((each) => each === subject)).toHaveLength(1);
    expect(await card.getByRole('button').count()).toBe(0);
  });

  it('has left by nobody’s hand but the person’s', () => {
    expect(subjects().sort()).toEqual(['Failed, again', 'Unknown, again', 'Waits, now']);
    expect(visitor.complaints).toEqual([]);
  });
});
