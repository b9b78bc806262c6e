// A mail to Google whose answer is lost and that was not taken: looked for during a quarter of an hour of the outbox's clock, and
// never handed over again.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { MINUTE, OutboxBed } from '../../test/support/outbox-bed.ts';
import { GmailLimits } from '../backend/gmail/quota.ts';
import { openGmailSender } from '../backend/gmail/sender.ts';
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts';
import { SYSTEM_CLOCK } from './clock.ts';
import { isFinal } from './outbox.ts';

const JANE = { email: 'jane@gmail.com', appPassword: 'abcdefghijklmnop' };
const RAW = Buffer.from('From: jane@gmail.com\r\nTo: joe@gmail.com\r\nSubject: Tea\r\n\r\nHello.\r\n');

let gmail: Sandbox;
let bed: OutboxBed;
beforeEach(async () => {
  gmail = await startSandbox({ users: [JANE] });
  bed = await OutboxBed.start();
  const { accessToken } = gmail.google.allow(JANE.email);
  const tokens = { current: async () => accessToken, instead: async () => accessToken };
  const limits = new GmailLimits({ clock: SYSTEM_CLOCK });
  const server = { apiUrl: gmail.google.origin, topic: null, limits };
  bed.openSender = async () => openGmailSender(server, tokens, JANE.email);
  await bed.later(0);
});
afterEach(async () => {
  await bed.end();
  await gmail.close();
});

it.each([
  'before',
  'after',
] as const)('is handed over once, whatever happens later (lost %s it was taken)', async (stage) => {
  gmail.script.add(JANE.email, { kind: 'google-drop', stage, operation: 'messages.send' });
  const { row } = await bed.outbox.submit(bed.intent(), RAW, null);
  expect(await bed.become(row, isFinal)).toMatchObject({ state: 'unknown', attempts: 1, message_id: null });
  for (let minute = 0; minute < 20; minute++) {
    await bed.later(MINUTE);
    await bed.become(row, ({ next_at }) => next_at === null || next_at > bed.now);
    const stillLooking = (await bed.control.outbox.find(row.id))!.next_at !== null;
    expect([minute, stillLooking]).toEqual([minute, minute < 14]);
  }
  expect(await bed.control.outbox.find(row.id)).toMatchObject({ state: 'unknown', message_id: null });
  expect(gmail.google.count('messages.send')).toBe(1);
  expect(gmail.submissions).toHaveLength(stage === 'after' ? 1 : 0);
});
