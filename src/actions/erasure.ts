// Erasing a user: everything of one person off the disk and his grants ended, step by step, so that a crash at any line is taken
// up where it was. Knows no door.
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { mustHave } from '../auth/session.ts';
import { AppError } from '../base/errors.ts';
import type { AccountId, UserId } from '../base/ids.ts';
import type { Logger } from '../base/log.ts';
import type { AccountRow } from '../store/control.ts';
import type { ErasureRow } from '../store/erasure-rows.ts';
import { takeAway } from './accounts.ts';
import { type Call, type Context, type House, iso } from './context.ts';
import { endGrant, type GrantEnd, letGo } from './grants.ts';
import { personId } from './input.ts';

const DAY_MS = 24 * 3_600_000;
const REPORT_KEPT_MS = 30 * DAY_MS;
const AUDIT_KEPT_MS = 365 * DAY_MS;
/** Google's own time for one request. */
const LONGEST_REVOCATION_MS = 10_000;
/** Others may read beside us for a moment. */
const LOG_FOLDED_WITHIN_MS = 10_000;
const LOOK_AGAIN_MS = 100;

const count = z.number().int();
const reportShape = z.object({
  began_at: z.string(),
  ended_at: z.string(),
  removed: z
    .object({
      accounts: count,
      mails: count,
      mail_bytes: count,
      drafts: count.describe('Among the mails; in Gmail they stay.'),
      outbox: count,
      rows: z.record(z.string(), count).describe('How many rows of each table beside these.'),
    })
    .describe('What was here and is gone.'),
  credentials: z
    .array(
      z.object({
        account_id: z.string().nullable().describe('Null: a sign-in that had not become an account.'),
        kind: z.enum(['app_password', 'google_oauth']),
        revoked: z.boolean(),
        by_hand: z.string().nullable().describe('What the person has to do; null: nothing.'),
      }),
    )
    .describe('Whether what opened the accounts is good no more.'),
  stays: z.array(z.object({ what: z.string(), until: z.string().nullable() })),
});
type Report = z.output<typeof reportShape>;

export const eraseInput = z.object({ user_id: personId('Your own id of the person.') });
export const erasedShape = z.object({ status: z.literal('erased'), user_id: z.string(), ...reportShape.shape });

/**
 * Takes everything of the user off the disk and ends his grants, tokens and keys. It takes away what both `accounts` and `profiles`
 * have made, so a narrower key has to be for both. The same again is answered with the first report; one of whom nothing is known,
 * with zeros.
 */
export async function eraseUser(
  ctx: Context,
  { user_id }: z.output<typeof eraseInput>,
  { delivered }: Pick<Call, 'delivered'>,
): Promise<z.output<typeof erasedShape>> {
  for (const needed of ['accounts', 'profiles'] as const) mustHave(ctx.session, needed);
  const report = await ctx.erasures.erase(ctx, user_id as UserId, { session: ctx.session.id, delivered });
  return { status: 'erased', user_id, ...report };
}

/** Who asked, and when he has been answered: what he came by ends after that. */
interface Asker {
  readonly session: string;
  readonly delivered: Promise<boolean>;
}

/** How far an erasure is. In the file, so of numbers and ids of ours alone. */
interface Progress {
  readonly accounts: Record<string, { mails: number; bytes: number; drafts: number; outbox: number }>;
  readonly credentials: Record<string, { kind: AccountRow['kind']; ended: GrantEnd | 'app_password' }>;
  /** As they were when it was begun; nothing comes to them from then on. */
  rows: Record<string, number> | null;
}

export class Erasures {
  readonly #underWay = new Map<UserId, Promise<Report>>();

  /** Those who ask for the same person wait for the same work. */
  erase(house: House, user: UserId, asker: Asker | null): Promise<Report> {
    const working = this.#underWay.get(user) ?? this.#begin(house, user, asker);
    this.#underWay.set(user, working);
    return working;
  }

  async #begin(house: House, user: UserId, asker: Asker | null): Promise<Report> {
    try {
      return (await earlier(house, user)) ?? (await erase(house, user, asker));
    } finally {
      this.#underWay.delete(user);
    }
  }

  /** Takes up what a process before left under way. */
  async resume(house: House, log: Logger): Promise<void> {
    for (const { id, user_id } of await house.control.erasures.unfinished())
      this.erase(house, user_id!, null).then(
        ({ removed }) => log.info({ erasure: id, ...removed }, 'an erasure that was under way is done'),
        (err: unknown) => log.error({ err, erasure: id }, 'an erasure could not go on; the same command takes it up'),
      );
  }

  /** Resolves when none is under way. */
  async quiet(): Promise<void> {
    await Promise.allSettled(this.#underWay.values());
  }
}

/** The report of the last erasure while nothing has come up since; null when there is something to do. */
async function earlier(house: House, user: UserId): Promise<Report | null> {
  const { control, now } = house;
  await control.erasures.forget(now() - REPORT_KEPT_MS);
  const underWay = (await control.erasures.unfinished()).some(({ user_id }) => user_id === user);
  if (underWay || control.erasures.knows(user)) return null;
  const last = await control.erasures.last(control.audit.hashOf(user));
  if (!last) return null;
  // Calls since then may have named him.
  await control.audit.forget(user);
  control.audit.forgot(user);
  await foldLog(house);
  return JSON.parse(last.report) as Report;
}

