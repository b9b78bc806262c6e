// The variables about Google's OAuth and the Gmail API.
import { z } from 'zod';
import { invalidInput } from '../base/errors.ts';
import { define, isLoopback, url } from './variable.ts';

const GOOGLE_URL = 'an https URL, or an http one of this machine';
/** What Google is asked at carries secrets: off this machine never in the clear. */
const googleUrl = url.refine((text) => text.startsWith('https:') || isLoopback(new URL(text).hostname));

export const GOOGLE_VARIABLES = {
  GOOGLE_CLIENT_ID: define(
    z.string(),
    '',
    'the OAuth client’s id',
    'Google’s OAuth client; sign-in with Google is offered when id and secret are set.',
  ),
  GOOGLE_CLIENT_SECRET: define(z.string(), '', 'the OAuth client’s secret', 'Its secret.', true),
  GOOGLE_AUTH_URL: define(
    googleUrl,
    'https://accounts.google.com/o/oauth2/v2/auth',
    GOOGLE_URL,
    'Google’s consent page.',
  ),
  GOOGLE_TOKEN_URL: define(googleUrl, 'https://oauth2.googleapis.com/token', GOOGLE_URL, 'Google’s token endpoint.'),
  GOOGLE_REVOKE_URL: define(googleUrl, 'https://oauth2.googleapis.com/revoke', GOOGLE_URL, 'Where grants are revoked.'),
  GOOGLE_USERINFO_URL: define(
    googleUrl,
    'https://openidconnect.googleapis.com/v1/userinfo',
    GOOGLE_URL,
    'Whose grant it is.',
  ),
  GOOGLE_JWKS_URL: define(
    googleUrl,
    'https://www.googleapis.com/oauth2/v3/certs',
    GOOGLE_URL,
    'Google’s public keys, by which a push is known.',
  ),
  GMAIL_API_URL: define(
    googleUrl,
    'https://gmail.googleapis.com',
    GOOGLE_URL,
    'The Gmail API’s origin, without /gmail/v1.',
  ),
  GMAIL_PUBSUB_TOPIC: define(
    z.string().regex(/^(projects\/[^/\s]+\/topics\/[^/\s]+)?$/),
    '',
    'projects/<project>/topics/<topic>',
    'Gmail’s push is asked for when this is set; it comes to POST /push/gmail.',
  ),
  GMAIL_PUBSUB_AUDIENCE: define(
    z.string(),
    '',
    'the audience of the push subscription',
    'What a push must be meant for; the URL of /push/gmail when left out.',
  ),
} as const;

/** How Google is asked. URLs without a trailing slash. */
export interface GoogleConfig {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly authUrl: string;
  readonly tokenUrl: string;
  readonly revokeUrl: string;
  readonly userinfoUrl: string;
  readonly jwksUrl: string;
  /** The origin, without /gmail/v1. */
  readonly apiUrl: string;
  /** Null: no push is asked for. */
  readonly pubsubTopic: string | null;
  /** Null: the URL of /push/gmail. */
  readonly pubsubAudience: string | null;
}

type Values = { [K in keyof typeof GOOGLE_VARIABLES]: z.output<(typeof GOOGLE_VARIABLES)[K]['schema']> };

/** Null when no client is set up. Throws `invalid_input` when half of one is. */
export function googleOf(v: Values): GoogleConfig | null {
  if (!v.GOOGLE_CLIENT_ID !== !v.GOOGLE_CLIENT_SECRET)
    throw invalidInput(
      v.GOOGLE_CLIENT_ID ? 'GOOGLE_CLIENT_SECRET' : 'GOOGLE_CLIENT_ID',
      'Only one of GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET is set; set both, or neither.',
    );
  if (!v.GOOGLE_CLIENT_ID) return null;
  return {
    clientId: v.GOOGLE_CLIENT_ID,
    clientSecret: v.GOOGLE_CLIENT_SECRET,
    authUrl: v.GOOGLE_AUTH_URL,
    tokenUrl: v.GOOGLE_TOKEN_URL,
    revokeUrl: v.GOOGLE_REVOKE_URL,
    userinfoUrl: v.GOOGLE_USERINFO_URL,
    jwksUrl: v.GOOGLE_JWKS_URL,
    apiUrl: v.GMAIL_API_URL,
    pubsubTopic: v.GMAIL_PUBSUB_TOPIC || null,
    pubsubAudience: v.GMAIL_PUBSUB_AUDIENCE || null,
  };
}
