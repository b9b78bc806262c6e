// Opaque page tokens: bound to what was asked, good for a day, not to be made up. Pure but for the key.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { invalidInput } from '../base/errors.ts';

const LIFE_MS = 24 * 3_600_000;
/** Age is counted in these. */
const MINUTE_MS = 60_000;
const HEAD_BYTES = 4;
/** Of the signature, which nobody can try out faster than we answer. */
const SIGNED_BYTES = 12;
const NUMBER_BYTES = 8;
const LARGEST_NUMBER = 2n ** 64n - 1n;

/** Mints and reads tokens that carry a place in a list, in few characters: a model pays for each. */
export class PageTokens {
  readonly #key: Buffer;
  readonly #caller: string;

  constructor(key: Buffer, caller = '') {
    this.#key = key;
    this.#caller = caller;
  }

  /** Those of one caller, which nobody else can go on with. */
  boundTo(caller: string): PageTokens {
    return new PageTokens(this.#key, caller);
  }

  /** `scope`: everything that makes the list what it is (verb, account, query). */
  mint(scope: readonly string[], place: string, now: number): string {
    const number = /^(?:0|[1-9]\d{0,19})$/.test(place) && BigInt(place) <= LARGEST_NUMBER ? BigInt(place) : null;
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeUInt32BE(Math.floor(now / MINUTE_MS) * 2 + (number === null ? 1 : 0));
    const body = number === null ? Buffer.from(place) : Buffer.alloc(NUMBER_BYTES);
    if (number !== null) body.writeBigUInt64BE(number);
    return Buffer.concat([head, body, this.#sign(scope, head, body)]).toString('base64url');
  }

  /** The place, or null when there is no token. Throws `invalid_input` for one that is old, foreign or made up. */
  read(scope: readonly string[], token: string | undefined, now: number): string | null {
    if (!token) return null;
    const bytes = Buffer.from(token, 'base64url');
    const end = Math.max(HEAD_BYTES, bytes.length - SIGNED_BYTES);
    const [head, body, signature] = [
      bytes.subarray(0, HEAD_BYTES),
      bytes.subarray(HEAD_BYTES, end),
      bytes.subarray(end),
    ];
    const isOurs = signature.length === SIGNED_BYTES && timingSafeEqual(this.#sign(scope, head, body), signature);
    if (!isOurs || bytes.toString('base64url') !== token)
      throw invalidInput(
        'cursor',
        'This cursor or page token belongs to another question, or was not given out here.',
        'Start again without one.',
      );
    const told = head.readUInt32BE();
    if (now - Math.floor(told / 2) * MINUTE_MS > LIFE_MS)
      throw invalidInput('cursor', 'This cursor or page token is older than a day.', 'Start again without one.');
    return told % 2 === 1 ? body.toString() : String(body.readBigUInt64BE());
  }

  #sign(scope: readonly string[], head: Buffer, body: Buffer): Buffer {
    return createHmac('sha256', this.#key)
      .update(JSON.stringify([this.#caller, ...scope]))
      .update('\n')
      .update(head)
      .update(body)
      .digest()
      .subarray(0, SIGNED_BYTES);
  }
}
