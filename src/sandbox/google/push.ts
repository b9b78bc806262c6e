// Watches, and what Pub/Sub posts to the one that subscribed: a signed token and a hint. Knows no method of the API.
import type { HistoryRecord } from '../mail-history.ts';
import type { PretendUser } from '../user.ts';
import type { Clock } from './settings.ts';
import { SigningKey } from './signing-key.ts';

export interface Subscription {
  /** Where Pub/Sub posts to. */
  readonly url: string;
  /** `aud` of its token. */
  readonly audience: string;
  /** `email` of its token; default: one of the pretend project. */
  readonly serviceAccount?: string;
}

/** What is to be wrong with a push, so that somebody can refuse it. */
export interface Forgery {
  /** Instead of, or beside, the right claims. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Signed by a key that nobody knows, under the id of the right one. */
  readonly foreignKey?: boolean;
  /** No token at all. */
  readonly withoutToken?: boolean;
  /** Instead of the body that Pub/Sub posts. */
  readonly body?: unknown;
}

interface Watch {
  readonly topicName: string;
  readonly expiresAt: number;
  readonly fits: (record: HistoryRecord) => boolean;
}

const WATCH_MS = 7 * 24 * 60 * 60_000;
const PATIENCE_MS = 10_000;
export const SERVICE_ACCOUNT = 'gmail-push@pretend-project.iam.gserviceaccount.com';

export class Push {
  /** Null: nobody subscribed, and hints go nowhere. */
  subscription: Subscription | null = null;
  /** Each post and the status of its answer; 0 without one. */
  readonly deliveries: { readonly email: string; readonly status: number }[] = [];
  readonly #key: SigningKey;
  readonly #clock: Clock;
  readonly #watches = new Map<string, Watch>();
  readonly #heard = new Set<string>();
  readonly #due = new Set<string>();
  readonly #foreign = new SigningKey();
  #serial = 0;

  constructor(key: SigningKey, clock: Clock) {
    this.#key = key;
    this.#clock = clock;
  }

  /** Who is watched now, by address. */
  get watches(): ReadonlyMap<string, { readonly topicName: string; readonly expiresAt: number }> {
    return this.#watches;
  }

  /** Begins or renews a watch; null when another topic has one. */
  watch(user: PretendUser, topicName: string, fits: Watch['fits']): { readonly expiresAt: number } | null {
    const known = this.#watches.get(user.email);
    if (known && known.topicName !== topicName && known.expiresAt > this.#clock.now()) return null;
    const expiresAt = this.#clock.now() + WATCH_MS;
    this.#watches.set(user.email, { topicName, expiresAt, fits });
    if (!this.#heard.has(user.email)) {
      this.#heard.add(user.email);
      user.history.onRecord((record) => this.#note(user, record));
    }
    return { expiresAt };
  }

  stop(email: string): void {
    this.#watches.delete(email);
  }

  /** Posts one hint now, right or forged, whether there is a watch or not; the status of the answer, 0 without one. */
  async send(user: PretendUser, forgery: Forgery = {}): Promise<number> {
    const status = this.subscription ? await this.#post(user, this.subscription, forgery) : 0;
    this.deliveries.push({ email: user.email, status });
    return status;
  }

  #note(user: PretendUser, record: HistoryRecord): void {
    const watch = this.#watches.get(user.email);
    if (!this.subscription || !watch || watch.expiresAt <= this.#clock.now() || !watch.fits(record)) return;
    // Many changes at once make one hint.
    if (this.#due.has(user.email)) return;
    this.#due.add(user.email);
    setImmediate(() => {
      this.#due.delete(user.email);
      void this.send(user);
    });
  }

  async #post(user: PretendUser, { url, audience, serviceAccount }: Subscription, forgery: Forgery): Promise<number> {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: 'https://accounts.google.com',
      aud: audience,
      azp: '113774264463038321964',
      sub: '113774264463038321964',
      email: serviceAccount ?? SERVICE_ACCOUNT,
      email_verified: true,
      iat: now,
      exp: now + 3600,
      ...forgery.claims,
    };
    const key = forgery.foreignKey ? this.#foreign : this.#key;
    const authorization = `Bearer ${key.sign(claims, this.#key.id)}`;
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(!forgery.withoutToken && { authorization }) },
      body: JSON.stringify(forgery.body ?? this.#body(user)),
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE_MS),
    }).catch(() => null);
    await response?.body?.cancel();
    return response?.status ?? 0;
  }

  #body(user: PretendUser): object {
    const serial = ++this.#serial;
    // The id has been seen as a string and as a number.
    const historyId = serial % 2 === 1 ? `"${user.history.latest}"` : String(user.history.latest);
    const data = `{"emailAddress":${JSON.stringify(user.email)},"historyId":${historyId}}`;
    const [messageId, publishTime] = [`${7_000_000_000_000_000 + serial}`, new Date().toISOString()];
    return {
      message: {
        data: Buffer.from(data).toString('base64'),
        messageId,
        message_id: messageId,
        publishTime,
        publish_time: publishTime,
      },
      subscription: 'projects/pretend-project/subscriptions/gmail-push',
    };
  }
}
