// From words to the bytes of a mail: charsets, transfer encodings, headers and parts. Knows nothing of people.

/** Charsets in which the factory writes. */
export type Charset = 'utf-8' | 'iso-8859-1' | 'windows-1251' | 'iso-2022-jp';

/** A body or a part: header lines without line ends, and octets as Latin-1. */
export interface Part {
  readonly headers: readonly string[];
  readonly body: string;
}

/** A text part in a charset and transfer encoding; characters that the charset lacks become `?`. */
export function textPart(
  subtype: 'plain' | 'html',
  text: string,
  charset: Charset,
  encoding: '8bit' | 'quoted-printable' | 'base64',
): Part {
  const octets = encodeCharset(text.replace(/\r?\n/g, '\r\n'), charset);
  const body =
    encoding === 'base64'
      ? wrap(Buffer.from(octets, 'latin1').toString('base64'))
      : encoding === 'quoted-printable'
        ? quotedPrintable(octets)
        : octets;
  return {
    headers: [`Content-Type: text/${subtype}; charset=${charset}`, `Content-Transfer-Encoding: ${encoding}`],
    body,
  };
}

/** An attachment, or an inline picture when it has a content id. */
export function filePart(contentType: string, name: string, content: Buffer, contentId = ''): Part {
  const parameter = /^[\x20-\x7e]*$/.test(name) ? `filename="${name}"` : `filename*=UTF-8''${encodeURIComponent(name)}`;
  const disposition = contentId ? 'inline' : 'attachment';
  return {
    headers: [
      `Content-Type: ${contentType}`,
      `Content-Disposition: ${disposition}; ${parameter}`,
      ...(contentId ? [`Content-ID: <${contentId}>`] : []),
      'Content-Transfer-Encoding: base64',
    ],
    body: wrap(content.toString('base64')),
  };
}

/** A multipart; the boundary must not occur in the parts. */
export function multipart(
  subtype: 'mixed' | 'alternative' | 'related',
  boundary: string,
  parts: readonly Part[],
): Part {
  const inner = parts.map((part) => `--${boundary}\r\n${part.headers.join('\r\n')}\r\n\r\n${part.body}\r\n`);
  return {
    headers: [`Content-Type: multipart/${subtype}; boundary="${boundary}"`],
    body: `${inner.join('')}--${boundary}--\r\n`,
  };
}

/** A whole mail. */
export function mailBytes(headers: readonly string[], content: Part): Buffer {
  const head = [...headers, 'MIME-Version: 1.0', ...content.headers].join('\r\n');
  return Buffer.from(`${head}\r\n\r\n${content.body}`, 'latin1');
}

/** Text in a header: as it is when ASCII, else encoded words of RFC 2047 that split no character. */
export function headerText(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  const words: string[] = [];
  let run = '';
  for (const char of text) {
    if (Buffer.byteLength(run + char) > 42) {
      words.push(run);
      run = '';
    }
    run += char;
  }
  words.push(run);
  return words.map((word) => `=?UTF-8?B?${Buffer.from(word).toString('base64')}?=`).join('\r\n ');
}

function encodeCharset(text: string, charset: Charset): string {
  switch (charset) {
    case 'utf-8':
      return Buffer.from(text).toString('latin1');
    case 'iso-8859-1':
      return text.replace(/[^\x00-\xff]/gu, '?');
    case 'windows-1251':
      return text.replace(/[^\x00-\x7f]/gu, cyrillic);
    case 'iso-2022-jp':
      return text.replace(/[ぁ-んァ-ヶ]+/g, kana).replace(/[^\x00-\x7f]/gu, '?');
  }
}

function cyrillic(char: string): string {
  const code = char.codePointAt(0)!;
  if (code >= 0x410 && code <= 0x44f) return String.fromCharCode(code - 0x410 + 0xc0);
  return char === 'ё' ? '\xb8' : char === 'Ё' ? '\xa8' : '?';
}

/** Rows 4 and 5 of JIS X 0208 are the kana in Unicode's order. */
function kana(run: string): string {
  const pairs = [...run].map((char) => {
    const code = char.charCodeAt(0);
    const [row, first] = code < 0x30a0 ? [0x24, 0x3041] : [0x25, 0x30a1];
    return String.fromCharCode(row, 0x21 + code - first);
  });
  return `\x1b$B${pairs.join('')}\x1b(B`;
}

/** RFC 2045 section 6.7, with line ends kept. */
function quotedPrintable(octets: string): string {
  const hex = (char: string) => `=${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  const lines = octets.replace(/[^\r\n\t\x20-\x3c\x3e-\x7e]/g, hex).split('\r\n');
  return lines.map((line) => softBreaks(line.replace(/[ \t]$/, hex))).join('\r\n');
}

function softBreaks(line: string): string {
  let broken = '';
  let at = 0;
  while (line.length - at > 76) {
    // An escape of three characters is never torn apart.
    const sequence = line.indexOf('=', at + 73);
    const end = sequence >= 0 && sequence < at + 75 ? sequence : at + 75;
    broken += `${line.slice(at, end)}=\r\n`;
    at = end;
  }
  return broken + line.slice(at);
}

function wrap(base64: string): string {
  return base64.replace(/.{76}(?=.)/g, '$&\r\n');
}
