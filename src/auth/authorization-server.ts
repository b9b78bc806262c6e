// The authorization server for remote MCP clients (OAuth 2.1 on oidc-provider): who may ask, what is given out, and when it ends.
// Who the person is and what was said on the page comes from above. Knows no route and no page.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { Configuration, Provider } from 'oidc-provider';
import type { Logger } from '../base/log.ts';
import type { OAuthRows } from '../store/oauth-rows.ts';
import type { ProfileRows } from '../store/profile-rows.ts';
import { FIRST_SCOPE, OFFLINE, understoodQuery } from './authorize-request.ts';
import { type ClientDocument, fetchClientDocument } from './client-documents.ts';
import { AUTH_METHODS, ClientRefused, GRANT_TYPES, type Metadata, oneLine, understood } from './client-metadata.ts';
import { Floods } from './floods.ts';
import { callNode, type NodeRequest, nodeSides } from './node-call.ts';
import { type KeptBy, OAuthAdapter, type Seals } from './oauth-adapter.ts';
import { hashOf, type ProfileTokens } from './profile-tokens.ts';
import { RESOURCE_PATHS, type Resources } from './resources.ts';
import { type KnowsSignIns, PERMISSIONS, type Permission, type ProfileSession, permissionsIn } from './session.ts';

const MINUTE_S = 60;
const DAY_S = 24 * 60 * MINUTE_S;
const ACCESS_S = 60 * MINUTE_S;
/** A sign-in that is not used ends after that; each refresh begins it anew. */
export const SIGN_IN_MS = 90 * DAY_S * 1000;
/** A client that was let in once is known for longer than its sign-ins, so that it may come again as the same. */
const KNOWN_CLIENT_MS = 365 * DAY_S * 1000;
/** Grants end with their sign-ins. */
const ENDLESS_S = 100 * 365 * DAY_S;
const CONSENT_S = 30 * MINUTE_S;
const COOKIES = { session: 'mailroom_oauth', interaction: 'mailroom_consent', resume: 'mailroom_resume' };
const COOKIE = { signed: true, httpOnly: true, sameSite: 'lax' } as const;
const REGISTRATION_BYTES = 16 * 1024;
const REGISTRATIONS_A_MINUTE = 30;
const DOCUMENTS_A_MINUTE = 20;
const OURS = /^[\w-]{43}$/;

export interface AuthorizationOptions extends Seals {
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
  readonly fetchDocument?: (address: string) => Promise<ClientDocument>;
}

/** A request as the door has read it. */
export interface Asking extends NodeRequest {
  /** Of the caller. */
  readonly address: string;
}

/** What a client asks of the person who has been brought to the page. */
export interface ConsentRequest {
  readonly uid: string;
  readonly clientId: string;
  /** As the client says it; empty when it says nothing. */
  readonly clientName: string;
  readonly redirectUri: string;
  readonly scope: ReadonlySet<Permission>;
  readonly resources: readonly string[];
  readonly staysSignedIn: boolean;
}

export class AuthorizationServer implements KnowsSignIns {
  readonly #options: AuthorizationOptions;
  readonly #registrations: Floods;
  readonly #documents: Floods;
  #made: Promise<Made> | undefined;

  constructor(options: AuthorizationOptions) {
    this.#options = options;
    this.#registrations = new Floods(REGISTRATIONS_A_MINUTE, options.now);
    this.#documents = new Floods(DOCUMENTS_A_MINUTE, options.now);
  }

  get issuer(): string {
    return this.#options.url().replace(/\/$/, '');
  }

  /** RFC 8414. */
  metadata(): object {
    const { issuer } = this;
    return {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      registration_endpoint: `${issuer}/register`,
      revocation_endpoint: `${issuer}/revoke`,
      scopes_supported: [...PERMISSIONS, OFFLINE],
      response_types_supported: ['code'],
      response_modes_supported: ['query'],
      grant_types_supported: GRANT_TYPES,
      token_endpoint_auth_methods_supported: AUTH_METHODS,
      revocation_endpoint_auth_methods_supported: AUTH_METHODS,
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      client_id_metadata_document_supported: true,
    };
  }

  /** RFC 9728, of one resource. */
  resourceMetadata(resource: string): object {
    return {
      resource,
      resource_name: 'Mailroom',
      authorization_servers: [this.issuer],
      scopes_supported: FIRST_SCOPE.split(' '),
      bearer_methods_supported: ['header'],
    };
  }

  /** Answers `/authorize`, `/token`, `/register` and `/revoke`. Errors are JSON, also where a browser asks. */
  async answer(request: Asking): Promise<Response> {
    if (request.path === '/register') return this.#register(request);
    const [path = '', search = ''] = request.path.split('?');
    if (path !== '/authorize') return this.#ask(request);
    return this.#ask({ ...request, path: `/authorize?${understoodQuery(search)}` });
  }

