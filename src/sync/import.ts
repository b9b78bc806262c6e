// One batch of raw mails → one transaction. Knows how a mail is read and written, not where it came from.
import type { Change, RawMessage } from '../mail/change.ts';
import { parseMessage, unreadableMessage } from '../mail/parse.ts';
import { type Applied, type MailboxWriter, spanOf } from '../store/mailbox-writer.ts';
import type { ReadMessage } from '../store/message-rows.ts';
import { packMessage } from '../store/packed-message.ts';

type RawBatch = Extract<Change<RawMessage>, { kind: 'messages' }>;

/** How often reading one mail may break its thread before it is stored unread, with a note. */
const MOST_ATTEMPTS = 3;

/**
 * Reads and writes a batch with its cursor. The attempt is counted durably before the first mail is read; a batch that
 * broke its reader is taken mail by mail the next time, and the one that keeps breaking it is stored with a note.
 * `tick` is called after each mail.
 */
export async function importBatch(writer: MailboxWriter, batch: RawBatch, tick: () => void): Promise<Applied> {
  const attempts = writer.beginImport(rangeOf(batch));
  if (attempts === 1 || batch.messages.length <= 1) {
    const messages: ReadMessage[] = [];
    for (const raw of batch.messages) {
      messages.push(await read(raw, attempts));
      tick();
    }
    return writer.apply({ ...batch, messages });
  }
  const parts: Applied[] = [];
  for (const raw of batch.messages) {
    const single = { ...batch, messages: [raw], cursor: null };
    const messages = [await read(raw, writer.beginImport(rangeOf(single)))];
    tick();
    parts.push(writer.apply({ ...single, messages }));
  }
  parts.push(writer.apply({ ...batch, messages: [] }));
  return {
    added: parts.flatMap((part) => part.added),
    changed: parts.flatMap((part) => part.changed),
    removed: parts.flatMap((part) => part.removed),
  };
}

/** Packed at once: a batch that waits for its transaction does not hold its texts, and the transaction only inserts. */
async function read(raw: RawMessage, attempts: number): Promise<ReadMessage> {
  const { copy, identity, gmail, dateMs, sizeBytes, source, parts, partial } = raw;
  const arrival = { copy, identity, gmail, dateMs, sizeBytes };
  if (source === null) return { ...arrival, message: null };
  const message =
    attempts > MOST_ATTEMPTS
      ? unreadableMessage(source, 'this mail could not be read within its limits; its text was left out')
      : await parseMessage(source, { parts, partial });
  return { ...arrival, message: packMessage(message) };
}

const rangeOf = ({ path, uidValidity, messages }: RawBatch) => ({ path, uidValidity, ...spanOf(messages) });
