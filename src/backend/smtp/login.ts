// Whether SMTP lets a login in. Knows no mail.
import { createTransport } from 'nodemailer';
import type { PasswordLogin } from '../port.ts';
import type { MailServer } from '../server.ts';
import { connectionOptions, credentials } from './connection.ts';
import { type SmtpFault, translate } from './errors.ts';

/**
 * Logs in and out again. Rejects with `account_rejected` when the server refuses the login, `rate_limited` when it asks
 * for patience, `unavailable` otherwise.
 */
export async function checkSmtpLogin(server: MailServer, login: PasswordLogin): Promise<void> {
  const transport = createTransport({
    ...connectionOptions(server),
    auth: credentials(login),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    await transport.verify();
  } catch (error) {
    throw translate(error as SmtpFault, server);
  } finally {
    transport.close();
  }
}
