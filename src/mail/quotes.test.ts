// Own words and history, told apart in many languages and never at the price of the own words.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { startCpuClock } from '../../test/support/cpu-time.ts';
import { splitQuoted } from './quotes.ts';

it.each([
  ['English', 'On Fri, 20 Nov 2026 at 10:00, Amy <amy@x.org> wrote:'],
  ['English, wrapped', 'On Fri, 20 Nov 2026 at 10:00, a very long name that is wrapped\n<amy@x.org> wrote:'],
  ['English, without a date', 'Amy Adams <amy@x.org> wrote:'],
  ['German', 'Am Fr., 20. Nov. 2026 um 10:00 Uhr schrieb Amy <amy@x.org>:'],
  ['German, time last', 'Amy Adams schrieb am 20.11.2026 um 10:00:'],
  ['French', 'Le ven. 20 nov. 2026 à 10:00, Amy <amy@x.org> a écrit :'],
  ['Spanish', 'El vie, 20 nov 2026 a las 10:00, Amy (<amy@x.org>) escribió:'],
  ['Italian', 'Il giorno ven 20 nov 2026 alle ore 10:00 Amy <amy@x.org> ha scritto:'],
  ['Portuguese', 'Em sex., 20 de nov. de 2026 às 10:00, Amy <amy@x.org> escreveu:'],
  ['Dutch', 'Op vr 20 nov 2026 om 10:00 schreef Amy <amy@x.org>:'],
  ['Polish', 'pt., 20 lis 2026 o 10:00 Amy <amy@x.org> napisał(a):'],
  ['Russian', 'пт, 20 нояб. 2026 г. в 10:00, Amy <amy@x.org>:\nпт, 20 нояб. 2026 г., Amy пишет:'],
  ['Russian of Gmail', 'пт, 20 нояб. 2026 г. в 10:00, Amy <amy@x.org>:'],
  ['Korean without a name', '2026년 11월 20일 (금) 10:00, amy@x.org님이 작성:'],
  ['Ukrainian', 'пт, 20 лист. 2026 р. о 10:00 Amy <amy@x.org> пише:'],
  ['Japanese', '2026年11月20日(金) 10:00 Amy <amy@x.org>:'],
  ['Japanese with a verb', '2026年11月20日(金) 10:00 Amy <amy@x.org> さんは書きました:'],
  ['Chinese', 'Amy <amy@x.org> 于2026年11月20日周五 10:00写道：'],
  ['Chinese, traditional', 'Amy <amy@x.org> 於 2026年11月20日 週五 上午10:00寫道：'],
  ['Korean', '2026년 11월 20일 (금) 오전 10:00, Amy <amy@x.org>님이 작성:'],
  ['Swedish', 'Den fre 20 nov. 2026 kl 10:00 skrev Amy <amy@x.org>:'],
  ['Danish', 'Den fre. 20. nov. 2026 kl. 10.00 skrev Amy <amy@x.org>:'],
  ['Norwegian', 'fre. 20. nov. 2026 kl. 10:00 skrev Amy <amy@x.org>:'],
  ['Turkish', 'Amy <amy@x.org>, 20 Kas 2026 Cum, 10:00 tarihinde şunu yazdı:'],
  ['Finnish', 'pe 20. marrask. 2026 klo 10.00 Amy <amy@x.org> kirjoitti:'],
  ['Greek', 'Στις Παρ 20 Νοε 2026 στις 10:00 π.μ., ο χρήστης Amy <a@x.org> έγραψε:'],
  ['Hebrew', 'בתאריך יום ו׳, 20 בנוב׳ 2026 ב-10:00 מאת Amy <a@x.org>:'],
  ['Arabic', 'في الجمعة، 20 نوفمبر 2026 في 10:00 ص تمت كتابة ما يلي بواسطة Amy <a@x.org>:'],
  ['Thai', 'ในวันที่ ศ. 20 พ.ย. 2026 เวลา 10:00 Amy <a@x.org> เขียนว่า:'],
  ['Hindi', 'शुक्र, 20 नव॰ 2026 को 10:00 am बजे को Amy <a@x.org> ने लिखा:'],
  ['Croatian', 'pet, 20. stu 2026. u 10:00 Amy <a@x.org> napisao je:'],
  ['Catalan', 'Missatge de Amy <a@x.org> del dia dv., 20 de nov. 2026 a les 10:00:'],
  ['Hungarian', 'Amy <a@x.org> ezt írta (időpont: 2026. nov. 20., P, 10:00):'],
  ['Vietnamese', 'Vào Th 6, 20 thg 11, 2026 vào lúc 10:00 Amy <a@x.org> đã viết:'],
  ['Czech', 'pá 20. 11. 2026 v 10:00 odesílatel Amy <amy@x.org> napsal:'],
])('folds marked history behind its attribution: %s', (_language, attribution) => {
  const { own, quoted } = splitQuoted(`My answer.\n\n${attribution}\n> Old text\n> more\n`);
  expect(own.split('\n')[0]).toBe('My answer.');
  expect(own).not.toContain('Old');
  expect(quoted).toContain(attribution.split('\n').at(-1));
  expect(quoted).toContain('> Old text\n> more');
});

