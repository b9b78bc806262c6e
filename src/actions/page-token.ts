// Opaque page tokens: bound to what was asked, good for a day, not to be made up. Pure but for the key.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { invalidInput } from '../base/errors.ts';

const LIFE_MS = 24 * 3_600_000;

/** Mints and reads tokens that carry a place in a list. */
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
    const body = Buffer.from(JSON.stringify([place, now, this.#digest(scope)])).toString('base64url');
    return `${body}.${this.#sign(body)}`;
  }

  /** The place, or null when there is no token. Throws `invalid_input` for one that is old, foreign or made up. */
  read(scope: readonly string[], token: string | undefined, now: number): string | null {
    if (!token) return null;
    const [body = '', signature = ''] = token.split('.');
    const expected = Buffer.from(this.#sign(body));
    const given = Buffer.from(signature);
    if (expected.length !== given.length || !timingSafeEqual(expected, given))
      throw invalidInput('cursor', 'This cursor was not given out here.', 'Start again without one.');
    const [place, at, asked] = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as [string, number, string];
    if (asked !== this.#digest(scope))
      throw invalidInput('cursor', 'This cursor belongs to another question.', 'Start again without one.');
    if (now - at > LIFE_MS)
      throw invalidInput('cursor', 'This cursor is older than a day.', 'Start again without one.');
    return place;
  }

  #digest(scope: readonly string[]): string {
    return createHash('sha256')
      .update(JSON.stringify([this.#caller, ...scope]))
      .digest('base64url')
      .slice(0, 16);
  }

  #sign(body: string): string {
    return createHmac('sha256', this.#key).update(body).digest('base64url').slice(0, 22);
  }
}
