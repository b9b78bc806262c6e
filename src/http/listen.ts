// The socket under the door. Knows no route.
import type { AddressInfo, Socket } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';

export interface Listening {
  readonly port: number;
  /** Lets requests at hand end, then closes. */
  close(): Promise<void>;
}

/** Listens; rejects when the address is taken. */
export async function listen(app: Hono, host: string, port: number): Promise<Listening> {
  const server = createAdaptorServer({ fetch: app.fetch });
  server.on('clientError', refuseUnread);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ('closeIdleConnections' in server) server.closeIdleConnections();
        setTimeout(() => 'closeAllConnections' in server && server.closeAllConnections(), 5000).unref();
      }),
  };
}

/** What never became a request is refused like one: too much of address and headers (RFC 6585 section 5), or no HTTP. */
function refuseUnread({ code }: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable) return void socket.destroy();
  const [status, phrase, name, detail, hint] =
    code === 'HPE_HEADER_OVERFLOW'
      ? [
          431,
          'Request Header Fields Too Large',
          'too_large',
          'Address and headers are over 16 KiB.',
          'Shorten the query.',
        ]
      : [400, 'Bad Request', 'invalid_input', 'This is not a request by HTTP.', 'Send one by HTTP/1.1.'];
  const body = JSON.stringify({ type: 'about:blank', title: name.replace('_', ' '), status, code: name, detail, hint });
  const head = `HTTP/1.1 ${status} ${phrase}\r\ncontent-type: application/problem+json\r\ncontent-length: ${body.length}\r\nconnection: close`;
  socket.end(`${head}\r\n\r\n${body}`);
}
