// The composition root: the only place where the big parts are made and tied together.
import { hkdfSync } from 'node:crypto';
import { auditKeys, brokenSeals } from '../accounts/audit-key.ts';
import { GoogleOAuth } from '../accounts/google.ts';
import { KeyRotation } from '../accounts/key-rotation.ts';
import { AccountOpener } from '../accounts/open.ts';
import { keepEnded } from '../actions/consent.ts';
import { type Admit, admission, type House } from '../actions/context.ts';
import { DraftTurns } from '../actions/draft-turns.ts';
import { Erasures } from '../actions/erasure.ts';
import { InboxMarks } from '../actions/inbox-marks.ts';
import { PageTokens } from '../actions/page-token.ts';
import { type OwnerLink, ownerLink } from '../actions/sign-in-links.ts';
import { startUpkeep } from '../actions/upkeep.ts';
import { AuthorizationServer } from '../auth/authorization-server.ts';
import { Guesses } from '../auth/guesses.ts';
import { Passkeys } from '../auth/passkeys.ts';
import { People } from '../auth/people.ts';
import { ProfileTokens } from '../auth/profile-tokens.ts';
import { PushGate } from '../auth/push-token.ts';
import { Resources } from '../auth/resources.ts';
import { ServiceKeys } from '../auth/service-keys.ts';
import { Gate } from '../auth/session.ts';
import { createLogger } from '../base/log.ts';
import { type Config, isLoopback } from '../config.ts';
import { createApp } from '../http/app.ts';
import { EventLog } from '../http/event-log.ts';
import { HostGuard } from '../http/guard.ts';
import { listen } from '../http/listen.ts';
import { Metrics } from '../http/metrics.ts';
import { createMcpDoor } from '../mcp/door.ts';
import { gmailOffer } from '../mcp/gmail-offer.ts';
import { mailroomOffer } from '../mcp/mailroom-offer.ts';
import type { Offer } from '../mcp/offer.ts';
import { ControlStore } from '../store/control.ts';
import { databaseBytes } from '../store/database-size.ts';
import { DataLock } from '../store/lock.ts';
import { MailboxReaders } from '../store/mailbox-readers.ts';
import { ActivityMeter } from '../sync/activity-meter.ts';
import { ChangeFeed } from '../sync/change-feed.ts';
import { SyncEngine } from '../sync/engine.ts';
import { Extractor } from '../sync/extractor.ts';
import { Outbox } from '../sync/outbox.ts';
import { ImportPool } from '../sync/pool.ts';
import { shownHost } from './address.ts';
import { gmailServer } from './gmail-server.ts';
import { keyRing, openVault, serviceKeys } from './keys.ts';
import { VERSION } from './version.ts';

export interface Running {
  readonly url: string;
  /** The address for programs of this machine. */
  readonly local: string;
  readonly gate: Gate;
  readonly admit: Admit;
  /** A new link to become the owner; null when there is one. */
  ownerLink(): Promise<OwnerLink | null>;
  /** Ends sync and doors in order; nothing at hand is lost. */
  stop(): Promise<void>;
}

export interface StartOptions {
  /** Offered over MCP beside what is Mailroom's own. */
  readonly more?: readonly Offer[];
  /** The folder's lock, when it has been taken already. */
  readonly lock?: DataLock;
  /** Callers are answered, and nothing is synced or sent. */
  readonly idle?: boolean;
}

