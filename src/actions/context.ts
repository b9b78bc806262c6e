// What every verb is given, and how it gets from a caller's account id to one mailbox. Knows no door.
import type { GoogleOAuth } from '../accounts/google.ts';
import type { KeyRotation } from '../accounts/key-rotation.ts';
import type { AccountOpener } from '../accounts/open.ts';
import type { Vault } from '../accounts/vault.ts';
import type { AuthorizationServer } from '../auth/authorization-server.ts';
import type { Guesses } from '../auth/guesses.ts';
import { sightOf } from '../auth/narrowing.ts';
import type { Passkeys } from '../auth/passkeys.ts';
import type { People } from '../auth/people.ts';
import type { ProfileTokens } from '../auth/profile-tokens.ts';
import type { ServiceKeys } from '../auth/service-keys.ts';
import { callerOf, mustHave, type Need, onlyUserOf, type Permission, type Session } from '../auth/session.ts';
import { AppError, notFound } from '../base/errors.ts';
import type { AccountId } from '../base/ids.ts';
import type { SendLimits } from '../config/send-limits.ts';
import type { AccountRow, ControlStore } from '../store/control.ts';
import type { MailboxReader } from '../store/mailbox-reader.ts';
import type { MailboxReaders } from '../store/mailbox-readers.ts';
import type { Sight } from '../store/sight.ts';
import type { ActivityMeter } from '../sync/activity-meter.ts';
import type { ChangeFeed } from '../sync/change-feed.ts';
import type { SyncEngine } from '../sync/engine.ts';
import type { Extractor } from '../sync/extractor.ts';
import type { Outbox } from '../sync/outbox.ts';
import { codeOf, note } from './audited.ts';
import type { DraftTurns } from './draft-turns.ts';
import type { Erasures } from './erasure.ts';
import type { InboxMarks } from './inbox-marks.ts';
import type { PageTokens } from './page-token.ts';
import type { SystemFacts } from './system.ts';

/** What all calls share. */
export interface House {
  readonly control: ControlStore;
  readonly mailboxes: Pick<MailboxReaders, 'of' | 'bytes' | 'remove'>;
  /** The mailboxes for one who sees a part of each. */
  readonly narrowed: (sight: Sight) => House['mailboxes'];
  readonly sync: SyncEngine;
  readonly outbox: Outbox;
  readonly feed: ChangeFeed;
  readonly meter: ActivityMeter;
  readonly opener: AccountOpener;
  readonly extractor: Extractor;
  readonly tokens: PageTokens;
  readonly profileTokens: ProfileTokens;
  readonly serviceKeys: ServiceKeys;
  readonly authorization: AuthorizationServer;
  readonly people: People;
  readonly passkeys: Passkeys;
  /** Of passwords, counted. */
  readonly guesses: Guesses;
  readonly inbox: InboxMarks;
  readonly erasures: Erasures;
  readonly keyRotation: KeyRotation;
  readonly draftTurns: DraftTurns;
  readonly connecting: Connecting;
  readonly allowSharedAddress: boolean;
  /** How long the copy of an account that has to be connected again may be read. */
  readonly readableMs: number;
  readonly defaultPermissions: readonly Permission[];
  /** Of each profile. */
  readonly sendLimits: SendLimits;
  /** Where callers reach this server: from anywhere, and from beside it (null: nowhere else). */
  readonly addresses: () => { readonly public: string; readonly internal: string | null };
  readonly system: SystemFacts;
  readonly now: () => number;
  /** Told of each call that has ended, with `ok` or the code of its error. */
  readonly onCalled: (called: string, outcome: string, ms: number) => void;
}

/** What a call takes of its caller's limits: nothing, or a mail of SEND_LIMITS. */
export type Cost = 'nothing' | 'a mail';

/** The same for one call, by its caller. */
export interface Context extends House {
  /** As what was called declares it. */
  readonly costs: Cost;
  readonly session: Session;
  /** The accounts that the call has reached, for the audit. */
  readonly touched: Set<AccountRow>;
}

