// Which scripted fault of the Google side an errand meets, and what a scripted answer looks like. Serves nothing itself.
import type { Fault, Script } from '../script.ts';
import { GoogleError } from './google-error.ts';
import type { Errand } from './site.ts';
import { type Given, json } from './wire.ts';

type GoogleFault = Extract<Fault, { kind: 'google-answer' | 'google-drop' | 'google-mute' | 'google-slow' }>;
type Met = Pick<Errand, 'operation' | 'email'>;

/** Everything that is not the Gmail API; a fault without an operation leaves it alone. */
const SIGN_IN = /^(auth\.|token\.|revoke$|userinfo$|tokeninfo$|certs$|$)/;

/** The fault whose turn it is: one planned for this person, or for everybody (the empty address). */
export function takeFault<K extends GoogleFault['kind']>(
  script: Script,
  kind: K,
  { operation, email }: Met,
  stage?: 'before' | 'after',
): Extract<Fault, { kind: K }> | undefined {
  const fits = (fault: GoogleFault) =>
    (fault.operation === undefined ? !SIGN_IN.test(operation) : fault.operation === operation) &&
    (stage === undefined || !('stage' in fault) || fault.stage === stage);
  const take = (who: string) => script.take(who, kind, (fault) => fits(fault as GoogleFault));
  return take(email) ?? (email === '' ? undefined : take(''));
}

/** In the form of the part of Google that it comes from. */
export function scriptedAnswer(fault: Extract<Fault, { kind: 'google-answer' }>, operation: string): Given {
  const { status, reason, message, retryAfter } = fault;
  const headers: Record<string, string> = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
  if (!SIGN_IN.test(operation)) return new GoogleError(status, message, { ...(reason && { reason }), headers }).given;
  const error = reason ?? (status >= 500 ? 'internal_failure' : 'invalid_request');
  return json(status, { error, ...(message !== undefined && { error_description: message }) }, headers);
}
