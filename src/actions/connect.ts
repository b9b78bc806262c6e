// Connecting by a link as a person walks it, in one browser: consent or App Password, then their word. Knows no page and no
// cookie's name.
import { CALLBACK_PATH, SCOPES } from '../accounts/google.ts';
import { AppError, notFound } from '../base/errors.ts';
import type { ProfileId } from '../base/ids.ts';
import type { ConnectRow, SettledStatus } from '../store/connect-rows.ts';
import type { AccountError, AccountRow } from '../store/control.ts';
import type { SyncReport } from '../sync/progress.ts';
import { isTimeZone } from './accounts.ts';
import { codeOf } from './audited.ts';
import { type HeldGrant, hashOf, hold, newSecret, readHeld } from './connect-held.ts';
import { type LinkStatus, statusOf } from './connect-links.ts';
import type { House } from './context.ts';
import { endGrant, letGo } from './grants.ts';
import { keepAccount, keepByPassword, mustBeFree, readAddress, readAppPassword } from './keep-account.ts';

const MOST_PASSWORD_TRIES = 5;

/** Tells which cookie a browser has for a link, if any. */
export type Browser = (linkId: string) => string | undefined;

/** What the person is shown. */
export interface LinkView {
  readonly link: ConnectRow;
  readonly status: LinkStatus;
  /** Another browser has begun. */
  readonly elsewhere: boolean;
  /** Names of the agents that will use the account; null: whichever the person has. */
  readonly agents: readonly string[] | null;
  /** Signed in with Google and waiting for the person's word. */
  readonly waiting: Waiting | null;
  /** What was connected, shown to the browser that did it. */
  readonly account: Connected | null;
}

/** What was connected, and how its first sync goes. */
export interface Connected {
  readonly email: string;
  readonly sync: SyncReport;
  readonly trouble: AccountError | null;
}

/** A grant that waits for the person's word. */
export interface Waiting {
  readonly email: string;
  readonly scopes: readonly string[];
}

/** Looks at a link; uses nothing up. Throws `not_found` for one that never was or is forgotten. */
export async function openLink(house: House, secret: string, browser: Browser): Promise<LinkView> {
  const link = await findLink(house, secret);
  const mine = isMine(link, browser);
  const held = mine ? readHeld(house, link) : null;
  const ids = agentsOf(link);
  const account = mine && link.account_id ? await house.control.account(link.account_id) : undefined;
  return {
    link,
    status: statusOf(house, link),
    elsewhere: link.browser_hash !== null && !mine,
    agents:
      ids && (await house.control.links.agents(link.user_id, ids)).map(({ name, profile_id }) => name || profile_id),
    waiting: held?.step === 'waiting' ? held : null,
    account: account ? connectedNow(house, account) : null,
  };
}

const connectedNow = (house: House, { id, email, last_error }: AccountRow): Connected => ({
  email,
  sync: house.sync.report(id),
  trouble: last_error === null ? null : JSON.parse(last_error),
});

/** A link that a browser may go on with. `cookie`: to be set, when this is the first step. */
export interface Begun {
  readonly link: ConnectRow;
  readonly cookie: string | null;
}

/** The first step binds the link to the browser; another one is refused with `forbidden`. */
export async function begin(house: House, secret: string, browser: Browser): Promise<Begun> {
  const link = await findLink(house, secret);
  mustBePending(house, link);
  const known = browser(link.id);
  const cookie = link.browser_hash === null ? newSecret() : null;
  const hash = hashOf(cookie ?? known ?? '');
  if ((!cookie && hash !== link.browser_hash) || !(await house.control.links.bind(link.id, hash))) throw elsewhere();
  return { link: { ...link, browser_hash: hash }, cookie };
}

/** Where the browser goes for Google's consent. Each time is a new one; the one before counts no more. */
export async function beginGoogle(house: House, secret: string, browser: Browser): Promise<string> {
  const link = await findLink(house, secret);
  mustBePending(house, link);
  if (!isMine(link, browser)) throw elsewhere();
  const { google } = house.connecting;
  if (!google || link.method === 'app_password')
    throw new AppError('forbidden', 'This link is not for sign-in with Google.', { hint: 'Use an App Password.' });
  const [state, verifier] = [newSecret(), newSecret()];
  await letGo(house, link.id);
  if (!(await hold(house, link.id, { step: 'asked', verifier, secret }, state))) throw over();
  return google.consentUrl({ redirectUri: callbackUrl(house), state, verifier, email: link.email });
}

