// Bytes of a mail → Message. Never throws, bounded in time and memory; what is over a limit becomes a note. Pure.
import PostalMime, { type Email, type Address as ParsedAddress, type Attachment as ParsedPart } from 'postal-mime';
import type { PartDescription } from './change.ts';
import { joinEncodedWords } from './encoded-words.ts';
import { htmlToText } from './html-to-text.ts';
import { removeInvisible } from './invisible.ts';
import type { Address, Attachment, Message, SenderVerdicts } from './message.ts';

/** The limits, in one place: what is over them is cut or left out, with a note. */
export const LIMITS = {
  headerBytes: 1_000_000,
  lines: 150_000,
  depth: 50,
  textChars: 1_048_576,
  htmlChars: 1_048_576,
  people: 1000,
  parts: 1000,
} as const;

export interface ParseContext {
  /** The server's account of the mail's leaves; empty when there is none. */
  readonly parts: readonly PartDescription[];
  /** Bodies of large parts were left at the server. */
  readonly partial: boolean;
}

/** Reads a mail (RFC 5322, 2045-2047, 2231, 3676). Resolves for any bytes whatever. */
export async function parseMessage(source: Uint8Array, context: ParseContext): Promise<Message> {
  try {
    const kept = firstLines(source);
    const cut = kept.byteLength < source.byteLength;
    const email = await PostalMime.parse(joinEncodedWords(kept, headerEndOf(kept)), {
      attachmentEncoding: 'arraybuffer',
      maxNestingDepth: LIMITS.depth,
      maxHeadersSize: LIMITS.headerBytes,
      forceRfc822Attachments: true,
    });
    const message = read(email, source, { ...context, partial: context.partial || cut });
    return cut ? { ...message, notes: [...message.notes, `mail cut at ${LIMITS.lines} lines`] } : message;
  } catch (error) {
    return unreadableMessage(source, `the mail’s structure could not be read: ${(error as Error).name}`);
  }
}

/** What a bounded look at the header block tells of a mail that breaks its reader. */
export function unreadableMessage(source: Uint8Array, note: string): Message {
  const headerBlock = headerBlockOf(source);
  const field = (name: string): string => {
    const line = new RegExp(`^${name}:[ \\t]*([^\\r\\n]{0,2000})`, 'im').exec(headerBlock);
    return clean(line?.[1] ?? '');
  };
  const address = (text: string): Address[] => {
    const found = /[^\s<>"(),;:]+@[^\s<>"(),;:]+/.exec(text)?.[0];
    return found ? [{ name: '', address: found.toLowerCase() }] : [];
  };
  return {
    messageIdHeader: field('Message-ID').replace(/[<>\s]/g, ''),
    references: [],
    subject: field('Subject'),
    from: address(field('From')),
    replyTo: [],
    to: address(field('To')),
    cc: [],
    bcc: [],
    deliveredTo: [],
    listId: '',
    dateHeaderMs: dateOf(field('Date')),
    headerBlock,
    text: '',
    html: null,
    hiddenRemoved: 0,
    attachments: [],
    verdicts: null,
    notes: [note],
  };
}

function read(email: Email, source: Uint8Array, context: ParseContext): Message {
  const notes: string[] = [];
  const html = email.html ? clean(email.html) : null;
  const plain = removeInvisible(email.text ?? '');
  const shown = html === null ? null : htmlToText(html.slice(0, LIMITS.htmlChars));
  const usePlain = shown === null || (isRealText(plain.text) && plain.text.length * 8 >= shown.text.length);
  const chosen = usePlain ? plain.text : shown.text;
  const text = clean(chosen).replace(/\r\n?/g, '\n').trimEnd();
  if (text.length > LIMITS.textChars) notes.push(`text cut at ${LIMITS.textChars} characters`);
  if (html !== null && html.length > LIMITS.htmlChars) notes.push('HTML over its limit was left out');
  const header = (name: string): string[] => email.headers.filter(({ key }) => key === name).map(({ value }) => value);
  return {
    messageIdHeader: idsOf(email.messageId ?? '')[0] ?? clean(email.messageId ?? '').replace(/[<>\s]/g, ''),
    references: [...new Set([...idsOf(email.references ?? ''), ...idsOf(email.inReplyTo ?? '')])],
    subject: clean(email.subject ?? '')
      .replace(/\s+/g, ' ')
      .trim(),
    from: people(email.from ? [email.from] : email.sender ? [email.sender] : []),
    replyTo: people(email.replyTo),
    to: people(email.to),
    cc: people(email.cc),
    bcc: people(email.bcc),
    deliveredTo: [...new Set(header('delivered-to').map((value) => clean(value).trim().toLowerCase()))].slice(0, 20),
    listId: (/<([^<>]{1,255})>/.exec(header('list-id')[0] ?? '')?.[1] ?? '').toLowerCase(),
    dateHeaderMs: dateOf(header('date')[0] ?? ''),
    headerBlock: headerBlockOf(source),
    text: text.slice(0, LIMITS.textChars).toWellFormed(),
    html: html !== null && html.length <= LIMITS.htmlChars ? html : null,
    hiddenRemoved: (usePlain ? plain.removed : 0) + (shown?.hiddenRemoved ?? 0),
    attachments: attachmentsOf(email.attachments, context),
    verdicts: verdictsOf(header('authentication-results')[0] ?? ''),
    notes,
  };
}

