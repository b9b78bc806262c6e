// A remote MCP client as its makers build it on the official SDK, and the person who decides on our page about it.
import { createHash, randomBytes } from 'node:crypto';
import {
  Client,
  type OAuthClientInformationMixed,
  type OAuthClientMetadata,
  type OAuthClientProvider,
  type OAuthDiscoveryState,
  type OAuthTokens,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from '@modelcontextprotocol/client';
import { Browser, type Seen } from './browser.ts';
import type { Mailroom } from './mailroom.ts';

/** A browser in which that user has signed in. */
export async function personOf({ url, key }: Pick<Mailroom, 'url' | 'key'>, user: string): Promise<Browser> {
  const browser = new Browser();
  const response = await fetch(`${url}/users/${user}/sign-in-links`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
  });
  const body = (await response.json()) as { url?: string };
  if (!body.url) throw new Error(JSON.stringify(body));
  await browser.post(body.url, {});
  return browser;
}

/** What the person does on the consent page. */
export interface Decision {
  readonly decision: 'allow' | 'deny';
  /** Left out: whatever is chosen on the page. */
  readonly profile?: string;
  /** Left out: whatever is ticked on the page. */
  readonly permission?: readonly string[];
}

const ALLOW: Decision = { decision: 'allow' };

/** Opens the page to which the browser is brought, answers it, and goes on until it leaves for the client's address. */
export async function decide(browser: Browser, url: string, decision: Decision = ALLOW): Promise<Seen> {
  const page = await consentPage(browser, url);
  const { profile = checked(page.text, 'profile')[0] ?? '', permission = checked(page.text, 'permission') } = decision;
  return browser.follow(await browser.post(page.url, { decision: decision.decision, profile, permission }));
}

/** The page to which an authorization request brings the browser, with its own address. */
export async function consentPage(browser: Browser, url: string): Promise<Seen & { readonly url: string }> {
  const begun = await browser.get(url);
  if (!begun.location) throw new Error(`no consent page: ${begun.status} ${wordsOf(begun.text)}`);
  const seen = await browser.follow(begun);
  if (seen.status !== 200 || seen.location)
    throw new Error(`no consent page: ${seen.status} ${seen.location ?? wordsOf(seen.text)}`);
  return { ...seen, url: begun.location };
}

const wordsOf = (page: string): string => page.replace(/^.*<main>|<[^>]*>/gs, ' ').replace(/\s+/g, ' ');

/** What is chosen in a form as it is shown. */
export const checked = (page: string, name: string): string[] =>
  [...page.matchAll(/<input type="(?:radio|checkbox)" name="([^"]+)" value="([^"]*)"[^>]* checked>/g)]
    .filter(([, of]) => of === name)
    .map(([, , value]) => value!);

/** What a client keeps of one request for authorization. */
export interface Begun {
  readonly url: string;
  readonly verifier: string;
  readonly redirect: string;
  readonly clientId: string;
}

const REDIRECT = 'http://127.0.0.1:33418/callback';

let strangers = 0;
/** Where the next caller seems to come from, for a Mailroom that believes one proxy. */
const somewhere = (): string => `203.0.${Math.floor(strangers / 250)}.${(strangers++ % 250) + 1}`;

/** Registers a client; the answer as it came. */
export async function register(
  room: Pick<Mailroom, 'url'>,
  metadata: object = {},
  address = somewhere(),
): Promise<Response> {
  return fetch(`${room.url}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
    body: JSON.stringify({ redirect_uris: [REDIRECT], token_endpoint_auth_method: 'none', ...metadata }),
  });
}

/** The address at which a client sends a browser to be let in; `more` replaces what it asks. */
export function beginning(
  room: Pick<Mailroom, 'url'>,
  clientId: string,
  more: Readonly<Record<string, string | undefined>> = {},
): Begun {
  const verifier = randomBytes(32).toString('base64url');
  const asked: Record<string, string | undefined> = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: REDIRECT,
    scope: 'read draft',
    state: 'st-1',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    resource: `${room.url}/mcp`,
    ...more,
  };
  const query = new URLSearchParams(
    Object.entries(asked).filter((each): each is [string, string] => each[1] !== undefined),
  );
  return { url: `${room.url}/authorize?${query}`, verifier, redirect: asked.redirect_uri ?? REDIRECT, clientId };
}

/** Asks the token endpoint, or another one that takes forms. */
export async function token(
  room: Pick<Mailroom, 'url'>,
  form: Readonly<Record<string, string>>,
  path = '/token',
  // biome-ignore lint/suspicious/noExplicitAny: a test reads answers of any shape
): Promise<{ status: number; body: any }> {
  const response = await fetch(room.url + path, { method: 'POST', body: new URLSearchParams(form) });
  const text = await response.text();
  return { status: response.status, body: text ? JSON.parse(text) : {} };
}

export const redeeming = ({ verifier, redirect, clientId }: Begun, code: string) => ({
  grant_type: 'authorization_code',
  code,
  code_verifier: verifier,
  redirect_uri: redirect,
  client_id: clientId,
});

export const refreshing = (clientId: string, refreshToken: string) => ({
  grant_type: 'refresh_token',
  refresh_token: refreshToken,
  client_id: clientId,
});

/** What a signed-in client has. */
export interface SignedIn {
  readonly clientId: string;
  readonly code: string;
  readonly begun: Begun;
  readonly access: string;
  readonly refresh: string;
  readonly scope: string;
}

/** A client of its own that this person lets in. */
export async function letIn(
  room: Pick<Mailroom, 'url'>,
  browser: Browser,
  asks: Readonly<Record<string, string>> = {},
  decision: Decision = ALLOW,
): Promise<SignedIn> {
  const { client_id: clientId } = (await (await register(room)).json()) as { client_id: string };
  const begun = beginning(room, clientId, asks);
  const back = await decide(browser, begun.url, decision);
  const code = new URL(back.location ?? 'none:').searchParams.get('code') ?? '';
  const { status, body } = await token(room, redeeming(begun, code));
  if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)} ${back.location ?? back.text}`);
  return { clientId, code, begun, access: body.access_token, refresh: body.refresh_token, scope: body.scope };
}

