// Signing in with Google: which address a person has there, and nothing more of theirs. Knows no page and no cookie's name.
import { createHash, randomBytes } from 'node:crypto';
import { CALLBACK_PATH } from '../accounts/google.ts';
import { OWNER, type Person, personIn } from '../auth/people.ts';
import { AppError, notFound } from '../base/errors.ts';
import type { House } from './context.ts';
import { type Arrived, arrive, countVisit, forgetVisit, keep, type Visitor } from './sign-in.ts';

/** By which the answer is told from that to a connect link. */
const STATE = /^in_[\w-]{43}$/;

export const isSignInState = (state: string): boolean => STATE.test(state);

/** A sign-in under way. Nothing of it is kept here: the browser holds its secret, and state and verifier are made of that. */
export interface GoogleAsked {
  readonly url: string;
  /** To be kept by the browser alone until it comes back. */
  readonly secret: string;
}

/** Where the browser goes. */
export async function beginGoogleSignIn(house: House): Promise<GoogleAsked> {
  const secret = randomBytes(32).toString('base64url');
  const url = await theGoogle(house).signInUrl({
    redirectUri: callbackUrl(house),
    state: stateOf(secret),
    verifier: made('verifier', secret),
  });
  return { url, secret };
}

/**
 * Takes Google's answer, from the browser that was sent there. The tokens that come with it are dropped: to revoke one of
 * them would end the person's whole grant, by which an account may live.
 */
export async function finishGoogleSignIn(
  house: House,
  answer: { readonly state: string; readonly code?: string | undefined; readonly error?: string | undefined },
  secret: string | undefined,
  visitor: Visitor,
): Promise<Arrived> {
  if (secret === undefined || stateOf(secret) !== answer.state)
    throw notFound('This sign-in is over, or was begun in another browser.', 'Begin again.');
  countVisit(house, visitor);
  if (answer.error !== undefined || !answer.code)
    throw new AppError('unauthenticated', 'Google did not finish the sign-in.', { hint: 'Try again, or another way.' });
  const google = theGoogle(house);
  const { accessToken } = await google.exchange(answer.code, callbackUrl(house), made('verifier', secret));
  const who = await google.whose(accessToken);
  const person = who.isAuthoritative ? await personAt(house, who.email, who.sub) : null;
  if (!person) {
    keep(house, null, 'unauthenticated', 'google');
    throw new AppError('unauthenticated', 'Nobody here is known by this address.', {
      hint: 'Connect the account first, by the app that you use, or sign in another way.',
    });
  }
  forgetVisit(house, visitor);
  return arrive(house, person, visitor, 'google');
}

/**
 * The one user who has connected the address, else the owner whose login it is. An account that somebody put with the owner's
 * makes nobody the owner: that takes the login. A member's login does not count: nobody has checked it, and whoever took a
 * stranger's address for it would get the mail that the stranger connects next.
 */
async function personAt(house: House, email: string, sub: string): Promise<Person | null> {
  const accounts = (await house.control.accountsAt(email)).filter(({ user_id }) => user_id !== OWNER);
  // An address that has gone to somebody else at Google.
  if (accounts.some(({ google_sub }) => google_sub !== null && google_sub !== sub)) return null;
  if (accounts.length > 1) return null;
  if (accounts[0]) return house.people.of(accounts[0].user_id, house.now());
  const row = await house.control.logins.person('login', email);
  return row?.role === 'owner' ? personIn(row) : null;
}

function theGoogle({ connecting: { google } }: House) {
  if (google) return google;
  throw new AppError('forbidden', 'Sign-in with Google is not set up here.', { hint: 'Sign in another way.' });
}

const callbackUrl = (house: House): string => house.addresses().public + CALLBACK_PATH;

const stateOf = (secret: string): string => `in_${made('state', secret)}`;

const made = (what: string, secret: string): string =>
  createHash('sha256').update(`mailroom sign-in ${what} ${secret}`).digest('base64url');
