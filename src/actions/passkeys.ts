// The passkeys of a person who has signed in, and signing in with one. Knows no page.
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { personIn, type SignedIn } from '../auth/people.ts';
import { AppError, invalidInput, notFound } from '../base/errors.ts';
import type { PasskeyRow } from '../store/login-rows.ts';
import { type Context, type House, iso } from './context.ts';
import { required, text } from './input.ts';
import { mustBeSure, signedIn } from './me.ts';
import { type Arrived, arrive, countVisit, forgetVisit, keep, type Visitor } from './sign-in.ts';

const MOST_PASSKEYS = 20;

export const passkeyShape = z.object({
  passkey_id: z.string(),
  name: z.string(),
  created_at: z.string(),
  last_used_at: z.string().nullable(),
});
export const passkeysShape = z.object({ passkeys: z.array(passkeyShape) });
export const passkeysInput = z.object({});

export async function listPasskeys(ctx: Context): Promise<z.output<typeof passkeysShape>> {
  const { person } = await signedIn(ctx);
  return { passkeys: (await ctx.control.logins.passkeys(person.id)).map(show) };
}

export const passkeyOptionsInput = z.object({
  current_password: text('Not needed within 15 minutes of signing in.', 4000),
});
export const passkeyOptionsShape = z.object({
  options: z.record(z.string(), z.unknown()).describe('For navigator.credentials.create.'),
});

/** What the browser needs to make one. */
export async function passkeyOptions(
  ctx: Context,
  { current_password }: z.output<typeof passkeyOptionsInput>,
): Promise<z.output<typeof passkeyOptionsShape>> {
  const who = await signedIn(ctx);
  await mustBeSure(ctx, who, current_password);
  const known = await ctx.control.logins.passkeys(who.person.id);
  if (known.length >= MOST_PASSKEYS)
    throw new AppError('conflict', `There are ${MOST_PASSKEYS} passkeys already.`, { hint: 'Remove one first.' });
  return { options: (await ctx.passkeys.creation(who.person, known, ctx.now())) as Record<string, unknown> };
}

export const passkeyInput = z.object({
  credential: z.record(z.string(), z.unknown()).describe('What navigator.credentials.create gave, as JSON.'),
  name: text('What the person calls it.', 100),
});

export async function addPasskey(
  ctx: Context,
  { credential, name }: z.output<typeof passkeyInput>,
): Promise<z.output<typeof passkeyShape>> {
  const { person } = await signedIn(ctx);
  const row: PasskeyRow = {
    id: `pk_${randomBytes(16).toString('hex')}`,
    person_id: person.id,
    name: readPasskeyName(name ?? '') || 'Passkey',
    created_at: ctx.now(),
    last_used_at: null,
    ...(await ctx.passkeys.created(person, credential, ctx.now())),
  };
  if (!(await ctx.control.logins.addPasskey(row)))
    throw new AppError('conflict', 'This passkey is known already.', { hint: 'Make another one.' });
  return show(row);
}

export const renamePasskeyInput = z.object({
  passkey_id: required('From GET /me/passkeys.', 100),
  name: required('What the person calls it.', 100),
});

export async function renamePasskey(
  ctx: Context,
  { passkey_id, name }: z.output<typeof renamePasskeyInput>,
): Promise<z.output<typeof passkeyShape>> {
  const { person } = await signedIn(ctx);
  const row = await ctx.control.logins.renamePasskey(person.id, passkey_id, readPasskeyName(name));
  if (!row) throw unknownPasskey();
  return show(row);
}

export const removePasskeyInput = z.object({ passkey_id: required('From GET /me/passkeys.', 100) });
export const passkeyRemovedShape = z.object({ status: z.literal('removed'), passkey_id: z.string() });

export async function removePasskey(
  ctx: Context,
  { passkey_id }: z.output<typeof removePasskeyInput>,
): Promise<z.output<typeof passkeyRemovedShape>> {
  await dropPasskey(ctx, await signedIn(ctx), passkey_id);
  return { status: 'removed', passkey_id };
}

export async function dropPasskey(house: House, { person }: SignedIn, id: string): Promise<void> {
  if (!(await house.control.logins.removePasskey(person.id, id))) throw unknownPasskey();
}

const unknownPasskey = (): AppError => notFound('There is no such passkey.', 'GET /me/passkeys names yours.');

/** Throws `unauthenticated` for a passkey that is not known, or an answer that is not good. */
export async function signInByPasskey(house: House, answer: unknown, visitor: Visitor): Promise<Arrived> {
  countVisit(house, visitor);
  const claimed = house.passkeys.claimed(answer);
  const row = claimed === null ? undefined : await house.control.logins.passkey(claimed);
  const counter = row ? await house.passkeys.asserted(row, answer, house.now()) : null;
  const person = row && (await house.control.logins.person('id', row.person_id));
  if (!row || !person || counter === null || !(await house.control.logins.passkeyUsed(row, counter, house.now()))) {
    keep(house, person ? personIn(person) : null, 'unauthenticated', 'passkey');
    throw new AppError('unauthenticated', 'This passkey does not open anything here.', {
      hint: 'Choose another one, or sign in with a password.',
    });
  }
  forgetVisit(house, visitor);
  return arrive(house, personIn(person), visitor, 'passkey');
}

function readPasskeyName(name: string): string {
  if (/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(name))
    throw invalidInput('name', 'name must not hold control characters.', 'Give one line of text.');
  return name.trim();
}

const show = ({ id, name, created_at, last_used_at }: PasskeyRow): z.output<typeof passkeyShape> => ({
  passkey_id: id,
  name,
  created_at: iso(created_at),
  last_used_at: last_used_at === null ? null : iso(last_used_at),
});
