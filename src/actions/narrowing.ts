// How what narrows a token is asked for, strictly: what is not understood would open more than was meant. Knows no door.
import { z } from 'zod';
import { mayWriteTo, type Narrowing } from '../auth/narrowing.ts';
import { AppError } from '../base/errors.ts';
import { judgeAddrSpec } from '../mail/addr-spec.ts';
import type { Recipients } from '../mail/recipients.ts';
import type { Context } from './context.ts';

const MOST = 100;
const DOMAIN = /^@(?=.{1,253}$)[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)*$/u;

const label = z.string().min(1).max(255);
const address = z
  .string()
  .trim()
  .toLowerCase()
  .max(320)
  .refine((text) => DOMAIN.test(text) || !('wrong' in judgeAddrSpec(text)));

export const narrowingShape = z
  .strictObject({
    labels: z.array(label).min(1).max(MOST).optional().describe('Names or ids.'),
    senders: z.array(address).min(1).max(MOST).optional().describe('Addresses, or @domain.'),
    newer_than: z
      .string()
      .regex(/^[1-9]\d{0,3}[dmy]$/)
      .optional()
      .describe('30d, 6m or 1y.'),
    recipients: z
      .union([z.array(z.literal('*')).length(1), z.array(address).max(MOST)])
      .optional()
      .describe('Addresses, or @domain; none: nobody; * alone: anybody.'),
  })
  .describe(
    'Narrows what is seen: mail with one of labels, from one of senders, newer_than (30d, 6m, 1y); and to whom recipients it writes. Lists are not empty, but recipients may be.',
  );

/** Throws `forbidden` when the token may not write to one of them. */
export function mustBeAllowed({ session }: Context, { to, cc, bcc }: Recipients): void {
  if (session.kind === 'service') return;
  const refused = [...to, ...cc, ...bcc].find((each) => !mayWriteTo(session.only, each.address));
  if (!refused) return;
  throw new AppError('forbidden', `This token may not write to ${refused.address}.`, {
    hint: whom(session.only),
  });
}

function whom(only: Narrowing | null): string {
  const allowed = only?.recipients ?? [];
  return allowed.length === 0 ? 'It may write to nobody.' : `It may write to ${allowed.join(', ')} only.`;
}
