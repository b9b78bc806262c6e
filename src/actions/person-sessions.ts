// Where a person is signed in, and ending it elsewhere. Knows no page.
import { z } from 'zod';
import { IDLE_LIFE_MS } from '../auth/people.ts';
import { invalidInput, notFound } from '../base/errors.ts';
import { type Context, iso } from './context.ts';
import { required } from './input.ts';
import { signedIn } from './me.ts';

export const sessionShape = z.object({
  session_id: z.string(),
  browser: z.string(),
  current: z.boolean(),
  created_at: z.string(),
  last_used_at: z.string(),
  expires_at: z.string(),
});
export const sessionsShape = z.object({ sessions: z.array(sessionShape) });
export const sessionsInput = z.object({});

/** The one that was used last first. */
export async function listSessions(ctx: Context): Promise<z.output<typeof sessionsShape>> {
  const { person, sessionId } = await signedIn(ctx);
  const rows = await ctx.control.logins.sessions(person.id, ctx.now(), ctx.now() - IDLE_LIFE_MS);
  return {
    sessions: rows.map((row) => ({
      session_id: row.id,
      browser: row.browser,
      current: row.id === sessionId,
      created_at: iso(row.created_at),
      last_used_at: iso(row.last_used_at),
      expires_at: iso(Math.min(row.expires_at, row.last_used_at + IDLE_LIFE_MS)),
    })),
  };
}

export const othersEndedShape = z.object({ status: z.literal('signed_out'), sessions: z.number() });

/** Every other session ends at once, with what is open on it, and so do links that are out for the person. */
export async function endOtherSessions(ctx: Context): Promise<z.output<typeof othersEndedShape>> {
  const { person, sessionId } = await signedIn(ctx);
  return { status: 'signed_out', sessions: await ctx.people.end(person, { but: sessionId }) };
}

export const endSessionInput = z.object({ session_id: required('From GET /me/sessions.', 100) });
export const sessionEndedShape = z.object({ status: z.literal('signed_out'), session_id: z.string() });

export async function endSession(
  ctx: Context,
  { session_id }: z.output<typeof endSessionInput>,
): Promise<z.output<typeof sessionEndedShape>> {
  const { person, sessionId } = await signedIn(ctx);
  // The answer would be cut off with it.
  if (session_id === sessionId)
    throw invalidInput('session_id', 'This is the session that asks.', 'POST /sign-out ends it.');
  if ((await ctx.people.end(person, { only: session_id })) === 0)
    throw notFound('There is no such session.', 'GET /me/sessions names yours.');
  return { status: 'signed_out', session_id };
}
