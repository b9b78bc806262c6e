// The latest changes, numbered, for readers of server-sent events; a reader who is too slow is let go. Knows no route.
import { randomBytes } from 'node:crypto';
import type { House } from '../actions/context.ts';
import { AppError } from '../base/errors.ts';
import type { Change } from '../sync/change-feed.ts';

interface Event {
  readonly id: string;
  readonly kind: Change['kind'];
  readonly data: object;
}

export interface EventLimits {
  /** Events kept for readers who come back. */
  readonly kept: number;
  /** Events that may wait for one reader. */
  readonly waiting: number;
  readonly readers: number;
  readonly heartbeatMs: number;
}

const LIMITS: EventLimits = { kept: 1000, waiting: 256, readers: 100, heartbeatMs: 15_000 };
/** Ids of one commit that are named; `count` says how many there are. */
const MOST_NAMED = 50;

export class EventLog {
  readonly #house: House;
  readonly #limits: EventLimits;
  /** An id of an earlier process is none of ours. */
  readonly #era = randomBytes(4).toString('hex');
  readonly #kept: Event[] = [];
  readonly #readers = new Set<(frame: string) => void>();
  readonly #ends = new Set<() => void>();
  #last = 0;

  constructor(house: House, limits: Partial<EventLimits> = {}) {
    this.#house = house;
    this.#limits = { ...LIMITS, ...limits };
    house.feed.listen((change) => this.#add(change));
  }

  /**
   * A stream of what changes from now on; after `lastId` when that is still known, else an event `missed` comes first.
   * `drop` breaks the connection of a reader who does not keep up.
   */
  open(lastId: string | undefined, drop: () => void): ReadableStream<Uint8Array> {
    const { readers, waiting, heartbeatMs } = this.#limits;
    if (this.#readers.size >= readers)
      throw new AppError('unavailable', 'Too many readers of events.', { hint: 'Close some, or try again later.' });
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
          const close = (): void => {
            end();
            controller.close();
          };
          end = () => {
            clearInterval(beat);
            this.#readers.delete(write);
            this.#ends.delete(close);
          };
          // In one piece, since what is caught up on may be more than what may wait.
          controller.enqueue(encoder.encode(`retry: 2000\n\n${this.#since(lastId)}`));
          this.#readers.add(write);
          this.#ends.add(close);
        },
        cancel: () => end(),
      },
      new CountQueuingStrategy({ highWaterMark: waiting }),
    );
  }

  close(): void {
    for (const close of [...this.#ends]) close();
  }

  #since(lastId: string | undefined): string {
    if (lastId === undefined) return '';
    const after = this.#kept.findIndex(({ id }) => id === lastId);
    if (after >= 0)
      return this.#kept
        .slice(after + 1)
        .map(frameOf)
        .join('');
    return lastId === this.#id() ? '' : `event: missed\nid: ${this.#id()}\ndata: {}\n\n`;
  }

  #id(): string {
    return `${this.#era}-${this.#last}`;
  }

  #add(change: Change): void {
    this.#last++;
    const event = { id: this.#id(), kind: change.kind, data: dataOf(this.#house, change) };
    this.#kept.push(event);
    if (this.#kept.length > this.#limits.kept) this.#kept.shift();
    const frame = frameOf(event);
    for (const write of [...this.#readers]) write(frame);
  }
}

const frameOf = ({ id, kind, data }: Event): string => `event: ${kind}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`;

/** Ids and counts only: what a mail says is asked for. */
function dataOf(house: House, change: Change): object {
  const account_id = change.account;
  switch (change.kind) {
    case 'mail': {
      const named = change.added.slice(0, MOST_NAMED);
      const messages = named.map(({ id, threadId }) => ({ message_id: id, thread_id: threadId }));
      return { account_id, count: change.added.length, messages };
    }
    case 'sync': {
      const { state, done, total } = house.sync.report(account_id);
      return { account_id, state, done, total };
    }
    case 'account':
      return { account_id, change: change.what };
    case 'outbox':
      return { account_id, outbox_id: change.outbox, state: change.state };
  }
}
