// How fast a copy is made and how long it still takes, as people who wait are told.
import { expect, it } from 'vitest';
import { Progress } from './progress.ts';

const importing = (total: number): Progress => {
  const progress = new Progress();
  progress.state = 'importing';
  progress.total = total;
  return progress;
};

it('tells a rate over bursts and waits that holds for the rest', () => {
  const progress = importing(3000);
  // Three hundred a minute, as a quota by the minute lets them come: all within six seconds.
  let now = 0;
  for (let minute = 0; minute < 5; minute++) {
    for (let i = 1; i <= 6; i++) {
      now = minute * 60_000 + i * 1000;
      progress.imported(50, now);
    }
  }
  const { perSecond, etaSeconds } = progress.report(null, now);
  expect(perSecond).toBe(5);
  expect(etaSeconds).toBeGreaterThan(240);
  expect(etaSeconds).toBeLessThan(400);
});

it('tells of less and less while nothing comes, and of the time left also when it is less than one a second', () => {
  const progress = importing(1000);
  for (const at of [1000, 2000, 3000]) progress.imported(100, at);
  expect(progress.report(null, 3000)).toMatchObject({ perSecond: 100, etaSeconds: 7 });
  expect(progress.report(null, 21_000)).toMatchObject({ perSecond: 10, etaSeconds: 70 });
  expect(progress.report(null, 1_001_000)).toMatchObject({ perSecond: 0 });
  expect(progress.report(null, 1_001_000).etaSeconds).toBeGreaterThan(1000);
});

it('tells no rate of what is not being fetched', () => {
  const progress = importing(1000);
  for (const at of [1000, 2000]) progress.imported(100, at);
  progress.state = 'up_to_date';
  expect(progress.report(null, 2000)).toMatchObject({ perSecond: 0, etaSeconds: null });
});
