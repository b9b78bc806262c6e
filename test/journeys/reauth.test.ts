// An account that Google no longer lets in: what may still be read, for how long, and how it comes back.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { Browser } from '../support/browser.ts';
import { eventually, type Mailroom, newFolder, removeFolder, startMailroom } from '../support/mailroom.ts';
import { connected, letter, startPretendGmail, upToDate } from '../support/pretend-gmail.ts';

const JANE = { email: 'jane@gmail.com', appPassword: 'canaryjanepasswd' };
const BOB = { email: 'bob@gmail.com', appPassword: 'canarybobpasswrd' };
const folder = newFolder();
let gmail: Sandbox;
let env: Record<string, string>;
let room: Mailroom;
let jane: string;
let bob: string;
let mail: { message_id: string; thread_id: string };

async function byGoogle(): Promise<string> {
  const browser = new Browser();
  const { body: link } = await room.rest('POST', '/connect-links', { user_id: 'u1', email: JANE.email });
  const consent = await browser.follow(await browser.post(link.url, { method: 'google' }));
  const back = await gmail.google.consent(consent.location!, { email: JANE.email });
  await browser.follow(await browser.get(back));
  await browser.post(`${link.url}/confirm`, { decision: 'yes', address: JANE.email });
  return (await room.rest('GET', `/connect-links/${link.link_id}`)).body.account_id;
}

const account = async (id: string) => (await room.rest('GET', `/accounts/${id}`)).body;
const needsReauth = (id: string) =>
  eventually(async () => {
    await room.rest('POST', `/accounts/${id}/fetch`);
    return (await account(id)).status === 'needs_reauth';
  });

/** Every way to read the account's mail. */
const readings = (id: string): string[] => [
  `/accounts/${id}/messages?q=letter`,
  `/accounts/${id}/messages/${mail.message_id}`,
  `/accounts/${id}/threads/${mail.thread_id}`,
  `/accounts/${id}/labels`,
  `/accounts/${id}/conversations`,
  `/accounts/${id}/contacts/amy@example.org`,
  `/accounts/${id}/contacts/amy@example.org/messages`,
];

async function restartedWith(more: Record<string, string>): Promise<void> {
  await room.end();
  room = await startMailroom({ folder, env: { ...env, ...more } });
}

beforeAll(async () => {
  const pretend = await startPretendGmail(folder, [JANE, BOB]);
  gmail = pretend.gmail;
  env = { ...pretend.env, ...gmail.google.env };
  for (const { email } of [JANE, BOB]) gmail.user(email).deliver(letter('A letter', { to: email }));
  room = await startMailroom({ folder, env });
  jane = await byGoogle();
  await upToDate(room, jane);
  bob = await connected(room, BOB, 'u2');
  [mail] = (await room.tool('search_emails', { account_id: jane, query: 'letter' })).messages;
});
afterAll(async () => {
  await room?.end();
  await gmail?.close();
  removeFolder(folder);
});

describe('an account whose grant was withdrawn', () => {
  it('needs to be connected again after one refusal, which its credential survives', async () => {
    const before = gmail.google.count('token.refresh');
    gmail.google.grants.revokeAll(JANE.email);
    await needsReauth(jane);
    expect(gmail.google.count('token.refresh') - before).toBe(1);
    const { last_error } = await account(jane);
    expect(last_error).toMatchObject({ code: 'account_rejected', cure: expect.stringContaining('Connect it again') });
    const sent = await room.rest('POST', `/accounts/${jane}/messages`, { to: 'a@b.example', subject: 'x', body: 'x' });
    expect([sent.status, sent.body.code]).toEqual([422, 'account_rejected']);
  });

  it('is read from its copy for a while, which says that it is stale', async () => {
    for (const path of readings(jane)) {
      const { status, body } = await room.rest('GET', path);
      expect([path, status, body.stale]).toEqual([path, 200, true]);
    }
    for (const path of readings(bob).filter((each) => !/message_id|threads|messages\/[0-9a-f]/.test(each)))
      expect((await room.rest('GET', path)).body.stale, path).toBeUndefined();
  });

  it('is not read any longer than that, by any way, and says how it is mended', async () => {
    await restartedWith({ REAUTH_GRACE_DAYS: '0' });
    for (const path of readings(jane)) {
      const { status, body } = await room.rest('GET', path);
      expect([path, status, body.code]).toEqual([path, 422, 'account_rejected']);
      expect(body.hint).toContain('Connect it again');
    }
    for (const [tool, args] of [
      ['search_emails', { query: 'letter' }],
      ['get_emails', { email: 'amy@example.org' }],
      ['get_contact', { email: 'amy@example.org' }],
      ['list_conversations', {}],
      ['fetch_inbox', {}],
    ] as const)
      await expect(room.tool(tool, { account_id: jane, ...args }), tool).rejects.toThrow(/^account_rejected: /);
    expect((await account(jane)).status).toBe('needs_reauth');
    expect((await room.rest('GET', `/accounts/${jane}/outbox`)).status).toBe(200);
    expect((await room.rest('GET', `/accounts/${bob}/messages`)).status).toBe(200);
  });

  it('comes back with its id and its mail when the person connects it again', async () => {
    expect(await byGoogle()).toBe(jane);
    await upToDate(room, jane);
    expect(await account(jane)).toMatchObject({ status: 'active', last_error: null });
    const { body } = await room.rest('GET', `/accounts/${jane}/messages/${mail.message_id}`);
    expect(body).toMatchObject({ message_id: mail.message_id });
    expect(body.stale).toBeUndefined();
  });

  it('loses its copy where the operator wants that, and gets the same mail again', async () => {
    gmail.google.grants.revokeAll(JANE.email);
    await needsReauth(jane);
    const copies = () => readdirSync(join(folder, 'data', 'mailboxes')).filter((name) => name.startsWith(jane));
    expect(copies().length).toBeGreaterThan(0);
    await restartedWith({ DELETE_AFTER_DAYS: '0' });
    await eventually(async () => copies().length === 0);
    expect((await room.rest('GET', `/accounts/${jane}/messages`)).body.code).toBe('account_rejected');
    expect((await room.rest('GET', `/accounts/${bob}/messages`)).body.messages).toHaveLength(1);
    expect(await byGoogle()).toBe(jane);
    await upToDate(room, jane);
    const { messages } = await room.tool('search_emails', { account_id: jane, query: 'letter' });
    expect(messages).toMatchObject([{ message_id: mail.message_id }]);
  });
});
