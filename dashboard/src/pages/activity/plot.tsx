// A plot over time, and the same in words and as a table for those who cannot look.
import { useEffect, useId, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { Card } from '../../parts/card.tsx';
import { isEmpty, type Lines } from './series.ts';

const HEIGHT = 190;
/** Told apart by hue and lightness, on either ground. */
const COLOURS = {
  light: ['#1f5c4a', '#b3561a', '#3d5ba9', '#8a3d73', '#6b6a2d', '#6d727c'],
  dark: ['#8cc9b1', '#f0a76b', '#9db4f2', '#df9ccb', '#d0cf86', '#a6abb5'],
};
const number = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const TWO_DAYS_S = 2 * 86_400;
const timeOf = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const dayOf = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'short', timeStyle: 'short' });

interface Props {
  readonly title: string;
  /** What is counted, for example `calls`. */
  readonly unit: string;
  readonly data: Lines;
  /** Values of one step side by side rather than added up, such as times. */
  readonly look?: 'bars' | 'lines';
}

export function Plot({ title, unit, data, look = 'bars' }: Props) {
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const empty = isEmpty(data);
  useEffect(() => {
    const element = box.current;
    if (!element || empty) return;
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    let plot = draw(element, data, look, scheme.matches);
    const redraw = (): void => {
      plot.destroy();
      plot = draw(element, data, look, scheme.matches);
    };
    const resized = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
    resized.observe(element);
    scheme.addEventListener('change', redraw);
    return () => {
      resized.disconnect();
      scheme.removeEventListener('change', redraw);
      plot.destroy();
    };
  }, [data, look, empty]);
  return (
    <Card>
      <h2 id={id} className="font-semibold">
        {title}
      </h2>
      {empty ? (
        <p className="py-12 text-center text-soft">Nothing in this time.</p>
      ) : (
        <>
          <div ref={box} role="img" aria-label={`${title}: ${told(data, unit, look)}`} className="mt-2 min-h-48" />
          <ul className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-sm">
            {data.lines.map((line, i) => (
              <li key={line.name} className="flex items-center gap-1.5">
                <Swatch index={i} />
                {line.name} <span className="text-soft">{summed(line.values, look)}</span>
              </li>
            ))}
          </ul>
          <details className="mt-2 text-sm">
            <summary className="cursor-pointer text-soft">As a table</summary>
            <Table data={data} labelledBy={id} />
          </details>
        </>
      )}
    </Card>
  );
}

function Swatch({ index }: { readonly index: number }) {
  const at = index % COLOURS.light.length;
  return (
    <svg viewBox="0 0 10 10" className="size-2.5" aria-hidden="true">
      <circle cx="5" cy="5" r="5" className="dark:hidden" fill={COLOURS.light[at]} />
      <circle cx="5" cy="5" r="5" className="hidden dark:inline" fill={COLOURS.dark[at]} />
    </svg>
  );
}

function Table({ data, labelledBy }: { readonly data: Lines; readonly labelledBy: string }) {
  const filled = data.at.flatMap((_, i) => (data.lines.some(({ values }) => values[i]) ? [i] : []));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
    <section tabIndex={0} aria-labelledby={labelledBy} className="mt-2 max-h-60 overflow-auto">
      <table className="w-full text-left">
        <thead>
          <tr className="border-b border-line">
            <th className="py-1 pr-4">From</th>
            {data.lines.map(({ name }) => (
              <th key={name} className="pr-4 text-right">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {filled.map((i) => (
            <tr key={data.at[i]} className="border-b border-line">
              <td className="py-1 pr-4">{exact.format((data.at[i] ?? 0) * 1000)}</td>
              {data.lines.map(({ name, values }) => (
                <td key={name} className="pr-4 text-right tabular-nums">
                  {number.format(values[i] ?? 0)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const sumOf = (values: readonly (number | null)[]): number =>
  values.reduce<number>((all, each) => all + (each ?? 0), 0);
const mostOf = (values: readonly (number | null)[]): number => Math.max(...values.map((each) => each ?? 0));

const summed = (values: readonly (number | null)[], look: Props['look']): string =>
  look === 'lines' ? `at most ${number.format(mostOf(values))}` : number.format(sumOf(values));

const told = ({ lines }: Lines, unit: string, look: Props['look']): string =>
  lines.map(({ name, values }) => `${name} ${summed(values, look)} ${unit}`).join(', ');

function draw(element: HTMLElement, { at, lines }: Lines, look: Props['look'], isDark: boolean): uPlot {
  const style = getComputedStyle(element);
  const ink = style.getPropertyValue('--soft');
  const grid = style.getPropertyValue('--line');
  const colours = isDark ? COLOURS.dark : COLOURS.light;
  const rows = look === 'bars' ? stacked(lines.map(({ values }) => values)) : lines.map(({ values }) => [...values]);
  const bars = uPlot.paths.bars?.({ size: [0.85, 24], align: 1 });
  // What is stacked highest is drawn first, so that the others stand before it.
  const order = lines.map((_, i) => i).toReversed();
  // A bar stands to the right of where its step begins, so the newest one needs room.
  const begin = at[0] ?? 0;
  const end = (at.at(-1) ?? 0) + ((at[1] ?? begin + 60) - begin);
  const clock = end - begin > TWO_DAYS_S ? dayOf : timeOf;
  const axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } };
  return new uPlot(
    {
      width: element.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { y: false },
      scales: { x: { range: [begin, end] }, y: { range: (_, __, most) => [0, Math.max(1, most * 1.1)] } },
      axes: [
        { ...axis, values: (_, ticks) => ticks.map((each) => clock.format(each * 1000)) },
        { ...axis, size: 60, values: (_, ticks) => ticks.map((each) => number.format(each)) },
      ],
      series: [
        {},
        ...order.map((i) => {
          const colour = colours[i % colours.length] ?? ink;
          return look === 'bars'
            ? { stroke: colour, fill: colour, width: 0, points: { show: false }, ...(bars && { paths: bars }) }
            : { stroke: colour, width: 2, spanGaps: false, points: { show: true, size: 6, fill: colour } };
        }),
      ],
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
