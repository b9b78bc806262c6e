// Bytes of a mail → Message. Never rejects, bounded in time and memory; what is over a limit becomes a note. Pure.
import { listAttachments } from './attachments.ts';
import { readBody } from './body.ts';
import type { PartDescription } from './change.ts';
import { readDate } from './dates.ts';
import { type Fields, firstOf, readFields } from './header.ts';
import { removeInvisible } from './invisible.ts';
import { LIMITS } from './limits.ts';
import type { Address, Message } from './message.ts';
import { type Part, readHeaderBlock, readStructure } from './structure.ts';
import { messageIds, referencesOf } from './thread.ts';
import { clean } from './unicode.ts';
import { readVerdicts } from './verdicts.ts';
import { decodeWords, oneLine, readAddresses } from './words.ts';

export interface ParseContext {
  /** The server's account of the mail's leaves; empty when there is none. */
  readonly parts: readonly PartDescription[];
  /** Bodies of large parts were left at the server. */
  readonly partial: boolean;
}

/** Reads a mail (RFC 5322, 2045 to 2047, 2231, 3676). Resolves for any bytes whatever. */
export async function parseMessage(source: Uint8Array, context: ParseContext): Promise<Message> {
  try {
    return read(bytesOf(source), context);
  } catch {
    return unreadableMessage(source, 'the mail could not be read; only its header was looked at');
  }
}

/**
 * What a cheap look at the header block tells of a mail that breaks its reader: subject, people, date, Message-ID. Its text
 * is empty and `note` says why.
 */
export function unreadableMessage(source: Uint8Array, note: string): Message {
  const headerBlock = clean(readHeaderBlock(bytesOf(source)));
  const { fields } = readFields(headerBlock.slice(0, GLANCE_CHARS));
  const glance = (name: string): string => firstOf(fields, name).slice(0, GLANCE_FIELD_CHARS);
  const people = (name: string): Address[] =>
    [...glance(name).matchAll(/[^\s<>"(),;:@]{1,64}@[^\s<>"(),;:@]{1,255}/g)].map(([address]) => ({
      name: '',
      address: address.toLowerCase(),
    }));
  return {
    messageIdHeader: messageIdOf(glance('message-id')),
    references: [],
    subject: oneLine(decodeWords(glance('subject'))),
    from: people('from').slice(0, 1),
    replyTo: [],
    to: people('to'),
    cc: [],
    bcc: [],
    deliveredTo: [],
    listId: '',
    dateHeaderMs: readDate(glance('date')),
    headerBlock,
    text: '',
    html: null,
    hiddenRemoved: 0,
    attachments: [],
    verdicts: null,
    notes: [note],
  };
}

const GLANCE_CHARS = 65_536;
const GLANCE_FIELD_CHARS = 2_000;
const MOST_DELIVERIES = 20;

function read(source: Buffer, { parts, partial }: ParseContext): Message {
  const { root, fields, headerBlock, notes } = readStructure(source);
  const body = readBody(root);
  const html = body.html !== null && body.html.length <= LIMITS.htmlChars ? body.html : null;
  let isCrowded = false;
  /** Addresses of all fields of the name: a sender may have written two, and both were delivered to. */
  const people = (name: string): Address[] => {
    const all = readAddresses(fields.get(name)?.slice(0, 10) ?? []);
    isCrowded ||= all.length > LIMITS.people;
    return all.slice(0, LIMITS.people);
  };
  const from = people('from');
  return {
    messageIdHeader: messageIdOf(firstOf(fields, 'message-id')),
    references: referencesOf(firstOf(fields, 'references'), firstOf(fields, 'in-reply-to')),
    subject: removeInvisible(
      oneLine(decodeWords(firstOf(fields, 'subject').slice(0, LIMITS.subjectChars))),
    ).text.trim(),
    from: from.length > 0 ? from : people('sender'),
    replyTo: people('reply-to'),
    to: people('to'),
    cc: people('cc'),
    bcc: people('bcc'),
    deliveredTo: deliveriesOf(fields),
    listId: listIdOf(firstOf(fields, 'list-id')),
    dateHeaderMs: readDate(firstOf(fields, 'date')),
    headerBlock: clean(headerBlock),
    text: body.text,
    html,
    hiddenRemoved: body.hiddenRemoved,
    attachments: listAttachments({ root, body: body.parts, html: body.html, described: parts, partial }),
    verdicts: readVerdicts(firstOf(fields, 'authentication-results')),
    notes: [
      ...notes,
      ...body.notes,
      ...(isCrowded ? [`addresses after the first ${LIMITS.people} were left out`] : []),
      ...(body.html !== html ? ['HTML over its limit was left out'] : []),
      ...encryptionOf(root),
    ],
  };
}

/** What of a stored header block goes into the index. */
export type IndexedHeader = Pick<Message, 'from' | 'to' | 'cc' | 'bcc' | 'deliveredTo' | 'listId'>;

/** Reads people and lists again from the header block that a mail was stored with. */
export function rereadHeader(headerBlock: string): IndexedHeader {
  const { fields } = readFields(headerBlock);
  const people = (name: string): Address[] =>
    readAddresses(fields.get(name)?.slice(0, 10) ?? []).slice(0, LIMITS.people);
  const from = people('from');
  return {
    from: from.length > 0 ? from : people('sender'),
    to: people('to'),
    cc: people('cc'),
    bcc: people('bcc'),
    deliveredTo: deliveriesOf(fields),
    listId: listIdOf(firstOf(fields, 'list-id')),
  };
}

const bytesOf = (source: Uint8Array): Buffer => Buffer.from(source.buffer, source.byteOffset, source.byteLength);

const messageIdOf = (field: string): string =>
  oneLine(messageIds(field)[0] ?? field.replace(/[<>\s]/g, '').slice(0, LIMITS.messageIdChars));

const deliveriesOf = (fields: Fields): string[] => [
  ...new Set(
    readAddresses(fields.get('delivered-to')?.slice(0, MOST_DELIVERIES) ?? []).flatMap(({ address }) => address || []),
  ),
];

/** RFC 2919: the id stands in angle brackets behind a name; some writers leave both out. */
function listIdOf(field: string): string {
  const id = /<([^<>\s]{1,255})>/.exec(field.slice(0, 2_000))?.[1] ?? (/^[\w.-]{1,255}$/.test(field) ? field : '');
  return clean(id).toLowerCase();
}

/** What an agent is to be told when there is no text to read. */
function encryptionOf({ contentType }: Part): string[] {
  if (contentType.value === 'multipart/encrypted') return ['the text is encrypted'];
  if (!/^application\/(?:x-)?pkcs7-mime$/.test(contentType.value)) return [];
  return [
    contentType.params.get('smime-type')?.startsWith('signed')
      ? 'the text lies inside a signed S/MIME part'
      : 'the text is encrypted',
  ];
}
