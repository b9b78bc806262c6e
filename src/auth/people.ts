// People who sign in with a browser: a cookie becomes a person, and what is open on a session ends with it. Knows no cookie's name
// and no page.
import { createHash, randomBytes } from 'node:crypto';
import { AppError } from '../base/errors.ts';
import { newPersonId, type PersonId, type UserId } from '../base/ids.ts';
import type { Logger } from '../base/log.ts';
import type { LoginRows, PersonRow, PersonSessionRow, SignInLinkRow } from '../store/login-rows.ts';
import { GROUPS, type ServiceSession } from './session.ts';

const DAY_MS = 24 * 3_600_000;
export const SESSION_LIFE_MS = 30 * DAY_MS;
export const IDLE_LIFE_MS = 7 * DAY_MS;
const USE_NOTED_EVERY_MS = 60_000;
/** The note waits until the answer is on its way. */
const USE_NOTED_AFTER_MS = 50;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The user whose person runs the server. */
export const OWNER = 'me' as UserId;

export interface Person {
  readonly id: PersonId;
  readonly userId: UserId;
  readonly role: 'owner' | 'member';
  /** Null until one is chosen. */
  readonly login: string | null;
}

/** A person in one browser. */
export interface SignedIn {
  readonly person: Person;
  readonly sessionId: string;
  readonly since: number;
  readonly expiresAt: number;
}

export class People {
  readonly #rows: LoginRows;
  readonly #log: Logger;
  readonly #noted = new Map<string, number>();
  readonly #holders = new Map<string, Set<() => void>>();

  constructor(rows: LoginRows, log: Logger) {
    this.#rows = rows;
    this.#log = log;
  }

  /** Who has a session with this cookie; null when nobody has, or no more. */
  async whoIs(cookieValue: string | undefined, now: number): Promise<Person | null> {
    return (await this.enter(cookieValue, now))?.person ?? null;
  }

  /** The same, with the session. */
  async enter(cookieValue: string | undefined, now: number): Promise<SignedIn | null> {
    if (cookieValue === undefined || !/^[\w-]{43}$/.test(cookieValue)) return null;
    const found = await this.#signedIn(await this.#rows.session('secret_hash', hashOf(cookieValue)), now);
    if (found) this.#noteUse(found.sessionId, now);
    return found;
  }

  /** The session as it is now; null when it has ended. */
  async renewed({ sessionId }: { readonly sessionId: string }, now: number): Promise<ServiceSession | null> {
    const found = await this.bySession(sessionId, now);
    return found && sessionOf(found);
  }

  /** Who has this session now. */
  async bySession(id: string, now: number): Promise<SignedIn | null> {
    return this.#signedIn(await this.#rows.session('id', id), now);
  }

