// What is composed is read back, by our own reader and by another, and says what was meant.
import fc from 'fast-check';
import PostalMime from 'postal-mime';
import { describe, expect, it } from 'vitest';
import { cleanFilename } from './attachments.ts';
import { composeMail, type Draft, MOST_MAIL_BYTES } from './compose.ts';
import { removeInvisible } from './invisible.ts';
import { parseMessage } from './parse.ts';
import { oneLine } from './words.ts';

const DRAFT: Draft = {
  from: { name: 'Anna Berg', address: 'anna@gmail.com' },
  to: [{ name: 'Bob', address: 'Bob@example.org' }],
  cc: [],
  bcc: [],
  subject: 'Hello',
  text: 'Text',
  attachments: [],
  messageId: '7f9c2ba4-e88f-427a-8b5c-000000000000@gmail.com',
  dateMs: Date.UTC(2026, 10, 21, 9, 5, 7),
};
const compose = (changes: Partial<Draft>) => composeMail({ ...DRAFT, ...changes });
const read = (raw: Uint8Array) => parseMessage(raw, { parts: [], partial: false });
const bytesOf = async (changes: Partial<Draft>) => (await compose(changes)).raw.toString('latin1');

it('writes a mail that any server takes', async () => {
  const { raw, envelope } = await compose({
    cc: [{ name: 'Miller, "Carol"', address: 'carol@example.org' }],
    bcc: [{ name: 'Hidden', address: 'dave@example.org' }],
    subject: 'Grüße',
    inReplyTo: '2@x.org',
    references: ['1@x.org', '2@x.org'],
  });
  const [header] = raw.toString('latin1').split('\r\n\r\n', 1);
  expect(header!.split('\r\n')).toEqual([
    'From: Anna Berg <anna@gmail.com>',
    'To: Bob <Bob@example.org>',
    'Cc: "Miller, \\"Carol\\"" <carol@example.org>',
    'Subject: =?UTF-8?B?R3LDvMOfZQ==?=',
    'Date: Sat, 21 Nov 2026 09:05:07 +0000',
    'Message-ID: <7f9c2ba4-e88f-427a-8b5c-000000000000@gmail.com>',
    'In-Reply-To: <2@x.org>',
    'References: <1@x.org> <2@x.org>',
    'MIME-Version: 1.0',
    expect.stringMatching(/^Content-Type: multipart\/alternative;$/),
    expect.stringMatching(/^ boundary="=_-[0-9a-f]{32}-Part_\d"$/),
  ]);
  expect(envelope).toEqual({
    from: 'anna@gmail.com',
    to: ['Bob@example.org', 'carol@example.org', 'dave@example.org'],
  });
});

it('never names the hidden recipients', async () => {
  const bcc = [{ name: 'Zacharias', address: 'hidden.one@elsewhere.example' }];
  for (const changes of [{ bcc }, { bcc, to: [], cc: [] }])
    expect(await bytesOf(changes)).not.toMatch(/bcc|zacharias|hidden|elsewhere/i);
});

it('makes the HTML from the text: the same to see, nothing to click', async () => {
  const text = 'Dear Bob,\n\n  see <https://x.org/?a=1&b=2>\n<script>alert("1")</script>\n\tBye  bye';
  const { html } = await read((await compose({ text })).raw);
  expect(html).toContain('see &lt;https://x.org/?a=1&amp;b=2&gt;<br>');
  expect(html).not.toMatch(/<(?!div|br|\/div)/);
  const shown = await read((await compose({ html: html!, text: undefined })).raw);
  expect(shown.text.replaceAll('\u00a0', ' ')).toBe(text.replace('\t', '    '));
});

it('makes the text from the HTML', async () => {
  const html = '<p>Dear <b>Bob</b>,</p><ul><li>one<li>two</ul><p>see <a href="https://x.org/">here</a></p>';
  const other = await PostalMime.parse((await compose({ text: undefined, html })).raw);
  expect(other.text?.trim()).toBe('Dear Bob,\n\n- one\n- two\n\nsee here (https://x.org/)');
  expect(other.html?.trim()).toBe(html);
});

it('sends HTML alone when it holds no text, and an empty mail when there is nothing', async () => {
  expect(await bytesOf({ text: '', html: '<img src="https://x.org/a.png">' })).not.toContain('text/plain');
  expect(await read((await compose({ text: '' })).raw)).toMatchObject({ text: '', notes: [] });
});

