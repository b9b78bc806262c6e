// Erasing a user: a word that stands in every field of one person is nowhere under DATA_DIR afterwards, whatever ends the process
// in the middle, and nobody else is touched.
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { newAgent } from '../support/agent.ts';
import { connectByGoogle } from '../support/google-account.ts';
import {
  eventually,
  type Mailroom,
  newFolder,
  ranMailroom,
  removeFolder,
  runMailroom,
  startMailroom,
} from '../support/mailroom.ts';
import { withPassword } from '../support/person.ts';
import { connected, letter, type PretendGmail, startPretendGmail, upToDate } from '../support/pretend-gmail.ts';
import { killCalls, straceAvailable } from '../support/strace.ts';

/** Each connects two accounts and fills every field first. */
vi.setConfig({ testTimeout: 240_000 });

const WORD = 'erasecanary';
const CANARY = { email: `${WORD}@gmail.com`, appPassword: 'abcdefghijklmnop' };
const BY_GOOGLE = { email: `${WORD}.google@gmail.com`, appPassword: 'qrstuvwxyzabcdef' };
const JANE = { email: 'jane@gmail.com', appPassword: 'ponmlkjihgfedcba' };
/** Apps use addresses as ids, too. */
const USER = `${WORD}@example.org`;
const USER_PATH = `/users/${encodeURIComponent(USER)}`;

let pretend: PretendGmail;
let env: Record<string, string>;
let folder: string;
let room: Mailroom;
const certificates = newFolder();

beforeAll(async () => {
  pretend = await startPretendGmail(certificates, [CANARY, BY_GOOGLE, JANE]);
  env = { ...pretend.env, ...pretend.gmail.google.env };
  for (const { email } of [CANARY, BY_GOOGLE])
    for (const n of [1, 2, 3])
      pretend.gmail
        .user(email)
        .deliver(letter(`${WORD} ${n}`, { to: email, from: `"${WORD}" <${WORD}@example.org>`, body: WORD }));
  pretend.gmail.user(JANE.email).deliver(letter('For Jane', { to: JANE.email }));
  // One house for all: whoever is erased leaves nothing in it for the next.
  folder = newFolder();
  room = await startMailroom({ folder, env });
});
afterAll(async () => {
  await room?.end();
  await pretend?.gmail.close();
  removeFolder(folder);
  removeFolder(certificates);
});

/** Every file under DATA_DIR in which the word stands, in either width of letters. */
function whereItIs(word = WORD): string[] {
  const data = join(folder, 'data');
  return (readdirSync(data, { recursive: true }) as string[]).filter((name) => {
    const path = join(data, name);
    if (!statSync(path).isFile()) return false;
    const bytes = readFileSync(path);
    return [Buffer.from(word), Buffer.from(word, 'utf16le')].some((sought) => bytes.includes(sought));
  });
}

