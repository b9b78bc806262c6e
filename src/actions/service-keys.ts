// Narrower service keys: made, listed, deleted by the operator alone.
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { groupsIn, keyHash } from '../auth/service-keys.ts';
import { GROUPS } from '../auth/session.ts';
import { newKey } from '../auth/token-form.ts';
import { invalidInput, notFound } from '../base/errors.ts';
import type { UserId } from '../base/ids.ts';
import type { ServiceKeyRow } from '../store/service-key-rows.ts';
import { type Context, iso } from './context.ts';
import { cursor, pageSize, personId, required } from './input.ts';

const MOST_SECONDS = 10 * 365 * 24 * 3600;

export const keyShape = z.object({
  key_id: z.string(),
  name: z.string(),
  user_id: z.string().nullable(),
  can: z.array(z.enum(GROUPS)),
  created_at: z.string(),
  expires_at: z.string().nullable(),
  last_used_at: z.string().nullable(),
});
export const keyMadeShape = keyShape.extend({ key: z.string().describe('Shown this once.') });

export const makeKeyInput = z.object({
  name: required('What it is for.', 200),
  user_id: personId('It sees and changes this person’s things only.').optional(),
  can: z
    .union([z.string().transform((text) => text.split(',').map((each) => each.trim())), z.array(z.string())])
    .pipe(z.array(z.enum(GROUPS)).min(1))
    .describe('accounts, profiles, mail.'),
  expires_in: z.coerce.number().int().min(1).max(MOST_SECONDS).optional().describe('Seconds; left out: never.'),
});

export async function makeKey(
  ctx: Context,
  { name, user_id, can, expires_in }: z.output<typeof makeKeyInput>,
): Promise<z.output<typeof keyMadeShape>> {
  if (/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(name))
    throw invalidInput('name', 'name must not hold control characters.', 'Give one line of text.');
  const key = newKey();
  const row: ServiceKeyRow = {
    id: `key_${randomBytes(16).toString('hex')}`,
    key_hash: keyHash(key),
    name,
    user_id: (user_id as UserId | undefined) ?? null,
    can: GROUPS.filter((each) => can.includes(each)).join(','),
    created_at: ctx.now(),
    expires_at: expires_in === undefined ? null : ctx.now() + expires_in * 1000,
    last_used_at: null,
  };
  await ctx.control.serviceKeys.add(row);
  return { ...show(row), key };
}

export const keysInput = z.object({ limit: pageSize(50, 100), cursor });
export const keysShape = z.object({ keys: z.array(keyShape), next_cursor: z.string().optional() });

/** Without the keys themselves, which nobody knows any more. */
export async function listKeys(
  ctx: Context,
  { limit, cursor: token }: z.output<typeof keysInput>,
): Promise<z.output<typeof keysShape>> {
  const bound = ['service keys'];
  const [, createdAt, id] = /^(\d+):(.+)$/.exec(ctx.tokens.read(bound, token, ctx.now()) ?? '') ?? [];
  const rows = await ctx.control.serviceKeys.list(limit + 1, id === undefined ? null : [Number(createdAt), id]);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    keys: page.map(show),
    ...(rows.length > page.length &&
      last && { next_cursor: ctx.tokens.mint(bound, `${last.created_at}:${last.id}`, ctx.now()) }),
  };
}

export const deleteKeyInput = z.object({ key_id: required('From GET /service-keys.', 255) });
export const keyDeletedShape = z.object({ status: z.literal('deleted'), key_id: z.string() });

/** At once, also on what is open. */
export async function deleteKey(
  ctx: Context,
  { key_id }: z.output<typeof deleteKeyInput>,
): Promise<z.output<typeof keyDeletedShape>> {
  if (!(await ctx.control.serviceKeys.remove(key_id)))
    throw notFound('There is no such service key.', 'A key_id is expected, not a key.');
  ctx.serviceKeys.ended(key_id);
  return { status: 'deleted', key_id };
}

const show = (row: ServiceKeyRow): z.output<typeof keyShape> => ({
  key_id: row.id,
  name: row.name,
  user_id: row.user_id,
  can: groupsIn(row.can),
  created_at: iso(row.created_at),
  expires_at: row.expires_at === null ? null : iso(row.expires_at),
  last_used_at: row.last_used_at === null ? null : iso(row.last_used_at),
});
