// A proxy between an IMAP client and its server that breaks things: it ends TLS on both sides, so it can read along.
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { connect, TLSSocket } from 'node:tls';
import { type Certificates, makeCertificates } from './certificates.ts';

export interface ProxyTarget {
  readonly host: string;
  readonly port: number;
  readonly ca: string;
}

/** What is done to the bytes from the server to the client. Everything absent: they pass as they come. */
export interface Faults {
  /** Each piece is held back this long. */
  latencyMs?: number;
  /** At most so many bytes a second. */
  bytesPerSecond?: number;
  /** Pieces of this size. */
  sliceBytes?: number;
  /** The connection ends after this many bytes from the server. */
  cutAfterBytes?: number;
  /** The connection ends inside a literal (counted from 1 over all connections), after so many of its bytes. */
  cutInLiteral?: { readonly nth: number; readonly offset: number };
  /** How a cut is made: an orderly end (default) or a reset. */
  cutBy?: 'end' | 'reset';
  /** Nothing passes either way any more; the connection stays open. */
  blackHole?: boolean;
  /** A line said by the server before its k-th tagged reply from now on, counted from 1. */
  inject?: { readonly beforeReply: number; readonly line: string };
}

export interface FaultProxy {
  readonly host: 'localhost';
  readonly port: number;
  readonly ca: string;
  /** May be changed at any time. */
  faults: Faults;
  /** Connections so far, and every line that a client sent (credentials left out). */
  readonly connections: number;
  readonly lines: readonly string[];
  /** Bytes that clients sent after the handshake, credentials included. */
  readonly bytesFromClients: number;
  /** Ends every connection as `cutBy` says. */
  cut(): void;
  stop(): Promise<void>;
}

