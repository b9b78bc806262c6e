// Random queries over random mails against a second reading of the same questions, by hand over the mails themselves.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TestMail } from '../../test/support/indexed-mailbox.ts';
import { OWN_ADDRESS as ME, SearchedMailbox } from '../../test/support/searched-mailbox.ts';
import type { Sight } from './sight.ts';

interface Question {
  readonly text: string;
  readonly asks: (mail: TestMail) => boolean;
  /** Names Spam or Trash, when not negated and when negated. */
  readonly opens: boolean;
  readonly opensNegated: boolean;
}

const VOCABULARY = ['alpha', 'beta', 'Gamma', 'délta'] as const;
const SPELLINGS: Readonly<Record<string, string>> = { alpha: 'ALPHA', beta: 'béta', Gamma: 'gamma', délta: 'Delta' };
const PEOPLE = ['Amy <amy@x.example>', `Me <${ME}>`, 'Bob <bob@y.example>'] as const;
const LABELS = ['INBOX', 'UNREAD', 'STARRED', 'SPAM', 'TRASH', 'SENT'] as const;

const oneWord = fc.constantFrom(...VOCABULARY);
const oneMail = fc.record({
  from: fc.constantFrom(...PEOPLE),
  to: fc.subarray([...PEOPLE]),
  cc: fc.subarray([...PEOPLE], { maxLength: 1 }),
  subject: fc.array(oneWord, { maxLength: 2 }).map((words) => words.join(' ')),
  body: fc.array(oneWord, { maxLength: 4 }).map((words) => words.join(', ')),
  files: fc.subarray(['alpha.pdf', 'x-beta.txt'], { maxLength: 1 }),
  labels: fc.subarray([...LABELS]),
  userLabels: fc.subarray(['My Work']),
  sizeBytes: fc.constantFrom(500, 1000, 2000),
  day: fc.integer({ min: 0, max: 5 }),
});

const wordsIn = (text: string): string =>
  ` ${
    text
      .toLowerCase()
      .replace(/é/g, 'e')
      .match(/[a-z]+/g)
      ?.join(' ') ?? ''
  } `;
const everywhere = (mail: TestMail): string[] =>
  [mail.subject, mail.from, mail.to?.join(' '), mail.cc?.join(' '), mail.body, mail.files?.join(' ')].map(
    (text) => text ?? '',
  );
const question = (text: string, asks: (mail: TestMail) => boolean, opens = false): Question => ({
  text,
  asks,
  opens,
  opensNegated: false,
});

const leaf: fc.Arbitrary<Question> = fc.oneof(
  oneWord.map((word) =>
    question(SPELLINGS[word]!, (mail) => everywhere(mail).some((t) => wordsIn(t).includes(wordsIn(word)))),
  ),
  fc
    .tuple(oneWord, oneWord)
    .map(([a, b]) =>
      question(`"${a} ${b}"`, (mail) => everywhere(mail).some((t) => wordsIn(t).includes(wordsIn(`${a} ${b}`)))),
    ),
  oneWord.map((word) => question(`subject:${word}`, (mail) => wordsIn(mail.subject!).includes(wordsIn(word)))),
  fc.constantFrom('amy', 'bob').map((name) => question(`from:${name}`, (mail) => mail.from!.includes(name))),
  fc
    .constantFrom('amy', 'bob')
    .map((name) => question(`to:${name}`, (mail) => [...mail.to!, ...mail.cc!].some((one) => one.includes(name)))),
  fc.constantFrom(
    question('from:me', (mail) => mail.from!.includes(ME)),
    question('cc:me', (mail) => mail.cc!.some((one) => one.includes(ME))),
    question('filename:pdf', (mail) => mail.files!.includes('alpha.pdf')),
    question('has:attachment', (mail) => mail.files!.length > 0),
    question('label:my-work', (mail) => mail.userLabels!.length > 0),
    question('has:nouserlabels', (mail) => mail.userLabels!.length === 0),
    question('is:read', (mail) => !mail.labels!.includes('UNREAD')),
    question('is:unread', (mail) => mail.labels!.includes('UNREAD')),
    question('in:inbox', (mail) => mail.labels!.includes('INBOX')),
    question('is:starred', (mail) => mail.labels!.includes('STARRED')),
    question('in:archive', (mail) => !mail.labels!.some((label) => ['INBOX', 'SENT', 'SPAM', 'TRASH'].includes(label))),
    question('in:spam', (mail) => mail.labels!.includes('SPAM'), true),
    question('in:anywhere', () => true, true),
    question('larger:1K', (mail) => mail.sizeBytes! >= 1000),
    question('smaller:2K', (mail) => mail.sizeBytes! < 2000),
    question('rfc822msgid:<m1@x>', (mail) => mail.messageIdHeader === 'm1@x'),
  ),
  fc
    .integer({ min: 0, max: 5 })
    .map((day) => question(`after:2026/06/0${day + 1}`, (mail) => mail.dateMs >= Date.UTC(2026, 5, day + 1))),
  fc
    .integer({ min: 0, max: 5 })
    .map((day) => question(`before:2026/06/0${day + 1}`, (mail) => mail.dateMs < Date.UTC(2026, 5, day + 1))),
);