/** One call as a client makes it. */
export const mcp = (
  room: Pick<Mailroom, 'url'>,
  bearer: string | undefined,
  path = '/mcp',
  call: object = LIST,
): Promise<Response> =>
  fetch(room.url + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-forwarded-for': somewhere(),
      ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, ...call }),
  });

const LIST = { method: 'tools/list' };

export class RemoteClient implements OAuthClientProvider {
  readonly redirectUrl: string;
  readonly clientMetadata: OAuthClientMetadata;
  /** How often the person was asked. */
  asked = 0;
  /** What the client keeps. */
  information: OAuthClientInformationMixed | undefined;
  kept: OAuthTokens | undefined;
  next: Decision = ALLOW;
  readonly #browser: Browser;
  #verifier = '';
  #state = '';
  #callback = new URLSearchParams();
  #discovered: OAuthDiscoveryState | undefined;

  constructor(browser: Browser, name = 'Claude', redirectUrl = 'http://127.0.0.1:33418/callback') {
    this.#browser = browser;
    this.redirectUrl = redirectUrl;
    this.clientMetadata = {
      client_name: name,
      redirect_uris: [redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    };
  }

  /** Signs in as far as that is needed, and is connected. */
  async connect(url: string, pin?: string): Promise<Client> {
    for (let tries = 0; ; tries++) {
      const transport = new StreamableHTTPClientTransport(new URL(url), { authProvider: this });
      const negotiation = pin ? { versionNegotiation: { mode: { pin } } } : {};
      const client = new Client({ name: 'remote', version: '1' }, { ...negotiation });
      try {
        await client.connect(transport);
        return client;
      } catch (error) {
        if (tries > 0 || !isUnauthorized(error)) throw error;
        await transport.finishAuth(this.#callback);
      }
    }
  }

  /** Calls a tool; when the person has to be asked for it first, that is done. */
  // biome-ignore lint/suspicious/noExplicitAny: a test reads answers of any shape
  async call(client: Client, name: string, args: Record<string, unknown> = {}): Promise<any> {
    try {
      return await client.callTool({ name, arguments: args });
    } catch (error) {
      if (!isUnauthorized(error)) throw error;
      await (client.transport as StreamableHTTPClientTransport).finishAuth(this.#callback);
      return client.callTool({ name, arguments: args });
    }
  }

  state(): string {
    this.#state = crypto.randomUUID();
    return this.#state;
  }

  clientInformation(): OAuthClientInformationMixed | undefined {
    return this.information;
  }

  saveClientInformation(information: OAuthClientInformationMixed): void {
    this.information = information;
  }

  tokens(): OAuthTokens | undefined {
    return this.kept;
  }

  saveTokens(tokens: OAuthTokens): void {
    this.kept = tokens;
  }

  discoveryState(): OAuthDiscoveryState | undefined {
    return this.#discovered;
  }

  saveDiscoveryState(state: OAuthDiscoveryState): void {
    this.#discovered = state;
  }

  async redirectToAuthorization(url: URL): Promise<void> {
    this.asked++;
    const back = await decide(this.#browser, url.href, this.next);
    if (!back.location?.startsWith(this.redirectUrl)) throw new Error(`not sent back: ${back.status} ${back.text}`);
    this.#callback = new URL(back.location).searchParams;
    if (this.#callback.get('state') !== this.#state) throw new Error('another state');
  }

  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier;
  }

  codeVerifier(): string {
    return this.#verifier;
  }
}

const isUnauthorized = (error: unknown): boolean =>
  error instanceof UnauthorizedError || (error instanceof Error && error.cause instanceof UnauthorizedError);
