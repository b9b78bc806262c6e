// What a connect link holds between two steps of the person: sealed in its row, wiped with it. Knows no page.
import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '../base/errors.ts';
import type { ConnectRow } from '../store/connect-rows.ts';
import type { House } from './context.ts';

const asked = z.object({
  step: z.literal('asked'),
  /** PKCE. */
  verifier: z.string(),
  /** Of the link, so that the way back from Google leads to its page. */
  secret: z.string(),
});
const waiting = z.object({
  step: z.literal('waiting'),
  refreshToken: z.string(),
  sub: z.string(),
  email: z.string(),
  scopes: z.array(z.string()),
});
const held = z.discriminatedUnion('step', [asked, waiting]);
type Held = z.output<typeof held>;
/** A grant that waits for the person's word. */
export type HeldGrant = z.output<typeof waiting>;

/** 256 random bits. */
export const newSecret = (): string => randomBytes(32).toString('base64url');

/** What is kept of a secret. */
export const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');

const binding = (id: string) => ({ table: 'connect_links', rowId: id, field: 'held' });

/** Seals it in the row, in the place of what was there; false when the link has ended. */
export function hold(house: House, id: string, what: Held, state?: string): Promise<boolean> {
  const { wrappedKey, sealed } = house.connecting.vault.seal(JSON.stringify(what), binding(id));
  const stateHash = state === undefined ? null : hashOf(state);
  return house.control.links.hold(id, { state_hash: stateHash, wrapped_key: wrappedKey, sealed });
}

/** What the row holds; null when nothing, or nothing that opens any more. */
export function readHeld(house: House, { id, wrapped_key, sealed }: ConnectRow): Held | null {
  if (wrapped_key === null || sealed === null) return null;
  try {
    return held.parse(JSON.parse(house.connecting.vault.open({ wrappedKey: wrapped_key, sealed }, binding(id))));
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}
