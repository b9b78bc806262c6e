// One account's loop when its server is away: those who ask are told at once. Knows no IMAP, no SQL.
import { afterEach, describe, expect, it } from 'vitest';
import { AppError } from '../base/errors.ts';
import { createLogger } from '../base/log.ts';
import { AccountLoop } from './account-loop.ts';

let loop: AccountLoop | undefined;
afterEach(() => loop?.stop());

/** A loop whose every login fails so; resolves once it has told the first fault. */
async function failing(fault: AppError): Promise<{ loop: AccountLoop; rejected: Promise<void> }> {
  const told = Promise.withResolvers<void>();
  const rejected = Promise.withResolvers<void>();
  const unused = () => Promise.reject(new Error('not reached'));
  const made = new AccountLoop({
    open: () => Promise.reject(fault),
    writer: { state: unused, knows: unused, apply: unused, close: () => Promise.resolve() },
    log: createLogger('silent'),
    background: true,
    pollIntervalMs: 60_000,
    onRejected: async () => rejected.resolve(),
    onTrouble: async () => told.resolve(),
  });
  loop = made;
  made.start();
  await told.promise;
  return { loop: made, rejected: rejected.promise };
}

describe('asking while a fault is waited out', () => {
  it('is refused at once with that fault, not after the wait', async () => {
    const fault = new AppError('unavailable', 'away', { retryAt: Date.now() + 3_600_000 });
    const { loop } = await failing(fault);
    await expect(loop.look()).rejects.toBe(fault);
  });

  it('is refused too when the login was refused for good', async () => {
    const fault = new AppError('account_rejected', 'no longer let in');
    const { loop, rejected } = await failing(fault);
    await rejected;
    await expect(loop.look()).rejects.toBe(fault);
  });
});
