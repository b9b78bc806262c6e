// Mails made to break their reader are read all the same: in bounded time and memory, with a note of what was left out.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { BOMBS } from './bombs.ts';

/** Bombs of which nothing is left out: their text is short, or it is no text at all. */
const READ_WHOLE = new Set(
  `
  nest-rfc822-20000 parts-named-in-html boundary-empty header-100k-colons header-blanks-before-colons
  rfc2047-question-marks recipients-in-nested-groups recipients-in-comments recipients-angles parameters-brackets
  parameters-comments-closed results-of-authentication date-brackets base64-paddings-5MB base64-attachment-40MB
  text-of-blank-lines text-of-blanks-and-tabs text-of-invisible-marks text-of-joined-emoji text-flowed-1000000-lines
  text-hz-shifts text-japanese-shifts text-points-to-html html-lists-nest-900 html-closing-tags-without-opening
  html-p-200k html-td-200k html-attributes-100k html-attribute-1MB html-unclosed-tag html-lesser-signs html-comments
  html-comments-closed html-cdata html-style-tags html-script-without-end html-pre-lines html-links-of-1000-chars
  entities-200k entities-without-end entities-numbers-without-end css-at-rules
  css-at-rules-side-by-side css-semicolons css-comments css-escapes css-brackets css-brackets-in-styles
  css-gradients css-brackets-in-selectors css-combinators-in-selectors css-variables
  css-styles-200k`
    .trim()
    .split(/\s+/),
);

const MOST_ORDINARIES = 1_000;
/** The largest bombs take 160 MB to be made. */
const MOST_PEAK_MB = 600;

interface Line {
  readonly name?: string;
  readonly ordinaries: number;
  readonly from: string;
  readonly subject: string;
  readonly notes: readonly string[];
  readonly textChars: number;
  readonly isSound: boolean;
  readonly peakMb?: number;
}

let lines: readonly Line[];
beforeAll(async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--max-old-space-size=256', `${import.meta.dirname}/read-bombs.ts`],
    { maxBuffer: 10_000_000 },
  );
  lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}, 180_000);

describe.each(Object.keys(BOMBS))('%s', (name) => {
  const line = (): Line => lines.find((one) => one.name === name)!;

  it('becomes a sound message that says what it lacks', () => {
    expect(line()).toMatchObject({ from: 'amy@example.org', isSound: true });
    expect(line().notes.length > 0).toBe(!READ_WHOLE.has(name));
  });

  it('is read in bounded time', () => {
    expect(line().ordinaries).toBeLessThan(MOST_ORDINARIES);
  });
});

it('keeps the whole process within bounds', () => {
  expect(lines.at(-1)!.peakMb).toBeLessThan(MOST_PEAK_MB);
});
