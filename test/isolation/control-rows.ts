// The rows of control.sqlite that three people have, each in a place of its own. Knows no door and no deed.
import type { AccountId, OutboxId, PersonId, ProfileId, TokenId, UserId } from '../../src/base/ids.ts';
import type { ControlStore } from '../../src/store/control.ts';

export const NOW = Date.UTC(2026, 10, 20);
export const LIMITS = { mail: 100, minute: 100, day: 100, new_day: 100 };

/** The ids of one person; the person's letter is in all of them. */
const ids = (who: string) => ({
  user: `user-${who}` as UserId,
  account: `acc-${who}` as AccountId,
  spare: `acc-${who}-2` as AccountId,
  third: `acc-${who}-3` as AccountId,
  person: `per-${who}` as PersonId,
  profile: 'bot' as ProfileId,
  other: 'helper' as ProfileId,
  theirs: 'theirs' as ProfileId,
  token: `tok-${who}` as TokenId,
  outbox: `out-${who}` as OutboxId,
  link: `lnk-${who}`,
  key: `key-${who}`,
});
/** Neither the first nor the last of any order. */
export const mine = ids('m');

export const accountRow = (who: string, id: AccountId, position: number, email: string) => ({
  position,
  id,
  user_id: ids(who).user,
  email,
  display_name: `canary-${who}`,
  kind: 'google_oauth' as const,
  status: 'active' as const,
  timezone: 'UTC',
  created_at: NOW,
  inbox_seen: 0,
  last_error: null,
  google_sub: `sub-${who}`,
});
export const credential = (who: string) => ({ wrapped_key: `v1.k.${who}`, sealed: `sealed-${who}` });
export const intent = (who: string, id: string, position: number, more: object = {}) => ({
  position,
  id: id as OutboxId,
  account_id: ids(who).account,
  idempotency_key: `idem-${id.slice(4)}`,
  request_hash: 'request',
  content_hash: 'content',
  state: 'queued' as const,
  message_id_header: `${id}@gmail.com`,
  envelope_from: `${who}@gmail.com`,
  recipients: '[]',
  addressees: '{}',
  subject: `canary-${who}`,
  next_at: NOW,
  look_until: null,
  created_at: NOW,
  settled_at: null,
  message_id: null,
  thread_id: null,
  ...more,
});
export const sending = (who: string, strangers: readonly string[]) => ({
  userId: ids(who).user,
  profileId: mine.profile,
  accountId: ids(who).account,
  limits: LIMITS,
  recipients: 1,
  strangers,
  now: NOW,
});
export const link = (who: string, n: number, more: object = {}) => ({
  id: `${ids(who).link}-${n}`,
  secret_hash: `secret-${who}-${n}`,
  user_id: ids(who).user,
  email: null,
  method: null,
  return_to: null,
  app_state: `canary-${who}`,
  user_label: `canary-${who}`,
  profile_ids: null,
  status: 'pending' as const,
  account_id: null,
  browser_hash: null,
  state_hash: `state-${who}-${n}`,
  wrapped_key: null,
  sealed: `held-${who}`,
  expires_at: NOW + 1000,
  created_at: NOW,
  ...more,
});
const audit = (who: string) => ({
  at: NOW,
  caller: `tok-${who}`,
  profile_id: mine.profile,
  user_id: ids(who).user,
  account_ids: ids(who).account,
  called: 'gmail_search',
  outcome: 'ok',
  count: 1,
  message_ids: '',
  duration_ms: 10 * who.charCodeAt(0),
});

export const signIn = (who: string, profile: ProfileId) => ({
  id: `tok-${who}-sign-in-${profile}` as TokenId,
  token_hash: `grant-${who}-${profile}`,
  user_id: ids(who).user,
  profile_id: profile,
  permissions: 'read',
  // Later than that of the first agent, and of the one who asks.
  created_at: NOW + (who === 'm' ? 0 : 10) + profile.length,
  expires_at: NOW + 1000,
  narrowing: null,
  client_id: 'client',
  client_name: `canary-${who}`,
  redirect_host: 'client.example',
});
export const oauthRow = (who: string, kind: string) => ({
  kind,
  id: `oau-${who}`,
  ...credential(who),
  grant_hash: `grant-${who}-bot`,
  created_at: NOW,
  expires_at: NOW + 1000,
});
export const STRETCH = { since: NOW - 1, until: NOW + 1000, stepMs: 60_000, userId: mine.user };
export const personRow = (who: string) => ({
  id: ids(who).person,
  user_id: ids(who).user,
  login: `${who}@login.example`,
  password_hash: `hash-${who}`,
  role: 'member' as const,
  created_at: NOW,
});
export const session = (who: string, n: number) => ({
  id: `ses-${who}-${n}`,
  secret_hash: `cookie-${who}-${n}`,
  person_id: ids(who).person,
  browser: 'Firefox',
  created_at: NOW,
  last_used_at: NOW,
  expires_at: NOW + 1000,
});
export const signInLink = (who: string, n: number) => ({
  id: `sig-${who}-${n}`,
  secret_hash: `sign-in-${who}-${n}`,
  user_id: ids(who).user,
  return_path: null,
  created_at: NOW,
  expires_at: NOW + 1000,
});
const permissionsOf = (who: string, profile: string): string =>
  who !== 'm' ? 'read,draft,send' : profile === mine.profile ? 'read' : 'draft';

