// A draft → the bytes of a mail and its envelope (RFC 5322, RFC 2045 to 2047). Pure: no clock, no file, no address looked up.
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { detectMimeType } from 'nodemailer/lib/mime-funcs';
import MimeNode from 'nodemailer/lib/mime-node';
import { AppError, invalidInput } from '../base/errors.ts';
import { judgeAddrSpec } from './addr-spec.ts';
import { cleanFilename } from './attachments.ts';
import {
  attachmentTypeValue,
  attachmentValue,
  dateValue,
  isMessageId,
  mailboxesValue,
  messageIdsValue,
  textValue,
} from './header-write.ts';
import { whyNotOneLine } from './hidden-in-line.ts';
import { htmlToText } from './html-to-text.ts';
import { LIMITS } from './limits.ts';
import type { Address } from './message.ts';
import { checkMailbox, mustNotBeTooMany } from './recipients.ts';
import { textToHtml } from './text-to-html.ts';
import { clean } from './unicode.ts';
import { oneLine } from './words.ts';

/** A mail as it is meant. Message-IDs stand without angle brackets. */
export interface Draft {
  readonly from: Address;
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
  readonly bcc: readonly Address[];
  readonly subject: string;
  /** One of the two at least, or the mail is empty; the missing one is made from the other. */
  readonly text?: string | undefined;
  readonly html?: string | undefined;
  readonly attachments: readonly DraftAttachment[];
  /** `<uuid>@<the sender's domain>`: Gmail keeps a well-formed one. */
  readonly messageId: string;
  readonly dateMs: number;
  readonly inReplyTo?: string | undefined;
  /** Oldest first. */
  readonly references?: readonly string[] | undefined;
}

export interface DraftAttachment {
  readonly filename: string;
  readonly content: Uint8Array;
  /** `type/subtype`; guessed from the file name when left out. */
  readonly contentType?: string | undefined;
}

export interface Composed {
  /** RFC 5322 with CRLF, no line over 998 octets, ASCII only, without Bcc. The same draft gives the same bytes. */
  readonly raw: Buffer;
  /** Plain addresses (RFC 5321); To, Cc and Bcc in this order. */
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
  /** As the mail has it: blanks at its ends gone, runs of them one. */
  readonly subject: string;
}

/**
 * Bytes of a composed mail. Gmail says 25 MB and announces SIZE 35882577 over SMTP, which is 25 × 1024 × 1024 grown by
 * base64: its MB are of 1024 × 1024 bytes.
 */
export const MOST_MAIL_BYTES = 25 * 1024 * 1024;

/**
 * Throws `invalid_input` naming the field before anything is composed when a field cannot stand in a header or an address is
 * no strict one, and `too_large` for a mail over 25 MB.
 */
export async function composeMail(draft: Draft): Promise<Composed> {
  const checked = check(draft);
  mustFit(checked.attachments.reduce((sum, { content }) => sum + base64Bytes(content.length), 0));
  const body = await bodyOf(draft, checked.attachments).build();
  const raw = Buffer.concat([Buffer.from(headerOf(draft, checked)), body]);
  mustFit(raw.length);
  const { from, to, cc, bcc, subject } = checked;
  return { raw, envelope: { from: from.address, to: [...to, ...cc, ...bcc].map(({ address }) => address) }, subject };
}

type Checked = ReturnType<typeof check>;

function check(draft: Draft) {
  const people = (field: 'to' | 'cc' | 'bcc') => draft[field].map((one, i) => checkMailbox(`${field}.${i}`, one));
  mustBeOneLine('subject', draft.subject);
  if (draft.subject.length > LIMITS.subjectChars)
    throw invalidInput('subject', `subject: at most ${LIMITS.subjectChars} characters.`);
  const checked = {
    from: checkMailbox('from', draft.from),
    to: people('to'),
    cc: people('cc'),
    bcc: people('bcc'),
    subject: oneLine(draft.subject),
    attachments: draft.attachments.map(checkAttachment),
  };
  mustNotBeTooMany(checked);
  if ('wrong' in judgeAddrSpec(draft.messageId))
    throw invalidInput('message_id_header', 'The Message-ID is not of the form id@domain.');
  if (draft.inReplyTo !== undefined) mustBeMessageId('in_reply_to', draft.inReplyTo);
  for (const id of draft.references ?? []) mustBeMessageId('references', id);
  if (!Number.isFinite(new Date(draft.dateMs).getTime())) throw invalidInput('date', 'The date is none.');
  return checked;
}

function mustBeOneLine(field: string, text: string): void {
  const wrong = whyNotOneLine(text);
  if (wrong) throw invalidInput(field, `${field} ${wrong}.`, 'One line of visible text is expected.');
}

function mustBeMessageId(field: string, id: string): void {
  if (!isMessageId(id)) throw invalidInput(field, `${field} is no Message-ID: one line of ASCII without spaces.`);
}

