// Connecting, listing, changing and removing accounts.
import { z } from 'zod';
import { AppError, invalidInput } from '../base/errors.ts';
import type { UserId } from '../base/ids.ts';
import type { AccountError, AccountRow } from '../store/control.ts';
import { type Context, findAccount, type House, iso, reconnecting } from './context.ts';
import { endGrant } from './grants.ts';
import { accountId, cursor, flag, optional, pageSize, personId, required } from './input.ts';
import { keepByPassword, readAddress, readAppPassword, started } from './keep-account.ts';

export const accountShape = z.object({
  account_id: z.string(),
  user_id: z.string(),
  email: z.string(),
  display_name: z.string(),
  kind: z.enum(['app_password', 'google_oauth']),
  status: z.enum(['active', 'paused', 'needs_reauth']),
  scope: z.enum(['all', 'agents']),
  profile_ids: z.array(z.string()),
  timezone: z.string(),
  created_at: z.string(),
  sync: z.object({
    state: z.string(),
    done: z.number(),
    total: z.number(),
    per_second: z.number(),
    eta_seconds: z.number().nullable(),
    as_of: z.string().nullable(),
  }),
  last_error: z.object({ code: z.string(), message: z.string(), cure: z.string(), at: z.string() }).nullable(),
});
export type Account = z.output<typeof accountShape>;

export const addInput = z.object({
  user_id: personId('Your own id of the person.'),
  email: required('The Gmail address.', 320),
  app_password: optional('A Google App Password, 16 letters.', 200),
  display_name: optional('The name in From.', 200),
});

/** Logs in over IMAP and SMTP first; nothing is stored when the server refuses. */
export async function addAccount(ctx: Context, input: z.output<typeof addInput>): Promise<Account> {
  const email = readAddress(input.email);
  if (input.app_password === undefined)
    throw invalidInput(
      'app_password',
      'app_password is missing.',
      'Make one at https://myaccount.google.com/apppasswords, or POST /connect-links for a page where the person connects.',
    );
  const appPassword = readAppPassword(input.app_password);
  const displayName = input.display_name === undefined ? undefined : readName(input.display_name);
  const userId = input.user_id as UserId;
  return show(ctx, await keepByPassword(ctx, { userId, email, displayName }, appPassword));
}

export const listInput = z.object({
  user_id: personId('Only this person’s.').optional(),
  limit: pageSize(50, 100),
  cursor,
});
/** For those who look after many. */
export const findInput = listInput.extend({
  in_trouble: flag('Only those that have to be connected again or whose last sync failed.'),
  containing: optional('Only those with this in their address or user id.', 320),
});
export const listShape = z.object({ accounts: z.array(accountShape), next_cursor: z.string().optional() });

export async function listAccounts(
  ctx: Context,
  input: z.output<typeof listInput> & Partial<z.output<typeof findInput>>,
): Promise<z.output<typeof listShape>> {
  const { in_trouble = false, containing } = input;
  const scope = ['accounts', input.user_id ?? '', String(in_trouble), containing ?? ''];
  const after = ctx.tokens.read(scope, input.cursor, ctx.now());
  const rows = await ctx.control.accounts({
    limit: input.limit + 1,
    ...(input.user_id && { userId: input.user_id as UserId }),
    ...(after && { after }),
    ...(in_trouble && { inTrouble: true }),
    ...(containing !== undefined && { containing }),
  });
  const page = rows.slice(0, input.limit);
  const last = page.at(-1);
  return {
    accounts: await Promise.all(page.map((row) => show(ctx, row))),
    ...(rows.length > page.length && last && { next_cursor: ctx.tokens.mint(scope, String(last.position), ctx.now()) }),
  };
}

export const oneInput = z.object({ account_id: accountId });

export async function getAccount(ctx: Context, input: z.output<typeof oneInput>): Promise<Account> {
  return show(ctx, await findAccount(ctx, input.account_id));
}

