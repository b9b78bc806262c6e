// Reading mails: charsets, structure, broken input. Nothing that comes in makes it throw.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseMessage, unreadableMessage } from './parse.ts';

const NOTHING = { parts: [], partial: false };
const bytes = (text: string) => Buffer.from(text.replace(/\r?\n/g, '\r\n'), 'latin1');
const read = (text: string) => parseMessage(bytes(text), NOTHING);

it('reads headers, people, references and text', async () => {
  const message = await read(`From: "Adams, Amy" <Amy@Example.org>
To: Team: bob@x.org, "C" <c@x.org>;, me@gmail.com
Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?= =?UTF-8?Q?_aus?= K
Message-ID: <a@x>
References: <1@x> <2@x>
In-Reply-To: <2@x>
Delivered-To: Me@gmail.com
List-Id: News <news.x.org>
Date: Fri, 20 Nov 2026 10:00:00 +0100

Hello
`);
  expect(message).toMatchObject({
    from: [{ name: 'Adams, Amy', address: 'amy@example.org' }],
    to: [{ address: 'bob@x.org' }, { name: 'C', address: 'c@x.org' }, { address: 'me@gmail.com' }],
    subject: 'Grüße aus K',
    messageIdHeader: 'a@x',
    references: ['1@x', '2@x'],
    deliveredTo: ['me@gmail.com'],
    listId: 'news.x.org',
    dateHeaderMs: Date.UTC(2026, 10, 20, 9),
    text: 'Hello',
    notes: [],
  });
});

it.each([
  ['windows-1252', [0x93, 0x80, 0x94], '“€”'],
  ['iso-8859-15', [0xa4], '€'],
  ['koi8-r', [0xf0, 0xd2, 0xc9], 'При'],
  ['gb2312', [0xc4, 0xe3], '你'],
  ['shift_jis', [0x82, 0xa0], 'あ'],
  ['euc-kr', [0xb0, 0xa1], '가'],
  ['iso-2022-jp', [0x1b, 0x24, 0x42, 0x24, 0x22, 0x1b, 0x28, 0x42], 'あ'],
  ['big5', [0xa7, 0x41], '你'],
])('decodes %s', async (charset, body, expected) => {
  const head = `From: a@b.c\nContent-Type: text/plain; charset=${charset}\nContent-Transfer-Encoding: 8bit\n\n`;
  const message = await parseMessage(Buffer.concat([bytes(head), Buffer.from(body)]), NOTHING);
  expect(message.text).toBe(expected);
});

it.each([
  ['=?utf-8?B?44GT44KT4w==?=\n =?utf-8?B?gavjgaE=?=', 'こんにち'],
  ['=?utf-8?Q?Gr=C3?= =?utf-8?Q?=BC=C3=9Fe?=', 'Grüße'],
])('joins encoded words that were cut inside a character: %s', async (subject, expected) => {
  const message = await read(`Subject: ${subject}\nFrom: ${subject} <a@b.c>\n\nx`);
  expect(message.subject).toBe(expected);
  expect(message.from[0]?.name).toBe(expected);
});

it('takes the plain alternative, and the HTML when plain only points to it', async () => {
  const both = (plain: string) => `From: a@b.c
Content-Type: multipart/alternative; boundary=b

--b
Content-Type: text/plain

${plain}
--b
Content-Type: text/html

<p>Rich <b>text</b></p>
--b--
`;
  expect((await read(both('Plain text'))).text).toBe('Plain text');
  expect((await read(both('Please view this email in your browser'))).text).toBe('Rich text');
  expect((await read(both(''))).text).toBe('Rich text');
});

it('takes part numbers from the server and exact sizes from the mail', async () => {
  const source = bytes(`From: a@b.c
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain

See file
--b
Content-Type: application/pdf; name="../../evil\u202e.pdf"
Content-Disposition: attachment; filename="../../evil.pdf"
Content-Transfer-Encoding: base64

AAECAwQ=
--b--
`);
  const parts = [
    {
      partId: '1',
      contentType: 'text/plain',
      filename: '',
      disposition: '' as const,
      contentId: '',
      encoding: '7bit',
      encodedBytes: 8,
    },
    {
      partId: '2',
      contentType: 'application/pdf',
      filename: '../../evil.pdf',
      disposition: 'attachment' as const,
      contentId: '',
      encoding: 'base64',
      encodedBytes: 8,
    },
  ];
  const { attachments, text } = await parseMessage(source, { parts, partial: false });
  expect(text).toBe('See file');
  expect(attachments).toEqual([
    {
      n: 1,
      partId: '2',
      filename: 'evil.pdf',
      contentType: 'application/pdf',
      sizeBytes: 5,
      contentId: '',
      inline: false,
    },
  ]);
});

it('reads a mail whose type the server could not tell as it reads it alone', async () => {
  const source = bytes('From: a@b.c\nContent-Type: text; charset=utf-8\n\nText.\n');
  const told = {
    partId: '1',
    contentType: '/',
    filename: '',
    disposition: '' as const,
    contentId: '',
    encoding: '7bit',
  };
  const read = await parseMessage(source, { parts: [{ ...told, encodedBytes: 7 }], partial: false });
  expect([read.text, read.attachments]).toEqual(['Text.', []]);
});

it('believes Google’s verdict only, and only the topmost', async () => {
  const mail = (first: string) =>
    read(
      `Authentication-Results: ${first}\nAuthentication-Results: mx.google.com; spf=pass; dkim=pass; dmarc=pass\nFrom: a@b.c\n\nx`,
    );
  expect((await mail('mx.google.com; spf=fail; dkim=none; dmarc=fail')).verdicts).toEqual({
    spf: 'fail',
    dkim: 'none',
    dmarc: 'fail',
  });
  expect((await mail('evil.example; spf=pass')).verdicts).toBeNull();
});

it('reads format=flowed as it was written', async () => {
  const message = await read('From: a@b.c\nContent-Type: text/plain; format=flowed\n\nThis is one \nline.\nAnother.\n');
  expect(message.text).toBe('This is one line.\nAnother.');
});

it.each(['', 'x', '1', 'Fri, 99 Foo 2026', 'Fri, 20 Nov 2026 25:61:00 +9999'])('has no date for "%s"', async (date) => {
  expect((await read(`From: a@b.c\nDate: ${date}\n\nx`)).dateHeaderMs).toBeNull();
});

it('keeps what the header says of a mail that cannot be read', () => {
  const message = unreadableMessage(bytes('From: X <x@y.z>\nSubject: Broken\n\nbody'), 'too deep');
  expect(message).toMatchObject({ subject: 'Broken', from: [{ address: 'x@y.z' }], text: '', notes: ['too deep'] });
});

it('never throws and gives well-formed text, whatever comes in', async () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'From: ',
      'Subject: =?utf-8?B?',
      '?=',
      '\r\n',
      '\r\n\r\n',
      '--b',
      'Content-Type: multipart/mixed; boundary=b\r\n',
      'Content-Type: text/html; charset=x\r\n',
      '<p style="',
      '\0',
      '\ud800',
    ),
    fc.string(),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (pieces) => {
      const message = await parseMessage(Buffer.from(pieces.join('')), NOTHING);
      expect(JSON.stringify(message).isWellFormed()).toBe(true);
      expect(message.text.isWellFormed() && message.subject.isWellFormed() && !message.text.includes('\0')).toBe(true);
    }),
    { numRuns: 300 },
  );
});
