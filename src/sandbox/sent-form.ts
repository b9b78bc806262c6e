// What Gmail changes in a mail that is submitted: Bcc, From and Message-ID. Knows no user and files nothing.
import { createHash } from 'node:crypto';
import { findBody, type HeaderField, parseFields } from './mime-tree.ts';

/** Where the API differs from SMTP. */
export interface SentForm {
  /** Bcc stays, as in the sender's own copy of what the API took. */
  readonly keepsBcc?: boolean;
  /** With its brackets: takes the place of any other, of which nothing is kept. */
  readonly messageId?: string;
  /** A mail without From gets the account's address. */
  readonly completesFrom?: boolean;
}

/**
 * The mail as Gmail sends it on and files it: Bcc goes; a From that is none of `addresses` becomes the first of them, with
 * its display name, and the old one X-Google-Original-From; a Message-ID that is missing or not well formed is replaced,
 * and the old one kept as X-Google-Original-Message-ID. What needs no change keeps its bytes.
 */
export function sentForm(raw: Buffer, addresses: readonly [string, ...string[]], form: SentForm = {}): Buffer {
  const body = findBody(raw, 0, raw.length);
  const fields = parseFields(raw.toString('latin1', 0, body));
  const head: string[] = [];
  let changed = false;
  let identified = false;
  for (const field of fields) {
    const changedTo = changedField(field, addresses, raw, form);
    identified ||= field.name === 'message-id';
    changed ||= changedTo !== null;
    head.push(changedTo ?? field.raw);
  }
  if (!identified) head.push(`Message-ID: ${form.messageId ?? madeId(raw)}\r\n`);
  const incomplete = form.completesFrom === true && !fields.some(({ name }) => name === 'from');
  if (incomplete) head.push(`From: <${addresses[0]}>\r\n`);
  if (identified && !changed && !incomplete) return raw;
  return Buffer.concat([Buffer.from(`${head.join('')}\r\n`, 'latin1'), raw.subarray(body)]);
}

function changedField(
  { name, value }: HeaderField,
  addresses: readonly [string, ...string[]],
  raw: Buffer,
  { keepsBcc = false, messageId }: SentForm,
): string | null {
  if (name === 'bcc') return keepsBcc ? null : '';
  if (name === 'message-id' && messageId !== undefined) return `Message-ID: ${messageId}\r\n`;
  if (name === 'from' && !addresses.includes(addressIn(value)))
    return `X-Google-Original-From: ${value}\r\nFrom: ${nameIn(value)}<${addresses[0]}>\r\n`;
  if (name === 'message-id' && !isWellFormed(value))
    return `X-Google-Original-Message-ID: ${value}\r\nMessage-ID: ${madeId(raw)}\r\n`;
  return null;
}

const addressIn = (from: string): string => (/<([^<>]*)>\s*$/.exec(from)?.[1] ?? from).trim().toLowerCase();

const nameIn = (from: string): string => /^(.*\S)\s*<[^<>]*>\s*$/.exec(from)?.[1]?.concat(' ') ?? '';

/** Neither a blank nor a second `@`, and no dot at the end of a side. */
function isWellFormed(messageId: string): boolean {
  const [, left, right] = /^<([^<>@\s]+)@([^<>@\s]+)>$/.exec(messageId) ?? [];
  return left !== undefined && !left.endsWith('.') && !right!.endsWith('.');
}

function madeId(raw: Buffer): string {
  const digest = createHash('sha256').update(raw).digest('hex');
  return `<${digest.slice(0, 8)}.${digest.slice(8, 24)}.${digest.slice(24, 30)}.${digest.slice(30, 34)}@mx.google.com>`;
}
