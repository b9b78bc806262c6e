// What must not let a remote client in, or in further: tokens that are not good here, codes and refresh tokens that come twice,
// other people's pages and profiles, addresses that nobody registered.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import type { Browser } from '../support/browser.ts';
import { eventually, type Mailroom, newFolder, removeFolder, startMailroom } from '../support/mailroom.ts';
import { connected, letter, startPretendGmail } from '../support/pretend-gmail.ts';
import {
  beginning,
  checked,
  consentPage,
  decide,
  letIn,
  mcp,
  personOf,
  redeeming,
  refreshing,
  register,
  token,
} from '../support/remote-client.ts';

const JANE = { email: 'jane@gmail.com', appPassword: 'abcdefghijklmnop' };
const BOB = { email: 'bob@gmail.com', appPassword: 'abcdefghijklmnop' };

const folder = newFolder();
let gmail: Sandbox;
let room: Mailroom;
let jane: Browser;
let bob: Browser;

beforeAll(async () => {
  const pretend = await startPretendGmail(folder, [JANE, BOB]);
  gmail = pretend.gmail;
  gmail.user(JANE.email).deliver(letter('Plan of Jane'));
  gmail.user(BOB.email).deliver(letter('Plan of Bob', { to: BOB.email }));
  room = await startMailroom({ folder, env: { ...pretend.env, TRUST_PROXY: '1' } });
  await connected(room, JANE, 'jane');
  await connected(room, BOB, 'bob');
  jane = await personOf(room, 'jane');
  bob = await personOf(room, 'bob');
});
afterAll(async () => {
  await room?.end();
  await gmail?.close();
  removeFolder(folder);
});

/** A client that has registered. */
const client = async (metadata: object = {}): Promise<string> =>
  ((await (await register(room, metadata)).json()) as { client_id: string }).client_id;

const store = <T>(look: (db: SQLite.Database) => T): T => {
  const db = new SQLite(join(folder, 'data', 'control.sqlite'));
  try {
    return look(db);
  } finally {
    db.close();
  }
};

const signIns = (user: string): number =>
  store((db) =>
    db.prepare('select count(*) from profile_tokens where user_id = ? and client_id is not null').pluck().get(user),
  ) as number;

/** What was used up, was so a minute before. */
const aMinuteLater = (): void =>
  store(
    (db) => void db.prepare("update oauth_rows set consumed_at = consumed_at - 60000 where kind <> 'Client'").run(),
  );

