// What a variable of the environment is: its form, its default, and what would be right. Knows no particular one.
import { z } from 'zod';

export const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);
export const bool = z
  .string()
  .toLowerCase()
  .pipe(z.enum(['true', 'false', '1', '0', 'yes', 'no', 'on', 'off']))
  .transform((text) => ['true', '1', 'yes', 'on'].includes(text));
export const port = (lowest: number) =>
  z
    .string()
    .regex(/^\d+$/)
    .transform(Number)
    .refine((n) => n >= lowest && n <= 65_535);
/** An address to build others on: without a trailing slash, so that a path can be put after it. */
export const url = z
  .string()
  .regex(/^https?:\/\/[^/?#@\s]+(\/[^?#\s]*)?$/)
  .refine((text) => URL.canParse(text))
  .transform((text) => text.replace(/\/+$/, ''));
export const HOST_NAME = 'a host name or an IP address';
export const host = z.string().regex(/^[A-Za-z0-9._:%-]+$/);

export interface Variable {
  readonly name: string;
  readonly schema: z.ZodType;
  readonly fallback: string;
  /** What would be right, for the error and for .env.example. */
  readonly right: string;
  readonly about: string;
  /** May also come from the file that NAME_FILE names. */
  readonly secret?: true;
}

export const define = <S extends z.ZodType>(
  schema: S,
  fallback: string,
  right: string,
  about: string,
  secret?: true,
) => ({
  schema,
  fallback,
  right,
  about,
  ...(secret && { secret }),
});

export const origin = z
  .string()
  .regex(/^https?:\/\/[^/?#@\s]+$/)
  .refine((text) => URL.canParse(text));
export const days = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number);

/** Whether a host name or address means this machine only. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
