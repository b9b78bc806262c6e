// A plot's lines drawn by uPlot. Knows no page.
import uPlot from 'uplot';
import { number } from '../../parts/amount.ts';
import { LOCALE } from '../../parts/locale.ts';
import { colourOf } from './colours.ts';
import type { Lines } from './series.ts';

export type Look = 'bars' | 'lines';
export const HEIGHT = 180;

const TWO_DAYS_S = 2 * 86_400;
const timeOf = new Intl.DateTimeFormat(LOCALE, { timeStyle: 'short' });
const dayOf = new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'short' });
/** What is counted has no halves. */
const WHOLE = [1, 2, 5]
  .flatMap((each) => [1, 10, 100, 1e3, 1e4, 1e5, 1e6].map((ten) => each * ten))
  .toSorted((a, b) => a - b);

interface Drawn {
  readonly data: Lines;
  readonly look: Look;
  readonly isDark: boolean;
  /** The step that is pointed at, and where it stands in the element; null: none. */
  readonly onPoint: (step: number | null, left: number) => void;
}

export function draw(element: HTMLElement, { data: { at, lines }, look, isDark, onPoint }: Drawn): uPlot {
  const style = getComputedStyle(element);
  const ink = style.getPropertyValue('--soft');
  const grid = style.getPropertyValue('--line');
  const rows = look === 'bars' ? stacked(lines.map(({ values }) => values)) : lines.map(({ values }) => [...values]);
  const bars = uPlot.paths.bars?.({ size: [0.85, 24, 3], align: 1 });
  // What is stacked highest is drawn first, so that the others stand before it.
  const order = lines.map((_, i) => i).toReversed();
  // A bar stands to the right of where its step begins, so the newest one needs room.
  const begin = at[0] ?? 0;
  const end = (at.at(-1) ?? 0) + ((at[1] ?? begin + 60) - begin);
  const clock = end - begin > TWO_DAYS_S ? dayOf : timeOf;
  const axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1, size: 4 } };
  return new uPlot(
    {
      width: element.clientWidth,
      height: HEIGHT,
      padding: [8, 8, 0, 0],
      legend: { show: false },
      cursor: { y: false, points: { show: look === 'lines' } },
      scales: { x: { range: [begin, end] }, y: { range: (_, __, most) => [0, Math.max(1, most * 1.1)] } },
      axes: [
        { ...axis, size: 28, values: (_, ticks) => ticks.map((each) => clock.format(each * 1000)) },
        { ...axis, size: 56, incrs: WHOLE, values: (_, ticks) => ticks.map(number) },
      ],
      series: [
        {},
        ...order.map((i) => {
          const colour = colourOf(isDark ? 'dark' : 'light', i);
          return look === 'bars'
            ? { stroke: colour, fill: colour, width: 0, points: { show: false }, ...(bars && { paths: bars }) }
            : { stroke: colour, width: 2, spanGaps: false, points: { show: true, size: 6, fill: colour } };
        }),
      ],
      hooks: {
        setCursor: [
          ({ cursor, over }) => {
            const { idx, left = -1 } = cursor;
            onPoint(left < 0 || idx === null || idx === undefined ? null : idx, over.offsetLeft + left);
          },
        ],
      },
    },
    [[...at], ...order.map((i) => rows[i] ?? [])] as uPlot.AlignedData,
    element,
  );
}

/** Each line on top of those before it. */
function stacked(lines: readonly (readonly (number | null)[])[]): number[][] {
  const rows: number[][] = [];
  for (const values of lines) rows.push(values.map((each, i) => (each ?? 0) + (rows.at(-1)?.[i] ?? 0)));
  return rows;
}
