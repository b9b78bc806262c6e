// Who is asking. A token becomes a session once, at the door; nothing below asks again.
import { createHash, timingSafeEqual } from 'node:crypto';
import { AppError } from '../base/errors.ts';
import type { PersonId, ProfileId, TokenId, UserId } from '../base/ids.ts';
import type { Narrowing } from './narrowing.ts';
import { KEY_PREFIX, TOKEN_PREFIX } from './token-form.ts';

export const PERMISSIONS = ['read', 'draft', 'send'] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** What a narrower service key can be made for. */
export const GROUPS = ['accounts', 'profiles', 'mail'] as const;
export type Group = (typeof GROUPS)[number];

/**
 * What something asks of its caller: a service key for that group, the operator's own key, somebody who has signed in, any
 * profile's token, or one with that permission. A service key for mail has every permission. `activity`, what was called, is for
 * the operator, and for a key or person with one user and that user's profiles. `events`, what changes, is for whoever may read
 * accounts or mail, each his own part.
 */
export type Need = Group | 'operator' | 'activity' | 'events' | 'person' | 'profile' | Permission;

/** A service key, or a person who has signed in: the operator's own key and the owner act for every user. */
export interface ServiceSession {
  readonly kind: 'service';
  /** Which key it came with: the same for each of its requests, and not the key. */
  readonly id: string;
  /** Of a narrower key; the operator's own has none. */
  readonly narrow?: {
    /** The only user that there is for it; null: all are. */
    readonly userId: UserId | null;
    readonly can: ReadonlySet<Group>;
    readonly expiresAt: number | null;
  };
  /** Who signed in, when it came with a cookie. */
  readonly person?: { readonly id: PersonId; readonly sessionId: string; readonly expiresAt: number };
}

/** A profile's token: acts for one user and one profile. */
export interface ProfileSession {
  readonly kind: 'profile';
  /** The token's id, which is not the token. */
  readonly id: TokenId;
  readonly userId: UserId;
  readonly profileId: ProfileId;
  readonly permissions: ReadonlySet<Permission>;
  /** Null: whatever its profile may see and write to. */
  readonly only: Narrowing | null;
  readonly expiresAt: number;
  /** Of a remote client that a person signed in. */
  readonly signIn?: SignIn;
}

/** A remote client's way in: one access token of a sign-in that goes on after it. */
export interface SignIn {
  readonly clientId: string;
  /** What this access token is for. */
  readonly scope: ReadonlySet<Permission>;
  /** What the client would have if the person said yes to all that can be asked. */
  readonly reach: ReadonlySet<Permission>;
  /** When this access token expires. */
  readonly until: number;
}

export type Session = ServiceSession | ProfileSession;

/** What it may, and for a remote client what the person can be asked for besides. */
export const couldHave = ({ permissions, signIn }: ProfileSession): ReadonlySet<Permission> =>
  signIn?.reach ?? permissions;

/** Whom what is given out to him is bound to: the same for each token of a profile that sees the same. */
export const callerOf = (session: Session): string =>
  session.kind === 'service' ? session.id : JSON.stringify([session.userId, session.profileId, session.only]);

/** The only user that there is for this caller; null: all are. */
export const onlyUserOf = (session: Session): UserId | null =>
  session.kind === 'profile' ? session.userId : (session.narrow?.userId ?? null);

/** Throws `forbidden`, saying what is missing and who can grant it. */
export function mustHave(session: Session, need: Need): void {
  if (session.kind === 'service') {
    keyMustHave(session, need);
    return;
  }
  if (need === 'profile') return;
  if (need === 'person') throw onlyForPeople();
  if (!isPermission(need))
    throw new AppError('forbidden', 'This is for service keys; a profile token may not.', {
      hint: 'The gmail_* tools and the routes without an account_id are for it.',
    });
  if (!session.permissions.has(need))
    throw new AppError('forbidden', `This token may not ${need}.`, { hint: CURES[need] });
}

function keyMustHave({ narrow, person }: ServiceSession, need: Need): void {
  if (need === 'person') {
    if (!person) throw onlyForPeople();
    return;
  }
  if (need === 'profile')
    throw new AppError('forbidden', 'This is for profile tokens.', {
      hint: 'A service key adds accounts with add_gmail_account or POST /connect-links.',
    });
  if (!narrow) return;
  if (need === 'events') {
    if (narrow.can.has('accounts') || narrow.can.has('mail')) return;
    throw notFor('accounts or mail');
  }
  const ofProfiles = narrow.userId === null ? 'operator' : 'profiles';
  const group = isPermission(need) ? 'mail' : need === 'activity' ? ofProfiles : need;
  if (group === 'operator')
    throw new AppError('forbidden', 'This is for the operator’s own key.', {
      hint: 'A narrower key cannot be given it.',
    });
  if (!narrow.can.has(group)) throw notFor(group);
}

