// The shapes of mail in answers, alike in every door. Empty and false fields of list items are left out.
import { z } from 'zod';
import type { Address, Attachment } from '../mail/message.ts';
import type { Summary } from '../store/mailbox-reader.ts';
import { iso } from './context.ts';
import { clip } from './size.ts';

/** Characters of what stands in a list: enough to tell, too little to preach. */
const SUBJECT_CHARS = 200;
const NAME_CHARS = 100;
const MOST_LABELS = 20;

export const summaryShape = z.object({
  message_id: z.string(),
  thread_id: z.string(),
  sender: z.string().optional(),
  subject: z.string().optional(),
  date: z.string(),
  snippet: z.string().optional(),
  labels: z.array(z.string()).optional(),
  unread: z.boolean().optional(),
  has_attachment: z.boolean().optional(),
  draft_id: z.string().optional(),
});

export function showSummary(summary: Summary, snippet = summary.snippet): z.output<typeof summaryShape> {
  const labels = showLabels(summary.labels);
  return {
    message_id: summary.id,
    thread_id: summary.threadId,
    ...(summary.from.address && { sender: showAddress(summary.from) }),
    ...(summary.subject && { subject: showSubject(summary.subject) }),
    date: iso(summary.dateMs),
    ...(snippet && { snippet }),
    ...(labels.length > 0 && { labels }),
    ...(summary.unread && { unread: true }),
    ...(summary.attachments > 0 && { has_attachment: true }),
    ...(summary.draftId !== null && { draft_id: summary.draftId }),
  };
}

/** `Name <address>`, or the address alone. */
export const showAddress = ({ name, address }: Address): string =>
  name ? `${clip(name, NAME_CHARS)} <${clip(address, 320)}>` : clip(address, 320);

export const showSubject = (subject: string): string => clip(subject, SUBJECT_CHARS);

export const showLabels = (labels: readonly string[]): string[] =>
  labels.filter((label) => label !== 'UNREAD').slice(0, MOST_LABELS);

export const attachmentShape = z.object({
  n: z.number(),
  filename: z.string().optional(),
  content_type: z.string(),
  size: z.number(),
  inline: z.boolean().optional(),
});

export function showAttachment(part: Attachment): z.output<typeof attachmentShape> {
  return {
    n: part.n,
    ...(part.filename && { filename: part.filename }),
    content_type: part.contentType,
    size: part.sizeBytes,
    ...(part.inline && { inline: true }),
  };
}

/** What every answer about mail says of its own age. */
export const freshShape = { as_of: z.string().nullable(), stale: z.boolean().optional() };
