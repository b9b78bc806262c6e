// A proxy on loopback as people put in front of a server that they want at a path of their site: takes the path's beginning away and
// changes nothing else. Knows nothing of the product.
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface PrefixProxy {
  /** With the prefix, without a slash at the end. */
  readonly url: string;
  /** Where it leads from now on. */
  leadTo(target: string): void;
  close(): Promise<void>;
}

export async function startPrefixProxy(prefix: string): Promise<PrefixProxy> {
  let target: URL | null = null;
  // A connection kept for later may just be closing when it is wanted.
  const agent = new Agent({ keepAlive: false });
  const server = createServer((incoming, outgoing) => {
    const path = incoming.url ?? '/';
    if (!target || !(path === prefix || path.startsWith(`${prefix}/`))) {
      outgoing.writeHead(404).end('nothing of ours');
      return;
    }
    const onward = request(
      {
        host: target.hostname,
        port: target.port,
        method: incoming.method,
        path: path.slice(prefix.length) || '/',
        headers: incoming.headers,
        setHost: false,
        agent,
      },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        // What is broken off there is broken off here.
        answer.on('close', () => outgoing.writableEnded || outgoing.destroy());
        answer.pipe(outgoing);
      },
    );
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}`,
    leadTo(to) {
      target = new URL(to);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
