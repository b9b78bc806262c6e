// Which accounts a caller may use, and which one he means when he does not say. Knows no door.
import { setImmediate } from 'node:timers/promises';
import { onlyUserOf, PERMISSIONS, type Permission } from '../auth/session.ts';
import { AppError, invalidInput, notFound } from '../base/errors.ts';
import type { AccountRow } from '../store/control.ts';
import { type Context, findAccount, freshen, isReadable } from './context.ts';
import { lookUp } from './look-up.ts';

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
  const userId = onlyUserOf(ctx.session);
  const rows = await ctx.control.accounts({
    limit: limit + 1,
    ...(after && { after }),
    ...(userId !== null && { userId }),
  });
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
    throw new AppError('forbidden', 'No account is granted to this profile.', {
      hint: 'The person can connect one (connect_gmail), or whoever runs the app can grant one to the profile.',
    });
  for (const account of accounts) ctx.touched.add(account);
  return accounts;
}

/**
 * The one that is meant: the named one, the only one, or the one that has the mail, thread or draft that is named. Throws
 * `invalid_input` with the list when it could be several: it is never guessed.
 */
export async function theAccount(
  ctx: Context,
  named: string | undefined,
  mails: readonly (string | undefined)[] = [],
): Promise<AccountRow> {
  const accounts = await meantAccounts(ctx, named);
  const references = mails.filter((each) => each !== undefined);
  if (accounts.length === 1) return accounts[0]!;
  if (references.length === 0) throw whichAccount(accounts);
  const having = () => accounts.filter(({ id }) => references.every((each) => has(ctx, id, each)));
  let found = having();
  if (found.length === 0) {
    // It may have come a moment ago.
    await Promise.all(accounts.map((account) => bring(ctx, account, references)));
    found = having();
  }
  if (found.length > 1) throw whichAccount(found);
  if (found.length === 0)
    throw notFound(
      'None of your accounts has this mail.',
      'An id from a search is expected; account says where to look.',
    );
  return found[0]!;
}

/** Mailboxes of a service key that are looked into for a mail whose account is not named. */
const MOST_LOOKED_INTO = 200;

/**
 * The account that has a mail, also for a service key that does not name one. Throws when several have it: it is never guessed.
 */
export async function accountOfMail(ctx: Context, named: string | undefined, messageId: string): Promise<AccountRow> {
  if (named !== undefined || ctx.session.kind === 'profile') return theAccount(ctx, named, [messageId]);
  const { accounts, next_cursor } = await readableAccounts(ctx, MOST_LOOKED_INTO);
  if (next_cursor !== undefined)
    throw invalidInput('account', 'account is missing.', `Of more than ${MOST_LOOKED_INTO} accounts one is named.`);
  const found: AccountRow[] = [];
  for (const account of accounts) {
    if (isReadable(ctx, account) && holdsSurely(ctx, account, messageId)) found.push(account);
    // Others have their turn between two files.
    await setImmediate();
  }
  if (found.length > 1) throw whichAccount(found);
  if (found.length === 0) throw notFound('No account has this mail.', 'An id from a search is expected.');
  ctx.touched.add(found[0]!);
  return found[0]!;
}

/** A damaged file must not keep the others from being looked into. */
function holdsSurely(ctx: Context, { id }: AccountRow, messageId: string): boolean {
  try {
    return (ctx.mailboxes.of(id)?.resolve(messageId).length ?? 0) > 0;
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
}

/** A mailbox that is still being copied may lack it. */
async function bring(ctx: Context, account: AccountRow, references: readonly string[]): Promise<void> {
  if (account.status !== 'active') return;
  await freshen(ctx, account);
  for (const each of references.filter((reference) => !has(ctx, account.id, reference)))
    await Promise.all((['messageId', 'threadId'] as const).map((kind) => lookUp(ctx, account, each, kind, false)));
}

function has(ctx: Context, id: AccountRow['id'], reference: string): boolean {
  const mailbox = ctx.mailboxes.of(id);
  return Boolean(
    mailbox &&
      (mailbox.resolve(reference).length > 0 || mailbox.resolveThread(reference) || mailbox.resolveDraft(reference)),
  );
}

const whichAccount = (accounts: readonly AccountRow[]): AppError =>
  invalidInput(
    'account',
    'account is missing, and there are several.',
    `Give one of: ${accounts.map(({ email }) => email).join(', ')}.`,
  );

const SCOPES: Readonly<Record<Permission, readonly string[]>> = {
  read: ['gmail.readonly', 'gmail.modify'],
  draft: ['gmail.compose', 'gmail.modify'],
  // Google would let gmail.compose send too; who did not tick sending did not mean that.
  send: ['gmail.send', 'gmail.modify'],
};
const EVERYTHING = 'https://mail.google.com/';

/** What Google lets us do there: everything with an App Password, else what the person ticked. */
export function grantedByGoogle({ kind, granted_scopes }: AccountRow): ReadonlySet<Permission> {
  if (kind === 'app_password') return new Set(PERMISSIONS);
  const scopes = granted_scopes.split(' ');
  const ticked = (names: readonly string[]) =>
    scopes.some((scope) => scope === EVERYTHING || names.some((name) => scope.endsWith(`/auth/${name}`)));
  return new Set(PERMISSIONS.filter((each) => ticked(SCOPES[each])));
}

/** Throws `forbidden` when the person did not let us do this at Google. */
export function mustBeGranted(account: AccountRow, permission: Permission): void {
  if (grantedByGoogle(account).has(permission)) return;
  throw new AppError(
    'forbidden',
    `Google was not asked to let us ${permission} for this account, or the person declined.`,
    {
      hint: `The person can connect it again and leave ${SCOPES[permission][0]} ticked.`,
    },
  );
}