/** Not empty, and not a mere hint at the HTML part. */
function isRealText(text: string): boolean {
  const words = text.trim();
  return (
    words !== '' &&
    !(words.length < 400 && /(view|read|open|see).{0,60}(html|browser)|html (email|version|message)/is.test(words))
  );
}

/** The server's leaves are the truth about numbers; sizes are exact where the parse agrees with them one to one. */
function attachmentsOf(parsed: readonly ParsedPart[], { parts, partial }: ParseContext): Attachment[] {
  if (parts.length === 0)
    return parsed.slice(0, LIMITS.parts).map((part, i) => ({ ...fromParsed(part), n: i + 1, partId: '' }));
  const leaves = parts.filter((part) => !isBody(part)).slice(0, LIMITS.parts);
  const exact =
    !partial &&
    leaves.length === parsed.length &&
    leaves.every((leaf, i) => leaf.contentType === parsed[i]!.mimeType.toLowerCase());
  return leaves.map((leaf, i) => {
    const own = exact ? fromParsed(parsed[i]!) : null;
    return {
      n: i + 1,
      partId: leaf.partId,
      filename: own?.filename || cleanFilename(leaf.filename),
      contentType: leaf.contentType,
      sizeBytes: own?.sizeBytes ?? decodedSize(leaf),
      contentId: leaf.contentId.replace(/[<>]/g, ''),
      inline: leaf.disposition !== 'attachment' && leaf.contentId !== '' && leaf.contentType.startsWith('image/'),
    };
  });
}

function fromParsed(part: ParsedPart): Omit<Attachment, 'n' | 'partId'> {
  const content = part.content as ArrayBuffer | string;
  return {
    filename: cleanFilename(part.filename ?? ''),
    contentType: part.mimeType.toLowerCase(),
    sizeBytes: typeof content === 'string' ? Buffer.byteLength(content) : content.byteLength,
    contentId: (part.contentId ?? '').replace(/[<>]/g, ''),
    inline: part.disposition !== 'attachment' && part.related === true,
  };
}

/** Text parts that are shown as the mail itself. */
const isBody = ({ contentType, disposition, filename }: PartDescription): boolean =>
  (contentType === 'text/plain' || contentType === 'text/html') && disposition !== 'attachment' && filename === '';

/** Base64 has 76 characters and a line end for 57 bytes (RFC 2045 section 6.8). */
const decodedSize = ({ encoding, encodedBytes }: PartDescription): number =>
  encoding === 'base64' ? Math.floor((encodedBytes / 78) * 57) : encodedBytes;

/** A name without path, control or bidi characters. */
function cleanFilename(name: string): string {
  return clean(removeInvisible(name).text)
    .replace(/[\p{Cc}]/gu, '')
    .split(/[/\\]/)
    .at(-1)!
    .trim()
    .slice(0, 255);
}

function people(list: readonly ParsedAddress[] | undefined): Address[] {
  const flat = (list ?? []).flatMap((entry) => ('group' in entry && entry.group ? entry.group : [entry]));
  return flat.slice(0, LIMITS.people).flatMap(({ name, address }) => {
    const shown = clean(removeInvisible(name ?? '').text)
      .replace(/\s+/g, ' ')
      .trim()
      .slice(0, 500);
    const bare = clean(address ?? '')
      .trim()
      .toLowerCase()
      .slice(0, 320);
    return shown || bare ? [{ name: shown === bare ? '' : shown, address: bare }] : [];
  });
}

/** Message-IDs in angle brackets; each once, in order. */
const idsOf = (text: string): string[] =>
  [...new Set([...text.slice(0, 200_000).matchAll(/<([^<>\s]{1,998})>/g)].map((match) => match[1]!))].slice(0, 1000);

function dateOf(text: string): number | null {
  // Date.parse takes a bare number for a year or a month.
  const ms = /\d\D+\d/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isFinite(ms) && ms > -62_135_596_800_000 && ms < 253_402_300_800_000 ? ms : null;
}

/** RFC 8601, of the topmost header and only when Google wrote it: those below can be forged. */
function verdictsOf(header: string): SenderVerdicts | null {
  if (!/^\s*mx\.google\.com\s*;/i.test(header)) return null;
  const of = (method: string): string =>
    new RegExp(`\\b${method}=([a-z]+)`, 'i').exec(header.slice(0, 10_000))?.[1]?.toLowerCase() ?? 'none';
  return { spf: of('spf'), dkim: of('dkim'), dmarc: of('dmarc') };
}

function headerBlockOf(source: Uint8Array): string {
  const head = Buffer.from(source.buffer, source.byteOffset, headerEndOf(source));
  return clean(head.toString('utf8'));
}

/** The mail up to the limit of its lines, each of which costs the parser the same however short it is. */
function firstLines(source: Uint8Array): Uint8Array {
  let at = -1;
  for (let line = 0; line < LIMITS.lines; line++) {
    at = source.indexOf(10, at + 1);
    if (at < 0) return source;
  }
  return source.subarray(0, at + 1);
}

/** Where the header block ends, in bytes, or its limit. */
function headerEndOf(source: Uint8Array): number {
  const head = Buffer.from(source.buffer, source.byteOffset, Math.min(source.byteLength, LIMITS.headerBytes));
  const ends = [head.indexOf('\r\n\r\n'), head.indexOf('\n\n')].filter((at) => at >= 0);
  return ends.length > 0 ? Math.min(...ends) : head.length;
}

/** Valid Unicode without NUL. */
const clean = (text: string): string => (text.includes('\0') ? text.replaceAll('\0', '') : text).toWellFormed();
