// The one place where what a tool or a route asks of its caller is checked, before its verb runs. Knows no door.
import type { z } from 'zod';
import type { Need, Session } from '../auth/session.ts';
import type { Admit, Call, Context } from './context.ts';
import { readInput } from './input.ts';

/** A verb as a door offers it: what it asks of the caller, what it takes, what it does. */
export interface Act {
  readonly needs: Need;
  readonly input: z.ZodObject;
  readonly run: (ctx: Context, input: never, call: Call) => Promise<object>;
}

/** Runs it for this caller. Whoever may not call learns nothing of his parameters. */
export async function perform(admit: Admit, session: Session, act: Act, raw: unknown, call: Call): Promise<object> {
  const ctx = await admit(session, act.needs);
  return act.run(ctx, readInput(act.input, raw) as never, call);
}
