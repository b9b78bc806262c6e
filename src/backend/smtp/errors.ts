// What an SMTP reply or a failure of the library means to the house. The only file that reads its errors.
import { AppError } from '../../base/errors.ts';
import { foreign, refusalOf, unreachable } from '../refusals.ts';
import type { MailServer } from '../server.ts';

/** What the library throws: `response` is the server's reply, `code` says in which part of the conversation. */
export interface SmtpFault {
  readonly message: string;
  readonly code?: string;
  readonly response?: string;
  readonly responseCode?: number;
}

const DAY_MS = 24 * 3_600_000;

/** Any failure as an AppError; the server's text travels in `cause` only. */
export function translate(fault: SmtpFault, server: MailServer): AppError {
  const { code = '', response, message } = fault;
  if (response && ABOUT_A_MAIL.has(code)) return refusalOfMail(response);
  const known = response ? refusalOf(response, Date.now()) : null;
  if (known) return known;
  if (code !== 'EAUTH') return unreachable(server, code, fault);
  return new AppError('account_rejected', 'The mail server did not accept this login for sending.', {
    hint: 'Check that the account may use App Passwords and SMTP.',
    cause: foreign(response ?? message),
  });
}

/** The library's codes for MAIL, RCPT and DATA; everything else is about the connection or the login. */
const ABOUT_A_MAIL = new Set(['EENVELOPE', 'EMESSAGE']);

/** Replies to a mail or a recipient (support.google.com/a/answer/3726730, RFC 3463), in this order. */
const REPLIES: readonly { pattern: RegExp; code: 'too_large' | 'rate_limited'; message: string; hint: string }[] = [
  {
    pattern: /\b5\.4\.5\b|daily (user )?sending (quota|limit)|sending limit exceeded/i,
    code: 'rate_limited',
    message: 'Gmail takes no more mail from this account today.',
    hint: 'It is tried again a day later; Gmail allows 500 mails a day, 2,000 with Workspace.',
  },
  {
    pattern: /\b5\.2\.3\b|\b5\.3\.4\b|exceed\w* (fixed )?(maximum )?(message )?size|message too (big|large)/i,
    code: 'too_large',
    message: 'The mail is larger than the mail server takes.',
    hint: 'Send less, or a link to it.',
  },
];

const MEANINGS: readonly (readonly [RegExp, string])[] = [
  [/\b5\.1\.1\b|no such user|does not exist|user unknown/i, 'there is no such mailbox'],
  [/\b5\.2\.1\b|disabled|inactive/i, 'the mailbox is disabled'],
  [/\b[45]\.2\.2\b|over ?quota|mailbox (is )?full/i, 'the mailbox is full'],
  [/\b4\.2\.1\b|too quickly|\brate\b/i, 'the mailbox gets mail too fast at the moment'],
  [/\b[45]\.1\.[23]\b|bad (destination|address)|syntax/i, 'the address is not valid'],
  [/\b5\.7\.\d+\b|policy|spam|blocked|not allowed|relay/i, 'the mail server’s policy forbids it'],
  [/\b4\.5\.3\b|too many recipients/i, 'there are too many recipients'],
];

/** A reply to a mail or a recipient in our words, with its numbers (`550 5.1.1`), which hold nothing of a stranger's. */
export function reasonOf(reply: string): string {
  const numbers = /^(\d{3})[ -]?(\d\.\d{1,3}\.\d{1,3})?/.exec(reply);
  const meaning = MEANINGS.find(([pattern]) => pattern.test(reply))?.[1];
  const kind = reply.startsWith('4') ? 'the mail server cannot take it now' : 'the mail server refuses it';
  return `${meaning ?? kind} (${[numbers?.[1], numbers?.[2]].filter(Boolean).join(' ') || 'no reply code'})`;
}

/** A refusal of a whole mail. */
function refusalOfMail(reply: string): AppError {
  const cause = foreign(reply);
  const known = REPLIES.find(({ pattern }) => pattern.test(reply));
  if (known) {
    const { code, message, hint } = known;
    return new AppError(code, message, {
      hint,
      cause,
      ...(code === 'rate_limited' && { retryAt: Date.now() + DAY_MS }),
    });
  }
  const later = reply.startsWith('4');
  return new AppError(later ? 'unavailable' : 'invalid_input', `Not sent: ${reasonOf(reply)}.`, {
    hint: later ? 'It is tried again by itself.' : 'Mend the mail or its recipients and send it anew.',
    cause,
  });
}