  /** What this browser was brought to decide; null when that is over, or was another browser. */
  async asked(cookie: string, uid: string): Promise<ConsentRequest | null> {
    const { provider } = await this.#make();
    const details = await this.#details(cookie, uid);
    if (!details) return null;
    const { client_id: clientId, redirect_uri: redirectUri, scope, resource } = details.params;
    const client = await provider.Client.find(String(clientId));
    if (!client) return null;
    return {
      uid,
      clientId: client.clientId,
      clientName: oneLine(client.clientName),
      redirectUri: String(redirectUri),
      scope: permissionsIn(String(scope ?? '').replaceAll(' ', ',')),
      resources: [resource ?? []].flat().map(String),
      staysSignedIn: client.grantTypeAllowed('refresh_token'),
    };
  }

  /**
   * Writes down what the person allowed, under the grant that the client has already or a new one. The grant's id and its hash,
   * which is what the sign-in is known by.
   */
  async grant(
    { clientId, scope, resources }: ConsentRequest,
    personId: string,
    allowed: ReadonlySet<Permission>,
    knownHash: string | null,
  ): Promise<{ readonly id: string; readonly hash: string }> {
    const { provider, adapter } = await this.#make();
    const kept = knownHash === null ? undefined : await adapter('Grant').findByHash(knownHash);
    const known = kept?.jti === undefined ? undefined : await provider.Grant.find(kept.jti);
    const grant =
      known?.accountId === personId && known.clientId === clientId
        ? known
        : new provider.Grant({ clientId, accountId: personId });
    grant.addOIDCScope(OFFLINE);
    // What was answered for these resources before is answered anew: nothing refused stays refused for ever.
    for (const resource of resources) {
      const refused = [...scope].filter((each) => !allowed.has(each));
      grant.resources = { ...grant.resources, [resource]: [...allowed].join(' ') };
      grant.rejected = {
        ...grant.rejected,
        resources: { ...grant.rejected?.resources, [resource]: refused.join(' ') },
      };
    }
    const id = await grant.save();
    const { now, rows } = this.#options;
    await rows.keepClient(clientId, now(), now() + KNOWN_CLIENT_MS);
    return { id, hash: hashOf(id) };
  }

  /** Where the browser goes on once the person has allowed that grant. Null: it is over. */
  async allow(cookie: string, uid: string, personId: string, grantId: string): Promise<string | null> {
    return this.#finish(cookie, uid, { login: { accountId: personId, remember: false }, consent: { grantId } });
  }

  /** The same, having said no. */
  async deny(cookie: string, uid: string): Promise<string | null> {
    return this.#finish(cookie, uid, { error: 'access_denied', error_description: 'The person said no.' });
  }

  async enter(token: string, resource: string, now: number): Promise<ProfileSession | null> {
    if (!OURS.test(token)) return null;
    const { provider } = await this.#make();
    const { grantId, clientId, aud, scope, exp } = (await provider.AccessToken.find(token)) ?? {};
    if (!grantId || !clientId || !exp || aud !== resource) return null;
    const by = { clientId, scope: permissionsIn((scope ?? '').replaceAll(' ', ',')), until: exp * 1000 };
    return this.#options.profileTokens.enterSignIn(hashOf(grantId), by, now);
  }

  async wasGood(token: string): Promise<boolean> {
    return OURS.test(token) && (await this.#options.rows.find('AccessToken', hashOf(token))) !== undefined;
  }

  async #register(request: Asking): Promise<Response> {
    const retryIn = this.#registrations.hold(request.address);
    if (retryIn !== null)
      return refusal(429, 'temporarily_unavailable', 'Too many registrations from this address.', {
        'retry-after': String(retryIn),
      });
    try {
      const given = readObject(request.body ?? '');
      return await this.#ask({ ...request, body: JSON.stringify(understood(given, 'client_secret_basic')) });
    } catch (error) {
      if (!(error instanceof ClientRefused)) throw error;
      return refusal(400, error.error, error.message);
    }
  }

  async #ask(request: Asking): Promise<Response> {
    const { provider } = await this.#make();
    const response = await callNode(provider.callback(), this.#seenFromOutside(request));
    const headers = new Headers(response.headers);
    // No page of another site has any business here.
    for (const name of [...headers.keys()]) if (name.startsWith('access-control-')) headers.delete(name);
    headers.delete('vary');
    headers.delete('set-cookie');
    for (const line of response.headers.getSetCookie())
      if (!line.startsWith(COOKIES.session)) headers.append('set-cookie', line);
    return new Response(response.body, { status: response.status, headers });
  }

