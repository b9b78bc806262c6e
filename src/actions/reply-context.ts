// What a reply takes from the mailbox: the thread, the mail that is answered, a quote of it. Knows no outbox.
import { AppError, invalidInput, notFound } from '../base/errors.ts';
import { languageOfQuotes } from '../mail/attribution.ts';
import { isMessageId } from '../mail/header-write.ts';
import { withQuote } from '../mail/quote-reply.ts';
import type { Recipients } from '../mail/recipients.ts';
import { planReply } from '../mail/reply.ts';
import { messageIds, referencesInHeader } from '../mail/thread.ts';
import type { AccountRow } from '../store/control.ts';
import type { MailboxReader, Reading } from '../store/mailbox-reader.ts';

export interface ReplyWish {
  readonly thread_id?: string | undefined;
  /** An id of ours, or a Message-ID. */
  readonly in_reply_to?: string | undefined;
  readonly subject?: string | undefined;
  readonly body?: string | undefined;
  readonly html?: string | undefined;
  readonly quote?: boolean | undefined;
}

/** What a draft takes over. */
export interface ReplyParts {
  /** Gmail's id of the thread; null where ids are not Gmail's, or the parent is not here. */
  readonly threadId: string | null;
  readonly recipients: Recipients;
  readonly subject: string;
  readonly inReplyTo: string | undefined;
  readonly references: readonly string[];
  readonly text: string | undefined;
  readonly html: string | undefined;
}

/** Of a long thread the latest mails decide. */
const MOST_MAILS = 100;

/**
 * The parts of a reply. Throws `not_found` for a thread or a mail that is not here, except for a Message-ID in
 * `in_reply_to`: that is named in the header all the same, when the caller says to whom and about what.
 */
export function replyParts(
  mailbox: MailboxReader | null,
  account: AccountRow,
  wish: ReplyWish,
  recipients: Recipients,
): ReplyParts {
  const { body, html } = wish;
  const found = mailbox && threadOf(mailbox, wish);
  if (!found) return unknownParent(wish, recipients);
  const { answered, thread, threadId } = found;
  const reply = planReply({
    thread,
    answered,
    own: [account.email],
    recipients,
    subject: wish.subject?.trim() || null,
  });
  const { parent, ...rest } = reply;
  const parts = { ...rest, threadId };
  if (!wish.quote) return { ...parts, text: body, html };
  const before = thread.filter(({ dateMs }) => dateMs <= parent.dateMs).toSorted((a, b) => b.dateMs - a.dateMs);
  const language = languageOfQuotes(before.map((mail) => mail.text));
  const words = withQuote({ text: body, html }, parent, account.timezone, language);
  return { ...parts, ...words };
}

type Mail = Reading & { readonly references: readonly string[] };

interface Found {
  readonly thread: Mail[];
  readonly answered: Mail | null;
  readonly threadId: string | null;
}

function threadOf(mailbox: MailboxReader, wish: ReplyWish): Found | null {
  const answered = wish.in_reply_to === undefined ? null : mailOf(mailbox, wish.in_reply_to);
  if (wish.in_reply_to !== undefined && answered === null) {
    if (wish.thread_id === undefined) return null;
    throw notFound('There is no message in_reply_to.', 'Leave it out: thread_id alone answers the last message.');
  }
  const thread = mailbox.resolveThread(wish.thread_id ?? answered!.id);
  if (!thread) throw notFound('There is no such thread.', 'A thread_id from a search is expected.');
  if (answered && wish.thread_id !== undefined && answered.threadId !== thread.id)
    throw invalidInput('in_reply_to', 'in_reply_to is not in this thread.', 'Leave one of the two out.');
  const mails = thread.keys.slice(-MOST_MAILS).flatMap((key) => readMail(mailbox, key) ?? []);
  const inThread = mails.find(({ id }) => id === answered?.id) ?? answered;
  return { thread: mails, answered: inThread, threadId: thread.gmail ? thread.id : null };
}

function mailOf(mailbox: MailboxReader, reference: string): Mail | null {
  const keys = mailbox.resolve(reference);
  if (keys.length > 1) throw notFound('Several messages fit in_reply_to.', 'A message_id from a search is expected.');
  return keys.length === 1 ? readMail(mailbox, keys[0]!) : null;
}

function readMail(mailbox: MailboxReader, key: bigint): Mail | null {
  const reading = mailbox.read(key);
  return reading && { ...reading, references: referencesInHeader(mailbox.headerBlock(key)) };
}

function unknownParent(wish: ReplyWish, recipients: Recipients): ReplyParts {
  if (wish.thread_id !== undefined)
    throw notFound('There is no such thread.', 'A thread_id from a search is expected.');
  const [id] = messageIds(wish.in_reply_to ?? '');
  if (id === undefined || !isMessageId(id))
    throw notFound('There is no message in_reply_to.', 'A message_id from a search or a Message-ID is expected.');
  if (recipients.to.length + recipients.cc.length + recipients.bcc.length === 0 || !wish.subject?.trim())
    throw new AppError('not_found', 'The message in_reply_to is not in this mailbox.', {
      field: 'in_reply_to',
      hint: 'Give to and subject, or the id of a message that is here.',
    });
  const { subject, body: text, html } = wish;
  return { recipients, subject, text, html, inReplyTo: id, references: [id], threadId: null };
}
