// One-time links that sign a person in: the owner's, printed at the start, and those that an app makes for its own people. Knows no
// page.
import { z } from 'zod';
import { OWNER } from '../auth/people.ts';
import { GROUPS } from '../auth/session.ts';
import { AppError, invalidInput } from '../base/errors.ts';
import type { UserId } from '../base/ids.ts';
import { type Context, type House, iso } from './context.ts';
import { optional, personId } from './input.ts';
import { localPath } from './local-path.ts';
import { isFresh, notFresh, signedIn } from './me.ts';

const OWNER_LINK_MS = 24 * 3_600_000;
const DEFAULT_SECONDS = 600;
const MOST_SECONDS = 24 * 3600;

export interface OwnerLink {
  readonly url: string;
  readonly expires_at: string;
}

/** While no owner has a way back in: a new link to become the owner. The one before counts no more. */
export async function ownerLink(house: House): Promise<OwnerLink | null> {
  if (await house.control.logins.hasOwner()) return null;
  await house.control.logins.removeLinks(OWNER);
  return linkFor(house, OWNER, null, OWNER_LINK_MS);
}

export const signInLinkInput = z.object({
  user_id: personId('Whom it signs in: your own id of the person.'),
  expires_in: z.coerce.number().int().min(1).max(MOST_SECONDS).default(DEFAULT_SECONDS).describe('Seconds.'),
  to: optional('Where the browser goes afterwards: a path here.', 2000),
});
export const signInLinkShape = z.object({ url: z.string(), expires_at: z.string() });

/** Whoever opens it and says yes is signed in as that person, once. */
export async function makeSignInLink(
  ctx: Context,
  { user_id, expires_in, to }: z.output<typeof signInLinkInput>,
): Promise<z.output<typeof signInLinkShape>> {
  const { narrow, person } = ctx.session.kind === 'service' ? ctx.session : {};
  // Nobody gives what he has not: a person may do everything with his own things, and the owner with everybody's.
  if (narrow && (user_id === OWNER || GROUPS.some((each) => !narrow.can.has(each))))
    throw new AppError('forbidden', 'Whoever signs in with such a link could do more than this key.', {
      hint: 'It takes a key for accounts, profiles and mail; for the owner, the operator’s own.',
    });
  // Whoever comes by a link has just signed in, so an old session must not make one for itself.
  const who = person && (await signedIn(ctx));
  if (who?.person.userId === user_id && !isFresh(ctx, who)) throw notFresh();
  const path = to === undefined ? null : localPath(ctx, to);
  if (to !== undefined && path === null)
    throw invalidInput('to', 'to must be a path on this server.', 'For example /connect.');
  return linkFor(ctx, user_id as UserId, path, expires_in * 1000);
}

async function linkFor(house: House, user: UserId, path: string | null, lifeMs: number): Promise<OwnerLink> {
  const secret = await house.people.makeLink(user, path, house.now(), lifeMs);
  return { url: `${house.addresses().public}/sign-in/${secret}`, expires_at: iso(house.now() + lifeMs) };
}
