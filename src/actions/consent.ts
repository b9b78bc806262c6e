// What a person says when a remote client asks to be let in: for which of the agents, and what it may do. Knows no page.
import type { ConsentRequest } from '../auth/authorization-server.ts';
import { isOnThisComputer, redirectHost } from '../auth/client-metadata.ts';
import { SIGN_IN_MS } from '../auth/oauth-provider.ts';
import type { Person } from '../auth/people.ts';
import { PERMISSIONS, type Permission, permissionsIn } from '../auth/session.ts';
import { type AppError, invalidInput, notFound } from '../base/errors.ts';
import { newProfileId, newTokenId, type ProfileId } from '../base/ids.ts';
import type { ControlStore } from '../store/control.ts';
import type { ProfileRow, SignInRow } from '../store/profile-rows.ts';
import type { House } from './context.ts';
import { keep, kept } from './sign-in.ts';

const MOST_PROFILES = 100;
/** Stands for a profile that is made when it is chosen. */
export const NEW_PROFILE = 'new';

/** An agent that the client can become. */
export interface Choice {
  /** `NEW_PROFILE`, or a profile's id. */
  readonly id: string;
  readonly name: string;
  /** What it may do at most; null: what the person says. */
  readonly ceiling: ReadonlySet<Permission> | null;
  /** The addresses that it reaches. */
  readonly accounts: readonly string[];
}

export interface Consent {
  readonly request: ConsentRequest;
  /** What it calls itself, which nobody has checked. */
  readonly name: string;
  /** The site that says who it is; null when it says so by itself. */
  readonly vouchedBy: string | null;
  readonly redirectHost: string;
  /** It is a program on the computer where the browser runs, or says so. */
  readonly onThisComputer: boolean;
  readonly asks: readonly Permission[];
  readonly choices: readonly Choice[];
  readonly chosen: string;
  /** It was let in before, and asks for more or once more. */
  readonly known: boolean;
  /** What it has by that already. */
  readonly has: ReadonlySet<Permission>;
}

/** What is asked of this person in this browser. Throws `not_found` when it is over or was asked elsewhere. */
export async function openConsent(house: House, person: Person, cookie: string, uid: string): Promise<Consent> {
  const request = await house.authorization.asked(cookie, uid);
  if (!request) throw isOver();
  const name = request.clientName || hostOfClient(request) || 'An app without a name';
  const profiles = await house.control.profiles.profiles(person.userId, MOST_PROFILES, null);
  const choices = await Promise.all(profiles.map((each) => choiceOf(house, each)));
  const signedIn = await knownProfile(house, person, profiles, request.clientId);
  const fitting = signedIn?.profile ?? profiles.find((each) => each.made_by === 'person' && each.name === name);
  const accounts = await house.control.accounts({ userId: person.userId });
  const all = accounts.filter(({ scope }) => scope === 'all').map(({ email }) => email);
  return {
    request,
    name,
    vouchedBy: hostOfClient(request),
    redirectHost: redirectHost(request.redirectUri),
    onThisComputer: isOnThisComputer(request.redirectUri),
    asks: PERMISSIONS.filter((each) => request.scope.has(each)),
    choices: [...choices, { id: NEW_PROFILE, name, ceiling: null, accounts: all }],
    chosen: fitting?.profile_id ?? NEW_PROFILE,
    known: signedIn !== undefined,
    has: signedIn?.has ?? new Set(),
  };
}

export interface Said {
  readonly profile: string;
  readonly permissions: readonly string[];
}

/** Lets the client in. Where the browser goes on. Throws, and changes nothing, when no permission is left or the profile is not the person's. */
export async function allowConsent(
  house: House,
  person: Person,
  cookie: string,
  uid: string,
  said: Said,
): Promise<string> {
  let client = 'a client';
  return kept(
    house,
    person,
    () => `let ${client} in`,
    async () => {
      const consent = await openConsent(house, person, cookie, uid);
      client = consent.vouchedBy ?? consent.request.clientId;
      return letIn(house, person, cookie, consent, said);
    },
  );
}

export async function denyConsent(house: House, person: Person | null, cookie: string, uid: string): Promise<string> {
  const to = await house.authorization.deny(cookie, uid);
  if (to === null) throw isOver();
  keep(house, person, 'ok', 'turned a client away');
  return to;
}

