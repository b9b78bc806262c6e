// How an HTTP server of the sandbox listens and ends: on this machine only, and at once. Knows no request.
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RunningServer } from './imap-server.ts';

/** 0 takes a free port. Rejects with EADDRINUSE when the port is taken; `close` cuts what is open. */
export async function listenOnLoopback(server: Server, port: number): Promise<RunningServer> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