  /**
   * A new session; its cookie's value, which is nowhere else. Throws `unauthenticated` when the person is gone, or `passwordHash`,
   * where given, is not his any more: checking a password takes its time, and what ends sessions must not miss this one.
   */
  async begin(person: Person, browser: string, now: number, passwordHash?: string): Promise<string> {
    const secret = newSecret();
    const row = {
      id: `ses_${randomBytes(16).toString('hex')}`,
      secret_hash: hashOf(secret),
      person_id: person.id,
      browser,
      created_at: now,
      last_used_at: now,
      expires_at: now + SESSION_LIFE_MS,
    };
    if (!(await this.#rows.addSession(row, passwordHash)))
      throw new AppError('unauthenticated', 'What you signed in with was changed just now.', {
        hint: 'Sign in again.',
      });
    return secret;
  }

  /** The person of a user, who is known from now on. */
  async of(user: UserId, now: number): Promise<Person> {
    const role = user === OWNER ? 'owner' : 'member';
    const row = { id: newPersonId(), user_id: user, login: null, password_hash: null, role, created_at: now } as const;
    return personIn(await this.#rows.personOf(row));
  }

  /** A link that signs the user in, once. Its secret, which is nowhere else. */
  async makeLink(user: UserId, returnPath: string | null, now: number, lifeMs: number): Promise<string> {
    const secret = newSecret();
    await this.#rows.addLink({
      id: `sil_${randomBytes(16).toString('hex')}`,
      secret_hash: hashOf(secret),
      user_id: user,
      return_path: returnPath,
      created_at: now,
      expires_at: now + lifeMs,
    });
    return secret;
  }

  /** A link that is good still; looking does not use it up. */
  async link(secret: string, now: number): Promise<SignInLinkRow | null> {
    const row = await this.#rows.link(hashOf(secret));
    return row && row.expires_at > now ? row : null;
  }

  /** Uses a link up; null when that has happened, or it is too late. */
  async takeLink(secret: string, now: number): Promise<SignInLinkRow | null> {
    const row = await this.#rows.takeLink(hashOf(secret));
    return row && row.expires_at > now ? row : null;
  }

  /** Ends one session of the person, or all but one (`null`: all). What waits to sign the user in ends with all. */
  async end(person: Person, which: { only: string } | { but: string | null }): Promise<number> {
    const ended = await this.#rows.removeSessions(person.id, which);
    if ('but' in which) await this.#rows.removeLinks(person.userId);
    this.#ended(ended);
    return ended.length;
  }

  /** Removes the user's person with all that hangs on it. What is open of a person who asks for that ends once he is answered. */
  async forget(
    user: UserId,
    asker: { readonly session: string; readonly delivered: Promise<boolean> } | null,
  ): Promise<void> {
    const { person, sessions } = await this.#rows.removeUser(user);
    if (asker && person && asker.session === callerId(person)) void asker.delivered.then(() => this.#ended(sessions));
    else this.#ended(sessions);
  }

  /** Clears away what is over, and ends what is open on it. */
  async sweep(now: number): Promise<void> {
    this.#ended(await this.#rows.removeExpired(now, now - IDLE_LIFE_MS));
  }

  /** `end` is called when the session ends; the answer takes that back. */
  hold({ sessionId, expiresAt }: { sessionId: string; expiresAt: number }, now: number, end: () => void): () => void {
    const holders = this.#holders.get(sessionId) ?? new Set();
    this.#holders.set(sessionId, holders.add(end));
    const expiry = setTimeout(end, Math.min(expiresAt - now, LONGEST_TIMER_MS)).unref();
    return () => {
      clearTimeout(expiry);
      holders.delete(end);
      if (holders.size === 0) this.#holders.delete(sessionId);
    };
  }

  #ended(sessions: readonly string[]): void {
    for (const id of sessions) {
      this.#noted.delete(id);
      for (const end of [...(this.#holders.get(id) ?? [])]) end();
    }
  }

  async #signedIn(session: PersonSessionRow | undefined, now: number): Promise<SignedIn | null> {
    if (!session || session.expires_at <= now || session.last_used_at <= now - IDLE_LIFE_MS) return null;
    const row = await this.#rows.person('id', session.person_id);
    const { id, created_at, expires_at } = session;
    return row ? { person: personIn(row), sessionId: id, since: created_at, expiresAt: expires_at } : null;
  }

  #noteUse(id: string, now: number): void {
    if (now - (this.#noted.get(id) ?? 0) < USE_NOTED_EVERY_MS) return;
    this.#noted.set(id, now);
    const note = (): void => {
      this.#rows
        .setLastUsed(id, now)
        .catch((err: unknown) => this.#log.warn({ err }, 'the use of a session was not noted'));
    };
    setTimeout(note, USE_NOTED_AFTER_MS).unref();
  }
}

/** A person is known for everything of one user; the owner for everything. */
export function sessionOf({ person, sessionId, expiresAt }: SignedIn): ServiceSession {
  const member = { userId: person.userId, can: new Set(GROUPS), expiresAt };
  return {
    kind: 'service',
    id: callerId(person.id),
    person: { id: person.id, sessionId, expiresAt },
    ...(person.role === 'member' && { narrow: member }),
  };
}

/** As the audit knows a person. */
export const callerId = (id: PersonId): string => `person:${id}`;

export const personIn = ({ id, user_id, role, login }: PersonRow): Person => ({ id, userId: user_id, role, login });

/** 256 random bits. */
const newSecret = (): string => randomBytes(32).toString('base64url');

const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');
