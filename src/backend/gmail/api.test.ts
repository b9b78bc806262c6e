// What one account asks of Google over the wire: tokens, quota, patience, bounds.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  type AnswerServer,
  countedTokens,
  googleError,
  type Reply,
  SleepingClock,
  startAnswers,
} from '../../../test/support/google-answers.ts';
import { type Call, GmailApi } from './api.ts';
import { GmailLimits } from './quota.ts';

const anything = z.looseObject({});
const signal = new AbortController().signal;
const profile: Call = { method: 'GET', path: 'profile', as: 'users.getProfile', signal };
const sending: Call = { method: 'POST', path: 'messages/send', as: 'messages.send', body: { raw: 'x' }, signal };

describe('a call of the Gmail API', () => {
  let google: AnswerServer;
  let clock: SleepingClock;
  let limits: GmailLimits;
  let tokens: ReturnType<typeof countedTokens>;
  const api = (email = 'jane@example.com') => new GmailApi({ apiUrl: google.url, topic: null, limits }, tokens, email);
  const inTurn = (...replies: Reply[]): void => {
    google.answer = () => replies.shift() ?? { body: { done: true } };
  };

  beforeEach(async () => {
    google = await startAnswers();
    clock = new SleepingClock();
    limits = new GmailLimits({ clock });
    tokens = countedTokens();
    inTurn();
  });
  afterEach(() => google.close());

  it('goes to the origin that was configured, with the token, asking for gzip in both fields', async () => {
    const query = { q: 'a b&c', labelIds: ['INBOX', 'UNREAD'], pageToken: undefined };
    await api().request(anything, { ...profile, path: 'messages', query });
    expect(google.asked[0]).toMatchObject({
      method: 'GET',
      url: '/gmail/v1/users/me/messages?q=a+b%26c&labelIds=INBOX&labelIds=UNREAD',
      headers: { authorization: 'Bearer t1', 'accept-encoding': 'gzip', 'user-agent': expect.stringMatching(/gzip/) },
    });
  });

  it('takes another token once when one is refused, and when that is refused too does not say that the account is', async () => {
    inTurn(googleError(401, 'authError', 'Invalid Credentials'));
    expect(await api().request(anything, profile)).toEqual({ done: true });
    expect(google.asked.map(({ headers }) => headers.authorization)).toEqual(['Bearer t1', 'Bearer t2']);
    google.answer = () => googleError(401, 'authError', 'Invalid Credentials');
    await expect(api().request(anything, profile)).rejects.toMatchObject({ code: 'unavailable' });
    expect(tokens.refreshes).toBe(2);
    expect(google.asked).toHaveLength(4);
  });

  it('is tried again while Google has trouble, each time later, and not for ever', async () => {
    inTurn(googleError(500, 'backendError', ''), googleError(503, 'backendError', ''));
    expect(await api().request(anything, profile)).toEqual({ done: true });
    expect(clock.slept).toEqual([1000, 2000]);
    google.answer = () => googleError(503, 'backendError', '');
    await expect(api().request(anything, profile)).rejects.toMatchObject({ code: 'unavailable' });
    expect(google.asked).toHaveLength(3 + 5);
  });

  it('waits a moment when it is told to, and holds the account, and no other, when it is told to wait for long', async () => {
    inTurn(googleError(429, 'rateLimitExceeded', '', { 'retry-after': '3' }));
    expect(await api().request(anything, profile)).toEqual({ done: true });
    expect(clock.slept).toEqual([3000]);
    inTurn(googleError(429, 'rateLimitExceeded', 'Retry after 2026-11-25T15:00:00.000Z'));
    const until = Date.UTC(2026, 10, 25, 15);
    const fault = { code: 'rate_limited', retryAt: until };
    await expect(api().request(anything, profile)).rejects.toMatchObject(fault);
    const asked = google.asked.length;
    await expect(api().request(anything, profile)).rejects.toMatchObject(fault);
    expect(await api().once(anything, sending)).toMatchObject({ kind: 'refused', temporary: true, error: fault });
    expect(google.asked).toHaveLength(asked);
    expect(await api('joe@example.com').request(anything, profile)).toEqual({ done: true });
    clock.at = until;
    expect(await api().request(anything, profile)).toEqual({ done: true });
  });

  it('holds the account for a minute when Google goes on asking for patience', async () => {
    google.answer = () => googleError(403, 'userRateLimitExceeded', '');
    await expect(api().request(anything, profile)).rejects.toMatchObject({ retryAt: clock.at + 15_000 + 60_000 });
    expect(google.asked).toHaveLength(5);
  });

  it('spends no more than an account’s units in any minute, and an import leaves some to callers', async () => {
    const get: Call = { ...profile, as: 'messages.get', inBackground: true };
    for (let i = 0; i < 250; i++) await api().request(anything, get);
    expect(clock.slept).toEqual([]);
    for (let i = 0; i < 50; i++) await api().request(anything, { ...get, inBackground: false });
    await expect(api().request(anything, { ...get, inBackground: false })).rejects.toMatchObject({
      code: 'rate_limited',
      retryAt: clock.at + 60_000,
    });
    expect(clock.slept).toEqual([]);
    await api('joe@example.com').request(anything, get);
    await api().request(anything, get);
    expect(clock.slept).toEqual([60_000]);
  });

  it('waits for others to leave enough when it is patient, since nobody can come again in its place', async () => {
    limits = new GmailLimits({ clock, accountUnits: 40 });
    const get: Call = { ...profile, as: 'messages.get' };
    await api().request(anything, get);
    await api().request(anything, get);
    await api().request(anything, { ...get, patient: true });
    expect(clock.slept).toEqual([60_000]);
  });

  it('shares what the project may spend among all accounts', async () => {
    limits = new GmailLimits({ clock, projectUnits: 40 });
    const get: Call = { ...profile, as: 'messages.get' };
    await api().request(anything, get);
    await api('joe@example.com').request(anything, get);
    await expect(api('ann@example.com').request(anything, get)).rejects.toMatchObject({ code: 'rate_limited' });
  });

  it('runs no more than four at once for an account, callers before imports', async () => {
    const release: (() => void)[] = [];
    const began: string[] = [];
    google.answer = async ({ url }) => {
      began.push(new URL(url, google.url).searchParams.get('n')!);
      await new Promise<void>((resolve) => release.push(resolve));
      return {};
    };
    const one = api();
    const ask = (n: string, inBackground: boolean) => one.request(anything, { ...profile, query: { n }, inBackground });
    const first = ['1', '2', '3', '4'].map((n) => ask(n, true));
    const later = [ask('import', true), ask('caller', false)];
    await expect.poll(() => began.length).toBe(4);
    release.shift()!();
    await expect.poll(() => began.length).toBe(5);
    expect(began[4]).toBe('caller');
    google.answer = () => ({});
    for (const go of release) go();
    await Promise.all([...first, ...later]);
  });

  it('follows no redirect, and takes no answer that is none of Google’s', async () => {
    inTurn({ status: 302, headers: { location: 'http://127.0.0.1:1/' } });
    await expect(api().request(anything, profile)).rejects.toMatchObject({ code: 'unavailable' });
    inTurn({ body: '<html>' });
    await expect(api().request(anything, profile)).rejects.toMatchObject({ code: 'unavailable' });
    inTurn({ body: { big: 'x'.repeat(5000) } });
    await expect(api().request(anything, { ...profile, mostBytes: 4096 })).rejects.toMatchObject({ code: 'too_large' });
  });

  it('of its own kind holds nobody else when it is limited', async () => {
    inTurn(googleError(429, 'rateLimitExceeded', 'Retry after 2026-11-25T15:00:00.000Z'));
    const apart = { ...profile, apart: true };
    await expect(api().request(anything, apart)).rejects.toMatchObject({ code: 'rate_limited' });
    expect(await api().request(anything, profile)).toEqual({ done: true });
  });

  it('is not made twice when it may have been done', async () => {
    google.answer = (_asked, response) => {
      response.destroy();
      return null;
    };
    expect(await api().once(anything, sending)).toMatchObject({ kind: 'unknown' });
    inTurn(googleError(503, 'backendError', ''));
    expect(await api().once(anything, sending)).toMatchObject({ kind: 'unknown' });
    expect(google.asked).toHaveLength(2);
    inTurn(googleError(401, 'authError', ''));
    expect(await api().once(anything, sending)).toEqual({ kind: 'done', value: { done: true } });
    inTurn({ body: 'ok' });
    expect(await api().once(anything, sending)).toEqual({ kind: 'done', value: null });
    inTurn(googleError(400, 'invalidArgument', 'Invalid To header'));
    expect(await api().once(anything, sending)).toMatchObject({ kind: 'refused', temporary: false, forAll: false });
    // It did not come whole, or too early: nothing was done with it.
    for (const status of [408, 425]) {
      inTurn(googleError(status, '', ''));
      expect(await api().once(anything, sending)).toMatchObject({ kind: 'refused', temporary: true, forAll: true });
    }
    const nobody = await startAnswers();
    await nobody.close();
    const elsewhere = new GmailApi({ apiUrl: nobody.url, topic: null, limits }, tokens, 'jane@example.com');
    expect(await elsewhere.once(anything, sending)).toMatchObject({ kind: 'refused', temporary: true, forAll: true });
  });

  it('is lost once and made again when it only reads', async () => {
    let lost = false;
    google.answer = (_asked, response) => {
      if (lost) return { body: { done: true } };
      lost = true;
      response.destroy();
      return null;
    };
    expect(await api().request(anything, profile)).toEqual({ done: true });
  });
});
