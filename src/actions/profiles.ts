// Profiles of a user, their tokens, and which of them may use an account.
import { z } from 'zod';
import type { Narrowing } from '../auth/narrowing.ts';
import { hashOf } from '../auth/profile-tokens.ts';
import { onlyUserOf, PERMISSIONS, type Permission, permissionsIn } from '../auth/session.ts';
import { newToken } from '../auth/token-form.ts';
import { type AppError, invalidInput, notFound } from '../base/errors.ts';
import { newTokenId, type ProfileId, type TokenId, type UserId } from '../base/ids.ts';
import type { ProfileRow, TokenRow } from '../store/profile-rows.ts';
import { type Account, getAccount } from './accounts.ts';
import { type Context, findAccount, iso } from './context.ts';
import { accountId, cursor, flag, pageSize, personId, required } from './input.ts';
import { narrowingShape } from './narrowing.ts';

const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;

const userId = personId('Your own id of the person.');
const profileId = personId('Your own id of the agent.');
const permissions = z
  .union([z.string().transform((text) => text.split(',').map((each) => each.trim())), z.array(z.string())])
  .pipe(z.array(z.enum(PERMISSIONS)))
  .optional()
  .describe('read, draft, send.');
const seconds = (fallback: number, most: number) =>
  z.coerce.number().int().min(1).max(most).default(fallback).describe(`Seconds, at most ${most}.`);

export const profileShape = z.object({
  user_id: z.string(),
  profile_id: z.string(),
  name: z.string(),
  permissions: z.array(z.enum(PERMISSIONS)),
  created_at: z.string(),
});
type Profile = z.output<typeof profileShape>;

export const putProfileInput = z.object({
  user_id: userId,
  profile_id: profileId,
  name: required('What people call it.', 200),
  permissions,
});

/** Makes it, or changes name and permissions; permissions left out stay as they are. */
export async function putProfile(ctx: Context, input: z.output<typeof putProfileInput>): Promise<Profile> {
  const [user, profile] = idsOf(input);
  if (/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(input.name))
    throw invalidInput('name', 'name must not hold control characters.', 'Give one line of text.');
  const known = await ctx.control.profiles.profile(user, profile);
  const row = {
    user_id: user,
    profile_id: profile,
    name: input.name,
    permissions: input.permissions
      ? written(input.permissions)
      : (known?.permissions ?? written(ctx.defaultPermissions)),
    created_at: known?.created_at ?? ctx.now(),
    // What the app says of permissions holds from then on.
    made_by: input.permissions ? 'app' : (known?.made_by ?? 'app'),
  } as const;
  await ctx.control.profiles.put(row);
  ctx.profileTokens.changed(user, profile);
  return showProfile(row);
}

export const profileInput = z.object({ user_id: userId, profile_id: profileId });

export async function getProfile(ctx: Context, input: z.output<typeof profileInput>): Promise<Profile> {
  return showProfile(await findProfile(ctx, input));
}

export const profilesInput = z.object({ user_id: userId, limit: pageSize(50, 100), cursor });
export const profilesShape = z.object({ profiles: z.array(profileShape), next_cursor: z.string().optional() });

export async function listProfiles(
  ctx: Context,
  { user_id, limit, cursor: token }: z.output<typeof profilesInput>,
): Promise<z.output<typeof profilesShape>> {
  const bound = ['profiles', user_id];
  const rows = await ctx.control.profiles.profiles(
    user_id as UserId,
    limit + 1,
    ctx.tokens.read(bound, token, ctx.now()),
  );
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    profiles: page.map(showProfile),
    ...(rows.length > page.length && last && { next_cursor: ctx.tokens.mint(bound, last.profile_id, ctx.now()) }),
  };
}

export const profileRemovedShape = z.object({ status: z.literal('deleted'), profile_id: z.string() });

/** With its tokens, at once, and its grants: an account that was granted to it alone is granted to nobody. */
export async function removeProfile(
  ctx: Context,
  input: z.output<typeof profileInput>,
): Promise<z.output<typeof profileRemovedShape>> {
  const { user_id, profile_id } = await findProfile(ctx, input);
  ctx.profileTokens.ended(await ctx.control.profiles.remove(user_id, profile_id));
  return { status: 'deleted', profile_id };
}

