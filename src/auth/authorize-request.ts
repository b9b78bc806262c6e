// What of an authorization request reaches the library: what OAuth 2.1 needs, each thing once. Knows no client and no store.
import { PERMISSIONS } from './session.ts';

export const OFFLINE = 'offline_access';
/** Asked for, where a client asks for nothing in particular. */
export const FIRST_SCOPE = 'read draft';

const TAKEN = [
  'client_id',
  'redirect_uri',
  'response_type',
  'scope',
  'state',
  'code_challenge',
  'code_challenge_method',
  'resource',
  'prompt',
];
const PROMPTS = ['none', 'login', 'consent'];

/**
 * The query as it is understood here. Scopes that are not ours are left out (RFC 6749 section 3.3), as what belongs to sign-in
 * with identity tokens is; the answer goes by the query always. Whatever comes twice still does, and is refused.
 */
export function understoodQuery(search: string): string {
  const given = new URLSearchParams(search);
  const kept = new URLSearchParams();
  for (const [name, value] of given) if (TAKEN.includes(name)) kept.append(name, value);
  if (kept.getAll('scope').length <= 1) kept.set('scope', scopeOf(kept.get('scope') ?? ''));
  const prompt = kept.get('prompt');
  if (prompt !== null && kept.getAll('prompt').length === 1) {
    const known = prompt.split(' ').filter((each) => PROMPTS.includes(each));
    if (known.length > 0) kept.set('prompt', known.join(' '));
    else kept.delete('prompt');
  }
  return String(kept);
}

function scopeOf(given: string): string {
  const asked = given.split(' ');
  const permissions = PERMISSIONS.filter((each) => asked.includes(each));
  const offline = asked.includes(OFFLINE) ? [OFFLINE] : [];
  return [...(permissions.length > 0 ? permissions : [FIRST_SCOPE]), ...offline].join(' ');
}
