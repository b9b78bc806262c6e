// Mails made to break their reader, by name, each made when it is asked for. Data only; knows nothing of what reads them.

const HEAD = 'From: Amy <amy@example.org>\r\nSubject: Bomb\r\nMessage-ID: <bomb@example.org>\r\n';
const MIXED = `${HEAD}Content-Type: multipart/mixed; boundary=b\r\n\r\n`;

const plain = (body: string): string => `${HEAD}Content-Type: text/plain; charset=utf-8\r\n\r\n${body}`;
const html = (body: string): string => `${HEAD}Content-Type: text/html; charset=utf-8\r\n\r\n${body}`;
const header = (field: string): string => `${HEAD}${field}\r\n\r\nbody`;
const times = (count: number, make: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => make(i)).join('');

/** Multiparts within multiparts, each with a boundary of its own. */
const nest = (depth: number): string =>
  HEAD + times(depth, (i) => `Content-Type: multipart/mixed; boundary=b${i}\r\n\r\n--b${i}\r\n`);

const parts = (count: number): string => `${MIXED}${'--b\r\n\r\nx\r\n'.repeat(count)}--b--\r\n`;

const encoded = (encoding: string, type: string, body: string): string =>
  `${HEAD}Content-Type: ${type}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${body}`;

export const BOMBS: Readonly<Record<string, () => string>> = {
  'nest-1000': () => nest(1_000),
  'nest-20000': () => nest(20_000),
  'nest-same-boundary-20000': () =>
    `${MIXED}${'--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n'.repeat(20_000)}`,
  'nest-rfc822-20000': () => `${HEAD}${'Content-Type: message/rfc822\r\n\r\n'.repeat(20_000)}end`,
  'parts-1000': () => parts(1_000),
  'parts-10000': () => parts(10_000),
  'parts-200000': () => parts(200_000),
  'parts-1000-alternatives-of-html': () =>
    `${HEAD}Content-Type: multipart/alternative; boundary=b\r\n\r\n${'--b\r\nContent-Type: text/html\r\n\r\n<p>x</p>\r\n'.repeat(1_000)}--b--`,
  'parts-named-in-html': () =>
    `${MIXED}--b\r\nContent-Type: text/html\r\n\r\n${times(20_000, (i) => `<img src="cid:${i}">`)}\r\n${times(900, (i) => `--b\r\nContent-Type: image/png\r\nContent-ID: <${i}>\r\n\r\nx\r\n`)}--b--`,
  'boundary-lines-1000000': () => `${MIXED}${'--bb\r\n'.repeat(1_000_000)}`,
  'boundary-dashes-20MB': () => `${MIXED}${'-'.repeat(20_000_000)}`,
  'boundary-of-10000-chars': () => {
    const boundary = 'x'.repeat(10_000);
    return `${HEAD}Content-Type: multipart/mixed; boundary=${boundary}\r\n\r\n${`--${boundary}\r\n\r\nx\r\n`.repeat(1_000)}`;
  },
  'boundary-50-open-100000-lines': () =>
    HEAD +
    times(
      50,
      (i) => `Content-Type: multipart/mixed; boundary=${'b'.repeat(60)}${i}\r\n\r\n--${'b'.repeat(60)}${i}\r\n`,
    ) +
    `--${'b'.repeat(60)}\r\n`.repeat(100_000),
  'boundary-empty': () =>
    `${HEAD}Content-Type: multipart/mixed; boundary=""\r\n\r\n${'--\r\n\r\nx\r\n'.repeat(100_000)}`,
  'header-10MB-line': () => header(`X-Long: ${'x'.repeat(10_000_000)}`),
  'header-10MB-without-end': () => `${HEAD}X-Long: ${'x'.repeat(10_000_000)}`,
  'header-fold-200k': () => header(`X-Folded: a\r\n${' b\r\n'.repeat(200_000)}X-Last: c`),
  'header-fold-200k-of-a-known-field': () => header(`References: a\r\n${' b\r\n'.repeat(200_000)}X-Last: c`),
  'header-100k-fields': () => header('X-A: b\r\n'.repeat(100_000).trimEnd()),
  'header-100k-colons': () => header(`${': b\r\n'.repeat(100_000)}X: y`),
  'header-blanks-1MB': () => header(`X-Blank: ${' '.repeat(900_000)}x`),
  'header-blanks-before-colons': () => header(`X${' '.repeat(900_000)}x`),
  'received-5000': () => header('Received: from a by b; Fri, 20 Nov 2026 10:00:00 +0100\r\n'.repeat(5_000).trimEnd()),
  'references-50k': () => header(`References: ${times(50_000, (i) => `<${i}@example.org> `)}`),
  'references-without-end': () => header(`References: ${'<'.repeat(200_000)}`),
  'rfc2047-50k-words': () => header(`Subject: ${'=?utf-8?Q?a?= '.repeat(50_000)}`),
  'rfc2047-50k-words-in-names': () => header(`To: ${'=?utf-8?Q?a?= '.repeat(50_000)}<a@b.c>`),
  'rfc2047-50k-charsets': () => header(`To: ${times(50_000, (i) => `=?x-${i}?B?YQ==?= `)}<a@b.c>`),
  'rfc2047-words-without-end': () => header(`To: ${'=?utf-8?q?'.repeat(60_000)}`),
  'rfc2047-question-marks': () => header(`To: =?utf-8?q?${'?'.repeat(190_000)}`),
  'recipients-100k': () => header(`To: ${times(100_000, (i) => `a${i}@example.org, `)}`),
  'recipients-in-nested-groups': () => header(`To: ${'a:'.repeat(50_000)}`),
  'recipients-in-comments': () => header(`To: ${'('.repeat(100_000)}a@b.c`),
  'recipients-angles': () => header(`To: ${'<'.repeat(100_000)}${'@'.repeat(90_000)}`),
  'parameters-100k': () => `${HEAD}Content-Type: text/plain${times(100_000, (i) => `; a${i}=b`)}\r\n\r\nbody`,
  'parameters-continued-100k': () =>
    `${HEAD}Content-Type: application/x; ${times(20_000, (i) => `name*${i}*=%41; `)}\r\n\r\nbody`,
  'parameters-comments': () => `${HEAD}Content-Type: text/plain; ${'('.repeat(200_000)}\r\n\r\nbody`,
  'parameters-brackets': () => `${HEAD}Content-Type: text/plain; name=a${' (b'.repeat(60_000)}\r\n\r\nbody`,
  'parameters-comments-closed': () => `${HEAD}Content-Type: text/plain; ${'() '.repeat(60_000)}x\r\n\r\nbody`,
  'parameters-backslashes': () => `${HEAD}Content-Type: text/plain; name="${'\\"'.repeat(100_000)}\r\n\r\nbody`,
  'results-of-authentication': () =>
    header(`Authentication-Results: mx.google.com; ${'('.repeat(5_000)}${')'.repeat(5_000)}`),
  'date-brackets': () => header(`Date: ${'('.repeat(100_000)}`),
  'base64-garbage-5MB': () => encoded('base64', 'text/plain', '!@#$%^&*()'.repeat(500_000)),
  'base64-paddings-5MB': () => encoded('base64', 'application/x', 'QQ=='.repeat(1_250_000)),
  'base64-attachment-40MB': () =>
    `${MIXED}--b\r\n\r\nSee file\r\n--b\r\nContent-Type: application/zip; name=a.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n${`${'QUJD'.repeat(19)}\r\n`.repeat(540_000)}--b--\r\n`,
  'qp-equals-5MB': () => encoded('quoted-printable', 'text/plain', '='.repeat(5_000_000)),
  'qp-soft-breaks-5MB': () => encoded('quoted-printable', 'text/plain', `=${' '.repeat(80)}`.repeat(60_000)),
  'text-20MB-in-one-line': () => plain('x'.repeat(20_000_000)),
  'text-1000000-lines': () => plain('a\r\n'.repeat(1_000_000)),
  'text-of-blanks-2MB': () => plain(`${' '.repeat(2_000_000)}x`),
  'text-of-blank-lines': () => plain(`${' \n'.repeat(1_000_000)}x`),
  'text-of-blanks-and-tabs': () => html(`<pre>${' \t'.repeat(500_000)}x</pre>`),
  'text-of-invisible-marks': () => plain('a\u200b'.repeat(500_000)),
  'text-of-joined-emoji': () => plain('👩\u200d'.repeat(200_000)),
  'text-flowed-1000000-lines': () =>
    `${HEAD}Content-Type: text/plain; format=flowed\r\n\r\n${'> a \r\n'.repeat(300_000)}`,
  'text-flowed-marks': () => `${HEAD}Content-Type: text/plain; format=flowed\r\n\r\n${'>'.repeat(2_000_000)}`,
  'text-hz-shifts': () => `${HEAD}Content-Type: text/plain; charset=hz-gb-2312\r\n\r\n${'~{'.repeat(500_000)}`,
  'text-japanese-shifts': () =>
    `${HEAD}Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n${'\x1b$B\x1b(B'.repeat(300_000)}`,
  'text-points-to-html': () =>
    `${HEAD}Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\n${'view '.repeat(110)}\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>x</p>\r\n--b--`,
  'html-div-100k': () => html(`${'<div>'.repeat(100_000)}deep`),
  'html-div-100k-closed': () => html(`${'<div>'.repeat(100_000)}deep${'</div>'.repeat(100_000)}`),
  'html-table-nest-5k': () => html(`${'<table><tr><td>'.repeat(5_000)}deep`),
  'html-lists-nest-900': () => html(`${'<ul><li>a'.repeat(450)}`),
  'html-quotes-900-of-100k-lines': () => html(`${'<blockquote>'.repeat(900)}${'a<br>'.repeat(100_000)}`),
  'html-closing-tags-without-opening': () => html(`${'<b>'.repeat(900)}${'</i>'.repeat(200_000)}`),
  'html-p-200k': () => html('<p>a'.repeat(200_000)),
  'html-td-200k': () => html(`<table><tr>${'<td>'.repeat(200_000)}x`),
  'html-attributes-100k': () => html(`<p ${times(100_000, (i) => `a${i}=b `)}>x</p>`),
  'html-attribute-1MB': () => html(`<p style="${'color:red;'.repeat(100_000)}">x</p>`),
  'html-unclosed-tag': () => html('<a href="'.repeat(100_000)),
  'html-lesser-signs': () => html('<'.repeat(1_000_000)),
  'html-comments': () => html('<!--'.repeat(250_000)),
  'html-comments-closed': () => html('<!---->'.repeat(140_000)),
  'html-cdata': () => html('<![CDATA['.repeat(100_000)),
  'html-style-tags': () => html('<style>'.repeat(140_000)),
  'html-script-without-end': () => html(`<script>${'a</scrip'.repeat(120_000)}`),
  'html-pre-lines': () => html(`<pre>${'a\n'.repeat(500_000)}</pre>`),
  'html-links-of-1000-chars': () => html(`<a href="https://x.example/${'y'.repeat(2_000)}">a</a>`.repeat(480)),
  'html-over-its-limit': () => html(`<p>${'word '.repeat(600_000)}</p>`),
  'entities-200k': () => html('&amp;&lt;&gt;&nbsp;'.repeat(50_000)),
  'entities-without-end': () => html('&'.repeat(1_000_000)),
  'entities-numbers-without-end': () => html(`&#${'9'.repeat(1_000_000)};`),
  'entities-that-expand': () => html('&NotEqualTilde;'.repeat(70_000)),
  'css-rules-100k': () =>
    html(`<style>${times(60_000, (i) => `.a${i}{color:red}`)}</style>${times(5_000, (i) => `<p class="a${i}">x</p>`)}`),
  'css-rules-for-everything': () => html(`<style>${'*{color:red}'.repeat(4_000)}</style>${'<p>x</p>'.repeat(20_000)}`),
  'css-rules-of-descendants': () =>
    html(
      `<style>${'div div div div div p{color:red}'.repeat(4_000)}</style>${'<div>'.repeat(500)}${'<p>x</p>'.repeat(10_000)}`,
    ),
  'css-rules-of-siblings': () =>
    html(
      `<style>${'b ~ b ~ b ~ p{color:red}'.repeat(4_000)}</style>${'<b>x</b>'.repeat(500)}${'<p>x</p>'.repeat(10_000)}`,
    ),
  'css-attributes': () =>
    html(
      `<style>${'[class*="a"][id^="b"]{color:red}'.repeat(4_000)}</style>${`<p class="${'c'.repeat(5_000)}">x</p>`.repeat(150)}`,
    ),
  'css-classes-of-one-element': () =>
    html(`<style>.a{color:red}</style>${`<p class="${'a '.repeat(5_000)}">x</p>`.repeat(90)}`),
  'css-braces': () => html(`<style>${'@media screen{'.repeat(20_000)}</style>x`),
  'css-braces-only': () => html(`<style>${'{'.repeat(290_000)}</style>x`),
  'css-at-rules': () => html(`<style>${'@x{'.repeat(90_000)}</style>x`),
  'css-at-rules-side-by-side': () => html(`<style>${'@media print{a{b:c}}'.repeat(14_000)}</style>x`),
  'css-semicolons': () => html(`<style>${';'.repeat(250_000)}${'a{color:red}'.repeat(4_000)}</style>x`),
  'css-comments': () => html(`<style>${'/*'.repeat(150_000)}</style>x`),
  'css-escapes': () => html(`<p style="${'\\'.repeat(500_000)}">x</p>`),
  'css-brackets': () => html(`<p style="${'('.repeat(500_000)}">x</p>`),
  'css-brackets-in-styles': () => html(`<p style="${'a:b('.repeat(100)}">x</p>`.repeat(1_500)),
  'css-selectors': () => html(`<style>${'a,'.repeat(140_000)}a{color:red}</style>x`),
  'css-brackets-in-selectors': () => html(`<style>${':is('.repeat(70_000)}a{color:red}</style>x`),
  'css-combinators-in-selectors': () => html(`<style>${'a>'.repeat(140_000)}a[b]{color:red}</style>x`),
  'css-rules-within-rules': () => html(`<style>${'a,b,c,d{'.repeat(30_000)}color:red</style>x`),
  'css-variables': () =>
    html(
      `<p style="${times(5_000, (i) => `--a${i}:var(--a${i + 1});`)}color:var(--a0)">${'<p style="--x:1">x</p>'.repeat(5_000)}`,
    ),
  'css-gradients': () => html(`<p style="background:${'gradient('.repeat(50)}">x</p>`.repeat(1_500)),
  'css-styles-200k': () => html('<p style="color:red;font-size:12px">x'.repeat(28_000)),
};
