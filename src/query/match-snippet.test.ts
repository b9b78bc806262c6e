// One line around the match: where it is cut, what it is never longer than.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startCpuClock } from '../../test/support/cpu-time.ts';
import { matchSnippet } from './match-snippet.ts';

const FILLER = 'The quick brown fox jumps over the lazy dog. '.repeat(8);
const MAIL = `${FILLER}Please find the Résumé of John Smith attached,\r\n\r\n  kind   regards. ${FILLER}`;

describe('matchSnippet', () => {
  it('shows a short text whole, on one line', () => {
    expect(matchSnippet('  short\n\n text\t here ', ['text'])).toBe('short text here');
  });

  it('begins with the text when nothing is looked for or nothing is found', () => {
    const start = /^The quick brown fox .*…$/;
    expect(matchSnippet(MAIL, [])).toMatch(start);
    expect(matchSnippet(MAIL, ['unicorn'])).toMatch(start);
    expect(matchSnippet(MAIL, ['***'])).toMatch(start);
  });

  it.each([
    ['a word whatever its case and accents', 'resume', 'Résumé of John'],
    ['a phrase', 'john smith', 'John Smith attached, kind regards'],
    ['words that commas part', 'nothing,regards', 'kind regards'],
    ['the first place of several terms', 'smith', 'John Smith'],
  ])('shows %s', (_, term, shown) => {
    const line = matchSnippet(MAIL, [term]);
    expect(line).toContain(shown);
    expect(line).toMatch(/^….*…$/);
  });

  it('does not take a part of a word or a broken phrase for a match', () => {
    const begin = matchSnippet(MAIL, []);
    expect(matchSnippet(MAIL, ['resum'])).toBe(begin);
    expect(matchSnippet(MAIL, ['john attached'])).toBe(begin);
  });

  it('finds a word inside a run without spaces', () => {
    const text = `${'会議は明日の午後三時から始まります。'.repeat(10)}資料を準備してください。`;
    expect(matchSnippet(text, ['準備'], 20)).toContain('準備');
  });

  it('shows the end of a text from further back', () => {
    expect(matchSnippet(`${FILLER}the very end`, ['end'], 40)).toBe('…jumps over the lazy dog. the very end');
  });

  it('begins with a whole word', () => {
    expect(matchSnippet(MAIL, ['resume'], 60)).toMatch(/^…(dog\.|lazy|Please|find|the) /);
  });

  it('is one line of at most so many code points and well formed, for any text and term', () => {
    const text = fc.array(fc.constantFrom('word', ' ', '\n', '😀', 'é', '会議室', '.', '\ud800', '    '), {
      maxLength: 300,
    });
    fc.assert(
      fc.property(text, fc.string({ maxLength: 5 }), fc.integer({ min: 10, max: 100 }), (parts, term, max) => {
        const line = matchSnippet(parts.join(''), [term, 'word'], max);
        expect(Array.from(line).length).toBeLessThanOrEqual(max);
        expect(line).not.toMatch(/[\n\r\t]| {2}/);
        expect(line.isWellFormed()).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('takes milliseconds for a megabyte without a match', () => {
    const text = 'word '.repeat(200_000);
    const elapsed = startCpuClock();
    matchSnippet(text, ['unicorn']);
    expect(elapsed()).toBeLessThan(100);
  });
});
