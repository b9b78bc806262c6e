// The one error class of the house and its closed table of codes. Knows no protocol and no door.

/** Every way in which a call can fail, by whose fault it is. Doors map these to their own wire form. */
export type ErrorCode =
  | 'invalid_input'
  | 'not_found'
  | 'conflict'
  | 'unauthenticated'
  | 'forbidden'
  | 'account_rejected'
  | 'rate_limited'
  | 'unavailable'
  | 'too_large'
  | 'internal';

/** The HTTP status (RFC 9110) that stands for each code. */
export const HTTP_STATUS: Readonly<Record<ErrorCode, number>> = {
  invalid_input: 400,
  not_found: 404,
  conflict: 409,
  unauthenticated: 401,
  forbidden: 403,
  account_rejected: 422,
  rate_limited: 429,
  unavailable: 503,
  too_large: 413,
  internal: 500,
};

export interface ErrorDetails {
  /** What the reader should do next; written by us, safe for a model. */
  hint?: string;
  /** The parameter at fault, as the caller spells it. */
  field?: string;
  /** Epoch milliseconds before which a retry is pointless. */
  retryAt?: number;
  /**
   * Of `account_rejected`: refused for good the first time; no second try is needed to know. Of `rate_limited`: `retryAt` is
   * when it is over, and not a guess.
   */
  definite?: true;
  /** The foreign error, for the log only. */
  cause?: unknown;
}

/**
 * A failure with a code of the closed table. `message` and `hint` are our own words and may be shown to anybody who
 * made the call; text from a server or a library travels in `cause` and reaches the log only.
 */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly hint: string;
  readonly field: string | undefined;
  readonly retryAt: number | undefined;
  readonly definite: boolean;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint ?? '';
    this.field = details.field;
    this.retryAt = details.retryAt;
    this.definite = details.definite ?? false;
  }
}

export const invalidInput = (field: string, message: string, hint = ''): AppError =>
  new AppError('invalid_input', message, { field, hint });

export const notFound = (message: string, hint = ''): AppError => new AppError('not_found', message, { hint });
