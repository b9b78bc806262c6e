// The control port as a test of an integrator uses it: over HTTP only.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ImapLines } from '../../test/support/imap-lines.ts';
import { startControl } from './control.ts';
import type { RunningServer } from './imap-server.ts';
import { type Sandbox, startSandbox } from './sandbox.ts';

const JANE = 'jane@gmail.example';
let gmail: Sandbox;
let control: RunningServer;

beforeAll(async () => {
  gmail = await startSandbox({ users: [{ email: JANE, appPassword: 'abcdefghijklmnop' }] });
  control = await startControl(gmail, 0);
});
afterAll(async () => {
  await control?.close();
  await gmail?.close();
});

async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`http://127.0.0.1:${control.port}${path}`, {
    method,
    headers,
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const json = response.headers.get('content-type') === 'application/json';
  return { status: response.status, body: json ? JSON.parse(text) : text };
}
const mine = (rest: string) => `/users/${JANE}/${rest}`;
const logIn = async (password = 'abcdefghijklmnop') => {
  const imap = await ImapLines.open(gmail.imap.port, gmail.ca);
  return { imap, answer: await imap.command(`LOGIN ${JANE} ${password}`) };
};

describe('the control port', () => {
  it('says what it can do', async () => {
    const { body } = await ask('GET', '/');
    expect(body.imap).toEqual(gmail.imap);
    expect(body.routes).toContainEqual({ method: 'POST', path: '/users/{email}/mails', about: expect.any(String) });
  });

  it('delivers a mail told in words, and tells the truth about it', async () => {
    const told = {
      from: 'Zoë Ö <zoe@elsewhere.example>',
      subject: 'Grüße',
      text: 'Schön.',
      html: '<p>Schön.</p>',
      attachments: [{ filename: 'Plan.txt', content_base64: 'UGxhbg==' }],
      labels: ['\\Inbox', 'Trips/Sea'],
      flags: ['\\Flagged'],
      date: '2026-03-01T10:00:00Z',
    };
    const delivered = await ask('POST', mine('mails'), told);
    expect(delivered).toMatchObject({ status: 201, body: { place: 'all', date_ms: Date.UTC(2026, 2, 1, 10) } });
    const { mails } = (await ask('GET', mine('mails'))).body;
    expect(mails.at(-1)).toMatchObject({
      ...delivered.body,
      subject: 'Grüße',
      labels: ['Trips/Sea', '\\Inbox', '\\Starred'],
    });
    const { body: raw } = await ask('GET', mine(`mails/${delivered.body.id}`));
    expect(raw).toContain('From: =?UTF-8?B?Wm/DqyDDlg==?= <zoe@elsewhere.example>');
    expect(raw).toContain('filename="Plan.txt"');
  });

  it('delivers bytes as they are', async () => {
    const raw = 'Subject: raw\r\n\r\nas it is';
    const { body } = await ask('POST', mine('mails'), { raw });
    expect((await ask('GET', mine(`mails/${body.id}`))).body).toBe(raw);
  });

  it('changes and removes a mail', async () => {
    const { id } = (await ask('POST', mine('mails'), { subject: 'change me' })).body;
    const change = { flags: ['\\Seen'], add_labels: ['Later'], remove_labels: ['\\Inbox'] };
    expect((await ask('PATCH', mine(`mails/${id}`), change)).body).toMatchObject({
      labels: ['Later'],
      flags: ['\\Seen'],
    });
    expect((await ask('PATCH', mine(`mails/${id}`), { place: 'trash' })).body).toMatchObject({ place: 'trash' });
    expect((await ask('DELETE', mine(`mails/${id}`))).status).toBe(200);
    expect((await ask('DELETE', mine(`mails/${id}`))).status).toBe(404);
  });

  it('lets a login fail as often as it is told, and takes that back', async () => {
    const fault = { kind: 'imap-login', answer: 'too-many-connections', times: 1 };
    expect((await ask('POST', mine('faults'), fault)).status).toBe(201);
    expect((await ask('GET', mine('faults'))).body.faults).toEqual([{ ...fault, left: 1 }]);
    expect((await logIn()).answer).toContain('NO [ALERT] Too many simultaneous connections. (Failure)');
    expect((await logIn()).answer).toContain('OK');
    const { fault_id } = (await ask('POST', mine('faults'), { ...fault, times: 5 })).body;
    expect((await ask('DELETE', `/faults/${fault_id}`)).status).toBe(200);
    expect((await ask('DELETE', `/faults/${fault_id}`)).status).toBe(404);
    expect((await logIn()).answer).toContain('OK');
  });

  it('ends what reads too much with OVERQUOTA, and lets nobody in until that is taken back', async () => {
    await ask('POST', mine('mails'), { subject: 'long', text: 'long '.repeat(2000) });
    const { imap } = await logIn();
    await ask('POST', mine('faults'), { kind: 'bandwidth', bytes: 5000 });
    await imap.command('SELECT INBOX');
    expect(await imap.command('FETCH * BODY.PEEK[]')).toContain(
      '* BYE [OVERQUOTA] Account exceeded command or bandwidth limits.',
    );
    expect((await logIn()).answer).toContain('NO [ALERT] Account exceeded command or bandwidth limits. (Failure)');
    await ask('DELETE', mine('faults'));
    expect((await logIn()).answer).toContain('OK');
  });

  it('revokes the App Password', async () => {
    const { app_password } = (await ask('PUT', mine('password'))).body;
    expect(app_password).toMatch(/^[a-z]{16}$/);
    expect((await logIn()).answer).toContain('NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)');
    expect((await logIn(app_password)).answer).toContain('OK');
    await ask('PUT', mine('password'), { app_password: 'abcdefghijklmnop' });
  });

  it('takes one more person, with mail', async () => {
    const bob = { email: 'bob@gmail.example', app_password: 'ponmlkjihgfedcba', language: 'de', mails: 5 };
    expect(await ask('POST', '/users', bob)).toMatchObject({ status: 201, body: { mails: 10, language: 'de' } });
    expect((await ask('POST', '/users', bob)).status).toBe(409);
  });

  it('holds the levers of the Google side', async () => {
    const { body: google } = await ask('GET', '/google');
    expect(google).toMatchObject({ origin: gmail.google.origin, env: gmail.google.env, push: null });
    const { access_token } = (await ask('POST', mine('google'))).body;
    const profile = () =>
      fetch(`${google.origin}/gmail/v1/users/me/profile`, { headers: { authorization: `Bearer ${access_token}` } });
    const { historyId } = (await (await profile()).json()) as { historyId: string };
    expect((await ask('GET', mine('google'))).body).toMatchObject({
      granted: { scopes: expect.arrayContaining(['openid']), refresh_tokens: 1 },
      history_id: historyId,
      watch: null,
      units: 1,
    });
    expect((await ask('POST', mine('google/forget'))).body.history_id).not.toBe(historyId);
    await ask('PATCH', '/google', { access_token_lifetime_ms: 5000 });
    expect(gmail.google.settings.accessTokenLifetimeMs).toBe(5000);
    expect((await ask('POST', '/google/clock', { advance_ms: 3_599_000 })).status).toBe(201);
    expect((await profile()).status).toBe(401);
    await ask('PUT', '/google/push', { url: 'http://127.0.0.1:9/push', audience: 'here' });
    expect((await ask('POST', mine('google/push'), { foreign_key: true })).body).toEqual({ status: 0 });
    await ask('DELETE', mine('google'));
    expect((await ask('GET', mine('google'))).body.granted).toBeNull();
    const { requests } = (await ask('GET', '/google/requests')).body;
    expect(requests).toContainEqual(expect.objectContaining({ operation: 'getProfile', units: 1, in_batch: false }));
    expect(JSON.stringify(requests)).not.toContain(access_token);
  });

  it('lets the Google side go wrong for one person, or for everybody', async () => {
    const fault = { kind: 'google-answer', operation: 'token.refresh', status: 503, retry_after: '5', times: 1 };
    const refresh = async () => {
      const { refresh_token } = (await ask('POST', mine('google'))).body;
      const { clientId, clientSecret, origin } = gmail.google;
      const form = { client_id: clientId, client_secret: clientSecret, grant_type: 'refresh_token', refresh_token };
      return (await fetch(`${origin}/token`, { method: 'POST', body: new URLSearchParams(form) })).status;
    };
    await ask('POST', mine('faults'), fault);
    expect([await refresh(), await refresh()]).toEqual([503, 200]);
    await ask('POST', '/faults', fault);
    expect((await ask('GET', '/faults')).body.faults).toEqual([{ ...fault, left: 1 }]);
    expect([await refresh(), await refresh()]).toEqual([503, 200]);
    await ask('POST', '/faults', fault);
    expect((await ask('DELETE', '/faults')).status).toBe(200);
    expect(await refresh()).toBe(200);
  });

  it.each([
    ['POST', mine('faults'), { kind: 'google-answer', status: 200 }, 400],
    ['PATCH', '/google', { units_per_user_minute: 0 }, 400],
    ['PATCH', '/google', { units: 5 }, 400],
    ['POST', mine('faults'), { kind: 'imap-login', answer: 'never' }, 400],
    ['POST', mine('faults'), { kind: 'slow', bytes_per_second: 0 }, 400],
    ['POST', mine('mails'), { subject: 'a\r\nBcc: x@y' }, 400],
    ['POST', mine('mails'), '{', 400],
    ['POST', '/users/nobody@gmail.example/mails', {}, 404],
    ['PUT', '/log', undefined, 400],
    ['GET', '/nothing', undefined, 404],
  ])('refuses %s %s', async (method, path, body, status) => {
    const answer = await ask(method, path, body);
    expect([answer.status, typeof answer.body.message]).toEqual([status, 'string']);
  });

  it.each([
    ['faults', { kind: 'slow', bytes_per_second: 0 }, 'bytes_per_second: '],
    ['mails', { flags: ['two words'] }, 'flags.0: '],
    ['mails', { flags: ['\\\\Seen'] }, 'flags.0: '],
    ['mails', { date: '1969-12-31T23:59:59Z' }, 'date: '],
  ])('names the member that is wrong: %s %o', async (path, body, start) => {
    const answer = await ask('POST', mine(path), body);
    expect([answer.status, answer.body.message]).toEqual([400, expect.stringMatching(`^${start}`)]);
  });

  it('answers no web page', async () => {
    expect((await ask('GET', '/users', undefined, { origin: 'https://evil.example' })).status).toBe(403);
  });
});
