// How many mails a second one thread reads, beside bare postal-mime over the same bytes in the same run.
import { randomBytes } from 'node:crypto';
import PostalMime from 'postal-mime';
import { parseMessage } from '../src/mail/parse.ts';

const MAILS = 600;
const ROUNDS = 5;

const words = (count: number): string =>
  Array.from({ length: count }, (_, i) => ['invoice', 'meeting', 'tomorrow', 'please', 'grüße'][(i * 7) % 5]).join(' ');

function mail(i: number): Uint8Array {
  const paragraphs = Array.from({ length: 4 + (i % 9) }, (_, n) => words(20 + ((i + n) % 40)));
  const rows = paragraphs.map((text) => `<tr><td style="font-size:14px;color:#333">${text}</td></tr>`);
  const attachment = randomBytes(8_000 + (i % 10) * 7_000)
    .toString('base64')
    .replace(/(.{76})/g, '$1\r\n');
  return Buffer.from(
    [
      `From: Amy <amy${i}@example.org>`,
      'To: me@example.com',
      `Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe_${i}?=`,
      `Message-ID: <${i}@example.org>`,
      'Content-Type: multipart/mixed; boundary=m',
      '',
      '--m',
      'Content-Type: multipart/alternative; boundary=a',
      '',
      '--a',
      'Content-Type: text/plain; charset=utf-8',
      '',
      ...paragraphs,
      '--a',
      'Content-Type: text/html; charset=utf-8',
      '',
      `<html><body><table>${rows.join('\r\n')}</table></body></html>`,
      '--a--',
      ...(i % 5 === 0
        ? ['--m', 'Content-Type: application/pdf; name=a.pdf', 'Content-Transfer-Encoding: base64', '', attachment]
        : []),
      '--m--',
    ].join('\r\n'),
  );
}

async function perSecond(
  mails: readonly Uint8Array[],
  read: (source: Uint8Array) => Promise<unknown>,
): Promise<number> {
  const started = performance.now();
  for (const source of mails) await read(source);
  return (mails.length * 1000) / (performance.now() - started);
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;

const mails = Array.from({ length: MAILS }, (_, i) => mail(i));
const ours: number[] = [];
const bare: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  bare.push(await perSecond(mails, (source) => PostalMime.parse(source)));
  ours.push(await perSecond(mails, (source) => parseMessage(source, { parts: [], partial: false })));
}
const sizes = mails.map((source) => source.byteLength);
console.log(`mails: ${MAILS}, median ${median(sizes)} bytes`);
console.log(`parseMessage: ${Math.round(median(ours))} msgs/s`);
console.log(`bare postal-mime: ${Math.round(median(bare))} msgs/s; ratio ${(median(ours) / median(bare)).toFixed(2)}`);