/** Listens on a free loopback port and speaks for `target`; the certificate is its own unless given. */
export async function startFaultProxy(target: ProxyTarget, certificates?: Certificates): Promise<FaultProxy> {
  const { ca, cert, key } = certificates ?? (await makeCertificates());
  const pairs = new Set<Pair>();
  const state: ProxyState = { faults: {}, literals: 0, replies: 0, lines: [], bytesFromClients: 0 };
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    const pair = new Pair(socket, new TLSSocket(socket, { isServer: true, cert, key }), target, state);
    pairs.add(pair);
    socket.once('close', () => pairs.delete(pair));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: 'localhost',
    port: (server.address() as AddressInfo).port,
    ca,
    get faults() {
      return state.faults;
    },
    set faults(faults) {
      state.faults = faults;
      state.literals = 0;
      state.replies = 0;
    },
    get connections() {
      return connections;
    },
    lines: state.lines,
    get bytesFromClients() {
      return state.bytesFromClients;
    },
    cut() {
      for (const pair of pairs) pair.cut();
    },
    async stop() {
      for (const pair of pairs) pair.cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface ProxyState {
  faults: Faults;
  literals: number;
  replies: number;
  readonly lines: string[];
  bytesFromClients: number;
}

/** One client and the connection to the server that was made for it. */
class Pair {
  /** Beneath TLS: only a bare socket can be reset. */
  readonly #bare: Socket;
  readonly #client: TLSSocket;
  readonly #server: TLSSocket;
  readonly #state: ProxyState;
  #passed = 0;
  /** The client's next line answers a challenge. */
  #isSecret = false;
  #line = '';
  /** Bytes of a literal still to come from the server. */
  #literal = 0;
  #sending: Promise<void> = Promise.resolve();
  #open = true;

  constructor(bare: Socket, client: TLSSocket, { host, port, ca }: ProxyTarget, state: ProxyState) {
    this.#bare = bare;
    this.#client = client;
    this.#state = state;
    this.#server = connect({ host, port, ca, servername: 'localhost' });
    for (const socket of [this.#bare, this.#client, this.#server]) {
      // What comes in pieces goes on in pieces, without waiting for a word on each.
      socket.setNoDelay(true);
      socket.on('error', () => this.cut());
      socket.on('close', () => this.cut());
    }
    client.on('data', (bytes: Buffer) => this.#fromClient(bytes));
    this.#server.on('data', (bytes: Buffer) => {
      this.#sending = this.#sending.then(() => this.#fromServer(bytes));
    });
  }

  cut(): void {
    if (!this.#open) return;
    this.#open = false;
    if (this.#state.faults.cutBy === 'reset') this.#bare.resetAndDestroy();
    else this.#bare.end();
    this.#client.destroy();
    this.#server.destroy();
  }

  #fromClient(bytes: Buffer): void {
    this.#state.bytesFromClients += bytes.length;
    for (const line of bytes.toString('latin1').split('\r\n')) {
      if (line && !this.#isSecret) this.#state.lines.push(line.replace(/(LOGIN|AUTHENTICATE \S+) .*/i, '$1'));
      if (line) this.#isSecret = /AUTHENTICATE \S+$/i.test(line);
    }
    if (!this.#state.faults.blackHole) this.#server.write(bytes);
  }

  async #fromServer(bytes: Buffer): Promise<void> {
    const { sliceBytes } = this.#state.faults;
    const inspected = this.#inspect(bytes);
    const size = sliceBytes ?? (inspected.length || 1);
    for (let start = 0; start < inspected.length && this.#open; start += size) {
      const piece = inspected.subarray(start, start + size);
      const { latencyMs = 0, bytesPerSecond, cutAfterBytes, blackHole } = this.#state.faults;
      const wait = latencyMs + (bytesPerSecond ? (piece.length / bytesPerSecond) * 1000 : 0);
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      if (blackHole) return;
      const room = (cutAfterBytes ?? Number.POSITIVE_INFINITY) - this.#passed;
      if (piece.length > room) {
        await this.#write(piece.subarray(0, Math.max(0, room)));
        this.cut();
        return;
      }
      await this.#write(piece);
    }
    if (this.#cutHere) this.cut();
  }

  #cutHere = false;

  async #write(bytes: Buffer): Promise<void> {
    this.#passed += bytes.length;
    if (!this.#client.writable) return;
    await new Promise<void>((resolve) => this.#client.write(bytes, () => resolve()));
  }

  /** Follows lines and literals (RFC 3501 section 4.3); what is to be injected goes in, what is behind a cut comes off. */
  #inspect(bytes: Buffer): Buffer {
    const out: Buffer[] = [];
    for (let at = 0; at < bytes.length; ) {
      if (this.#literal > 0) {
        const part = bytes.subarray(at, at + this.#literal);
        this.#literal -= part.length;
        at += part.length;
        out.push(part);
        continue;
      }
      const end = bytes.indexOf('\n', at);
      const stop = end < 0 ? bytes.length : end + 1;
      const fresh = this.#line === '';
      const piece = bytes.subarray(at, stop);
      this.#line += piece.toString('latin1');
      at = stop;
      if (fresh && /^[A-Za-z0-9]+ (OK|NO|BAD)\b/.test(this.#line)) out.push(this.#injection());
      out.push(piece);
      if (end < 0) break;
      const literal = /\{(\d+)\}\r\n$/.exec(this.#line);
      this.#line = '';
      if (!literal) continue;
      this.#literal = Number(literal[1]);
      const { cutInLiteral } = this.#state.faults;
      if (++this.#state.literals === cutInLiteral?.nth) {
        out.push(bytes.subarray(at, at + cutInLiteral.offset));
        this.#cutHere = true;
        break;
      }
    }
    return Buffer.concat(out);
  }

  #injection(): Buffer {
    const { inject } = this.#state.faults;
    return Buffer.from(++this.#state.replies === inject?.beforeReply ? `${inject.line}\r\n` : '');
  }
}

/** A loopback port on which nothing listens. */
export async function deadPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
