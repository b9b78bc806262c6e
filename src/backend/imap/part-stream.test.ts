// Transport encodings, however the bytes are cut into chunks.
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decoderOf } from './part-stream.ts';

async function decode(encoding: string, text: string, cuts: readonly number[] = []): Promise<string> {
  const bytes = Buffer.from(text, 'latin1');
  const bounds = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  const chunks = bounds.slice(1).map((end, i) => bytes.subarray(bounds[i], end));
  const stream = Readable.from(chunks, { objectMode: false }).pipe(decoderOf(encoding));
  return Buffer.concat(await stream.toArray()).toString('latin1');
}

describe('a decoded part', () => {
  it.each([
    ['base64', 'SGVs\r\nbG8g d29y*bGQ=\r\n', 'Hello world'],
    ['base64', 'SGVsbG8', 'Hello'],
    ['quoted-printable', 'a=3Db=\r\nc=\nd=E4', 'a=bcd\u00e4'],
    ['quoted-printable', 'not =ZZ an escape = here=', 'not =ZZ an escape = here'],
    ['7bit', 'as =3D it is\r\n', 'as =3D it is\r\n'],
    ['x-unknown', 'SGVsbG8=', 'SGVsbG8='],
  ])('%s: %j', async (encoding, text, wanted) => {
    expect(await decode(encoding, text)).toBe(wanted);
  });

  it('is the same wherever base64 is cut', async () => {
    const property = fc.asyncProperty(fc.uint8Array(), fc.array(fc.nat(), { maxLength: 9 }), async (bytes, cuts) => {
      const text = Buffer.from(bytes).toString('base64').replace(/.{5}/g, '$&\r\n');
      expect(await decode('base64', text, cuts)).toBe(Buffer.from(bytes).toString('latin1'));
    });
    await fc.assert(property);
  });

  it('is the same wherever quoted-printable is cut', async () => {
    const property = fc.asyncProperty(fc.uint8Array(), fc.array(fc.nat(), { maxLength: 9 }), async (bytes, cuts) => {
      const escapes = [...bytes].map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`);
      const text = escapes.map((each, i) => (i % 7 === 6 ? `${each}=\r\n` : each)).join('');
      expect(await decode('quoted-printable', text, cuts)).toBe(Buffer.from(bytes).toString('latin1'));
    });
    await fc.assert(property);
  });
});
