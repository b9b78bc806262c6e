// The octets of one IMAP connection: lines with their literals in, answers out, slowed or cut by script. Knows no command.
import { pipeline, Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { constants, createDeflateRaw, createInflateRaw, type DeflateRaw } from 'node:zlib';
import type { Script } from './script.ts';

/** Octets that one APPEND may carry: what Gmail says in APPENDLIMIT. */
export const APPEND_LIMIT = 35_651_584;

const HIGH_WATER = 256 * 1024;
const MAX_LINE = 64 * 1024;
const SLICES_PER_SECOND = 20;

export class ImapWire {
  /** Whose faults apply; empty before the login. */
  email = '';
  readonly #socket: TLSSocket;
  readonly #script: Script;
  #chunks: AsyncIterator<Buffer>;
  #deflate: DeflateRaw | null = null;
  #input: Buffer = Buffer.alloc(0);
  #queue: Buffer[] = [];
  #queued = 0;
  #pumping: Promise<void> | null = null;
  #cut = false;

  constructor(socket: TLSSocket, script: Script) {
    this.#socket = socket;
    this.#script = script;
    this.#chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  /** One line without its CRLF; null when the peer is gone. While silence is scripted, lines are swallowed. */
  async readLine(): Promise<Buffer | null> {
    for (;;) {
      const newline = this.#input.indexOf(10);
      if (newline < 0) {
        if (this.#input.length > MAX_LINE || !(await this.#more())) return null;
        continue;
      }
      const end = this.#input[newline - 1] === 13 ? newline - 1 : newline;
      const line = this.#input.subarray(0, end);
      this.#input = this.#input.subarray(newline + 1);
      if (!this.#silent()) return line;
    }
  }

  /** One command with its literals in place (RFC 3501 section 4.3, RFC 7888); null when the peer is gone. */
  async readCommand(): Promise<Buffer | null> {
    const pieces: Buffer[] = [];
    for (;;) {
      const line = await this.readLine();
      if (!line) return null;
      pieces.push(line);
      const literal = /\{(\d+)(\+?)\}$/.exec(line.subarray(-16).toString('latin1'));
      if (!literal) return pieces.length === 1 ? line : Buffer.concat(pieces);
      const size = Number(literal[1]);
      if (size > APPEND_LIMIT) {
        const tag = pieces[0]!.toString('latin1').split(' ')[0];
        this.write(`${tag} NO [TOOBIG] Message too large. https://support.google.com/mail/answer/6584 (Failure)\r\n`);
        if (literal[2]) return null;
        pieces.length = 0;
        continue;
      }
      if (!literal[2]) this.write('+ go ahead\r\n');
      if (!(await this.#more(size))) return null;
      pieces.push(Buffer.from('\r\n'), this.#input.subarray(0, size));
      this.#input = this.#input.subarray(size);
    }
  }

  /** Queues octets; a string is Latin-1. */
  write(data: string | Buffer): void {
    if (this.#cut || this.#silent()) return;
    const bytes = typeof data === 'string' ? Buffer.from(data, 'latin1') : data;
    if (this.email !== '') this.#script.spend(this.email, bytes.length);
    this.#queue.push(bytes);
    this.#queued += bytes.length;
    this.#pumping ??= Promise.resolve().then(() => this.#pump());
  }

  /** Queues `{n}` and the octets; a scripted cut ends the connection inside of them. */
  writeLiteral(bytes: Buffer): void {
    this.write(`{${bytes.length}}\r\n`);
    const cut = this.#script.count(this.email, 'cut');
    this.write(cut ? bytes.subarray(0, cut.offset) : bytes);
    if (!cut) return;
    this.#cut = true;
    void this.flush().then(() => this.#socket.destroySoon());
  }

  /** Resolves at once while little is queued, else when the peer has taken it. */
  async relax(): Promise<void> {
    if (this.#queued > HIGH_WATER) await this.flush();
  }

  /** Resolves when everything queued was handed to the socket. Never rejects. */
  async flush(): Promise<void> {
    while (this.#pumping) await this.#pumping;
  }

  /** Whether octets go compressed both ways from here on. */
  get compressed(): boolean {
    return this.#deflate !== null;
  }

  /** COMPRESS of RFC 4978: what is queued leaves as it is, everything after it compressed, and so has the peer's to come. */
  async compress(): Promise<void> {
    await this.flush();
    const inflate = createInflateRaw();
    const received = rest(this.#input, this.#chunks);
    this.#input = Buffer.alloc(0);
    // A peer that is gone or sends rubbish ends the iteration.
    pipeline(Readable.from(received), inflate, () => {});
    this.#chunks = inflate[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    this.#deflate = createDeflateRaw();
  }

  /** True once no further answer can reach the peer. */
  get closed(): boolean {
    return this.#cut || this.#socket.destroyed || this.#socket.writableEnded;
  }

  /** Sends what is queued, then closes. */
  async end(): Promise<void> {
    await this.flush();
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #silent(): boolean {
    return this.email !== '' && this.#script.standing(this.email, 'silence') !== undefined;
  }

  /** Reads on until there are at least so many octets, or at least one more; false when the peer is gone before. */
  async #more(octets = this.#input.length + 1): Promise<boolean> {
    const chunks = [this.#input];
    let have = this.#input.length;
    while (have < octets) {
      const next = await this.#chunks.next().catch(() => null);
      if (!next || next.done) return false;
      chunks.push(next.value);
      have += next.value.length;
    }
    this.#input = Buffer.concat(chunks, have);
    return true;
  }

  async #pump(): Promise<void> {
    while (this.#queue.length > 0 && !this.#socket.destroyed) {
      const all = this.#queue.length === 1 ? this.#queue[0]! : Buffer.concat(this.#queue);
      this.#queue = [];
      await this.#send(all);
      this.#queued -= all.length;
    }
    this.#queue = [];
    this.#queued = 0;
    this.#pumping = null;
  }

  async #send(plain: Buffer): Promise<void> {
    let rest = this.#deflate ? await deflated(this.#deflate, plain) : plain;
    for (let slow = this.#slow(); slow && rest.length > 0 && !this.#socket.destroyed; slow = this.#slow()) {
      const slice = Math.max(1, Math.floor(slow.bytesPerSecond / SLICES_PER_SECOND));
      this.#socket.write(rest.subarray(0, slice));
      rest = rest.subarray(slice);
      await delay(Math.min(1000, (1000 * slice) / slow.bytesPerSecond), undefined, { ref: false });
    }
    if (rest.length === 0 || this.#socket.write(rest) || this.#socket.destroyed) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        this.#socket.off('drain', done);
        this.#socket.off('close', done);
        resolve();
      };
      this.#socket.on('drain', done);
      this.#socket.on('close', done);
    });
  }

  #slow() {
    return this.email === '' ? undefined : this.#script.standing(this.email, 'slow');
  }
}

async function* rest(first: Buffer, chunks: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  if (first.length > 0) yield first;
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
}

/** These octets compressed as far as the peer needs to read all of them. */
async function deflated(deflate: DeflateRaw, plain: Buffer): Promise<Buffer> {
  const pieces: Buffer[] = [];
  const take = (piece: Buffer) => void pieces.push(piece);
  deflate.on('data', take);
  deflate.write(plain);
  await new Promise<void>((resolve) => deflate.flush(constants.Z_SYNC_FLUSH, resolve));
  deflate.off('data', take);
  return Buffer.concat(pieces);
}
