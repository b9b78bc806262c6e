// How a mail travels to the Gmail API: small ones inside the JSON, large ones as they are behind it. Knows no method.
import { randomBytes } from 'node:crypto';
import type { Call } from './api.ts';

/** Base64 inside JSON is a third longer, and held whole by both sides. */
const LARGE_BYTES = 5 * 1024 * 1024;

/** `resource`: what of the method's JSON stands around the Message. */
export function carrying(
  path: string,
  raw: Uint8Array,
  threadId: string | null,
  resource: (message: object) => object,
): Required<Pick<Call, 'path' | 'query' | 'body'>> {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  const thread = threadId === null ? {} : { threadId };
  if (bytes.length <= LARGE_BYTES)
    return { path, query: {}, body: resource({ ...thread, raw: bytes.toString('base64url') }) };
  const boundary = `=_${randomBytes(24).toString('hex')}`;
  const head = `--${boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n${JSON.stringify(resource(thread))}\r\n`;
  const bytesOfAll = Buffer.concat([
    Buffer.from(`${head}--${boundary}\r\nContent-Type: message/rfc822\r\n\r\n`),
    bytes,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  return {
    path: `/upload/gmail/v1/users/me/${path}`,
    query: { uploadType: 'multipart' },
    body: { contentType: `multipart/related; boundary="${boundary}"`, bytes: bytesOfAll },
  };
}
