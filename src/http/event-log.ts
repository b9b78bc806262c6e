// The latest changes for readers of server-sent events: who sees which is decided here and nowhere else. Knows no route.
import type { House } from '../actions/context.ts';
import { type Group, has, onlyUserOf, type Session } from '../auth/session.ts';
import { AppError } from '../base/errors.ts';
import type { UserId } from '../base/ids.ts';
import type { Change } from '../sync/change-feed.ts';
import { EventView, type ViewLimits } from './event-view.ts';

export interface EventLimits extends ViewLimits {
  /** Of the operator's own key. */
  readonly ofOperator: number;
  /** Of one person, or one narrower key. */
  readonly ofOne: number;
  /** Of all of these together. */
  readonly ofOthers: number;
  /** What nobody reads any more is kept for who comes back. */
  readonly lingerMs: number;
}

const LIMITS: EventLimits = {
  kept: 1000,
  waiting: 256,
  heartbeatMs: 15_000,
  ofOperator: 100,
  ofOne: 10,
  ofOthers: 1000,
  lingerMs: 5 * 60_000,
};
/** Ids of one commit that are named; `count` says how many there are. */
const MOST_NAMED = 50;
/** Who may read by REST what an event tells of. */
const GROUP_OF: Readonly<Record<Change['kind'], Group>> = {
  mail: 'mail',
  outbox: 'mail',
  sync: 'accounts',
  account: 'accounts',
};
const KINDS = Object.keys(GROUP_OF) as Change['kind'][];

/** What a reader sees: of one user or (null) of all, and of which kinds. */
interface Sight {
  readonly user: UserId | null;
  readonly kinds: readonly Change['kind'][];
}

const sees = ({ user, kinds }: Sight, change: Change): boolean =>
  (user === null || user === change.user) && kinds.includes(change.kind);

const sightOf = (session: Session): Sight => ({
  user: onlyUserOf(session),
  kinds: KINDS.filter((kind) => has(session, GROUP_OF[kind])),
});

interface Seen {
  readonly sight: Sight;
  readonly view: EventView;
  forgetting: NodeJS.Timeout | null;
}

export class EventLog {
  readonly #house: House;
  readonly #limits: EventLimits;
  readonly #views = new Map<string, Seen>();
  /** How many streams who has open. */
  readonly #open = new Map<string, number>();
  #others = 0;

  constructor(house: House, limits: Partial<EventLimits> = {}) {
    this.#house = house;
    this.#limits = { ...LIMITS, ...limits };
    // The operator's is kept from the start, and for good.
    this.#viewOf({ user: null, kinds: KINDS });
    house.feed.listen((change) => this.#add(change));
  }

  /**
   * A stream of what changes and this caller may read: from now on, or after `lastId`. `drop` breaks the connection of a
   * reader who does not keep up. Throws `unavailable` when too many are open.
   */
  open(session: Session, lastId: string | undefined, drop: () => void): ReadableStream<Uint8Array> {
    const leave = this.#enter(session);
    const seen = this.#viewOf(sightOf(session));
    if (seen.forgetting) clearTimeout(seen.forgetting);
    return seen.view.open(lastId, drop, () => {
      leave();
      if (seen.view.readers === 0) this.#forgetLater(seen);
    });
  }

  close(): void {
    for (const { view } of this.#views.values()) view.close();
  }

  /** Takes a place; the answer gives it back. */
  #enter(session: Session): () => void {
    const { ofOperator, ofOne, ofOthers } = this.#limits;
    const isOperator = session.kind === 'service' && !session.narrow && !session.person;
    const own = this.#open.get(session.id) ?? 0;
    if (own >= (isOperator ? ofOperator : ofOne) || (!isOperator && this.#others >= ofOthers))
      throw new AppError('unavailable', 'Too many readers of events.', { hint: 'Close some, or try again later.' });
    const add = (n: 1 | -1): void => {
      const now = (this.#open.get(session.id) ?? 0) + n;
      if (now > 0) this.#open.set(session.id, now);
      else this.#open.delete(session.id);
      if (!isOperator) this.#others += n;
    };
    add(1);
    return () => add(-1);
  }

  #viewOf(sight: Sight): Seen {
    const key = JSON.stringify(sight);
    const known = this.#views.get(key);
    if (known) return known;
    const seen = { sight, view: new EventView(this.#limits), forgetting: null };
    this.#views.set(key, seen);
    return seen;
  }

  #forgetLater(seen: Seen): void {
    const { sight } = seen;
    if (sight.user === null && sight.kinds.length === KINDS.length) return;
    if (seen.forgetting) clearTimeout(seen.forgetting);
    seen.forgetting = setTimeout(() => this.#views.delete(JSON.stringify(sight)), this.#limits.lingerMs).unref();
  }

  #add(change: Change): void {
    const data = JSON.stringify(dataOf(this.#house, change));
    for (const { sight, view } of this.#views.values()) if (sees(sight, change)) view.add(change.kind, data);
  }
}

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
