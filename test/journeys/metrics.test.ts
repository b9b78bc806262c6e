// What a monitoring system is told: calls as they ended, accounts and outbox as they are; for the operator, and naming nobody. And
// what plots are made of.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { type Agent, newAgent } from '../support/agent.ts';
import { type Mailroom, newFolder, removeFolder, startMailroom } from '../support/mailroom.ts';
import { connected, letter, startPretendGmail, upToDate } from '../support/pretend-gmail.ts';

const JANE = { email: 'jane@gmail.com', appPassword: 'abcdefghijklmnop' };
const folder = newFolder();
let gmail: Sandbox;
let room: Mailroom;
let account: string;
let agent: Agent;

beforeAll(async () => {
  const pretend = await startPretendGmail(folder, [JANE]);
  ({ gmail } = pretend);
  gmail.user(JANE.email).deliver(letter('Hello'));
  room = await startMailroom({ folder, env: pretend.env });
  account = await connected(room, JANE);
  agent = await newAgent(room);
});
afterAll(async () => {
  await room?.end();
  await gmail?.close();
  removeFolder(folder);
});

async function scraped(): Promise<{ text: string; value: (line: string) => number }> {
  const response = await fetch(`${room.url}/metrics`, { headers: { authorization: `Bearer ${room.key}` } });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=/);
  const text = await response.text();
  const value = (line: string): number =>
    Number(
      text
        .split('\n')
        .find((each) => each.startsWith(`${line} `))
        ?.slice(line.length + 1) ?? Number.NaN,
    );
  return { text, value };
}

describe('/metrics', () => {
  it('counts calls by outcome, and how long they took', async () => {
    await room.tool('search_emails', { account_id: account, query: 'hello' });
    const params = { name: 'get_contact', arguments: { account_id: 'acc_nobody', email: 'x@example.org' } };
    await room.rest('POST', '/mcp', { jsonrpc: '2.0', id: 1, method: 'tools/call', params });
    const { value } = await scraped();
    expect(value('mailroom_calls_total{called="search_emails",outcome="ok"}')).toBe(1);
    expect(value('mailroom_calls_total{called="get_contact",outcome="not_found"}')).toBe(1);
    expect(value('mailroom_call_duration_seconds_count{called="search_emails"}')).toBe(1);
  });

  it('tells accounts by status, and the outbox by state', async () => {
    expect((await scraped()).value('mailroom_accounts{status="active"}')).toBe(1);
    await room.rest('PATCH', `/accounts/${account}`, { status: 'paused' });
    const { value } = await scraped();
    expect([value('mailroom_accounts{status="active"}'), value('mailroom_accounts{status="paused"}')]).toEqual([0, 1]);
    expect(value('mailroom_outbox{state="queued"}')).toBe(0);
    await room.rest('PATCH', `/accounts/${account}`, { status: 'active' });
  });

  it('names no person, address or id', async () => {
    await agent.tool('gmail_search', { query: 'hello' });
    const { text } = await scraped();
    for (const word of [JANE.email, 'jane', account, agent.tokenId, agent.token]) expect(text).not.toContain(word);
  });

  it('is the operator’s alone', async () => {
    for (const authorization of [`Bearer ${agent.token}`, 'Bearer nonsense', ''])
      expect((await fetch(`${room.url}/metrics`, { headers: { authorization } })).status).toBe(
        authorization.includes('gmail_') ? 403 : 401,
      );
  });
});

describe('/statistics', () => {
  it('tells at once what was stored, called and sent', async () => {
    await upToDate(room, account);
    await room.rest('POST', `/accounts/${account}/messages`, { to: 'amy@elsewhere.example', subject: 'x', body: 'x' });
    await agent.tool('gmail_search', { query: 'hello' });
    const { body } = await room.rest('GET', '/statistics?by=agents');
    const sum = (rows: Record<string, number>[], name: string): number =>
      rows.reduce((all, row) => all + (row[name] ?? 0), 0);
    expect(sum(body.accounts, 'mails')).toBeGreaterThanOrEqual(1);
    expect(body.accounts).toContainEqual(expect.objectContaining({ account_id: account }));
    const called = body.calls.map((row: { called: string }) => row.called);
    expect(called).toContain('gmail_search');
    expect(called).not.toContain('POST /accounts/{account_id}/messages');
    expect(body.sends).toContainEqual(expect.objectContaining({ state: 'sent', count: 1 }));
    expect(body.latency.length).toBeGreaterThan(0);
  });

  it.each([
    ['since=2026-02-30', 'since'],
    ['until=0000-01-01', 'until'],
    ['since=2026-01-01&until=2026-12-31', 'since'],
    ['since=2026-01-02&until=2026-01-01', 'since'],
  ])('takes no %s', async (query, field) => {
    const { status, body } = await room.rest('GET', `/statistics?${query}`);
    expect([status, body.code, body.field]).toEqual([400, 'invalid_input', field]);
  });
});
