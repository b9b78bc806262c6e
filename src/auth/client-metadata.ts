// What an app may say of itself when it registers (RFC 7591) or by its document, brought to what is understood here. Knows no
// store and no library.

export type Metadata = Readonly<Record<string, unknown>>;

/** An app that is not taken as it is; the words are for its developer (RFC 7591 section 3.2.2). */
export class ClientRefused extends Error {
  override readonly name = 'ClientRefused';
  readonly error: 'invalid_redirect_uri' | 'invalid_client_metadata';

  constructor(error: ClientRefused['error'], description: string) {
    super(description);
    this.error = error;
  }
}

export const AUTH_METHODS = ['none', 'client_secret_basic', 'client_secret_post'] as const;
/** How an app that is known by its document may prove at the token endpoint that it is that app (RFC 7523 section 2.2). */
export const BY_KEY = 'private_key_jwt';
export const KEY_ALGORITHMS = ['RS256', 'PS256', 'ES256'] as const;
export const GRANT_TYPES = ['authorization_code', 'refresh_token'];

const MOST_BYTES = 64 * 1024;
const MOST_REDIRECTS = 10;
const LONGEST_URI = 2000;
const LONGEST_NAME = 80;
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];
/** Schemes that are not an app's own. */
const FOREIGN =
  'javascript|vbscript|data|blob|file|about|view-source|filesystem|ws|wss|ftp|mailto|tel|sms|intent|chrome|edge|jar|feed|resource|smb|ldap|ssh|telnet|search';
const FOREIGN_SCHEME = new RegExp(`^(${FOREIGN}|ms-[a-z0-9-]+|[a-z]+-extension):$`);
/** An address as it is written (RFC 3986): whoever reads it takes the same out of it. With `//` or `/` behind the scheme. */
const WRITTEN = /^(https?:\/\/(?!\/)|(?!https?:)[a-z][a-z0-9+.-]*:\/)[A-Za-z0-9\-._~:/?[\]@!$&'()*+,;=%]*$/i;
/** The blank of braille is no blank to Unicode. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]+/gu;
const HOST = /^[a-z0-9.-]+$|^\[[0-9a-f:.]+\]$/;

/**
 * What is kept of it. `scope` is not: an app registers with what it asks for first, and may ask for more later. Who says nothing of
 * its type may come from a program on the person's computer all the same. Throws `ClientRefused`.
 */
export function understood(given: Metadata, defaultMethod: (typeof AUTH_METHODS)[number]): Metadata {
  const redirects = redirectsOf(given.redirect_uris);
  const method = given.token_endpoint_auth_method ?? defaultMethod;
  if (!AUTH_METHODS.some((each) => each === method))
    throw unfit(`token_endpoint_auth_method must be one of ${AUTH_METHODS.join(', ')}.`);
  if (!offers(given.grant_types, 'authorization_code')) throw unfit('grant_types must hold authorization_code.');
  if (!offers(given.response_types, 'code')) throw unfit('response_types must hold code.');
  const name = oneLine(given.client_name);
  const uri = typeof given.client_uri === 'string' ? URL.parse(given.client_uri) : null;
  return {
    redirect_uris: redirects,
    token_endpoint_auth_method: method,
    grant_types: GRANT_TYPES,
    response_types: ['code'],
    application_type: redirects.every((each) => each.startsWith('https:')) ? 'web' : 'native',
    ...(name && { client_name: name }),
    ...(uri?.protocol === 'https:' && uri.href.length <= LONGEST_URI && { client_uri: uri.href }),
  };
}

/**
 * What is kept of a document, which has no secret: with keys of its own the app has to sign. They are looked up at `jwks_uri` when it
 * does. Throws `ClientRefused`.
 */
export function understoodDocument(given: Metadata): Metadata {
  const { client_id, jwks_uri, token_endpoint_auth_method: method, token_endpoint_auth_signing_alg: algorithm } = given;
  if (method !== BY_KEY) return { client_id, ...understood(given, 'none') };
  const at = typeof jwks_uri === 'string' && jwks_uri.length <= LONGEST_URI ? URL.parse(jwks_uri) : null;
  if (at?.protocol !== 'https:') throw unfit(`With ${BY_KEY} jwks_uri must be an address with https.`);
  if (algorithm !== undefined && !KEY_ALGORITHMS.some((each) => each === algorithm))
    throw unfit(`token_endpoint_auth_signing_alg must be one of ${KEY_ALGORITHMS.join(', ')}.`);
  return {
    client_id,
    ...understood({ ...given, token_endpoint_auth_method: 'none' }, 'none'),
    token_endpoint_auth_method: BY_KEY,
    jwks_uri: at.href,
    ...(algorithm !== undefined && { token_endpoint_auth_signing_alg: algorithm }),
  };
}

/** What stands in a body or a document. Throws `ClientRefused` for what is no object, or too much. */
export function readObject(text: string): Metadata {
  try {
    const given: unknown = Buffer.byteLength(text) > MOST_BYTES ? null : JSON.parse(text);
    if (typeof given === 'object' && given !== null && !Array.isArray(given)) return given as Metadata;
  } catch {
    // Told below.
  }
  throw unfit(`One JSON object of at most ${MOST_BYTES} bytes is expected.`);
}

/** Where a person is sent, as it is shown: a host, or an app's own scheme with what follows. */
export function redirectHost(uri: string): string {
  const { protocol, host } = new URL(uri);
  return protocol === 'https:' || protocol === 'http:' ? host : `${protocol}//${host}`;
}

/** What kind of place that is: a site, or a program on the computer where the browser runs. */
export const isOnThisComputer = (uri: string): boolean => !uri.startsWith('https:');

/** One line of visible text; empty when there is none. Signs that are shown as nothing are nothing, and marks do not pile up. */
export function oneLine(text: unknown): string {
  if (typeof text !== 'string') return '';
  const seen = text
    .replace(UNSEEN, ' ')
    .replace(/(\p{M}{3})\p{M}+/gu, '$1')
    .replace(/\s+/gu, ' ')
    .trim();
  return [...seen].slice(0, LONGEST_NAME).join('').trim();
}

function redirectsOf(given: unknown): string[] {
  if (!Array.isArray(given) || given.length === 0 || given.length > MOST_REDIRECTS)
    throw new ClientRefused('invalid_redirect_uri', `redirect_uris must hold 1 to ${MOST_REDIRECTS} addresses.`);
  return [...new Set(given.map(redirect))];
}

function redirect(given: unknown): string {
  const url = typeof given === 'string' && given.length <= LONGEST_URI && WRITTEN.test(given) ? URL.parse(given) : null;
  if (!url || url.username || url.password)
    throw new ClientRefused(
      'invalid_redirect_uri',
      `redirect_uris must hold absolute addresses of at most ${LONGEST_URI} characters, without fragment and credentials.`,
    );
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:';
  if ((isWeb && !HOST.test(url.hostname)) || FOREIGN_SCHEME.test(url.protocol))
    throw new ClientRefused('invalid_redirect_uri', 'redirect_uris holds an address of a kind that is not taken.');
  if (url.protocol === 'http:' && !LOOPBACK.includes(url.hostname))
    throw new ClientRefused('invalid_redirect_uri', 'redirect_uris may use http on the loopback interface only.');
  return given as string;
}

const offers = (given: unknown, wanted: string): boolean =>
  given === undefined || (Array.isArray(given) && given.includes(wanted));

const unfit = (description: string): ClientRefused => new ClientRefused('invalid_client_metadata', description);
