// Days where clocks are changed, where midnight is skipped, and months of unequal length.
import { describe, expect, it } from 'vitest';
import { before, isDay, startOfDay } from './days.ts';

const iso = (ms: number): string => new Date(ms).toISOString().slice(0, 16);

describe('startOfDay', () => {
  it.each<[day: string, zone: string, instant: string]>([
    ['2026-01-31', 'UTC', '2026-01-31T00:00'],
    ['2026-01-31', 'Asia/Kolkata', '2026-01-30T18:30'],
    ['2026-01-31', 'America/Los_Angeles', '2026-01-31T08:00'],
    ['2026-07-31', 'America/Los_Angeles', '2026-07-31T07:00'],
    ['2026-03-29', 'Europe/Berlin', '2026-03-28T23:00'],
    ['2026-03-30', 'Europe/Berlin', '2026-03-29T22:00'],
    ['2026-10-25', 'Europe/Berlin', '2026-10-24T22:00'],
    ['2026-10-26', 'Europe/Berlin', '2026-10-25T23:00'],
    // Midnight was skipped: the day began at one o'clock.
    ['2018-11-04', 'America/Sao_Paulo', '2018-11-04T03:00'],
    // Clocks went back from midnight to eleven: the day begins when midnight comes for good.
    ['2018-02-18', 'America/Sao_Paulo', '2018-02-18T03:00'],
    // Clocks went back from one to midnight: the day begins at its first midnight.
    ['2026-11-01', 'America/Havana', '2026-11-01T04:00'],
    ['2026-01-31', 'Pacific/Kiritimati', '2026-01-30T10:00'],
    ['1950-06-01', 'UTC', '1950-06-01T00:00'],
    ['2026-01-31', 'No/Where', '2026-01-31T00:00'],
  ])('of %s in %s is %s', (text, zone, instant) => {
    const [year, month, day] = text.split('-').map(Number);
    expect(iso(startOfDay({ year: year!, month: month!, day: day! }, zone))).toBe(instant);
  });
});

describe('before', () => {
  const now = Date.parse('2026-03-30T12:00:00Z');

  it.each<[count: number, unit: 'hour' | 'day' | 'month' | 'year', zone: string, instant: string]>([
    [1, 'day', 'UTC', '2026-03-29T12:00'],
    [24, 'hour', 'Europe/Berlin', '2026-03-29T12:00'],
    [2, 'day', 'Europe/Berlin', '2026-03-28T13:00'],
    [1, 'month', 'UTC', '2026-02-28T12:00'],
    [25, 'month', 'UTC', '2024-02-29T12:00'],
    [1, 'year', 'UTC', '2025-03-30T12:00'],
    [100, 'year', 'UTC', '1970-01-01T00:00'],
    [999_999, 'day', 'UTC', '1970-01-01T00:00'],
    [999_999, 'month', 'UTC', '1970-01-01T00:00'],
    [999_999, 'hour', 'UTC', '1970-01-01T00:00'],
    [0, 'day', 'Europe/Berlin', '2026-03-30T12:00'],
  ])('by %j %ss in %s is %s', (count, unit, zone, instant) => {
    expect(iso(before(now, count, unit, zone))).toBe(instant);
  });
});

describe('isDay', () => {
  it.each([
    [2024, 2, 29, true],
    [2023, 2, 29, false],
    [1900, 1, 1, true],
    [1899, 12, 31, false],
    [9999, 12, 31, true],
    [2026, 13, 1, false],
    [2026, 4, 31, false],
    [2026, 1, 0, false],
  ])('of %j-%j-%j is %j', (year, month, day, is) => {
    expect(isDay({ year, month, day })).toBe(is);
  });
});