export const tokenShape = z.object({
  token_id: z.string(),
  user_id: z.string(),
  profile_id: z.string(),
  permissions: z.array(z.enum(PERMISSIONS)),
  created_at: z.string(),
  expires_at: z.string(),
  last_used_at: z.string().nullable(),
  only: narrowingShape.optional(),
  client: z
    .object({ name: z.string(), redirect_host: z.string() })
    .optional()
    .describe('Of a remote client that a person signed in.'),
});
export const mintedShape = tokenShape.extend({ token: z.string().describe('Shown this once.') });

export const mintInput = z.object({
  user_id: userId,
  profile_id: profileId,
  permissions,
  expires_in: seconds(90 * DAY_S, 365 * DAY_S),
  only: narrowingShape.optional(),
});

/** A new token of the profile, with its permissions or fewer. */
export async function mintToken(
  ctx: Context,
  input: z.output<typeof mintInput>,
): Promise<z.output<typeof mintedShape>> {
  const profile = await findProfile(ctx, input);
  const { row, token } = await mint(ctx, profile, input);
  return { ...showToken(row, profile), token };
}

export const tokensInput = z.object({ user_id: userId, profile_id: profileId, limit: pageSize(50, 100), cursor });
export const tokensShape = z.object({ tokens: z.array(tokenShape), next_cursor: z.string().optional() });

/** Without the tokens themselves, which nobody knows any more. */
export async function listTokens(
  ctx: Context,
  input: z.output<typeof tokensInput>,
): Promise<z.output<typeof tokensShape>> {
  const profile = await findProfile(ctx, input);
  const bound = ['tokens', input.user_id, input.profile_id];
  const [, createdAt, id] = /^(\d+):(.+)$/.exec(ctx.tokens.read(bound, input.cursor, ctx.now()) ?? '') ?? [];
  const after = id === undefined ? null : ([Number(createdAt), id] as const);
  const rows = await ctx.control.profiles.tokens(profile.user_id, profile.profile_id, input.limit + 1, after);
  const page = rows.slice(0, input.limit);
  const last = page.at(-1);
  return {
    tokens: page.map((row) => showToken(row, profile)),
    ...(rows.length > page.length &&
      last && { next_cursor: ctx.tokens.mint(bound, `${last.created_at}:${last.id}`, ctx.now()) }),
  };
}

export const revokeInput = z.object({ token_id: required('From the profile’s tokens.', 255) });
export const revokedShape = z.object({ status: z.literal('deleted'), token_id: z.string() });

/** At once, also on what is open. */
export async function revokeToken(
  ctx: Context,
  { token_id }: z.output<typeof revokeInput>,
): Promise<z.output<typeof revokedShape>> {
  const user = onlyUserOf(ctx.session);
  const isOwn = user === null || (await ctx.control.profiles.token(token_id as TokenId))?.user_id === user;
  if (!isOwn || !(await ctx.control.profiles.removeToken(token_id as TokenId)))
    throw notFound('There is no such token.', 'A token_id is expected, not a token.');
  ctx.profileTokens.ended([token_id as TokenId]);
  return { status: 'deleted', token_id };
}

export const scopeInput = z.object({
  account_id: accountId,
  scope: z.enum(['all', 'agents']).describe('all: each profile of its user; agents: those of profile_ids.'),
  profile_ids: z.array(personId('A profile of the same user.')).max(1000).optional().describe('None: nobody.'),
});

/** Who may use the account, at once. Throws `not_found` for a profile that the account's user does not have. */
export async function setScope(ctx: Context, input: z.output<typeof scopeInput>): Promise<Account> {
  const account = await findAccount(ctx, input.account_id);
  const profiles = (input.profile_ids ?? []) as ProfileId[];
  if (!(await ctx.control.profiles.setScope(account, input.scope, profiles))) throw unknownProfile();
  ctx.feed.tell({ kind: 'account', account: account.id, user: account.user_id, what: 'changed' });
  return getAccount(ctx, { account_id: account.id });
}

