// What Gmail does with a mail that one of its users submits: a copy in Sent, one for each of its users. Knows no protocol.
import type { Mail } from './mail.ts';
import { type SentForm, sentForm } from './sent-form.ts';
import type { PretendUser } from './user.ts';

/** A mail that was taken, as the wire gave it. */
export interface Submission {
  readonly from: string;
  /** RCPT TO, as it was written, in order; refused ones are not in it. */
  readonly recipients: readonly string[];
  readonly raw: Buffer;
}

/** How the sender's copy is filed. */
export interface Filing extends SentForm {
  /** Default: what the headers say. */
  readonly thread?: bigint | 'own';
}

/**
 * Files a submission and answers the sender's copy. That copy lies in Sent; a copy to the sender's own address is the same mail with the inbox's
 * label too, as at Gmail. Recipients who are no users are outside and get nothing here.
 */
export function file(
  sender: PretendUser,
  submission: Submission,
  findUser: (email: string) => PretendUser | undefined,
  { thread, ...form }: Filing = {},
): Mail {
  const addresses = [sender.email, ...sender.sendAs] as const;
  const raw = sentForm(submission.raw, addresses, { ...form, keepsBcc: false });
  const readers = new Set(submission.recipients.flatMap((address) => findUser(address.toLowerCase()) ?? []));
  const labels = readers.has(sender) ? ['\\Sent', '\\Inbox'] : ['\\Sent'];
  const sent = sender.deliver(sentForm(submission.raw, addresses, form), {
    labels,
    flags: readers.has(sender) ? [] : ['\\Seen'],
    ...(thread !== undefined && { thread }),
  });
  for (const reader of readers) {
    if (reader === sender) continue;
    const trace = [
      `Delivered-To: ${reader.email}`,
      'Received: by 2002:a05:6000:18 with SMTP id sandbox;',
      `        ${new Date().toUTCString().replace('GMT', '+0000')}`,
      `Return-Path: <${sender.email}>`,
      '',
    ].join('\r\n');
    reader.deliver(Buffer.concat([Buffer.from(trace), raw]));
  }
  return sender.find(sent.id)!;
}
