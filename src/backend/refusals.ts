// What a mail server means by its words, in ours. IMAP and SMTP share the table; knows neither library.
import { AppError, type ErrorCode } from '../base/errors.ts';

interface Refusal {
  readonly pattern: RegExp;
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  /** How long the server wants to be left alone. */
  readonly pauseMs?: number;
}

const MINUTE_MS = 60_000;
const APP_PASSWORDS = 'https://myaccount.google.com/apppasswords';

const NOT_ACCEPTED: Refusal = {
  // What says so plainly; a text that only says that something failed may go on to say that it will pass.
  pattern:
    /invalid (credentials|login|user ?name|password)|(wrong|incorrect|bad) (credentials|password)|username and password not accepted|\b5\.7\.8\b/i,
  code: 'account_rejected',
  message: 'The mail server did not accept this address with this App Password.',
  hint: `The password is mistyped or has been revoked (changing the Google password revokes all). Make a new one at ${APP_PASSWORDS} and use the account's main address, not an alias.`,
};

const TEMPORARY: Refusal = {
  pattern:
    /unavailable|temporar|try again|lookup failed|serverbug|inuse|internal error|system (problem|error)|\b4\d\d[ -]4\.\d/i,
  code: 'unavailable',
  message: 'The mail server has a temporary problem.',
  hint: 'It is tried again by itself.',
};

const TOO_MANY_CONNECTIONS: Refusal = {
  pattern: /too many simultaneous connections|maximum number of connections/i,
  code: 'rate_limited',
  message: 'Too many programs are connected to this mailbox at the same time.',
  hint: 'Gmail allows 15 connections in all. Close other mail programs, or wait some minutes.',
  pauseMs: 5 * MINUTE_MS,
};

const TOO_MUCH: Refusal = {
  pattern: /overquota|bandwidth limits|exceeded command|throttled/i,
  code: 'rate_limited',
  message: 'Google has paused this mailbox because too much was read from it.',
  hint: 'Nothing is lost; reading goes on by itself after an hour or more.',
  pauseMs: 60 * MINUTE_MS,
};

/**
 * Response codes (RFC 5530; THROTTLED is the field's) say which kind of refusal it is, whatever the text goes on to say;
 * the text may still name one of that kind more exactly. [ALERT] and codes that are not here say nothing.
 */
const CODES: Readonly<Record<string, Refusal>> = {
  AUTHENTICATIONFAILED: NOT_ACCEPTED,
  AUTHORIZATIONFAILED: NOT_ACCEPTED,
  EXPIRED: NOT_ACCEPTED,
  UNAVAILABLE: TEMPORARY,
  SERVERBUG: TEMPORARY,
  INUSE: TEMPORARY,
  LIMIT: TOO_MANY_CONNECTIONS,
  OVERQUOTA: TOO_MUCH,
  THROTTLED: TOO_MUCH,
};

/** Gmail's texts (support.google.com/mail/answer/3726730), matched loosely and in this order. */
const REFUSALS: readonly Refusal[] = [
  {
    pattern: /application-specific password|\b5\.7\.9\b/i,
    code: 'account_rejected',
    message: 'Google wants an App Password here; the normal password of the account does not work.',
    hint: `Make an App Password at ${APP_PASSWORDS} (2-Step Verification has to be on) and connect the account with it.`,
  },
  {
    pattern: /web ?login required|webalert|log ?in (with|via|through) your (web )?browser|\b5\.7\.14\b/i,
    code: 'account_rejected',
    message: 'Google wants the owner of the account to sign in with a web browser first.',
    hint: 'Sign in to Gmail in a browser, answer what Google asks, then connect the account again.',
  },
  {
    pattern: /(imap|pop|smtp) access is disabled|not enabled for (imap|smtp)|disabled for your domain/i,
    code: 'account_rejected',
    message: 'The administrator of this domain has switched off IMAP or SMTP.',
    hint: 'Ask the domain administrator to allow IMAP in the Google Admin console, or connect with Google sign-in.',
  },
  {
    pattern:
      /app(lication)?[ -](specific )?passwords? (is|are) (not|disabled|unavailable)|less secure|basic auth\w* (is )?(disabled|blocked|not)/i,
    code: 'account_rejected',
    message: 'This account may not use App Passwords.',
    hint: 'Its administrator forbids them, or it uses Advanced Protection or security keys only. Connect with Google sign-in.',
  },
  TOO_MANY_CONNECTIONS,
  TOO_MUCH,
  {
    pattern: /too many (failed )?login attempts|\b4(21|54)[ -]4\.7\.\d+\b|rate limit/i,
    code: 'rate_limited',
    message: 'The mail server wants fewer attempts to log in.',
    hint: 'Wait a quarter of an hour before the next one.',
    pauseMs: 15 * MINUTE_MS,
  },
  NOT_ACCEPTED,
  TEMPORARY,
  {
    ...NOT_ACCEPTED,
    pattern: /auth\w* (has )?failed|(login|authentication) (was )?(failed|rejected|denied)|\b535\b/i,
  },
];

/** The failure that a server's text stands for, null when it is none that we know. The text travels in `cause` only. */
export function refusalOf(text: string, nowMs: number): AppError | null {
  const meant = codeOf(text);
  const refusal = REFUSALS.find(({ pattern, code }) => pattern.test(text) && code === (meant?.code ?? code)) ?? meant;
  if (!refusal) return null;
  const { code, message, hint, pauseMs } = refusal;
  return new AppError(code, message, {
    hint,
    cause: foreign(text),
    ...(pauseMs === undefined ? {} : { retryAt: nowMs + pauseMs }),
  });
}

/** What the first response code that we know says. */
function codeOf(text: string): Refusal | undefined {
  for (const [, word] of text.matchAll(/\[([A-Z]+)\b[^\]]*\]/gi)) {
    const refusal = Object.hasOwn(CODES, word!.toUpperCase()) ? CODES[word!.toUpperCase()] : undefined;
    if (refusal) return refusal;
  }
  return undefined;
}

const CERTIFICATE_FAULT = /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|ALTNAME|ERR_(SSL|TLS)|EPROTO|tls/;

/** A server that could not be reached, could not prove who it is, or stopped talking: `unavailable`, naming host and port. */
export function unreachable(where: { host: string; port: number }, code: string, cause: unknown): AppError {
  const place = `${where.host}:${where.port}`;
  const text = cause instanceof Error ? foreign(cause.message, code) : undefined;
  if (CERTIFICATE_FAULT.test(code))
    return new AppError('unavailable', `The mail server at ${place} could not prove who it is.`, {
      hint: `The TLS connection to ${place} failed, so no password was sent. Check host, port and the certificate; name a private authority with NODE_EXTRA_CA_CERTS.`,
      cause: text,
    });
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return new AppError('unavailable', `The mail server at ${place} was not found.`, {
      hint: `Check the name ${where.host} and the network's name service.`,
      cause: text,
    });
  if (code === 'ECONNREFUSED')
    return new AppError('unavailable', `Nothing answers at ${place}.`, {
      hint: `Check the host and port, and whether a firewall keeps ${place} away.`,
      cause: text,
    });
  return new AppError('unavailable', `The connection to the mail server at ${place} was lost or timed out.`, {
    hint: `It is tried again by itself; if this stays, check the network to ${place}.`,
    cause: text,
  });
}

/** Foreign text as an error for the log: one line, no control characters, not endless. */
export function foreign(text: string, code?: string): Error {
  const line = text.replace(/[\u0000-\u001f\u007f]+/g, ' ').slice(0, 300);
  return Object.assign(new Error(line), code ? { code } : {});
}
