// What the Gmail API means by its errors, in our words and with what is to be done. Knows no request.
import { z } from 'zod';
import { AppError, type ErrorCode } from '../../base/errors.ts';
import { foreign } from '../refusals.ts';

/** An answer that is no success. */
export interface Refused {
  readonly status: number;
  /** The Retry-After field (RFC 9110 section 10.2.3), null when there is none. */
  readonly retryAfter: string | null;
  /** The body, or the beginning of it. */
  readonly body: string;
}

export interface Fault {
  readonly error: AppError;
  /** `token`: with another access token. `later`: the same call may succeed soon. `never`: it will not. */
  readonly again: 'token' | 'later' | 'never';
  /** Of a limit: until when the whole mailbox is to be left alone; null when Google does not say. */
  readonly holdUntil: number | null;
}

const errorShape = z.object({
  error: z.object({
    message: z.string().catch(''),
    status: z.string().catch(''),
    errors: z.array(z.object({ reason: z.string().catch('') })).catch([]),
    details: z.array(z.object({ reason: z.string().catch('') })).catch([]),
  }),
});

interface Meaning {
  readonly is: (told: Told) => boolean;
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
  readonly again?: Fault['again'];
  readonly pauseMs?: number;
}

interface Told {
  readonly status: number;
  /** Google's words for the kind of failure, from the most to the least exact. */
  readonly reasons: readonly string[];
  readonly text: string;
}

const MINUTE_MS = 60_000;
const LATER = 'It is tried again by itself.';

const because =
  (...reasons: string[]) =>
  (told: Told): boolean =>
    told.reasons.some((reason) => reasons.includes(reason));

/** By `errors[0].reason`, then `status`, then the HTTP status, then the text; the first that fits. */
const MEANINGS: readonly Meaning[] = [
  {
    is: ({ status }) => status === 401,
    code: 'account_rejected',
    message: 'Google did not accept the access token of this account.',
    hint: 'Connect the account again.',
    again: 'token',
  },
  {
    is: because('dailyLimitExceeded'),
    code: 'rate_limited',
    message: 'Google’s limit for this server’s requests of a day is used up.',
    hint: 'Reading goes on by itself after midnight in California; the operator can ask Google for more.',
  },
  {
    is: (told) =>
      told.status === 429 ||
      because(
        'rateLimitExceeded',
        'userRateLimitExceeded',
        'quotaExceeded',
        'RESOURCE_EXHAUSTED',
        'RATE_LIMIT_EXCEEDED',
      )(told) ||
      (told.status === 403 && /quota exceeded|rate limit/i.test(told.text)),
    code: 'rate_limited',
    message: 'Google wants fewer requests for this mailbox.',
    hint: 'Nothing is lost; it goes on by itself.',
    again: 'later',
  },
  {
    is: because('accessNotConfigured', 'SERVICE_DISABLED'),
    code: 'unavailable',
    message: 'The Gmail API is not enabled for this server’s Google project.',
    hint: 'The operator has to enable the Gmail API in the Google Cloud console, under APIs and services.',
    pauseMs: 5 * MINUTE_MS,
  },
  {
    is: because('domainPolicy'),
    code: 'account_rejected',
    message: 'The administrator of this domain does not allow this app to read Gmail.',
    hint: 'Ask the domain administrator to allow the app in the Google Admin console, then connect the account again.',
  },
  {
    is: ({ text, status }) => status === 400 && /mail service not enabled/i.test(text),
    code: 'account_rejected',
    message: 'This Google account has no Gmail mailbox.',
    hint: 'Gmail is not part of the account, or its administrator has switched it off.',
  },
  {
    is: ({ text, status }) => status === 400 && /only one user push notification client/i.test(text),
    code: 'conflict',
    message: 'Another topic of this server’s Google project is told of this mailbox.',
  },
  {
    is: because('failedPrecondition', 'FAILED_PRECONDITION'),
    code: 'unavailable',
    message: 'Google says that something else has to happen first, and not what.',
    hint: LATER,
    again: 'later',
  },
  {
    is: ({ status, text }) => status === 403 && /delegation denied/i.test(text),
    code: 'internal',
    message: 'The Gmail API was asked for another person’s mailbox.',
  },
  { is: ({ status }) => status === 404, code: 'not_found', message: 'Gmail has nothing by this id in this mailbox.' },
  {
    is: ({ status }) => status === 409,
    code: 'conflict',
    message: 'Something else was changed at Gmail at the same moment.',
  },
  {
    // RFC 9110 section 15.5.9, RFC 8470 section 5.2: it did not come whole, or came too early, and nothing was done with it.
    is: ({ status }) => status === 408 || status === 425,
    code: 'unavailable',
    message: 'Gmail did not take this request in time.',
    hint: LATER,
    again: 'later',
  },
  { is: ({ status }) => status === 413, code: 'too_large', message: 'This is more than Gmail takes at once.' },
  {
    is: ({ status }) => status === 403,
    code: 'forbidden',
    message: 'Google does not allow this with the consent that was given.',
    hint: 'Connect the account again with Google.',
  },
  { is: ({ status }) => status === 501, code: 'unavailable', message: 'Gmail does not know how to do this.' },
  {
    is: ({ status }) => status >= 500,
    code: 'unavailable',
    message: 'Gmail has a temporary problem.',
    hint: LATER,
    again: 'later',
  },
  {
    is: ({ status }) => status >= 400,
    code: 'invalid_input',
    message: 'Gmail did not accept this request.',
  },
];

