// Who a token belongs to, and the keys by which signatures are checked.
import { subjectOf } from './grants.ts';
import { EMAIL_SCOPE } from './scopes.ts';
import type { Endpoint, Errand, Site } from './site.ts';
import { type Asked, bearerOf, formOf, json } from './wire.ts';

function readUserinfo({ grants }: Site, asked: Asked): Errand {
  const access = grants.find(bearerOf(asked));
  return {
    operation: 'userinfo',
    email: access?.email ?? '',
    run() {
      if (!access?.scopes.has('openid') && !access?.scopes.has(EMAIL_SCOPE))
        return json(
          401,
          { error: 'invalid_request', error_description: 'Invalid Credentials' },
          { 'www-authenticate': 'Bearer realm="https://accounts.google.com/", error="invalid_token"' },
        );
      const { email, scopes } = access;
      return json(200, {
        sub: subjectOf(email),
        ...(scopes.has(EMAIL_SCOPE) && { email, email_verified: true }),
      });
    },
  };
}

function readTokeninfo({ grants, clock }: Site, asked: Asked): Errand {
  const access = grants.find(formOf(asked).get('access_token') ?? bearerOf(asked));
  return {
    operation: 'tokeninfo',
    email: access?.email ?? '',
    run() {
      if (!access) return json(400, { error: 'invalid_token', error_description: 'Invalid Value' });
      const { clientId, email, scopes, expiresAt, offline } = access;
      return json(200, {
        azp: clientId,
        aud: clientId,
        sub: subjectOf(email),
        scope: [...scopes].join(' '),
        exp: String(Math.floor(expiresAt / 1000)),
        expires_in: String(Math.round((expiresAt - clock.now()) / 1000)),
        ...(scopes.has(EMAIL_SCOPE) && { email, email_verified: 'true' }),
        access_type: offline ? 'offline' : 'online',
      });
    },
  };
}

export const identityEndpoints: readonly Endpoint[] = [
  { methods: ['GET', 'POST'], path: '/v1/userinfo', read: readUserinfo },
  { methods: ['GET', 'POST'], path: '/tokeninfo', read: readTokeninfo },
  {
    methods: ['GET'],
    path: '/oauth2/v3/certs',
    read: ({ key }) => ({
      operation: 'certs',
      email: '',
      run: () => json(200, { keys: [key.publicJwk] }, { 'cache-control': 'public, max-age=21600' }),
    }),
  },
];
