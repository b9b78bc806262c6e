// What is cleared away without being asked: what expired connect links held, and copies of accounts that nobody has connected
// again, sessions, sign-in links and sign-ins that are over, rows of the audit that are a year old. Writes what was counted
// meanwhile. Knows no door.
import type { Logger } from '../base/log.ts';
import type { ActivityMeter } from '../sync/activity-meter.ts';
import { sweepLinks } from './connect-links.ts';
import type { House } from './context.ts';

const LINKS_EVERY_MS = 30_000;
const SESSIONS_EVERY_MS = 3_600_000;
const COPIES_EVERY_MS = 3_600_000;
const SIGN_INS_EVERY_MS = 600_000;
/** An access token that was good is known for so long, so that who comes with it is not taken for one who guesses. */
const OLD_TOKENS_MS = 24 * 3_600_000;
/** Between a grant and its sign-in nothing takes longer. */
const GRANT_ALONE_MS = 3_600_000;
const AUDIT_EVERY_MS = 3_600_000;
const COUNTS_EVERY_MS = 60_000;
const AUDIT_KEPT_MS = 365 * 24 * 3_600_000;

export interface UpkeepOptions {
  readonly meter: ActivityMeter;
  /** Null: never. */
  readonly deleteAfterMs: number | null;
  readonly log: Logger;
}

/** Begins at once, then from time to time. The answer ends it; it resolves when nothing is at hand. */
export function startUpkeep(house: House, { meter, deleteAfterMs, log }: UpkeepOptions): () => Promise<void> {
  const ends = [
    every(LINKS_EVERY_MS, () => sweepLinks(house), log),
    every(SESSIONS_EVERY_MS, () => house.people.sweep(house.now()), log),
    every(COPIES_EVERY_MS, () => sweepCopies(house, deleteAfterMs), log),
    every(SIGN_INS_EVERY_MS, () => sweepSignIns(house), log),
    every(COUNTS_EVERY_MS, () => meter.write(), log),
    every(AUDIT_EVERY_MS, () => sweepAudit(house, log), log),
  ];
  return async () => void (await Promise.all(ends.map((end) => end())));
}

/** Deletes the copies of accounts that had to be connected again for longer; the accounts stay. */
async function sweepCopies(
  { control, sync, mailboxes, feed, now }: House,
  deleteAfterMs: number | null,
): Promise<void> {
  await control.dateRejections(now());
  if (deleteAfterMs === null) return;
  for (const { id, user_id } of await control.rejectedBefore(now() - deleteAfterMs)) {
    await sync.stop(id);
    // Connected again at this moment.
    if ((await control.account(id))?.status !== 'needs_reauth') continue;
    if (!mailboxes.remove(id)) continue;
    await control.updateAccount(id, { inbox_seen: 0, inbox_left: '[]' });
    feed.tell({ kind: 'account', account: id, user: user_id, what: 'changed' });
  }
}

async function sweepSignIns({ control, now }: House): Promise<void> {
  await control.profiles.removeSignInsExpiredBefore(now());
  await control.oauth.sweep(now() - OLD_TOKENS_MS, now() - GRANT_ALONE_MS);
}

async function sweepAudit({ control, now }: House, log: Logger): Promise<void> {
  if (!(await control.audit.prune(now() - AUDIT_KEPT_MS)))
    log.error({}, 'rows of the audit are not as they were written, and none are taken away; see mailroom audit verify');
}

function every(ms: number, work: () => Promise<void>, log: Logger): () => Promise<void> {
  const once = (): Promise<void> => work().catch((err: unknown) => log.error({ err }, 'clearing up failed'));
  let atHand = once();
  const timer = setInterval(() => {
    atHand = atHand.then(once);
  }, ms);
  timer.unref();
  return () => {
    clearInterval(timer);
    return atHand;
  };
}
