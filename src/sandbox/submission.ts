// What Gmail does with a mail that one of its users submits: a copy in Sent, one for each of its users. Knows no protocol.
import { sentForm } from './sent-form.ts';
import type { PretendUser } from './user.ts';

/** A mail that was taken, as the wire gave it. */
export interface Submission {
  readonly from: string;
  /** RCPT TO, as it was written, in order; refused ones are not in it. */
  readonly recipients: readonly string[];
  readonly raw: Buffer;
}

/**
 * Files a submission. The sender's copy lies in Sent; a copy to the sender's own address is the same mail with the inbox's
 * label too, as at Gmail. Recipients who are no users are outside and get nothing here.
 */
export function file(
  sender: PretendUser,
  submission: Submission,
  findUser: (email: string) => PretendUser | undefined,
): void {
  const raw = sentForm(submission.raw, [sender.email, ...sender.sendAs]);
  const readers = new Set(submission.recipients.flatMap((address) => findUser(address.toLowerCase()) ?? []));
  const labels = readers.has(sender) ? ['\\Sent', '\\Inbox'] : ['\\Sent'];
  sender.deliver(raw, { labels, flags: readers.has(sender) ? [] : ['\\Seen'] });
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
}
