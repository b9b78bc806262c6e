// The door of the Gmail API: which method a request means, and whether this token may have it. Serves no method itself.

import { decoded, pathWords } from '../path-words.ts';
import { attachmentOperations } from './attachments.ts';
import { draftOperations } from './drafts.ts';
import { partialOf } from './fields.ts';
import { GoogleError } from './google-error.ts';
import type { AccessToken } from './grants.ts';
import { historyOperations } from './history.ts';
import { labelOperations } from './labels.ts';
import { messageOperations } from './messages.ts';
import type { ApiAnswer, Operation } from './operation.ts';
import { profileOperations } from './profile.ts';
import { tooManyAtOnce } from './quota.ts';
import { GMAIL_SCOPES, type ScopeLetter } from './scopes.ts';
import { sendOperations } from './sending.ts';
import type { Errand, Site } from './site.ts';
import { threadOperations } from './threads.ts';
import { watchOperations } from './watch.ts';
import { type Asked, bearerOf, type Given, json } from './wire.ts';

const OPERATIONS: readonly Operation[] = [
  ...profileOperations,
  ...messageOperations,
  ...attachmentOperations,
  ...sendOperations,
  ...threadOperations,
  ...labelOperations,
  ...draftOperations,
  ...historyOperations,
  ...watchOperations,
];

const LETTERS = Object.keys(GMAIL_SCOPES) as ScopeLetter[];

/** What a request to `/gmail/v1/users/…` asks for; null when it is about something else. */
export function readApi(site: Site, asked: Asked): Errand | null {
  const path = /^(\/upload)?\/gmail\/v1\/users\/([^/]+)\/(.*)$/.exec(asked.url.pathname);
  if (!path) return null;
  const upload = path[1] !== undefined;
  const userId = decoded(path[2]!);
  const found = findOperation(asked.method, path[3]!, upload);
  const access = site.grants.find(bearerOf(asked));
  return {
    operation: found?.operation.name ?? 'unknown',
    email: access?.email ?? '',
    async run(entry, crowded) {
      try {
        if (!found) throw new GoogleError(404, 'Not Found');
        const { operation, words } = found;
        const scopes = admitted(access, userId, operation);
        const { email } = access!;
        const user = site.findUser(email);
        if (!user) throw new GoogleError(400, 'Mail service not enabled', { reason: 'failedPrecondition' });
        if (crowded) throw tooManyAtOnce();
        const exceeded = site.quota.charge(email, operation.units);
        if (exceeded) throw exceeded;
        entry.units = operation.units;
        const query = asked.url.searchParams;
        const answer = await operation.run({ site, user, words, query, asked, scopes, upload });
        return givenOf(answer, query.get('fields'));
      } catch (error) {
        if (error instanceof GoogleError) return error.given;
        throw error;
      }
    },
  };
}

/** The scopes of a token that may do this in this mailbox. */
function admitted(access: AccessToken | null, userId: string, { name, scopes }: Operation): ReadonlySet<ScopeLetter> {
  if (!access)
    throw new GoogleError(
      401,
      'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.',
      {
        innerMessage: 'Invalid Credentials',
        location: 'Authorization',
        headers: { 'www-authenticate': 'Bearer realm="https://accounts.google.com/", error="invalid_token"' },
      },
    );
  const held = new Set(LETTERS.filter((letter) => access.scopes.has(GMAIL_SCOPES[letter])));
  if (![...scopes].some((letter) => held.has(letter as ScopeLetter)))
    throw new GoogleError(403, 'Request had insufficient authentication scopes.', {
      reason: 'insufficientPermissions',
      innerMessage: 'Insufficient Permission',
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
          domain: 'googleapis.com',
          metadata: { service: 'gmail.googleapis.com', method: `gmail.users.${name}` },
        },
      ],
    });
  if (userId !== 'me' && userId.toLowerCase() !== access.email)
    throw new GoogleError(403, `Delegation denied for ${access.email}`, { reason: 'forbidden' });
  return held;
}

function findOperation(method: string, path: string, upload: boolean) {
  for (const operation of OPERATIONS) {
    if (operation.method !== method || (upload && !operation.uploads)) continue;
    const words = pathWords(operation.path, path);
    if (words) return { operation, words };
  }
  return null;
}

function givenOf(answer: ApiAnswer, fields: string | null): Given {
  if (answer === undefined) return { status: 204 };
  return json(200, fields === null ? answer : partialOf(answer, fields));
}
