// users.messages.send: a mail from its bytes to its copies, the way the API differs from SMTP. Files nothing itself.
import { randomBytes } from 'node:crypto';
import { addressParser } from 'postal-mime';
import type { Mail } from '../mail.ts';
import { findBody, headerOf, type MimePart, parseFields, parseTree } from '../mime-tree.ts';
import { referenceOf } from '../threads.ts';
import type { PretendUser } from '../user.ts';
import { GoogleError, invalid } from './google-error.ts';
import { idsOf } from './messages.ts';
import { type ApiCall, bodyOf, operation } from './operation.ts';
import { octetsOf } from './part-content.ts';
import type { Site } from './site.ts';
import { threadOf } from './threads.ts';

/** A mail that a call brought: its bytes, and the thread that it names. */
export interface Brought {
  readonly raw: Buffer;
  readonly thread: bigint | 'own';
}

/** 35 MiB. */
const LARGEST_MAIL = 36_700_160;
const MOST_RECIPIENTS = 100;

/** The mail of a call, in JSON or uploaded. `readMessage` finds the resource Message in the call's JSON. */
export function broughtMail(call: ApiCall, readMessage: (body: Readonly<Record<string, unknown>>) => unknown): Brought {
  const { upload, body } = call.upload ? uploaded(call) : { upload: null, body: bodyOf(call) };
  const message = (readMessage(body) ?? {}) as Readonly<Record<string, unknown>>;
  const raw = upload ?? fromBase64(message.raw);
  if (raw.length > LARGEST_MAIL) throw new GoogleError(413);
  return { raw, thread: threadFor(call.user, message.threadId, raw) };
}

function uploaded(call: ApiCall): { upload: Buffer; body: Record<string, unknown> } {
  const { query, asked } = call;
  const type = asked.headers['content-type'] ?? '';
  switch (query.get('uploadType')) {
    case 'media':
      if (!/^message\/rfc822/i.test(type)) throw badMedia(type);
      return { upload: asked.body, body: {} };
    case 'multipart': {
      const [metadata, media] = partsOf(type, asked.body);
      if (!metadata || media?.type !== 'message' || media.subtype !== 'rfc822') throw badMedia(type);
      const envelope = multipartBytes(type, asked.body);
      const told = octetsOf(envelope, metadata);
      return { upload: octetsOf(envelope, media), body: bodyOf({ asked: { ...asked, body: told } }) };
    }
    default:
      throw new GoogleError(501, 'The pretend Gmail takes uploadType=media and uploadType=multipart only.');
  }
}

const badMedia = (type: string) =>
  new GoogleError(400, `Media type '${type}' is not supported. Valid media types: [message/*]`, {
    reason: 'badContent',
  });

const multipartBytes = (type: string, body: Buffer) =>
  Buffer.concat([Buffer.from(`Content-Type: ${type}\r\n\r\n`), body]);

/** The parts of a multipart body, as ranges of `multipartBytes`. */
function partsOf(type: string, body: Buffer): readonly MimePart[] {
  return /^multipart\//i.test(type) ? parseTree(multipartBytes(type, body)).children : [];
}

function fromBase64(raw: unknown): Buffer {
  if (typeof raw !== 'string' || raw === '')
    throw invalid("'raw' RFC822 payload message string or uploading message via /upload/* URL required");
  if (!/^[\w+/-]*={0,2}$/.test(raw))
    throw invalid("Invalid value at 'message.raw' (TYPE_BYTES), Base64 decoding failed");
  return Buffer.from(raw, 'base64url');
}

/**
 * For the sender the thread is what `threadId` names, as long as the subject fits; without one the mail begins a thread,
 * whatever its headers say.
 */
function threadFor(user: PretendUser, threadId: unknown, raw: Buffer): bigint | 'own' {
  if (threadId === undefined || threadId === null || threadId === '') return 'own';
  const mails = threadOf(user, String(threadId));
  const { subject } = referenceOf(raw);
  return mails.some((mail) => referenceOf(mail.raw).subject === subject) ? mails[0]!.threadId : 'own';
}

/** Sends a mail for its owner; the copy in Sent. */
export function sendMail(site: Site, user: PretendUser, { raw, thread }: Brought): Mail {
  const recipients = recipientsOf(raw);
  const messageId = newMessageId();
  return site.submit(
    user,
    { from: user.email, recipients, raw },
    { thread, messageId, keepsBcc: true, completesFrom: true },
  );
}

/** The API sends to whom the headers name, and to nobody else. */
function recipientsOf(raw: Buffer): string[] {
  const fields = parseFields(raw.toString('latin1', 0, findBody(raw, 0, raw.length)));
  const recipients = ['To', 'Cc', 'Bcc'].flatMap((name) => {
    const value = headerOf({ fields }, name.toLowerCase());
    const addresses = addressParser(value).flatMap((entry) => entry.group ?? [entry]);
    return addresses.map(({ address = '' }) => {
      if (!/^[^\s@<>,]+@[^\s@<>,]+$/.test(address)) throw invalid(`Invalid ${name} header`);
      return address;
    });
  });
  if (recipients.length === 0) throw invalid('Recipient address required');
  if (recipients.length > MOST_RECIPIENTS) throw invalid('Too many recipients');
  return [...new Set(recipients)];
}

/** What Gmail puts in the place of any Message-ID that comes through the API. */
function newMessageId(): string {
  const text = randomBytes(36).toString('base64url');
  return `<CA${text.slice(0, 8)}+${text.slice(8, 24)}=${text.slice(24, 46)}@mail.gmail.com>`;
}

export const sendOperations = [
  operation(
    'messages.send',
    'POST messages/send',
    100,
    'FCMS',
    (call) => {
      const mail = sendMail(
        call.site,
        call.user,
        broughtMail(call, (body) => body),
      );
      return { ...idsOf(mail), labelIds: call.user.labelIds.of(mail) };
    },
    true,
  ),
];
