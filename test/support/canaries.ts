// Words that say whose they are, for every field that a person's mail has. Knows no server.
import { randomInt } from 'node:crypto';

/** `cnry`, the person, the account, `n` and a number: one word for every search index, the same in JSON, addresses and URLs. */
export const canary = (person: string, account: number, n: number): string => `cnry${person}${account}n${n}`;

/** Every canary in a text, with the person that it belongs to. */
export function* canariesIn(text: string): Generator<{ word: string; person: string; account: number }> {
  for (const [word, person = '', account] of text.toLowerCase().matchAll(/cnry([a-z])(\d)n\d+/g))
    yield { word, person, account: Number(account) };
}

/** How many canaries one mail bears. */
const FIELDS = 14;

/** What of a mail is asked for by name. */
export interface CanaryMail {
  readonly raw: string;
  readonly label: string;
  readonly subject: string;
  readonly sender: string;
  readonly messageIdHeader: string;
  readonly body: string;
}

/** The i-th mail of an account: each text that a mail can hold is a canary of its own. `again`: of another mail's thread. */
export function canaryMail(person: string, account: number, i: number, to: string, again?: CanaryMail): CanaryMail {
  const word = (field: number): string => canary(person, account, i * FIELDS + field);
  const sender = `${word(0)}@${word(1)}.example`;
  const messageIdHeader = `${word(2)}@${word(1)}.example`;
  const subject = again ? `Re: ${again.subject}` : `Subject ${word(3)} commonword`;
  const raw = [
    `From: "${word(4)}" <${sender}>`,
    `To: "${word(5)}" <${to}>`,
    `Cc: "${word(6)}" <${word(7)}@cc.example>`,
    `Reply-To: "${word(8)}" <${word(9)}@reply.example>`,
    `Subject: ${subject}`,
    `Message-ID: <${messageIdHeader}>`,
    ...(again ? [`In-Reply-To: <${again.messageIdHeader}>`, `References: <${again.messageIdHeader}>`] : []),
    'Date: Fri, 20 Nov 2026 10:00:00 +0000',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    'Content-Type: text/plain',
    '',
    `commonword ${word(10)} ${'commonword '.repeat(i % 3)}`,
    '--b',
    `Content-Type: text/plain; name="${word(11)}.txt"`,
    `Content-Disposition: attachment; filename="${word(11)}.txt"`,
    '',
    `attached ${word(12)}`,
    '--b--',
    '',
  ].join('\r\n');
  return { raw, label: `Label ${word(13)}`, subject, sender, messageIdHeader, body: word(10) };
}

/** A number that no run has used before, for canaries of mail that comes later. */
export const laterNumber = (): number => randomInt(100_000, 999_999);
