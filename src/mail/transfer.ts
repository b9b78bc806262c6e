// Content-Transfer-Encoding (RFC 2045 section 6) undone, or only measured. Never throws: garbage is passed over.

const EQUALS = 0x3d;
const MOST_STRETCHES = 50_000;

/** The bytes that the part carries; an unknown encoding is taken as none. */
export function decodeTransfer(body: Buffer, encoding: string): Buffer {
  if (encoding === 'base64') return decodeBase64(body);
  if (encoding === 'quoted-printable') return decodeQuotedPrintable(body);
  return body;
}

/** How many bytes `decodeTransfer` would give. */
export const decodedBytes = (body: Buffer, encoding: string): number => decodeTransfer(body, encoding).length;

/** Some writers pad in the middle; the runtime stops at the first padding, so each stretch is read by itself. */
function decodeBase64(body: Buffer): Buffer {
  const text = body.toString('latin1');
  const pad = text.indexOf('=');
  if (pad < 0 || !/[A-Za-z0-9+/]/.test(text.slice(pad, pad + 1000).replace(/^[=\s]+/, '')))
    return Buffer.from(text, 'base64');
  return Buffer.concat(text.split(/=[=\s]*/, MOST_STRETCHES).map((stretch) => Buffer.from(stretch, 'base64')));
}

function decodeQuotedPrintable(body: Buffer): Buffer {
  if (!body.includes(EQUALS)) return body;
  const out = Buffer.allocUnsafe(body.length);
  let length = 0;
  let at = 0;
  // Byte by byte: in most scripts every letter is encoded, and a search for the next one costs more than the bytes between.
  while (at < body.length) {
    const byte = body[at]!;
    if (byte !== EQUALS) {
      out[length++] = byte;
      at++;
      continue;
    }
    const high = hex(body[at + 1]);
    const low = hex(body[at + 2]);
    if (high >= 0 && low >= 0) {
      out[length++] = high * 16 + low;
      at += 3;
      continue;
    }
    const next = afterSoftBreak(body, at + 1);
    if (next < 0) out[length++] = EQUALS;
    at = next < 0 ? at + 1 : next;
  }
  return out.subarray(0, length);
}

/** Where the next line begins when only blanks follow the `=`; -1 when it is no soft line break. */
function afterSoftBreak(body: Buffer, from: number): number {
  let at = from;
  while (at < from + 100 && (body[at] === 0x20 || body[at] === 0x09)) at++;
  if (at >= body.length) return body.length;
  if (body[at] === 0x0d) at++;
  return body[at] === 0x0a ? at + 1 : -1;
}

function hex(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
