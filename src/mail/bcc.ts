// The Bcc field (RFC 5322 section 3.6.3), for those who keep or send a mail by its header alone. Pure.
import { mailboxesValue } from './header-write.ts';
import type { Address } from './message.ts';

/** A composed mail with a Bcc field at its head; as it is when there is nobody to name. */
export function withBcc(raw: Uint8Array, people: readonly Address[]): Buffer {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  if (people.length === 0) return bytes;
  return Buffer.concat([Buffer.from(`Bcc: ${mailboxesValue('Bcc', people)}\r\n`), bytes]);
}
