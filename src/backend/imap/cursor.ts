// How far one place has been told: an opaque word to everybody else. Pure; knows no connection.

/** UIDs from `from` up to but without `to`. */
export interface UidRange {
  readonly from: number;
  readonly to: number;
}

/**
 * Every UID below `top` has been told, but for those in `todo` (ascending, not touching). History is told downwards, so
 * a range loses its upper end batch by batch.
 */
export interface PlaceCursor {
  readonly uidValidity: number;
  readonly top: number;
  /** UIDNEXT when the account was first seen: what is below came before. */
  readonly baseline: number;
  readonly todo: readonly UidRange[];
  /** How many copies have been told and not been seen missing since. */
  readonly held: number;
  /** HIGHESTMODSEQ up to which flags have been told; zero when the server keeps none. */
  readonly modseq: bigint;
  /** UIDs were given anew or got lost: what the store holds has to be compared when everything is told again. */
  readonly relisted: boolean;
  /** How often that was begun for want of mails that the server counts. */
  readonly relists: number;
  /** Mails that the server would not give, with the number of rounds that asked. */
  readonly refused: Readonly<Record<string, number>>;
}

const VERSION = 1;

/** Nothing told yet. `relisted`: the store holds copies under another UIDVALIDITY. */
export function firstSight(
  seen: { uidValidity: number; uidNext: number; highestModseq: bigint },
  relisted: boolean,
): PlaceCursor {
  const top = Math.max(1, seen.uidNext);
  return {
    uidValidity: seen.uidValidity,
    top,
    baseline: top,
    todo: top > 1 ? [{ from: 1, to: top }] : [],
    held: 0,
    modseq: seen.highestModseq,
    relisted,
    relists: 0,
    refused: {},
  };
}

export function writeCursor(cursor: PlaceCursor): string {
  return JSON.stringify({
    v: VERSION,
    ...cursor,
    todo: cursor.todo.map(({ from, to }) => [from, to]),
    modseq: cursor.modseq.toString(),
  });
}

/** Null when there is none or it was written by something else: the place is then told from the beginning. */
export function readCursor(text: string | undefined): PlaceCursor | null {
  if (text === undefined) return null;
  try {
    const { v, todo, modseq, ...rest } = JSON.parse(text);
    if (v !== VERSION || !Number.isSafeInteger(rest.top) || !Array.isArray(todo)) return null;
    return {
      ...rest,
      todo: todo.map(([from, to]: [number, number]) => ({ from, to })),
      modseq: BigInt(modseq),
    };
  } catch {
    return null;
  }
}

/** New UIDs up to but without `uidNext` are to be told. */
export function extend(cursor: PlaceCursor, uidNext: number): PlaceCursor {
  if (uidNext <= cursor.top) return cursor;
  return { ...cursor, top: uidNext, todo: [...cursor.todo, { from: cursor.top, to: uidNext }] };
}

/** `range` (one of `todo`) has been told from `downTo` up, `count` copies of it; `refused` stay to do, each by itself. */
export function told(
  cursor: PlaceCursor,
  range: UidRange,
  downTo: number,
  count: number,
  refused: readonly number[] = [],
): PlaceCursor {
  const rest = cursor.todo.filter(({ from }) => from !== range.from);
  if (downTo > range.from) rest.push({ from: range.from, to: downTo });
  for (const uid of refused) rest.push({ from: uid, to: uid + 1 });
  rest.sort((a, b) => a.from - b.from);
  return { ...cursor, todo: rest, held: cursor.held + count };
}

/** Everything below `top` is to be told again, because the server counts more than has been told. */
export function relist(cursor: PlaceCursor): PlaceCursor {
  const todo = cursor.top > 1 ? [{ from: 1, to: cursor.top }] : [];
  return { ...cursor, todo, held: 0, relisted: true, relists: cursor.relists + 1 };
}

/** Whether a UID has been told. */
export function isTold(cursor: PlaceCursor, uid: number): boolean {
  return uid < cursor.top && !cursor.todo.some(({ from, to }) => uid >= from && uid < to);
}
