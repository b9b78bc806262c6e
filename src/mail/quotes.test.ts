// Own words and history, told apart in many languages and never at the price of the own words.
import { expect, it } from 'vitest';
import { splitQuoted } from './quotes.ts';
import { snippet } from './snippet.ts';

it.each([
  'On Fri, 20 Nov 2026 at 10:00, Amy <amy@x.org> wrote:\n> Old text\n> more',
  'Am Fr., 20. Nov. 2026 um 10:00 Uhr schrieb Amy <amy@x.org>:\n> Alt',
  'Le ven. 20 nov. 2026 à 10:00, Amy <amy@x.org> a écrit :\n> Vieux',
  'El vie, 20 nov 2026 a las 10:00, Amy (<amy@x.org>) escribió:\n> Viejo',
  'Il giorno ven 20 nov 2026 alle ore 10:00 Amy <amy@x.org> ha scritto:\n> Vecchio',
  '2026年11月20日(金) 10:00 Amy <amy@x.org> さんは書きました:\n> 古い',
  'On Fri, 20 Nov 2026 at 10:00, a very long name that is wrapped\n<amy@x.org> wrote:\n> Old',
  '-----Original Message-----\nFrom: Amy\nOld',
  '---------- Forwarded message ---------\nFrom: Amy\nOld',
  'From: Amy <amy@x.org>\nSent: Friday\nTo: Me\nSubject: Old\n\nOld',
  'Von: Amy\nGesendet: Freitag\nAn: Me\n\nAlt',
  '> Old text\n> only marks',
])('folds the history below own words: %s', (history) => {
  const { own, quoted } = splitQuoted(`My answer.\n\n${history}`);
  expect(own).toBe('My answer.');
  expect(quoted).toContain(history.split('\n').at(-1));
});

it('keeps answers that stand between quotes', () => {
  const text = 'On Fri, 20 Nov 2026, Amy wrote:\n> Question one?\nYes.\n> Question two?\nNo.';
  expect(splitQuoted(text).own).toBe(text);
});

it('keeps a sentence that only looks like an attribution', () => {
  const text = 'As Goethe wrote:\nAll theory is grey.';
  expect(splitQuoted(text).own).toBe(text);
});

it('never leaves nothing', () => {
  const text = '> only a quote\n> of somebody';
  expect(splitQuoted(text)).toEqual({ own: text, quoted: '' });
});

it('is fast on hostile text', () => {
  for (const text of [
    `On ${'a '.repeat(50_000)}`,
    '-'.repeat(100_000),
    `${'On 1 a wrote\n'.repeat(5000)}x`,
    '>\n'.repeat(20_000),
  ]) {
    const started = performance.now();
    splitQuoted(text);
    expect(performance.now() - started).toBeLessThan(2000);
  }
});

it('cuts a snippet between whole characters', () => {
  expect(snippet('a\n  b\tc', 10)).toBe('a b c');
  expect(snippet('😀'.repeat(10), 4)).toBe('😀😀😀…');
});