describe('a token', () => {
  it('is refused in the same words whatever is wrong with it, and is told where to sign in', async () => {
    const good = await letIn(room, jane);
    const atGmail = await letIn(room, jane, { resource: `${room.url}/mcp/gmail` });
    const expired = await letIn(room, jane);
    const revoked = await letIn(room, jane);
    store((db) =>
      db.exec(
        "update oauth_rows set expires_at = 1 where kind = 'AccessToken' and created_at = (select max(created_at) from oauth_rows where kind = 'AccessToken' and created_at < (select max(created_at) from oauth_rows where kind = 'AccessToken'))",
      ),
    );
    await token(room, { token: revoked.refresh, client_id: revoked.clientId }, '/revoke');
    expect((await mcp(room, good.access)).status).toBe(200);
    expect((await mcp(room, atGmail.access, '/mcp/gmail')).status).toBe(200);

    const jwt = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"aud":"x"}').toString('base64url')}.`;
    const bad: [string, string, string][] = [
      ['for another place', good.access, '/mcp/gmail'],
      ['for another place', good.access, '/mcp/sse'],
      ['for another place', atGmail.access, '/mcp'],
      ['expired', expired.access, '/mcp'],
      ['revoked', revoked.access, '/mcp'],
      ['of another server', jwt, '/mcp'],
      ['never given out', 'x'.repeat(43), '/mcp'],
      ['malformed', 'x', '/mcp'],
      ['a code', good.code, '/mcp'],
      ['a refresh token', good.refresh, '/mcp'],
      ['a client', good.clientId, '/mcp'],
    ];
    const heard = new Set<string>();
    for (const [what, bearer, path] of bad) {
      const answer = await mcp(room, bearer, path);
      expect(answer.status, what).toBe(401);
      expect(answer.headers.get('www-authenticate'), what).toBe(
        `Bearer error="invalid_token", resource_metadata="${room.url}/.well-known/oauth-protected-resource${path}", scope="read draft"`,
      );
      heard.add(await answer.text());
    }
    const inQuery = await mcp(room, undefined, `/mcp?access_token=${good.access}`);
    expect(inQuery.status).toBe(401);
    expect(inQuery.headers.get('www-authenticate')).toContain('error="invalid_token"');
    heard.add(await inQuery.text());
    const atRest = await room.rest('GET', '/messages', undefined, { authorization: `Bearer ${good.access}` });
    expect(atRest.status).toBe(401);
    heard.add(JSON.stringify(atRest.body));
    expect([...heard]).toHaveLength(1);

    const none = await mcp(room, undefined);
    expect(none.status).toBe(401);
    expect(none.headers.get('www-authenticate')).toBe(
      `Bearer resource_metadata="${room.url}/.well-known/oauth-protected-resource/mcp", scope="read draft"`,
    );
  });

  it('is for the name by which its client came', async () => {
    const local = room.url.replace('127.0.0.1', 'localhost');
    const { resource, authorization_servers } = (await (
      await fetch(`${local}/.well-known/oauth-protected-resource/mcp`)
    ).json()) as { resource: string; authorization_servers: string[] };
    expect([resource, authorization_servers]).toEqual([`${local}/mcp`, [room.url]]);
    const { access } = await letIn(room, jane, { resource });
    expect((await mcp({ url: local }, access)).status).toBe(200);
    expect((await mcp(room, access)).status).toBe(401);
  });

  it('for a resource of another server is not given out', async () => {
    const id = await client();
    for (const resource of ['https://elsewhere.example/mcp', `${room.url}/messages`, `${room.url}/mcp?x=1`]) {
      const back = await jane.get(beginning(room, id, { resource }).url);
      expect(new URL(back.location!).searchParams.get('error'), resource).toBe('invalid_target');
    }
  });
});

