// The keys under which credentials are sealed: changed and looked at by the operator alone.
import { z } from 'zod';
import { type Context, iso } from './context.ts';

export const noInput = z.object({});

const count = z.number().int();
export const rotatedShape = z.object({
  writing: z.string().describe('The id of the key that everything is sealed under from now on.'),
  made: z.boolean().describe('It was made now.'),
  tables: z.record(z.string(), z.object({ rewrapped: count, already: count, unopenable: z.array(z.string()) })),
  not_needed: z.array(z.string()).describe('Ids of keys that seal nothing any more.'),
  put_aside: z.array(z.string()).describe('The files where they lie now.'),
  next: z.array(z.string()).describe('What is left to do by hand.'),
});

/** Wraps everything that is sealed anew under the ring's first key, made now when it lies in KEY_DIR; callers notice nothing. */
export async function rotateKeys(ctx: Context): Promise<z.output<typeof rotatedShape>> {
  const { writing, made, tables, notNeeded, putAside } = await ctx.keyRotation.rotate();
  const broken = Object.entries(tables).filter(([, { unopenable }]) => unopenable.length > 0);
  return {
    writing,
    made,
    tables: Object.fromEntries(
      Object.entries(tables).map(([table, each]) => [table, { ...each, unopenable: [...each.unopenable] }]),
    ),
    not_needed: [...notNeeded],
    put_aside: [...putAside],
    next: [
      ...broken.map(
        ([table]) =>
          `Some values of ${table} do not open: they were changed or moved, or their key is not given. Connect those accounts again.`,
      ),
      ...(putAside.length > 0
        ? ['A key that was put aside opens backups from before now; delete its file when you need none of them.']
        : notNeeded.length > 0
          ? [
              'Take the keys that are not needed out of ENCRYPTION_KEY, and keep them with the backups from before now: they open no others.',
            ]
          : []),
      'Keep a copy of the key that writes apart from DATA_DIR.',
    ],
  };
}

export const keysShape = z.object({
  encryption_keys: z.array(
    z.object({
      key_id: z.string(),
      writes: z.boolean(),
      given: z.boolean().describe('False: something is sealed under it, and it is not in the ring.'),
      sealed: count.describe('How many values it seals.'),
      since: z.string().nullable().describe('When it was first given to this server. Null: it never was.'),
    }),
  ),
});

/** Also how far a rotation is. */
export async function listEncryptionKeys(ctx: Context): Promise<z.output<typeof keysShape>> {
  const keys = ctx.keyRotation.keys();
  return {
    encryption_keys: keys.map(({ id, given, sealed, since }, i) => ({
      key_id: id,
      writes: i === 0,
      given,
      sealed,
      since: since === null ? null : iso(since),
    })),
  };
}
