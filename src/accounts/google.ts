// Google's side of a grant: consent, code, refresh, revocation, and whose it is. Keeps nothing and knows no row.
import * as oidc from 'openid-client';
import { z } from 'zod';
import { foreign } from '../backend/refusals.ts';
import { AppError } from '../base/errors.ts';
import { type GoogleConfig, isLoopback } from '../config.ts';

const GMAIL = 'https://www.googleapis.com/auth/gmail.';

/** What Google may allow, by what it lets us do. */
export const SCOPES = { read: `${GMAIL}readonly`, send: `${GMAIL}send`, draft: `${GMAIL}compose` } as const;

/** Where Google sends the person back to, under our own address. */
export const CALLBACK_PATH = '/api/gmail/callback';

/** What is asked for. */
export const ASKED = ['openid', 'https://www.googleapis.com/auth/userinfo.email', ...Object.values(SCOPES)];

/** What the token endpoint gives. */
export interface Grant {
  readonly accessToken: string;
  /** How long it is good, from when it was asked for. */
  readonly lifetimeMs: number;
  /** Null where the one that is known stays. */
  readonly refreshToken: string | null;
  /** What the person has ticked; null where the answer does not tell. */
  readonly scopes: readonly string[] | null;
}

/** Whose grant it is. */
export interface GooglePerson {
  /** Google's own id of the person, which stays when the address changes. */
  readonly sub: string;
  /** Lower-case. */
  readonly email: string;
  /** Google itself gives out the address, so that whoever has it there is whoever gets its mail now. */
  readonly isAuthoritative: boolean;
}

export interface ConsentRequest {
  readonly redirectUri: string;
  readonly state: string;
  /** PKCE (RFC 7636); only its SHA-256 leaves. */
  readonly verifier: string;
  /** The address that is wanted, when it is known. */
  readonly email: string | null;
}

const TIMEOUT_S = 10;
const LONGEST_ANSWER_BYTES = 64 * 1024;
const UNTOLD_LIFETIME_S = 300;
const person = z.object({
  sub: z.string().min(1).max(255),
  email: z.string().min(3).max(320),
  email_verified: z.union([z.boolean(), z.stringbool()]).optional(),
  /** Of an organisation's address. */
  hd: z.string().max(255).optional().catch(undefined),
});

/** Google's OAuth 2.0 (RFC 6749, OpenID Connect userinfo) at the configured addresses, which alone are asked. */
export class GoogleOAuth {
  readonly #client: oidc.Configuration;

  constructor(config: GoogleConfig) {
    this.#client = new oidc.Configuration(
      {
        issuer: 'https://accounts.google.com',
        authorization_endpoint: config.authUrl,
        token_endpoint: config.tokenUrl,
        revocation_endpoint: config.revokeUrl,
        userinfo_endpoint: config.userinfoUrl,
      },
      config.clientId,
      config.clientSecret,
    );
    this.#client.timeout = TIMEOUT_S;
    this.#client[oidc.customFetch] = ask;
    const asked = [config.tokenUrl, config.revokeUrl, config.userinfoUrl, config.authUrl].map((url) => new URL(url));
    // The configuration admits such addresses on this machine only.
    if (asked.some(({ protocol, hostname }) => protocol === 'http:' && isLoopback(hostname)))
      oidc.allowInsecureRequests(this.#client);
  }