export const serversInput = z.object({
  user_id: userId,
  profile_id: profileId,
  permissions,
  expires_in: seconds(HOUR_S, DAY_S),
  internal: flag('With the address for agents beside the server.'),
});
export const serversShape = z.object({
  mcpServers: z.object({
    gmail: z
      .object({ type: z.literal('http'), url: z.string(), headers: z.object({ Authorization: z.string() }) })
      .optional(),
  }),
  token_id: z.string().optional(),
  expires_at: z.string().optional(),
});

/** What an orchestrator gives to an agent, with a token of its own; no server while the profile may use no account. */
export async function mcpServers(
  ctx: Context,
  input: z.output<typeof serversInput>,
): Promise<z.output<typeof serversShape>> {
  const profile = await findProfile(ctx, input);
  const { internal, public: everywhere } = ctx.addresses();
  if (input.internal && internal === null)
    throw invalidInput('internal', 'This server has no internal address.', 'The operator can set INTERNAL_URL.');
  const accounts = await ctx.control.profiles.accountsFor(profile.user_id, profile.profile_id);
  if (accounts.length === 0) return { mcpServers: {} };
  const { row, token } = await mint(ctx, profile, input);
  const url = `${((input.internal && internal) || everywhere).replace(/\/$/, '')}/mcp/gmail`;
  return {
    mcpServers: { gmail: { type: 'http', url, headers: { Authorization: `Bearer ${token}` } } },
    token_id: row.id,
    expires_at: iso(row.expires_at),
  };
}

interface Wish {
  readonly permissions?: readonly Permission[] | undefined;
  readonly expires_in: number;
  readonly only?: Narrowing | undefined;
}

async function mint(ctx: Context, profile: ProfileRow, wish: Wish): Promise<{ row: TokenRow; token: string }> {
  const allowed = permissionsIn(profile.permissions);
  const excess = wish.permissions?.find((each) => !allowed.has(each));
  if (excess)
    throw invalidInput(
      'permissions',
      `The profile may not ${excess}.`,
      'A token has its profile’s permissions or fewer.',
    );
  const now = ctx.now();
  const token = newToken();
  const row = {
    id: newTokenId(),
    token_hash: hashOf(token),
    user_id: profile.user_id,
    profile_id: profile.profile_id,
    permissions: wish.permissions ? written(wish.permissions) : '',
    created_at: now,
    expires_at: now + wish.expires_in * 1000,
    narrowing: wish.only && Object.keys(wish.only).length > 0 ? JSON.stringify(wish.only) : null,
  };
  await ctx.control.profiles.removeTokensExpiredBefore(now - DAY_S * 1000);
  await ctx.control.profiles.addToken(row);
  return { row: { ...row, last_used_at: null, client_id: null, client_name: null, redirect_host: null }, token };
}

async function findProfile(ctx: Context, ids: { user_id: string; profile_id: string }): Promise<ProfileRow> {
  const profile = await ctx.control.profiles.profile(...idsOf(ids));
  if (!profile) throw unknownProfile();
  return profile;
}

const unknownProfile = (): AppError =>
  notFound('There is no such profile of this user.', 'GET /users/{user_id}/profiles lists them.');

const idsOf = (ids: { user_id: string; profile_id: string }): [UserId, ProfileId] => [
  ids.user_id as UserId,
  ids.profile_id as ProfileId,
];

const written = (permissions: readonly Permission[]): string =>
  PERMISSIONS.filter((each) => permissions.includes(each)).join(',');

const showProfile = ({ permissions: text, created_at, made_by: _, ...row }: ProfileRow): Profile => ({
  ...row,
  permissions: [...permissionsIn(text)],
  created_at: iso(created_at),
});

function showToken(row: TokenRow, profile: ProfileRow): z.output<typeof tokenShape> {
  const own = permissionsIn(row.permissions || profile.permissions);
  const now = permissionsIn(profile.permissions);
  return {
    token_id: row.id,
    user_id: row.user_id,
    profile_id: row.profile_id,
    permissions: [...own].filter((each) => now.has(each)),
    created_at: iso(row.created_at),
    expires_at: iso(row.expires_at),
    last_used_at: row.last_used_at === null ? null : iso(row.last_used_at),
    ...(row.narrowing !== null && { only: JSON.parse(row.narrowing) }),
    ...(row.client_id !== null && {
      client: { name: row.client_name ?? row.client_id, redirect_host: row.redirect_host ?? '' },
    }),
  };
}
