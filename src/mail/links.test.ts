// Links to Google's own places, as mail writes them.
import { describe, expect, it } from 'vitest';
import { startCpuClock } from '../../test/support/cpu-time.ts';
import { linkKinds } from './links.ts';

describe('linkKinds', () => {
  it.each<[text: string, kinds: string]>([
    ['see https://drive.google.com/file/d/1a/view', 'drive'],
    ['https://docs.google.com/document/d/1a/edit', 'document drive'],
    ['https://docs.google.com/a/corp.example/spreadsheets/d/1a', 'drive spreadsheet'],
    ['HTTPS://DOCS.GOOGLE.COM/presentation/d/1a', 'drive presentation'],
    ['https://docs.google.com/forms/d/1a', 'drive'],
    ['https://www.youtube.com/watch?v=1a', 'youtube'],
    ['https://m.youtube.com/shorts/1a', 'youtube'],
    ['https://youtu.be/1a', 'youtube'],
    ['https://www.youtube.com/', ''],
    ['Watch it at youtube, or ask for the document in drive.', ''],
    ['https://docs.google.com/', ''],
    ['https://xdrive.google.com.evil.example/file', ''],
    ['https://docs.google.com/documentary', ''],
  ])('in %j are %j', (text, kinds) => {
    expect([...linkKinds({ text, html: null })].sort().join(' ')).toBe(kinds);
    expect([...linkKinds({ text: '', html: `<a href="${text}">x</a>` })].sort().join(' ')).toBe(kinds);
  });

  it('takes milliseconds for megabytes that nearly match', () => {
    for (const piece of ['docs.google.com/a/', 'www.', 'youtube.com/', `docs.google.com/a/${'x'.repeat(250)}`]) {
      const elapsed = startCpuClock();
      linkKinds({ text: piece.repeat(2_000_000 / piece.length), html: null });
      expect(elapsed(), piece).toBeLessThan(400);
    }
  });
});
