// Whether a push is let in, by what its token says of time: clocks of two machines are never the same.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PushGate } from './push-token.ts';

const AUDIENCE = 'https://mail.example.com/push/gmail';
const { publicKey, privateKey } = await generateKeyPair('RS256');
const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256', use: 'sig' };
const google = createServer((_, response) => void response.end(JSON.stringify({ keys: [jwk] })));
let gate: PushGate;

beforeAll(async () => {
  await new Promise<void>((resolve) => google.listen(0, '127.0.0.1', resolve));
  gate = new PushGate(`http://127.0.0.1:${(google.address() as AddressInfo).port}/`, () => AUDIENCE);
});
afterAll(() => void google.close());

const entering = async (notBeforeS: number, expiresS: number): Promise<void> => {
  const now = Math.floor(Date.now() / 1000);
  const token = await new SignJWT({ email_verified: true })
    .setProtectedHeader({ alg: 'RS256', kid: 'one' })
    .setIssuer('https://accounts.google.com')
    .setAudience(AUDIENCE)
    .setNotBefore(now + notBeforeS)
    .setExpirationTime(now + expiresS)
    .sign(privateKey);
  await gate.enter(`Bearer ${token}`);
};

it.each([
  [-10, 3600],
  [30, 3600],
  [-3600, -30],
])('is let in when it is good from %i s to %i s from now', async (from, to) => {
  await expect(entering(from, to)).resolves.toBeUndefined();
});

it.each([
  [600, 3600],
  [-3600, -600],
])('is not when it is good from %i s to %i s from now', async (from, to) => {
  await expect(entering(from, to)).rejects.toMatchObject({ code: 'unauthenticated' });
});
