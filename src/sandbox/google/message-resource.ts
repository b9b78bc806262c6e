// A mail as the resource Message, in each of its formats, and its attachments' tokens. Changes nothing.
import { randomBytes } from 'node:crypto';
import type { Mail } from '../mail.ts';
import { type MimePart, parseTree } from '../mime-tree.ts';
import type { PretendUser } from '../user.ts';
import { GoogleError, invalid } from './google-error.ts';
import type { ApiCall } from './operation.ts';
import { filenameOf, octetsOf, shownField, textOf } from './part-content.ts';

const FORMATS = ['full', 'metadata', 'minimal', 'raw'] as const;
export type Format = (typeof FORMATS)[number];

/** The format that a call asks for, as far as its token may see it. */
export function formatOf({ query, scopes }: ApiCall, allowed: readonly Format[] = FORMATS): Format {
  const given = (query.get('format') ?? 'full').toLowerCase();
  const format = allowed.find((each) => each === given);
  if (!format) throw invalid(`Invalid value at 'format', "${given}"`);
  const readsAll = (['F', 'M', 'R', 'C'] as const).some((letter) => scopes.has(letter));
  if (!readsAll && (format === 'full' || format === 'raw'))
    throw new GoogleError(403, `Metadata scope doesn't allow format ${format.toUpperCase()}`, { reason: 'forbidden' });
  return format;
}

/** The resource; `names` are the headers wanted of the metadata, all of them when there is none. */
export function messageResource(user: PretendUser, mail: Mail, format: Format, names: readonly string[] = []): object {
  const labelIds = user.labelIds.of(mail);
  return {
    id: mail.id.toString(16),
    threadId: mail.threadId.toString(16),
    // Absent, not empty, when a mail has none.
    ...(labelIds.length > 0 && { labelIds }),
    snippet: snippetOf(mail),
    ...contentOf(mail, format, names),
    sizeEstimate: mail.raw.length,
    historyId: String(mail.historyId),
    internalDate: String(mail.dateMs),
  };
}

function contentOf(mail: Mail, format: Format, names: readonly string[]): object {
  switch (format) {
    case 'minimal':
      return {};
    case 'raw':
      return { raw: urlSafe(mail.raw) };
    case 'metadata': {
      const root = parseTree(mail.raw);
      const wanted = new Set(names.map((name) => name.toLowerCase()));
      const fields = root.fields.filter(({ name }) => wanted.size === 0 || wanted.has(name));
      return { payload: { mimeType: typeOf(root), headers: fields.map(shownField) } };
    }
    case 'full':
      return { payload: partResource(mail, parseTree(mail.raw), '') };
  }
}

function partResource(mail: Mail, part: MimePart, partId: string): object {
  const filename = filenameOf(part);
  const children = part.children.map((child, index) =>
    partResource(mail, child, partId === '' ? String(index) : `${partId}.${index}`),
  );
  return {
    partId,
    mimeType: typeOf(part),
    filename,
    headers: part.fields.map(shownField),
    body: bodyOf(mail, part, partId, filename),
    ...(children.length > 0 && { parts: children }),
  };
}

function bodyOf(mail: Mail, part: MimePart, partId: string, filename: string): object {
  if (part.type === 'multipart') return { size: 0 };
  const isText = part.type === 'text' && filename === '';
  const content = isText ? Buffer.from(textOf(mail.raw, part)) : octetsOf(mail.raw, part);
  if (isText) return { size: content.length, ...(content.length > 0 && { data: urlSafe(content) }) };
  if (part.children.length > 0 && filename === '') return { size: 0 };
  return { attachmentId: attachmentToken(mail, partId), size: content.length };
}

/** Google's base64: the URL's alphabet, with padding. */
export function urlSafe(octets: Buffer): string {
  return octets.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

const typeOf = (part: MimePart) => `${part.type}/${part.subtype}`;

const TOKEN = 'ANGjdJ';

/** Another one each time, as Google's: nobody may keep it. */
function attachmentToken(mail: Mail, partId: string): string {
  return `${TOKEN}${Buffer.from(`${randomBytes(18).toString('hex')} ${mail.id.toString(16)} ${partId}`).toString('base64url')}`;
}

/** The part of a mail that a token means; null when it is none of this mail's. */
export function findAttachment(mail: Mail, token: string): MimePart | null {
  if (!token.startsWith(TOKEN)) return null;
  const [, id, partId = ''] = Buffer.from(token.slice(TOKEN.length), 'base64url').toString('utf8').split(' ');
  if (id !== mail.id.toString(16)) return null;
  let part: MimePart | undefined = parseTree(mail.raw);
  for (const index of partId.split('.').filter(Boolean)) part = part?.children[Number(index)];
  return part ?? null;
}

const snippets = new WeakMap<Mail, string>();

/** About 200 characters of the text, escaped for HTML. */
export function snippetOf(mail: Mail): string {
  let snippet = snippets.get(mail);
  if (snippet === undefined) {
    snippet = escaped(beginningOf(mail.raw));
    snippets.set(mail, snippet);
  }
  return snippet;
}

function beginningOf(raw: Buffer): string {
  const texts = leaves(parseTree(raw)).filter((part) => part.type === 'text' && filenameOf(part) === '');
  const part = texts.find(({ subtype }) => subtype === 'plain') ?? texts[0];
  if (!part) return '';
  // Only the beginning is shown, so only the beginning is decoded.
  const text = textOf(raw, { ...part, end: Math.min(part.end, part.bodyStart + 8000) });
  const plain = part.subtype === 'html' ? text.replace(/<(style|script|head)[\s\S]*?<\/\1>|<[^>]*>/gi, ' ') : text;
  return [...plain.replace(/\s+/g, ' ').trim()].slice(0, 200).join('');
}

const leaves = (part: MimePart): MimePart[] => (part.children.length > 0 ? part.children.flatMap(leaves) : [part]);

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string) => text.replace(/[&<>"']/g, (char) => ENTITIES[char]!);