/**
 * The only way to a context: for a caller who has what is needed, as he is now and not as he was when his connection was
 * opened. Throws `forbidden`, or `unauthenticated` when his token has ended meanwhile. `called`: what he is turned away from, for
 * the audit; left out, when nothing is read or changed.
 */
export type Admit = (session: Session, needs: Need, called?: string) => Promise<Context>;

export const admission =
  (house: House): Admit =>
  async (given, needs, called) => {
    const began = performance.now();
    try {
      return await letIn(house, given, needs);
    } catch (error) {
      const outcome = codeOf(error);
      // Whose a token was that has ended is not kept again.
      const unnamed = outcome === 'unauthenticated';
      if (called !== undefined) note(house, { session: given, called, touched: [], outcome, began, unnamed });
      throw error;
    }
  };

async function letIn(house: House, given: Session, needs: Need): Promise<Context> {
  const now = house.now();
  const session = await renewed(house, given, now);
  if (!session) throw ended(given);
  mustHave(session, needs);
  const sight = sightIn(session);
  const mailboxes = sight ? house.narrowed(sight) : house.mailboxes;
  return {
    ...house,
    costs: 'nothing',
    mailboxes,
    session,
    touched: new Set(),
    tokens: house.tokens.boundTo(callerOf(session)),
  };
}

/** As it is now; null when it has ended. */
async function renewed({ people, serviceKeys, profileTokens }: House, given: Session, now: number) {
  if (given.kind === 'profile') return profileTokens.renewed(given, now);
  return given.person ? people.renewed(given.person, now) : serviceKeys.renewed(given, now);
}

function ended(given: Session): AppError {
  if (given.kind === 'profile')
    return new AppError('unauthenticated', 'This token was revoked or has expired.', { hint: 'Ask for a new one.' });
  return given.person
    ? new AppError('unauthenticated', 'You are signed out.', { hint: 'Sign in again.' })
    : new AppError('unauthenticated', 'This key was deleted or has expired.', { hint: 'Ask for a new one.' });
}

/** What the caller may see; null: all that his profile may. */
export const sightIn = (session: Session): Sight | null => (session.kind === 'service' ? null : sightOf(session.only));

/** What it takes to connect an account by a link or by Google. */
export interface Connecting {
  /** Null: no OAuth client is set up, and only App Passwords are offered. */
  readonly google: GoogleOAuth | null;
  readonly vault: Vault;
  /** Where else a person may be sent back to. */
  readonly returnToOrigins: readonly string[];
}

/** What a verb may know of the call that it answers. */
export interface Call {
  /** Tells the caller how far a long call is; `total` is left out while nobody knows. */
  readonly report: (done: number, total: number | undefined, message: string) => Promise<void>;
  /** Resolves when the answer is out of our hands: true when it left for the caller, false when nobody was there. */
  readonly delivered: Promise<boolean>;
  /** Aborted when the caller has cancelled or gone: what only he waits for ends then. */
  readonly signal: AbortSignal;
}

/** One account, narrowed: what holds this cannot reach another. */
export interface Narrowed {
  readonly account: AccountRow;
  /** Null while nothing has been stored yet. */
  readonly mailbox: MailboxReader | null;
}

/** How fresh an answer is. `stale`: the question for changes failed. */
export interface Freshness {
  readonly as_of: string | null;
  readonly stale?: true;
}

const FRESH_FOR_MS = 10_000;
const LONGEST_WAIT_MS = 1000;

/** The account by its id, or by its address when only one has it. Throws the same `not_found` for foreign and unknown. */
export async function findAccount(ctx: Context, reference: string): Promise<AccountRow> {
  const account =
    (await ctx.control.account(reference as AccountId, onlyUserOf(ctx.session))) ?? (await onlyOneAt(ctx, reference));
  if (account && (await mayUse(ctx, account))) {
    ctx.touched.add(account);
    return account;
  }
  const hint =
    ctx.session.kind === 'service'
      ? 'list_gmail_accounts names them; an account_id is expected.'
      : 'One of the addresses that were granted to you is expected.';
  throw notFound('There is no such account.', hint);
}