  /**
   * The request as it was made to the address that people are told, whatever a proxy made of it. A session of the library's own
   * never comes back: who the person is, is asked each time.
   */
  #seenFromOutside({ method, path, headers, body, address }: Asking): NodeRequest {
    const { host, protocol } = new URL(this.issuer);
    const taken = ['content-type', 'authorization', 'accept'].flatMap((name) =>
      headers[name] === undefined ? [] : [[name, headers[name]] as const],
    );
    const cookies = (headers.cookie ?? '')
      .split('; ')
      .filter((each) => Object.values(COOKIES).some((name) => each.startsWith(name)))
      .filter((each) => !each.startsWith(COOKIES.session));
    return {
      method,
      path,
      headers: {
        ...Object.fromEntries(taken),
        host,
        'x-forwarded-proto': protocol.slice(0, -1),
        'x-forwarded-for': address,
        ...(cookies.length > 0 && { cookie: cookies.join('; ') }),
      },
      ...(body !== undefined && { body }),
      prefix: new URL(this.issuer).pathname.replace(/\/$/, ''),
    };
  }

  #page(cookie: string, uid: string) {
    return nodeSides(
      this.#seenFromOutside({ method: 'GET', path: `/consent/${uid}`, headers: { cookie }, address: '' }),
    );
  }

  async #details(cookie: string, uid: string) {
    const { provider } = await this.#make();
    const { incoming, outgoing } = this.#page(cookie, uid);
    const details = await provider.interactionDetails(incoming, outgoing).catch(() => null);
    return details?.uid === uid ? details : null;
  }

  async #finish(cookie: string, uid: string, result: object): Promise<string | null> {
    if (!(await this.#details(cookie, uid))) return null;
    const { provider } = await this.#make();
    const { incoming, outgoing } = this.#page(cookie, uid);
    return provider.interactionResult(incoming, outgoing, result, { mergeWithLastSubmission: false });
  }

  /** With the first request: the address is known then, and the library takes its time to load. */
  #make(): Promise<Made> {
    this.#made ??= this.#build();
    return this.#made;
  }

  async #build(): Promise<Made> {
    const { Provider, errors } = await import('oidc-provider');
    const { rows, seal, open, now, profiles, profileTokens, resources, log } = this.#options;
    const end = async (grantHash: string): Promise<void> => {
      const id = await profiles.removeSignIn(grantHash);
      if (id) profileTokens.ended([id]);
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
      enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
      clientDefaults: { id_token_signed_response_alg: 'ES256', response_modes: ['query'] },
      routes: { authorization: '/authorize', token: '/token', registration: '/register', revocation: '/revoke' },
      cookies: { keys: [this.#options.cookieKey], names: COOKIES, long: COOKIE, short: COOKIE },
      scopes: [OFFLINE],
      responseTypes: ['code'],
      clientAuthMethods: [...AUTH_METHODS],
      pkce: { required: () => true },
      rotateRefreshToken: true,
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
        revocation: { enabled: true },
        clientIdMetadataDocument: {
          enabled: true,
          ack: 'draft-02',
          allowFetch: (ctx) => this.#documents.hold(ctx.ip) === null,
          cacheDuration: { min: 5 * MINUTE_S, max: DAY_S },
        },
        resourceIndicators: {
          enabled: true,
          defaultResource: (_ctx, _client, oneOf) => oneOf ?? `${this.issuer}${RESOURCE_PATHS[0]}`,
          useGrantedResource: () => true,
          getResourceServerInfo: (_ctx, identifier) => {
            const audience = resources.known(identifier);
            if (audience === null) throw new errors.InvalidTarget('This server has no such resource.');
            return { scope: PERMISSIONS.join(' '), audience, accessTokenFormat: 'opaque' };
          },
        },
      },
      interactions: { url: (_ctx, { uid }) => `${this.issuer}/consent/${uid}` },
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
      fetch: (input) => this.#fetchClient(String(input)),
    };
    const provider = new Provider(this.issuer, configuration);
    provider.proxy = true;
    provider.on('server_error', (_ctx, err) => log.error({ err }, 'the authorization server failed'));
    return { provider, adapter };
  }

  async #fetchClient(address: string): Promise<Response> {
    const { text, cacheControl } = await (this.#options.fetchDocument ?? fetchClientDocument)(address);
    const given = readObject(text);
    const headers = { ...(cacheControl && { 'cache-control': cacheControl }) };
    return Response.json({ client_id: given.client_id, ...understood(given, 'none') }, { headers });
  }
}

interface Made {
  readonly provider: Provider;
  readonly adapter: (kind: string) => OAuthAdapter;
}

const newClientId = (): string => `cli_${randomBytes(16).toString('hex')}`;

function readObject(text: string): Metadata {
  if (Buffer.byteLength(text) > 4 * REGISTRATION_BYTES) throw unread();
  try {
    const given: unknown = JSON.parse(text);
    if (typeof given === 'object' && given !== null && !Array.isArray(given)) return given as Metadata;
  } catch {
    // Told below.
  }
  throw unread();
}

const unread = (): ClientRefused => new ClientRefused('invalid_client_metadata', 'One JSON object is expected.');

function refusal(status: number, error: string, description: string, more: Record<string, string> = {}): Response {
  return Response.json(
    { error, error_description: description },
    { status, headers: { 'cache-control': 'no-store', ...more } },
  );
}
