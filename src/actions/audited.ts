// Keeps a row of each call that reads or changes something: who, whose account, what, how it ended, which mails. Never a word of
// a mail, an address or a query. Knows no door.
import type { Need, Session } from '../auth/session.ts';
import { AppError } from '../base/errors.ts';
import type { AccountRow } from '../store/control.ts';
import type { Admit, Context, House } from './context.ts';

const MOST_MAILS = 50;
const MOST_ACCOUNTS = 50;
const MAIL_ID = /^[0-9a-f]{1,16}$/;

/** What is called, and what it asks of its caller. */
export interface Called {
  /** A tool's name, or a route without its values. */
  readonly called: string;
  readonly needs: Need;
  /** Whom it was about is not kept. */
  readonly unnamed?: true;
}

/** What a call was about. */
interface About {
  readonly session: Session;
  readonly called: string;
  readonly touched: Iterable<AccountRow>;
  /** `ok`, or the code of the error. */
  readonly outcome: string;
  readonly began: number;
  /** The answer, and the parameters that name a user. */
  readonly answer?: object;
  readonly user?: string | undefined;
  /** Neither user nor profile are kept. */
  readonly unnamed?: boolean;
}

/**
 * Does the work for this caller and keeps a row of it, also when it fails or the caller is turned away. `told`: of the result,
 * what the caller is answered.
 */
export async function audited<T extends object>(
  admit: Admit,
  session: Session,
  { called, needs, unnamed }: Called,
  work: (ctx: Context, named: (user: string | undefined) => void) => Promise<T>,
  told: (result: T) => object = (result) => result,
): Promise<T> {
  const began = performance.now();
  const ctx = await admit(session, needs, called);
  const { touched } = ctx;
  let user: string | undefined;
  const kept = (outcome: string, answer?: object): void =>
    note(ctx, {
      session: ctx.session,
      called,
      touched,
      outcome,
      began,
      user,
      unnamed: unnamed ?? false,
      ...(answer && { answer }),
    });
  try {
    const result = await work(ctx, (named) => {
      user = named;
    });
    kept('ok', told(result));
    return result;
  } catch (error) {
    kept(codeOf(error));
    throw error;
  }
}

export const codeOf = (error: unknown): string => (error instanceof AppError ? error.code : 'internal');

/** Keeps the row of one call. */
export function note(
  house: House,
  { session, called, touched, outcome, began, answer = {}, user, unnamed = false }: About,
): void {
  const accounts = [...touched];
  const told = answer as { readonly account_id?: unknown; readonly user_id?: unknown };
  const { ids, count } = mailsIn(answer);
  // The same account may have been asked for twice.
  const first = [...new Set(accounts.map(({ id }) => id as string))];
  const ms = Math.round(performance.now() - began);
  house.onCalled(called, outcome, ms);
  house.control.audit.note({
    at: house.now(),
    caller: isOwnKey(session) ? house.control.audit.nameOf(session.id) : session.id,
    profile_id: session.kind === 'profile' && !unnamed ? session.profileId : null,
    user_id: unnamed
      ? null
      : session.kind === 'profile'
        ? session.userId
        : (accounts[0]?.user_id ?? user ?? text(told.user_id) ?? null),
    account_ids: (first.length > 0 ? first : [text(told.account_id) ?? '']).slice(0, MOST_ACCOUNTS).join(','),
    called,
    outcome,
    count: count || lengthOf(answer),
    message_ids: ids.join(','),
    duration_ms: ms,
  });
}

/** The operator’s own key, whose id in a session is made of the key. */
const isOwnKey = (session: Session): boolean => session.kind === 'service' && !session.narrow && !session.person;

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** How many mails an answer names, and the first of them. */
function mailsIn(answer: object): { ids: string[]; count: number } {
  const found = new Set<string>();
  const walk = (value: object): void => {
    for (const [name, inner] of Object.entries(value)) {
      if (typeof inner === 'object' && inner !== null) walk(inner as object);
      else if (name === 'message_id' && typeof inner === 'string' && MAIL_ID.test(inner)) found.add(inner);
    }
  };
  walk(answer);
  return { ids: [...found].slice(0, MOST_MAILS), count: found.size };
}

const lengthOf = (answer: object): number =>
  (Array.isArray(answer) ? answer : Object.values(answer).find(Array.isArray))?.length ?? 0;
