// Everybody on this server, for the operator: who, how many accounts and agents, and whether anything is wrong. No word of any mail.
import { z } from 'zod';
import { type Context, iso } from './context.ts';
import { cursor, optional, pageSize } from './input.ts';

export const usersInput = z.object({
  containing: optional('Only those with this in their user id or login.', 320),
  limit: pageSize(50, 100),
  cursor,
});
export const userShape = z.object({
  user_id: z.string(),
  login: z.string().nullable().describe('Null: has chosen none.'),
  role: z.enum(['owner', 'member']).nullable().describe('Null: has never signed in with a browser.'),
  accounts: z.number(),
  accounts_in_trouble: z.number().describe('To be connected again, or the last sync failed.'),
  profiles: z.number(),
  last_seen_at: z.string().nullable().describe('With a browser that is still signed in.'),
});
export const usersShape = z.object({ users: z.array(userShape), next_cursor: z.string().optional() });

export async function listUsers(
  ctx: Context,
  { containing, limit, cursor: token }: z.output<typeof usersInput>,
): Promise<z.output<typeof usersShape>> {
  const bound = ['users', containing ?? ''];
  const after = ctx.tokens.read(bound, token, ctx.now());
  const rows = await ctx.control.users.list({
    limit: limit + 1,
    ...(containing !== undefined && { containing }),
    ...(after !== null && { after }),
  });
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    users: page.map(({ in_trouble, last_seen, ...row }) => ({
      ...row,
      accounts_in_trouble: in_trouble,
      last_seen_at: last_seen === null ? null : iso(last_seen),
    })),
    ...(rows.length > page.length && last && { next_cursor: ctx.tokens.mint(bound, last.user_id, ctx.now()) }),
  };
}
