// Who is asking. A token becomes a session once, at the door; nothing below asks again.
import { createHash, timingSafeEqual } from 'node:crypto';
import { AppError } from '../base/errors.ts';
import type { ProfileId, UserId } from '../base/ids.ts';

export type Permission = 'read' | 'draft' | 'send';

/** The operator's own key: acts for every user. */
export interface ServiceSession {
  readonly kind: 'service';
  /** Which key it came with: the same for each of its requests, and not the key. */
  readonly id: string;
}

/** A profile's token: acts for one user and one profile. */
export interface ProfileSession {
  readonly kind: 'profile';
  /** The token's id, which is not the token. */
  readonly id: string;
  readonly userId: UserId;
  readonly profileId: ProfileId;
  readonly permissions: ReadonlySet<Permission>;
}

export type Session = ServiceSession | ProfileSession;

const BAD_KEYS_A_MINUTE = 20;

/** Turns `Authorization: Bearer …` into a session; slows down those who guess. */
export class Gate {
  readonly #hashes: readonly Buffer[];
  readonly #bad = new Map<string, { count: number; until: number }>();

  constructor(serviceKeys: readonly string[]) {
    this.#hashes = serviceKeys.map(hash);
  }

  /** Throws `unauthenticated`, or `rate_limited` after 20 bad keys in a minute from one address. */
  enter(authorization: string | undefined, address: string, now: number): Session {
    const bad = this.#bad.get(address);
    if (bad && bad.until > now && bad.count >= BAD_KEYS_A_MINUTE)
      throw new AppError('rate_limited', 'Too many wrong keys from this address.', {
        hint: 'Wait a minute.',
        retryAt: bad.until,
      });
    const key = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    const given = hash(key ?? '');
    if (key && this.#hashes.filter((known) => timingSafeEqual(known, given)).length > 0)
      return { kind: 'service', id: given.toString('base64url') };
    if (key) this.#remember(address, now);
    throw new AppError('unauthenticated', key ? 'This key is not known here.' : 'A key is needed.', {
      hint: 'Send `Authorization: Bearer <service key>`. The key lies in service.key under KEY_DIR on the server, or in its MAILROOM_SERVICE_KEY; `mailroom key show` prints it.',
    });
  }

  #remember(address: string, now: number): void {
    const bad = this.#bad.get(address);
    if (bad && bad.until > now) bad.count++;
    else {
      if (this.#bad.size > 10_000) this.#bad.clear();
      this.#bad.set(address, { count: 1, until: now + 60_000 });
    }
  }
}

const hash = (key: string): Buffer => createHash('sha256').update(key).digest();