const notFor = (what: string): AppError =>
  new AppError('forbidden', `This key is not for ${what}.`, { hint: 'The operator can make another one.' });

const onlyForPeople = (): AppError =>
  new AppError('forbidden', 'This is for people who have signed in.', { hint: 'Open /sign-in with a browser.' });

/** Whether `mustHave` would let the caller pass. */
export function has(session: Session, need: Need): boolean {
  try {
    mustHave(session, need);
    return true;
  } catch {
    return false;
  }
}

/** Whether agents may have it. */
export const isPermission = (need: Need): need is Permission => (PERMISSIONS as readonly string[]).includes(need);

const WHO_GRANTS = 'Whoever runs the app that gave you the token can grant it to the profile.';
const CURES: Readonly<Record<Permission, string>> = {
  read: WHO_GRANTS,
  draft: WHO_GRANTS,
  send: `Sending is off: write a draft instead, which the person sends. ${WHO_GRANTS}`,
};

/** From a text with commas. */
export const permissionsIn = (text: string): Set<Permission> =>
  new Set(PERMISSIONS.filter((each) => text.split(',').includes(each)));

/** What knows the tokens of profiles. */
export interface KnowsTokens {
  enter(token: string, now: number): Promise<ProfileSession | null>;
}

/** What knows the access tokens of remote clients; each is good at the one address that it is for. */
export interface KnowsSignIns {
  enter(token: string, resource: string, now: number): Promise<ProfileSession | null>;
  /** Whether it was good once: who comes with it does not guess. */
  wasGood(token: string): Promise<boolean>;
}

const NO_SIGN_INS: KnowsSignIns = { enter: async () => null, wasGood: async () => false };

/** What knows the narrower service keys. */
export interface KnowsKeys {
  enter(key: string, now: number): Promise<ServiceSession | null>;
}

const BAD_KEYS_A_MINUTE = 20;

/** Turns `Authorization: Bearer …` into a session; slows down those who guess. */
export class Gate {
  readonly #hashes: readonly Buffer[];
  readonly #tokens: KnowsTokens;
  readonly #keys: KnowsKeys;
  readonly #signIns: KnowsSignIns;
  readonly #bad = new Map<string, { count: number; until: number }>();

  constructor(
    serviceKeys: readonly string[],
    tokens: KnowsTokens,
    keys: KnowsKeys,
    signIns: KnowsSignIns = NO_SIGN_INS,
  ) {
    this.#hashes = serviceKeys.map(hash);
    this.#tokens = tokens;
    this.#keys = keys;
    this.#signIns = signIns;
  }

  /**
   * Throws `unauthenticated`, or `rate_limited` after 20 bad keys in a minute from one address. `resource`: where a remote
   * client's token would have to be for; null: it is not taken here.
   */
  async enter(
    authorization: string | undefined,
    address: string,
    now: number,
    resource: string | null = null,
  ): Promise<Session> {
    const bad = this.#bad.get(address);
    if (bad && bad.until > now && bad.count >= BAD_KEYS_A_MINUTE)
      throw new AppError('rate_limited', 'Too many wrong keys from this address.', {
        hint: 'Wait a minute.',
        retryAt: bad.until,
      });
    const key = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    const session = key === undefined ? null : serviceSession(key, this.#hashes);
    if (session) return session;
    const profile = key?.startsWith(TOKEN_PREFIX) ? await this.#tokens.enter(key, now) : null;
    if (profile) return profile;
    const narrow = key?.startsWith(KEY_PREFIX) ? await this.#keys.enter(key, now) : null;
    if (narrow) return narrow;
    const remote = key && resource !== null ? await this.#signIns.enter(key, resource, now) : null;
    if (remote) return remote;
    if (key && !(await this.#signIns.wasGood(key))) this.#remember(address, now);
    throw new AppError('unauthenticated', key ? 'This key is not known here.' : 'A key is needed.', {
      hint: 'Send `Authorization: Bearer <service key or profile token>`. The key lies in service.key under KEY_DIR on the server, or in its MAILROOM_SERVICE_KEY; `mailroom key show` prints it.',
    });
  }

  #remember(address: string, now: number): void {
    const bad = this.#bad.get(address);
    if (bad && bad.until > now) bad.count++;
    else {
      if (this.#bad.size > 10_000) this.#bad.clear();
      this.#bad.set(address, { count: 1, until: now + 60_000 });
    }
  }
}

/** Null when the key is none of these. */
function serviceSession(key: string, hashes: readonly Buffer[]): ServiceSession | null {
  const given = hash(key);
  const known = hashes.filter((each) => timingSafeEqual(each, given)).length > 0;
  return known ? { kind: 'service', id: given.toString('base64url') } : null;
}

const hash = (key: string): Buffer => createHash('sha256').update(key).digest();
