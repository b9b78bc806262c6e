// Mails of made-up words by Zipf's law, for measuring searches, and thirty questions to them. Knows nothing of the product.
import type { TestMail } from '../test/support/indexed-mailbox.ts';

export const ME = 'me@example.com';
export const NOW = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
const VOCABULARY = 20_000;

/** The same mails for the same count, oldest first. */
export function* wordMails(count: number): Generator<TestMail> {
  let seed = 7;
  const random = (): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };
  const word = (): string => `w${Math.floor(VOCABULARY ** random())}`;
  const words = (most: number): string => Array.from({ length: most }, word).join(' ');
  for (let i = 0; i < count; i += 1) {
    yield {
      id: (i + 1).toString(16).padStart(16, '0'),
      dateMs: NOW - (count - i) * MINUTE,
      from: random() < 0.2 ? `Me Myself <${ME}>` : `Person <person${Math.floor(random() * 500)}@corp.example>`,
      to: [`Me Myself <${ME}>`],
      cc: random() < 0.1 ? [`Person <person${Math.floor(random() * 500)}@corp.example>`] : [],
      subject: words(6),
      // Two words that every second mail has, and never both.
      body: `${i % 2 ? 'alfa' : 'bravo'} ${words(60)}${random() < 0.001 ? ' https://docs.google.com/document/d/1' : ''}`,
      files: random() < 0.1 ? [`${word()}.pdf`] : [],
      messageIdHeader: `m${i}@bench.example`,
      sizeBytes: random() < 0.001 ? 12_000_000 : 3_000,
      labels: [
        ...(random() < 0.6 ? ['INBOX'] : []),
        ...(random() < 0.3 ? ['UNREAD'] : []),
        ...(random() < 0.05 ? ['SPAM'] : []),
        ...(random() < 0.02 ? ['STARRED'] : []),
      ],
      userLabels: random() < 0.002 ? ['Rare'] : random() < 0.1 ? ['Work'] : [],
    };
  }
}

/** A mail as bytes, as far as other programs look at it. */
export function bytesOf(mail: TestMail): string {
  const header = [
    `From: ${mail.from}`,
    `To: ${mail.to?.join(', ')}`,
    ...(mail.cc?.length ? [`Cc: ${mail.cc.join(', ')}`] : []),
    `Subject: ${mail.subject}`,
    `Date: ${new Date(mail.dateMs).toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${mail.messageIdHeader}>`,
    'Content-Type: text/plain; charset=utf-8',
  ];
  return `${header.join('\n')}\n\n${mail.body}\n`;
}

export interface Question {
  readonly name: string;
  /** Gmail's language. */
  readonly query: string;
  /** The same for notmuch; null where it has no such thing. */
  readonly notmuch: string | null;
  /** May take longer on half a million mails: negation alone, and common words that never meet. */
  readonly slow?: true;
}

const question = (name: string, query: string, notmuch: string | null = query, slow?: true): Question => ({
  name,
  query,
  notmuch,
  ...(slow && { slow }),
});

export const QUESTIONS: readonly Question[] = [
  question('newest', '', '*'),
  question('common word', 'w1'),
  question('common word, another', 'alfa'),
  question('mid word', 'w120'),
  question('rare word', 'w19000'),
  question('no such word', 'nowhere'),
  question('two common words', 'w1 w3'),
  question('common and rare word', 'w1 w15000'),
  question('common word, no such word', 'w1 nowhere'),
  question('four words, rare together', 'w9 w11 w17 w23'),
  question('phrase', '"w1 w2"'),
  question('near', 'w40 AROUND 3 w50', 'w40 NEAR/4 w50'),
  question('from', 'from:person7'),
  question('from an address', 'from:person7@corp.example'),
  question('from me', 'from:me', `from:${ME}`),
  question('to me, common word', 'to:me w2', `to:${ME} w2`),
  question('subject', 'subject:w30'),
  question('subject, rare', 'subject:w9000'),
  question('from or from', 'from:(person7 OR person8)', 'from:person7 or from:person8'),
  question('word without word', 'w2 -w5', 'w2 and not w5'),
  question('label', 'label:rare', null),
  question('label and common word', 'label:rare w1', null),
  question('inbox, unread, word', 'in:inbox is:unread w4', null),
  question('dates and word', 'w1 after:2025/12/10 before:2025/12/20', 'w1 date:2025-12-10..2025-12-19'),
  question('attachment', 'has:attachment', null),
  question('attachment and word', 'has:attachment w300', null),
  question('large', 'larger:10M', null),
  question('document', 'has:document', null),
  question('combined', 'from:person7 subject:w2 newer_than:1y', 'from:person7 subject:w2 date:2025-01-01..'),
  question('archive', 'in:archive w3', null),
];

/** Questions that are asked beside the thirty. */
export const HARD: readonly Question[] = [
  question('negation alone', '-w1', 'not w1', true),
  question('negation alone, of all', '-alfa -bravo', 'not alfa and not bravo', true),
  question('common words that never meet', 'alfa bravo', 'alfa bravo', true),
  question('archive alone', 'in:archive', null, true),
];
