// How callers' parameters are read: lenient in form, strict in meaning. Knows no door.
import { z } from 'zod';
import { invalidInput } from '../base/errors.ts';

/** A parameter that has to be there. */
export const required = (about: string, max = 1000) => z.string().trim().min(1).max(max).describe(about);

/** A parameter that may be left out; `""` and null mean the same as absence. */
export const optional = (about: string, max = 1000) => z.string().trim().max(max).optional().describe(about);

/** The app's own id of a person, taken as it is: ids that differ by a blank are two people. */
export const personId = (about: string) =>
  z
    .string()
    .min(1)
    .max(255)
    // What the store could not keep apart: without its other half each surrogate becomes the same sign.
    .refine((id) => /\S/.test(id) && !/[\p{Cc}\p{Cs}]/u.test(id))
    .describe(about);

/** A text that may be left out, taken as it is, white space too. */
export const text = (about: string, max: number) => z.string().max(max).optional().describe(about);

/** True or false, also as a text. */
export const flag = (about: string) => z.union([z.boolean(), z.stringbool()]).optional().describe(about);

/** One text with commas, or a list. */
export const people = (about: string) =>
  z
    .union([z.string(), z.array(z.string())])
    .optional()
    .describe(about);

/** A page size; one outside its range is taken as the nearest. */
export const pageSize = (fallback: number, most: number) =>
  z.coerce
    .number()
    .overwrite((n) => Math.min(most, Math.max(1, Math.trunc(n))))
    .default(fallback)
    .describe(`At most ${most}.`);

export const accountId = required('Id or address.', 255);
export const cursor = optional('From next_cursor.', 4000);

/**
 * Reads a caller's parameters. Null, `""` and `[]` count as left out. Throws `invalid_input` naming the field and what
 * is wrong with it. `untold`: parameters that this caller's list does not show.
 */
export function readInput<S extends z.ZodObject>(schema: S, raw: unknown, untold: readonly string[] = []): z.output<S> {
  if (raw !== undefined && raw !== null && (typeof raw !== 'object' || Array.isArray(raw)))
    throw invalidInput('', 'The parameters must be an object.', 'Give them by name.');
  const given = Object.entries((raw ?? {}) as Record<string, unknown>).filter(([, value]) => !isAbsent(value));
  const unknown = given.find(([name]) => !Object.hasOwn(schema.shape, name));
  if (unknown)
    throw invalidInput(
      unknown[0].slice(0, 100),
      `There is no parameter "${unknown[0].slice(0, 100)}".`,
      `There is: ${Object.keys(schema.shape)
        .filter((name) => !untold.includes(name))
        .join(', ')}.`,
    );
  const parsed = schema.safeParse(Object.fromEntries(given));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const field = issue.path.join('.');
  const about = schema.shape[field]?.meta()?.description ?? 'See the description of the parameters.';
  const missing = !given.some(([name]) => name === issue.path[0]);
  throw invalidInput(field, missing ? `${field} is missing.` : `${field} ${wrongness(issue)}.`, about);
}

const NAMES: Readonly<Record<string, string>> = { int: 'whole number', array: 'list' };

/** What is wrong, in our words: a library's may quote the caller. */
function wrongness(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'string' ? 'must be text' : `must be a ${NAMES[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'too_big':
      return issue.origin === 'string' ? `may have ${issue.maximum} characters` : `must be at most ${issue.maximum}`;
    case 'too_small':
      return issue.origin === 'string' ? 'must not be blank' : `must be at least ${issue.minimum}`;
    default:
      return 'is not what is expected';
  }
}

/** The address alone, lower-case, of `Name <address>` or of an address. */
export const bareAddress = (text: string): string => (/<([^<>]+)>\s*$/.exec(text)?.[1] ?? text).trim().toLowerCase();

const isAbsent = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
