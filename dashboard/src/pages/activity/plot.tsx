// A plot over time with what stands at the step that is pointed at, and the same in words and as a table for those who cannot look.
import { useEffect, useId, useRef, useState } from 'react';
import 'uplot/dist/uPlot.min.css';
import { number } from '../../parts/amount.ts';
import { Card } from '../../parts/card.tsx';
import { LOCALE } from '../../parts/locale.ts';
import { lasting } from '../../parts/when.tsx';
import { colourOf } from './colours.ts';
import { draw, HEIGHT, type Look } from './draw.ts';
import { isEmpty, type Lines } from './series.ts';

const exact = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'short', timeStyle: 'short' });

interface Props {
  readonly title: string;
  /** What is counted, for example `calls`. */
  readonly unit: string;
  readonly data: Lines;
  /** Values of one step side by side rather than added up, such as times. */
  readonly look?: Look;
}

interface Point {
  readonly step: number;
  readonly left: number;
}

export function Plot({ title, unit, data, look = 'bars' }: Props) {
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const [point, setPoint] = useState<Point | null>(null);
  const empty = isEmpty(data);
  useEffect(() => {
    const element = box.current;
    if (!element || empty) return;
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const onPoint = (step: number | null, left: number): void => setPoint(step === null ? null : { step, left });
    const drawn = () => draw(element, { data, look, isDark: scheme.matches, onPoint });
    let plot = drawn();
    const redraw = (): void => {
      plot.destroy();
      plot = drawn();
    };
    const resized = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
    resized.observe(element);
    scheme.addEventListener('change', redraw);
    return () => {
      resized.disconnect();
      scheme.removeEventListener('change', redraw);
      plot.destroy();
      setPoint(null);
    };
  }, [data, look, empty]);
  const step = (data.at[1] ?? 0) - (data.at[0] ?? 0);
  return (
    <Card>
      <h2 id={id} className="font-semibold">
        {title}
      </h2>
      <p className="text-sm text-soft">
        {unit}
        {step > 0 && `, by ${lasting(step)}`}
      </p>
      {empty ? (
        <p className="py-16 text-center text-soft">Nothing in this time.</p>
      ) : (
        <>
          <div className="relative mt-2 min-h-45">
            <div ref={box} role="img" aria-label={`${title}: ${told(data, unit, look)}`} />
            {point && <Pointed point={point} data={data} unit={unit} />}
          </div>
          <ul className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-sm">
            {data.lines.map((line, i) => (
              <li key={line.name} className="flex min-w-0 items-center gap-1.5">
                <Swatch index={i} />
                <span className="min-w-0">
                  {line.name}{' '}
                  <span className="text-soft">
                    {summed(line.values, look)}
                    {look === 'lines' && ` ${unit}`}
                  </span>
                </span>
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

/** For those who point; the table says the same. */
function Pointed({
  point: { step, left },
  data: { at, lines },
  unit,
}: { readonly point: Point } & Pick<Props, 'data' | 'unit'>) {
  const told = lines.flatMap(({ name, values }, i) => {
    const value = values[step];
    return value ? [{ name, value, i }] : [];
  });
  const time = at[step];
  if (time === undefined || told.length === 0) return null;
  return (
    <div
      aria-hidden="true"
      className="pointer-events-none absolute top-0 z-10 max-w-56 -translate-x-1/2 rounded-lg border border-line bg-card px-3 py-2 text-sm shadow-lg"
      style={{ left: `clamp(7rem, ${left}px, calc(100% - 7rem))` }}
    >
      <p className="font-semibold">{exact.format(time * 1000)}</p>
      {told.map(({ name, value, i }) => (
        <p key={name} className="flex items-center gap-1.5">
          <Swatch index={i} />
          <span className="min-w-0 truncate">{name}</span>
          <span className="ml-auto pl-2 whitespace-nowrap tabular-nums">
            {number(value)} {unit}
          </span>
        </p>
      ))}
    </div>
  );
}

function Swatch({ index }: { readonly index: number }) {
  return (
    <svg viewBox="0 0 10 10" className="size-2.5 shrink-0" aria-hidden="true">
      <circle cx="5" cy="5" r="5" className="dark:hidden" fill={colourOf('light', index)} />
      <circle cx="5" cy="5" r="5" className="hidden dark:inline" fill={colourOf('dark', index)} />
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
                  {number(values[i] ?? 0)}
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

const summed = (values: readonly (number | null)[], look: Look): string =>
  look === 'lines' ? `at most ${number(mostOf(values))}` : number(sumOf(values));

const told = ({ lines }: Lines, unit: string, look: Look): string =>
  lines.map(({ name, values }) => `${name} ${summed(values, look)} ${unit}`).join(', ');
