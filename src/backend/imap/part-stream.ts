// One part of one mail, streamed from the server and decoded on the way. Knows no cursor.
import { Readable, Transform, type TransformCallback } from 'node:stream';
import { AppError, notFound } from '../../base/errors.ts';
import type { PartAddress } from '../port.ts';
import type { Connection } from './connection.ts';
import { describeParts } from './structure.ts';

/** Of one FETCH; between two the connection is free for others. */
const PIECE_BYTES = 1024 * 1024;

/** The decoded bytes of a part. `not_found` when the mail or the part is not there, or UIDs were given anew. */
export async function readPart(
  connection: Connection,
  { path, uidValidity, uid, partId }: PartAddress,
  signal: AbortSignal,
): Promise<Readable> {
  const gone = notFound('The mail is not there any more.', 'It was moved or deleted; look for it again.');
  if (!/^\d+(\.\d+)*$/.test(partId)) throw notFound('The mail has no such part.');
  const read = (start: number) =>
    connection.inMailbox(path, async (mailbox) => {
      if (signal.aborted) throw new AppError('unavailable', 'Nobody waits for this part any more.');
      if (Number(mailbox.uidValidity ?? 0n) !== uidValidity) throw gone;
      const query = { bodyStructure: start === 0, bodyParts: [{ key: partId, start, maxLength: PIECE_BYTES }] };
      return connection.client.fetchOne(`${uid}`, query, { uid: true });
    });
  const first = await read(0);
  if (!first) throw gone;
  const description = describeParts(first.bodyStructure).find((part) => part.partId === partId);
  if (!description) throw notFound('The mail has no such part.');
  const pieces = async function* (): AsyncGenerator<Buffer, void, void> {
    let piece = first.bodyParts?.get(partId);
    for (let start = 0; piece && piece.length > 0; ) {
      yield piece;
      start += piece.length;
      // A short piece is the last; a long one comes from a server that ignores the range and sends everything.
      if (piece.length !== PIECE_BYTES) return;
      const next = await read(start);
      if (!next) throw gone;
      piece = next.bodyParts?.get(partId);
    }
  };
  const raw = Readable.from(pieces(), { objectMode: false });
  const decoded = decoderOf(description.encoding);
  raw.on('error', (error) => decoded.destroy(error));
  decoded.on('close', () => raw.destroy());
  return raw.pipe(decoded);
}

/** Decodes a Content-Transfer-Encoding (RFC 2045 section 6); any but base64 and quoted-printable passes unchanged. */
export function decoderOf(encoding: string): Transform {
  if (encoding === 'base64') return new Base64();
  if (encoding === 'quoted-printable') return new QuotedPrintable();
  return new Transform({ transform: (chunk, _encoding, done) => done(null, chunk) });
}

/** Characters outside the alphabet are ignored, as the RFC wants. */
class Base64 extends Transform {
  #rest = '';

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const text = this.#rest + chunk.toString('latin1').replace(/[^A-Za-z0-9+/]/g, '');
    const whole = text.length - (text.length % 4);
    this.#rest = text.slice(whole);
    done(null, Buffer.from(text.slice(0, whole), 'base64'));
  }

  override _flush(done: TransformCallback): void {
    done(null, Buffer.from(this.#rest, 'base64'));
  }
}

const EQUALS = 0x3d;

/** An escape that makes no sense stays as it is. */
class QuotedPrintable extends Transform {
  #rest: Buffer = Buffer.alloc(0);

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const bytes = Buffer.concat([this.#rest, chunk]);
    const cut = bytes.lastIndexOf(EQUALS);
    // An escape takes up to three bytes; one that may go on in the next chunk waits for it.
    const end = cut >= 0 && bytes.length - cut < 3 ? cut : bytes.length;
    this.#rest = bytes.subarray(end);
    done(null, unescapeBytes(bytes.subarray(0, end)));
  }

  override _flush(done: TransformCallback): void {
    done(null, unescapeBytes(this.#rest));
  }
}

function unescapeBytes(bytes: Buffer): Buffer {
  const out = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] !== EQUALS) {
      out[length++] = bytes[i]!;
      continue;
    }
    const next = bytes.toString('latin1', i + 1, i + 3);
    if (/^[0-9A-Fa-f]{2}$/.test(next)) {
      out[length++] = Number.parseInt(next, 16);
      i += 2;
    } else if (next === '\r\n') i += 2;
    else if (next.startsWith('\n')) i += 1;
    else if (next !== '') out[length++] = EQUALS;
  }
  return out.subarray(0, length);
}
