// What an answer to a thread needs: whom to write to, its subject, the ids that tie it in. Pure rules; knows no store.
import { invalidInput, notFound } from '../base/errors.ts';
import { isMessageId } from './header-write.ts';
import { LIMITS } from './limits.ts';
import type { Address } from './message.ts';
import { foldRecipients, type Recipients, writableMailbox } from './recipients.ts';
import { sliceCodePoints } from './unicode.ts';
import { oneLine } from './words.ts';

/** A mail of the thread as it was stored. */
export interface ThreadMessage {
  /** Without angle brackets; empty when the mail bears none. */
  readonly messageIdHeader: string;
  /** Ids of References and In-Reply-To, oldest first, without angle brackets. */
  readonly references: readonly string[];
  readonly subject: string;
  readonly from: Address;
  readonly replyTo: readonly Address[];
  readonly to: readonly Address[];
  readonly dateMs: number;
  /** Written by the account's owner. */
  readonly outgoing: boolean;
  readonly labels: readonly string[];
}

export interface ReplyRequest<M extends ThreadMessage> {
  readonly thread: readonly M[];
  /** The mail that the caller answers, one of `thread` itself; null: the thread as a whole, so its last mail. */
  readonly answered: M | null;
  /** The account's own addresses. */
  readonly own: readonly string[];
  /** What the caller gave; an empty `to` is worked out. */
  readonly recipients: Recipients;
  /** Null when the caller gave none. */
  readonly subject: string | null;
}

export interface Reply<M extends ThreadMessage> {
  /** The mail that is answered: In-Reply-To names it, and a quote repeats it. */
  readonly parent: M;
  readonly recipients: Recipients;
  readonly subject: string;
  /** Undefined when the parent bears no id that can be named. */
  readonly inReplyTo: string | undefined;
  readonly references: readonly string[];
}

/** Ids in References: the thread's first and the nearest. */
const MOST_REFERENCES = 50;
const MOST_REFERENCE_CHARS = 8000;

/**
 * A given `to` wins. Left out, it is the sender (Reply-To before From) of the last mail that is not the account's own, up to
 * the one that is answered; in a thread of the account's own mails it is whom the last was written to. The account itself is
 * never added. A given subject is kept when it is the thread's but for its prefixes, since Gmail parts a thread by its subject.
 */
export function planReply<M extends ThreadMessage>(request: ReplyRequest<M>): Reply<M> {
  const mails = upToAnswered(request);
  const parent = request.answered ?? mails.at(-1);
  if (!parent) throw notFound('There is no message in this thread that could be answered.');
  const { recipients, own, subject } = request;
  const to = recipients.to.length > 0 ? recipients.to : otherSide(mails, own);
  return {
    parent,
    recipients: foldRecipients({ ...recipients, to }),
    subject:
      subject !== null && isSameSubject(subject, parent.subject) ? oneLine(subject) : replySubject(parent.subject),
    ...threading(parent),
  };
}

/** In the order of time, without drafts; without Spam and Trash unless all lies there. */
function upToAnswered<M extends ThreadMessage>({ thread, answered }: ReplyRequest<M>): M[] {
  const sent = thread.filter(({ labels }) => !labels.includes('DRAFT')).toSorted((a, b) => a.dateMs - b.dateMs);
  const kept = sent.filter((mail) => mail === answered || !mail.labels.some((label) => HIDDEN.has(label)));
  const mails = kept.length > 0 ? kept : sent;
  const at = answered ? mails.indexOf(answered) : -1;
  return at < 0 ? mails : mails.slice(0, at + 1);
}

const HIDDEN: ReadonlySet<string> = new Set(['SPAM', 'TRASH']);

function otherSide(mails: readonly ThreadMessage[], own: readonly string[]): readonly Address[] {
  const mine = new Set(own.map(mailboxOf));
  const isOwn = ({ address }: Address): boolean => mine.has(mailboxOf(address));
  const others = (people: readonly Address[]): Address[] =>
    people.flatMap((person) => (isOwn(person) ? [] : (writableMailbox(person) ?? [])));
  const theirs = mails.findLast((mail) => !mail.outgoing && !isOwn(mail.from));
  const found = theirs
    ? [theirs.replyTo, [theirs.from]].map(others).find((people) => people.length > 0)
    : mails.map(({ to }) => others(to)).findLast((people) => people.length > 0);
  if (found) return found;
  throw invalidInput('to', 'Nobody in this thread has an address that could be answered.', 'Give to.');
}

/** Gmail delivers to one mailbox whatever dots and tag an address has. */
function mailboxOf(address: string): string {
  const [, local, domain] = /^(.*)@(.*)$/s.exec(address.toLowerCase()) ?? [];
  if (domain !== 'gmail.com' && domain !== 'googlemail.com') return address.toLowerCase();
  return `${local!.replace(/\+.*$/s, '').replaceAll('.', '')}@gmail.com`;
}

/** RFC 5322 section 3.6.4. Ids that cannot be named in a header are passed over. */
function threading(parent: ThreadMessage): Pick<Reply<ThreadMessage>, 'inReplyTo' | 'references'> {
  const inReplyTo = isMessageId(parent.messageIdHeader) ? parent.messageIdHeader : undefined;
  const before = parent.references.filter((id) => id !== inReplyTo && isMessageId(id));
  const all = [...new Set(before), ...(inReplyTo === undefined ? [] : [inReplyTo])];
  const [first, ...rest] = all;
  if (first === undefined) return { inReplyTo, references: [] };
  const nearest: string[] = [];
  let chars = first.length;
  for (const id of rest.toReversed()) {
    chars += id.length + 3;
    if (nearest.length > 0 && (nearest.length >= MOST_REFERENCES - 1 || chars > MOST_REFERENCE_CHARS)) break;
    nearest.unshift(id);
  }
  return { inReplyTo, references: [first, ...nearest] };
}

const COUNTED = String.raw`\s*(?:\[\d{1,3}\]|\(\d{1,3}\)|\^\d{1,3})?\s*[:：]\s*`;
/** `Re` and what it is called elsewhere. Short words that begin subjects of their own (`R:`, `Ref:`) are not taken off. */
const ANSWERS = 're|aw|antw(?:ort)?|sv|vs|res|rif|odp|ynt|atb|vá|отв(?:ет)?|回复|回覆|答复|答覆|返信|회신';
const FORWARDS = 'fwd?|wg|tr|rv|enc|pd|vb|vl|doorst|ilt|転送|转发|轉寄|轉發|전달';
const ANSWER = new RegExp(`^(?:${ANSWERS})${COUNTED}`, 'iu');
const ANSWER_OR_FORWARD = new RegExp(`^(?:${ANSWERS}|${FORWARDS})${COUNTED}`, 'iu');

/** `Re: ` once before the subject of what is answered. */
export function replySubject(subject: string): string {
  return sliceCodePoints(`Re: ${withoutPrefixes(subject, ANSWER)}`.trim(), 0, LIMITS.subjectChars / 2);
}

/** Whether two subjects are one conversation's: equal but for `Re:`, `Fwd:`, their counts and white space. */
export const isSameSubject = (one: string, other: string): boolean =>
  withoutPrefixes(one, ANSWER_OR_FORWARD).normalize() === withoutPrefixes(other, ANSWER_OR_FORWARD).normalize();

function withoutPrefixes(subject: string, prefix: RegExp): string {
  let rest = oneLine(subject);
  for (let i = 0; i < 100; i++) {
    const shorter = rest.replace(prefix, '');
    if (shorter === rest) break;
    rest = shorter;
  }
  return rest;
}
