// Whether a push comes from Google: the signed token that Pub/Sub sends with it (RFC 7519, OpenID Connect). Knows no mail.
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { AppError } from '../base/errors.ts';

const ISSUERS = ['https://accounts.google.com', 'accounts.google.com'];
const PATIENCE_MS = 5000;
/** Our clock may be behind Google's, or before it. */
const CLOCKS_APART_S = 60;
const KEYS_KEPT_MS = 6 * 3_600_000;

export class PushGate {
  readonly #keys: ReturnType<typeof createRemoteJWKSet>;
  readonly #audience: () => string;

  /** `audience`: whom a push must be meant for. */
  constructor(jwksUrl: string, audience: () => string) {
    this.#keys = createRemoteJWKSet(new URL(jwksUrl), { timeoutDuration: PATIENCE_MS, cacheMaxAge: KEYS_KEPT_MS });
    this.#audience = audience;
  }

  /** Throws `unauthenticated` for what Google did not sign for us, `unavailable` while its keys cannot be had. */
  async enter(authorization: string | undefined): Promise<void> {
    const token = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization ?? '')?.[1];
    if (!token) throw forged();
    const checks = {
      issuer: ISSUERS,
      audience: this.#audience(),
      algorithms: ['RS256'],
      requiredClaims: ['exp'],
      clockTolerance: CLOCKS_APART_S,
    };
    const { payload } = await jwtVerify(token, this.#keys, checks).catch((cause: unknown) => {
      throw isForgery(cause) ? forged() : keysAway(cause);
    });
    if (payload.email_verified !== true) throw forged();
  }
}

/** What is said of the token itself; anything else is said of the keys. */
const isForgery = (error: unknown): boolean =>
  error instanceof errors.JWTClaimValidationFailed ||
  error instanceof errors.JWTExpired ||
  error instanceof errors.JWTInvalid ||
  error instanceof errors.JWSInvalid ||
  error instanceof errors.JWSSignatureVerificationFailed ||
  error instanceof errors.JOSEAlgNotAllowed ||
  error instanceof errors.JOSENotSupported ||
  error instanceof errors.JWKSNoMatchingKey;

const forged = (): AppError =>
  new AppError('unauthenticated', 'This push is not signed by Google for this server.', {
    hint: 'The subscription must authenticate, with the audience that GMAIL_PUBSUB_AUDIENCE names.',
  });

const keysAway = (cause: unknown): AppError =>
  new AppError('unavailable', 'Google’s keys cannot be had now.', { hint: 'Send it again.', cause });
