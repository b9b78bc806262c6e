// Days and spans of time in an IANA zone. Pure: the present is given; knows the zones that the runtime knows.

/** A day of the proleptic Gregorian calendar; month and day count from 1. */
export interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

export type TimeUnit = 'hour' | 'day' | 'month' | 'year';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Whether the calendar has this day, between the years 1900 and 9999. */
export function isDay({ year, month, day }: Day): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return year >= 1900 && year <= 9999 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/** Epoch milliseconds at which a day begins in the zone; an unknown zone is taken as UTC. */
export function startOfDay({ year, month, day }: Day, timeZone: string): number {
  return instantOf(Date.UTC(year, month - 1, day), timeZone);
}

/**
 * Epoch milliseconds of the same time of day so many days, months or years before `now` in the zone; hours are hours.
 * A day that the earlier month lacks is its last one. Never before 1970.
 */
export function before(now: number, count: number, unit: TimeUnit, timeZone: string): number {
  if (unit === 'hour') return Math.max(0, now - count * HOUR);
  const local = new Date(now + offsetAt(now, timeZone));
  if (unit === 'day') local.setTime(local.getTime() - count * DAY);
  else {
    const day = local.getUTCDate();
    local.setUTCMonth(local.getUTCMonth() - count * (unit === 'year' ? 12 : 1), 1);
    const lastDay = new Date(Date.UTC(local.getUTCFullYear(), local.getUTCMonth() + 1, 0)).getUTCDate();
    local.setUTCDate(Math.min(day, lastDay));
  }
  return local.getTime() > 0 ? Math.max(0, instantOf(local.getTime(), timeZone)) : 0;
}

// The first instant at which clocks of the zone show `local` (a wall time written as if it were UTC). Where they skip it,
// the offset that held before the gap leads to the same distance behind it, which for a midnight is the day's beginning.
function instantOf(local: number, timeZone: string): number {
  const early = local - offsetAt(local - DAY, timeZone);
  const late = local - offsetAt(local + DAY, timeZone);
  const shown = [early, late].filter((instant) => instant + offsetAt(instant, timeZone) === local);
  return shown.length > 0 ? Math.min(...shown) : early;
}

function offsetAt(instant: number, timeZone: string): number {
  const clock = clockOf(timeZone);
  if (clock === null) return 0;
  const part: Record<string, number> = {};
  for (const { type, value } of clock.formatToParts(instant)) part[type] = Number(value);
  const { year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instant / 1000) * 1000;
}

// Making a formatter costs as much as a search.
const clocks = new Map<string, Intl.DateTimeFormat | null>();

function clockOf(timeZone: string): Intl.DateTimeFormat | null {
  let clock = clocks.get(timeZone);
  if (clock === undefined) {
    clock = newClock(timeZone);
    if (clocks.size < 1_000) clocks.set(timeZone, clock);
  }
  return clock;
}

function newClock(timeZone: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    return null;
  }
}