describe('an attachment', () => {
  const attach = async (filename: string, contentType?: string, content = Buffer.from('x')) =>
    (await PostalMime.parse((await compose({ attachments: [{ filename, content, contentType }] })).raw)).attachments[0];

  it.each([
    ['report.pdf', 'application/pdf'],
    ['a "quoted" \\name;.txt', 'text/plain'],
    ['Übersicht für Köln.xlsx', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
    ['資料「最終」.docx', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
    ['\u{1f600}'.repeat(60), 'application/octet-stream'],
    [`${'very long name '.repeat(15)}.zip`, 'application/zip'],
    ["100% o'clock*=?.csv", 'text/csv'],
    ['50%41.bin', 'application/octet-stream'],
  ])('keeps its name: %s', async (filename, mimeType) => {
    // A backslash parts folders on some machines.
    const kept = filename.split('\\').at(-1)!;
    expect(await attach(filename)).toMatchObject({ filename: kept, mimeType, disposition: 'attachment' });
    const { raw } = await compose({ attachments: [{ filename, content: Buffer.from('x') }] });
    expect((await read(raw)).attachments).toEqual([
      expect.objectContaining({ n: 1, filename: kept, contentType: mimeType, sizeBytes: 1 }),
    ]);
  });

  it.each([
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\anna\\cv.doc', 'cv.doc'],
    ['\u202egpj.exe', 'gpj.exe'],
    ['..', 'attachment-1'],
    ['', 'attachment-1'],
  ])('loses what is no part of a name: %j', async (filename, kept) => {
    expect(await attach(filename)).toMatchObject({ filename: kept });
  });

  it.each([
    ['message/rfc822', 'application/octet-stream'],
    ['multipart/mixed; boundary=x', 'application/octet-stream'],
    ['MESSAGE/partial', 'application/octet-stream'],
    ['no type', 'application/octet-stream'],
    ['text/html" ; name="x', 'application/octet-stream'],
    ['a/b/c', 'application/octet-stream'],
    ['Text/CSV; charset=latin1', 'text/csv'],
  ])('of type %s is sent as %s', async (given, sent) => {
    expect(await attach('a', given)).toMatchObject({ mimeType: sent });
  });

  it('named .eml without a type is only bytes', async () => {
    expect(await attach('mail.eml', undefined, Buffer.from('Subject: x\r\n\r\ny'))).toMatchObject({
      mimeType: 'application/octet-stream',
    });
  });

  it('has a name in ASCII as well', async () => {
    const bytes = await bytesOf({ attachments: [{ filename: 'Übersicht 資料.pdf', content: Buffer.from('x') }] });
    expect(bytes).toContain('Content-Type: application/pdf; name="Ubersicht __.pdf"\r\n');
    expect(bytes).toContain("attachment;\r\n filename*=UTF-8''%C3%9Cbersicht%20%E8%B3%87%E6%96%99.pdf");
  });

  it('arrives byte for byte, empty ones and bare line ends too', async () => {
    const contents = ['', '\r\n', '\n\n\r', '.\r\n..\r\n', 'x'.repeat(5000), '\0\xff'].map((text) =>
      Buffer.from(text, 'latin1'),
    );
    const attachments = contents.map((content, i) => ({ filename: `${i}.txt`, content }));
    const other = await PostalMime.parse((await compose({ attachments })).raw);
    expect(other.attachments.map(({ content }) => Buffer.from(content as ArrayBuffer))).toEqual(contents);
  });
});

describe('the limit of 25 MB', () => {
  const withFile = (size: number) =>
    compose({ attachments: [{ filename: 'a.bin', content: Buffer.alloc(size, 1), contentType: 'image/png' }] });

  it('is met to the byte', async () => {
    // 57 bytes are a line of 78: three bytes more are four characters more.
    const around = (await withFile(57)).raw.length - 78;
    const lines = Math.floor((MOST_MAIL_BYTES - around) / 78);
    const fits = await withFile(lines * 57);
    expect(fits.raw.length).toBeLessThanOrEqual(MOST_MAIL_BYTES);
    expect(MOST_MAIL_BYTES - fits.raw.length).toBeLessThan(78 + 4);
    await expect(withFile((lines + 1) * 57)).rejects.toMatchObject({
      code: 'too_large',
      message: expect.stringMatching(/^The mail is 25\.0 MB \(262\d{5} bytes\) .* at most 25 MB \(26214400 bytes\)\.$/),
    });
  });

  it('counts the text as well', async () => {
    const text = 'x'.repeat(MOST_MAIL_BYTES / 2);
    await expect(compose({ text, html: `<p>${text}</p>` })).rejects.toMatchObject({ code: 'too_large' });
  });
});

it('refuses more recipients than Gmail takes', async () => {
  const bcc = Array.from({ length: 100 }, (_, i) => ({ name: '', address: `p${i}@example.org` }));
  await expect(compose({ bcc })).rejects.toMatchObject({ code: 'invalid_input', field: 'bcc' });
});

it('gives the same bytes for the same draft', async () => {
  const attachments = [{ filename: 'a', content: Buffer.from('x') }];
  expect((await compose({ attachments })).raw).toEqual((await compose({ attachments })).raw);
});

/** Letters of many scripts, marks, emoji, what looks like syntax, and what is not seen. */
const unit = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...'abc XYZ019.,;:<>@"\'()[]\\/=?_-+*%&!#') },
  { weight: 4, arbitrary: fc.constantFrom(...'üßéŁЖщאب日本語한글\u0301\u{1f600}\u{20bb7}€…\u00a0') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('=?', '?=', '=?utf-8?Q?x?=', '\u200b', '\u202e', '\ufeff', '\u00ad', '=\u20ac'),
  },
);
const line = (max: number) =>
  fc
    .oneof(fc.string({ unit, maxLength: max }), fc.string({ unit: 'grapheme', maxLength: max }))
    .filter((text) => !/[\p{Cc}\p{Cs}\u2028\u2029]/u.test(text));
