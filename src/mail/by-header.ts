// A mail for a server that reads from the header whom it is for, and gives it another Message-ID: it names everybody and bears a
// mark by which its copy is known again. Pure.
import { withBcc } from './bcc.ts';
import { firstOf, readFields } from './header.ts';
import { isMessageId } from './header-write.ts';
import { messageIds } from './thread.ts';
import { readAddresses } from './words.ts';

const MARK = 'X-Mailroom-Message-ID';

/**
 * The mail with a Bcc field for those recipients who stand in no other field, marked with our Message-ID. Null when the
 * header would not name exactly the recipients: then nothing may be sent by it.
 */
export function sentByHeader(raw: Uint8Array, recipients: readonly string[], messageIdHeader: string): Buffer | null {
  const named = namedIn(raw);
  const hidden = recipients.filter((address) => !named.has(address.toLowerCase()));
  const whole = withBcc(
    raw,
    hidden.map((address) => ({ name: '', address })),
  );
  const wanted = new Set(recipients.map((address) => address.toLowerCase()));
  if (wanted.size === 0 || !isMessageId(messageIdHeader) || markOf(headerOf(raw)) !== null) return null;
  if (namedIn(whole).symmetricDifference(wanted).size > 0) return null;
  return Buffer.concat([Buffer.from(`${MARK}: <${messageIdHeader}>\r\n`), whole]);
}

/** The Message-ID that a copy was marked with, without angle brackets; null when it bears no mark. */
export function markOf(headerBlock: string): string | null {
  const mark = firstOf(readFields(headerBlock).fields, MARK.toLowerCase());
  return mark === '' ? null : (messageIds(mark)[0] ?? '');
}

/** Lower case; empty for somebody who cannot be read. */
function namedIn(raw: Uint8Array): Set<string> {
  const { fields } = readFields(headerOf(raw));
  const people = ['to', 'cc', 'bcc'].flatMap((name) => readAddresses(fields.get(name) ?? []));
  return new Set(people.map(({ address }) => address));
}

function headerOf(raw: Uint8Array): string {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  const end = bytes.indexOf('\r\n\r\n');
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
}