/** Whether the caller may use this account now. */
export async function mayUse({ control, session }: Context, account: AccountRow): Promise<boolean> {
  if (session.kind === 'service') return (onlyUserOf(session) ?? account.user_id) === account.user_id;
  const { userId, profileId } = session;
  return account.user_id === userId && control.profiles.mayUse(account.id, userId, profileId);
}

/** The account with its mailbox. Throws also when the mailbox's file is damaged: what is asked of mail cannot be told. */
export async function narrow(ctx: Context, reference: string): Promise<Narrowed> {
  const account = await findAccount(ctx, reference);
  mustBeReadable(ctx, account);
  return { account, mailbox: ctx.mailboxes.of(account.id) };
}

async function onlyOneAt(ctx: Context, reference: string): Promise<AccountRow | undefined> {
  if (!reference.includes('@')) return undefined;
  const user = onlyUserOf(ctx.session);
  if (user !== null) return ctx.control.accountOf(user, reference.toLowerCase());
  const found = await ctx.control.accountsAt(reference.toLowerCase());
  return found.length === 1 ? found[0] : undefined;
}

/** Asks the server for changes when the last look is older than ten seconds, and waits at most one for the answer. */
export async function freshen(ctx: Context, account: AccountRow): Promise<Freshness> {
  mustBeReadable(ctx, account);
  const asOf = ctx.sync.asOfMs(account.id);
  if (account.status === 'needs_reauth') return { as_of: asOf ? iso(asOf) : null, stale: true };
  if (asOf >= ctx.now() - FRESH_FOR_MS) return { as_of: iso(asOf) };
  const asked = ctx.sync.look(account.id).then(
    () => true,
    () => false,
  );
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, LONGEST_WAIT_MS, false);
  });
  const answered = await Promise.race([asked, tooLong]);
  clearTimeout(timer);
  const seen = ctx.sync.asOfMs(account.id);
  return { as_of: seen ? iso(seen) : null, ...(!answered && { stale: true as const }) };
}

/** The work's result, as long as the caller waits for it; what others need of it goes on without him. */
export async function whileWaited<T>(work: Promise<T>, { signal }: Pick<Call, 'signal'>): Promise<T> {
  const { promise: gone, reject } = Promise.withResolvers<never>();
  const leave = () => reject(new AppError('unavailable', 'The caller has gone.'));
  if (signal.aborted) leave();
  signal.addEventListener('abort', leave);
  try {
    return await Promise.race([work, gone]);
  } finally {
    signal.removeEventListener('abort', leave);
    // Whichever came second has nobody to tell.
    gone.catch(() => undefined);
    work.catch(() => undefined);
  }
}

/** Throws when the account has had to be connected again for so long that its copy is kept back. */
export function mustBeReadable(ctx: Context, account: AccountRow): void {
  if (isReadable(ctx, account)) return;
  throw new AppError('account_rejected', 'Google no longer lets this account in, and its copy is too old to be read.', {
    hint: reconnecting(account.kind),
  });
}

export const isReadable = ({ readableMs, now }: Context, { status, reauth_since }: AccountRow): boolean =>
  status !== 'needs_reauth' || now() < (reauth_since ?? now()) + readableMs;

/** What is said of an answer from the copy alone, where there is no word of how fresh it is. */
export const staleness = ({ status }: AccountRow): { stale?: true } =>
  status === 'needs_reauth' ? { stale: true } : {};

/** Throws when the account cannot be asked at all. */
export function mustBeActive(account: AccountRow): void {
  if (account.status === 'active') return;
  const cure = account.status === 'paused' ? 'Set its status to active first.' : reconnecting(account.kind);
  throw new AppError(
    'account_rejected',
    `The account is ${account.status === 'paused' ? 'paused' : 'no longer let in by Google'}.`,
    { hint: cure },
  );
}

/** How an account that Google no longer lets in is mended. */
export const reconnecting = (kind: AccountRow['kind']): string =>
  kind === 'google_oauth'
    ? 'Connect it again: POST /connect-links, or add_gmail_account without a password, makes a page for the person.'
    : 'Connect it again with a new App Password.';

/** RFC 3339, UTC with `Z`; a fraction only where there is one. */
export const iso = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');
