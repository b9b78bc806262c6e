// The bytes of an attachment → its text, by its type. Rejects nothing that it knows the type of; slow and large for hostile bytes, so
// that it runs where that costs nobody else. Knows no mail and no server.
import { isUtf8 } from 'node:buffer';
import { charsetInside } from './body.ts';
import { decodeText } from './charset.ts';
import { htmlToText } from './html-to-text.ts';
import { removeInvisible } from './invisible.ts';
import { LIMITS } from './limits.ts';
import type { Address, Attachment } from './message.ts';
import { parseMessage } from './parse.ts';
import { pdfText } from './pdf-text.ts';
import { clean } from './unicode.ts';

/** How a file is read. */
export type Readable = 'text' | 'calendar' | 'html' | 'mail' | 'pdf';

/** What was read of it, or why nothing was. */
export type AttachmentText =
  | { readonly kind: 'text'; readonly text: string; readonly hiddenRemoved: number; readonly notes: readonly string[] }
  | { readonly kind: 'locked' | 'broken' };

const BY_TYPE: ReadonlyMap<string, Readable> = new Map([
  ['text/html', 'html'],
  ['application/xhtml+xml', 'html'],
  ['text/calendar', 'calendar'],
  ['application/ics', 'calendar'],
  ['message/rfc822', 'mail'],
  ['message/global', 'mail'],
  ['application/pdf', 'pdf'],
  ['application/x-pdf', 'pdf'],
]);
const TEXT =
  /^(?:text\/(?!rtf$|richtext$)|application\/(?:json|xml|csv|yaml|x-yaml|x-ndjson|javascript|sql|toml|pgp-signature)$|[^/]+\/[^/]+\+(?:json|xml)$|message\/(?:delivery-status|disposition-notification)$)/;
const NOT_TEXT = /^image\//;
const BY_ENDING: ReadonlyMap<string, Readable> = new Map([
  ...'txt csv tsv md markdown json ndjson xml yaml yml toml log sql'
    .split(' ')
    .map((ending): [string, Readable] => [ending, 'text']),
  ['htm', 'html'],
  ['html', 'html'],
  ['ics', 'calendar'],
  ['eml', 'mail'],
  ['pdf', 'pdf'],
]);
/** Says nothing of what is in it, so the file's name does. */
const ANYTHING = /^(?:application\/(?:octet-stream|x-download|force-download|binary)|binary\/octet-stream|)$/;

/** Null for a type of which there is no text. */
export function readableAs({ contentType, filename }: Pick<Attachment, 'contentType' | 'filename'>): Readable | null {
  const ending = /\.([a-z]{2,8})$/i.exec(filename)?.[1]?.toLowerCase() ?? '';
  if (ANYTHING.test(contentType)) return BY_ENDING.get(ending) ?? null;
  const known = BY_TYPE.get(contentType);
  if (known) return known;
  return TEXT.test(contentType) && !NOT_TEXT.test(contentType) ? 'text' : null;
}

/** What a person would see of it, hidden text taken out and counted, cut at the limit of a mail's text with a note. */
export async function attachmentText(bytes: Uint8Array, as: Readable): Promise<AttachmentText> {
  const found = await read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), as);
  if (found.kind !== 'text' || found.text.length <= LIMITS.textChars) return found;
  const text = found.text.slice(0, LIMITS.textChars).toWellFormed();
  return { ...found, text, notes: [...found.notes, `text cut at ${LIMITS.textChars} characters`] };
}

async function read(bytes: Buffer, as: Readable): Promise<AttachmentText> {
  switch (as) {
    case 'text':
      return shown(decoded(bytes, ''));
    case 'calendar':
      // RFC 5545 section 3.1: a line goes on behind a blank.
      return shown(decoded(bytes, '').replace(/\n[ \t]/g, ''));
    case 'html': {
      const { text, hiddenRemoved, isCut } = htmlToText(decoded(bytes, isUtf8(bytes) ? '' : charsetInside(bytes)));
      const notes = isCut ? ['HTML over the limits of size, depth or style was not read to its end'] : [];
      return { kind: 'text', text, hiddenRemoved, notes };
    }
    case 'mail':
      return ofMail(bytes);
    case 'pdf': {
      // The library takes the bytes away.
      const found = await pdfText(new Uint8Array(bytes));
      if (found.kind !== 'text') return found;
      const notes = ['a PDF can hold text that is not seen on its pages'];
      if (found.read < found.pages) notes.push(`${found.read} of ${found.pages} pages were read`);
      return shown(found.text, notes);
    }
  }
}

const decoded = (bytes: Buffer, charset: string): string =>
  clean(decodeText(bytes.subarray(0, LIMITS.textPartBytes), charset)).replace(/\r\n?/g, '\n');

function shown(whole: string, notes: readonly string[] = []): AttachmentText {
  const { text, removed } = removeInvisible(whole);
  return { kind: 'text', text: text.trimEnd(), hiddenRemoved: removed, notes };
}

async function ofMail(bytes: Buffer): Promise<AttachmentText> {
  const mail = await parseMessage(bytes, { parts: [], partial: false });
  const people = (all: readonly Address[]): string =>
    all
      .slice(0, 20)
      .map(({ name, address }) => (name ? `${name} <${address}>` : address))
      .join(', ');
  const fields = [
    ['Subject', mail.subject],
    ['From', people(mail.from)],
    ['To', people(mail.to)],
    ['Cc', people(mail.cc)],
    ['Date', mail.dateHeaderMs === null ? '' : new Date(mail.dateHeaderMs).toISOString()],
    [
      'Attachments',
      mail.attachments
        .slice(0, 20)
        .map(({ filename, contentType }) => filename || contentType)
        .join(', '),
    ],
  ].flatMap(([name, value]) => (value ? [`${name}: ${value}`] : []));
  return {
    kind: 'text',
    text: `${fields.join('\n')}\n\n${mail.text}`.trim(),
    hiddenRemoved: mail.hiddenRemoved,
    notes: mail.notes,
  };
}
