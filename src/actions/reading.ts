// How a mail is shown that is read: its fields, and as much of its body as one answer holds. Decides nothing.
import { z } from 'zod';
import { invalidInput } from '../base/errors.ts';
import { truncatedMark, withoutOurMarks } from '../mail/marks.ts';
import type { Reading } from '../store/mailbox-reader.ts';
import { iso } from './context.ts';
import { type SenderFields, senderShape } from './sender-fields.ts';
import { attachmentShape, showAddress, showAttachment, showLabels } from './shapes.ts';
import { clip } from './size.ts';

/** Characters (code points) of a body in one answer. */
export const BODY_CHARS = 4000;
/** Addresses of a field, and attachments, of one mail that is read alone; in a list there are fewer. */
export const MOST_LISTED = 50;
export const MOST_LISTED_IN_LIST = 10;
/** Of a mail that is read; lists have less. */
const SUBJECT_CHARS = 1000;

export const messageShape = z.object({
  message_id: z.string(),
  thread_id: z.string(),
  subject: z.string().optional(),
  from: z.string().optional(),
  to: z.array(z.string()).optional(),
  cc: z.array(z.string()).optional(),
  bcc: z.array(z.string()).optional(),
  reply_to: z.array(z.string()).optional(),
  date: z.string(),
  date_header: z.string().optional(),
  message_id_header: z.string().optional(),
  body: z.string().optional(),
  body_truncated: z.string().optional(),
  hidden_text_removed: z.number().optional(),
  labels: z.array(z.string()).optional(),
  unread: z.boolean().optional(),
  attachments: z.array(attachmentShape).optional(),
  sender_verdicts: z.object({ spf: z.string(), dkim: z.string(), dmarc: z.string() }).optional(),
  ...senderShape,
  notes: z.array(z.string()).optional(),
  draft_id: z.string().optional(),
  stale: z.boolean().optional(),
});

export type Message = z.output<typeof messageShape>;

/** A part of a body; numbers in code points. */
export interface BodyPart {
  readonly body: string;
  readonly shown: number;
  /** Where the rest begins; null when there is none. */
  readonly next: number | null;
  readonly total: number;
}

/** From `offset` on, at most `most` code points. Throws `invalid_input` when the body ends before. */
export function bodyPart(text: string, most: number, offset = 0): BodyPart {
  const chars = [...withoutOurMarks(text)];
  if (offset > 0 && offset >= chars.length)
    throw invalidInput('offset', `The body has ${chars.length} characters.`, 'Give a smaller offset.');
  const end = Math.min(chars.length, offset + most);
  return {
    body: chars.slice(offset, end).join(''),
    shown: end - offset,
    next: end < chars.length ? end : null,
    total: chars.length,
  };
}

/** `listed`: how many addresses of one field, and attachments. `sender`: what there is to say of who wrote it. */
export function showReading(
  reading: Reading,
  { body, shown, next, total }: BodyPart,
  listed: number,
  sender: SenderFields,
): Message {
  const notes = [...reading.notes];
  const few = <T>(name: string, all: readonly T[]): T[] => {
    if (all.length > listed) notes.push(`${name}: ${listed} of ${all.length} shown`);
    return all.slice(0, listed);
  };
  return compact({
    message_id: reading.id,
    thread_id: reading.threadId,
    subject: clip(reading.subject, SUBJECT_CHARS),
    from: reading.from.address ? showAddress(reading.from) : '',
    to: few('to', reading.to).map(showAddress),
    cc: few('cc', reading.cc).map(showAddress),
    bcc: few('bcc', reading.bcc).map(showAddress),
    reply_to: few('reply_to', reading.replyTo).map(showAddress),
    date: iso(reading.dateMs),
    date_header: reading.dateHeaderMs === null ? '' : iso(reading.dateHeaderMs),
    message_id_header: reading.messageIdHeader && `<${reading.messageIdHeader}>`,
    body,
    body_truncated: next === null ? '' : truncatedMark(shown, total, next),
    hidden_text_removed: reading.hiddenRemoved,
    labels: showLabels(reading.labels),
    unread: reading.unread,
    attachments: few('attachments', reading.parts).map(showAttachment),
    sender_verdicts: reading.verdicts ?? undefined,
    ...sender,
    notes,
    draft_id: reading.draftId ?? '',
  });
}

/** Leaves out empty and false fields. */
function compact<T extends object>(fields: T): T {
  const kept = Object.entries(fields).filter(([, value]) => value && (!Array.isArray(value) || value.length > 0));
  return Object.fromEntries(kept) as T;
}
