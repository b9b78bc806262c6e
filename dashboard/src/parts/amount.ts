// Amounts as people read them, with their unit.
import { LOCALE } from './locale.ts';

const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 1 });
const UNITS = ['kB', 'MB', 'GB', 'TB'];

export const number = (value: number): string => whole.format(value);

/** For example `1 mail`, `2,300 mails`. */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${number(value)} ${value === 1 ? one : many}`;

/** For example `12 kB`, `3.4 MB`. */
export function sized(bytes: number): string {
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? whole.format(Math.max(1, value)) : fine.format(value)} ${UNITS[unit]}`;
}
