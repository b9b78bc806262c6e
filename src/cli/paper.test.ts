// What the demo prints on a terminal and elsewhere.
import { describe, expect, it } from 'vitest';
import { jsonLines, Paper, wrap } from './paper.ts';

function printed(work: (paper: Paper) => void, sheet: { isTTY?: boolean; columns?: number } = {}, env = {}): string {
  let text = '';
  work(
    new Paper(
      {
        ...sheet,
        write: (piece) => {
          text += piece;
        },
      },
      env,
    ),
  );
  return text;
}
const bars = (done: number) => [{ name: 'Jane', done, total: 40, perSecond: 12 }];

describe('the paper', () => {
  it('has colours on a terminal only, and never where NO_COLOR is set', () => {
    const title = (paper: Paper) => paper.title('Hello');
    expect(printed(title, { isTTY: true })).toBe('\x1b[1mHello\x1b[22m\n');
    expect(printed(title)).toBe('Hello\n');
    expect(printed(title, { isTTY: true }, { NO_COLOR: '1' })).toBe('Hello\n');
  });

  it('draws progress over itself on a terminal', () => {
    const text = printed(
      (paper) => {
        paper.bars(bars(10), false);
        paper.bars(bars(40), true);
        paper.line('next');
      },
      { isTTY: true, columns: 64 },
      { NO_COLOR: '1' },
    );
    const full = '█'.repeat(20);
    expect(text).toBe(
      `\x1b[2K   Jane   ${'█'.repeat(5)}${'░'.repeat(15)}  10 of 40  12 a second\n\x1b[1A\x1b[2K   Jane   ${full}  40 of 40  12 a second\nnext\n`,
    );
  });

  it('says elsewhere only what is complete', () => {
    const text = printed((paper) => {
      paper.bars(bars(10), false);
      paper.bars(bars(40), true);
    });
    expect(text).toBe('   Jane   40 of 40 mails\n');
  });

  it('keeps within the width', () => {
    const answer = { subject: 'word '.repeat(40).trim(), list: [{ a: 1, b: 'word '.repeat(30).trim() }] };
    for (const columns of [50, 80]) {
      const text = printed((paper) => paper.answers(3, answer), { columns });
      expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(columns);
    }
  });
});

describe('JSON to read', () => {
  it('stays on one line while it fits', () => {
    expect(jsonLines({ a: [1, 'x'], b: null }, 40)).toEqual(['{ "a": [1, "x"], "b": null }']);
  });

  it('is the same JSON when lines are joined again', () => {
    const value = { text: 'some words that go on and on', rows: [{ n: 1 }, { n: 2, more: ['a', 'b'] }], empty: {} };
    expect(
      JSON.parse(
        jsonLines(value, 24)
          .map((line) => line.trim())
          .join(' '),
      ),
    ).toEqual(value);
  });
});

describe('wrapping', () => {
  it('breaks at blanks and lets a long word stand', () => {
    expect(wrap('one two verylongword three', 9)).toEqual(['one two', 'verylongword', 'three']);
    expect(wrap('', 9)).toEqual(['']);
  });
});