const seenLine = (max: number) =>
  line(max)
    .map((text) => oneLine(removeInvisible(text).text))
    .filter((t) => removeInvisible(t).text === t);
const body = fc
  .array(fc.oneof(fc.string({ unit, maxLength: 200 }), fc.constantFrom('.', '-- ', 'From x', '', ' ', '--=_')), {
    maxLength: 6,
  })
  .map((l) => l.join('\n'));
const person = fc.record({
  name: seenLine(80),
  address: fc.stringMatching(/^[a-z0-9+=_-]{1,20}$/).map((local) => `${local}@example.org`),
});

it('says in every field what was meant, whatever the language', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        from: person,
        to: fc.uniqueArray(person, { maxLength: 6, selector: ({ address }) => address }),
        cc: fc.array(person, { maxLength: 2 }),
        subject: line(300),
        text: body,
        attachments: fc.array(fc.record({ filename: line(100), content: fc.uint8Array({ maxLength: 200 }) }), {
          maxLength: 2,
        }),
        references: fc.array(fc.stringMatching(/^[!-;=?-~]{1,200}$/), { maxLength: 30 }),
      }),
      async (given) => {
        const { raw } = await compose(given);
        const lines = raw.toString('latin1').split('\r\n');
        expect(Math.max(...lines.map((l) => l.length))).toBeLessThanOrEqual(998);
        expect(raw.toString('latin1')).not.toMatch(/[^\r\n -~]|\r(?!\n)|(?<!\r)\n/);
        const header = lines.slice(0, lines.indexOf(''));
        for (const l of header.filter((l) => l.includes('=?UTF-8'))) expect(l.length).toBeLessThanOrEqual(78);

        const ours = await read(raw);
        const people = (list: Draft['to']) =>
          list.map(({ name, address }) => ({ name: name.toLowerCase() === address ? '' : name, address }));
        expect(ours).toMatchObject({
          from: people([given.from]),
          to: people(given.to),
          cc: people(given.cc),
          subject: removeInvisible(oneLine(given.subject)).text.trim(),
          messageIdHeader: DRAFT.messageId,
          references: [...new Set(given.references)],
          dateHeaderMs: DRAFT.dateMs,
          notes: [],
        });
        const words = (text: string) => removeInvisible(text).text.replace(/\s+/g, ' ').trim();
        expect(words(ours.text)).toBe(words(given.text));

        const other = await PostalMime.parse(raw);
        expect(oneLine(other.subject ?? '')).toBe(oneLine(given.subject));
        expect(other.to?.map(({ name, address }) => [oneLine(name), address]) ?? []).toEqual(
          given.to.map(({ name, address }) => [name, address]),
        );
        expect((other.text ?? '').replaceAll('\r\n', '\n').replace(/\n+$/, '')).toBe(
          given.text.replace(/^\ufeff|\n+$/g, ''),
        );
        expect(other.attachments.map(({ content }) => Buffer.from(content as ArrayBuffer))).toEqual(
          given.attachments.map(({ content }) => Buffer.from(content)),
        );
        const names = given.attachments.map(({ filename }, i) => cleanFilename(filename) || `attachment-${i + 1}`);
        expect(ours.attachments.map(({ filename }) => filename)).toEqual(names);
        expect(other.attachments.map(({ filename }) => filename)).toEqual(names);
      },
    ),
    { numRuns: 300 },
  );
}, 60_000);
