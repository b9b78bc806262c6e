// Encoded words of headers (RFC 2047) joined before they are decoded, since writers cut them inside characters. Pure.

const RUN = /=\?([\w*-]{1,60})\?([bq])\?[^?\s]*\?=(?:\s{1,20}=\?\1\?\2\?[^?\s]*\?=)+/gi;
const WORD = /=\?[^?]+\?[^?]+\?([^?\s]*)\?=/g;

/** The same mail with neighbouring encoded words of one charset and encoding made one; `headerEnd` is where its body begins. */
export function joinEncodedWords(source: Uint8Array, headerEnd: number): Uint8Array {
  const bytes = Buffer.from(source.buffer, source.byteOffset, source.byteLength);
  const head = bytes.subarray(0, headerEnd).toString('latin1');
  const joined = head.replace(RUN, (run, charset: string, encoding: string) => {
    const payloads = [...run.matchAll(WORD)].map((match) => match[1]!);
    const payload =
      encoding.toLowerCase() === 'q'
        ? payloads.join('')
        : Buffer.concat(payloads.map((text) => Buffer.from(text, 'base64'))).toString('base64');
    return `=?${charset}?${encoding}?${payload}?=`;
  });
  return joined === head ? source : Buffer.concat([Buffer.from(joined, 'latin1'), bytes.subarray(headerEnd)]);
}
