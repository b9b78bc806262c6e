// What became of an answer. Knows no route.
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';

/** True once the last byte of the answer has been handed to the network; false when the caller hung up before. */
export function deliveryOf(c: Context): Promise<boolean> {
  const { outgoing } = c.env as HttpBindings;
  return new Promise((resolve) => {
    outgoing.once('close', () => resolve(outgoing.writableFinished));
  });
}
