// The consent page: who asks a person for what, and back to the client with a code or a no (RFC 6749 section 4.1).
import type { Consent } from './grants.ts';
import { canonicalScope, isIdentity, meaningOf } from './scopes.ts';
import type { Endpoint, Site } from './site.ts';
import { type Asked, formOf, type Given, page, redirect } from './wire.ts';

interface Request {
  readonly redirectUri: string;
  readonly state: string | null;
  readonly scopes: readonly string[];
  readonly query: URLSearchParams;
}

/** What makes a request unfit to be shown to a person; they see it, the client never does. */
class Unfit extends Error {
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

function readRequest(site: Site, query: URLSearchParams): Request {
  const redirectUri = query.get('redirect_uri') ?? '';
  if (query.get('client_id') !== site.client.id) throw new Unfit('invalid_client', 'The OAuth client was not found.');
  if (!isRegistered(site, redirectUri))
    throw new Unfit('redirect_uri_mismatch', `The redirect URI in the request, ${redirectUri}, is not registered.`);
  if (query.get('response_type') !== 'code')
    throw new Unfit('invalid_request', 'The response_type of this client is "code".');
  const challenge = query.get('code_challenge');
  if (challenge !== null && (query.get('code_challenge_method') !== 'S256' || !/^[\w-]{43}$/.test(challenge)))
    throw new Unfit('invalid_request', 'A code_challenge is taken by the method S256 only.');
  const asked = (query.get('scope') ?? '').split(' ').filter(Boolean);
  if (asked.length === 0) throw new Unfit('invalid_request', 'Missing required parameter: scope');
  const scopes = asked.map((scope) => {
    const known = canonicalScope(scope);
    if (!known) throw new Unfit('invalid_scope', `Some requested scopes were invalid: ${scope}`);
    return known;
  });
  return { redirectUri, state: query.get('state'), scopes: [...new Set(scopes)], query };
}

function isRegistered({ settings }: Site, uri: string): boolean {
  if (settings.redirectUris) return settings.redirectUris.includes(uri);
  if (!URL.canParse(uri)) return false;
  const { protocol, hostname, hash } = new URL(uri);
  return protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname) && hash === '';
}

function show(site: Site, { url }: Asked): Given {
  return page(200, consentHtml(site, readRequest(site, url.searchParams)));
}

function decide(site: Site, asked: Asked): Given {
  const request = readRequest(site, asked.url.searchParams);
  const form = formOf(asked);
  const back = new URL(request.redirectUri);
  if (request.state !== null) back.searchParams.set('state', request.state);
  if (form.get('decision') !== 'allow') {
    back.searchParams.set('error', 'access_denied');
    return redirect(back.href);
  }
  const user = site.findUser(form.get('email') ?? '');
  if (!user) throw new Unfit('invalid_request', 'Nobody here has this address.');
  const ticked = new Set(form.getAll('scope'));
  const scopes = request.scopes.filter((scope) => isIdentity(scope) || ticked.has(scope)).sort();
  const { query } = request;
  const consent: Consent = {
    clientId: site.client.id,
    email: user.email,
    scopes,
    redirectUri: request.redirectUri,
    codeChallenge: query.get('code_challenge'),
    nonce: query.get('nonce'),
    offline: query.get('access_type') === 'offline',
    forced: (query.get('prompt') ?? '').split(' ').includes('consent'),
    includeGranted: query.get('include_granted_scopes') === 'true',
  };
  back.searchParams.set('code', site.grants.issueCode(consent));
  back.searchParams.set('scope', scopes.join(' '));
  return redirect(back.href);
}

function consentHtml(site: Site, { scopes, redirectUri, query }: Request): string {
  const hint = (query.get('login_hint') ?? '').toLowerCase();
  const users = site.users();
  const chosen = users.find(({ email }) => email === hint) ?? users[0];
  const people = users.map(
    ({ email }) =>
      `<label><input type="radio" name="email" value="${escaped(email)}"${email === chosen?.email ? ' checked' : ''}> ${escaped(email)}</label>`,
  );
  const boxes = scopes
    .filter((scope) => !isIdentity(scope))
    .map(
      (scope) =>
        `<label><input type="checkbox" name="scope" value="${escaped(scope)}" checked> ${escaped(meaningOf(scope))}<br><small>${escaped(scope)}</small></label>`,
    );
  return html(
    'Sign in with the pretend Google',
    `<p><b>${escaped(new URL(redirectUri).host)}</b> wants access to a pretend account. No real account is involved.</p>
<form method="post">
<fieldset><legend>Choose an account</legend>${people.join('\n')}</fieldset>
<fieldset><legend>Select what it can access</legend>${boxes.join('\n') || 'Only who you are.'}</fieldset>
<p><button name="decision" value="deny">Deny</button> <button name="decision" value="allow">Allow</button></p>
</form>`,
  );
}

function html(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem}label{display:block;margin:.5rem 0}fieldset{margin:1rem 0;border:1px solid #ccc;border-radius:8px}button{font:inherit;padding:.4rem 1.4rem}small{color:#666}</style>
<h1>${escaped(title)}</h1>
${body}
</html>
`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string) => text.replace(/[&<>"']/g, (char) => ENTITIES[char]!);

export const consentEndpoint: Endpoint = {
  methods: ['GET', 'POST'],
  path: '/o/oauth2/v2/auth',
  read: (site, asked) => ({
    operation: asked.method === 'GET' ? 'auth.page' : 'auth.decision',
    email: '',
    run() {
      try {
        return asked.method === 'GET' ? show(site, asked) : decide(site, asked);
      } catch (error) {
        if (!(error instanceof Unfit)) throw error;
        return page(400, html(`Error 400: ${error.reason}`, `<p>Access blocked. ${escaped(error.message)}</p>`));
      }
    },
  }),
};
