// How oidc-provider is set up: what of it is used, how long things last, and what it keeps them with. Knows no route and no page.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { Configuration, Provider } from 'oidc-provider';
import type { Logger } from '../base/log.ts';
import type { OAuthRows } from '../store/oauth-rows.ts';
import type { ProfileRows, SignInRow } from '../store/profile-rows.ts';
import { OFFLINE } from './authorize-request.ts';
import { type ClientDocument, fetchClientDocument } from './client-documents.ts';
import { AUTH_METHODS, BY_KEY, KEY_ALGORITHMS, readObject, understoodDocument } from './client-metadata.ts';
import { Floods } from './floods.ts';
import { type KeptBy, OAuthAdapter, type Seals } from './oauth-adapter.ts';
import { hashOf, type ProfileTokens } from './profile-tokens.ts';
import { RESOURCE_PATHS, type Resources } from './resources.ts';
import { PERMISSIONS } from './session.ts';

const MINUTE_S = 60;
const DAY_S = 24 * 60 * MINUTE_S;
const ACCESS_S = 60 * MINUTE_S;
/** A sign-in that is not used ends after that; each refresh begins it anew. */
export const SIGN_IN_MS = 90 * DAY_S * 1000;
/** Grants end with their sign-ins. */
const ENDLESS_S = 100 * 365 * DAY_S;
const CONSENT_S = 30 * MINUTE_S;
export const COOKIES = { session: 'mailroom_oauth', interaction: 'mailroom_consent', resume: 'mailroom_resume' };
const COOKIE = { signed: true, httpOnly: true, sameSite: 'lax' } as const;
const DOCUMENTS_A_MINUTE = 20;
/** By how much a client's clock may differ from ours. */
const CLOCKS_DIFFER_S = 60;

export interface ProviderOptions extends Seals {
  readonly rows: OAuthRows;
  readonly profiles: ProfileRows;
  readonly profileTokens: ProfileTokens;
  readonly resources: Resources;
  /** Signs cookies. */
  readonly cookieKey: string;
  /** The address that people and clients are told; it is asked for with the first request. */
  readonly url: () => string;
  readonly now: () => number;
  readonly log: Logger;
  /** Told of each sign-in that its client ended, or whose code or refresh token came twice. */
  readonly onEnded: (signIn: SignInRow) => void;
  readonly fetchDocument?: (address: string) => Promise<ClientDocument>;
}

export interface Made {
  readonly provider: Provider;
  readonly adapter: (kind: string) => OAuthAdapter;
}

export async function buildProvider(options: ProviderOptions, issuer: string): Promise<Made> {
  const documents = new Floods(DOCUMENTS_A_MINUTE, options.now);
  const { Provider, errors } = await import('oidc-provider');
  const { rows, seal, open, now, profiles, profileTokens, resources, log } = options;
  const end = async (grantHash: string): Promise<void> => {
    const row = await profiles.removeSignIn(grantHash);
    if (!row) return;
    profileTokens.ended([row.id]);
    options.onEnded(row);
  };
  const by: KeptBy = {
    rows,
    seal,
    open,
    now,
    lasts: (hash, until) => profiles.extendSignIn(hash, until),
    end,
    usedUp: () => new errors.InvalidGrant('it was used already'),
  };
  const adapter = (kind: string) => new OAuthAdapter(kind, by);
  const isSignedIn = async (grantId: string | undefined): Promise<boolean> => {
    const row = grantId === undefined ? undefined : await profiles.tokenByHash(hashOf(grantId));
    return row !== undefined && row.expires_at > now();
  };
  const configuration: Configuration = {
    adapter,
    // Nothing is signed with it: no identity tokens are given out.
    jwks: { keys: [generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })] },
    enabledJWA: { idTokenSigningAlgValues: ['ES256'], clientAuthSigningAlgValues: [...KEY_ALGORITHMS] },
    clockTolerance: CLOCKS_DIFFER_S,
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    routes: { authorization: '/authorize', token: '/token', registration: '/register', revocation: '/revoke' },
    cookies: { keys: [options.cookieKey], names: COOKIES, long: COOKIE, short: COOKIE },
    scopes: [OFFLINE],
    responseTypes: ['code'],
    clientAuthMethods: [...AUTH_METHODS, BY_KEY],
    pkce: { required: () => true },
    // Asked just before the token is used up: a request that cannot be answered must not cost its client the sign-in.
    rotateRefreshToken: (ctx) => {
      const asked = ctx.oidc.params?.resource;
      const given = [ctx.oidc.entities.RefreshToken?.resource ?? []].flat();
      if (asked === undefined ? given.length > 1 : !given.includes(String(asked)))
        throw new errors.InvalidTarget('This refresh token is for another resource.');
      return true;
    },
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    expiresWithSession: async () => false,
    revokeGrantPolicy: () => true,
    acceptQueryParamAccessTokens: false,
    ttl: {
      AccessToken: ACCESS_S,
      AuthorizationCode: MINUTE_S,
      Grant: ENDLESS_S,
      Interaction: CONSENT_S,
      RefreshToken: SIGN_IN_MS / 1000,
      Session: MINUTE_S,
    },
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      dPoP: { enabled: false },
      registration: { enabled: true, issueRegistrationAccessToken: false, idFactory: newClientId },
      revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
      clientIdMetadataDocument: {
        enabled: true,
        ack: 'draft-02',
        cacheDuration: { min: 5 * MINUTE_S, max: DAY_S },
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: (_ctx, _client, oneOf) => oneOf ?? `${issuer}${RESOURCE_PATHS[0]}`,
        useGrantedResource: () => true,
        getResourceServerInfo: (_ctx, identifier) => {
          const audience = resources.known(identifier);
          if (audience === null) throw new errors.InvalidTarget('This server has no such resource.');
          return { scope: PERMISSIONS.join(' '), audience, accessTokenFormat: 'opaque' };
        },
      },
    },
    interactions: { url: (_ctx, { uid }) => `${issuer}/consent/${uid}` },
    loadExistingGrant: async (ctx) => {
      const id = ctx.oidc.result?.consent?.grantId;
      return id === undefined ? undefined : ctx.oidc.provider.Grant.find(id);
    },
    findAccount: async (_ctx, accountId, token) => {
      if (token && !(await isSignedIn(token.grantId))) return undefined;
      return { accountId, claims: () => ({ sub: accountId }) };
    },
    renderError: (ctx, out) => {
      ctx.type = 'json';
      ctx.body = JSON.stringify(out);
    },
    fetch: async (input) => {
      if (documents.hold(Provider.ctx?.ip ?? '') !== null) throw new errors.TemporarilyUnavailable();
      return fetchClient(options, String(input));
    },
  };
  const provider = new Provider(issuer, configuration);
  provider.proxy = true;
  provider.on('server_error', (_ctx, err) => log.error({ err }, 'the authorization server failed'));
  return { provider, adapter };
}

async function fetchClient(
  { fetchDocument = fetchClientDocument }: ProviderOptions,
  address: string,
): Promise<Response> {
  const { text, cacheControl } = await fetchDocument(address);
  const given = readObject(text);
  const headers = { ...(cacheControl && { 'cache-control': cacheControl }) };
  // Its keys are fetched in the same way.
  return Response.json(Array.isArray(given.keys) ? { keys: given.keys } : understoodDocument(given), { headers });
}

const newClientId = (): string => `cli_${randomBytes(16).toString('hex')}`;