/** What answers by another page, or by none of Google's forms. */
const ELSEWHERE: Meaning = {
  is: () => true,
  code: 'unavailable',
  message: 'What answered in Gmail’s place is not the Gmail API.',
  hint: 'Check GMAIL_API_URL.',
};

const LACKS_SCOPE = because('insufficientPermissions', 'ACCESS_TOKEN_SCOPE_INSUFFICIENT');

/** What an answer stands for. `scope`: the least that the method asks for, as in `gmail.readonly`. Never throws. */
export function faultOf(refused: Refused, scope: string, nowMs: number): Fault {
  const told = read(refused);
  const cause = foreign(told.text, [refused.status, ...told.reasons].join(' '));
  if (refused.status === 403 && (LACKS_SCOPE(told) || /insufficient authentication scopes/i.test(told.text)))
    return { error: scopeMissing(scope, cause), again: 'never', holdUntil: null };
  const { code, message, hint = '', again = 'never', pauseMs } = MEANINGS.find(({ is }) => is(told)) ?? ELSEWHERE;
  const limited = code === 'rate_limited';
  const holdUntil = !limited
    ? null
    : because('dailyLimitExceeded')(told)
      ? nextMidnightInCalifornia(nowMs)
      : (toldTime(told.text) ?? afterSeconds(refused.retryAfter, nowMs));
  const retryAt = holdUntil ?? (pauseMs === undefined ? undefined : nowMs + pauseMs);
  const named = holdUntil !== null && { definite: true as const };
  const error = new AppError(code, message, { hint, cause, ...(retryAt !== undefined && { retryAt }), ...named });
  return { error, again, holdUntil };
}

/** Google has answered, and failed: a connection that is lost, or a limit, would meet every other call too. */
export function isAboutOneAnswer(error: unknown): boolean {
  if (!(error instanceof AppError) || error.code !== 'unavailable') return false;
  return /^(5\d\d|200)\b/.test(String((error.cause as { code?: unknown } | undefined)?.code ?? ''));
}

/** What has not been consented to. Without reading an account is of no use; anything else it can do without. */
export function scopeMissing(scope: string, cause?: unknown): AppError {
  const code = scope === 'gmail.readonly' ? 'account_rejected' : 'forbidden';
  return new AppError(code, `The consent given at Google does not include ${scope}.`, {
    hint: `Connect the account again with Google and leave ${scope} ticked.`,
    cause,
  });
}

function read({ status, body }: Refused): Told {
  try {
    const { error } = errorShape.parse(JSON.parse(body));
    const reasons = [...error.errors, ...error.details].map(({ reason }) => reason);
    return { status, reasons: [...reasons, error.status].filter((word) => word !== ''), text: error.message };
  } catch {
    return { status, reasons: [], text: body.slice(0, 300) };
  }
}

/** The time in “User-rate limit exceeded.  Retry after 2026-11-25T20:00:00.000Z”. */
function toldTime(text: string): number | null {
  const [, time] = /retry after\s+(\d{4}-\d\d-\d\dT[\d:.]+Z)/i.exec(text) ?? [];
  const ms = Date.parse(time ?? '');
  return Number.isNaN(ms) ? null : ms;
}

function afterSeconds(field: string | null, nowMs: number): number | null {
  if (field === null) return null;
  const ms = /^\s*\d{1,9}\s*$/.test(field) ? nowMs + Number(field) * 1000 : Date.parse(field);
  return Number.isNaN(ms) ? null : ms;
}

/** Where Google's days end. */
function nextMidnightInCalifornia(nowMs: number): number {
  const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone: 'America/Los_Angeles',
    hour: '2-digit',
    minute: '2-digit',
    hour12: false,
  });
  const [hours, minutes] = clock.format(nowMs).split(':').map(Number);
  return nowMs + (24 * 60 - ((hours! % 24) * 60 + minutes!)) * MINUTE_MS;
}
