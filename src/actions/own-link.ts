// How the person of an agent without an account connects one: a link of their own. Knows no page.
import { z } from 'zod';
import type { ProfileSession } from '../auth/session.ts';
import { AppError } from '../base/errors.ts';
import { awaitAccountId, createLink, type linkStatusInput, unknownLink } from './connect-links.ts';
import { type Call, type Context, findAccount } from './context.ts';
import { grantedAccounts } from './mailboxes.ts';

export const ownLinkInput = z.object({});
export const ownLinkShape = z.object({
  connect_url: z.string().describe('For the person to open.'),
  link_id: z.string(),
  expires_at: z.string(),
});

/** The page on which the person of the calling agent connects an account. */
export async function ownLink(ctx: Context): Promise<z.output<typeof ownLinkShape>> {
  const { userId } = ownSession(ctx);
  if ((await grantedAccounts(ctx)).length > 0)
    throw new AppError('forbidden', 'An account is granted to this profile already.', {
      hint: 'The gmail_* tools use it.',
    });
  const { link_id, url, expires_at } = await createLink(ctx, { user_id: userId });
  return { connect_url: url, link_id, expires_at };
}

export const ownAccountShape = z.object({ email: z.string() });

/** The account that the person of the calling agent has connected by a link of theirs. */
export async function awaitOwn(
  ctx: Context,
  input: z.output<typeof linkStatusInput>,
  call: Pick<Call, 'signal'>,
): Promise<z.output<typeof ownAccountShape>> {
  const link = await ctx.control.links.find('id', input.link_id);
  if (link?.user_id !== ownSession(ctx).userId) throw unknownLink();
  const { account_id } = await awaitAccountId(ctx, input, call);
  return { email: (await findAccount(ctx, account_id)).email };
}

function ownSession({ session }: Context): ProfileSession {
  if (session.kind === 'profile') return session;
  throw new AppError('forbidden', 'This is for profile tokens.');
}
