// Keeps what oidc-provider wants kept: as sealed rows, under hashes of ids that are secrets. Knows no request.
import type { Adapter, AdapterPayload } from 'oidc-provider';
import type { OAuthRow, OAuthRows } from '../store/oauth-rows.ts';
import { hashOf } from './profile-tokens.ts';

/** A secret as it lies in a row. */
interface Sealed {
  readonly wrappedKey: string;
  readonly sealed: string;
}
interface Binding {
  readonly table: string;
  readonly rowId: string;
  readonly field: string;
}

/** What seals; it is given from above. */
export interface Seals {
  readonly seal: (secret: string, binding: Binding) => Sealed;
  readonly open: (sealed: Sealed, binding: Binding) => string;
}

export interface KeptBy extends Seals {
  readonly rows: OAuthRows;
  readonly now: () => number;
  /** A refresh token was given out: the sign-in lasts until then. */
  readonly lasts: (grantHash: string, until: number) => Promise<void>;
  /** The sign-in is over, by whatever. */
  readonly end: (grantHash: string) => Promise<void>;
  /** What a token that was used up already is answered with. */
  readonly usedUp: () => Error;
}

/** A client that nobody has let in by then is forgotten. */
const CLIENT_MS = 7 * 24 * 3_600_000;
const MOST_UNKNOWN_CLIENTS = 5000;
/** A client may ask twice with one refresh token: several of its windows at once, or again when the answer was lost. */
const REFRESHES_AGAIN_MS = 30_000;

export class OAuthAdapter implements Adapter {
  readonly #kind: string;
  readonly #by: KeptBy;

  constructor(kind: string, by: KeptBy) {
    this.#kind = kind;
    this.#by = by;
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    // Who is signed in is known by the person's own session, and asked each time.
    if (this.#kind === 'Session') return;
    const { rows, now, lasts, seal } = this.#by;
    const own = this.#id(id);
    const grant = this.#kind === 'Grant' ? own : payload.grantId ? hashOf(payload.grantId) : null;
    const { wrappedKey, sealed } = seal(JSON.stringify(payload), this.#binding(own));
    const until = now() + (expiresIn === undefined ? CLIENT_MS : expiresIn * 1000);
    const row = { kind: this.#kind, id: own, wrapped_key: wrappedKey, sealed, grant_hash: grant };
    await rows.put({ ...row, created_at: now(), expires_at: until });
    if (this.#kind === 'RefreshToken' && grant !== null) await lasts(grant, until);
    if (this.#kind === 'Client') await rows.thinClients(MOST_UNKNOWN_CLIENTS);
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    return this.findByHash(this.#id(id));
  }

  /** By what the id is kept as. */
  async findByHash(own: string): Promise<AdapterPayload | undefined> {
    const row = await this.#by.rows.find(this.#kind, own);
    if (!row || (this.#kind !== 'Client' && row.expires_at <= this.#by.now())) return undefined;
    return this.#opened(row);
  }

  async findByUid(): Promise<undefined> {
    return undefined;
  }

  async findByUserCode(): Promise<undefined> {
    return undefined;
  }

  /** Once; who comes with it later, or with a code at the same moment, ends the sign-in, since one of the two stole it. */
  async consume(id: string): Promise<void> {
    const { rows, now, end, usedUp } = this.#by;
    const own = this.#id(id);
    if (await rows.consume(this.#kind, own, now())) return;
    const row = await rows.find(this.#kind, own);
    if (row && !this.#isUsedUp(row)) return;
    if (row?.grant_hash) await end(row.grant_hash);
    throw usedUp();
  }

  async destroy(id: string): Promise<void> {
    const own = this.#id(id);
    if (this.#kind === 'Grant') await this.#by.end(own);
    await this.#by.rows.remove(this.#kind, own);
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    await this.#by.rows.removeOfGrant(this.#kind, hashOf(grantId));
  }

  #opened(row: OAuthRow): AdapterPayload {
    const { id, wrapped_key: wrappedKey, sealed, consumed_at } = row;
    const payload = JSON.parse(this.#by.open({ wrappedKey, sealed }, this.#binding(id))) as AdapterPayload;
    return this.#isUsedUp(row) ? { ...payload, consumed: Math.floor(Number(consumed_at) / 1000) } : payload;
  }

  #isUsedUp({ consumed_at: at }: OAuthRow): boolean {
    if (at === null || this.#kind === 'Client') return false;
    return this.#kind !== 'RefreshToken' || at + REFRESHES_AGAIN_MS <= this.#by.now();
  }

  #id(id: string): string {
    return this.#kind === 'Client' ? id : hashOf(id);
  }

  #binding(own: string): Binding {
    return { table: 'oauth_rows', rowId: `${this.#kind} ${own}`, field: 'sealed' };
  }
}
