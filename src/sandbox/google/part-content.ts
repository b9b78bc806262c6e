// What stands in a part and its header, decoded: transfer encodings, charsets, encoded words and file names. Knows no API.
import { decodeWords } from 'postal-mime';
import { type HeaderField, headerOf, type MimePart, parseParameters } from '../mime-tree.ts';

/** The octets of a leaf, its transfer encoding undone. */
export function octetsOf(raw: Buffer, part: MimePart): Buffer {
  const body = raw.subarray(part.bodyStart, part.end);
  switch (headerOf(part, 'content-transfer-encoding').toLowerCase()) {
    case 'base64':
      return Buffer.from(body.toString('latin1'), 'base64');
    case 'quoted-printable':
      return fromQuotedPrintable(body.toString('latin1'));
    default:
      return body;
  }
}

/** The text of a leaf; a charset that nobody knows is read as windows-1252. */
export function textOf(raw: Buffer, part: MimePart): string {
  const octets = octetsOf(raw, part);
  const charset = part.parameters.get('charset')?.trim() || 'utf-8';
  try {
    return new TextDecoder(charset).decode(octets);
  } catch {
    return new TextDecoder('windows-1252').decode(octets);
  }
}

/** A header field as the API shows it: the name as written, the value decoded. */
export function shownField({ name, value, raw }: HeaderField): { name: string; value: string } {
  const written = raw.slice(0, raw.indexOf(':')).trim();
  return { name: written.toLowerCase() === name ? written : name, value: decodeWords(fromOctets(value)) };
}

/** The file name of a part (RFC 2231, or encoded words as many write them); empty without one. */
export function filenameOf(part: MimePart): string {
  const { parameters } = parseParameters(headerOf(part, 'content-disposition'));
  return parameter(parameters, 'filename') ?? parameter(part.parameters, 'name') ?? '';
}

function parameter(parameters: ReadonlyMap<string, string>, name: string): string | undefined {
  const plain = parameters.get(name);
  if (plain !== undefined) return decodeWords(fromOctets(plain));
  const extended = parameters.get(`${name}*`);
  if (extended !== undefined) return fromExtended(extended);
  let joined = '';
  for (let index = 0; ; index++) {
    const piece = parameters.get(`${name}*${index}`) ?? parameters.get(`${name}*${index}*`);
    if (piece === undefined) break;
    joined += piece;
  }
  if (joined === '') return undefined;
  return parameters.has(`${name}*0*`) ? fromExtended(joined) : fromOctets(joined);
}

/** `UTF-8'en'%e2%82%ac` of RFC 2231 section 4. */
function fromExtended(value: string): string {
  const [, charset = 'utf-8', text = value] = /^([^']*)'[^']*'([\s\S]*)$/.exec(value) ?? [];
  const octets = text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  try {
    return new TextDecoder(charset || 'utf-8').decode(Buffer.from(octets, 'latin1'));
  } catch {
    return octets;
  }
}

/** Octets beyond ASCII in a header are UTF-8 (RFC 6532), or Latin-1 where they cannot be. */
function fromOctets(value: string): string {
  const utf8 = Buffer.from(value, 'latin1').toString('utf8');
  return utf8.includes('\ufffd') ? value : utf8;
}

function fromQuotedPrintable(text: string): Buffer {
  const octets = text
    .replace(/[ \t]+(?=\r?\n)/g, '')
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(octets, 'latin1');
}