const { anything } = fc.letrec<{ anything: Question }>((tie) => ({
  anything: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    leaf,
    tie('anything').map(({ text, asks, opens, opensNegated }) => ({
      text: `-(${text})`,
      asks: (mail: TestMail) => !asks(mail),
      opens: opensNegated,
      opensNegated: opens,
    })),
    fc
      .tuple(fc.array(tie('anything'), { minLength: 2, maxLength: 3 }), fc.constantFrom('and', 'or', 'braces'))
      .map(([parts, how]) => {
        const texts = parts.map(({ text }) => text);
        return {
          text: how === 'braces' ? `{${texts.join(' ')}}` : `(${texts.join(how === 'or' ? ' OR ' : ' ')})`,
          asks: (mail: TestMail) =>
            how === 'and' ? parts.every(({ asks }) => asks(mail)) : parts.some(({ asks }) => asks(mail)),
          opens: parts.some(({ opens }) => opens),
          opensNegated: parts.some(({ opensNegated }) => opensNegated),
        };
      }),
  ),
}));

/** What a narrowed caller may see, and a second reading of it. */
const SIGHTS: readonly (readonly [Sight, (mail: TestMail) => boolean])[] = [
  [{ labels: ['My Work'], senders: null, newerThan: null }, (mail) => mail.userLabels!.length > 0],
  [{ labels: ['INBOX', 'gone'], senders: null, newerThan: null }, (mail) => mail.labels!.includes('INBOX')],
  [{ labels: ['gone'], senders: null, newerThan: null }, () => false],
  [{ labels: null, senders: ['amy@x.example'], newerThan: null }, (mail) => mail.from!.includes('amy@')],
  [{ labels: null, senders: ['@y.example', '@example'], newerThan: null }, (mail) => mail.from!.includes('bob@')],
  [{ labels: null, senders: null, newerThan: '12d' }, (mail) => mail.dateMs >= Date.UTC(2026, 5, 3, 12)],
  [
    { labels: ['STARRED', 'UNREAD'], senders: ['@x.example'], newerThan: '1m' },
    (mail) =>
      mail.labels!.some((label) => label === 'STARRED' || label === 'UNREAD') && mail.from!.includes('@x.example'),
  ],
];

describe('any query', () => {
  it.each([
    ['finds what a naive reader of the mails finds, newest first, in pages of any size', [[null, () => true] as const]],
    ['finds of that only what a narrowed caller may see', SIGHTS],
  ])('%s', (_title, sights) => {
    const mailbox = fc.array(oneMail, { minLength: 1, maxLength: 25 });
    fc.assert(
      fc.property(
        mailbox,
        fc.array(anything, { minLength: 1, maxLength: 10 }),
        fc.integer({ min: 1, max: 7 }),
        fc.constantFrom(...sights),
        (drawn, questions, limit, [sight, isSeen]) => {
          const mails: TestMail[] = drawn
            .map(({ day, ...mail }) => ({ ...mail, dateMs: Date.UTC(2026, 5, day + 1, 0, 0, 0, 500) }))
            .toSorted((a, b) => a.dateMs - b.dateMs)
            .map((mail, i) => ({ ...mail, id: `m${i}`, messageIdHeader: `m${i}@x` }));
          const stored = new SearchedMailbox(mails, sight);
          for (const { text, asks, opens } of questions) {
            const visible = (mail: TestMail): boolean =>
              opens || !mail.labels!.some((label) => label === 'SPAM' || label === 'TRASH');
            const expected = mails.filter((mail) => isSeen(mail) && visible(mail) && asks(mail)).map(({ id }) => id);
            expect(stored.pages(text, limit), text).toEqual(expected.toReversed());
          }
          stored.db.close();
        },
      ),
      { numRuns: 150 },
    );
  });
});
