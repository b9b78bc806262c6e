// What a profile may send, as an agent meets it by every door: the limit is named, nothing leaves, drafts and the operator are free.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { newAgent } from '../support/agent.ts';
import { type Mailroom, newFolder, removeFolder, startMailroom } from '../support/mailroom.ts';
import { connected, letter, startPretendGmail } from '../support/pretend-gmail.ts';

const JANE = { email: 'jane@gmail.com', appPassword: 'abcdefghijklmnop' };
const folder = newFolder();
let gmail: Sandbox;
let room: Mailroom;
let jane: string;

beforeAll(async () => {
  const pretend = await startPretendGmail(folder, [JANE]);
  gmail = pretend.gmail;
  gmail.user(JANE.email).deliver(letter('Rowing'), {});
  room = await startMailroom({ folder, env: { ...pretend.env, SEND_LIMITS: 'mail=2,minute=100,day=3,new_day=1' } });
  jane = await connected(room, JANE);
});
afterAll(async () => {
  await room?.end();
  await gmail?.close();
  removeFolder(folder);
});

const mail = (to: string, subject: string) => ({ to, subject, body: 'Hello.' });
const sent = () =>
  gmail
    .user(JANE.email)
    .truth()
    .filter(({ labels }) => labels.includes('\\Sent')).length;

it('holds by MCP and REST alike, and says which and until when', async () => {
  const agent = await newAgent(room);
  await expect(
    agent.tool('gmail_send_message', mail('amy@example.org, b@example.org, c@example.org', 'Too many')),
  ).rejects.toThrow(/^rate_limited: The limit of 2 recipients a mail .*Waiting does not help/);
  const first = { ...mail('amy@example.org', 'Known'), idempotency_key: 'k1' };
  expect((await agent.tool('gmail_send_message', first)).status).toBe('sent');
  // Amy wrote before; Zoe did not.
  expect((await agent.tool('gmail_send_message', mail('Zoe <ZOE@example.org>', 'New'))).status).toBe('sent');
  expect((await agent.tool('gmail_send_message', mail('zoe@example.org', 'New no more'))).status).toBe('sent');
  const before = sent();
  const refused = await agent.rest('POST', '/messages', mail('amy@example.org', 'One more'));
  expect([refused.status, refused.body.code, refused.body.detail]).toEqual([
    429,
    'rate_limited',
    'The limit of 3 mails a day is reached; the mail was not sent.',
  ]);
  expect(Date.parse(refused.body.retry_at)).toBeGreaterThan(Date.now() + 23 * 3_600_000);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(23 * 3600);
  await expect(agent.tool('gmail_send_message', mail('amy@example.org', 'One more'))).rejects.toThrow(
    /3 mails a day.* Try again after \d{4}-/,
  );
  expect((await agent.tool('gmail_send_message', first)).status).toBe('sent');
  expect((await agent.tool('gmail_create_draft', mail('amy@example.org', 'One more'))).draft_id).toBeTruthy();
  expect((await room.tool('send_email', { account_id: jane, ...mail('new@example.org', 'By the key') })).status).toBe(
    'sent',
  );
  expect(sent()).toBe(before + 1);
});

it('lets an agent write to so many strangers a day', async () => {
  const agent = await newAgent(room, { profile: 'shy' });
  await agent.tool('gmail_send_message', mail('stranger1@example.org', 'First'));
  await expect(agent.tool('gmail_send_message', mail('stranger2@example.org', 'Second'))).rejects.toThrow(
    /1 new recipients a day/,
  );
  expect((await agent.tool('gmail_send_message', mail('amy@example.org', 'Known still'))).status).toBe('sent');
});
