// What the control port takes, checked: users, mails, changes and faults as JSON in snake_case. Knows no mailbox.
import { z } from 'zod';
import { invalidInput } from '../base/errors.ts';
import { filePart, headerText, mailBytes, multipart, textPart } from './mail-bytes.ts';

/** One line, so that no value can add a header. */
const line = z
  .string()
  .max(998)
  .regex(/^[^\r\n\0]*$/, 'one line');
const address = z
  .string()
  .max(254)
  .regex(/^[^\s@<>,]+@[^\s@<>,]+$/, 'an address');
/** As the protocol writes it: an atom, a backslash before those of its own. */
const flag = z
  .string()
  .max(100)
  .regex(/^\\?[^\s\p{C}(){%*"\\\]]+$/u, 'a flag such as \\Seen or $Forwarded');
/** Ids come from it, which are never negative. */
const date = z.iso.datetime({ offset: true }).refine((text) => Date.parse(text) >= 0, 'not before 1970');
const place = z.enum(['all', 'spam', 'trash']);
const count = z.int().min(0).max(50_000);
const viewName = z.string().regex(/^(inbox|all|sent|drafts|starred|important|spam|trash|label:.+)$/);

const newUser = z.strictObject({
  email: address,
  app_password: z.string().min(1),
  password: z.string().optional(),
  language: z.enum(['en', 'en-GB', 'de', 'tr', 'ja']).optional(),
  send_as: z.array(address).optional(),
  mails: count.optional(),
  seed: z.int().optional(),
});

const newMail = z.strictObject({
  raw: z.string().optional(),
  from: line.optional(),
  to: line.optional(),
  subject: line.optional(),
  text: z.string().optional(),
  html: z.string().optional(),
  in_reply_to: line.optional(),
  message_id: line.optional(),
  attachments: z
    .array(z.strictObject({ filename: line, content_base64: z.base64(), content_type: line.optional() }))
    .optional(),
  labels: z.array(line).optional(),
  flags: z.array(flag).optional(),
  date: date.optional(),
  place: place.optional(),
});

const mailChange = z.strictObject({
  flags: z.array(flag).optional(),
  add_labels: z.array(line).optional(),
  remove_labels: z.array(line).optional(),
  place: place.optional(),
});

const times = { times: z.int().min(1).optional() };
const text = line.min(1);
const ofGoogle = { operation: text.optional() };
const stage = z.enum(['before', 'after']);
const fault = z.discriminatedUnion('kind', [
  z.strictObject({
    ...times,
    kind: z.literal('imap-login'),
    answer: z.enum([
      'wrong-password',
      'app-password-required',
      'web-login',
      'web-alert',
      'imap-disabled',
      'unavailable',
      'too-many-connections',
      'overquota',
      'lookup-failed',
    ]),
  }),
  z.strictObject({
    ...times,
    kind: z.literal('smtp-login'),
    answer: z.enum(['wrong-password', 'app-password-required', 'web-login', 'too-many-logins', 'try-later']),
  }),
  z.strictObject({ ...times, kind: z.literal('lacks'), capability: text }),
  z.strictObject({ ...times, kind: z.literal('answer'), command: text, text }),
  z.strictObject({ ...times, kind: z.literal('bye'), beforeReply: z.int().min(1), text: text.optional() }),
  z.strictObject({ ...times, kind: z.literal('bandwidth'), bytes: z.int().min(0) }),
  z.strictObject({ ...times, kind: z.literal('bye-in-idle'), text: text.optional() }),
  z.strictObject({ ...times, kind: z.literal('cut'), literal: z.int().min(1), offset: z.int().min(0) }),
  z.strictObject({
    ...times,
    kind: z.literal('refuse-uid'),
    uid: z.int().min(1),
    view: viewName.transform((name) => name as 'inbox').optional(),
    text: text.optional(),
  }),
  z.strictObject({ ...times, kind: z.literal('fetch-without-uid') }),
  z.strictObject({ ...times, kind: z.literal('unsolicited-fetch') }),
  z.strictObject({ ...times, kind: z.literal('silence') }),
  z.strictObject({ ...times, kind: z.literal('slow'), bytesPerSecond: z.int().min(1) }),
  z.strictObject({ ...times, kind: z.literal('uid-validity'), value: z.enum(['absent', 'zero']) }),
  z.strictObject({ ...times, kind: z.literal('uid-next'), value: z.enum(['absent', 'back']) }),
  z.strictObject({ ...times, kind: z.literal('expunge-before-fetch'), uid: z.int().min(1).optional() }),
  z.strictObject({
    ...times,
    kind: z.literal('smtp-answer'),
    stage: z.enum(['mail', 'rcpt', 'end']),
    text: line.regex(/^[45]\d\d .+/, 'a reply such as 451 4.3.0 Temporary System Problem.'),
    recipient: address.optional(),
  }),
  z.strictObject({ ...times, kind: z.literal('smtp-drop'), stage: z.enum(['mail', 'rcpt', 'data', 'end']) }),
  z.strictObject({ ...times, kind: z.literal('smtp-mute') }),
  z.strictObject({ ...times, kind: z.literal('smtp-hold'), stage: z.enum(['mail', 'end']) }),
  z.strictObject({ ...times, kind: z.literal('smtp-late'), delayMs: z.int().min(0) }),
  z.strictObject({
    ...times,
    ...ofGoogle,
    kind: z.literal('google-answer'),
    status: z.int().min(400).max(599),
    reason: text.optional(),
    message: text.optional(),
    retryAfter: text.optional(),
  }),
  z.strictObject({ ...times, ...ofGoogle, kind: z.literal('google-drop'), stage }),
  z.strictObject({ ...times, ...ofGoogle, kind: z.literal('google-mute'), stage }),
  z.strictObject({ ...times, ...ofGoogle, kind: z.literal('google-slow'), delayMs: z.int().min(0) }),
  z.strictObject({ ...times, kind: z.literal('google-rotate') }),
  z.strictObject({ ...times, kind: z.literal('google-empty-page') }),
]);

const settings = z.strictObject({
  accessTokenLifetimeMs: z.int().min(1).exactOptional(),
  codeLifetimeMs: z.int().min(1).exactOptional(),
  redirectUris: z.array(z.url()).nullable().exactOptional(),
  unitsPerUserMinute: z.int().min(1).exactOptional(),
  unitsPerProjectMinute: z.int().min(1).exactOptional(),
  concurrentRequests: z.int().min(1).exactOptional(),
  concurrentParts: z.int().min(1).exactOptional(),
});
const clock = z.strictObject({ advanceMs: z.int().min(0) });
const allow = z.strictObject({ scopes: z.array(text).optional() });
const subscription = z.strictObject({ url: z.url(), audience: text, serviceAccount: text.exactOptional() });
const forgery = z.strictObject({
  claims: z.record(z.string(), z.unknown()).exactOptional(),
  foreignKey: z.boolean().exactOptional(),
  withoutToken: z.boolean().exactOptional(),
  body: z.unknown().optional(),
});

const password = z.strictObject({ app_password: z.string().min(1).optional() });

/** Every body that the port takes, by what it is. Members of a fault and of Google's come in snake_case and are told in the sandbox's form. */
export const readNewUser = reader(newUser);
export const readNewMail = reader(newMail);
export const readMailChange = reader(mailChange);
export const readPassword = reader(password);
export const readFault = (body: unknown) => reader(fault)(camelCased(body));
export const readSettings = (body: unknown) => reader(settings)(camelCased(body));
export const readClock = (body: unknown) => reader(clock)(camelCased(body));
export const readAllow = reader(allow);
export const readSubscription = (body: unknown) => reader(subscription)(camelCased(body));
export const readForgery = (body: unknown) => reader(forgery)(camelCased(body));

export type NewMail = z.output<typeof newMail>;

function reader<S extends z.ZodType>(schema: S): (body: unknown) => z.output<S> {
  return (body) => {
    const read = schema.safeParse(body);
    if (read.success) return read.data;
    const { path, message } = read.error.issues[0]!;
    const name = snakeCased(path.join('.'));
    throw invalidInput(name || 'body', `${name || 'The body'}: ${message}`);
  };
}

const snakeCased = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function camelCased(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  const camel = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [camel(name), value]));
}

/** The bytes of a mail that was told in words; `raw` goes as it is. */
export function bytesOf(mail: NewMail, to: string, serial: number): Buffer {
  if (mail.raw !== undefined) return Buffer.from(mail.raw);
  const texts = [
    ...(mail.text !== undefined || mail.html === undefined
      ? [textPart('plain', mail.text ?? '', 'utf-8', 'quoted-printable')]
      : []),
    ...(mail.html !== undefined ? [textPart('html', mail.html, 'utf-8', 'quoted-printable')] : []),
  ];
  const content = texts.length === 1 ? texts[0]! : multipart('alternative', `alternative-${serial}`, texts);
  const files = (mail.attachments ?? []).map(({ filename, content_base64, content_type }) =>
    filePart(content_type ?? 'application/octet-stream', filename, Buffer.from(content_base64, 'base64')),
  );
  const date = new Date(mail.date ?? Date.now());
  const parent = mail.in_reply_to;
  return mailBytes(
    [
      `Date: ${date.toUTCString().replace('GMT', '+0000')}`,
      `From: ${correspondent(mail.from ?? 'Amy Adams <amy@elsewhere.example>')}`,
      `To: ${correspondent(mail.to ?? to)}`,
      `Subject: ${headerText(mail.subject ?? '')}`,
      `Message-ID: ${mail.message_id ?? `<${serial}.${date.getTime()}@elsewhere.example>`}`,
      ...(parent ? [`In-Reply-To: ${parent}`, `References: ${parent}`] : []),
    ],
    files.length > 0 ? multipart('mixed', `mixed-${serial}`, [content, ...files]) : content,
  );
}

/** A name beyond ASCII as an encoded word, the address as it is. */
function correspondent(written: string): string {
  const [, name, rest] = /^(.*?)\s*(<[^<>]*>)$/.exec(written) ?? [];
  return name && rest ? `${headerText(name)} ${rest}` : written;
}
