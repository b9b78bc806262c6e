// While a mailbox is being copied, its server is asked nothing for a token that sees a part of it.
import { expect, it } from 'vitest';
import type { Narrowing } from '../auth/narrowing.ts';
import { parseQuery } from '../query/parse.ts';
import type { AccountRow } from '../store/control.ts';
import type { Context } from './context.ts';
import { lookUp } from './look-up.ts';
import { askServer } from './server-search.ts';

const account = { id: 'a', email: 'jane@gmail.com' } as unknown as AccountRow;

function calling(only: Narrowing | null) {
  const asked: string[] = [];
  const answer = (what: string) => async () => {
    asked.push(what);
    return true;
  };
  const sync = { report: () => ({ complete: false }), search: answer('search'), lookUp: answer('lookUp') };
  return { ctx: { sync, session: { kind: 'profile', only } } as unknown as Context, asked };
}
const query = parseQuery('tea', { now: 0, timeZone: 'UTC' });

it.each([{ labels: ['Open'] }, { senders: ['@x.example'] }, { newer_than: '1d' }])('narrowed by %j', async (only) => {
  const { ctx, asked } = calling(only);
  for (const reference of ['18c2f0a1b2c3d4e5', '<a@x.example>']) {
    await lookUp(ctx, account, reference, 'messageId', false);
    await expect(lookUp(ctx, account, reference, 'messageId', true)).rejects.toMatchObject({ code: 'unavailable' });
  }
  expect(await askServer(ctx, account, query, null)).toMatchObject({ asked: false });
  expect(asked).toEqual([]);
});

it.each([null, { recipients: [] }])('not narrowed in what is seen by %j', async (only) => {
  const { ctx, asked } = calling(only);
  await lookUp(ctx, account, '18c2f0a1b2c3d4e5', 'messageId', true);
  expect(await askServer(ctx, account, query, null)).toMatchObject({ asked: true });
  expect(asked).toEqual(['lookUp', 'search']);
});
