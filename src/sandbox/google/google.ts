// The Google side as tests and the command hold it: where it is, what it saw, and the levers. Serves nothing itself.
import { type Answer, consent } from './consent.ts';
import { Grants, type Tokens } from './grants.ts';
import { Push } from './push.ts';
import { Quota } from './quota.ts';
import type { GoogleRequest } from './request-log.ts';
import { EMAIL_SCOPE, GMAIL_SCOPES } from './scopes.ts';
import { startGoogleServer } from './server.ts';
import { Clock, defaultSettings, type GoogleSettings } from './settings.ts';
import { SigningKey } from './signing-key.ts';
import type { Site } from './site.ts';

export interface Google {
  /** `http://127.0.0.1:…` */
  readonly origin: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The product's variables that lead it here. */
  readonly env: Readonly<Record<string, string>>;
  /** Every request in order, those inside a batch too. */
  readonly requests: readonly GoogleRequest[];
  /** May be changed at any time. */
  readonly settings: GoogleSettings;
  readonly grants: Grants;
  /** Watches, and where Pub/Sub posts to. */
  readonly push: Push;
  /** Tokens, codes and quotas grow older by so much. */
  advance(ms: number): void;
  /** What a person does on the consent page; resolves with where the browser is sent. */
  consent(url: string, answer: Answer): Promise<string>;
  /** Tokens without the page and without a request. Default: reading, sending, composing, the address. */
  allow(email: string, scopes?: readonly string[]): { readonly accessToken: string; readonly refreshToken: string };
  /** How often an operation was asked for, of one person or of all. */
  count(operation: string, email?: string): number;
  /** Quota units charged so far, of one person or of all. */
  units(email?: string): number;
  close(): Promise<void>;
}

export interface GoogleOptions extends Pick<Site, 'script' | 'users' | 'findUser' | 'submit'> {
  /** 0 takes a free one. */
  readonly port: number;
}

const CLIENT = {
  id: '529107730412-mailroomsandbox.apps.googleusercontent.com',
  secret: 'client-secret-of-the-pretend-google',
};

const USUAL_SCOPES = ['openid', EMAIL_SCOPE, GMAIL_SCOPES.R, GMAIL_SCOPES.S, GMAIL_SCOPES.C];

/** Starts the server on 127.0.0.1. Rejects with EADDRINUSE when the port is taken. */
export async function startGoogle({ port, ...world }: GoogleOptions): Promise<Google> {
  const settings = defaultSettings();
  const clock = new Clock();
  const grants = new Grants(settings, clock);
  const key = new SigningKey();
  const quota = new Quota(settings, clock);
  const push = new Push(key, clock);
  const site: Site = { ...world, client: CLIENT, settings, clock, grants, key, quota, push };
  const requests: GoogleRequest[] = [];
  const server = await startGoogleServer(site, port, (request) => void requests.push(request));
  const origin = `http://127.0.0.1:${server.port}`;
  return {
    origin,
    clientId: CLIENT.id,
    clientSecret: CLIENT.secret,
    env: {
      GOOGLE_CLIENT_ID: CLIENT.id,
      GOOGLE_CLIENT_SECRET: CLIENT.secret,
      GOOGLE_AUTH_URL: `${origin}/o/oauth2/v2/auth`,
      GOOGLE_TOKEN_URL: `${origin}/token`,
      GOOGLE_REVOKE_URL: `${origin}/revoke`,
      GOOGLE_USERINFO_URL: `${origin}/v1/userinfo`,
      GOOGLE_JWKS_URL: `${origin}/oauth2/v3/certs`,
      GMAIL_API_URL: origin,
    },
    requests,
    settings,
    grants,
    push,
    advance: (ms) => clock.advance(ms),
    consent,
    allow(email, scopes = USUAL_SCOPES) {
      const user = world.findUser(email);
      if (!user) throw new Error(`the sandbox has no user ${email}`);
      const tokens: Tokens = grants.grant({
        clientId: CLIENT.id,
        email: user.email,
        scopes,
        redirectUri: '',
        codeChallenge: null,
        nonce: null,
        offline: true,
        forced: true,
        includeGranted: false,
      });
      return { accessToken: tokens.access.token, refreshToken: tokens.refreshToken! };
    },
    count: (operation, email) =>
      requests.filter((each) => each.operation === operation && (email === undefined || each.email === email)).length,
    units: (email) =>
      requests.reduce((sum, each) => sum + (email === undefined || each.email === email ? each.units : 0), 0),
    close: () => server.close(),
  };
}
