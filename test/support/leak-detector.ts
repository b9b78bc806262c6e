// Stands between one person's clients and the server and reads every byte that reaches them: status lines, headers, bodies,
// frames of streams. What is another person's and was not said by the client itself in that request is a leak. Knows no route.
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { canariesIn } from './canaries.ts';

/** Of a frame that came in two pieces; longer than any word that is looked for. */
const TAIL = 400;
const LONG_BASE64 = /[\w+/-]{32,}/g;

export interface Leak {
  readonly word: string;
  /** The last request line of the connection. */
  readonly request: string;
  readonly around: string;
}

/** Ids that are somebody's, beside the canaries, which say so themselves. */
export class Belongings {
  readonly #owners = new Map<string, string>();
  #pattern: RegExp | null = null;

  add(person: string, ids: Iterable<string>): void {
    for (const id of ids) this.#owners.set(id.toLowerCase(), person);
    this.#pattern = null;
  }

  /** Every word of a text that belongs to somebody. */
  *in(text: string): Generator<{ word: string; person: string }> {
    const low = text.toLowerCase();
    yield* canariesIn(low);
    if (this.#owners.size === 0) return;
    this.#pattern ??= new RegExp([...this.#owners.keys()].map((id) => id.replace(/[^\w]/g, '\\$&')).join('|'), 'g');
    for (const [word] of low.matchAll(this.#pattern)) yield { word, person: this.#owners.get(word)! };
  }
}

export interface LeakDetector {
  readonly port: number;
  readonly url: string;
  readonly leaks: Leak[];
  /** Bytes that reached the clients, and how many requests they made. */
  readonly bytes: number;
  readonly requests: number;
  /** Where the server is. */
  aim(url: string): void;
  /** Each reply is cut off after so many bytes; null: none. */
  cutAfterBytes: number | null;
  stop(): Promise<void>;
}

/** For the clients of one person. */
export async function startLeakDetector(person: string, belongings: Belongings): Promise<LeakDetector> {
  const leaks: Leak[] = [];
  const sockets = new Set<Socket>();
  let target = 0;
  let bytes = 0;
  let requests = 0;
  let cutAfterBytes: number | null = null;

  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      // An answer in two pieces would wait for its reader's word on the first, some 40 ms.
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    let answering = true;
    let request = '';
    let said: Set<string> | null = null;
    let tail = '';
    let passed = 0;
    client.on('data', (piece: Buffer) => {
      const text = piece.toString('latin1');
      if (answering) {
        // A new request: what an earlier one said is no excuse any more.
        request = '';
        requests++;
        tail = '';
        passed = 0;
        answering = false;
      }
      request += text;
      said = null;
      upstream.write(piece);
    });
    upstream.on('data', (piece: Buffer) => {
      answering = true;
      said ??= new Set([...belongings.in(decoded(request))].map(({ word }) => word));
      const left = (cutAfterBytes ?? Number.POSITIVE_INFINITY) - passed;
      const shown = piece.length > left ? piece.subarray(0, Math.max(0, left)) : piece;
      passed += shown.length;
      bytes += shown.length;
      const text = (tail + shown.toString('latin1')).replace(/\r\n[0-9a-f]{1,8}\r\n/gi, '');
      tail = text.slice(-TAIL);
      for (const reading of [text, ...unpacked(text)])
        for (const { word, person: owner } of belongings.in(reading)) {
          if (owner === person || said.has(word)) continue;
          const at = reading.toLowerCase().indexOf(word);
          leaks.push({
            word,
            request: request.split('\r\n', 1)[0]!,
            around: reading.slice(Math.max(0, at - 120), at + 120),
          });
        }
      client.write(shown);
      if (shown.length < piece.length) client.resetAndDestroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    leaks,
    get bytes() {
      return bytes;
    },
    get requests() {
      return requests;
    },
    aim(url: string) {
      target = Number(new URL(url).port);
    },
    get cutAfterBytes() {
      return cutAfterBytes;
    },
    set cutAfterBytes(limit) {
      cutAfterBytes = limit;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What stands in it percent-encoded, too. */
function decoded(text: string): string {
  try {
    return `${text}\n${decodeURIComponent(text.replace(/%(?![0-9a-f]{2})/gi, '%25'))}`;
  } catch {
    return text;
  }
}

/** What long runs of base64 say, from wherever they begin. */
function* unpacked(text: string): Generator<string> {
  for (const [run] of text.matchAll(LONG_BASE64))
    for (let start = 0; start < 4; start++) {
      const inner = Buffer.from(run.slice(start), 'base64').toString('latin1');
      if (/cnry/i.test(inner)) yield inner;
    }
}
