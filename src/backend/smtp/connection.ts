// How every SMTP conversation is begun: TLS always, the certificate verified, nothing read from files or addresses.
import type { PasswordLogin } from '../port.ts';
import type { MailServer } from '../server.ts';

/** Implicit TLS there (RFC 8314); any other port has to offer STARTTLS (RFC 3207). */
const SUBMISSIONS = 465;
const PATIENCE_MS = 30_000;

/** Options that the library's transport and its bare connection share. */
export function connectionOptions(server: MailServer) {
  return {
    host: server.host,
    port: server.port,
    secure: server.port === SUBMISSIONS,
    requireTLS: server.port !== SUBMISSIONS,
    tls: { minVersion: 'TLSv1.2' as const, ...(server.ca ? { ca: server.ca } : {}) },
    // The machine's own name is nobody's business (RFC 5321 section 4.1.4 takes an address literal).
    name: '[127.0.0.1]',
    connectionTimeout: PATIENCE_MS,
    greetingTimeout: PATIENCE_MS,
    socketTimeout: PATIENCE_MS,
  };
}

export const credentials = ({ email, appPassword }: PasswordLogin) => ({ user: email, pass: appPassword });
