// The danger that a password goes to somebody who only pretends to be the mail server.
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { openImapSource } from '../../src/backend/imap/source.ts';
import { checkSmtpLogin } from '../../src/backend/smtp/login.ts';
import { createLogger } from '../../src/base/log.ts';
import { makeCertificates } from '../support/certificates.ts';

const LOGIN = { email: 'jane@example.com', appPassword: 'abcdefghijklmnop' };
const logger = createLogger('silent');

/** Greets, offers everything, and keeps what it is told. */
function eavesdrop(socket: Socket, greeting: string, heard: Buffer[]): void {
  socket.on('error', () => undefined);
  socket.on('data', (bytes) => {
    heard.push(bytes);
    const [tag, command] = bytes.toString('latin1').split(/\s+/);
    if (/^EHLO/i.test(tag ?? '')) socket.write('250-here\r\n250 AUTH PLAIN LOGIN\r\n');
    else if (/^CAPABILITY/i.test(command ?? '')) socket.write(`* CAPABILITY IMAP4rev1\r\n${tag} OK done\r\n`);
    else socket.write(`${tag} BAD no\r\n`);
  });
  socket.write(greeting);
}

describe('no credential leaves before the server has proved who it is', () => {
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  });
  const listen = async (server: Server): Promise<number> => {
    servers.push(server);
    server.on('connection', (socket) => sockets.add(socket));
    server.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  };
  const expectSilence = (heard: Buffer[]): void => {
    const said = Buffer.concat(heard).toString('latin1');
    expect(said).not.toContain(LOGIN.appPassword);
    expect(said).not.toContain(Buffer.from(LOGIN.appPassword).toString('base64').slice(0, 12));
    expect(said).not.toMatch(/LOGIN|AUTH/i);
  };

  it.each([
    ['signed by nobody that is trusted', {}, 'other'],
    ['for another host', { host: 'mail.example.org' }, 'own'],
    ['that ran out', { expired: true }, 'own'],
  ] as const)('IMAP, with a certificate %s', async (_name, options, trust) => {
    const certificates = await makeCertificates(options);
    const ca = trust === 'own' ? certificates.ca : (await makeCertificates()).ca;
    const heard: Buffer[] = [];
    const port = await listen(
      createTlsServer({ cert: certificates.cert, key: certificates.key }, (socket) =>
        eavesdrop(socket, '* OK here\r\n', heard),
      ),
    );
    const opening = openImapSource({ host: 'localhost', port, ca }, LOGIN, { logger });
    await expect(opening).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('could not prove'),
    });
    expect(heard).toEqual([]);
  });

  it('IMAP, with TLS older than 1.2', async () => {
    const { ca, cert, key } = await makeCertificates();
    const heard: Buffer[] = [];
    const port = await listen(
      createTlsServer(
        { cert, key, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' },
        (socket) => eavesdrop(socket, '* OK here\r\n', heard),
      ),
    );
    await expect(openImapSource({ host: 'localhost', port, ca }, LOGIN, { logger })).rejects.toMatchObject({
      code: 'unavailable',
    });
    expect(heard).toEqual([]);
  });

  it('IMAP, from a server that speaks without TLS', async () => {
    const heard: Buffer[] = [];
    const port = await listen(
      createServer((socket) => eavesdrop(socket, '* OK [CAPABILITY IMAP4rev1] here\r\n', heard)),
    );
    const opening = openImapSource({ host: 'localhost', port }, LOGIN, { logger, timing: { connectMs: 2000 } });
    await expect(opening).rejects.toMatchObject({ code: 'unavailable' });
    expectSilence(heard);
  });

  it('SMTP, from a server that offers no STARTTLS', async () => {
    const heard: Buffer[] = [];
    const port = await listen(createServer((socket) => eavesdrop(socket, '220 here\r\n', heard)));
    await expect(checkSmtpLogin({ host: 'localhost', port }, LOGIN)).rejects.toMatchObject({ code: 'unavailable' });
    expectSilence(heard);
  });
});
