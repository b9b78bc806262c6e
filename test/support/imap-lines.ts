// A client that sends lines and shows octets, for what no library would let a test see.
import { connect, type TLSSocket } from 'node:tls';

/** A raw IMAP connection over TLS. */
export class ImapLines {
  readonly #socket: TLSSocket;
  #received = '';
  #closed = false;
  #tags = 0;
  #wake: () => void = () => {};

  constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (data: string) => {
      this.#received += data;
      this.#wake();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#closed = true;
      this.#wake();
    });
  }

  /** Connects and waits for the greeting. */
  static async open(port: number, ca: string): Promise<ImapLines> {
    const lines = new ImapLines(connect({ host: '127.0.0.1', port, servername: 'localhost', ca }));
    await lines.until(/^\* OK .*\r\n/m);
    return lines;
  }

  /** Sends a command and resolves with everything up to its tagged line, or up to the end of the connection. */
  command(line: string): Promise<string> {
    const tag = `T${++this.#tags}`;
    this.send(`${tag} ${line}\r\n`);
    return this.until(new RegExp(`^${tag} .*\\r\\n`, 'm'));
  }

  send(octets: string): void {
    this.#socket.write(octets, 'latin1');
  }

  /** Everything received until the pattern appears, Latin-1; or until the connection ends. Takes it out of the buffer. */
  async until(pattern: RegExp): Promise<string> {
    for (;;) {
      const match = pattern.exec(this.#received);
      if (match || this.#closed) {
        const end = match ? match.index + match[0].length : this.#received.length;
        const text = this.#received.slice(0, end);
        this.#received = this.#received.slice(end);
        return text;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** What was received and not taken yet. */
  get pending(): string {
    return this.#received;
  }

  /** Resolves when the server has closed the connection. */
  async ended(): Promise<void> {
    while (!this.#closed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  close(): void {
    this.#socket.destroy();
  }
}
