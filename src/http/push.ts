// Where Gmail's news come in: a push of Pub/Sub is a hint and nothing more. Knows no key of ours.
import type { Hono } from 'hono';
import { z } from 'zod';
import type { PushGate } from '../auth/push-token.ts';
import { AppError } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';

const envelope = z.object({ message: z.object({ data: z.string().max(10_000) }) });
const news = z.object({ emailAddress: z.string().min(3).max(320) });

export interface PushDoor {
  /** Null: no OAuth client is set up, and nobody is listened to. */
  readonly gate: PushGate | null;
  /** New mail may be there for this address. */
  readonly hint: (email: string) => void;
  readonly log: Logger;
}

export function mountPush(app: Hono, { gate, hint, log }: PushDoor): void {
  app.post('/push/gmail', async (c) => {
    if (!gate)
      throw new AppError('unauthenticated', 'Nobody is listened to here.', {
        hint: 'No OAuth client is set up on this server.',
      });
    await gate.enter(c.req.header('authorization'));
    const email = addressIn(await c.req.text());
    // Signed by Google all the same: asking for it again would bring no other.
    if (email === null) log.warn('a push was not understood');
    else hint(email);
    return c.body(null, 204);
  });
}

function addressIn(body: string): string | null {
  const { data } = envelope.safeParse(parsed(body)).data?.message ?? {};
  if (data === undefined) return null;
  return news.safeParse(parsed(Buffer.from(data, 'base64').toString('utf8'))).data?.emailAddress.toLowerCase() ?? null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