/** What Google's answer led to. The person goes on, or begins again, at the link's page. */
export type Returned =
  | { readonly kind: 'waiting'; readonly secret: string }
  | { readonly kind: 'declined'; readonly secret: string; readonly link: ConnectRow }
  | { readonly kind: 'again'; readonly secret: string; readonly error: AppError };

/**
 * Takes Google's answer: its state once, and from the browser that was sent there. The grant then waits for the person's
 * word. Throws `not_found` for a state that is not out, `forbidden` in another browser.
 */
export async function finishGoogle(
  house: House,
  answer: { readonly state: string; readonly code?: string | undefined; readonly error?: string | undefined },
  browser: Browser,
): Promise<Returned> {
  const stateHash = hashOf(answer.state);
  const link = await house.control.links.find('state_hash', stateHash);
  if (!link) throw notFound('This sign-in is over, or never was.', 'Open the link again and begin anew.');
  mustBePending(house, link);
  if (!isMine(link, browser)) throw elsewhere();
  const held = readHeld(house, link);
  if (held?.step !== 'asked' || !(await house.control.links.takeState(link.id, stateHash)))
    throw notFound('This sign-in is over, or never was.', 'Open the link again and begin anew.');
  if (answer.error === 'access_denied') {
    return { kind: 'declined', secret: held.secret, link: await settled(house, link, 'declined') };
  }
  try {
    if (!answer.code) throw new AppError('unavailable', 'Google did not finish the sign-in.', { hint: 'Try again.' });
    const waiting = await takeGrant(house, link, answer.code, held.verifier);
    if (!(await hold(house, link.id, waiting))) {
      await endGrant(house, waiting.refreshToken, waiting.sub);
      throw over();
    }
    return { kind: 'waiting', secret: held.secret };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { kind: 'again', secret: held.secret, error };
  }
}

/** The grant for a code, when it is one that may be connected; one that may not is given back. */
async function takeGrant(house: House, link: ConnectRow, code: string, verifier: string): Promise<HeldGrant> {
  const google = house.connecting.google!;
  const grant = await google.exchange(code, callbackUrl(house), verifier);
  const { refreshToken, accessToken } = grant;
  if (!refreshToken)
    throw new AppError('unavailable', 'Google gave no lasting permission.', { hint: 'Sign in once more.' });
  const scopes = grant.scopes ?? Object.values(SCOPES);
  const { sub, email } = await google.whose(accessToken).catch(async (error: unknown) => {
    // An account may live by the same grant, so it is given back only when Google says, asked once more, whose it is.
    const whose = await google.sub(accessToken);
    if (whose !== null) await endGrant(house, refreshToken, whose);
    throw error;
  });
  try {
    readAddress(email);
    if (link.email !== null && link.email !== email) throw otherAddress(link.email, email);
    if (!scopes.includes(SCOPES.read))
      throw new AppError('account_rejected', 'Without permission to view your email nothing can be connected.', {
        hint: 'Sign in again and leave the box “View your email messages and settings” ticked.',
      });
    await mustBeFree(house, email, link.user_id);
  } catch (error) {
    await endGrant(house, refreshToken, sub);
    throw error;
  }
  return { step: 'waiting', refreshToken, sub, email, scopes: [...scopes] };
}

/** What the person gives with the form. */
export interface Given {
  readonly timezone?: string | undefined;
}

/** The person's word that the address Google returned is the one. `address`: the one that was shown. */
export async function confirm(
  house: House,
  secret: string,
  browser: Browser,
  { address, timezone }: Given & { readonly address: string },
): Promise<ConnectRow> {
  const link = await findLink(house, secret);
  if (!isMine(link, browser)) throw elsewhere();
  if (link.status === 'connected') return link;
  mustBePending(house, link);
  const held = readHeld(house, link);
  if (held?.step !== 'waiting' || held.email !== address)
    throw new AppError('conflict', 'This sign-in counts no more.', {
      hint: 'Another one has taken its place, or the permission was given back. Sign in again.',
    });
  const { email, sub, scopes, refreshToken } = held;
  const account = await keepAccount(house, {
    userId: link.user_id,
    email,
    credential: { kind: 'google_oauth', refreshToken },
    google: { sub, scopes },
    ...wished(link, timezone),
  });
  return settled(house, link, 'connected', account);
}

