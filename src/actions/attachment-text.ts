// Reading the text of an attachment, fetched from the server for that. Knows no door.
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { AppError, invalidInput } from '../base/errors.ts';
import { type AttachmentText, readableAs } from '../mail/attachment-text.ts';
import { truncatedMark } from '../mail/marks.ts';
import type { Attachment } from '../mail/message.ts';
import type { Context } from './context.ts';
import { attachmentInput, openAttachment } from './messages.ts';
import { bodyPart } from './reading.ts';
import { attachmentShape, showAttachment } from './shapes.ts';
import { ANSWER_BYTES, weight } from './size.ts';

/** Of one that is read; a larger one is streamed only. */
const MOST_BYTES = 8 * 1024 * 1024;
const MOST_CHARS = 16_000;

export const attachmentTextInput = attachmentInput.extend({ offset: z.coerce.number().int().min(0).default(0) });
export const attachmentTextShape = z.object({
  message_id: z.string(),
  ...attachmentShape.shape,
  hidden_text_removed: z.number().optional(),
  notes: z.array(z.string()).optional(),
  body: z.string(),
});

/** As much of it as one answer holds, from an offset on. Throws `invalid_input` for a file of which there is no text. */
export async function readAttachmentText(
  ctx: Context,
  { offset, ...input }: z.output<typeof attachmentTextInput>,
  signal: AbortSignal,
): Promise<z.output<typeof attachmentTextShape>> {
  const { part, stream, messageId } = await openAttachment(ctx, input, signal, mayBeRead);
  const bytes = await collected(stream);
  const found = await ctx.extractor.read({ bytes, as: readableAs(part)! }, signal);
  if (found.kind !== 'text') throw unreadable(found.kind);
  return {
    message_id: messageId,
    ...showAttachment(part),
    ...(found.hiddenRemoved > 0 && { hidden_text_removed: found.hiddenRemoved }),
    ...(found.notes.length > 0 && { notes: [...found.notes] }),
    body: cut(found.text, offset),
  };
}

const STREAMED = 'GET /messages/{message_id}/attachments/{n} streams its bytes (REST).';
/** A stranger's word that is nothing but a type. */
const TYPE = /^[a-z]{1,20}\/[a-z0-9.+_-]{1,80}$/;

/** Before anything is fetched. */
function mayBeRead(part: Attachment): void {
  const { contentType, sizeBytes } = part;
  if (readableAs(part) === null)
    throw invalidInput(
      'n',
      `The attachment is ${TYPE.test(contentType) ? contentType : 'of an unknown type'}, of which no text is read.`,
      STREAMED,
    );
  if (sizeBytes > MOST_BYTES) throw tooLarge();
}

const tooLarge = (): AppError =>
  new AppError('too_large', `The attachment has more than ${MOST_BYTES / 1024 / 1024} MiB.`, { hint: STREAMED });

const unreadable = (why: Exclude<AttachmentText['kind'], 'text'>): AppError =>
  invalidInput(
    'n',
    why === 'locked' ? 'The PDF is locked with a password.' : 'The PDF is too broken to be read.',
    STREAMED,
  );

/** What a mail says of a part's size is a stranger's word. */
async function collected(stream: Readable): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Of many bytes a character are fewer characters. */
function cut(text: string, offset: number): string {
  for (let most = MOST_CHARS; ; most = Math.floor(most / 2)) {
    const { body, shown, next, total } = bodyPart(text, most, offset);
    if (most > 1000 && weight({ body }) > ANSWER_BYTES) continue;
    return next === null ? body : `${body}\n${truncatedMark(shown, total, next)}`;
  }
}
