// Errors in the form in which the Gmail API tells them. Knows no operation.
import { type Given, json } from './wire.ts';

/** What is usual for a status when nothing more exact is known: reason, status word, message. */
const USUAL: Readonly<Record<number, readonly [reason: string, status: string, message: string]>> = {
  400: ['badRequest', 'INVALID_ARGUMENT', 'Bad Request'],
  401: ['authError', 'UNAUTHENTICATED', 'Invalid Credentials'],
  403: ['forbidden', 'PERMISSION_DENIED', 'Forbidden'],
  404: ['notFound', 'NOT_FOUND', 'Requested entity was not found.'],
  409: ['aborted', 'ABORTED', 'The operation was aborted.'],
  413: ['uploadTooLarge', 'INVALID_ARGUMENT', 'Request is too large.'],
  429: ['rateLimitExceeded', 'RESOURCE_EXHAUSTED', 'Too many concurrent requests for user'],
  500: ['backendError', 'INTERNAL', 'Internal error encountered.'],
  501: ['notImplemented', 'UNIMPLEMENTED', 'The pretend Gmail does not do this.'],
  502: ['badGateway', 'UNAVAILABLE', 'Bad Gateway'],
  503: ['backendError', 'UNAVAILABLE', 'The service is currently unavailable.'],
  504: ['gatewayTimeout', 'DEADLINE_EXCEEDED', 'Deadline exceeded.'],
};

export interface ErrorMembers {
  /** Of `errors[0]`. */
  readonly reason?: string;
  /** `PERMISSION_DENIED` and so on. */
  readonly status?: string;
  /** Of `errors[0]`; default `global`. */
  readonly domain?: string;
  /** Of `errors[0]`, where it differs from that of the whole. */
  readonly innerMessage?: string;
  readonly location?: string;
  readonly details?: readonly object[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** A refusal of the Gmail API. */
export class GoogleError extends Error {
  readonly code: number;
  readonly members: ErrorMembers;

  constructor(code: number, message?: string, members: ErrorMembers = {}) {
    super(message ?? USUAL[code]?.[2] ?? 'Unknown Error.');
    this.code = code;
    this.members = members;
  }

  get given(): Given {
    const { code, message, members } = this;
    const [reason, status] = USUAL[code] ?? ['backendError', 'UNKNOWN'];
    const inner = {
      message: members.innerMessage ?? message,
      domain: members.domain ?? 'global',
      reason: members.reason ?? reason,
      ...(members.location && { location: members.location, locationType: 'header' }),
    };
    const error = {
      code,
      message,
      errors: [inner],
      status: members.status ?? status,
      ...(members.details && { details: members.details }),
    };
    return json(code, { error }, members.headers);
  }
}

export const invalid = (message: string, reason = 'invalidArgument') => new GoogleError(400, message, { reason });

/** Gone, never there, or another mailbox's: nobody can tell which. */
export const notFound = () => new GoogleError(404);
