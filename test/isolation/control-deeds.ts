// Everything that the rows of control.sqlite can be asked or told, said once for one person. Knows no door; what is for the whole
// house is named as such.
import type { AccountId, OutboxId, TokenId } from '../../src/base/ids.ts';
import type { ControlStore } from '../../src/store/control.ts';
import {
  accountRow,
  credential,
  intent,
  LIMITS,
  link,
  mine,
  NOW,
  oauthRow,
  passkey,
  personRow,
  STRETCH,
  sending,
  session,
  signIn,
  signInLink,
} from './control-rows.ts';

type Deed = (store: ControlStore) => Promise<unknown>;

/** What is asked and done for person m, by the method that does it. Some methods need several. */
export const DEEDS: Readonly<Record<string, readonly Deed[]>> = {
  'control.account': [
    (s) => s.account(mine.account),
    (s) => s.account(mine.account, mine.user),
    (s) => s.account('acc-b' as AccountId, mine.user),
  ],
  'control.accountOf': [(s) => s.accountOf(mine.user, 'shared@gmail.com')],
  'control.accountsOf': [(s) => s.accountsOf(mine.user)],
  'control.accounts': [
    (s) => s.accounts({ userId: mine.user }),
    (s) => s.accounts({ userId: mine.user, inTrouble: true, containing: 'gmail' }),
  ],
  'control.addAccount': [
    (s) =>
      s.addAccount(accountRow('m', 'acc-m-9' as AccountId, 300_000, 'new@gmail.com'), credential('m'), true, [
        mine.profile,
      ]),
  ],
  'control.credential': [(s) => s.credential(mine.account)],
  'control.isTaken': [(s) => s.isTaken('m@gmail.com', mine.user)],
  'control.reject': [
    (s) => s.reject(mine.account, { code: 'account_rejected', message: 'x', cure: 'y', at: NOW }),
    (s) => s.reject(mine.account, { code: 'account_rejected', message: 'x', cure: 'y', at: NOW }, 'sealed-b'),
    (s) => s.reject(mine.account, { code: 'account_rejected', message: 'x', cure: 'y', at: NOW }, 'sealed-m'),
  ],
  'control.removeAccount': [(s) => s.removeAccount(mine.account)],
  'control.renewCredential': [
    (s) => s.renewCredential(mine.account, credential('new'), { status: 'active' }, [mine.profile]),
  ],
  'control.replaceCredential': [
    (s) => s.replaceCredential(mine.account, 'sealed-m', credential('new')),
    (s) => s.replaceCredential(mine.account, 'sealed-b', credential('new')),
  ],
  'control.setError': [(s) => s.setError(mine.account, null)],
  'control.updateAccount': [(s) => s.updateAccount(mine.account, { display_name: 'New' })],

  'profiles.put': [
    (s) =>
      s.profiles.put({
        user_id: mine.user,
        profile_id: mine.profile,
        name: 'New',
        permissions: 'send',
        created_at: NOW,
      }),
  ],
  'profiles.profile': [(s) => s.profiles.profile(mine.user, mine.other)],
  'profiles.profiles': [(s) => s.profiles.profiles(mine.user, 50, null)],
  'profiles.remove': [(s) => s.profiles.remove(mine.user, mine.profile)],
  'profiles.addToken': [
    (s) =>
      s.profiles.addToken({
        id: 'tok-m-9' as TokenId,
        token_hash: 'hash-m-9',
        user_id: mine.user,
        profile_id: mine.profile,
        permissions: '',
        created_at: NOW,
        expires_at: NOW,
        narrowing: null,
      }),
  ],
  'profiles.tokens': [(s) => s.profiles.tokens(mine.user, mine.profile, 50, null)],
  'profiles.tokenByHash': [(s) => s.profiles.tokenByHash('hash-m-0'), (s) => s.profiles.tokenByHash('hash-m-1')],
  'profiles.token': [(s) => s.profiles.token(mine.token), (s) => s.profiles.token(`${mine.token}-2` as TokenId)],
  'profiles.signInOf': [(s) => s.profiles.signInOf(mine.user, mine.profile, 'client')],
  'profiles.changeSignIn': [
    (s) =>
      s.profiles.changeSignIn(signIn('m', mine.profile).id, {
        permissions: 'send',
        expires_at: NOW,
        client_name: null,
        redirect_host: null,
      }),
  ],
  'profiles.extendSignIn': [(s) => s.profiles.extendSignIn('grant-m-bot', NOW + 9)],
  'profiles.removeTokensOf': [(s) => s.profiles.removeTokensOf(mine.user)],
  'profiles.removeSignIn': [(s) => s.profiles.removeSignIn('grant-m-bot')],
  'profiles.removeToken': [(s) => s.profiles.removeToken(mine.token)],
  'profiles.setLastUsed': [(s) => s.profiles.setLastUsed(mine.token, NOW)],
  'profiles.setScope': [
    async (s) => s.profiles.setScope((await s.account(mine.account))!, 'agents', [mine.profile]),
    async (s) => s.profiles.setScope((await s.account(mine.account))!, 'agents', [mine.theirs]),
    async (s) => s.profiles.setScope((await s.account(mine.account))!, 'all', []),
  ],
  'profiles.grantsOf': [(s) => s.profiles.grantsOf(mine.account), (s) => s.profiles.grantsOf(mine.spare)],
  'profiles.accountsFor': [(s) => s.profiles.accountsFor(mine.user, mine.profile)],
  'profiles.mayUse': [
    (s) => s.profiles.mayUse(mine.account, mine.user, mine.profile),
    (s) => s.profiles.mayUse(mine.spare, mine.user, mine.profile),
    (s) => s.profiles.mayUse(mine.third, mine.user, mine.profile),
    (s) => s.profiles.mayUse('acc-b-2' as AccountId, mine.user, mine.profile),
    (s) => s.profiles.mayUse('acc-b' as AccountId, mine.user, mine.profile),
  ],

  'outbox.submit': [
    // The same key and the same content as another's: a mail of its own.
    (s) =>
      s.outbox.submit(
        intent('m', 'out-m-9', 900, { idempotency_key: 'idem-b' }),
        Buffer.from('x'),
        null,
        sending('m', ['new@example.org', 'known@example.org']),
      ),
    (s) => s.outbox.submit(intent('m', 'out-m-9', 900, { idempotency_key: null }), Buffer.from('x'), NOW - 1, null),
    (s) =>
      s.outbox
        .submit(
          intent('m', 'out-m-9', 900, { idempotency_key: null, content_hash: 'other' }),
          Buffer.from('x'),
          NOW - 1,
          { ...sending('m', ['new@example.org']), limits: { ...LIMITS, mail: 0 } },
        )
        .catch(String),
    (s) =>
      s.outbox
        .submit(intent('m', 'out-m-9', 900), Buffer.from('x'), null, {
          ...sending('m', []),
          limits: { ...LIMITS, minute: 2 },
        })
        .catch(String),
    (s) =>
      s.outbox
        .submit(intent('m', 'out-m-9', 900), Buffer.from('x'), null, { ...sending('m', []), profileId: mine.theirs })
        .catch(String),
    (s) =>
      s.outbox
        .submit(intent('m', 'out-m-9', 900), Buffer.from('x'), null, {
          ...sending('m', ['new@example.org', 'known@example.org']),
          profileId: mine.other,
          limits: { ...LIMITS, minute: 1 },
        })
        .catch(String),
  ],
  'outbox.find': [(s) => s.outbox.find(mine.outbox)],
  'outbox.byKey': [(s) => s.outbox.byKey(mine.account, 'idem-m'), (s) => s.outbox.byKey(mine.account, 'idem-b')],
  'outbox.list': [(s) => s.outbox.list(mine.account, 50, null), (s) => s.outbox.list(mine.account, 50, 1_000_000)],
  'outbox.mailOf': [async (s) => String(await s.outbox.mailOf(mine.outbox))],
  'outbox.change': [(s) => s.outbox.change(mine.outbox, ['queued'], { state: 'sent', settled_at: NOW })],
  'outbox.remove': [(s) => s.outbox.remove(mine.outbox, ['leaving'])],
  'outbox.toTry': [(s) => s.outbox.toTry(mine.account, NOW)],
  'outbox.waiting': [(s) => s.outbox.waiting(mine.account)],
  'outbox.holdBack': [(s) => s.outbox.holdBack(mine.account, NOW + 9, 'held')],
  'outbox.hasten': [
    async (s) => [await s.outbox.holdBack(mine.account, NOW + 9, 'held'), await s.outbox.hasten(mine.account, NOW)],
  ],
  'outbox.unseen': [(s) => s.outbox.unseen(mine.account)],
  'outbox.isTaken': [
    async (s) => s.outbox.isTaken('m-1', (await s.outbox.find(mine.outbox))!),
    async (s) => s.outbox.isTaken('m-1', (await s.outbox.find('out-m-sent' as OutboxId))!),
  ],

  'links.add': [(s) => s.links.add(link('m', 9))],
  'links.find': [
    (s) => s.links.find('id', 'lnk-m-1'),
    (s) => s.links.find('secret_hash', 'secret-m-1'),
    (s) => s.links.find('state_hash', 'state-m-1'),
  ],
  'links.bind': [(s) => s.links.bind('lnk-m-1', 'browser'), (s) => s.links.bind('lnk-m-2', 'another')],
  'links.hold': [(s) => s.links.hold('lnk-m-1', { state_hash: null, wrapped_key: 'w', sealed: 's' })],
  'links.takeState': [
    (s) => s.links.takeState('lnk-m-1', 'state-m-1'),
    (s) => s.links.takeState('lnk-m-1', 'state-b-1'),
  ],
  'links.countTry': [(s) => s.links.countTry('lnk-m-1', 5)],
  'links.settle': [(s) => s.links.settle('lnk-m-1', 'connected', mine.account)],
  'links.of': [(s) => s.links.of(mine.user)],
  'links.remove': [(s) => s.links.remove('lnk-m-1')],
  'links.wipe': [(s) => s.links.wipe('lnk-m-1')],
  'links.agents': [(s) => s.links.agents(mine.user, null), (s) => s.links.agents(mine.user, [mine.profile])],

  'serviceKeys.add': [
    (s) =>
      s.serviceKeys.add({
        id: 'key-m-9',
        key_hash: 'h',
        name: 'n',
        user_id: mine.user,
        can: 'mail',
        created_at: NOW,
        expires_at: null,
        last_used_at: null,
      }),
  ],
  'serviceKeys.find': [(s) => s.serviceKeys.find('id', mine.key), (s) => s.serviceKeys.find('key_hash', 'keyhash-m')],
  'serviceKeys.setLastUsed': [(s) => s.serviceKeys.setLastUsed(mine.key, NOW)],
  'serviceKeys.removeOf': [(s) => s.serviceKeys.removeOf(mine.user)],
  'serviceKeys.remove': [(s) => s.serviceKeys.remove(mine.key)],

  'logins.person': [
    (s) => s.logins.person('id', mine.person),
    (s) => s.logins.person('user_id', mine.user),
    (s) => s.logins.person('login', 'm@login.example'),
  ],
  'logins.personOf': [(s) => s.logins.personOf(personRow('m'))],
  'logins.passkeys': [(s) => s.logins.passkeys(mine.person)],
  'logins.addPasskey': [(s) => s.logins.addPasskey(passkey('m', 9))],
  'logins.passkey': [(s) => s.logins.passkey('cred-m')],
  'logins.passkeyUsed': [(s) => s.logins.passkeyUsed({ ...passkey('m', 1), id: 'pky-m', counter: 0 }, 1, NOW)],
  'logins.renamePasskey': [
    (s) => s.logins.renamePasskey(mine.person, 'pky-m', 'New'),
    (s) => s.logins.renamePasskey(mine.person, 'pky-b', 'New'),
  ],
  'logins.removePasskey': [
    (s) => s.logins.removePasskey(mine.person, 'pky-m'),
    (s) => s.logins.removePasskey(mine.person, 'pky-b'),
  ],
  'logins.setLogin': [
    (s) => s.logins.setLogin(mine.person, 'm@login.example', 'new'),
    (s) => s.logins.setLogin(mine.person, 'm2@login.example', 'new'),
  ],
  'logins.removeUser': [(s) => s.logins.removeUser(mine.user)],
  'logins.addSession': [
    (s) => s.logins.addSession(session('m', 9)),
    (s) => s.logins.addSession(session('m', 9), personRow('m').password_hash),
    (s) => s.logins.addSession(session('m', 9), personRow('b').password_hash),
  ],
  'logins.session': [(s) => s.logins.session('id', 'ses-m-1'), (s) => s.logins.session('secret_hash', 'cookie-m-1')],
  'logins.sessions': [(s) => s.logins.sessions(mine.person, NOW, 0)],
  'logins.setLastUsed': [(s) => s.logins.setLastUsed('ses-m-1', NOW + 1)],
  'logins.removeSessions': [
    (s) => s.logins.removeSessions(mine.person, { only: 'ses-m-1' }),
    (s) => s.logins.removeSessions(mine.person, { only: 'ses-b-1' }),
    (s) => s.logins.removeSessions(mine.person, { but: 'ses-m-1' }),
    (s) => s.logins.removeSessions(mine.person, { but: null }),
  ],
  'logins.addLink': [(s) => s.logins.addLink(signInLink('m', 9))],
  'logins.link': [(s) => s.logins.link('sign-in-m-1')],
  'logins.takeLink': [(s) => s.logins.takeLink('sign-in-m-1')],
  'logins.removeLinks': [(s) => s.logins.removeLinks(mine.user)],

  'oauth.put': [(s) => s.oauth.put(oauthRow('m', 'AccessToken')), (s) => s.oauth.put(oauthRow('m', 'Grant'))],
  'oauth.find': [(s) => s.oauth.find('AccessToken', 'oau-m')],
  'oauth.consume': [(s) => s.oauth.consume('RefreshToken', 'oau-m', NOW)],
  'oauth.remove': [(s) => s.oauth.remove('AccessToken', 'oau-m')],
  'oauth.removeOfGrant': [(s) => s.oauth.removeOfGrant('AccessToken', 'grant-m-bot')],

  'activity.add': [
    (s) => s.activity.add(NOW, [{ of: mine.account, mails: 1, units: 1 }]),
    (s) => s.activity.add(NOW, [{ of: 'acc-of-nobody', mails: 1, units: 1 }]),
  ],
  'activity.calls': [(s) => s.activity.calls(STRETCH)],
  'activity.latency': [(s) => s.activity.latency(STRETCH)],
  'activity.accounts': [(s) => s.activity.accounts(STRETCH)],
  'activity.sends': [(s) => s.activity.sends(STRETCH)],

  'erasures.outboxOf': [async (s) => s.erasures.outboxOf(mine.account)],
  'erasures.count': [(s) => s.erasures.count(mine.user)],
  'erasures.clear': [(s) => s.erasures.clear(mine.user)],

  'audit.forget': [(s) => s.audit.forget(mine.user)],
  'audit.list': [
    // Where in the chain a row stands depends on everybody.
    async (s) => (await s.audit.list({ userId: mine.user }, 50)).map(({ seq: _, hash: __, ...row }) => row),
  ],
};

