// Keeping an account whose way in was checked, whichever door and kind it came by: new, or known and connected again.
import type { Credential } from '../accounts/open.ts';
import type { MailSource } from '../backend/port.ts';
import { AppError, invalidInput, notFound } from '../base/errors.ts';
import { type AccountId, newAccountId, type ProfileId, type UserId } from '../base/ids.ts';
import type { AccountRow } from '../store/control.ts';
import type { House } from './context.ts';
import { endGrant } from './grants.ts';

/** What was checked with the mail server, or with Google. */
export interface Checked {
  readonly userId: UserId;
  readonly email: string;
  readonly credential: Credential;
  /** Of a grant at Google: whose it is, and what it allows. */
  readonly google?: { readonly sub: string; readonly scopes: readonly string[] };
  /** Left as it is when not given. */
  readonly displayName?: string | undefined;
  /** For an account that has none of its own yet. */
  readonly timezone?: string | undefined;
  /** Who may use it; null: everybody of the user, or as it was. */
  readonly agents?: readonly ProfileId[] | null;
}

/** Writes the account and begins to sync it, over the connection that is open already when there is one. */
export async function keepAccount(house: House, checked: Checked, source?: MailSource): Promise<AccountRow> {
  const { userId, email, credential, google, displayName, timezone, agents = null } = checked;
  const known = await house.control.accountOf(userId, email);
  if (known) return renew(house, known, checked, source);
  const id = newAccountId();
  const row = {
    id,
    user_id: userId,
    email,
    display_name: displayName ?? '',
    kind: credential.kind,
    status: 'active' as const,
    timezone: timezone ?? 'UTC',
    created_at: house.now(),
    inbox_seen: 0,
    last_error: null,
    scope: agents ? ('agents' as const) : ('all' as const),
    ...grantColumns(google),
  };
  const sealed = house.opener.seal(id, credential);
  // False when another call connected the address while this one was asking the server.
  if (!(await house.control.addAccount(row, sealed, house.allowSharedAddress, agents ?? []))) {
    await mustBeFree(house, email, userId);
    return keepAccount(house, checked, source);
  }
  house.feed.tell({ kind: 'account', account: id, user: userId, what: 'added' });
  return started(house, id, source);
}

/** Keeps id and mail, also when the account comes by the other kind now. */
async function renew(
  house: House,
  known: AccountRow,
  { credential, google, displayName, timezone, agents }: Checked,
  source?: MailSource,
): Promise<AccountRow> {
  await house.sync.stop(known.id);
  house.sync.forgive(known.id);
  const before = await house.opener.refreshToken(known).catch(() => null);
  const changes = {
    kind: credential.kind,
    status: 'active' as const,
    last_error: null,
    reauth_since: null,
    ...grantColumns(google),
    ...(displayName !== undefined && { display_name: displayName }),
    ...(timezone !== undefined && known.timezone === 'UTC' && { timezone }),
  };
  await house.outbox.standStill(known.id, () =>
    house.control.renewCredential(known.id, house.opener.seal(known.id, credential), changes, agents ?? null),
  );
  house.opener.forget(known.id);
  house.feed.tell({ kind: 'account', account: known.id, user: known.user_id, what: 'changed' });
  const row = await started(house, known.id, source);
  if (before && known.google_sub) await endGrant(house, before, known.google_sub);
  return row;
}

const grantColumns = (google: Checked['google']) => ({
  google_sub: google?.sub ?? null,
  granted_scopes: google?.scopes.join(' ') ?? '',
});

/** Begins to sync it. */
export async function started(house: House, id: AccountId, source?: MailSource): Promise<AccountRow> {
  const row = await house.control.account(id);
  if (!row) throw notFound('There is no such account.', 'It was removed just now.');
  house.sync.start(row, source);
  return row;
}

/** Throws when another user has the address, without a word of who. */
export async function mustBeFree(house: House, email: string, userId: UserId): Promise<void> {
  if (!house.allowSharedAddress && (await house.control.isTaken(email, userId)))
    throw new AppError('conflict', 'This address is connected already.', {
      field: 'email',
      hint: 'ALLOW_SHARED_ADDRESS=true lets several users connect one address.',
    });
}

/** One plain addr-spec (RFC 5321 section 4.1.2 without quoting), lower-cased. */
export function readAddress(text: string): string {
  const email = text.trim().toLowerCase();
  if (!/^[^\s@<>()[\]\\,;:"\p{C}]+@[a-z0-9-]+(\.[a-z0-9-]+)*$/u.test(email))
    throw invalidInput('email', 'email must be one plain address.', 'For example jane@gmail.com.');
  return email;
}

/** An App Password without the white space that Google shows it with. */
export function readAppPassword(text: string): string {
  const appPassword = text.replace(/\s/gu, '');
  if (!appPassword)
    throw invalidInput(
      'app_password',
      'app_password is missing.',
      'Make one at https://myaccount.google.com/apppasswords (2-Step Verification must be on).',
    );
  if (/[^\x21-\x7e]/.test(appPassword))
    throw invalidInput(
      'app_password',
      'An App Password is 16 plain letters.',
      'Copy it again from https://myaccount.google.com/apppasswords.',
    );
  return appPassword;
}

/** Checks the login and keeps the account; nothing is stored when the server refuses. */
export async function keepByPassword(
  house: House,
  account: Omit<Checked, 'credential' | 'google'>,
  appPassword: string,
): Promise<AccountRow> {
  await mustBeFree(house, account.email, account.userId);
  const source = await house.opener.check({ email: account.email, appPassword });
  try {
    return await keepAccount(house, { ...account, credential: { kind: 'app_password', appPassword } }, source);
  } catch (error) {
    await source.close();
    throw error;
  }
}