function checkAttachment({ filename, content, contentType }: DraftAttachment, i: number) {
  mustBeOneLine(`attachments.${i}.filename`, filename);
  mustBeOneLine(`attachments.${i}.content_type`, contentType ?? '');
  const name = cleanFilename(filename) || `attachment-${i + 1}`;
  return { filename: name, content: bytesOf(content), contentType: safeType(contentType || detectMimeType(name)) };
}

const bytesOf = (content: Uint8Array): Buffer => Buffer.from(content.buffer, content.byteOffset, content.byteLength);

const TYPE = /^[a-z0-9][\w!#$&^.+-]{0,126}\/[a-z0-9][\w!#$&^.+-]{0,126}$/;

/** Parameters are dropped. A part that would bring structure or headers of its own is only bytes. */
function safeType(given: string): string {
  const type = given.replace(/;.*$/s, '').trim().toLowerCase();
  return TYPE.test(type) && !/^(?:multipart|message)\//.test(type) ? type : 'application/octet-stream';
}

/** All of the mail's own header but its Content fields, which the body brings. */
function headerOf(
  { messageId, dateMs, inReplyTo, references = [] }: Draft,
  { from, to, cc, subject }: Checked,
): string {
  const fields: [name: string, value: string][] = [
    ['From', mailboxesValue('From', [from])],
    ['To', mailboxesValue('To', to)],
    ['Cc', mailboxesValue('Cc', cc)],
    ['Subject', textValue('Subject', subject)],
    ['Date', dateValue(dateMs)],
    ['Message-ID', messageIdsValue('Message-ID', [messageId])],
    ['In-Reply-To', messageIdsValue('In-Reply-To', inReplyTo === undefined ? [] : [inReplyTo])],
    ['References', messageIdsValue('References', references)],
    ['MIME-Version', '1.0'],
  ];
  return fields.map(([name, value]) => (value === '' ? '' : `${name}: ${value}\r\n`)).join('');
}

/** mixed( alternative( plain, HTML ), attachments ), without the levels that would hold one part only. */
function bodyOf(draft: Draft, attachments: Checked['attachments']): MimeNode {
  // Neither quoted-printable nor base64 can hold `=_`, and all parts are encoded: no text ends its own part.
  const options = {
    baseBoundary: createHash('sha256').update(draft.messageId).digest('hex').slice(0, 32),
    boundaryPrefix: '=_',
    disableFileAccess: true,
    disableUrlAccess: true,
  };
  // A child is asked for, since the composer gives a root fields of its own.
  const above = new MimeNode('multipart/mixed', options);
  const texts = textsOf(draft);
  const root = attachments.length > 0 ? above.createChild('multipart/mixed', options) : above;
  const around = texts.length > 1 ? root.createChild('multipart/alternative', options) : root;
  for (const [contentType, text] of texts) {
    const bytes = Buffer.from(text);
    around
      .createChild(contentType, options)
      .setHeader('Content-Transfer-Encoding', encodingOf(bytes))
      .setContent(bytes);
  }
  for (const { filename, content, contentType } of attachments) {
    const charset = contentType.startsWith('text/') && isUtf8(content) ? 'utf-8' : '';
    root
      .createChild(contentType, options)
      .setHeader('Content-Type', { prepared: true, value: attachmentTypeValue(contentType, charset, filename) })
      .setHeader('Content-Disposition', { prepared: true, value: attachmentValue(filename) })
      .setHeader('Content-Transfer-Encoding', 'base64')
      .setContent(content);
  }
  return above.childNodes[0]!;
}

function textsOf({ text, html }: Draft): [contentType: string, text: string][] {
  const plain = text || (html ? htmlToText(html).text : '');
  const rich = html || textToHtml(text ?? '');
  const both: [string, string][] = [
    ['text/plain; charset=utf-8', withCrlf(plain)],
    ['text/html; charset=utf-8', withCrlf(rich)],
  ];
  // HTML of pictures alone has no text, and an empty text would be preferred to it.
  return html && plain === '' ? both.slice(1) : both;
}

const withCrlf = (text: string): string => clean(text).replace(/\r\n?|\n/g, '\r\n');

/** Whichever is shorter: three characters for a byte outside of ASCII, or four for any three. */
function encodingOf(bytes: Buffer): 'quoted-printable' | 'base64' {
  let foreign = 0;
  for (const byte of bytes) if (byte > 0x7e) foreign++;
  return foreign * 6 > bytes.length ? 'base64' : 'quoted-printable';
}

/** 57 bytes a line of 76 characters and a line end (RFC 2045 section 6.8). */
const base64Bytes = (bytes: number): number => Math.ceil(bytes / 3) * 4 + Math.floor(bytes / 57) * 2;

function mustFit(bytes: number): void {
  if (bytes <= MOST_MAIL_BYTES) return;
  const mb = (bytes / 1024 / 1024).toFixed(1);
  throw new AppError(
    'too_large',
    `The mail is ${mb} MB (${bytes} bytes) when composed; Gmail takes at most 25 MB (${MOST_MAIL_BYTES} bytes).`,
    { hint: 'Attachments grow by 37 % on their way: about 18 MB of files fit. Send a link, or several mails.' },
  );
}