/** Puts the word into every field that a person, an app or a mail can fill. */
async function fill(): Promise<{ accounts: string[]; token: string; key: string }> {
  const byPassword = await connected(room, CANARY, USER);
  const byGoogle = await connectByGoogle(room, pretend.gmail, BY_GOOGLE.email, USER);
  await upToDate(room, byGoogle);
  await room.rest('PATCH', `/accounts/${byPassword}`, { display_name: WORD });
  const only = { labels: [WORD], senders: [`${WORD}@example.org`], recipients: [`${WORD}@example.org`] };
  const agent = await newAgent(room, {
    user: USER,
    profile: WORD,
    permissions: ['read', 'draft', 'send'],
    asks: {},
  });
  expect((await room.rest('POST', `${USER_PATH}/profiles/${WORD}/tokens`, { only })).status).toBe(201);
  const scope = { scope: 'agents', profile_ids: [WORD] };
  expect((await room.rest('PUT', `/accounts/${byPassword}/scope`, scope)).status).toBe(200);
  const sent = { account: CANARY.email, to: `${WORD}.other@example.org`, subject: WORD, body: WORD };
  await agent.tool('gmail_send_message', { ...sent, idempotency_key: WORD });
  await agent.tool('gmail_create_draft', sent);
  await agent.tool('gmail_search', { query: WORD });
  const { body: made } = await room.rest('POST', '/service-keys', {
    name: WORD,
    user_id: USER,
    can: ['accounts', 'profiles', 'mail'],
  });
  const link = { user_id: USER, email: `${WORD}.third@gmail.com`, user_label: WORD, state: WORD };
  expect((await room.rest('POST', '/connect-links', link)).status).toBe(201);
  await room.rest('GET', `/audit?user_id=${encodeURIComponent(USER)}`);
  expect(whereItIs().length).toBeGreaterThan(1);
  return { accounts: [byPassword, byGoogle], token: agent.token, key: made.key };
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const erase = (key = room.key) => room.rest('DELETE', USER_PATH, undefined, bearer(key));
const verified = () => ranMailroom(['audit', 'verify'], { env, folder });

describe('erasing a user', () => {
  it('leaves no word of him, says what was there, and leaves others as they were', async () => {
    const jane = await connected(room, JANE, 'u2');
    const other = await newAgent(room, { user: 'u2' });
    const { accounts, token, key } = await fill();
    const { status, body } = await erase();
    expect([status, body]).toEqual([200, expect.objectContaining({ status: 'erased', user_id: USER })]);
    expect(whereItIs()).toEqual([]);
    expect(body.removed).toMatchObject({
      accounts: 2,
      outbox: 1,
      rows: { profiles: 1, profile_tokens: 2, service_keys: 1, connect_links: 2 },
    });
    expect(body.removed.mails).toBeGreaterThanOrEqual(6);
    expect(body.removed.mail_bytes).toBeGreaterThan(10_000);
    expect(body.removed.drafts).toBeGreaterThanOrEqual(1);
    expect(body.credentials).toEqual(
      expect.arrayContaining([
        { account_id: accounts[1], kind: 'google_oauth', revoked: true, by_hand: null },
        expect.objectContaining({ account_id: accounts[0], kind: 'app_password', revoked: false }),
      ]),
    );
    const { grants, clientId } = pretend.gmail.google;
    expect(grants.granted(clientId, BY_GOOGLE.email)).toBeNull();
    expect(JSON.stringify(body.stays)).toContain('audit');
    for (const dead of [token, key])
      expect((await room.rest('GET', '/accounts', undefined, bearer(dead))).status).toBe(401);
    expect((await room.rest('GET', `/accounts/${jane}`)).status).toBe(200);
    expect((await other.tool('gmail_search', { query: 'Jane' })).messages).toHaveLength(1);
    expect(await verified()).toMatchObject({ code: 0 });
    await room.end();
    expect(whereItIs()).toEqual([]);
    expect(await verified()).toMatchObject({ code: 0 });
    room = await startMailroom({ folder, env });
  });

  it('answers the same again with the first report, and somebody unknown with zeros', async () => {
    await fill();
    const first = (await erase()).body;
    expect((await erase()).body).toEqual(first);
    const unknown = await room.rest('DELETE', '/users/nobody');
    expect(unknown.status).toBe(200);
    expect(unknown.body.removed).toEqual({ accounts: 0, mails: 0, mail_bytes: 0, drafts: 0, outbox: 0, rows: {} });
    expect(whereItIs()).toEqual([]);
    // Asking for him names him again; a start brings that from the log into the file.
    await room.rest('GET', `${USER_PATH}/profiles`);
    await room.end();
    room = await startMailroom({ folder, env });
    expect(whereItIs()).toEqual(['control.sqlite']);
    expect((await erase()).body).toEqual(first);
    expect(whereItIs()).toEqual([]);
  });

  it('lets the same id begin anew, who sees nothing old', async () => {
    await fill();
    await erase();
    const agent = await newAgent(room, { user: USER, profile: WORD });
    expect((await agent.tools()).map(({ name }) => name)).toEqual(['connect_gmail']);
    expect((await room.rest('GET', `/accounts?user_id=${encodeURIComponent(USER)}`)).body).toEqual([]);
    expect((await room.rest('GET', `${USER_PATH}/profiles/${WORD}/tokens`)).body).toHaveLength(1);
    expect((await erase()).body.removed).toMatchObject({ accounts: 0, rows: { profiles: 1, profile_tokens: 1 } });
    expect(whereItIs()).toEqual([]);
  });

  it('is for keys that are for accounts and profiles, and for their own user alone', async () => {
    const keyFor = async (user: string, can: string[]) =>
      (await room.rest('POST', '/service-keys', { name: 'narrow', user_id: user, can })).body.key as string;
    const agent = await newAgent(room, { user: USER });
    const half = await keyFor(USER, ['profiles']);
    const mine = await keyFor(USER, ['accounts', 'profiles']);
    const foreign = await keyFor('u2', ['accounts', 'profiles']);
    expect(await erase(agent.token)).toMatchObject({ status: 403 });
    expect(await erase(half)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    const refused = await erase(foreign);
    const unknown = await room.rest('DELETE', '/users/nobody', undefined, bearer(foreign));
    expect([refused.status, refused.body]).toEqual([404, unknown.body]);
    expect((await room.rest('GET', `${USER_PATH}/profiles`)).body).toHaveLength(1);
    expect((await erase(mine)).body.removed.rows).toMatchObject({ profiles: 1, service_keys: 2 });
    expect((await erase(mine)).status).toBe(401);
    expect(whereItIs()).toEqual([]);
  });

  it('tells by the command what was done, beside the server and without one', async () => {
    await fill();
    const beside = await ranMailroom(['user', 'erase', USER], { env, folder });
    expect([beside.code, beside.err]).toEqual([0, '']);
    expect(beside.out).toMatch(/2 {2}accounts\n.*app_password: NOT revoked.*google_oauth: revoked.*What stays:/s);
    await newAgent(room, { user: USER });
    await room.end();
    const alone = await ranMailroom(['user', 'erase', USER], { env, folder });
    expect([alone.code, alone.err]).toEqual([0, '']);
    expect(alone.out).toMatch(/1 {2}rows of profiles\n/);
    expect(whereItIs()).toEqual([]);
    for (const args of [
      ['user', 'erase'],
      ['user', 'erase', 'a', 'b'],
      ['user', 'erase', 'a', '--hard'],
    ]) {
      const wrong = await ranMailroom(args, { env, folder });
      expect([wrong.code, wrong.err.trim().split('\n').length], args.join(' ')).toEqual([2, 1]);
    }
    room = await startMailroom({ folder, env });
  });
});

describe('an erased user who has signed in', () => {
  const signedIn = (user: string) => withPassword(room, user, `${user.split('@')[0]}@example.org`);

  it('is signed out, and what is open of him ends', async () => {
    const owner = await signedIn('me');
    const { name, value } = owner.cookies[0]!;
    const headers = { cookie: `${name}=${value}`, 'sec-fetch-site': 'same-origin' };
    const stream = await fetch(`${room.url}/events`, { headers });
    const ended = stream.text().catch(() => 'cut off');
    expect((await room.rest('DELETE', '/users/me')).body.removed.rows).toMatchObject({ people: 1, person_sessions: 1 });
    expect(await ended).toBe('cut off');
    expect((await owner.ask('GET', `${room.url}/me`)).status).toBe(401);
  });

  it('is answered when he erases himself, and nobody else by his cookie', async () => {
    const browser = await signedIn(USER);
    expect((await browser.ask('DELETE', `${room.url}/users/u2`)).status).toBe(404);
    const { status, text } = await browser.ask('DELETE', room.url + USER_PATH);
    expect([status, JSON.parse(text).status]).toEqual([200, 'erased']);
    expect((await browser.ask('GET', `${room.url}/me`)).status).toBe(401);
    expect(whereItIs()).toEqual([]);
  });
});

describe('the command', () => {
  it('ends in one line where the server that runs does not answer, and where nobody reads on', async () => {
    const apart = newFolder();
    mkdirSync(join(apart, 'data'));
    writeFileSync(
      join(apart, 'data', 'mailroom.lock'),
      JSON.stringify({ pid: process.pid, url: 'http://127.0.0.1:1' }),
    );
    const gone = await ranMailroom(['user', 'erase', USER], { env, folder: apart });
    removeFolder(apart);
    expect([gone.code, gone.err]).toEqual([1, expect.stringMatching(/^The Mailroom that runs did not answer.*\n$/)]);
    const command = runMailroom(['user', 'erase', USER], { env, folder });
    command.stdout!.destroy();
    let err = '';
    command.stderr!.on('data', (chunk) => {
      err += chunk;
    });
    const [code] = await once(command, 'close');
    expect([code, err]).toEqual([0, '']);
  });
});

describe('while a user is being erased', () => {
  it('nothing can be added to him, and Google’s silence is told with what to do by hand', async () => {
    const byGoogle = await connectByGoogle(room, pretend.gmail, BY_GOOGLE.email, USER);
    const agent = await newAgent(room, { user: USER });
    pretend.gmail.script.add('', { kind: 'google-mute', operation: 'revoke', stage: 'before' });
    const erasing = erase();
    await eventually(async () => (await agent.rest('GET', '/labels')).status === 401);
    const refused = [
      await room.rest('PUT', `${USER_PATH}/profiles/new`, { name: 'New' }),
      await room.rest('POST', `${USER_PATH}/profiles/bot/tokens`, {}),
      await room.rest('POST', '/connect-links', { user_id: USER }),
      await room.rest('POST', '/service-keys', { name: 'New', user_id: USER, can: ['mail'] }),
      await room.rest('POST', '/accounts', { user_id: USER, email: CANARY.email, app_password: CANARY.appPassword }),
    ];
    for (const { status, body } of refused)
      expect([status, body.code, body.detail]).toEqual([409, 'conflict', expect.stringContaining('being erased')]);
    expect((await room.rest('PUT', '/users/u2/profiles/bot', { name: 'Other' })).status).toBe(200);
    const [{ body }, joined] = await Promise.all([erasing, erase()]);
    expect(joined.body).toEqual(body);
    expect(body.credentials).toEqual([
      { account_id: byGoogle, kind: 'google_oauth', revoked: false, by_hand: expect.stringContaining('connections') },
    ]);
    expect(whereItIs()).toEqual([]);
  });
});

describe.skipIf(!straceAvailable())('an erasure that is killed', () => {
  it.each([
    ['fsync', 1],
    ['fsync', 3],
    ['fsync', 6],
    ['unlink', 1],
    ['ftruncate', 1],
  ] as const)('at %s %i goes on with the next start', async (call, n) => {
    await fill();
    const letGo = await killCalls(room.pid, call, n);
    const answer = await erase().catch(() => null);
    if (answer === null) await room.ended;
    await letGo();
    if (answer === null) room = await startMailroom({ folder, env });
    const { body } = await eventually(async () => {
      const again = await erase();
      return again.status === 200 ? again : null;
    });
    expect(whereItIs()).toEqual([]);
    expect(body.removed).toMatchObject({ accounts: 2, outbox: 1, rows: { profiles: 1, profile_tokens: 2 } });
    expect(body.credentials.filter(({ revoked }: { revoked: boolean }) => revoked)).toHaveLength(1);
    expect(await verified()).toMatchObject({ code: 0 });
  });
});
