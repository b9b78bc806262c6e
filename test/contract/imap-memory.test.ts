// The danger that a server fills our memory.
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { openImapSource } from '../../src/backend/imap/source.ts';
import { createLogger } from '../../src/base/log.ts';
import { makeCertificates } from '../support/certificates.ts';

const LOGIN = { email: 'jane@example.com', appPassword: 'abcdefghijklmnop' };
const MIB = 1024 * 1024;

describe('a server that never stops talking', () => {
  let server: Server | undefined;
  const sockets = new Set<TLSSocket>();
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    await new Promise((resolve) => server?.close(resolve));
  });

  it.each([
    ['an endless line', '* OK ', 'a'.repeat(65_536)],
    ['a literal of 4 GiB', '* LIST () "/" {4294967296}\r\n', 'a'.repeat(65_536)],
    ['a literal of 60 MiB that is announced honestly', `* LIST () "/" {${60 * MIB}}\r\n`, 'a'.repeat(65_536)],
    ['a list of a million flags', '* FLAGS (', '\\Seen '.repeat(10_000)],
    ['nested lists without end', '* FLAGS ', '('.repeat(65_536)],
  ])('is cut off before it fills the memory with %s', async (_name, start, more) => {
    const { ca, cert, key } = await makeCertificates();
    let sent = 0;
    server = createServer({ cert, key }, (socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.write(`* OK here\r\n${start}`);
      const pour = (): void => {
        while (!socket.destroyed && sent < 512 * MIB) {
          sent += more.length;
          if (!socket.write(more)) {
            socket.once('drain', pour);
            return;
          }
        }
      };
      pour();
    });
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const before = process.memoryUsage().rss;
    await expect(
      openImapSource({ host: 'localhost', port, ca }, LOGIN, { logger: createLogger('silent') }),
    ).rejects.toMatchObject({ code: 'unavailable' });
    expect(sent).toBeLessThan(64 * MIB);
    expect(process.memoryUsage().rss - before).toBeLessThan(128 * MIB);
  });
});
