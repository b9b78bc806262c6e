// What was done over time, for plots: calls, how long they took, mail stored, quota used, mail sent. Knows no door.
import { z } from 'zod';
import { onlyUserOf } from '../auth/session.ts';
import { invalidInput } from '../base/errors.ts';
import type { UserId } from '../base/ids.ts';
import type { Stretch } from '../store/activity-rows.ts';
import { readTime } from './audit.ts';
import { type Context, iso } from './context.ts';
import { optional, personId } from './input.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const LONGEST_MS = 90 * DAY_MS;
/** Steps that people think in; the shortest that gives few enough of them is taken. Beyond 50 hours that is an hour or more. */
const STEPS_MS = [1, 5, 15, 60, 6 * 60, 24 * 60].map((minutes) => minutes * MINUTE_MS);
const MOST_STEPS = 200;

export const statisticsInput = z.object({
  user_id: personId('Only this person’s.').optional(),
  profile_id: optional('Of the calls, only this agent’s.', 255),
  by: z
    .enum(['agents', 'others'])
    .optional()
    .describe('Of the calls, only those of agents, or only those of people and apps.'),
  since: optional('From then on, RFC 3339; a day ago when left out, at most 90 days.', 40),
  until: optional('Up to then, RFC 3339; now when left out.', 40),
});

const at = z.string().describe('The beginning of the step.');
export const statisticsShape = z.object({
  since: z.string(),
  until: z.string(),
  step_seconds: z.number(),
  calls: z.array(
    z.object({
      at,
      called: z.string().describe('The tool, or the route.'),
      profile_id: z.string().nullable(),
      calls: z.number(),
      errors: z.number(),
    }),
  ),
  latency: z.array(z.object({ at, median_ms: z.number(), p95_ms: z.number() })),
  accounts: z.array(
    z.object({
      at,
      account_id: z.string(),
      mails: z.number().describe('Stored in the copy.'),
      units: z.number().describe('Of Google’s quota.'),
    }),
  ),
  sends: z.array(z.object({ at, state: z.enum(['queued', 'sent', 'failed', 'unknown']), count: z.number() })),
});

/** Steps in which there was nothing are left out. */
export async function readStatistics(
  ctx: Context,
  input: z.output<typeof statisticsInput>,
): Promise<z.output<typeof statisticsShape>> {
  const stretch = stretchOf(ctx, input);
  const { profile_id, by } = input;
  const whose = {
    ...(profile_id !== undefined && { profileId: profile_id }),
    ...(by !== undefined && { byAgents: by === 'agents' }),
  };
  await ctx.control.audit.flush();
  await ctx.meter.flush();
  const { activity } = ctx.control;
  const [calls, latency, accounts, sends] = await Promise.all([
    activity.calls(stretch, whose),
    activity.latency(stretch, whose),
    activity.accounts(stretch),
    activity.sends(stretch),
  ]);
  return {
    since: iso(stretch.since),
    until: iso(stretch.until),
    step_seconds: stretch.stepMs / 1000,
    calls: calls.map(timed),
    latency: latency.map(timed),
    accounts: accounts.map(timed),
    sends: sends.map(timed) as z.output<typeof statisticsShape>['sends'],
  };
}

function stretchOf(ctx: Context, { user_id, since, until }: z.output<typeof statisticsInput>): Stretch {
  const end = until === undefined ? ctx.now() : readTime(until, 'until');
  const begin = since === undefined ? end - DAY_MS : readTime(since, 'since');
  if (begin >= end) throw invalidInput('since', 'since must be before until.', 'Leave both out for the last day.');
  if (end - begin > LONGEST_MS)
    throw invalidInput('since', 'At most 90 days are told at once.', 'Give a later since, or an earlier until.');
  const stepMs = STEPS_MS.find((each) => (end - begin) / each <= MOST_STEPS) ?? STEPS_MS.at(-1)!;
  return {
    since: Math.floor(begin / stepMs) * stepMs,
    until: end,
    stepMs,
    userId: (user_id as UserId | undefined) ?? onlyUserOf(ctx.session),
  };
}

const timed = <T extends { readonly at: number }>({ at: ms, ...rest }: T) => ({ at: iso(ms), ...rest });
