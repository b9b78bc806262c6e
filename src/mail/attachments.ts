// The list of a mail's attachments, from the server's account of its parts and from the mail itself. Pure.
import type { PartDescription } from './change.ts';
import { removeInvisible } from './invisible.ts';
import { LIMITS } from './limits.ts';
import type { Attachment } from './message.ts';
import type { Part } from './structure.ts';
import { decodedBytes } from './transfer.ts';
import { decodeWords, oneLine } from './words.ts';

export interface Known {
  readonly root: Part;
  /** Leaves that are the mail's text. */
  readonly body: ReadonlySet<Part>;
  readonly html: string | null;
  /** The server's leaves, empty when it told none. */
  readonly described: readonly PartDescription[];
  /** Bodies of large parts were left at the server. */
  readonly partial: boolean;
}

const MEDIA_TYPE = /^[^\s/]+\/[^\s/]+$/;
/** Bodies over this are not decoded only to be measured. */
const MEASURED_BYTES = 8_388_608;

/**
 * Every leaf that is not the mail's text, numbered from 1, depth first. The server's account is the truth about part
 * numbers. Sizes are exact where the mail holds the same part whole, else reckoned from the encoded size.
 */
export function listAttachments({ root, body, html, described, partial }: Known): Attachment[] {
  const leaves = leavesOf(root);
  const shown = contentIdsIn(html);
  if (described.length === 0) {
    const own = leaves.filter((part) => !body.has(part) && !isNothing(part));
    return own.map((part, i) => ({ ...ofPart(part, shown), n: i + 1, sizeBytes: sizeOf(part) }));
  }
  const byId = new Map(leaves.map((part) => [part.partId, part]));
  const attachments: Attachment[] = [];
  for (const description of described.slice(0, LIMITS.parts)) {
    const found = byId.get(description.partId);
    const { partId, encodedBytes } = description;
    // A server has no type for what the mail misspells; then the mail's own reading of it stands.
    const told = description.contentType.toLowerCase();
    const part = found && (found.contentType.value === told || !MEDIA_TYPE.test(told)) ? found : undefined;
    if (part ? body.has(part) : isBodyText(description)) continue;
    const own = part ? ofPart(part, shown) : ofDescription(description, shown);
    const whole = part && !partial && Math.abs(part.body.length - encodedBytes) <= 2;
    attachments.push({
      ...own,
      n: attachments.length + 1,
      partId,
      filename: own.filename || cleanFilename(description.filename),
      contentType: part?.contentType.value ?? told,
      sizeBytes: whole ? sizeOf(part) : reckonedSize(description.encoding, encodedBytes),
    });
  }
  return attachments;
}

function leavesOf(part: Part): Part[] {
  return part.children.length === 0 ? [part] : part.children.flatMap(leavesOf);
}

/** An empty text, or a multipart without parts. */
const isNothing = ({ contentType, body }: Part): boolean =>
  contentType.value.startsWith('multipart/') || (contentType.value === 'text/plain' && body.length === 0);

type Described = Omit<Attachment, 'n' | 'sizeBytes'>;

function ofPart({ partId, contentType, disposition, contentId }: Part, shown: ReadonlySet<string>): Described {
  const filename = disposition.params.get('filename') ?? contentType.params.get('name') ?? '';
  return {
    partId,
    filename: cleanFilename(filename),
    contentType: contentType.value,
    contentId: oneLine(contentId),
    inline: isInline(contentType.value, disposition.value, contentId, shown),
  };
}

function ofDescription(
  { partId, contentType, filename, disposition, contentId }: PartDescription,
  shown: ReadonlySet<string>,
): Described {
  const id = oneLine(contentId).replace(/[<>\s]/g, '');
  return {
    partId,
    filename: cleanFilename(filename),
    contentType,
    contentId: id,
    inline: isInline(contentType.toLowerCase(), disposition, id, shown),
  };
}

/** Named by the HTML; or a picture with an id that does not ask to stand beside the text. */
const isInline = (contentType: string, disposition: string, contentId: string, shown: ReadonlySet<string>): boolean =>
  contentId !== '' && (shown.has(contentId) || (disposition !== 'attachment' && contentType.startsWith('image/')));

function contentIdsIn(html: string | null): ReadonlySet<string> {
  const ids = new Set<string>();
  if (!html?.includes('cid:')) return ids;
  for (const [, id] of html.matchAll(/\bcid:([^"'\s<>)]{1,998})/gi)) {
    if (ids.size >= LIMITS.parts) break;
    ids.add(id!.replace(/%40/g, '@'));
  }
  return ids;
}

/** The rule by which text that was not found in the mail is told from an attachment. */
const isBodyText = ({ contentType, disposition, filename }: PartDescription): boolean =>
  /^text\/(?:plain|html|x-amp-html)$/i.test(contentType) && disposition !== 'attachment' && filename === '';

const sizeOf = (part: Part): number =>
  part.body.length <= MEASURED_BYTES
    ? decodedBytes(part.body, part.encoding)
    : reckonedSize(part.encoding, part.body.length);

/** Base64 has 76 characters and a line end for 57 bytes (RFC 2045 section 6.8). */
const reckonedSize = (encoding: string, encodedBytes: number): number =>
  encoding === 'base64' ? Math.floor((encodedBytes / 78) * 57) : encodedBytes;

/** A name without path, control, bidi or other invisible characters; never `.` or `..`. */
export function cleanFilename(name: string): string {
  const shown = oneLine(removeInvisible(decodeWords(name.slice(0, LIMITS.fieldChars))).text);
  const base = shown.split(/[/\\]/).at(-1)!.trim();
  if (/^\.*$/.test(base)) return '';
  if (base.length <= LIMITS.filenameChars) return base;
  const extension = /\.\w{1,10}$/.exec(base)?.[0] ?? '';
  return `${base.slice(0, LIMITS.filenameChars - extension.length)}${extension}`.toWellFormed();
}
