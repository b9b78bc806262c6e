// Counts by step made into lines of a plot: one value for each step, nought where there was nothing. Knows no page.

export interface Line {
  readonly name: string;
  readonly values: readonly (number | null)[];
}

export interface Lines {
  /** The beginnings of the steps, epoch seconds. */
  readonly at: readonly number[];
  readonly lines: readonly Line[];
}

interface Steps {
  readonly since: string;
  readonly until: string;
  readonly step_seconds: number;
}

interface Counted {
  readonly at: string;
}

/** `name` says which line a row counts for, `value` how much; lines in the order of how much they hold. `empty`: of a step without rows. */
export function linesOf<T extends Counted>(
  { since, until, step_seconds }: Steps,
  rows: readonly T[],
  name: (row: T) => string,
  value: (row: T) => number,
  empty: number | null = 0,
): Lines {
  const begin = Math.floor(Date.parse(since) / 1000 / step_seconds) * step_seconds;
  const count = Math.max(1, Math.ceil((Date.parse(until) / 1000 - begin) / step_seconds));
  const at = Array.from({ length: count }, (_, i) => begin + i * step_seconds);
  const lines = new Map<string, (number | null)[]>();
  for (const row of rows) {
    const i = Math.floor((Date.parse(row.at) / 1000 - begin) / step_seconds);
    if (i < 0 || i >= count) continue;
    const line = lines.get(name(row)) ?? Array.from({ length: count }, () => empty);
    line[i] = (line[i] ?? 0) + value(row);
    lines.set(name(row), line);
  }
  const sum = (values: readonly (number | null)[]): number =>
    values.reduce<number>((all, each) => all + (each ?? 0), 0);
  return {
    at,
    lines: [...lines]
      .map(([each, values]) => ({ name: each, values }))
      .toSorted((a, b) => sum(b.values) - sum(a.values)),
  };
}

/** Each of these lines at its place, also those that hold nothing when another does. */
export function inOrder({ at, lines }: Lines, names: readonly string[]): Lines {
  const none = at.map(() => 0);
  const line = (name: string): Line => lines.find((each) => each.name === name) ?? { name, values: none };
  return { at, lines: lines.length === 0 ? [] : names.map(line) };
}

const MOST = 5;

/** The largest lines, and the rest as one. */
export function fewLines({ at, lines }: Lines): Lines {
  if (lines.length <= MOST + 1) return { at, lines };
  const rest = lines.slice(MOST);
  const values = at.map((_, i) => rest.reduce((all, line) => all + (line.values[i] ?? 0), 0));
  return { at, lines: [...lines.slice(0, MOST), { name: `${rest.length} others`, values }] };
}

export const isEmpty = ({ lines }: Lines): boolean => lines.every(({ values }) => values.every((each) => !each));