async function letIn(house: House, person: Person, cookie: string, consent: Consent, said: Said): Promise<string> {
  const { request, name } = consent;
  // A form that is sent twice is one answer.
  if (request.answered !== null) return request.answered;
  const choice = consent.choices.find(({ id }) => id === said.profile);
  if (!choice) throw notFound('There is no such agent.', 'Go back and choose one.');
  const ticked = consent.asks.filter((each) => said.permissions.includes(each));
  const allowed = new Set(ticked.filter((each) => choice.ceiling?.has(each) ?? true));
  if (allowed.size === 0)
    throw invalidInput('permission', 'Nothing would be allowed.', 'Tick something that this agent may do, or say no.');
  const profile = await profileFor(house, person, choice, allowed);
  const { profiles } = house.control;
  const before = await profiles.signInOf(person.userId, profile, request.clientId);
  const grant = await house.authorization.grant(request, person.id, allowed, before?.token_hash ?? null);
  const kept = [...permissionsIn(before?.permissions ?? '')].filter((each) => !request.scope.has(each));
  const now = house.now();
  const row = {
    permissions: PERMISSIONS.filter((each) => allowed.has(each) || kept.includes(each)).join(','),
    expires_at: now + SIGN_IN_MS,
    client_name: name,
    redirect_host: consent.redirectHost,
  };
  if (before && before.token_hash === grant.hash) await profiles.changeSignIn(before.id, row);
  else
    await profiles.addToken({
      ...row,
      id: newTokenId(),
      token_hash: grant.hash,
      user_id: person.userId,
      profile_id: profile,
      created_at: now,
      client_id: request.clientId,
    });
  house.profileTokens.changed(person.userId, profile);
  const to = await house.authorization.allow(cookie, request.uid, person.id, grant.id);
  if (to === null) throw isOver();
  return to;
}

/** Keeps that a sign-in was ended over the wire: by its client, or since a code or refresh token came twice. */
export function keepEnded({ audit }: ControlStore, { id, user_id, profile_id }: SignInRow, at: number): void {
  const nothing = { account_ids: '', count: 0, message_ids: '', duration_ms: 0 };
  audit.note({ ...nothing, at, caller: id, user_id, profile_id, called: 'a client’s sign-in ended', outcome: 'ok' });
}

/** The profile that was chosen, made or raised where that is the person's to say. */
async function profileFor(
  house: House,
  { userId }: Person,
  { id, name, ceiling }: Choice,
  allowed: ReadonlySet<Permission>,
): Promise<ProfileId> {
  if (ceiling !== null) return id as ProfileId;
  const { profiles } = house.control;
  const known = id === NEW_PROFILE ? undefined : await profiles.profile(userId, id as ProfileId);
  const before = known ? permissionsIn(known.permissions) : new Set(house.defaultPermissions);
  const profile = known?.profile_id ?? newProfileId();
  await profiles.put({
    user_id: userId,
    profile_id: profile,
    name: known?.name ?? name,
    permissions: PERMISSIONS.filter((each) => before.has(each) || allowed.has(each)).join(','),
    created_at: known?.created_at ?? house.now(),
    made_by: 'person',
  });
  return profile;
}

async function choiceOf({ control }: House, profile: ProfileRow): Promise<Choice> {
  const accounts = await control.profiles.accountsFor(profile.user_id, profile.profile_id);
  return {
    id: profile.profile_id,
    name: profile.name,
    ceiling: profile.made_by === 'person' ? null : permissionsIn(profile.permissions),
    accounts: accounts.map(({ email }) => email),
  };
}

async function knownProfile(
  { control }: House,
  { userId }: Person,
  profiles: readonly ProfileRow[],
  client: string,
): Promise<{ readonly profile: ProfileRow; readonly has: ReadonlySet<Permission> } | undefined> {
  for (const profile of profiles) {
    const row = await control.profiles.signInOf(userId, profile.profile_id, client);
    if (row) return { profile, has: permissionsIn(row.permissions) };
  }
  return undefined;
}

/** A client that is known by a document vouches for its name with the host where that lies. */
function hostOfClient({ clientId }: ConsentRequest): string | null {
  const url = URL.parse(clientId);
  return url?.protocol === 'https:' ? url.host : null;
}

const isOver = (): AppError =>
  notFound(
    'This request is over, or was begun in another browser.',
    'Start again in the app that wants to be let in; it opens a new page.',
  );
