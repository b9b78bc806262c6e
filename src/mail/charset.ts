// Bytes in any charset that mail claims → text (RFC 2978, WHATWG Encoding). Never throws; what cannot be read is U+FFFD.
import { TextDecoder } from 'node:util';

/** Labels of mail that the WHATWG list lacks, without `x-`, `cs` and separators. */
const ALIASES: Readonly<Record<string, string>> = {
  '646': 'windows-1252',
  ansi: 'windows-1252',
  cp932: 'shift_jis',
  ms932: 'shift_jis',
  windows932: 'shift_jis',
  cp936: 'gb18030',
  ms936: 'gb18030',
  windows936: 'gb18030',
  cp949: 'euc-kr',
  ms949: 'euc-kr',
  uhc: 'euc-kr',
  johab: 'euc-kr',
  cp950: 'big5',
  ms950: 'big5',
  cp874: 'windows-874',
  cp20127: 'windows-1252',
  cp28591: 'windows-1252',
  cp65001: 'utf-8',
  eucjp: 'euc-jp',
  cp51932: 'euc-jp',
  iso2022jp: 'iso-2022-jp',
  iso2022jp1: 'iso-2022-jp',
  iso2022jp2: 'iso-2022-jp',
  iso2022jpms: 'iso-2022-jp',
  cp50220: 'iso-2022-jp',
  cp50221: 'iso-2022-jp',
  cp50222: 'iso-2022-jp',
};

const UTF8 = new TextDecoder('utf-8', { fatal: true });
const LATIN = new TextDecoder('windows-1252');
/** Both are ASCII with runs of two-byte characters whose high bits were dropped (RFC 1557, RFC 1843). */
const SHIFTED: Readonly<Record<string, { run: RegExp; charset: string }>> = {
  iso2022kr: { run: /\x0e([^\x0f]*)\x0f?/g, charset: 'euc-kr' },
  hzgb2312: { run: /~\{((?:(?!~\})[\s\S])*)(?:~\})?/g, charset: 'gb18030' },
};
const decoders = new Map<string, TextDecoder | null>();

/**
 * The text of the bytes. A label that is absent, unknown or plain ASCII is not trusted: UTF-8 where the bytes are valid
 * UTF-8, else windows-1252. UTF-7 is left as it stands, so that no markup comes out of it.
 */
export function decodeText(bytes: Uint8Array, label: string): string {
  const name = nameOf(label);
  const shifted = SHIFTED[bare(name)];
  if (shifted) return unshift(bytes, shifted);
  const decoder = decoderOf(name);
  const lies = decoder?.encoding.startsWith('utf-16') && !bytes.includes(0);
  if (!decoder || lies) return decodeUnlabelled(bytes);
  return decoder.decode(decoder.encoding === 'iso-2022-jp' ? withoutIdleShifts(bytes) : bytes);
}

/** Whether the label names a charset that is read as it says. */
export const isKnownCharset = (label: string): boolean => {
  const name = nameOf(label);
  return ASCII.has(bare(name)) || bare(name) in SHIFTED || decoderOf(name) !== null;
};

const ASCII = new Set(['', 'usascii', 'ascii', 'ansix3.41968', 'ansix341968', '7bit', 'unknown8bit']);

function decodeUnlabelled(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    return LATIN.decode(bytes);
  }
}

function decoderOf(name: string): TextDecoder | null {
  if (ASCII.has(bare(name))) return null;
  const known = decoders.get(name);
  if (known !== undefined) return known;
  let decoder: TextDecoder | null = null;
  for (const candidate of [name, ALIASES[bare(name)] ?? bare(name), name.replace(/^x-/, '')]) {
    try {
      decoder ??= new TextDecoder(candidate);
    } catch {
      // Not a label of the Encoding Standard: the next spelling is tried.
    }
  }
  // A mail can make up labels without end.
  if (decoders.size < 500) decoders.set(name, decoder);
  return decoder;
}

/** Some writers put it between apostrophes. */
const nameOf = (label: string): string =>
  label
    .toLowerCase()
    .slice(0, 60)
    .replace(/^[\s'"]+|[\s'"]+$/g, '');

const bare = (name: string): string => name.replace(/^(x-|cs)/, '').replace(/[\s_.:-]+/g, '');

function unshift(bytes: Uint8Array, { run, charset }: { run: RegExp; charset: string }): string {
  const decoder = new TextDecoder(charset);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const read = text.replace(run, (_, pairs: string) =>
    decoder.decode(Buffer.from(pairs, 'latin1').map((byte) => (byte > 0x20 ? byte | 0x80 : byte))),
  );
  return read.replace(/\x1b\$\)C/g, '').replace(/~~/g, charset === 'gb18030' ? '~' : '~~');
}

/** A shift that another follows at once: words that were joined have them, and the decoder counts each as an error. */
function withoutIdleShifts(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  return Buffer.from(text.replace(/(?:\x1b[($][@BIJ])+(?=\x1b[($][@BIJ])/g, ''), 'latin1');
}
