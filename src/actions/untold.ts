// Which arrival numbers of an inbox have not been told yet, as spans. Pure.

/** The numbers above `after`, up to and with `upTo`. */
export type Span = readonly [after: number, upTo: number];

/** What is to tell: the spans left over, and everything that came above `seen`. */
export function untold(left: readonly Span[], seen: number, last: number): Span[] {
  return last > seen ? [...left, [seen, last]] : [...left];
}

/** The spans without what has been told; neighbours grow together, so that they stay few. */
export function without(spans: readonly Span[], told: readonly Span[]): Span[] {
  const rest = told.reduce<Span[]>(
    (kept, [after, upTo]) =>
      kept.flatMap(([from, to]) =>
        [[from, Math.min(to, after)] as const, [Math.max(from, upTo), to] as const].filter(([low, high]) => low < high),
      ),
    [...spans],
  );
  const joined: Span[] = [];
  for (const span of rest.toSorted((a, b) => a[0] - b[0])) {
    const before = joined.at(-1);
    if (before && before[1] >= span[0]) joined[joined.length - 1] = [before[0], Math.max(before[1], span[1])];
    else joined.push(span);
  }
  return joined;
}

/** One number as a span. */
export const only = (n: number): Span => [n - 1, n];
