// What was called: the rows of the audit. Knows no door.
import { z } from 'zod';
import { invalidInput } from '../base/errors.ts';
import type { AuditRow } from '../store/audit-chain.ts';
import { type Context, iso } from './context.ts';
import { cursor, optional, pageSize, personId } from './input.ts';

const rowShape = z.object({
  seq: z.number(),
  at: z.string(),
  caller: z.string().describe('The id of the key, token or connect link.'),
  user_id: z.string().nullable(),
  profile_id: z.string().nullable(),
  account_ids: z.array(z.string()),
  called: z.string().describe('The tool, or the route.'),
  outcome: z.string().describe('ok, or the code of the error.'),
  count: z.number().describe('Mails that the answer named, else the length of its list.'),
  message_ids: z.array(z.string()).describe('The first fifty of them.'),
  duration_ms: z.number(),
});
export const auditInput = z.object({
  since: optional('Only from then on: RFC 3339.', 40),
  user_id: personId('Only this person’s.').optional(),
  limit: pageSize(100, 1000),
  cursor,
});
export const auditRowShape = rowShape;
export const auditShape = z.object({ audit: z.array(rowShape), next_cursor: z.string().optional() });

/** The newest first. */
export async function listAudit(
  ctx: Context,
  { since, user_id, limit, cursor: token }: z.output<typeof auditInput>,
): Promise<z.output<typeof auditShape>> {
  const from = since === undefined ? undefined : readTime(since, 'since');
  const bound = ['audit', since ?? '', user_id ?? ''];
  const place = ctx.tokens.read(bound, token, ctx.now());
  const wanted = {
    ...(from !== undefined && { since: from }),
    ...(user_id !== undefined && { userId: user_id }),
    ...(place !== null && { before: Number(place) }),
  };
  const rows = await ctx.control.audit.list(wanted, limit + 1);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    audit: page.map(show),
    ...(rows.length > page.length && last && { next_cursor: ctx.tokens.mint(bound, String(last.seq), ctx.now()) }),
  };
}

/** Epoch milliseconds. Throws `invalid_input`, naming the field. */
export function readTime(text: string, field: string): number {
  const time = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/i.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (Number.isNaN(time)) throw invalidInput(field, `${field} must be a time.`, 'For example 2026-01-31T08:00:00Z.');
  return time;
}

const show = ({ at, account_ids, message_ids, chain: _, hash: __, ...row }: AuditRow): z.output<typeof rowShape> => ({
  ...row,
  at: iso(at),
  account_ids: list(account_ids),
  message_ids: list(message_ids),
});

const list = (text: string): string[] => (text === '' ? [] : text.split(','));