/** What is for the whole house, by design: the operator's lists, the upkeep, and what has to look at everybody to answer. */
export const OF_THE_HOUSE: Readonly<Record<string, string>> = {
  'control.close': 'no row',
  'control.foldLog': 'no row',
  'outbox.counts': 'for the operator: how much waits',
  'audit.hashOf': 'no row',
  'audit.forgot': 'no row',
  'erasures.guard': 'no row',
  'erasures.begin': 'the operator’s, one at a time',
  'erasures.unfinished': 'at the start',
  'erasures.save': 'the operator’s, one at a time',
  'erasures.finish': 'the operator’s, one at a time',
  'erasures.last': 'the operator’s, one at a time',
  'erasures.forget': 'upkeep by time',
  'erasures.knows': 'no person’s row',
  'users.list': 'the operator’s list of everybody',
  'sealed.tables': 'no row',
  'sealed.keyIds': 'which keys of the ring are needed',
  'sealed.counts': 'which keys of the ring are needed',
  'sealed.under': 'a new key for everybody',
  'sealed.rewrap': 'a new key for everybody',
  'sealed.noteKeys': 'no person’s row',
  'sealed.keysSince': 'no person’s row',
  'control.isAlive': 'whether the file answers',
  'control.dateRejections': 'upkeep at the start',
  'control.rejectedBefore': 'upkeep: whose copies are too old',
  'control.accountsAt': 'an address by the operator’s key, which acts for everybody',
  'control.usesGrant': 'whether a grant at Google is still needed by anybody',
  'profiles.removeSignInsExpiredBefore': 'upkeep by time',
  'activity.prune': 'upkeep by time',
  'activity.fold': 'upkeep by time',
  'oauth.keepClient': 'a client is everybody’s',
  'oauth.thinClients': 'a client is everybody’s',
  'oauth.sweep': 'upkeep by time',
  'profiles.removeTokensExpiredBefore': 'upkeep by time',
  'outbox.due': 'the outbox’s own clock',
  'outbox.nextAfter': 'the outbox’s own clock',
  'outbox.expecting': 'the outbox’s own look for copies',
  'outbox.recover': 'after a crash',
  'outbox.forget': 'upkeep by time',
  'links.left': 'upkeep by time',
  'links.waiting': 'upkeep at the end',
  'links.removeExpired': 'upkeep by time',
  'logins.hasOwner': 'whether the owner is still to come',
  'logins.removeExpired': 'upkeep by time',
  'serviceKeys.list': 'the operator’s list',
  'audit.begin': 'the chain is one',
  'audit.note': 'the chain is one',
  'audit.nameOf': 'no row',
  'audit.flush': 'the chain is one',
  'audit.end': 'the chain is one',
  'audit.prune': 'the chain is one',
  'audit.chains': 'the chain is one',
  'audit.addChain': 'the chain is one',
  'audit.verify': 'the chain is one',
};
