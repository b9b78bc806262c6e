// What one round over an account's places carries from step to step. Values only; asks no server.
import type { Identity } from '../../mail/change.ts';
import type { Connection } from './connection.ts';
import type { PlaceCursor } from './cursor.ts';
import type { Dialect, Fetched, Weight } from './fetch.ts';
import type { ListedPlace } from './places.ts';

/** A place while a round works on it. */
export interface PlaceState {
  readonly listed: ListedPlace;
  cursor: PlaceCursor;
  /** Whether everything was done that a round owes this place. */
  looked: boolean;
  /** What was refused in this round and waits for the next one. */
  readonly refusedNow: Set<number>;
}

export function beginPlace(listed: ListedPlace, cursor: PlaceCursor): PlaceState {
  return { listed, cursor, looked: false, refusedNow: new Set() };
}

export interface BatchContext {
  readonly connection: Connection;
  readonly dialect: Dialect;
  readonly knows: (identities: readonly Identity[]) => Promise<ReadonlySet<Identity>>;
  readonly signal: AbortSignal;
  /** What SEARCH found in an earlier round of the same connection, by `foundKey`. */
  readonly found: Map<string, Found>;
}

/** UIDs of a range that are there, up to but without `to`; nothing is said about those from `to` on. */
export interface Found {
  readonly to: number;
  readonly uids: Uint32Array;
  /** Of the mails to be read next. */
  weighed?: Weighed;
}

export interface Weighed {
  readonly from: number;
  readonly to: number;
  readonly weights: Fetched<Weight>;
}
