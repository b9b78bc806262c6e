// Made-up mail that an import thread reads before its first real one, so that its code is compiled by then. Knows no store.
import { parseMessage } from '../mail/parse.ts';

const ROUNDS = 40;

/** Reads an ordinary letter and a newsletter again and again; takes a tenth of a second or so. */
export async function rehearse(): Promise<void> {
  const mails = [letter(), newsletter()];
  for (let round = 0; round < ROUNDS; round++)
    for (const mail of mails) await parseMessage(mail, { parts: [], partial: false });
}

function letter(): Buffer {
  const lines = Array.from({ length: 30 }, (_, i) => `Line ${i} of a letter, with some words and an =C3=A4 in it.`);
  return mail(
    'Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable',
    `${lines.join('\n')}\n\nOn Mon, 2 Nov 2026 at 10:00, Ann <ann@example.org> wrote:\n> ${lines.slice(0, 9).join('\n> ')}\n`,
  );
}

function newsletter(): Buffer {
  const row = (i: number): string =>
    `<tr><td style="padding:4px;color:#222;font-size:14px"><a href="https://example.org/${i}">Item ${i}</a> &amp; more</td><td class="price"><b>${i},00</b></td></tr>`;
  const rows = Array.from({ length: 40 }, (_, i) => row(i)).join('\n');
  const html = `<html><head><style>.price{color:#111;display:block}.gone{display:none}</style></head><body bgcolor="#ffffff"><div class="gone">preview</div><h1>News</h1><table>${rows}</table><p>Bye<br>bye</p></body></html>`;
  const parts = [
    ['text/plain; charset=utf-8', 'News in short.'],
    ['text/html; charset=utf-8', html],
  ].map(([type, body]) => `--b\nContent-Type: ${type}\n\n${body}\n`);
  return mail('Content-Type: multipart/alternative; boundary=b', `${parts.join('')}--b--\n`);
}

function mail(fields: string, body: string): Buffer {
  const head = `From: =?utf-8?q?J=C3=B6rg?= <joerg@example.org>\nTo: "Doe, Jane" <jane@example.org>, bob@example.org\nSubject: =?utf-8?b?R3LDvMOfZQ==?= and words\nDate: Mon, 2 Nov 2026 10:00:00 +0100\nMessage-ID: <1@example.org>\nReferences: <0@example.org>\nMIME-Version: 1.0`;
  return Buffer.from(`${head}\n${fields}\n\n${body}`.replaceAll('\n', '\r\n'));
}
