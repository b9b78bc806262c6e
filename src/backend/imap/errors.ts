// What a failure of the IMAP library or of the server behind it means to the house. The only file that reads its errors.
import type { AuthenticationFailure, ImapFlowError } from 'imapflow';
import { AppError } from '../../base/errors.ts';
import { foreign, refusalOf, unreachable } from '../refusals.ts';
import type { MailServer } from '../server.ts';

/** Response codes of RFC 5530 that speak of what was asked for, whatever the words beside them. */
const ONE_THING: ReadonlySet<string> = new Set(['SERVERBUG', 'CANNOT', 'NONEXISTENT', 'EXPUNGEISSUED', 'CORRUPTION']);

/**
 * Whether the server answered NO or BAD to what was asked, rather than to who asks or how much. A server that stumbles
 * over one damaged mail calls it its own fault (RFC 5530 SERVERBUG), again and again.
 */
export function isAboutOneThing(error: unknown): boolean {
  if (!isRefusal(error)) return false;
  const fault = error as ImapFlowError;
  return ONE_THING.has(codeOf(fault)) || refusalOf(textOf(fault), Date.now()) === null;
}

const isRefusal = (error: unknown): boolean =>
  ['NO', 'BAD'].includes((error as ImapFlowError | undefined)?.responseStatus ?? '');

/** The response code (RFC 3501 section 7.1), upper case; the library takes it out of the answer for some commands only. */
function codeOf({ serverResponseCode, response }: ImapFlowError): string {
  if (serverResponseCode) return serverResponseCode;
  const word = typeof response === 'object' ? response.attributes?.[0]?.section?.[0]?.value : undefined;
  return typeof word === 'string' ? word.toUpperCase() : '';
}

/**
 * What the library tells its log alone: a farewell with its response code, and why the server refused a command whose
 * caller learns only that it failed.
 */
export class Overheard {
  farewell: string | undefined;
  refusal: unknown = null;

  debug({ src, msg }: { src?: string; msg?: string }): void {
    if (src === 's' && msg?.startsWith('* BYE ')) this.farewell = msg.slice(6);
  }
  warn({ err }: { err?: unknown }): void {
    if (isRefusal(err)) this.refusal = err;
  }
  trace(): void {}
  info(): void {}
  error(): void {}
}

/** Stands for the refusal that was overheard last. */
export const REFUSED_WITHOUT_REASON = 'RefusedWithoutReason';

function textOf(fault: ImapFlowError, farewell?: string): string {
  const code = codeOf(fault) && `[${codeOf(fault)}]`;
  const response = typeof fault.response === 'string' ? fault.response : '';
  return [code, fault.responseText, response, farewell ?? fault.reason].filter((part) => part).join(' ');
}

/** Any failure as an AppError. Never throws. */
export function translate(thrown: unknown, server: MailServer, overheard?: Overheard): AppError {
  if (thrown instanceof AppError) return thrown;
  const error = (thrown as ImapFlowError)?.code === REFUSED_WITHOUT_REASON ? overheard?.refusal : thrown;
  // A mistake of our own is not the network's.
  if (error instanceof TypeError || error instanceof RangeError)
    return new AppError('internal', 'Reading mail over IMAP failed.', { cause: error });
  const fault = (error ?? {}) as ImapFlowError & Partial<AuthenticationFailure>;
  const code = typeof fault.code === 'string' ? fault.code : '';
  const text = textOf(fault, overheard?.farewell);
  const known = text ? refusalOf(text, Date.now()) : null;
  if (known) return known;
  if (fault.authenticationFailed && isRefusal(fault))
    return new AppError('account_rejected', 'The mail server refused the login.', {
      hint: 'Check the address and the App Password, then connect the account again.',
      cause: foreign(text),
    });
  if (isRefusal(fault))
    return new AppError('unavailable', 'The mail server refused a request.', {
      hint: 'It is tried again by itself.',
      cause: foreign(text || fault.message),
    });
  if (/TooLarge$|^ParserError|^InvalidResponse|^UnexpectedTag|NESTING/.test(code))
    return new AppError('unavailable', 'The mail server sent something that is not IMAP.', {
      hint: `Check that ${server.host}:${server.port} is an IMAP server.`,
      cause: foreign(fault.message, code),
    });
  return unreachable(server, code, text ? foreign(text, code) : error);
}