describe('what may be used once', () => {
  it('a code: whoever comes with it again ends the sign-in', async () => {
    const had = await letIn(room, jane);
    expect((await mcp(room, had.access)).status).toBe(200);
    const before = signIns('jane');
    expect(await token(room, redeeming(had.begun, had.code))).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
    expect((await mcp(room, had.access)).status).toBe(401);
    expect((await token(room, refreshing(had.clientId, had.refresh))).body.error).toBe('invalid_grant');
    expect(signIns('jane')).toBe(before - 1);
  });

  it('a refresh token: whoever comes with it again ends the sign-in', async () => {
    const had = await letIn(room, jane);
    const next = await token(room, refreshing(had.clientId, had.refresh));
    expect(next).toMatchObject({ status: 200, body: { scope: 'read draft', token_type: 'Bearer' } });
    expect((await mcp(room, next.body.access_token)).status).toBe(200);
    aMinuteLater();
    expect((await token(room, refreshing(had.clientId, had.refresh))).body.error).toBe('invalid_grant');
    expect((await mcp(room, next.body.access_token)).status).toBe(401);
    expect((await token(room, refreshing(had.clientId, next.body.refresh_token))).body.error).toBe('invalid_grant');
    const { body } = await room.rest('GET', '/audit?user_id=jane&limit=1');
    expect(body[0]).toMatchObject({ caller: expect.stringMatching(/^tok_/), called: 'a client’s sign-in ended' });
  });

  it('a refresh token that a client sends several times at once, or again at once, does not end the sign-in', async () => {
    const had = await letIn(room, jane);
    const asked = () => token(room, refreshing(had.clientId, had.refresh));
    const all = await Promise.all(Array.from({ length: 5 }, asked));
    all.push(await asked());
    expect(all.map(({ status }) => status)).toEqual(Array(6).fill(200));
    for (const { body } of all) expect((await mcp(room, body.access_token)).status).toBe(200);
    aMinuteLater();
    expect((await asked()).body.error).toBe('invalid_grant');
    for (const { body } of all) expect((await mcp(room, body.access_token)).status).toBe(401);
  });

  it('a code that comes many times in one moment is good at most once', async () => {
    const begun = beginning(room, await client());
    const code = new URL((await decide(jane, begun.url)).location!).searchParams.get('code')!;
    const all = await Promise.all(Array.from({ length: 5 }, () => token(room, redeeming(begun, code))));
    const given = all.filter(({ status }) => status === 200);
    expect(given.length).toBeLessThanOrEqual(1);
    for (const { body } of given) expect((await mcp(room, body.access_token)).status).toBe(401);
  });

  it('a refresh token for two resources has to be told for which', async () => {
    const begun = beginning(room, await client());
    const both = `${begun.url}&resource=${encodeURIComponent(`${room.url}/mcp/gmail`)}`;
    const code = new URL((await decide(jane, both)).location!).searchParams.get('code')!;
    const at = { resource: `${room.url}/mcp/gmail` };
    const had = (await token(room, { ...redeeming(begun, code), ...at })).body;
    const refresh = refreshing(begun.clientId, had.refresh_token);
    expect((await token(room, refresh)).body.error).toBe('invalid_target');
    aMinuteLater();
    const { access_token: access } = (await token(room, { ...refresh, ...at })).body;
    expect([(await mcp(room, access, '/mcp/gmail')).status, (await mcp(room, access)).status]).toEqual([200, 401]);
  });

  it('a refresh token that is asked for what it cannot give is not used up by that', async () => {
    const had = await letIn(room, jane);
    const asked = (more: Record<string, string>) => token(room, { ...refreshing(had.clientId, had.refresh), ...more });
    expect((await asked({ resource: `${room.url}/mcp/gmail` })).body.error).toBe('invalid_target');
    expect((await asked({ scope: 'read draft send' })).body.error).toBe('invalid_scope');
    aMinuteLater();
    const next = await asked({ resource: `${room.url}/mcp` });
    expect([next.status, (await mcp(room, next.body.access_token)).status]).toEqual([200, 200]);
  });

  it('nothing of it is good for another client, nor without what began it', async () => {
    const id = await client();
    const begun = beginning(room, id);
    const back = await decide(jane, begun.url);
    const code = new URL(back.location!).searchParams.get('code')!;
    const other = await client();
    for (const wrong of [
      { client_id: other },
      { code_verifier: 'x'.repeat(43) },
      { redirect_uri: 'http://127.0.0.1:33418/other' },
    ])
      expect((await token(room, { ...redeeming(begun, code), ...wrong })).body.error).toBe('invalid_grant');
    const { code_verifier: _, ...bare } = redeeming(begun, code);
    expect((await token(room, bare)).body.error).toBe('invalid_grant');
    const good = await token(room, redeeming(begun, code));
    expect(good.status).toBe(200);
    expect((await token(room, refreshing(other, good.body.refresh_token))).body.error).toBe('invalid_grant');
    // Another client's word ends nothing.
    await token(room, { token: good.body.access_token, client_id: other }, '/revoke');
    expect((await mcp(room, good.body.access_token)).status).toBe(200);
  });

  it('a client with a secret needs it', async () => {
    const made = (await (await register(room, { token_endpoint_auth_method: 'client_secret_post' })).json()) as {
      client_id: string;
      client_secret: string;
    };
    const begun = beginning(room, made.client_id);
    const code = new URL((await decide(jane, begun.url)).location!).searchParams.get('code')!;
    for (const client_secret of [undefined, 'wrong'])
      expect(
        (await token(room, { ...redeeming(begun, code), ...(client_secret && { client_secret }) })).body.error,
      ).toBe('invalid_client');
    const { client_secret } = made;
    expect((await token(room, { ...redeeming(begun, code), client_secret })).status).toBe(200);
  });
});

