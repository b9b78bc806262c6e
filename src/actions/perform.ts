// The one place where what a tool or a route asks of its caller is checked, before its verb runs, and where the call is kept in
// the audit. Knows no door.
import type { z } from 'zod';
import { onlyUserOf, type Session } from '../auth/session.ts';
import { notFound } from '../base/errors.ts';
import { audited, type Called } from './audited.ts';
import type { Admit, Call, Context, Cost } from './context.ts';
import { readInput } from './input.ts';
import { grantedAccounts } from './mailboxes.ts';

/** A verb as a door offers it: what it asks of the caller, what it takes, what it does. */
export interface Act extends Called {
  /** What it takes of its caller's limits; a verb that takes more than its act says refuses to run. */
  readonly costs: Cost;
  readonly input: z.ZodObject;
  readonly run: (ctx: Context, input: never, call: Call) => Promise<object>;
}

/** Runs it for this caller. Whoever may not call learns nothing of his parameters. */
export async function perform(admit: Admit, session: Session, act: Act, raw: unknown, call: Call): Promise<object> {
  return audited(admit, session, act, async (ctx, named) => {
    const input = readInput(act.input, ofOwnUser(ctx.session, act, raw), await untold(ctx, act, raw));
    named(input.user_id as string | undefined);
    return act.run({ ...ctx, costs: act.costs }, input as never, call);
  });
}

/** Whose mail is meant a service key says by id, an agent by address, and one that has one account not at all. */
async function untold(ctx: Context, { input: { shape } }: Act, raw: unknown): Promise<string[]> {
  const isRight = Object.keys(raw ?? {}).every((name) => Object.hasOwn(shape, name));
  if (isRight || !('account' in shape && 'account_id' in shape)) return [];
  if (ctx.session.kind === 'service') return ['account'];
  return (await grantedAccounts(ctx)).length > 1 ? ['account_id'] : ['account', 'account_id'];
}

/** For a key of one user there is no other: he need not be named, and whoever else is named is unknown. */
function ofOwnUser(session: Session, { input }: Act, raw: unknown): unknown {
  const user = session.kind === 'service' ? onlyUserOf(session) : null;
  if (user === null || !('user_id' in input.shape)) return raw;
  const given = (raw ?? {}) as Readonly<Record<string, unknown>>;
  if (![undefined, null, '', user].includes(given.user_id as string))
    throw notFound('There is no such user.', 'This key is for one user.');
  return { ...given, user_id: user };
}
