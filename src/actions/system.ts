// What the server is and how it is: version, database, limits, people and accounts by state. For the operator; names nobody.
import { z } from 'zod';
import { PERMISSIONS } from '../auth/session.ts';
import { type Context, iso } from './context.ts';

/** What the process knows of itself. */
export interface SystemFacts {
  readonly version: string;
  readonly startedAt: number;
  /** Bytes on the disk, of the database's files. */
  readonly databaseBytes: () => { readonly control: number; readonly mailboxes: number };
}

export const systemInput = z.object({});
const bytes = z.number().describe('Bytes.');
export const systemShape = z.object({
  version: z.string(),
  node: z.string(),
  started_at: z.string(),
  memory_bytes: bytes,
  database: z.object({ kind: z.literal('sqlite'), control_bytes: bytes, mailboxes_bytes: bytes }),
  users: z.number(),
  accounts: z.object({
    active: z.number(),
    paused: z.number(),
    needs_reauth: z.number(),
    in_trouble: z.number().describe('Active, but the last sync failed.'),
  }),
  outbox: z.object({ queued: z.number(), sent: z.number(), failed: z.number(), unknown: z.number() }),
  limits: z.object({
    default_permissions: z.array(z.enum(PERMISSIONS)),
    recipients_a_mail: z.number(),
    sends_a_minute: z.number(),
    sends_a_day: z.number(),
    new_recipients_a_day: z.number(),
  }),
  google_sign_in: z.boolean(),
});

export async function readSystem(ctx: Context): Promise<z.output<typeof systemShape>> {
  const { control, mailboxes } = ctx.system.databaseBytes();
  const accounts = await ctx.control.accounts();
  const sends = await ctx.control.outbox.counts();
  const count = (of: (typeof accounts)[number]['status']): number =>
    accounts.filter(({ status }) => status === of).length;
  const { mail, minute, day, new_day } = ctx.sendLimits;
  return {
    version: ctx.system.version,
    node: process.version,
    started_at: iso(ctx.system.startedAt),
    memory_bytes: process.memoryUsage.rss(),
    database: { kind: 'sqlite', control_bytes: control, mailboxes_bytes: mailboxes },
    users: new Set(accounts.map(({ user_id }) => user_id)).size,
    accounts: {
      active: count('active'),
      paused: count('paused'),
      needs_reauth: count('needs_reauth'),
      in_trouble: accounts.filter(({ status, last_error }) => status === 'active' && last_error !== null).length,
    },
    outbox: {
      queued: (sends.get('queued') ?? 0) + (sends.get('leaving') ?? 0),
      sent: sends.get('sent') ?? 0,
      failed: sends.get('failed') ?? 0,
      unknown: sends.get('unknown') ?? 0,
    },
    limits: {
      default_permissions: [...ctx.defaultPermissions],
      recipients_a_mail: mail,
      sends_a_minute: minute,
      sends_a_day: day,
      new_recipients_a_day: new_day,
    },
    google_sign_in: ctx.connecting.google !== null,
  };
}