it.each([
  ['an attribution with date and address', 'On Fri, 20 Nov 2026 at 10:00, Amy <amy@x.org> wrote:\n\nOld text'],
  ['one of Apple Mail', 'On 20 Nov 2026, at 10:00, Amy Adams wrote:\n\nOld text'],
  ['a divider', '-----Original Message-----\nFrom: Amy\nOld text'],
  ['a German divider', '-------- Ursprüngliche Nachricht --------\nOld text'],
  ['a French divider', "-----Message d'origine-----\nDe : Amy\nOld text"],
  ['a Russian divider', '-----Исходное сообщение-----\nOld text'],
  ['Outlook’s block', 'From: Amy <amy@x.org>\nSent: Friday\nTo: Me\nSubject: Old\n\nOld text'],
  ['Outlook’s block in bold', '*From:* Amy\n*Sent:* Friday\n*To:* Me\n\nOld text'],
  ['Outlook’s block under a rule', '________________________________\nFrom: Amy\nSent: Friday\nTo: Me\n\nOld text'],
  ['Outlook in German', 'Von: Amy\nGesendet: Freitag\nAn: Me\nBetreff: Alt\n\nOld text'],
  ['Outlook in French', 'De : Amy\nEnvoyé : vendredi\nÀ : Me\nObjet : Vieux\n\nOld text'],
  ['Outlook in Spanish', 'De: Amy\nEnviado el: viernes\nPara: Me\nAsunto: Viejo\n\nOld text'],
  ['Outlook in Japanese', '差出人: Amy\n送信日時: 金曜日\n宛先: Me\n件名: 古い\n\nOld text'],
  ['Outlook in Chinese', '发件人: Amy\n发送时间: 星期五\n收件人: Me\n主题: 旧\n\nOld text'],
  [
    'Yahoo’s indented one',
    '    On Friday, November 20, 2026 at 10:00:00 AM GMT+1, Amy <amy@x.org> wrote:  \n \n Old text',
  ],
  ['Zoho’s dashes', '---- On Fri, 20 Nov 2026 10:00:00 +0100 Amy <amy@x.org> wrote ----\n\nOld text'],
  ['Proton’s divider', '-------- Original Message --------\nOn Nov 20, 2026, 10:00, Amy < amy@x.org> wrote:\n\n> Old'],
  ['Samsung’s block', '-------- Original message --------\nFrom: Amy <a@x.org>\nDate: 20/11/2026\nTo: Bob\n\nOld'],
  ['new Outlook’s block', '---\n\nFrom: Amy <amy@x.org>\nDate: Friday\nTo: Bob\nSubject: Plan\n\nOld text'],
  ['Notes’ block', 'From:   Amy/X\nTo:     Bob\nDate:   11/20/2026\nSubject:        Plan\n\nOld text'],
  ['Thunderbird’s attribution', 'On 11/20/26 10:00, Amy wrote:\n> Old'],
  ['the Chinese divider of QQ', '------------------ 原始邮件 ------------------\n发件人: "Amy"\n发送时间: 2026\n\nOld'],
  ['Outlook in Polish', 'Od: Amy\nWysłano: piątek\nDo: Bob\nTemat: x\n\nOld text'],
  ['Outlook in Czech', 'Od: Amy\nOdesláno: pátek\nKomu: Bob\nPředmět: x\n\nOld text'],
  ['Outlook in Turkish', 'Kimden: Amy\nGönderildi: Cuma\nKime: Bob\nKonu: x\n\nOld text'],
  ['Outlook in Korean', '보낸 사람: Amy\n보낸 날짜: 금\n받는 사람: Bob\n제목: x\n\nOld text'],
  ['marks alone', '> Old text\n> only marks'],
])('folds the history behind %s', (_name, history) => {
  expect(splitQuoted(`My answer.\n\n${history}`)).toEqual({ own: 'My answer.', quoted: history });
});

