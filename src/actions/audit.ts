// What was called: the rows of the audit. Knows no door.
import { z } from 'zod';
import { invalidInput } from '../base/errors.ts';
import type { AuditRow } from '../store/audit-chain.ts';
import { type Context, iso } from './context.ts';
import { cursor, flag, optional, pageSize, personId } from './input.ts';

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
  profile_id: optional('Only of this agent.', 255),
  by: z.enum(['agents', 'others']).optional().describe('Only what agents called, or only what people and apps did.'),
  called: optional('Only what has this in the name of its tool or route.', 200),
  errors_only: flag('Only what ended with an error.'),
  limit: pageSize(100, 1000),
  cursor,
});
export const auditRowShape = rowShape;
export const auditShape = z.object({ audit: z.array(rowShape), next_cursor: z.string().optional() });

/** The newest first. */
export async function listAudit(
  ctx: Context,
  { limit, cursor: token, ...asked }: z.output<typeof auditInput>,
): Promise<z.output<typeof auditShape>> {
  const { since, user_id, profile_id, by, called, errors_only } = asked;
  const from = since === undefined ? undefined : readTime(since, 'since');
  const bound = ['audit', ...[since, user_id, profile_id, by, called, errors_only].map((each) => String(each ?? ''))];
  const place = ctx.tokens.read(bound, token, ctx.now());
  const wanted = {
    ...(from !== undefined && { since: from }),
    ...(user_id !== undefined && { userId: user_id }),
    ...(profile_id !== undefined && { profileId: profile_id }),
    ...(by !== undefined && { byAgents: by === 'agents' }),
    ...(called !== undefined && { called }),
    ...(errors_only && { errorsOnly: true }),
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

const DAY_OR_TIME = z.union([z.iso.date(), z.iso.datetime({ offset: true })]);

/** Epoch milliseconds, not before 1970. Throws `invalid_input`, naming the field. */
export function readTime(text: string, field: string): number {
  const time = DAY_OR_TIME.safeParse(text.toUpperCase()).success ? Date.parse(text) : Number.NaN;
  if (!(time >= 0)) throw invalidInput(field, `${field} must be a time.`, 'For example 2026-01-31T08:00:00Z.');
  return time;
}

const show = ({ at, account_ids, message_ids, chain: _, hash: __, ...row }: AuditRow): z.output<typeof rowShape> => ({
  ...row,
  at: iso(at),
  account_ids: list(account_ids),
  message_ids: list(message_ids),
});

const list = (text: string): string[] => (text === '' ? [] : text.split(','));
