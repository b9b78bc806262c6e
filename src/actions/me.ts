// The person who has signed in: who that is, and how they come back. Knows no page.
import { z } from 'zod';
import { isPassword, mustBePassword, passwordHash } from '../auth/passwords.ts';
import type { SignedIn } from '../auth/people.ts';
import { AppError, invalidInput } from '../base/errors.ts';
import { type Context, type House, iso } from './context.ts';
import { text } from './input.ts';
import { readAddress } from './keep-account.ts';

/** So long after signing in nobody is asked again who he is. */
const FRESH_MS = 15 * 60_000;

export const meShape = z.object({
  person_id: z.string(),
  user_id: z.string(),
  role: z.enum(['owner', 'member']),
  login: z.string().nullable(),
  has_password: z.boolean(),
  passkeys: z.number(),
  session_id: z.string(),
  expires_at: z.string(),
});
export const meInput = z.object({});

export async function me(ctx: Context): Promise<z.output<typeof meShape>> {
  const { person, sessionId, expiresAt } = await signedIn(ctx);
  const row = await ctx.control.logins.person('id', person.id);
  return {
    person_id: person.id,
    user_id: person.userId,
    role: person.role,
    login: person.login,
    has_password: row?.password_hash != null,
    passkeys: (await ctx.control.logins.passkeys(person.id)).length,
    session_id: sessionId,
    expires_at: iso(expiresAt),
  };
}

/** Who calls, as he is now. */
export async function signedIn(ctx: Context): Promise<SignedIn> {
  const asked = ctx.session.kind === 'service' ? ctx.session.person : undefined;
  const found = asked && (await ctx.people.bySession(asked.sessionId, ctx.now()));
  if (!found) throw new AppError('unauthenticated', 'You are signed out.', { hint: 'Sign in again.' });
  return found;
}

export const loginInput = z.object({
  login: z.string().max(320).describe('An e-mail address.'),
  password: z.string().max(4000).describe('At least 12 characters.'),
  current_password: text('The one so far; not needed within 15 minutes of signing in.', 4000),
});
export const loginShape = z.object({ login: z.string() });

export async function putLogin(
  ctx: Context,
  { login, password, current_password }: z.output<typeof loginInput>,
): Promise<z.output<typeof loginShape>> {
  return setLogin(ctx, await signedIn(ctx), { login, password, current: current_password });
}

/** Sets both. The person's other sessions end, and links that are out for him. */
export async function setLogin(
  house: House,
  who: SignedIn,
  given: { readonly login: string; readonly password: string; readonly current?: string | undefined },
): Promise<{ login: string }> {
  const login = readLogin(given.login);
  await mustBeSure(house, who, given.current);
  mustBePassword(given.password, login);
  if (!(await house.control.logins.setLogin(who.person.id, login, await passwordHash(given.password))))
    throw new AppError('conflict', 'Somebody else here has this login.', { field: 'login', hint: 'Choose another.' });
  await house.people.end(who.person, { but: who.sessionId });
  return { login };
}

function readLogin(text: string): string {
  try {
    return readAddress(text);
  } catch {
    throw invalidInput('login', 'The login must be one plain e-mail address.', 'For example jane@gmail.com.');
  }
}

/** Throws unless the person has signed in just now, or gives the password: a browser may have been left open. */
export async function mustBeSure(house: House, { person, since }: SignedIn, current?: string): Promise<void> {
  if (isFresh(house, { since })) return;
  const row = await house.control.logins.person('id', person.id);
  if (row?.password_hash == null) throw notFresh();
  if (current === undefined)
    throw invalidInput('current_password', 'current_password is missing.', 'Give the password so far.');
  house.guesses.count([{ key: person.id, free: 5 }], house.now());
  if (!(await isPassword(row.password_hash, current)))
    throw invalidInput('current_password', 'That is not the password so far.', 'Check it, or sign out and in again.');
  house.guesses.takeBack([person.id]);
}

/** Whether he signed in just now. */
export const isFresh = (house: House, { since }: Pick<SignedIn, 'since'>): boolean => since > house.now() - FRESH_MS;

export const notFresh = (): AppError =>
  new AppError('forbidden', 'It is a while since you signed in.', { hint: 'Sign out, sign in again and go on.' });