  /** Where the person is sent to allow it. */
  async consentUrl({ redirectUri, state, verifier, email }: ConsentRequest): Promise<string> {
    return oidc.buildAuthorizationUrl(this.#client, {
      redirect_uri: redirectUri,
      scope: ASKED.join(' '),
      state,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      access_type: 'offline',
      // Without it a second consent brings no refresh token.
      prompt: 'consent',
      include_granted_scopes: 'true',
      ...(email && { login_hint: email }),
    }).href;
  }

  /** Where a person is sent who only says who they are. It asks for nothing lasting and for no other grant. */
  async signInUrl({ redirectUri, state, verifier }: Omit<ConsentRequest, 'email'>): Promise<string> {
    return oidc.buildAuthorizationUrl(this.#client, {
      redirect_uri: redirectUri,
      scope: 'openid email',
      state,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      prompt: 'select_account',
    }).href;
  }

  /** The grant for a code. Rejects with `account_rejected` when the code is not, or no longer, good. */
  async exchange(code: string, redirectUri: string, verifier: string): Promise<Grant> {
    const back = new URL(redirectUri);
    back.searchParams.set('code', code);
    const answer = oidc.authorizationCodeGrant(this.#client, back, { pkceCodeVerifier: verifier });
    return grantOf(await told(answer, 'code'));
  }

  /** A new access token. `account_rejected`, for good, when the grant is gone. */
  async refresh(refreshToken: string): Promise<Grant> {
    return grantOf(await told(oidc.refreshTokenGrant(this.#client, refreshToken), 'refresh'));
  }

  async whose(accessToken: string): Promise<GooglePerson> {
    const answer = await told(oidc.fetchUserInfo(this.#client, accessToken, oidc.skipSubjectCheck), 'userinfo');
    const read = person.safeParse(answer);
    if (!read.success || read.data.email_verified === false)
      throw new AppError('account_rejected', 'Google did not say which verified address this is.', {
        hint: 'Verify the address at Google first, or choose another account.',
      });
    const { sub, email_verified, hd } = read.data;
    const email = read.data.email.toLowerCase();
    const isGoogles = /@(gmail|googlemail)\.com$/.test(email) || hd !== undefined;
    return { sub, email, isAuthoritative: email_verified === true && isGoogles };
  }

  /** Whose grant it is, by Google's own id alone; null when Google does not say. */
  async sub(accessToken: string): Promise<string | null> {
    const answer = oidc.fetchUserInfo(this.#client, accessToken, oidc.skipSubjectCheck);
    return told(answer, 'userinfo').then(
      (told) => person.shape.sub.safeParse(told.sub).data ?? null,
      () => null,
    );
  }

  /** Ends the whole grant to which the token belongs; one that is gone already is no failure. */
  async revoke(token: string): Promise<void> {
    await told(oidc.tokenRevocation(this.#client, token), 'revoke').catch((error: unknown) => {
      if (!(error instanceof AppError && error.code === 'not_found')) throw error;
    });
  }
}

/**
 * One request. The ID token is left out of its answer: nothing is taken from it, so nothing need be judged of it. What is
 * not JSON, or too long, is no answer; what is said in another form, by Google's older pages or a server that stands in for
 * Google, is put into the one that is read here.
 */
const ask: oidc.CustomFetch = async (url, options) => {
  const response = await fetch(url, { ...options, redirect: 'manual' } as RequestInit);
  const text = await bounded(response);
  if (response.status === 429)
    throw new AppError('rate_limited', 'Google wants fewer sign-ins at a time.', {
      retryAt: Date.now() + retryAfterMs(response),
      definite: true,
    });
  const status = response.status === 204 ? 200 : response.status;
  return new Response(JSON.stringify(inOneForm(parsed(text))), {
    status,
    headers: { 'content-type': 'application/json' },
  });
};

async function bounded({ body }: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body ?? []) {
    size += piece.length;
    if (size > LONGEST_ANSWER_BYTES) throw new TypeError('the answer is too long');
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function parsed(text: string): Record<string, unknown> {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function inOneForm({ id_token: _, ...answer }: Record<string, unknown>): Record<string, unknown> {
  const said = Object.fromEntries(Object.entries(answer).filter(([, value]) => value !== null && value !== ''));
  const lifetime = Number(said.expires_in);
  const sub = said.sub ?? said.id ?? said.email;
  return {
    ...said,
    expires_in: lifetime >= 0 ? lifetime : undefined,
    ...(said.access_token !== undefined && { token_type: said.token_type ?? 'Bearer' }),
    ...(said.email !== undefined && {
      sub: typeof sub === 'number' ? String(sub) : sub,
      email_verified: said.email_verified ?? said.verified_email,
    }),
  };
}

function retryAfterMs({ headers }: Response): number {
  const said = headers.get('retry-after') ?? '';
  const ms = /^\d{1,6}$/.test(said) ? Number(said) * 1000 : Date.parse(said) - Date.now();
  return Number.isFinite(ms) && ms > 0 ? Math.min(ms, 3_600_000) : 60_000;
}

function grantOf(answer: oidc.TokenEndpointResponse): Grant {
  return {
    accessToken: answer.access_token,
    lifetimeMs: Math.max(0, answer.expires_in ?? UNTOLD_LIFETIME_S) * 1000,
    refreshToken: answer.refresh_token || null,
    scopes: answer.scope === undefined ? null : answer.scope.split(' ').filter(Boolean),
  };
}

type Errand = 'code' | 'refresh' | 'userinfo' | 'revoke';

/** The answer; what went wrong in our words, and nothing of a token in them. */
async function told<T>(answer: Promise<T>, errand: Errand): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw translated(error, errand);
  }
}

/** A person who signs in is there and waits; anything else goes on without one. */
const AGAIN: Readonly<Record<Errand, string>> = {
  code: 'Try again in a moment.',
  userinfo: 'Try again in a moment.',
  refresh: 'It is tried again by itself.',
  revoke: 'It is tried again by itself.',
};

function translated(error: unknown, errand: Errand): AppError {
  const inner = error instanceof Error && !(error instanceof AppError) ? error.cause : error;
  if (inner instanceof AppError) {
    const { code, message, retryAt } = inner;
    return new AppError(code, message, { hint: AGAIN[errand], ...(retryAt !== undefined && { retryAt }) });
  }
  if (error instanceof oidc.ResponseBodyError) return refusal(error, errand);
  const code = codeOf(inner) ?? codeOf(error) ?? 'fault';
  return new AppError('unavailable', 'Google could not be asked, or gave no answer that can be understood.', {
    hint: `${AGAIN[errand]} If this stays, the operator has to check the network to Google.`,
    cause: foreign(`google ${errand}: ${code}`, code),
  });
}

function refusal({ error, status }: oidc.ResponseBodyError, errand: Errand): AppError {
  // RFC 6749 section 5.2 allows more in it, a token repeated among that.
  const code = /^[a-z_]{1,60}$/.test(error) ? error : 'other';
  const cause = foreign(`google ${errand}: ${status} ${code}`, code);
  if (errand === 'revoke' && error === 'invalid_token') return new AppError('not_found', 'The grant is gone.');
  if (errand === 'refresh' && (error === 'invalid_grant' || error === 'admin_policy_enforced'))
    return new AppError('account_rejected', 'Google no longer lets this account in: the permission was withdrawn.', {
      hint: 'Connect it again: POST /connect-links, or add_gmail_account without a password, makes a page for the person.',
      definite: true,
      cause,
    });
  if (['invalid_client', 'deleted_client', 'unauthorized_client', 'redirect_uri_mismatch'].includes(error))
    return new AppError('unavailable', 'Google does not accept this server as an OAuth client.', {
      hint: 'The operator has to check GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET and the redirect URI that is registered at Google.',
      cause,
    });
  if (errand === 'code')
    return new AppError('account_rejected', 'Google did not accept this sign-in; it was used already, or is too old.', {
      hint: 'Sign in again.',
      cause,
    });
  return new AppError('unavailable', 'Google refused to answer.', { hint: AGAIN[errand], cause });
}

const codeOf = (error: unknown): string | undefined => {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
};
