// An SMTP server that only checks logins, for accounts whose mail lies on a server that has none.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { makeAuthority, makeServerCertificate } from '../../src/sandbox/certificates.ts';

export interface SmtpLogin {
  readonly port: number;
  readonly ca: string;
  stop(): Promise<void>;
}

/** Listens with STARTTLS on a free port; lets in the users of `passwords`, by address. */
export async function startSmtpLogin(passwords: ReadonlyMap<string, string>): Promise<SmtpLogin> {
  const authority = await makeAuthority();
  const { cert, key } = await makeServerCertificate(authority);
  const server = new SMTPServer({
    cert,
    key,
    secure: false,
    authMethods: ['PLAIN', 'LOGIN'],
    onAuth({ username = '', password = '' }, _session, done) {
      if (passwords.get(username) === password) done(null, { user: username });
      else done(Object.assign(new Error('5.7.8 Username and Password not accepted.'), { responseCode: 535 }));
    },
  });
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  return {
    port: (server.server.address() as AddressInfo).port,
    ca: authority.certificate,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
