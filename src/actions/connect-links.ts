// Connect links as an app has them: made, asked about, forgotten. Knows no page and no browser.
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { onlyUserOf } from '../auth/session.ts';
import { AppError, invalidInput, notFound } from '../base/errors.ts';
import type { ProfileId, UserId } from '../base/ids.ts';
import type { ConnectRow } from '../store/connect-rows.ts';
import { type Account, accountShape, addAccount, type addInput, getAccount, readName } from './accounts.ts';
import { hashOf, newSecret } from './connect-held.ts';
import { type Call, type Context, type House, iso } from './context.ts';
import { letGo } from './grants.ts';
import { optional, personId, required } from './input.ts';
import { mustBeFree, readAddress } from './keep-account.ts';

const LIFE_MS = 10 * 60_000;
/** What is known of a link after its life, for the app that asks. */
const REMEMBERED_MS = 24 * 3_600_000;
const MOST_AGENTS = 100;

export const linkInput = z.object({
  user_id: personId('Your own id of the person.'),
  email: optional('Only this address may be connected.', 320),
  method: z
    .enum(['google', 'app_password'])
    .optional()
    .describe('The only way that is offered: google or app_password.'),
  return_to: optional('Where the browser goes afterwards: a URL of RETURN_TO_ORIGINS.', 2000),
  profile_ids: z
    .array(z.string().min(1).max(255))
    .max(MOST_AGENTS)
    .optional()
    .describe('Only these agents of the person may use the account.'),
  state: optional('Your own; it comes back with the browser.', 500),
  user_label: optional('How the page names the person.', 200),
});
export const linkShape = z.object({ link_id: z.string(), url: z.string(), expires_at: z.string() });

/** Makes a link. Its secret stands in the answer and nowhere else. */
export const createLink = (ctx: Context, input: z.output<typeof linkInput>): Promise<z.output<typeof linkShape>> =>
  makeLink(ctx, input, null);

/** `displayName`: in From, of the account to come. */
async function makeLink(
  ctx: Context,
  input: z.output<typeof linkInput>,
  displayName: string | null,
): Promise<z.output<typeof linkShape>> {
  const userId = input.user_id as UserId;
  const email = input.email === undefined ? null : readAddress(input.email);
  if (input.method === 'google' && !ctx.connecting.google)
    throw invalidInput(
      'method',
      'Sign-in with Google is not set up here.',
      'The operator sets GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET.',
    );
  const userLabel = input.user_label === undefined ? null : readName(input.user_label, 'user_label');
  const agents = input.profile_ids ? [...new Set(input.profile_ids as ProfileId[])] : null;
  const known = agents ? await ctx.control.links.agents(userId, agents) : [];
  if (agents && known.length < agents.length)
    throw notFound('One of these profiles does not exist.', 'profile_ids must be profiles of this user.');
  if (email) await mustBeFree(ctx, email, userId);
  const secret = newSecret();
  const row = {
    id: `lnk_${randomBytes(16).toString('hex')}`,
    secret_hash: hashOf(secret),
    user_id: userId,
    email,
    method: input.method ?? null,
    return_to: input.return_to === undefined ? null : readReturnTo(ctx, input.return_to),
    app_state: input.state ?? null,
    user_label: userLabel,
    display_name: displayName,
    profile_ids: agents && JSON.stringify(agents),
    status: 'pending' as const,
    account_id: null,
    browser_hash: null,
    state_hash: null,
    wrapped_key: null,
    sealed: null,
    expires_at: ctx.now() + LIFE_MS,
    created_at: ctx.now(),
  };
  await ctx.control.links.add(row);
  return { link_id: row.id, url: `${ctx.addresses().public}/connect/${secret}`, expires_at: iso(row.expires_at) };
}

