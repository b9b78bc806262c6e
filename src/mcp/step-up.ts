// What a remote client lacks for what it asks, so that its person can be asked before anything is answered. Knows no transport.
import { isPermission, type Permission, type Session } from '../auth/session.ts';
import type { Behind, Params } from './server.ts';

/** The answer to a client that has to ask its person for these first. */
export type StepUp = (lacking: readonly Permission[]) => Response;

/** Null: it has what it needs, or asking would not help. `body`: one message or several. */
export function refusedForNow(
  behind: Behind,
  session: Session,
  stepUp: StepUp | undefined,
  body: unknown,
): Response | null {
  if (session.kind !== 'profile' || !session.signIn || !stepUp) return null;
  const { permissions, signIn } = session;
  const needed = [body].flat().map((each) => {
    const { method, params } = (each ?? {}) as { method?: unknown; params?: Params | null };
    return typeof method === 'string' ? (behind.needs?.(method, params ?? {}) ?? null) : null;
  });
  const lacking = needed.filter(
    (need): need is Permission =>
      need !== null && isPermission(need) && !permissions.has(need) && signIn.reach.has(need),
  );
  return lacking.length > 0 ? stepUp(lacking) : null;
}
