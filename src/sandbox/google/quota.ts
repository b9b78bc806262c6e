// What Google's quotas still allow: units a minute of a person and of the project, and requests at once. Knows no method.
import { GoogleError } from './google-error.ts';
import type { Clock, GoogleSettings } from './settings.ts';

interface Bucket {
  units: number;
  at: number;
}

const CONSUMER = "of service 'gmail.googleapis.com' for consumer 'project_number:529107730412'.";
const PROJECT = '';

/** Buckets that fill up steadily, one for each person and one for the project. */
export class Quota {
  readonly #settings: GoogleSettings;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();
  readonly #running = new Map<string, number>();

  constructor(settings: GoogleSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  /** Takes the units, or says why not and takes none. */
  charge(email: string, units: number): GoogleError | null {
    const own = this.#bucket(email, this.#settings.unitsPerUserMinute);
    const all = this.#bucket(PROJECT, this.#settings.unitsPerProjectMinute);
    if (own.units < units) return exceeded(403, 'Queries per minute per user');
    if (all.units < units) return exceeded(429, 'Queries per minute');
    own.units -= units;
    all.units -= units;
    return null;
  }

  /** Counts a request in until `leave` is called; `crowded` when too many of this person are running already. */
  enter(email: string, inBatch: boolean): { readonly crowded: boolean; readonly leave: () => void } {
    const key = `${inBatch}\n${email}`;
    const running = (this.#running.get(key) ?? 0) + 1;
    this.#running.set(key, running);
    const most = inBatch ? this.#settings.concurrentParts : this.#settings.concurrentRequests;
    let left = false;
    return {
      crowded: running > most,
      leave: () => {
        if (!left) this.#running.set(key, this.#running.get(key)! - 1);
        left = true;
      },
    };
  }

  #bucket(key: string, perMinute: number): Bucket {
    const now = this.#clock.now();
    const bucket = this.#buckets.get(key) ?? { units: perMinute, at: now };
    this.#buckets.set(key, bucket);
    bucket.units = Math.min(perMinute, bucket.units + ((now - bucket.at) / 60_000) * perMinute);
    bucket.at = now;
    return bucket;
  }
}

function exceeded(code: 403 | 429, limit: string): GoogleError {
  return new GoogleError(code, `Quota exceeded for quota metric 'Queries' and limit '${limit}' ${CONSUMER}`, {
    reason: 'rateLimitExceeded',
    domain: 'usageLimits',
    status: code === 403 ? 'PERMISSION_DENIED' : 'RESOURCE_EXHAUSTED',
    details: [
      {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: 'RATE_LIMIT_EXCEEDED',
        domain: 'googleapis.com',
        metadata: { service: 'gmail.googleapis.com', quota_metric: 'gmail.googleapis.com/default_quota' },
      },
    ],
  });
}

export const tooManyAtOnce = (): GoogleError =>
  new GoogleError(429, 'Too many concurrent requests for user', { reason: 'rateLimitExceeded', domain: 'usageLimits' });
