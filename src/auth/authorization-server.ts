// The authorization server for remote MCP clients (OAuth 2.1 on oidc-provider): who may ask, what is given out, and when it ends.
// Who the person is and what was said on the page comes from above. Knows no route and no page.
import type { InteractionResults } from 'oidc-provider';
import { FIRST_SCOPE, OFFLINE, understoodQuery } from './authorize-request.ts';
import {
  AUTH_METHODS,
  BY_KEY,
  ClientRefused,
  GRANT_TYPES,
  KEY_ALGORITHMS,
  oneLine,
  readObject,
  understood,
} from './client-metadata.ts';
import { Floods } from './floods.ts';
import { callNode, type NodeRequest, nodeSides } from './node-call.ts';
import { buildProvider, COOKIES, type Made, type ProviderOptions } from './oauth-provider.ts';
import { hashOf } from './profile-tokens.ts';
import { type KnowsSignIns, PERMISSIONS, type Permission, type ProfileSession, permissionsIn } from './session.ts';

/** A client that was let in once is known for longer than its sign-ins, so that it may come again as the same. */
const KNOWN_CLIENT_MS = 365 * 24 * 3_600_000;
const REGISTRATIONS_A_MINUTE = 30;
/** Each is kept for half an hour. */
const BEGUN_A_MINUTE = 120;
const OURS = /^[\w-]{43}$/;

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
  /** Where the browser goes on, when this was answered already. */
  readonly answered: string | null;
}

export class AuthorizationServer implements KnowsSignIns {
  readonly #options: ProviderOptions;
  readonly #registrations: Floods;
  readonly #begun: Floods;
  #made: Promise<Made> | undefined;

  constructor(options: ProviderOptions) {
    this.#options = options;
    this.#registrations = new Floods(REGISTRATIONS_A_MINUTE, options.now);
    this.#begun = new Floods(BEGUN_A_MINUTE, options.now);
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
      token_endpoint_auth_methods_supported: [...AUTH_METHODS, BY_KEY],
      token_endpoint_auth_signing_alg_values_supported: KEY_ALGORITHMS,
      revocation_endpoint_auth_methods_supported: [...AUTH_METHODS, BY_KEY],
      revocation_endpoint_auth_signing_alg_values_supported: KEY_ALGORITHMS,
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
    const retryIn = this.#begun.hold(request.address);
    if (retryIn !== null) return tooMany(retryIn, 'requests');
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
      answered: details.result ? details.returnTo : null,
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
    if (retryIn !== null) return tooMany(retryIn, 'registrations');
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

  async #finish(cookie: string, uid: string, result: InteractionResults): Promise<string | null> {
    if (!(await this.#details(cookie, uid))) return null;
    const { provider } = await this.#make();
    const { incoming, outgoing } = this.#page(cookie, uid);
    return provider.interactionResult(incoming, outgoing, result, { mergeWithLastSubmission: false });
  }

  /** With the first request: the address is known then, and the library takes its time to load. */
  #make(): Promise<Made> {
    this.#made ??= buildProvider(this.#options, this.issuer);
    return this.#made;
  }
}

const tooMany = (seconds: number, what: string): Response =>
  refusal(429, 'temporarily_unavailable', `Too many ${what} from this address.`, { 'retry-after': String(seconds) });

function refusal(status: number, error: string, description: string, more: Record<string, string> = {}): Response {
  return Response.json(
    { error, error_description: description },
    { status, headers: { 'cache-control': 'no-store', ...more } },
  );
}