/** An absolute web address whose origin the operator has allowed, or ours. */
function readReturnTo({ connecting, addresses }: Context, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isWeb = url !== null && ['https:', 'http:'].includes(url.protocol) && !url.username && !url.password;
  if (!isWeb)
    throw invalidInput(
      'return_to',
      'return_to must be a whole https or http URL.',
      'For example https://app.example.com/settings.',
    );
  const allowed = [addresses().public, ...connecting.returnToOrigins].map((each) => new URL(each).origin);
  if (!allowed.includes(url.origin))
    throw invalidInput(
      'return_to',
      'Nobody is sent back to this origin.',
      'The operator can admit it in RETURN_TO_ORIGINS.',
    );
  return url.href;
}

export const linkStatusInput = z.object({ link_id: required('From POST /connect-links.', 100) });
export const linkStatusShape = z.object({
  status: z.enum(['pending', 'connected', 'declined', 'expired', 'failed']),
  account_id: z.string().optional(),
});

export type LinkStatus = z.output<typeof linkStatusShape>['status'];

export async function linkStatus(
  ctx: Context,
  input: z.output<typeof linkStatusInput>,
): Promise<z.output<typeof linkStatusShape>> {
  const row = await ctx.control.links.find('id', input.link_id);
  if (!row || (onlyUserOf(ctx.session) ?? row.user_id) !== row.user_id) throw unknownLink();
  return { status: statusOf(ctx, row), ...(row.account_id && { account_id: row.account_id }) };
}

export const unknownLink = (): AppError => notFound('There is no such link.', 'A link is known for a day.');

/** How long one call waits for a person. */
const LONGEST_WAIT_MS = 25_000;
const LOOK_EVERY_MS = 250;

/**
 * The account that a link has brought, once the person is done. Throws `account_rejected` when they did not connect, and
 * `unavailable` when they are not done after a while.
 */
export async function awaitAccount(
  ctx: Context,
  input: z.output<typeof linkStatusInput>,
  call: Pick<Call, 'signal'>,
): Promise<Account> {
  return getAccount(ctx, await awaitAccountId(ctx, input, call));
}

/** The same, its id alone. */
export async function awaitAccountId(
  ctx: Context,
  { link_id }: z.output<typeof linkStatusInput>,
  { signal }: Pick<Call, 'signal'>,
): Promise<{ account_id: string }> {
  const until = ctx.now() + LONGEST_WAIT_MS;
  for (;;) {
    const { status, account_id } = await linkStatus(ctx, { link_id });
    if (account_id) return { account_id };
    if (status !== 'pending')
      throw new AppError('account_rejected', `Nothing was connected: the page is ${status}.`, {
        hint: 'Call again for a new one.',
      });
    if (ctx.now() > until || signal.aborted)
      throw new AppError('unavailable', 'The person is not done on the page yet.', {
        hint: 'The account can be used once they are.',
      });
    await delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

export const addedShape = accountShape
  .partial()
  .extend({ connect_url: z.string().optional(), link_id: z.string().optional(), expires_at: z.string().optional() });

/** The account, by its App Password; without one the page on which the person connects it. */
export async function addOrLink(ctx: Context, input: z.output<typeof addInput>): Promise<z.output<typeof addedShape>> {
  const { app_password, user_id, email, display_name } = input;
  if (app_password !== undefined) return addAccount(ctx, input);
  const named = display_name === undefined ? null : readName(display_name);
  const { link_id, url, expires_at } = await makeLink(ctx, { user_id, email }, named);
  return { connect_url: url, link_id, expires_at };
}

/** What has become of it by now. */
export const statusOf = (ctx: House, { status, expires_at }: ConnectRow) =>
  status === 'pending' && expires_at <= ctx.now() ? ('expired' as const) : status;

/** Wipes what expired links held, gives unconfirmed grants back, forgets links of yesterday. */
export async function sweepLinks(house: House): Promise<void> {
  for (const link of await house.control.links.left(house.now())) await letGo(house, link.id);
  await house.control.links.removeExpired(house.now() - REMEMBERED_MS);
}
