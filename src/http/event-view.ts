// What those who see the same are told: numbered and kept apart from what others see, so that no id, gap or loss tells of it.
// A reader who is too slow is let go. Knows neither callers nor the feed.
import { randomBytes } from 'node:crypto';

export interface ViewLimits {
  /** Events kept for readers who come back. */
  readonly kept: number;
  /** Events that may wait for one reader. */
  readonly waiting: number;
  readonly heartbeatMs: number;
}

interface Event {
  readonly id: string;
  readonly text: string;
}

export class EventView {
  readonly #limits: ViewLimits;
  /** An id of another view, or of an earlier process, is none of ours. */
  readonly #era = randomBytes(8).toString('hex');
  readonly #kept: Event[] = [];
  readonly #readers = new Map<(frame: string) => void, () => void>();
  #last = 0;

  constructor(limits: ViewLimits) {
    this.#limits = limits;
  }

  get readers(): number {
    return this.#readers.size;
  }

  add(kind: string, data: string): void {
    this.#last++;
    const event = { id: this.#id(), text: `event: ${kind}\nid: ${this.#id()}\ndata: ${data}\n\n` };
    this.#kept.push(event);
    if (this.#kept.length > this.#limits.kept) this.#kept.shift();
    for (const write of [...this.#readers.keys()]) write(event.text);
  }

  /**
   * What comes from now on; after `lastId` when that is still known, else an event `missed` comes first. `drop` breaks the
   * connection of a reader who does not keep up; `gone` is called once when nobody reads any more.
   */
  open(lastId: string | undefined, drop: () => void, gone: () => void): ReadableStream<Uint8Array> {
    const { waiting, heartbeatMs } = this.#limits;
    const encoder = new TextEncoder();
    let end = (): void => undefined;
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          const write = (frame: string): void => {
            if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(frame));
            else {
              end();
              drop();
            }
          };
          const beat = setInterval(() => write(': alive\n\n'), heartbeatMs);
          end = () => {
            clearInterval(beat);
            if (this.#readers.delete(write)) gone();
          };
          // In one piece, since what is caught up on may be more than what may wait.
          controller.enqueue(encoder.encode(`retry: 2000\n\n${this.#since(lastId)}`));
          this.#readers.set(write, () => {
            end();
            controller.close();
          });
        },
        cancel: () => end(),
      },
      new CountQueuingStrategy({ highWaterMark: waiting }),
    );
  }

  close(): void {
    for (const close of [...this.#readers.values()]) close();
  }

  #since(lastId: string | undefined): string {
    if (lastId === undefined || lastId === this.#id()) return '';
    const after = this.#kept.findIndex(({ id }) => id === lastId);
    if (after < 0) return `event: missed\nid: ${this.#id()}\ndata: {}\n\n`;
    return this.#kept
      .slice(after + 1)
      .map(({ text }) => text)
      .join('');
  }

  #id(): string {
    return `${this.#era}-${this.#last}`;
  }
}