/** Starts everything; resolves once callers can be answered. */
export async function start(
  config: Config,
  { more = [], lock: taken, idle = false }: StartOptions = {},
): Promise<Running> {
  // The copy of the mail is not sealed, and DATA_DIR may be a folder that others can enter.
  process.umask(0o077);
  const log = createLogger(config.logLevel);
  const lock = taken ?? DataLock.take(config.dataDir);
  try {
    const control = await ControlStore.open(config.dataDir);
    const vault = await openVault(config, control, brokenSeals(control.audit, Date.now));
    const keys = serviceKeys(config);
    await control.audit.begin({
      ...(await auditKeys(vault, control.audit)),
      now: Date.now,
      onFailure: (err) => log.error({ err }, 'the disk did not take rows of the audit; they wait'),
    });
    const google = config.google && new GoogleOAuth(config.google);
    const opener: AccountOpener = new AccountOpener({
      control,
      vault,
      imap: config.imap,
      smtp: config.smtp,
      google,
      gmail: config.google && gmailServer(config.google, (email, units) => meter.spent(email, units)),
      onRefused: (account, error, sealed) => sync.reject(account, error, sealed),
      log,
    });
    const pool = new ImportPool(log);
    const extractor = new Extractor(log);
    const mailboxes = new MailboxReaders(config.dataDir, { mayMigrate: true });
    const feed = new ChangeFeed(log);
    const meter = new ActivityMeter(control.activity, feed, Date.now);
    const sync: SyncEngine = new SyncEngine({
      control,
      opener,
      pool,
      mailboxes,
      dataDir: config.dataDir,
      background: config.backgroundPolling,
      pollIntervalMs: config.pollIntervalMs,
      log,
      feed,
    });
    const outbox: Outbox = new Outbox({
      rows: control.outbox,
      openSender: (account) => opener.openSender(account),
      look: (account) => sync.look(account, undefined, true),
      findSent: (account, sought) => mailboxes.of(account)?.sentCopies(sought) ?? [],
      now: Date.now,
      log,
      onChange: (id) => {
        const told = async (): Promise<void> => {
          const row = await control.outbox.find(id);
          const account = row && (await control.account(row.account_id));
          if (account)
            feed.tell({ kind: 'outbox', account: account.id, user: account.user_id, outbox: id, state: row.state });
        };
        told().catch((err: unknown) => log.error({ err }, 'a change of the outbox could not be told'));
      },
    });
    feed.listen(({ kind, account }) => kind === 'mail' && outbox.noticed(account));
    await outbox.recover();
    let url = '';
    const metrics = new Metrics(VERSION);
    let guard = new HostGuard(config, config.port);
    const resources = new Resources(() => guard.bases);
    const profileTokens = new ProfileTokens(control.profiles, log);
    const keyRotation = new KeyRotation(vault, control.sealed, keyRing(config));
    await keyRotation.note();
    const house: House = {
      control,
      mailboxes,
      narrowed: (sight) => mailboxes.narrowed(sight, Date.now),
      sync,
      outbox,
      feed,
      meter,
      opener,
      extractor,
      tokens: new PageTokens(Buffer.from(hkdfSync('sha256', keys[0]!, '', 'mailroom page tokens', 32))),
      profileTokens,
      authorization: new AuthorizationServer({
        rows: control.oauth,
        profiles: control.profiles,
        profileTokens,
        resources,
        seal: (secret, binding) => vault.seal(secret, binding),
        open: (sealed, binding) => vault.open(sealed, binding),
        cookieKey: Buffer.from(hkdfSync('sha256', keys[0]!, '', 'mailroom consent cookies', 32)).toString('base64url'),
        url: () => url,
        now: Date.now,
        log,
        onEnded: (signIn) => keepEnded(control, signIn, Date.now()),
      }),
      serviceKeys: new ServiceKeys(control.serviceKeys, log),
      people: new People(control.logins, log),
      passkeys: new Passkeys(() => url),
      guesses: new Guesses(),
      inbox: new InboxMarks(control),
      erasures: new Erasures(),
      keyRotation,
      draftTurns: new DraftTurns(),
      connecting: { google, vault, returnToOrigins: config.returnToOrigins },
      allowSharedAddress: config.allowSharedAddress,
      readableMs: Math.min(config.reauthGraceMs, config.deleteAfterMs ?? Number.POSITIVE_INFINITY),
      defaultPermissions: config.defaultPermissions,
      sendLimits: config.sendLimits,
      addresses: () => ({ public: url, internal: config.internalUrl }),
      system: { version: VERSION, startedAt: Date.now(), databaseBytes: () => databaseBytes(config.dataDir) },
      now: Date.now,
      onCalled: metrics.called,
    };
    const admit = admission(house);
    const gate = new Gate(keys, house.profileTokens, house.serviceKeys, house.authorization);
    const mcp = createMcpDoor({
      offers: [mailroomOffer(admit, log), ...more],
      version: VERSION,
      log,
      now: house.now,
    });
    const gmail = createMcpDoor({ offers: [gmailOffer(admit, log)], version: VERSION, log, now: house.now });
    const events = new EventLog(house);
    const app = createApp({
      house,
      admit,
      events,
      metrics,
      resources,
      gate,
      guard: () => guard,
      mcp,
      gmail,
      url: () => url,
      googleOrigin: config.google && new URL(config.google.authUrl).origin,
      pushGate:
        config.google &&
        new PushGate(config.google.jwksUrl, () => config.google?.pubsubAudience ?? `${url}/push/gmail`),
      version: VERSION,
      trustProxy: config.trustProxy,
      log,
    });
    const listening = await listen(app, config.host, config.port);
    guard = new HostGuard(config, listening.port);
    url = config.publicUrl ?? `http://${shownHost(config.host)}:${listening.port}`;
    // Those who look into the lock are on this machine.
    const local = isLoopback(config.host) ? `http://${shownHost(config.host)}:${listening.port}` : url;
    lock.announce(local);
    if (!idle) {
      for (const account of await control.accounts()) if (account.status === 'active') sync.start(account);
      outbox.start();
    }
    const endUpkeep = startUpkeep(house, { meter, deleteAfterMs: config.deleteAfterMs, log });
    await house.erasures.resume(house, log);
    if (!idle) void pool.warm();
    return {
      url,
      local,
      gate,
      admit,
      ownerLink: () => ownerLink(house),
      async stop() {
        events.close();
        // Callers may wait for a mail that is under way, so all end side by side.
        await Promise.all([listening.close(), mcp.close(), gmail.close(), outbox.stop()]);
        await endUpkeep();
        await Promise.all([house.erasures.quiet(), house.keyRotation.quiet()]);
        await sync.stopAll();
        await meter.end();
        await pool.stop();
        await extractor.stop();
        mailboxes.close();
        await control.audit.end();
        await control.close();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}
