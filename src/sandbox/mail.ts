// A stored mail, the views that show it, and how Gmail's labels hang together with flags and views. Changes nothing.
import type { ViewName } from './folder-names.ts';

/** Where a mail lies: All Mail, or out of it in Spam or Trash. */
export type MailPlace = 'all' | 'spam' | 'trash';

/** A stored mail. `labels` never holds `\Starred` and `\Draft`: they follow from the flags. */
export interface Mail {
  readonly id: bigint;
  readonly threadId: bigint;
  readonly raw: Buffer;
  /** INTERNALDATE, whole seconds as epoch milliseconds. */
  readonly dateMs: number;
  readonly messageId: string;
  readonly labels: Set<string>;
  /** `CATEGORY_PROMOTIONS` and so on, which IMAP never shows. */
  readonly categories: Set<string>;
  readonly flags: Set<string>;
  place: MailPlace;
  modseq: number;
  /** Of the last change that the Gmail API tells of. */
  historyId: bigint;
}

/** One mailbox as IMAP shows it. */
export interface View {
  readonly name: ViewName;
  uidValidity: number;
  uidNext: number;
  highestModseq: number;
  /** By UID, ascending. */
  readonly mails: Map<number, Mail>;
  readonly uids: Map<Mail, number>;
  /** Mails that bear `\Deleted` in this view only. */
  readonly deleted: Set<Mail>;
}

/** Something that a session with this view selected may have to tell. `reset`: the UIDs are void. */
export interface ViewChange {
  readonly kind: 'added' | 'removed' | 'flags' | 'labels' | 'reset';
  readonly view: View;
  readonly uid: number;
}

/** The truth about one mail, to compare a product with. Ids are X-GM-MSGID and X-GM-THRID as 16 hex digits at most. */
export interface MailTruth {
  readonly id: string;
  readonly threadId: string;
  readonly place: MailPlace;
  /** As X-GM-LABELS would show them in no mailbox at all: `\Inbox`, `\Starred`, `Work/Urgent`; sorted. */
  readonly labels: string[];
  /** As the Gmail API shows them: `INBOX`, `UNREAD`, `Label_3`; sorted. */
  readonly labelIds: string[];
  /** `\Seen` and so on, sorted. */
  readonly flags: string[];
  readonly dateMs: number;
  readonly sizeBytes: number;
  /** Of the raw bytes, hex. */
  readonly sha256: string;
  /** UID in each mailbox that shows the mail, by decoded IMAP path. */
  readonly uids: Record<string, number>;
}

export interface DeliverOptions {
  /** Default: `\Inbox`. A category (`CATEGORY_PROMOTIONS`) may be among them. */
  readonly labels?: readonly string[];
  readonly flags?: readonly string[];
  /** Default: now. */
  readonly date?: Date;
  /** Default: `all`. */
  readonly place?: MailPlace;
  /** Default: what the headers say. `own` begins a thread whatever they say. */
  readonly thread?: bigint | 'own';
}

export const LABEL_VIEWS: Readonly<Record<string, ViewName>> = {
  '\\Inbox': 'inbox',
  '\\Sent': 'sent',
  '\\Important': 'important',
  '\\Starred': 'starred',
  '\\Draft': 'drafts',
};
const VIEW_LABELS = Object.fromEntries(Object.entries(LABEL_VIEWS).map(([label, view]) => [view, label]));
export const FLAG_OF_LABEL: Readonly<Record<string, string>> = { '\\Starred': '\\Flagged', '\\Draft': '\\Draft' };
export const SYSTEM_LABELS = new Set([...Object.keys(LABEL_VIEWS), '\\Muted']);

/** The label that lying in a view means; null for All Mail, Spam and Trash. */
export function labelOfView(view: ViewName): string | null {
  return view.startsWith('label:') ? view.slice('label:'.length) : (VIEW_LABELS[view] ?? null);
}

/** All labels of a mail, with those that follow from flags. */
export function labelsOf(mail: Mail): string[] {
  const derived = Object.keys(FLAG_OF_LABEL).filter((label) => mail.flags.has(FLAG_OF_LABEL[label]!));
  return [...mail.labels, ...derived].sort();
}