describe('an authorization request', () => {
  it.each([
    ['nobody registered', 'https://evil.example/cb'],
    ['has another path', 'http://127.0.0.1:33418/other'],
    ['has more', 'http://127.0.0.1:33418/callback?next=https://evil.example'],
    ['hides another host', 'http://127.0.0.1:33418@evil.example/callback'],
    ['is another loopback name', 'http://127.0.0.2:33418/callback'],
    ['goes back up', 'http://127.0.0.1:33418/callback/../other'],
  ])('does not send anybody to an address that %s', async (_what, redirect_uri) => {
    const seen = await jane.get(beginning(room, await client(), { redirect_uri }).url);
    expect([seen.status, seen.location]).toEqual([400, null]);
    expect(seen.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(seen.text).not.toContain('evil.example');
  });

  it('may come back to another port of this computer, and to no other port elsewhere', async () => {
    const other = beginning(room, await client(), { redirect_uri: 'http://127.0.0.1:50000/callback' });
    expect((await decide(jane, other.url)).location).toMatch(/^http:\/\/127\.0\.0\.1:50000\/callback\?code=/);
    const site = await client({ redirect_uris: ['https://a.example/cb'] });
    const refused = await jane.get(beginning(room, site, { redirect_uri: 'https://a.example:8443/cb' }).url);
    expect([refused.status, refused.location]).toEqual([400, null]);
  });

  it.each([
    ['without PKCE', { code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request'],
    ['with the plain method', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['for a token instead of a code', { response_type: 'token' }, 'unsupported_response_type'],
    ['that may show nothing', { prompt: 'none' }, 'login_required'],
    ['with its answer in a form', { response_mode: 'form_post', prompt: 'none' }, 'login_required'],
    ['with a challenge that is none', { code_challenge: 'x' }, 'invalid_request'],
  ])('%s is answered to the client, by whom it says', async (_what, more, error) => {
    const back = await jane.get(beginning(room, await client(), more).url);
    const said = new URL(back.location!.replace('#', '?'));
    expect(said.origin).toBe('http://127.0.0.1:33418');
    expect(Object.fromEntries(said.searchParams)).toMatchObject({ error, state: 'st-1', iss: room.url });
  });

  it('says by whom a code was given', async () => {
    const back = await decide(jane, beginning(room, await client()).url);
    expect(new URL(back.location!).searchParams.get('iss')).toBe(room.url);
  });

  it('that the person turns away leaves nothing', async () => {
    const before = signIns('jane');
    const back = await decide(jane, beginning(room, await client()).url, { decision: 'deny' });
    const said = Object.fromEntries(new URL(back.location!).searchParams);
    expect(said).toMatchObject({ error: 'access_denied', state: 'st-1', iss: room.url });
    expect(signIns('jane')).toBe(before);
  });

  it('of a client that nobody knows is a page', async () => {
    for (const id of ['cli_unknown', 'https://127.0.0.1/client.json', 'http://a.example/client.json']) {
      const seen = await jane.get(beginning(room, id).url);
      expect([seen.status >= 400, seen.location], id).toEqual([true, null]);
      expect(seen.headers.get('content-type')).toContain('text/html');
    }
  });
});

it('that is only looked at begins nothing', async () => {
  const { url } = beginning(room, await client());
  const answer = await fetch(url, { method: 'HEAD', redirect: 'manual' });
  expect([answer.status, answer.headers.get('allow'), answer.headers.getSetCookie()]).toEqual([405, 'GET', []]);
  const written = await jane.get(url.replace('/authorize', '/%61uthorize'));
  expect([written.status, written.location]).toEqual([404, null]);
  expect(written.text).toContain('Nobody was let in');
});

describe('the page on which a person decides', () => {
  it('names client, place, agents, accounts and permissions, and shows a client’s words as words', async () => {
    const name = '<img src=x onerror=alert(1)>"&';
    const id = await client({ client_name: name, redirect_uris: ['cursor://anysphere.cursor-mcp/oauth/callback'] });
    const page = await consentPage(
      jane,
      beginning(room, id, { redirect_uri: 'cursor://anysphere.cursor-mcp/oauth/callback', scope: 'read send x' }).url,
    );
    expect(page.text).not.toContain('<img');
    expect(page.text).toContain('&lt;img');
    for (const words of ['cursor://anysphere.cursor-mcp', JANE.email, 'A program on this computer'])
      expect(page.text).toContain(words);
    expect(page.text).not.toContain(BOB.email);
    expect(checked(page.text, 'permission')).toEqual(['read', 'send']);
    expect(page.headers.get('content-security-policy')).toContain("form-action 'self' cursor:;");
    expect(page.headers.get('x-frame-options')).toBe('DENY');
    expect(page.headers.get('cache-control')).toBe('no-store');
  });

  it('that is sent twice makes one agent and one sign-in, and the audit says which client it was', async () => {
    const id = await client({ client_name: 'Sent twice' });
    const { url } = await consentPage(jane, beginning(room, id).url);
    const before = signIns('jane');
    const [first, second] = [
      await jane.post(url, { decision: 'allow', profile: 'new', permission: ['read'] }),
      await jane.post(url, { decision: 'allow', profile: 'new', permission: ['read'] }),
    ];
    expect([first.status, second.status, second.location]).toEqual([303, 303, first.location]);
    expect((await jane.follow(second)).location).toContain('code=');
    expect(signIns('jane')).toBe(before + 1);
    const { body } = await room.rest('GET', `/audit?user_id=jane&called=${id}`);
    expect(body[0]).toMatchObject({ called: `sign-in page: let ${id} in`, outcome: 'ok' });
  });

  it('says what is new where a client asks for more, and speaks of one without a name in other words', async () => {
    const id = await client();
    const first = await consentPage(jane, beginning(room, id, { scope: 'read' }).url);
    expect(first.text).toContain('An app that gives no name');
    expect(first.text).not.toContain('(new)');
    await jane.follow(await jane.post(first.url, { decision: 'allow', profile: 'new', permission: ['read'] }));
    const more = await consentPage(jane, beginning(room, id, { scope: 'read send' }).url);
    expect(more.text.match(/\w+ <strong>\(new\)/g)).toEqual(['name <strong>(new)']);
  });

  it('shows first what is chosen, and many other agents folded up', async () => {
    for (let i = 0; i < 6; i++)
      await room.rest('PUT', `/users/jane/profiles/many${i}`, { name: `Many ${i}`, permissions: ['read'] });
    const { text } = await consentPage(jane, beginning(room, await client({ client_name: 'First of all' })).url);
    for (let i = 0; i < 6; i++) await room.rest('DELETE', `/users/jane/profiles/many${i}`);
    const [before = '', folded = ''] = text.split('<details>');
    expect(before).toContain('A new agent, “<bdi>First of all</bdi>”');
    expect(before).not.toContain('Many 0');
    expect(folded.split('</details>')[0]).toContain('Many 5');
    // What it lacks is said only where something is asked for that it lacks.
    expect(folded).toContain('lets it read at most');
  });

  it('asks who is not signed in to sign in first, and comes back', async () => {
    const { Browser } = await import('../support/browser.ts');
    const stranger = new Browser();
    const seen = await stranger.follow(await stranger.get(beginning(room, await client()).url));
    expect(seen.text).toContain('type="password"');
    const asked = stranger.cookies.find(({ name }) => name === 'mailroom_consent')!;
    const posted = await stranger.post(room.url + asked.path, {
      decision: 'allow',
      permission: 'read',
      profile: 'new',
    });
    expect(posted.location).toBe(`${room.url}/sign-in?to=${encodeURIComponent(asked.path)}`);
  });

  it('is of no use in another browser, or in a form of another site', async () => {
    const { url } = await consentPage(jane, beginning(room, await client()).url);
    const answer = { decision: 'allow', permission: 'read', profile: 'new' };
    expect((await bob.get(url)).status).toBe(404);
    expect((await bob.post(url, answer)).status).toBe(404);
    expect((await bob.post(url, { decision: 'deny' })).status).toBe(404);
    expect((await jane.post(url, answer, 'https://evil.example')).status).toBe(403);
    expect((await jane.follow(await jane.post(url, answer))).location).toContain('code=');
    // It is over, however often it is answered.
    expect((await jane.post(url, answer)).status).toBe(404);
  });

  it('gives nobody another person’s profile, whatever a form says', async () => {
    await room.rest('PUT', '/users/jane/profiles/own', { name: 'Own', permissions: ['read'] });
    const own = await letIn(room, jane, {}, { decision: 'allow', profile: 'own' });
    expect(own.scope).toBe('read');
    const before = signIns('jane');
    const { url, text } = await consentPage(bob, beginning(room, await client()).url);
    expect(text).not.toContain('Own');
    const answer = await bob.post(url, { decision: 'allow', permission: 'read', profile: 'own' });
    expect(answer.status).toBe(404);
    expect([signIns('jane'), signIns('bob')]).toEqual([before, 0]);
    const his = await letIn(room, bob);
    const call = { method: 'tools/call', params: { name: 'gmail_search', arguments: { query: 'plan' } } };
    const heard = await (await mcp(room, his.access, '/mcp', call)).text();
    expect(heard).toContain('Plan of Bob');
    expect(heard).not.toContain('Jane');
  });

  it('allows at most what the app allows an agent that it made, and does not ask for what cannot be had', async () => {
    await room.rest('PUT', '/users/jane/profiles/reader', { name: 'Reader', permissions: ['read'] });
    const decision = { decision: 'allow', profile: 'reader', permission: ['read', 'draft', 'send'] } as const;
    const had = await letIn(room, jane, { scope: 'read draft send' }, decision);
    expect(had.scope).toBe('read');
    const tools = (await (await mcp(room, had.access)).json()) as { result: { tools: { name: string }[] } };
    expect(tools.result.tools.map(({ name }) => name)).not.toContain('gmail_send_message');
    const send = {
      method: 'tools/call',
      params: { name: 'gmail_send_message', arguments: { to: 'a@b.c', body: 'x' } },
    };
    const answer = await mcp(room, had.access, '/mcp', send);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('forbidden: This token may not send.');
  });

  it('asks again when nothing is ticked', async () => {
    const { url } = await consentPage(jane, beginning(room, await client()).url);
    const again = await jane.post(url, { decision: 'allow', profile: 'new' });
    expect(again.status).toBe(400);
    expect(again.text).toContain('Nothing would be allowed');
    expect(checked(again.text, 'permission')).toEqual([]);
  });

  it('leaves out what was not ticked, and the client is told what it would need', async () => {
    const had = await letIn(room, jane, { scope: 'read draft send' }, { decision: 'allow', permission: ['read'] });
    expect(had.scope).toBe('read');
    const draft = { method: 'tools/call', params: { name: 'gmail_create_draft', arguments: { body: 'x' } } };
    const answer = await mcp(room, had.access, '/mcp', draft);
    expect(answer.status).toBe(403);
    expect(answer.headers.get('www-authenticate')).toBe(
      `Bearer error="insufficient_scope", scope="read draft", resource_metadata="${room.url}/.well-known/oauth-protected-resource/mcp"`,
    );
  });
});

describe('a sign-in', () => {
  const opened = async (access: string): Promise<{ ended: Promise<number> }> => {
    const stream = await fetch(`${room.url}/mcp/sse`, {
      headers: { authorization: `Bearer ${access}`, accept: 'text/event-stream' },
    });
    expect(stream.status).toBe(200);
    const reader = stream.body!.getReader();
    await reader.read();
    const ended = (async () => {
      while (!(await reader.read().catch(() => ({ done: true }))).done);
      return performance.now();
    })();
    return { ended };
  };

  it.each([
    [
      'the client gives it up',
      async ({ clientId, refresh }: { clientId: string; refresh: string }) => {
        await token(room, { token: refresh, client_id: clientId }, '/revoke');
      },
    ],
    [
      'its token is deleted',
      async ({ clientId }: { clientId: string }) => {
        const id = store((db) => db.prepare('select id from profile_tokens where client_id = ?').pluck().get(clientId));
        expect((await room.rest('DELETE', `/tokens/${id}`)).status).toBe(200);
      },
    ],
    [
      'its profile is removed',
      async ({ clientId }: { clientId: string }) => {
        const id = store((db) =>
          db.prepare('select profile_id from profile_tokens where client_id = ?').pluck().get(clientId),
        );
        expect((await room.rest('DELETE', `/users/jane/profiles/${id}`)).status).toBe(200);
      },
    ],
  ])('ends at once, with what is open on it, when %s', async (_what, end) => {
    const had = await letIn(room, jane, { resource: `${room.url}/mcp/sse` });
    const { ended } = await opened(had.access);
    const began = performance.now();
    await end(had);
    expect((await ended) - began).toBeLessThan(1000);
    expect((await mcp(room, had.access, '/mcp/sse')).status).toBe(401);
    expect((await token(room, refreshing(had.clientId, had.refresh))).body.error).toBe('invalid_grant');
    // Nothing of it is kept but the client.
    const left = store((db) =>
      db
        .prepare(
          'select kind from oauth_rows where grant_hash is not null and grant_hash not in (select token_hash from profile_tokens)',
        )
        .pluck()
        .all(),
    );
    expect(left).toEqual([]);
  });

  it('goes on for 90 days from each refresh', async () => {
    const had = await letIn(room, jane);
    const until = () =>
      store((db) =>
        db.prepare('select expires_at from profile_tokens where client_id = ?').pluck().get(had.clientId),
      ) as number;
    store((db) =>
      db.prepare('update profile_tokens set expires_at = ? where client_id = ?').run(Date.now() + 60_000, had.clientId),
    );
    expect((await token(room, refreshing(had.clientId, had.refresh))).status).toBe(200);
    const days = (until() - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(89.9);
    expect(days).toBeLessThanOrEqual(90);
  });

  it('outlives a change of the keys, and ends with its user', async () => {
    const eve = await personOf(room, 'eve');
    const had = await letIn(room, eve);
    expect((await room.rest('POST', '/keys/rotate')).status).toBe(200);
    expect((await mcp(room, had.access)).status).toBe(200);
    const next = await token(room, refreshing(had.clientId, had.refresh));
    expect(next.status).toBe(200);
    expect((await room.rest('DELETE', '/users/eve')).status).toBe(200);
    expect((await mcp(room, next.body.access_token)).status).toBe(401);
    expect((await token(room, refreshing(had.clientId, next.body.refresh_token))).body.error).toBe('invalid_grant');
    expect(signIns('eve')).toBe(0);
  });

  it('is written down without anything that would let somebody in', async () => {
    const had = await letIn(room, jane);
    const secrets = [had.access, had.refresh, had.code, had.begun.verifier];
    await eventually(async () => (await mcp(room, had.access)).status === 200);
    const files = readdirSync(join(folder, 'data')).filter((name) => name.startsWith('control.sqlite'));
    const bytes = files.map((name) => readFileSync(join(folder, 'data', name), 'latin1')).join('');
    expect(bytes).toContain(had.clientId);
    for (const secret of secrets) {
      expect(bytes).not.toContain(secret);
      expect(room.log.join('\n')).not.toContain(secret);
    }
  });
});

it('a call over the older transport is held to the same', async () => {
  const had = await letIn(room, jane, { resource: `${room.url}/mcp/sse` });
  const stream = await fetch(`${room.url}/mcp/sse`, {
    headers: { authorization: `Bearer ${had.access}`, accept: 'text/event-stream' },
  });
  const reader = stream.body!.getReader();
  const first = new TextDecoder().decode((await reader.read()).value);
  const endpoint = /^data: (\S+)$/m.exec(first)![1]!;
  const send = { method: 'tools/call', params: { name: 'gmail_send_message', arguments: { to: 'a@b.c', body: 'x' } } };
  const asked = await mcp(room, had.access, endpoint, send);
  expect(asked.status).toBe(403);
  expect(asked.headers.get('www-authenticate')).toContain(
    `scope="read draft send", resource_metadata="${room.url}/.well-known/oauth-protected-resource/mcp/sse"`,
  );
  const other = await letIn(room, jane);
  expect((await mcp(room, other.access, endpoint, send)).status).toBe(401);
  await reader.cancel();
});

describe('registration', () => {
  it('says what is wrong with what is asked for', async () => {
    const wrong = async (metadata: object): Promise<unknown[]> => {
      const answer = await register(room, metadata);
      const { error, error_description } = (await answer.json()) as Record<string, string>;
      expect(error_description).toBeTruthy();
      return [answer.status, error];
    };
    expect(await wrong({ redirect_uris: ['http://evil.example/cb'] })).toEqual([400, 'invalid_redirect_uri']);
    expect(await wrong({ token_endpoint_auth_method: 'private_key_jwt' })).toEqual([400, 'invalid_client_metadata']);
    expect(await wrong({ response_types: ['id_token'] })).toEqual([400, 'invalid_client_metadata']);
  });

  it('keeps no scope, so that a client can ask for more later', async () => {
    const answer = await register(room, { scope: 'read' });
    expect(answer.status).toBe(201);
    const made = (await answer.json()) as Record<string, unknown>;
    expect(made.scope).toBeUndefined();
    expect(made.client_secret).toBeUndefined();
    expect(made.registration_access_token).toBeUndefined();
    const had = await decide(jane, beginning(room, String(made.client_id), { scope: 'read send' }).url);
    expect(had.location).toContain('code=');
  });

  it('is slowed down for one who floods it', async () => {
    const answers: number[] = [];
    for (let i = 0; i < 40 && answers.at(-1) !== 429; i++)
      answers.push((await register(room, {}, '198.51.100.7')).status);
    expect(answers.at(-1)).toBe(429);
  });
});