it.each([
  'Sent from my iPhone',
  'Sent from my Galaxy',
  'Get Outlook for iOS<https://aka.ms/o0ukef>',
  '-- \nBob',
])('leaves what stands above the history where it is: %s', (signature) => {
  const history = 'On 20 Nov 2026, at 10:00, Amy <amy@x.org> wrote:\n>\n> Old';
  expect(splitQuoted(`Sure.\n\n${signature}\n\n${history}`)).toEqual({
    own: `Sure.\n\n${signature}`,
    quoted: history,
  });
});

it('folds quotes that a signature or the footer of a list follows', () => {
  const quotes = 'On Fri, 20 Nov 2026, Amy wrote:\n> Old';
  for (const footer of ['-- \nBob', '_______________________________________________\nlist mailing list'])
    expect(splitQuoted(`Yes.\n\n${quotes}\n\n${footer}`).own).toBe('Yes.');
});

it.each([
  ['answers between quotes', 'On Fri, 20 Nov 2026, Amy wrote:\n> Question one?\nYes.\n> Question two?\nNo.'],
  ['an answer below the quote', 'On Fri, 20 Nov 2026, Amy wrote:\n> Question?\n\nYes.'],
  ['a sentence that only looks like an attribution', 'As Goethe wrote:\nAll theory is grey.'],
  ['a sentence with a year', 'On 5 May 1821 Goethe wrote:\nAll theory is grey.'],
  ['a journey', 'Your trip\nFrom: Berlin\nTo: Paris\nDate: 20 Nov\nSeat: 12'],
  ['a block of Outlook and nothing else', 'From: Amy <amy@x.org>\nSent: Friday\nTo: Bob\nSubject: Q\n\nOld'],
  ['an answer below a greeting and a quote', 'Hi Amy,\n\nOn Fri, 20 Nov 2026, Amy <a@x.org> wrote:\n> Old\n\nNew.'],
  ['a prompt', 'Run:\n> npm i\nand done.'],
  [
    'a forwarded mail that holds a reply',
    'FYI\n\n-------- Forwarded Message --------\nFrom: Amy\n\nNews\n\nOn Fri, 20 Nov 2026, Z <z@x.org> wrote:\n> Old',
  ],
  ['a schedule', 'Dates:\nFrom: Monday\nTo: Friday\nBring a coat.'],
  [
    'a forwarded mail',
    'FYI\n\n---------- Forwarded message ---------\nFrom: Amy\nDate: Fri\nSubject: News\nTo: me\n\nNews',
  ],
  ['a forwarded mail of Apple', 'FYI\n\nBegin forwarded message:\n\nFrom: Amy\nSubject: News\nDate: Fri\n\nNews'],
  ['quotes and nothing else', '> only a quote\n> of somebody'],
  ['an attribution and nothing else', 'On Fri, 20 Nov 2026, Amy <a@b.c> wrote:\n> all of it'],
  ['a rule between paragraphs', 'One\n\n--------------------\n\nTwo'],
  ['nothing', ''],
])('keeps %s whole', (_name, text) => {
  expect(splitQuoted(text)).toEqual({ own: text, quoted: '' });
});

it.each([
  ['an endless attribution', `On ${'a '.repeat(50_000)}`],
  ['dashes', '-'.repeat(100_000)],
  ['dashes and a From line', `${'-'.repeat(100_000)}\nFrom: ${'a'.repeat(100_000)}`],
  ['attributions without end', 'On 1 a wrote:\n'.repeat(50_000)],
  ['quotes and own lines in turn', '> a\nb\n'.repeat(100_000)],
  ['marks', '>\n'.repeat(300_000)],
  ['verbs', 'wrote '.repeat(100_000)],
  ['header lines', 'From: a\n'.repeat(100_000)],
  ['short lines', 'a\n'.repeat(500_000)],
])('takes under a second for %s', (_name, text) => {
  const elapsed = startCpuClock();
  splitQuoted(text);
  expect(elapsed()).toBeLessThan(1000);
});

it('loses nothing but blank lines, whatever comes in', () => {
  const line = fc.oneof(
    fc.constantFrom(
      '> q',
      '',
      'On Fri, 20 Nov 2026 at 10:00, A <a@b.c> wrote:',
      '-----Original Message-----',
      'From: a',
      'Sent: b',
      'To: c',
      '-- ',
    ),
    fc.string({ maxLength: 20 }),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
      const text = lines.join('\n');
      const { own, quoted } = splitQuoted(text);
      expect(text.startsWith(own) && text.endsWith(quoted)).toBe(true);
      expect(text.slice(own.length, text.length - quoted.length).trim()).toBe('');
      if (text.trim() !== '') expect(own.trim()).not.toBe('');
    }),
  );
});