async function erase(house: House, user: UserId, asker: Asker | null): Promise<Report> {
  const { control, now } = house;
  const row = await control.erasures.begin(user, control.audit.hashOf(user), now());
  const progress: Progress = {
    accounts: {},
    credentials: {},
    rows: null,
    ...(JSON.parse(row.report) as Partial<Progress>),
  };
  const save = (): Promise<void> => control.erasures.save(row.id, JSON.stringify(progress));
  progress.rows ??= await control.erasures.count(user);
  await save();
  await endCallers(house, user, asker);
  for (const link of await control.links.of(user)) {
    const ended = await letGo(house, link.id, { but: user, waitMs: LONGEST_REVOCATION_MS });
    if (ended) {
      progress.credentials[link.id] = { kind: 'google_oauth', ended };
      await save();
    }
    await control.links.remove(link.id);
  }
  for (const account of await control.accountsOf(user)) await eraseAccount(house, account, progress, save);
  await control.erasures.clear(user);
  const audit = await control.audit.forget(user);
  await foldLog(house);
  const report = reportOf(row, progress, audit, now());
  await control.erasures.finish(row.id, JSON.stringify(report), now());
  control.audit.forgot(user);
  await foldLog(house);
  return report;
}

/** What is open on his tokens, keys and sign-ins ends with them. */
async function endCallers(house: House, user: UserId, asker: Asker | null): Promise<void> {
  house.profileTokens.ended(await house.control.profiles.removeTokensOf(user));
  await house.people.forget(user, asker);
  for (const id of await house.control.serviceKeys.removeOf(user))
    if (id === asker?.session) void asker.delivered.then(() => house.serviceKeys.ended(id));
    else house.serviceKeys.ended(id);
}

async function eraseAccount(
  house: House,
  account: AccountRow,
  { accounts, credentials }: Progress,
  save: () => Promise<void>,
): Promise<void> {
  const { id, kind, google_sub } = account;
  await house.sync.stop(id);
  accounts[id] ??= {
    ...heldBy(house, id),
    bytes: house.mailboxes.bytes(id),
    outbox: house.control.erasures.outboxOf(id),
  };
  await save();
  if (kind === 'google_oauth') {
    const grant = await house.opener.refreshToken(account).catch(() => null);
    const how = { but: account.user_id, waitMs: LONGEST_REVOCATION_MS };
    const ended = grant && google_sub ? await endGrant(house, grant, google_sub, how) : 'not_revoked';
    credentials[id] = { kind, ended };
  } else credentials[id] = { kind, ended: 'app_password' };
  await save();
  await takeAway(house, account);
}

/** Of a damaged file nothing can be told. */
function heldBy({ mailboxes }: House, id: AccountId): { mails: number; drafts: number } {
  try {
    const counts = mailboxes.of(id)?.counts();
    return { mails: counts?.messages ?? 0, drafts: counts?.drafts ?? 0 };
  } catch (error) {
    if (error instanceof AppError) return { mails: 0, drafts: 0 };
    throw error;
  }
}

async function foldLog({ control, now }: House): Promise<void> {
  const until = now() + LOG_FOLDED_WITHIN_MS;
  while (!control.foldLog()) {
    if (now() > until)
      throw new AppError(
        'unavailable',
        'Another program reads the store, so what was taken away still lies in its log.',
        {
          hint: 'End that program, then give the same command again.',
        },
      );
    await delay(LOOK_AGAIN_MS);
  }
}

const BY_HAND: Readonly<Record<GrantEnd | 'app_password', string | null>> = {
  revoked: null,
  in_use:
    'Another account here lives by the same permission, so it stays; the person can end it at https://myaccount.google.com/connections.',
  not_revoked: 'Google could not be told: the person ends the permission at https://myaccount.google.com/connections.',
  app_password:
    'An App Password is good at Google until the person deletes it at https://myaccount.google.com/apppasswords.',
};

function reportOf(
  { begun_at }: ErasureRow,
  { accounts, credentials, rows }: Progress,
  audit: Awaited<ReturnType<House['control']['audit']['forget']>>,
  now: number,
): Report {
  const each = Object.values(accounts);
  const sum = (of: (one: (typeof each)[number]) => number): number => each.reduce((total, one) => total + of(one), 0);
  return {
    began_at: iso(begun_at),
    ended_at: iso(now),
    removed: {
      accounts: each.length,
      mails: sum(({ mails }) => mails),
      mail_bytes: sum(({ bytes }) => bytes),
      drafts: sum(({ drafts }) => drafts),
      outbox: sum(({ outbox }) => outbox),
      rows: rows ?? {},
    },
    credentials: Object.entries(credentials).map(([id, { kind, ended }]) => ({
      account_id: id.startsWith('acc_') ? id : null,
      kind,
      revoked: ended === 'revoked',
      by_hand: BY_HAND[ended],
    })),
    stays: [
      {
        what: `${audit.rows} rows of the audit, without the ids of user and profiles: which call, when, ids of accounts, tokens and mails.`,
        until: iso(now + AUDIT_KEPT_MS),
      },
      ...(audit.leftFrom === null
        ? []
        : [
            {
              what: `${audit.left} rows of the audit with the id of the user: an earlier version wrote them, or they were changed, and without it they could not be checked.`,
              until: iso(audit.leftFrom + AUDIT_KEPT_MS),
            },
          ]),
      { what: 'This report, without the id of the user.', until: iso(now + REPORT_KEPT_MS) },
      { what: 'The mail at Gmail, drafts too.', until: null },
      { what: 'Backups of DATA_DIR made before, and logs of your own.', until: null },
    ],
  };
}
