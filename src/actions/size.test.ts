// What an answer weighs: about as many bytes as it costs a model, whatever its mails are made of.
import { describe, expect, it } from 'vitest';
import { startCpuClock } from '../../test/support/cpu-time.ts';
import { ANSWER_BYTES, fitting } from './size.ts';

const mails = (body: string) => Array.from({ length: 50 }, () => ({ message_id: '1a0f4f8c8e20003c', body }));

describe('an answer', () => {
  it('holds fewer mails of data and links than of words, and one in any case', () => {
    const words = fitting(mails('Please come to the large room at ten. '.repeat(50)));
    const data = fitting(mails('Q0FGRUJBQkU3'.repeat(158)));
    const links = fitting(mails(`See https://news.example/${'x1'.repeat(80)} for it. `.repeat(9)));
    expect(words).toBe(Math.floor(ANSWER_BYTES / JSON.stringify(mails('x'.repeat(1900))[0]).length));
    expect(data).toBeLessThan(words / 2.5);
    expect(links).toBeLessThan(words / 1.5);
    expect(fitting(mails('Q0'.repeat(100_000)))).toBe(1);
    expect(fitting([])).toBe(0);
  });

  it('is weighed in time that grows with its length alone', () => {
    const elapsed = startCpuClock();
    fitting(mails(`${'x'.repeat(29)} `.repeat(3000)));
    expect(elapsed()).toBeLessThan(3000);
  });
});
