// A large mail made from the parts that Gmail has read already (format=full): its header, its texts, no attachment. And how
// its parts are numbered. Pure; knows no request.
import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import type { PartDescription } from '../../mail/change.ts';
import type { PartResource } from './resources.ts';

/** What is over these is left out: a mail of more parts or deeper nesting is a trap. */
const MOST_PARTS = 1000;
const MOST_DEPTH = 50;
/** Of one text part. */
const MOST_TEXT_BYTES = 1024 * 1024;
const MOST_TEXTS = 4;

export interface Rebuilt {
  readonly source: Buffer;
  readonly parts: readonly PartDescription[];
}

const isContainer = ({ mimeType }: PartResource): boolean => mimeType.toLowerCase().startsWith('multipart/');

/** One valid MIME source of what came, and the account of all of the mail's leaves. */
export function rebuild(root: PartResource): Rebuilt {
  const lines: string[] = [];
  const parts: PartDescription[] = [];
  const unguessed = hash('sha256', dataOf(root, 0).join('.'));
  let boundaries = 0;
  let texts = 0;
  const write = (part: PartResource, partId: string, depth: number): void => {
    if (!isContainer(part)) {
      const text = isText(part) && texts++ < MOST_TEXTS ? textOf(part) : null;
      writeHeader(lines, part, text?.header ?? {});
      lines.push('');
      if (text) lines.push(text.body);
      if (parts.length < MOST_PARTS) parts.push(describe(part, partId || '1'));
      return;
    }
    const boundary = `${unguessed}-${boundaries++}`;
    writeHeader(lines, part, { 'content-type': bounded(fieldOf(part, 'content-type') || part.mimeType, boundary) });
    lines.push('');
    for (const [at, child] of part.parts.entries()) {
      if (depth >= MOST_DEPTH || parts.length >= MOST_PARTS) break;
      lines.push(`--${boundary}`);
      write(child, partId ? `${partId}.${at + 1}` : `${at + 1}`, depth + 1);
    }
    lines.push(`--${boundary}--`);
  };
  write(root, '', 0);
  lines.push('');
  return { source: Buffer.from(lines.join('\r\n')), parts };
}

/** The leaf that IMAP numbers so (RFC 3501 section 6.4.5); the API counts its children from zero. An attached mail is a leaf. */
export function partAt(root: PartResource, partId: string): PartResource | null {
  if (!isContainer(root)) return partId === '1' ? root : null;
  let part: PartResource | undefined = root;
  for (const number of partId.split('.')) part = part && isContainer(part) ? part.parts[Number(number) - 1] : undefined;
  return part && !isContainer(part) ? part : null;
}

/** The bytes of a body that came along, when they are those that were sent: Gmail turns texts into UTF-8. */
export function sentBytes(part: PartResource): Buffer | null {
  if (part.body.data === undefined) return null;
  const bytes = Buffer.from(part.body.data, 'base64url');
  if (!part.mimeType.startsWith('text/') || bytes.every((byte) => byte < 0x80 && byte !== 0x1b)) return bytes;
  return /^utf-?8$/i.test(charsetOf(part)) && isUtf8(bytes) ? bytes : null;
}

export const fieldOf = ({ headers }: PartResource, name: string): string =>
  headers.find((header) => header.name.toLowerCase() === name)?.value ?? '';

function writeHeader(lines: string[], part: PartResource, instead: Readonly<Record<string, string>>): void {
  for (const { name, value } of part.headers)
    if (!Object.hasOwn(instead, name.toLowerCase()) && /^[!-9;-~]+$/.test(name))
      lines.push(`${name}: ${oneLine(value)}`);
  for (const [name, value] of Object.entries(instead)) lines.push(`${name}: ${oneLine(value)}`);
}

/** A folded field stays folded; nothing else can end it. */
const oneLine = (value: string): string => value.replace(/\r?\n(?=[ \t])|\r(?!\n)/g, '').replace(/[\r\n]+/g, ' ');

const BOUNDARY = /;\s*boundary\s*=\s*("[^"]*"|[^;\s]*)/i;

const bounded = (contentType: string, boundary: string): string =>
  `${contentType.replace(BOUNDARY, '')}; boundary="${boundary}"`;

const isText = (part: PartResource): boolean =>
  /^text\/(plain|html)$/i.test(part.mimeType) && part.filename === '' && part.body.data !== undefined;

/** Gmail gives text as UTF-8 and its fields as they were: then the field has to say so. */
function textOf(part: PartResource): { body: string; header: Record<string, string> } {
  const bytes = Buffer.from(part.body.data ?? '', 'base64url').subarray(0, MOST_TEXT_BYTES);
  const escaped = /^(iso-2022|hz|utf-7)/i.test(charsetOf(part)) && bytes.includes(0x1b);
  if (escaped || !looksUtf8(bytes))
    return {
      body: bytes.toString('base64').replace(/.{76}/g, '$&\r\n'),
      header: { 'content-transfer-encoding': 'base64' },
    };
  const type = (fieldOf(part, 'content-type') || part.mimeType).replace(/;\s*charset\s*=\s*("[^"]*"|[^;\s]*)/i, '');
  return {
    body: bytes.toString(),
    header: { 'content-transfer-encoding': '8bit', 'content-type': `${type}; charset=utf-8` },
  };
}

/** A cut may have fallen into a letter. */
const looksUtf8 = (bytes: Buffer): boolean =>
  [0, 1, 2, 3].some(
    (cut) =>
      isUtf8(bytes.subarray(0, Math.max(0, bytes.length - cut))) && (cut === 0 || bytes.length === MOST_TEXT_BYTES),
  );

/** All texts: what is made of them, nobody can have written into them. */
const dataOf = (part: PartResource, depth: number): string[] =>
  depth > MOST_DEPTH ? [] : [part.body.data ?? '', ...part.parts.flatMap((child) => dataOf(child, depth + 1))];

const charsetOf = (part: PartResource): string =>
  /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(fieldOf(part, 'content-type'))?.[1] ?? '';

function describe(part: PartResource, partId: string): PartDescription {
  const disposition = /^\s*(inline|attachment)\b/i.exec(fieldOf(part, 'content-disposition'))?.[1]?.toLowerCase();
  const encoding = fieldOf(part, 'content-transfer-encoding').trim().toLowerCase() || '7bit';
  // The API tells decoded sizes; 57 bytes are a line of base64 (RFC 2045 section 6.8).
  const encodedBytes = encoding === 'base64' ? Math.ceil((part.body.size / 57) * 78) : part.body.size;
  return {
    partId,
    contentType: part.mimeType.toLowerCase() || 'text/plain',
    filename: part.filename.slice(0, 1000),
    disposition: disposition === 'inline' || disposition === 'attachment' ? disposition : '',
    contentId: fieldOf(part, 'content-id')
      .replace(/[<>\s]/g, '')
      .slice(0, 1000),
    encoding,
    encodedBytes,
  };
}
