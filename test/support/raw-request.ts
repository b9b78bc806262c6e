// One HTTP request as it is written, its path not put in order first, and the answer as it came. Knows no route.
import { Agent, request } from 'node:http';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** Connections are kept for the next one. */
const KEPT = new Agent({ keepAlive: true, maxSockets: 8 });

export function ask(
  url: string,
  method: string,
  path: string,
  { token, body, headers = {} }: { token?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  const sent = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        agent: KEPT,
        hostname,
        port,
        method,
        path,
        headers: {
          ...(token && { authorization: `Bearer ${token}` }),
          ...(sent !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(sent) }),
          ...headers,
        },
      },
      (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.once('error', reject);
        response.once('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(pieces).toString('utf8'),
          }),
        );
      },
    );
    asked.once('error', reject);
    asked.end(sent);
  });
}

/** Runs them a few at a time, in order of their answers. */
export async function severally<T>(all: Iterable<T>, work: (each: T) => Promise<void>, atOnce = 8): Promise<void> {
  const left = all[Symbol.iterator]();
  const run = async (): Promise<void> => {
    for (let next = left.next(); !next.done; next = left.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: atOnce }, run));
}

/** Without what differs from call to call by itself: times, and the marks around text of mail. */
export const steady = (text: string): string =>
  text
    .replace(/\\?"(as_of|now)\\?":\\?"[^"\\]*\\?"|mail-[0-9a-f]{12}/g, '')
    .replace(/(as_of|now): [^\\]*/g, '')
    .replace(/"retry_at":"[^"]*"/g, '');
