// How much a profile may still send, counted where its intents are committed and in the same transaction. Knows no mail.
import type { Kysely } from 'kysely';
import { AppError } from '../base/errors.ts';
import type { AccountId, ProfileId, UserId } from '../base/ids.ts';
import type { SendLimits } from '../config/send-limits.ts';
import type { ControlTables } from './migrations/control.ts';

/** A mail that a profile wants to send. */
export interface Sending {
  readonly userId: UserId;
  readonly profileId: ProfileId;
  readonly accountId: AccountId;
  readonly limits: SendLimits;
  readonly recipients: number;
  /** Lower case: those of the recipients with whom the account has had no mail. */
  readonly strangers: readonly string[];
  readonly now: number;
}

type Limit = keyof SendLimits;

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const NAMES: Readonly<Record<Limit, string>> = {
  mail: 'recipients a mail',
  minute: 'mails a minute',
  day: 'mails a day',
  new_day: 'new recipients a day',
};

/** What keeps it from being sent; null when nothing does, and it is counted. To be called once the mail has its row. */
export async function countSending(tx: Kysely<ControlTables>, sending: Sending): Promise<AppError | null> {
  const { userId: user_id, profileId: profile_id, limits, now } = sending;
  if (sending.recipients > limits.mail) return over('mail', limits, null);
  const lately = await tx
    .selectFrom('profile_sends')
    .select(['sent_at', 'new_recipients'])
    .where('user_id', '=', user_id)
    .where('profile_id', '=', profile_id)
    .where('sent_at', '>', now - DAY_MS)
    .orderBy('sent_at', 'desc')
    .execute();
  const strangers = await notWrittenTo(tx, sending);
  const one = lately.map(({ sent_at }) => ({ sent_at, count: 1 }));
  const met = lately.map(({ sent_at, new_recipients: count }) => ({ sent_at, count }));
  // Of several limits that are reached the one is told that frees last.
  const checks = [
    freeAt(met, limits.new_day - strangers.length, strangers.length > 0 ? DAY_MS : 0, now, 'new_day'),
    freeAt(one, limits.day - 1, DAY_MS, now, 'day'),
    freeAt(one, limits.minute - 1, MINUTE_MS, now, 'minute'),
  ].flatMap((each) => each ?? []);
  const worst = checks.toSorted((a, b) => (b.at ?? Number.POSITIVE_INFINITY) - (a.at ?? Number.POSITIVE_INFINITY))[0];
  if (worst) return over(worst.limit, limits, worst.at);
  const known = tx.selectFrom('profiles').select('name').where('user_id', '=', user_id);
  if (!(await known.where('profile_id', '=', profile_id).executeTakeFirst()))
    return new AppError('unauthenticated', 'This token was revoked or has expired.', { hint: 'Ask for a new one.' });
  await tx
    .deleteFrom('profile_sends')
    .where('sent_at', '<=', now - DAY_MS)
    .execute();
  await tx
    .insertInto('profile_sends')
    .values({ user_id, profile_id, sent_at: now, new_recipients: strangers.length })
    .execute();
  for (const address of strangers)
    await tx
      .insertInto('profile_recipients')
      .values({ user_id, profile_id, address, account_id: sending.accountId })
      .execute();
  return null;
}

async function notWrittenTo(
  tx: Kysely<ControlTables>,
  { userId, profileId, strangers }: Sending,
): Promise<readonly string[]> {
  if (strangers.length === 0) return [];
  const rows = await tx
    .selectFrom('profile_recipients')
    .select('address')
    .where('user_id', '=', userId)
    .where('profile_id', '=', profileId)
    .where('address', 'in', strangers)
    .execute();
  const written = new Set(rows.map(({ address }) => address));
  return [...new Set(strangers)].filter((address) => !written.has(address));
}

/** When no more than `most` are left in the window, newest first; null when that is so now, `at` null when it never will be. */
function freeAt(
  lately: readonly { readonly sent_at: number; readonly count: number }[],
  most: number,
  windowMs: number,
  now: number,
  limit: Limit,
): { readonly limit: Limit; readonly at: number | null } | null {
  if (windowMs === 0) return null;
  if (most < 0) return { limit, at: null };
  let sum = 0;
  for (const { sent_at, count } of lately) {
    if (sent_at <= now - windowMs) return null;
    sum += count;
    if (sum > most) return { limit, at: sent_at + windowMs };
  }
  return null;
}

function over(limit: Limit, limits: SendLimits, retryAt: number | null): AppError {
  const what = `The limit of ${limits[limit]} ${NAMES[limit]} is reached`;
  if (retryAt === null)
    return new AppError('rate_limited', `${what} by this mail alone; it was not sent.`, {
      hint: 'Waiting does not help: write to fewer at once.',
    });
  return new AppError('rate_limited', `${what}; the mail was not sent.`, {
    hint: 'A draft is not counted: the person can send it now.',
    retryAt,
  });
}
