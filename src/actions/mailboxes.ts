// Which accounts a caller may use, and which one he means when he does not say. Knows no door.
import { type AppError, invalidInput, notFound } from '../base/errors.ts';
import type { AccountRow } from '../store/control.ts';
import { type Context, findAccount } from './context.ts';

/** Accounts of one caller that are asked at once. */
export const MOST_ACCOUNTS = 50;

/** Page by page for a service key; a profile has all of its few at once. */
export async function readableAccounts(
  ctx: Context,
  limit: number,
  cursor?: string,
): Promise<{ accounts: AccountRow[]; next_cursor?: string }> {
  if (ctx.session.kind === 'profile') return { accounts: await grantedAccounts(ctx) };
  const scope = ['readable accounts'];
  const after = ctx.tokens.read(scope, cursor, ctx.now());
  const rows = await ctx.control.accounts({ limit: limit + 1, ...(after && { after }) });
  const accounts = rows.slice(0, limit);
  const last = accounts.at(-1);
  if (rows.length <= limit || !last) return { accounts };
  return { accounts, next_cursor: ctx.tokens.mint(scope, String(last.position), ctx.now()) };
}

/** Those of a profile, in the order in which they were connected; of a service key none without being named. */
export async function grantedAccounts({ session, control }: Context): Promise<AccountRow[]> {
  if (session.kind === 'service') return [];
  return (await control.profiles.accountsFor(session.userId, session.profileId)).slice(0, MOST_ACCOUNTS);
}

/** Those that are meant: the named one, else all that the caller has. Throws when he has none. */
export async function meantAccounts(ctx: Context, named: string | undefined): Promise<AccountRow[]> {
  if (named !== undefined) return [await findAccount(ctx, named)];
  if (ctx.session.kind === 'service') throw invalidInput('account_id', 'account_id is missing.', 'Id or address.');
  const accounts = await grantedAccounts(ctx);
  if (accounts.length === 0)
    throw notFound('No account is granted to this profile.', 'The person can connect one, or grant one to it.');
  return accounts;
}

/** The one that is meant. Throws `invalid_input` with the list when it could be several: it is never guessed. */
export async function theAccount(ctx: Context, named: string | undefined): Promise<AccountRow> {
  const accounts = await meantAccounts(ctx, named);
  if (accounts.length > 1) throw whichAccount(accounts);
  return accounts[0]!;
}

export const whichAccount = (accounts: readonly AccountRow[]): AppError =>
  invalidInput(
    'account',
    'account is missing, and there are several.',
    `Give one of: ${accounts.map(({ email }) => email).join(', ')}.`,
  );
