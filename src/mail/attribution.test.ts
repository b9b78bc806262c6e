// The line above a quote: in the thread's own language, and folded again by our own eyes.
import { describe, expect, it } from 'vitest';
import { attribution, LANGUAGES, type Language, languageOfQuotes } from './attribution.ts';
import { htmlToText } from './html-to-text.ts';
import { withQuote } from './quote-reply.ts';
import { splitQuoted } from './quotes.ts';

const BOB = { name: 'Bob Öberg', address: 'bob@x.org' };
/** The second of September in Berlin, the first in UTC. */
const AT = Date.UTC(2026, 8, 1, 23, 5);

it.each([
  ['en', 'On Wed, 2 Sep 2026 at 01:05, Bob Öberg <bob@x.org> wrote:'],
  ['de', 'Am Mi., 2. Sept. 2026 um 01:05 Uhr schrieb Bob Öberg <bob@x.org>:'],
  ['fr', 'Le mer. 2 sept. 2026 à 01:05, Bob Öberg <bob@x.org> a écrit :'],
  ['es', 'El mié, 2 sept 2026 a las 01:05, Bob Öberg <bob@x.org> escribió:'],
  ['it', 'Il giorno mer 2 set 2026 alle ore 01:05 Bob Öberg <bob@x.org> ha scritto:'],
  ['pt', 'Em qua., 2 de set. de 2026 às 01:05, Bob Öberg <bob@x.org> escreveu:'],
  ['nl', 'Op wo 2 sep 2026 om 01:05 schreef Bob Öberg <bob@x.org>:'],
  ['pl', 'śr., 2 wrz 2026 o 01:05 Bob Öberg <bob@x.org> napisał(a):'],
  ['sv', 'Den ons 2 sep. 2026 kl. 01:05 skrev Bob Öberg <bob@x.org>:'],
  ['da', 'Den ons. 2. sep. 2026 kl. 01.05 skrev Bob Öberg <bob@x.org>:'],
  ['nb', 'ons. 2. sep. 2026 kl. 01:05 skrev Bob Öberg <bob@x.org>:'],
  ['fi', 'ke 2.9.2026 klo 01.05 Bob Öberg <bob@x.org> kirjoitti:'],
  ['cs', 'st 2. 9. 2026 v 01:05 odesílatel Bob Öberg <bob@x.org> napsal:'],
  ['tr', 'Bob Öberg <bob@x.org>, 2 Eyl 2026 Çar, 01:05 tarihinde şunu yazdı:'],
  ['ru', 'ср, 2 сент. 2026 г. в 01:05, Bob Öberg <bob@x.org> пишет:'],
  ['uk', 'ср, 2 вер. 2026 р. о 01:05 Bob Öberg <bob@x.org> пише:'],
  ['ja', '2026年9月2日(水) 01:05 Bob Öberg <bob@x.org>:'],
  ['zh-Hans', 'Bob Öberg <bob@x.org> 于2026年9月2日周三 01:05写道：'],
  ['zh-Hant', 'Bob Öberg <bob@x.org> 於 2026年9月2日週三 01:05寫道：'],
  ['ko', '2026년 9월 2일 (수) 01:05, Bob Öberg <bob@x.org>님이 작성:'],
] as const)('is written as mail programs write it in %s', (language, line) => {
  expect(attribution({ from: BOB, dateMs: AT }, 'Europe/Berlin', language)).toBe(line);
});

describe.each(LANGUAGES)('in %s', (language) => {
  // Weekdays and months of every name, writers with and without a name.
  const dates = Array.from({ length: 24 }, (_, i) => Date.UTC(2026, i % 12, 1 + i, (i * 5) % 24, i * 2));
  const writers = [
    BOB,
    { name: '', address: 'bob@x.org' },
    { name: 'Schmidt, Eva-María 田中', address: 'e.m@x.example' },
  ];

  it('is folded, and known again for the language that it is', () => {
    for (const dateMs of dates)
      for (const from of writers) {
        const parent = { from, dateMs, text: 'Shall we meet?\n\nOn Monday: perhaps.' };
        const { text, html } = withQuote({ text: 'With pleasure.' }, parent, 'Asia/Tokyo', language);
        expect(splitQuoted(text).own).toBe('With pleasure.');
        expect(splitQuoted(htmlToText(html).text).own).toBe('With pleasure.');
        for (const each of [text, htmlToText(html).text]) expect(languageOfQuotes([each]), each).toBe(language);
      }
  });
});

