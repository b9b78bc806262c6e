// The form of SEND_LIMITS: names and numbers with commas. Knows not how sending is counted.
import { z } from 'zod';

/** Of one profile. */
export interface SendLimits {
  /** Recipients of one mail. */
  readonly mail: number;
  /** Mails in a minute and in 24 hours. */
  readonly minute: number;
  readonly day: number;
  /** Recipients in 24 hours with whom the account had no mail before. */
  readonly new_day: number;
}

const DEFAULTS: SendLimits = { mail: 20, minute: 5, day: 50, new_day: 20 };
export const SEND_LIMITS = Object.entries(DEFAULTS)
  .map(([name, most]) => `${name}=${most}`)
  .join(',');

/** What is not named keeps its default. */
export const sendLimits = z.string().transform((text, issues): SendLimits => {
  const given = text.split(',').map((part) => /^\s*(mail|minute|day|new_day)\s*=\s*(\d{1,9})\s*$/.exec(part));
  const names = given.map((part) => part?.[1]);
  if (names.includes(undefined) || new Set(names).size < names.length) issues.addIssue('not limits');
  return { ...DEFAULTS, ...Object.fromEntries(given.flatMap((part) => (part ? [[part[1], Number(part[2])]] : []))) };
});
