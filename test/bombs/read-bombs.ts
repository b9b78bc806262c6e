// A process of its own that reads every bomb and tells what came of it, one JSON line each, and its highest memory last.
import type { Message } from '../../src/mail/message.ts';
import { parseMessage } from '../../src/mail/parse.ts';
import { BOMBS } from './bombs.ts';

/** Time is told in ordinary mails, so that a slow machine judges as a fast one. */
const ORDINARY = Buffer.from(
  [
    'From: Amy <amy@example.org>',
    'Content-Type: text/html; charset=utf-8',
    '',
    '<style>p { color: #333 } .small { font-size: 11px }</style>',
    ...Array.from({ length: 300 }, (_, i) => `<p class="small">Paragraph ${i} of an <b>ordinary</b> newsletter.</p>`),
  ].join('\r\n'),
);

async function timed(source: Uint8Array): Promise<{ message: Message; ms: number }> {
  const started = performance.now();
  const message = await parseMessage(source, { parts: [], partial: false });
  return { message, ms: performance.now() - started };
}

async function ordinaryMs(): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 3; i++) times.push((await timed(ORDINARY)).ms);
  return times.toSorted((a, b) => a - b)[1]!;
}

await ordinaryMs();
for (const [name, make] of Object.entries(BOMBS)) {
  const source = Buffer.from(make());
  const ordinary = await ordinaryMs();
  const { message, ms } = await timed(source);
  const line = {
    name,
    ordinaries: ms / ordinary,
    bytes: source.length,
    from: message.from[0]?.address,
    subject: message.subject,
    notes: message.notes,
    textChars: message.text.length,
    isSound: JSON.stringify(message).isWellFormed() && !message.text.includes('\0'),
  };
  console.log(JSON.stringify(line));
}
console.log(JSON.stringify({ peakMb: process.resourceUsage().maxRSS / 1024 }));
