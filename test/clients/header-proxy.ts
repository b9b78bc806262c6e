// A proxy on loopback that adds a key to each request, for clients that cannot send one. Leaves a foreign Host as it is.
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HeaderProxy {
  readonly url: string;
  close(): Promise<void>;
}

export async function startHeaderProxy(target: string, key: string): Promise<HeaderProxy> {
  const to = new URL(target);
  // A connection kept for later may just be closing when it is wanted.
  const agent = new Agent({ keepAlive: false });
  const server = createServer((incoming, outgoing) => {
    const own = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const mine = [own, own.replace('127.0.0.1', 'localhost')];
    const headers = { ...incoming.headers, authorization: `Bearer ${key}` };
    if (mine.includes(headers.host ?? '')) headers.host = to.host;
    const origin = headers.origin?.replace(/^http:\/\//, '');
    if (origin && mine.includes(origin)) headers.origin = to.origin;
    const onward = request(
      { host: to.hostname, port: to.port, method: incoming.method, path: incoming.url, headers, setHost: false, agent },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        outgoing.flushHeaders();
        answer.pipe(outgoing);
      },
    );
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
