// Gmail's pushes as Pub/Sub posts them: taken when Google signed them for us, refused and without effect otherwise.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { Browser } from '../support/browser.ts';
import { eventually, type Mailroom, newFolder, removeFolder, startMailroom } from '../support/mailroom.ts';
import { letter, startPretendGmail, upToDate } from '../support/pretend-gmail.ts';

const JANE = { email: 'jane@gmail.com', appPassword: 'canaryjanepasswd' };
const folder = newFolder();
let gmail: Sandbox;
let room: Mailroom;

beforeAll(async () => {
  const pretend = await startPretendGmail(folder, [JANE]);
  gmail = pretend.gmail;
  const topic = { GMAIL_PUBSUB_TOPIC: 'projects/pretend-project/topics/gmail', INBOX_POLL_INTERVAL_SECONDS: '86400' };
  room = await startMailroom({ folder, env: { ...pretend.env, ...gmail.google.env, ...topic } });
  gmail.google.push.subscription = { url: `${room.url}/push/gmail`, audience: `${room.url}/push/gmail` };
});
afterAll(async () => {
  await room?.end();
  await gmail?.close();
  removeFolder(folder);
});

async function connectedByGoogle(): Promise<void> {
  const browser = new Browser();
  const { body: link } = await room.rest('POST', '/connect-links', { user_id: 'u1' });
  const consent = await browser.follow(await browser.post(link.url, { method: 'google' }));
  await browser.follow(await browser.get(await gmail.google.consent(consent.location!, { email: JANE.email })));
  await browser.post(`${link.url}/confirm`, { decision: 'yes', address: JANE.email });
  await upToDate(room, (await room.rest('GET', `/connect-links/${link.link_id}`)).body.account_id);
}

const push = (...forgery: Parameters<typeof gmail.google.push.send> extends [unknown, ...infer F] ? F : never) =>
  gmail.google.push.send(gmail.user(JANE.email), ...forgery);

describe('a push', () => {
  it('that Google signed for us is taken, whatever it says of ids, and needs no key of ours', async () => {
    for (let i = 0; i < 4; i++) expect(await push()).toBe(204);
    expect(await push({ claims: { iss: 'accounts.google.com' } })).toBe(204);
    expect(gmail.google.count('certs')).toBe(1);
  });

  const now = Math.floor(Date.now() / 1000);
  it.each([
    ['bears no token', { withoutToken: true }],
    ['is signed by another key', { foreignKey: true }],
    ['is for somebody else', { claims: { aud: 'https://elsewhere.example/push/gmail' } }],
    ['is for nobody', { claims: { aud: undefined } }],
    ['has another issuer', { claims: { iss: 'https://accounts.evil.example' } }],
    ['has expired', { claims: { exp: now - 60 } }],
    ['never expires', { claims: { exp: undefined } }],
    ['is not for now', { claims: { nbf: now + 3600 } }],
    ['comes from an address that nobody verified', { claims: { email_verified: false } }],
    ['does not say who verified it', { claims: { email_verified: undefined } }],
  ])('that %s is refused', async (_, forgery) => {
    expect(await push(forgery)).toBe(401);
  });

  it.each([
    '',
    'Bearer x',
    'Bearer a.b.c',
    'Basic abc',
  ])('with a token that is none is refused: %s', async (authorization) => {
    const { status, body } = await room.rest('POST', '/push/gmail', { message: { data: '' } }, { authorization });
    expect([status, body.code]).toEqual([401, 'unauthenticated']);
  });

  it('without a signature or under a symmetric one is refused', async () => {
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
    const claims = {
      iss: 'https://accounts.google.com',
      aud: `${room.url}/push/gmail`,
      email_verified: true,
      exp: now + 600,
    };
    for (const header of [{ alg: 'none' }, { alg: 'HS256' }]) {
      const authorization = `Bearer ${encode(header)}.${encode(claims)}.${header.alg === 'none' ? 'AA' : 'c2lnbmVk'}`;
      expect((await room.rest('POST', '/push/gmail', {}, { authorization })).status).toBe(401);
    }
  });

  it('that says nothing we understand is taken off Google’s hands', async () => {
    for (const body of [[], 'x', { message: {} }, { message: { data: '!!!' } }, { message: { data: 'e30=' } }])
      expect(await push({ body })).toBe(204);
    expect(room.log.filter((line) => line.includes('not understood'))).toHaveLength(5);
  });

  it('is refused when its body is too large', async () => {
    expect(await push({ body: { message: { data: 'x'.repeat(1024 * 1024) } } })).toBe(413);
  });
});

describe('a mail that Google tells of', () => {
  it('is asked for at once, without waiting for the next poll', async () => {
    await connectedByGoogle();
    const asked = () => gmail.google.count('history.list', JANE.email);
    await eventually(async () => gmail.google.push.watches.has(JANE.email));
    const before = asked();
    gmail.user(JANE.email).deliver(letter('Pushed'));
    await eventually(async () => asked() > before);
    const found = async () =>
      (await room.tool('search_emails', { account_id: JANE.email, query: 'Pushed' })).messages.length === 1;
    await eventually(found);
    expect(gmail.google.push.deliveries.at(-1)).toEqual({ email: JANE.email, status: 204 });
  });
});

describe('while Google’s keys cannot be had', () => {
  it('a push is refused for now, and comes again', async () => {
    const env = { ...gmail.google.env, GOOGLE_JWKS_URL: `${gmail.google.origin}/nowhere` };
    const other = await startMailroom({ env });
    gmail.google.push.subscription = { url: `${other.url}/push/gmail`, audience: `${other.url}/push/gmail` };
    expect(await push()).toBe(503);
    await other.end();
    removeFolder(other.folder);
  });
});

describe('without an OAuth client', () => {
  it('there is nobody who would listen', async () => {
    const plain = await startMailroom({ env: {} });
    expect((await plain.rest('POST', '/push/gmail', {})).status).toBe(401);
    await plain.end();
    removeFolder(plain.folder);
  });
});
