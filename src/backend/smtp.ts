// Whether SMTP lets a login in. Knows no mail.
import { createTransport } from 'nodemailer';
import { AppError } from '../base/errors.ts';
import type { PasswordLogin } from './port.ts';
export async function checkSmtpLogin(server: { host: string; port: number }, login: PasswordLogin): Promise<void> {
  const t = createTransport({
    host: server.host,
    port: server.port,
    secure: server.port === 465 || server.port > 1000,
    requireTLS: true,
    auth: { user: login.email, pass: login.appPassword },
  });
  try {
    await t.verify();
  } catch (cause) {
    throw new AppError(
      (cause as { code?: string }).code === 'EAUTH' ? 'account_rejected' : 'unavailable',
      'SMTP refused.',
      { cause },
    );
  } finally {
    t.close();
  }
}