it.each<[Language, string]>([
  ['de', 'Am Fr., 20. Nov. 2026 um 10:00 Uhr schrieb Amy <amy@x.org>:'],
  ['de', 'Am 20.11.26 um 10:00 schrieb Amy Adams:'],
  ['fr', 'Le ven. 20 nov. 2026 à 10:00, Amy <amy@x.org> a écrit :'],
  ['es', 'El vie, 20 nov 2026 a las 10:00, Amy (<amy@x.org>) escribió:'],
  ['it', 'Il giorno ven 20 nov 2026 alle ore 10:00 Amy <amy@x.org> ha scritto:'],
  ['pt', 'Em sex., 20 de nov. de 2026 às 10:00, Amy <amy@x.org> escreveu:'],
  ['nl', 'Op vr 20 nov 2026 om 10:00 schreef Amy <amy@x.org>:'],
  ['pl', 'pt., 20 lis 2026 o 10:00 Amy <amy@x.org> napisał(a):'],
  ['sv', 'Den fre 20 nov. 2026 kl 10:00 skrev Amy <amy@x.org>:'],
  ['sv', 'Den 2026-11-20 kl. 10:00, skrev Amy Adams:'],
  ['da', 'Den fre. 20. nov. 2026 kl. 10.00 skrev Amy <amy@x.org>:'],
  ['nb', 'fre. 20. nov. 2026 kl. 10:00 skrev Amy <amy@x.org>:'],
  ['nb', 'Den 20.11.2026 10:00, skrev Amy Adams:'],
  ['fi', 'pe 20. marrask. 2026 klo 10.00 Amy <amy@x.org> kirjoitti:'],
  ['cs', 'pá 20. 11. 2026 v 10:00 odesílatel Amy <amy@x.org> napsal:'],
  ['tr', 'Amy <amy@x.org>, 20 Kas 2026 Cum, 10:00 tarihinde şunu yazdı:'],
  ['ru', 'пт, 20 нояб. 2026 г. в 10:00, Amy <amy@x.org>:'],
  ['uk', 'пт, 20 лист. 2026 р. о 10:00 Amy <amy@x.org> пише:'],
  ['ja', '2026年11月20日(金) 10:00 Amy <amy@x.org>:'],
  ['zh-Hans', 'Amy <amy@x.org> 于2026年11月20日周五 10:00写道：'],
  ['zh-Hant', 'Amy <amy@x.org> 於 2026年11月20日 週五 上午10:00寫道：'],
  ['ko', '2026년 11월 20일 (금) 오전 10:00, Amy <amy@x.org>님이 작성:'],
  ['en', 'On Fri, 20 Nov 2026 at 10:00, Amy <amy@x.org> wrote:'],
  ['en', 'Στις Παρ 20 Νοε 2026 στις 10:00 π.μ., ο χρήστης Amy <a@x.org> έγραψε:'],
])('%s is read off what others wrote: %s', (language, line) => {
  const older = 'Yes.\n\nOn Fri, 20 Nov 2026 at 09:00, Amy <amy@x.org> wrote:\n> Old';
  expect(languageOfQuotes(['Without any quote.', `Ja.\n\n${line}\n> Old text\n`, older])).toBe(language);
});

it('is no matter of what a mail says in its own words', () => {
  expect(languageOfQuotes(['Er schrieb am 2.9.2026 um 10:00:\nnichts.'])).toBe('en');
  expect(languageOfQuotes([])).toBe('en');
});
