// Codes and refresh tokens for access tokens, and the end of a grant (RFC 6749, 7009, 7636), with Google's answers.
import { createHash, timingSafeEqual } from 'node:crypto';
import { subjectOf, type Tokens } from './grants.ts';
import { EMAIL_SCOPE } from './scopes.ts';
import type { Endpoint, Errand, Site } from './site.ts';
import { type Asked, formOf, type Given, json } from './wire.ts';

const refusal = (status: number, error: string, description: string): Given =>
  json(status, { error, error_description: description });

/** The client's answer to who it is, by form fields or Basic; null when it is right. */
function clientRefusal({ client }: Site, asked: Asked, form: URLSearchParams): Given | null {
  const basic = /^Basic +(\S+)$/i.exec(asked.headers.authorization ?? '')?.[1];
  const [id, secret] = basic
    ? Buffer.from(basic, 'base64').toString('utf8').split(':').map(unescaped)
    : [form.get('client_id') ?? '', form.get('client_secret') ?? ''];
  if (!id) return refusal(400, 'invalid_request', 'Could not determine client ID from request.');
  if (id !== client.id) return refusal(401, 'invalid_client', 'The OAuth client was not found.');
  if (!secret) return refusal(400, 'invalid_request', 'client_secret is missing.');
  return same(secret, client.secret) ? null : refusal(401, 'invalid_client', 'Unauthorized');
}

/** RFC 6749 section 2.3.1: the two sides of Basic are form-encoded. */
function unescaped(word: string): string {
  try {
    return decodeURIComponent(word.replaceAll('+', ' '));
  } catch {
    return word;
  }
}

function same(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

function exchangeCode(site: Site, form: URLSearchParams): Given {
  const code = form.get('code');
  if (!code) return refusal(400, 'invalid_request', 'Missing required parameter: code');
  const consent = site.grants.takeCode(code);
  if (!consent) return refusal(400, 'invalid_grant', 'Bad Request');
  if (form.get('redirect_uri') !== consent.redirectUri) return refusal(400, 'redirect_uri_mismatch', 'Bad Request');
  const verifier = form.get('code_verifier');
  if (consent.codeChallenge !== null) {
    if (!verifier) return refusal(400, 'invalid_grant', 'Missing code verifier.');
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    if (challenge !== consent.codeChallenge) return refusal(400, 'invalid_grant', 'Invalid code verifier.');
  }
  return granted(site, site.grants.grant(consent));
}

function refresh(site: Site, form: URLSearchParams): Given {
  const token = form.get('refresh_token');
  if (!token) return refusal(400, 'invalid_request', 'Missing required parameter: refresh_token');
  const owner = site.grants.ownerOf(token);
  const rotate = owner !== null && site.script.take(owner.email, 'google-rotate') !== undefined;
  const tokens = site.grants.refresh(token, rotate);
  return tokens ? granted(site, tokens) : refusal(400, 'invalid_grant', 'Token has been expired or revoked.');
}

function granted(site: Site, { access, refreshToken, nonce }: Tokens): Given {
  const { token, scopes, expiresAt } = access;
  return json(200, {
    access_token: token,
    expires_in: Math.round((expiresAt - site.clock.now()) / 1000),
    ...(refreshToken && { refresh_token: refreshToken }),
    scope: [...scopes].join(' '),
    token_type: 'Bearer',
    ...(scopes.has('openid') && { id_token: idToken(site, access, nonce ?? null) }),
  });
}

/** OpenID Connect Core section 2. Its times are the machine's, since others judge them by theirs. */
function idToken(site: Site, { clientId, email, scopes, token }: Tokens['access'], nonce: string | null): string {
  const now = Math.floor(Date.now() / 1000);
  return site.key.sign({
    iss: 'https://accounts.google.com',
    azp: clientId,
    aud: clientId,
    sub: subjectOf(email),
    ...(scopes.has(EMAIL_SCOPE) && { email, email_verified: true }),
    at_hash: createHash('sha256').update(token).digest().subarray(0, 16).toString('base64url'),
    ...(nonce !== null && { nonce }),
    iat: now,
    exp: now + 3600,
  });
}

function readToken(site: Site, asked: Asked): Errand {
  const form = formOf(asked);
  const type = form.get('grant_type') ?? '';
  const refreshes = type === 'refresh_token';
  return {
    operation: refreshes ? 'token.refresh' : 'token.code',
    email:
      site.grants.ownerOf(form.get('refresh_token') ?? '')?.email ?? site.grants.giverOf(form.get('code') ?? '') ?? '',
    run() {
      const refused = clientRefusal(site, asked, form);
      if (refused) return refused;
      if (refreshes) return refresh(site, form);
      if (type === 'authorization_code') return exchangeCode(site, form);
      return refusal(400, 'unsupported_grant_type', `Invalid grant_type: ${type}`);
    },
  };
}

function readRevoke(site: Site, asked: Asked): Errand {
  const token = formOf(asked).get('token') ?? '';
  const owner = site.grants.ownerOf(token) ?? site.grants.find(token);
  return {
    operation: 'revoke',
    email: owner?.email ?? '',
    run() {
      if (token === '') return refusal(400, 'invalid_request', 'Missing required parameter: token');
      return site.grants.revoke(token) ? json(200, {}) : refusal(400, 'invalid_token', 'Token expired or revoked');
    },
  };
}

export const tokenEndpoints: readonly Endpoint[] = [
  { methods: ['POST'], path: '/token', read: readToken },
  { methods: ['POST', 'GET'], path: '/revoke', read: readRevoke },
];
