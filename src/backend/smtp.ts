// Whether SMTP lets a login in. Knows no mail yet; a server's words become ours by the table that IMAP shares.
import { createTransport } from 'nodemailer';
import { AppError } from '../base/errors.ts';
import type { PasswordLogin } from './port.ts';
import { foreign, refusalOf, unreachable } from './refusals.ts';
import type { MailServer } from './server.ts';

/** Implicit TLS there (RFC 8314); any other port has to offer STARTTLS (RFC 3207). */
const SUBMISSIONS = 465;
const PATIENCE_MS = 30_000;

/**
 * Logs in and out again. Rejects with `account_rejected` when the server refuses the login, `rate_limited` when it asks
 * for patience, `unavailable` otherwise.
 */
export async function checkSmtpLogin(server: MailServer, login: PasswordLogin): Promise<void> {
  const transport = createTransport({
    host: server.host,
    port: server.port,
    secure: server.port === SUBMISSIONS,
    requireTLS: server.port !== SUBMISSIONS,
    tls: { minVersion: 'TLSv1.2', ...(server.ca ? { ca: server.ca } : {}) },
    auth: { user: login.email, pass: login.appPassword },
    connectionTimeout: PATIENCE_MS,
    greetingTimeout: PATIENCE_MS,
    socketTimeout: PATIENCE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    await transport.verify();
  } catch (error) {
    throw translate(error as { code?: string; response?: string; message: string }, server);
  } finally {
    transport.close();
  }
}

function translate(error: { code?: string; response?: string; message: string }, server: MailServer): AppError {
  const known = error.response ? refusalOf(error.response, Date.now()) : null;
  if (known) return known;
  if (error.code === 'EAUTH')
    return new AppError('account_rejected', 'The mail server did not accept this login for sending.', {
      hint: 'Check that the account may use App Passwords and SMTP.',
      cause: foreign(error.response ?? error.message),
    });
  return unreachable(server, error.code ?? '', error);
}
