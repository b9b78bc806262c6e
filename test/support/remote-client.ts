// A remote MCP client as its makers build it on the official SDK, and the person who decides on our page about it.
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
export async function personOf(room: Mailroom, user: string): Promise<Browser> {
  const browser = new Browser();
  const { status, body } = await room.rest('POST', `/users/${user}/sign-in-links`, {});
  if (status !== 201) throw new Error(JSON.stringify(body));
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
  if (!begun.location) throw new Error(`no consent page: ${begun.status} ${begun.text}`);
  const seen = await browser.follow(begun);
  if (seen.status !== 200 || seen.location)
    throw new Error(`no consent page: ${seen.status} ${seen.location ?? seen.text}`);
  return { ...seen, url: begun.location };
}

/** What is chosen in a form as it is shown. */
export const checked = (page: string, name: string): string[] =>
  [...page.matchAll(/<input type="(?:radio|checkbox)" name="([^"]+)" value="([^"]*)"[^>]* checked>/g)]
    .filter(([, of]) => of === name)
    .map(([, , value]) => value!);

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