/** Connects with an App Password. A wrong one may be tried again a few times; after that the link has failed. */
export async function connectByPassword(
  house: House,
  link: ConnectRow,
  given: Given & { readonly email: string; readonly appPassword: string },
): Promise<ConnectRow> {
  if (link.method === 'google')
    throw new AppError('forbidden', 'This link is for sign-in with Google.', { hint: 'Go on with Google.' });
  const email = readAddress(given.email);
  const appPassword = readAppPassword(given.appPassword);
  if (link.email !== null && link.email !== email) throw otherAddress(link.email, email);
  const tries = await house.control.links.countTry(link.id, MOST_PASSWORD_TRIES);
  if (tries === null) throw over();
  const { user_id: userId } = link;
  const whom = { userId, email, ...wished(link, given.timezone) };
  try {
    const account = await keepByPassword(house, whom, appPassword);
    await letGo(house, link.id);
    return await settled(house, link, 'connected', account);
  } catch (error) {
    if (tries < MOST_PASSWORD_TRIES || !(error instanceof AppError)) {
      kept(house, link, codeOf(error));
      throw error;
    }
    await letGo(house, link.id);
    return settled(house, link, 'failed');
  }
}

/** The person does not want to. */
export async function decline(house: House, link: ConnectRow): Promise<ConnectRow> {
  await letGo(house, link.id);
  return settled(house, link, 'declined');
}

/** Another account at Google, please: what waits is given back. */
export async function startOver(house: House, link: ConnectRow): Promise<void> {
  await letGo(house, link.id);
}

async function settled(
  house: House,
  link: ConnectRow,
  status: SettledStatus,
  account?: AccountRow,
): Promise<ConnectRow> {
  await house.control.links.settle(link.id, status, account?.id ?? null);
  kept(house, link, status, account);
  return { ...link, status, account_id: account?.id ?? null };
}

/** What a person did on the page of a link, for the audit. */
const kept = (house: House, { id, user_id }: ConnectRow, outcome: string, account?: AccountRow): void =>
  house.control.audit.note({
    at: house.now(),
    caller: id,
    profile_id: null,
    user_id,
    account_ids: account?.id ?? '',
    called: 'connect page',
    outcome: outcome === 'connected' ? 'ok' : outcome,
    count: 0,
    message_ids: '',
    duration_ms: 0,
  });

/** Where the browser goes when a link has ended; null when the app named no place. */
export function returnTo({ return_to, status, account_id, app_state }: ConnectRow): string | null {
  if (return_to === null) return null;
  const url = new URL(return_to);
  url.searchParams.set('status', status);
  if (account_id) url.searchParams.set('account_id', account_id);
  if (app_state !== null) url.searchParams.set('state', app_state);
  return url.href;
}

async function findLink(house: House, secret: string): Promise<ConnectRow> {
  const link = await house.control.links.find('secret_hash', hashOf(secret));
  if (!link) throw notFound('There is no such link.', 'Ask whoever sent it for a new one.');
  return link;
}

const isMine = (link: ConnectRow, browser: Browser): boolean =>
  link.browser_hash !== null && link.browser_hash === hashOf(browser(link.id) ?? '');

function mustBePending(house: House, link: ConnectRow): void {
  if (statusOf(house, link) !== 'pending') throw over();
}

const over = (): AppError =>
  new AppError('conflict', 'This link has been used, or its ten minutes are over.', { hint: 'Ask for a new one.' });

const elsewhere = (): AppError =>
  new AppError('forbidden', 'Another browser has begun with this link.', {
    hint: 'Go on in the browser where you began, or ask for a new link.',
  });

const otherAddress = (wanted: string, given: string): AppError =>
  new AppError('conflict', `This link is for ${wanted}, and you chose ${given}.`, {
    field: 'email',
    hint: `Go on with ${wanted}.`,
  });

const callbackUrl = (house: House): string => house.addresses().public + CALLBACK_PATH;

const agentsOf = ({ profile_ids }: ConnectRow): ProfileId[] | null => profile_ids && JSON.parse(profile_ids);

/** What the account is to have beside its credential. */
const wished = (link: ConnectRow, timezone: string | undefined) => ({
  timezone: zoneOf(timezone),
  agents: agentsOf(link),
  displayName: link.display_name ?? undefined,
});

const zoneOf = (timezone: string | undefined): string | undefined =>
  timezone !== undefined && isTimeZone(timezone) ? timezone : undefined;
