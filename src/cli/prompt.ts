// Asks on the terminal, one line at a time; what is secret is not shown. Where stdin is no terminal its lines are the answers.
import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';

export class Prompt {
  readonly #lines: Interface;
  readonly #waiting: ((line: string | null) => void)[] = [];
  readonly #come: string[] = [];
  readonly #say: (text: string) => void;
  #muted = false;
  #over = false;

  constructor(input: NodeJS.ReadStream, output: NodeJS.WriteStream) {
    this.#say = (text) => void output.write(text);
    const shown = new Writable({
      write: (chunk, _encoding, done) => {
        if (!this.#muted) output.write(chunk);
        done();
      },
    });
    this.#lines = createInterface({ input, output: shown, terminal: input.isTTY === true });
    this.#lines.on('line', (line) => {
      const next = this.#waiting.shift();
      if (next) next(line);
      else this.#come.push(line);
    });
    // With its own terminal mode the interface keeps Ctrl-C to itself.
    this.#lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    this.#lines.on('close', () => {
      this.#over = true;
      for (const next of this.#waiting.splice(0)) next(null);
    });
  }

  /** The answer without its blanks; null when there will be none. */
  async ask(question: string, { secret = false } = {}): Promise<string | null> {
    this.#say(question);
    this.#muted = secret;
    const line = this.#come.shift() ?? (this.#over ? null : await this.#next());
    if (secret) this.#say('\n');
    this.#muted = false;
    return line?.trim() ?? null;
  }

  close(): void {
    this.#lines.close();
  }

  #next(): Promise<string | null> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