export const passkey = (who: string, n: number) => ({
  id: `pky-${who}-${n}`,
  person_id: ids(who).person,
  credential_id: `cred-${who}-${n}`,
  public_key: new Uint8Array([1]),
  counter: 0,
  transports: '',
  name: 'canary',
  created_at: NOW,
  last_used_at: null,
});

/** Opens the audit of a store under a key of the test. */
export const beginAudit = (store: ControlStore): Promise<void> => {
  const key = Buffer.alloc(32, 7);
  return store.audit.begin({ key, chain: 1, keyOf: () => key, now: () => NOW, onFailure: () => undefined });
};

/** The rows of these people, each in the place that its letter has: alone or beside others they are the same rows. */
export async function furnish(store: ControlStore, people: readonly string[]): Promise<void> {
  for (const who of people) {
    const { user, account, spare, third, profile, other, token, outbox, key } = ids(who);
    const isMine = who === 'm';
    const place = 100 * ('bmz'.indexOf(who) + 1);
    const profiles = [profile, other];
    // An agent by a name that the one who asks has none of.
    if (!isMine) profiles.push(mine.theirs);
    for (const each of profiles)
      await store.profiles.put({
        user_id: user,
        profile_id: each,
        name: `canary-${who}`,
        permissions: permissionsOf(who, each),
        created_at: NOW,
      });
    await store.addAccount(accountRow(who, account, place, `${who}@gmail.com`), credential(who), true, profiles);
    await store.addAccount(accountRow(who, spare, place + 1, 'shared@gmail.com'), credential(who), true);
    await store.addAccount(accountRow(who, third, place + 2, `${who}.third@gmail.com`), credential(who), true, [other]);
    for (const each of [account, third]) await store.updateAccount(each, { scope: 'agents' });
    await store.updateAccount(spare, { scope: isMine ? 'agents' : 'all' });
    await store.setError(account, { code: 'unavailable', message: 'x', cure: 'y', at: NOW });
    for (const [i, each] of profiles.entries())
      await store.profiles.addToken({
        id: (i === 0 ? token : `${token}-${i + 1}`) as TokenId,
        token_hash: `hash-${who}-${i}`,
        user_id: user,
        profile_id: each,
        permissions: 'read',
        created_at: NOW + i,
        expires_at: NOW + 1000,
        narrowing: null,
      });
    const raw = Buffer.from(`canary-${who}`);
    await store.outbox.submit(
      intent(who, outbox, place),
      raw,
      null,
      sending(who, isMine ? ['known@example.org'] : ['known@example.org', 'new@example.org']),
    );
    const more = { state: 'sent', next_at: NOW + 5000, look_until: NOW, message_id: 'm-1', content_hash: 'sent' };
    await store.outbox.submit(intent(who, `${outbox}-sent`, place + 1, more), raw, null);
    await store.outbox.submit(
      intent(who, `${outbox}-later`, place + 2, { next_at: NOW + 500, content_hash: 'later' }),
      raw,
      null,
    );
    await store.links.add(link(who, 1));
    await store.links.add(link(who, 2, { browser_hash: 'browser', account_id: account, state_hash: null }));
    await store.serviceKeys.add({
      id: key,
      key_hash: `keyhash-${who}`,
      name: `canary-${who}`,
      user_id: user,
      can: 'mail',
      created_at: NOW,
      expires_at: null,
      last_used_at: null,
    });
    for (const each of profiles.slice(0, isMine ? 2 : 1)) await store.profiles.addToken(signIn(who, each));
    for (const kind of ['AccessToken', 'RefreshToken']) await store.oauth.put(oauthRow(who, kind));
    await store.activity.add(NOW, [{ of: account, mails: place, units: place }]);
    await store.logins.personOf(personRow(who));
    for (const n of [1, 2]) {
      await store.logins.addSession(session(who, n));
      await store.logins.addLink(signInLink(who, n));
    }
    store.audit.note(audit(who));
    await store.audit.flush();
  }
}
