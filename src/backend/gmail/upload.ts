// How a mail travels to the Gmail API: small ones inside the JSON, large ones as they are. Knows no method.
import { randomBytes } from 'node:crypto';
import type { Call } from './api.ts';

/** Base64 inside JSON is a third longer, and Google takes no more than 5 MB there. */
const LARGE_BYTES = 3.5 * 1024 * 1024;

export const isLarge = ({ byteLength }: Uint8Array): boolean => byteLength > LARGE_BYTES;

/** `resource`: what of the method's JSON stands around the Message. `inside`: in the JSON, however large. */
export function carrying(
  path: string,
  raw: Uint8Array,
  threadId: string | null,
  resource: (message: object) => object,
  inside = !isLarge(raw),
): Required<Pick<Call, 'path' | 'query' | 'body'>> {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  const message = threadId === null ? {} : { threadId };
  if (inside) return { path, query: {}, body: resource({ ...message, raw: bytes.toString('base64url') }) };
  const upload = `/upload/gmail/v1/users/me/${path}`;
  if (threadId === null)
    return { path: upload, query: { uploadType: 'media' }, body: { contentType: 'message/rfc822', bytes } };
  const boundary = `=_${randomBytes(24).toString('hex')}`;
  const metadata = `--${boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n${JSON.stringify(resource(message))}\r\n`;
  const parts = [
    Buffer.from(`${metadata}--${boundary}\r\nContent-Type: message/rfc822\r\n\r\n`),
    bytes,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ];
  return {
    path: upload,
    query: { uploadType: 'multipart' },
    body: { contentType: `multipart/related; boundary="${boundary}"`, bytes: Buffer.concat(parts) },
  };
}