export const updateInput = z.object({
  account_id: accountId,
  status: z.enum(['active', 'paused']).optional().describe('paused stops the sync; active goes on.'),
  display_name: optional('The name in From.', 200),
  timezone: optional('IANA name, for example Europe/Berlin.', 100),
});

export async function updateAccount(ctx: Context, input: z.output<typeof updateInput>): Promise<Account> {
  const account = await findAccount(ctx, input.account_id);
  if (input.timezone !== undefined && !isTimeZone(input.timezone))
    throw invalidInput('timezone', 'timezone must be an IANA name.', 'For example Europe/Berlin.');
  // Also for a pause: after it nobody would know any more that the account has to be connected again.
  if (input.status !== undefined && account.status === 'needs_reauth')
    throw new AppError('account_rejected', 'Google no longer lets this account in.', {
      hint: reconnecting(account.kind),
    });
  const changes = {
    status: input.status ?? account.status,
    display_name: input.display_name === undefined ? account.display_name : readName(input.display_name),
    timezone: input.timezone ?? account.timezone,
  };
  const change = () => ctx.control.updateAccount(account.id, changes);
  await (input.status === undefined ? change() : ctx.outbox.standStill(account.id, change));
  ctx.feed.tell({ kind: 'account', account: account.id, user: account.user_id, what: 'changed' });
  if (input.status === 'paused') await ctx.sync.stop(account.id);
  if (input.status === 'active') return show(ctx, await started(ctx, account.id));
  return getAccount(ctx, { account_id: account.id });
}

export const removedShape = z.object({ status: z.literal('deleted'), account_id: z.string() });

/** Takes mail, index, credential and row off the disk, and ends its grant at Google. Mail at Gmail stays. */
export async function removeAccount(
  ctx: Context,
  input: z.output<typeof oneInput>,
): Promise<z.output<typeof removedShape>> {
  const account = await findAccount(ctx, input.account_id);
  const grant = await ctx.opener.refreshToken(account).catch(() => null);
  await takeAway(ctx, account);
  if (grant && account.google_sub) await endGrant(ctx, grant, account.google_sub);
  return { status: 'deleted', account_id: account.id };
}

/** Takes the account off the disk, whatever is under way with it. */
export async function takeAway(
  { sync, outbox, mailboxes, control, opener, feed }: House,
  { id, user_id }: Pick<AccountRow, 'id' | 'user_id'>,
): Promise<void> {
  await sync.stop(id);
  await outbox.standStill(id, async () => {
    mailboxes.remove(id);
    await control.removeAccount(id);
  });
  // A call that still saw the row may have started it again.
  await sync.stop(id);
  mailboxes.remove(id);
  opener.forget(id);
  feed.tell({ kind: 'account', account: id, user: user_id, what: 'removed' });
}

async function show(ctx: Context, row: AccountRow): Promise<Account> {
  const sync = ctx.sync.report(row.id);
  const error = row.last_error === null ? null : (JSON.parse(row.last_error) as AccountError);
  return {
    account_id: row.id,
    user_id: row.user_id,
    email: row.email,
    display_name: row.display_name,
    kind: row.kind,
    status: row.status,
    scope: row.scope,
    profile_ids: row.scope === 'agents' ? await ctx.control.profiles.grantsOf(row.id) : [],
    timezone: row.timezone,
    created_at: iso(row.created_at),
    sync: {
      state: sync.state,
      done: sync.done,
      total: sync.total,
      per_second: sync.perSecond,
      eta_seconds: sync.etaSeconds,
      as_of: sync.asOfMs === null ? null : iso(sync.asOfMs),
    },
    last_error: error && { ...error, at: iso(error.at) },
  };
}

/** One line, as it may stand in From or on a page. */
export function readName(text: string, field = 'display_name'): string {
  if (/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(text))
    throw invalidInput(field, `${field} must not hold control characters.`, 'Give one line of text.');
  return text;
}

/** An IANA name that this machine knows. */
export function isTimeZone(name: string): boolean {
  try {
    // Intl takes offsets too; they are no zones, since they know no summer time.
    return /^[a-z]/i.test(name) && Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}
