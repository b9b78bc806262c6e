// What of a mail is folded: what an earlier mail of the thread says, and nothing else.
import { describe, expect, it } from 'vitest';
import { startCpuClock } from '../../test/support/cpu-time.ts';
import { cutPieces, ThreadHistory } from './fold.ts';

const FIRST = 'Shall we meet on Monday at ten?\nThe large room is free, and so am I all morning.\n\nAnna';
const QUOTED = FIRST.split('\n')
  .map((line) => `> ${line}`)
  .join('\n');
const SECOND = `Monday is fine.\n\nBert\n\nOn Sat, 21 Nov 2026 at 10:05, Anna Berg <anna@example.org> wrote:\n> Shall we meet on Monday at ten?\n> The large room is free, and so am\n> I all morning.\n>\n> Anna`;

const PEOPLE = [
  { name: 'Anna Berg', address: 'anna@example.org' },
  { name: 'Bert', address: 'bert@example.org' },
];

function folded(text: string, ...earlier: string[]): string {
  const history = new ThreadHistory();
  for (const [i, each] of earlier.entries())
    history.add({ id: `m${i + 1}`, text: each, subject: 'Monday', people: PEOPLE });
  return history
    .fold(text)
    .map((piece) => piece.text)
    .join('\n');
}

describe('a quote', () => {
  it.each([
    ['with its introduction, wrapped otherwise', SECOND, [FIRST], 'Monday is fine.\n\nBert\n\n[quoted: message m1]'],
    [
      'with a wrapped introduction and a blank line below it',
      'Yes.\n\nOn Sat, 21 Nov 2026 at 10:05, Anna Berg\n<anna@example.org> wrote:\n\n> The large room is free, and so am I all morning.',
      [FIRST],
      'Yes.\n\n[quoted: message m1]',
    ],
    [
      'of the first mail that says all of it, with what that one quoted',
      `Good.\n\nOn Sun, 22 Nov 2026 at 9:00, Bert <bert@example.org> wrote:\n${SECOND.split('\n')
        .map((line) => `> ${line}`)
        .join('\n')}`,
      [FIRST, SECOND],
      'Good.\n\n[quoted: message m2]',
    ],
    [
      'with its introduction within the marks',
      `Yes.\n\n> On 21 Nov 2026, at 10:05, Anna Berg\n> <anna@example.org> wrote:\n> \n${QUOTED}`,
      [FIRST],
      'Yes.\n\n[quoted: message m1]',
    ],
    [
      'with words of its own within the marks',
      `Yes.\n\n> Nobody agreed to what Anna wrote:\n${QUOTED}`,
      [FIRST],
      'Yes.\n\n> Nobody agreed to what Anna wrote:\n[quoted: message m1]',
    ],
    [
      'whole above own words',
      `${SECOND.split('\n\n')[2]}\n\nMonday is fine.`,
      [FIRST],
      '[quoted: message m1]\n\nMonday is fine.',
    ],
    [
      'introduced in another language',
      `Gut.\n\nAm Sa., 21. Nov. 2026 um 10:05 Uhr schrieb Anna Berg <anna@example.org>:\n\n${QUOTED}`,
      [FIRST],
      'Gut.\n\n[quoted: message m1]',
    ],
    [
      'without marks, as Outlook has it',
      'Fine.\n\n________________________________\nFrom: Anna Berg <anna@example.org>\nSent: Saturday, 21 November 2026 10:05\nTo: Bert\nSubject: Monday\n\nShall we meet on Monday at ten?\nThe large room is free, and so am I all morning.\n\nAnna',
      [FIRST],
      'Fine.\n\n[quoted: message m1]',
    ],
    [
      'a footer below it stays',
      `${SECOND}\n\n-- \nlist@example.org`,
      [FIRST],
      'Monday is fine.\n\nBert\n\n[quoted: message m1]\n\n-- \nlist@example.org',
    ],
    [
      'deep in one that was changed',
      'Hm.\n\n> Monday is FINE?\n> > Shall we meet on Monday at ten?\n> > The large room is free, and so am I all morning.',
      [FIRST, SECOND],
      'Hm.\n\n> Monday is FINE?\n> [quoted: message m1]',
    ],
  ] as [string, string, string[], string][])('%s', (_, text, earlier, shown) => {
    expect(folded(text, ...earlier)).toBe(shown);
  });

  it.each([
    [
      'in parts that are answered one by one',
      '> Shall we meet on Monday at ten?\nYes.\n> The large room is free, and so\nGood.',
      [FIRST],
    ],
    [
      'in parts that are answered one by one, of what a mail quoted',
      '> Shall we meet on Monday at ten?\nYes.\n> The large room is free, and so\nGood.',
      [SECOND],
    ],
    ['that no earlier mail says', 'No.\n\n> Pay me a million at once, to the new account.', [FIRST]],
    ['that was changed', SECOND.replace('Monday at ten', 'Monday at two'), [FIRST]],
    ['of a mail outside the thread', SECOND, []],
    ['of a few letters that stand within other words', 'Hm.\n\n> ten\n> a', ['Shall we attend? Often again.']],
    ['that forwards', `See below.\n\n---------- Forwarded message ---------\nFrom: Anna\n\n${FIRST}`, [FIRST]],
  ] as [string, string, string[]][])('stays: %s', (_, text, earlier) => {
    expect(folded(text, ...earlier)).toBe(text);
  });

  it.each([
    ['a sentence', 'On reflection, at 10:05, I refuse to pay anything, whatever Anna wrote:'],
    ['a subject of its own', 'From: Anna Berg <anna@example.org>\nSent: Saturday\nTo: Bert\nSubject: Pay at once'],
    ['words below its header', 'From: Anna Berg\nSent: Saturday\nTo: Bert\nSubject: Monday\n\nPay at once!\nDate: now'],
    ['somebody who is not of the thread', 'On Sat, 21 Nov 2026 at 10:05, Eve <eve@example.net> wrote:'],
  ])('is folded without its introduction when that has %s', (_, introduction) => {
    for (const quote of [FIRST, QUOTED])
      expect(folded(`No.\n\n${introduction}\n${quote}`, FIRST)).toContain(introduction);
  });

  it('cannot be claimed by a mail that writes the mark itself', () => {
    const claim = (open: string) => `Yes.\n${open}quoted: message m1]\n> ${open}Truncated: 4000 of 9000 characters]`;
    expect(folded(claim('['), FIRST)).toBe(claim('('));
  });

  it('of a few words is folded when they are the same words', () => {
    expect(folded('Yes.\n\n> See you at ten', 'Hello,\nsee\nSee you at ten.', 'See you at ten')).toBe(
      'Yes.\n\n[quoted: message m2]',
    );
  });

  it('costs no time that a hostile thread could choose', () => {
    const history = new ThreadHistory();
    for (let i = 0; i < 50; i++) history.add({ id: `m${i}`, text: 'a'.repeat(60_000) });
    const elapsed = startCpuClock();
    for (let i = 0; i < 20; i++) history.fold(`b\n${`> ${'a'.repeat(1400)}b\n`.repeat(40)}`);
    expect(elapsed()).toBeLessThan(5000);
  });
});

describe('a cut', () => {
  const pieces = (text: string, earlier: string) => {
    const history = new ThreadHistory();
    history.add({ id: 'm1', text: earlier });
    return history.fold(text);
  };

  it('names the place in the whole text from which to go on', () => {
    const text = `${QUOTED}\n😀 is what I say to that, and more.`;
    const { body, shown, next } = cutPieces(pieces(text, FIRST), text, 30);
    expect(body).toBe('[quoted: message m1]\n😀 is what ');
    expect(shown).toBe(30);
    expect([...text].slice(next!).join('')).toBe('I say to that, and more.');
  });

  it('keeps the mark of what is folded whole, and says when nothing is left', () => {
    const text = `Yes.\n> ${FIRST.split('\n')[0]}`;
    expect(cutPieces(pieces(text, FIRST), text, 10)).toEqual({ body: 'Yes.', shown: 4, next: 5 });
    expect(cutPieces(pieces(text, FIRST), text, 100).next).toBeNull();
  });
});
