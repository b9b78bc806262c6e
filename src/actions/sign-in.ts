// Signing in and out as a person does it in one browser. Knows no page and no cookie's name.
import { isPassword } from '../auth/passwords.ts';
import { callerId, type Person, personIn, type SignedIn } from '../auth/people.ts';
import { AppError, notFound } from '../base/errors.ts';
import { codeOf } from './audited.ts';
import type { House } from './context.ts';

/** Tries that are free before each further one waits: of one login from one address, from one address, of one login. */
const FREE_TRIES = { pair: 5, address: 20, login: 50 };

/** The browser that asks. */
export interface Visitor {
  /** Where it asks from. */
  readonly address: string;
  /** What it is, in our words. */
  readonly browser: string;
  /** What it was signed in with so far, if it was. */
  readonly cookie: string | undefined;
}

/** A person who has just signed in. */
export interface Arrived {
  readonly person: Person;
  /** The new value of the cookie. */
  readonly cookie: string;
}

/** Throws `unauthenticated`, the same whether login or password is wrong; `rate_limited` for one who guesses. */
export async function signInByPassword(
  house: House,
  given: { readonly login: string; readonly password: string },
  visitor: Visitor,
): Promise<Arrived> {
  const login = given.login.trim().toLowerCase();
  const now = house.now();
  const from = addressKey(visitor);
  const pair = `${login} ${from}`;
  // Strangers who guess at a login must not keep its person out who has signed in from here before.
  const known = house.guesses.isKnown(pair);
  const others = [
    { key: from, free: FREE_TRIES.address },
    ...(known ? [] : [{ key: `login ${login}`, free: FREE_TRIES.login }]),
  ];
  house.guesses.count([{ key: pair, free: FREE_TRIES.pair }, ...others], now);
  const row = await house.control.logins.person('login', login);
  const hash = row?.password_hash ?? null;
  if (!(await isPassword(hash, given.password)) || !row || hash === null) {
    keep(house, row ? personIn(row) : null, 'unauthenticated', 'password');
    throw new AppError('unauthenticated', 'Login and password do not belong together.', {
      hint: 'Check both; capital letters count in the password.',
    });
  }
  house.guesses.wasRight(pair, now);
  house.guesses.takeBack(others.map(({ key }) => key));
  return arrive(house, personIn(row), visitor, 'password', hash);
}

/** Counts a try that names no login. Throws `rate_limited` for one who guesses. */
export const countVisit = (house: House, visitor: Visitor): void =>
  house.guesses.count([{ key: addressKey(visitor), free: FREE_TRIES.address }], house.now());

/** It was no guess. */
export const forgetVisit = (house: House, visitor: Visitor): void => house.guesses.takeBack([addressKey(visitor)]);

/** Whom a link would sign in; looking uses nothing up. */
export async function openSignInLink(house: House, secret: string): Promise<{ userId: string; login: string | null }> {
  const link = await house.people.link(secret, house.now());
  if (!link) throw overLink();
  const row = await house.control.logins.person('user_id', link.user_id);
  return { userId: link.user_id, login: row?.login ?? null };
}

/** Uses the link up. `to`: where its maker wants the person to go. */
export async function signInByLink(
  house: House,
  secret: string,
  visitor: Visitor,
): Promise<Arrived & { readonly to: string | null }> {
  const link = await house.people.takeLink(secret, house.now());
  if (!link) throw overLink();
  const person = await house.people.of(link.user_id, house.now());
  return { ...(await arrive(house, person, visitor, 'link')), to: link.return_path };
}

const overLink = (): AppError =>
  notFound('This sign-in link was used already, is too old, or never was.', 'Ask for a new one.');

/** What was open in this browser ends: nobody goes on under a cookie that was there before. `passwordHash`: of what was checked. */
export async function arrive(
  house: House,
  person: Person,
  visitor: Visitor,
  by: string,
  passwordHash?: string,
): Promise<Arrived> {
  const before = await house.people.enter(visitor.cookie, house.now());
  if (before) await house.people.end(before.person, { only: before.sessionId });
  const cookie = await house.people.begin(person, visitor.browser, house.now(), passwordHash);
  keep(house, person, 'ok', by);
  return { person, cookie };
}

/** Ends this session, or all of the person's. */
export async function signOut(house: House, { person, sessionId }: SignedIn, everywhere: boolean): Promise<void> {
  await house.people.end(person, everywhere ? { but: null } : { only: sessionId });
  keep(house, person, 'ok', everywhere ? 'out everywhere' : 'out');
}

/** Whether the person could sign in again without a link. */
export async function hasWayBack(house: House, person: Person): Promise<boolean> {
  const row = await house.control.logins.person('id', person.id);
  if (row && row.password_hash !== null) return true;
  return (await house.control.logins.passkeys(person.id)).length > 0;
}

/** What a person did on a page, for the audit. Failures of nobody are nobody's. */
export function keep(house: House, person: Person | null, outcome: string, by: string): void {
  house.control.audit.note({
    at: house.now(),
    caller: person ? callerId(person.id) : 'sign-in',
    profile_id: null,
    user_id: person?.userId ?? null,
    account_ids: '',
    called: `sign-in page: ${by}`,
    outcome,
    count: 0,
    message_ids: '',
    duration_ms: 0,
  });
}

/** Does what a person asked for on a page; it is kept also when it fails. */
export async function kept<T>(
  house: House,
  person: Person,
  by: string | (() => string),
  work: () => Promise<T>,
): Promise<T> {
  const what = (): string => (typeof by === 'string' ? by : by());
  try {
    const result = await work();
    keep(house, person, 'ok', what());
    return result;
  } catch (error) {
    keep(house, person, codeOf(error), what());
    throw error;
  }
}

const addressKey = ({ address }: Visitor): string => `from ${network(address)}`;

/** Whoever has an IPv6 address has a whole /64 of them. */
function network(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '');
  if (!plain.includes(':')) return plain;
  const [head = '', tail] = plain.split('::');
  const left = head.split(':').filter(Boolean);
  const right = tail?.split(':').filter(Boolean) ?? [];
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  return [...left, ...Array<string>(zeros).fill('0'), ...right].slice(0, 4).join(':');
}
