// Files made to break their reader cost a thread, in bounded time and memory; the process and the next file are none the worse.
import { afterAll, expect, it } from 'vitest';
import { endlessPdf, plainPdf, swellingPdf } from '../../test/support/pdf.ts';
import type { Logger } from '../base/log.ts';
import { Extractor } from './extractor.ts';

const warned: unknown[] = [];
const log = { warn: (...said: unknown[]) => warned.push(said) } as unknown as Logger;
const STAYS = new AbortController().signal;
const PLAIN = { bytes: plainPdf('Hello'), as: 'pdf' } as const;

const extractor = new Extractor(log);
afterAll(() => extractor.stop());

it('a PDF that swells is given up before all of it is there', async () => {
  const before = process.memoryUsage().rss;
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss);
  }, 20);
  await expect(extractor.read({ bytes: await swellingPdf(500), as: 'pdf' }, STAYS)).rejects.toMatchObject({
    code: 'too_large',
  });
  clearInterval(watch);
  expect(most - before).toBeLessThan(480 * 1024 * 1024);
  expect(await extractor.read(PLAIN, STAYS)).toMatchObject({ text: 'Hello' });
}, 60_000);

it('a PDF that never ends is given up in time', async () => {
  const hasty = new Extractor(log, 1500);
  const job = { bytes: endlessPdf(1_000_000), as: 'pdf' } as const;
  await expect(hasty.read(job, STAYS)).rejects.toMatchObject({ code: 'too_large' });
  expect(await extractor.read(PLAIN, STAYS)).toMatchObject({ text: 'Hello' });
}, 60_000);

it('what nobody waits for any more ends, and makes room', async () => {
  const gone = new AbortController();
  const reading = [1, 2, 3].map(() => extractor.read({ bytes: endlessPdf(1_000_000), as: 'pdf' }, gone.signal));
  const next = extractor.read(PLAIN, STAYS);
  const ended = Promise.allSettled(reading);
  gone.abort();
  for (const each of await ended) expect(each).toMatchObject({ reason: { code: 'unavailable' } });
  expect(await next).toMatchObject({ text: 'Hello' });
}, 60_000);

it('too many at once are turned away', async () => {
  const gone = new AbortController();
  const reading = Array.from({ length: 22 }, () => extractor.read({ bytes: endlessPdf(10), as: 'pdf' }, gone.signal));
  const ended = Promise.allSettled(reading);
  await expect(extractor.read(PLAIN, STAYS)).rejects.toMatchObject({ code: 'rate_limited' });
  gone.abort();
  await ended;
  expect(await extractor.read(PLAIN, STAYS)).toMatchObject({ text: 'Hello' });
}, 60_000);

it('what a library says in its thread is said nowhere', async () => {
  const broken = { bytes: Buffer.from('%PDF-1.4 canaryword'), as: 'pdf' } as const;
  expect(await extractor.read(broken, STAYS)).toEqual({ kind: 'broken' });
  expect(JSON.stringify(warned)).not.toContain('canaryword');
});
