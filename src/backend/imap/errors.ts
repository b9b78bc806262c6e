// What a failure of the IMAP library or of the server behind it means to the house. The only file that reads its errors.
import type { AuthenticationFailure, ImapFlowError } from 'imapflow';
import { AppError } from '../../base/errors.ts';
import { foreign, refusalOf, unreachable } from '../refusals.ts';
import type { MailServer } from '../server.ts';

/**
 * Whether the server answered NO or BAD to what was asked, rather than to who asks or how much. A server that stumbles
 * over one damaged mail calls it its own fault (RFC 5530 SERVERBUG), again and again.
 */
export function isAboutOneThing(error: unknown): boolean {
  if (!isRefusal(error)) return false;
  const { serverResponseCode } = error as ImapFlowError;
  return serverResponseCode === 'SERVERBUG' || refusalOf(textOf(error as ImapFlowError), Date.now()) === null;
}

const isRefusal = (error: unknown): boolean =>
  ['NO', 'BAD'].includes((error as ImapFlowError | undefined)?.responseStatus ?? '');

function textOf(fault: ImapFlowError, byeReason?: string): string {
  const code = fault.serverResponseCode ? `[${fault.serverResponseCode}]` : '';
  const response = typeof fault.response === 'string' ? fault.response : '';
  return [code, fault.responseText, response, fault.reason ?? byeReason].filter((part) => part).join(' ');
}

/** Any failure as an AppError. `byeReason`: what the server said when it hung up. Never throws. */
export function translate(error: unknown, server: MailServer, byeReason?: string): AppError {
  if (error instanceof AppError) return error;
  // A mistake of our own is not the network's.
  if (error instanceof TypeError || error instanceof RangeError)
    return new AppError('internal', 'Reading mail over IMAP failed.', { cause: error });
  const fault = (error ?? {}) as ImapFlowError & Partial<AuthenticationFailure>;
  const code = typeof fault.code === 'string' ? fault.code : '';
  const text = textOf(fault, byeReason);
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
