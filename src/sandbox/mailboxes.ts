// The mail of one pretend user and Gmail's label semantics: a mail lies once, mailboxes are views. Knows no protocol.
import { createHash } from 'node:crypto';
import { type Language, pathOf, SYSTEM_VIEWS, type ViewName } from './folder-names.ts';
import { type Reference, referenceOf, Threads } from './threads.ts';

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
  readonly flags: Set<string>;
  place: MailPlace;
  modseq: number;
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
  /** Default: `\Inbox`. */
  readonly labels?: readonly string[];
  readonly flags?: readonly string[];
  /** Default: now. */
  readonly date?: Date;
  /** Default: `all`. */
  readonly place?: MailPlace;
}

const LABEL_VIEWS: Readonly<Record<string, ViewName>> = {
  '\\Inbox': 'inbox',
  '\\Sent': 'sent',
  '\\Important': 'important',
  '\\Starred': 'starred',
  '\\Draft': 'drafts',
};
const VIEW_LABELS = Object.fromEntries(Object.entries(LABEL_VIEWS).map(([label, view]) => [view, label]));
const FLAG_OF_LABEL: Readonly<Record<string, string>> = { '\\Starred': '\\Flagged', '\\Draft': '\\Draft' };
const SYSTEM_LABELS = new Set([...Object.keys(LABEL_VIEWS), '\\Muted']);

/** The label that lying in a view means; null for All Mail, Spam and Trash. */
export function labelOfView(view: ViewName): string | null {
  return view.startsWith('label:') ? view.slice('label:'.length) : (VIEW_LABELS[view] ?? null);
}

/** All labels of a mail, with those that follow from flags. */
export function labelsOf(mail: Mail): string[] {
  const derived = Object.keys(FLAG_OF_LABEL).filter((label) => mail.flags.has(FLAG_OF_LABEL[label]!));
  return [...mail.labels, ...derived].sort();
}

/** One user's mail. Every change is told to the listeners after it is complete; nothing here waits. */
export class Mailbox {
  readonly language: Language;
  readonly #views = new Map<ViewName, View>();
  readonly #mails = new Map<string, Mail>();
  readonly #byMessageId = new Map<string, Mail>();
  readonly #threads = new Threads();
  readonly #listeners = new Set<(change: ViewChange) => void>();
  #modseq = 1000;
  #validity = 10;
  #serial = 0;

  constructor(language: Language) {
    this.language = language;
    for (const name of ['inbox', ...SYSTEM_VIEWS] as const) this.#addView(name);
  }

  /** The views in LIST's order: INBOX, labels by name, Gmail's own. */
  get views(): View[] {
    const labels = [...this.#views.keys()].filter((name) => name.startsWith('label:')).sort();
    return (['inbox', ...labels, ...SYSTEM_VIEWS] as ViewName[]).map((name) => this.#views.get(name)!);
  }

  view(name: ViewName): View | undefined {
    return this.#views.get(name);
  }

  /** Tells of every change from now on; the answer ends it. */
  onChange(listener: (change: ViewChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A new mail. Labels that do not exist yet are created. */
  deliver(raw: Uint8Array | string, options: DeliverOptions = {}): MailTruth {
    return this.describe(this.#store(Buffer.from(raw as Uint8Array), options, null));
  }

  /**
   * What APPEND does: a mail whose Message-ID lies in All Mail already is not stored again but takes the labels and
   * flags of the new copy.
   */
  append(raw: Buffer, options: DeliverOptions): Mail {
    const reference = referenceOf(raw);
    const known = this.#byMessageId.get(reference.messageId);
    if (known?.place !== 'all' || (options.place ?? 'all') !== 'all') {
      return this.#store(raw, options, reference);
    }
    for (const label of options.labels ?? []) this.#setLabel(known, label, true);
    for (const flag of options.flags ?? []) known.flags.add(flag);
    this.#settle(known, 'labels');
    return known;
  }

  setFlags(id: string, flags: readonly string[]): void {
    this.changeFlags(this.#mail(id), 'set', flags);
  }

  addLabel(id: string, label: string): void {
    this.changeLabels(this.#mail(id), 'add', [label]);
  }

  removeLabel(id: string, label: string): void {
    this.changeLabels(this.#mail(id), 'remove', [label]);
  }

  archive(id: string): void {
    this.removeLabel(id, '\\Inbox');
  }

  /** To the inbox, from wherever it lies. */
  inbox(id: string): void {
    const mail = this.#mail(id);
    mail.labels.add('\\Inbox');
    this.move(mail, 'all');
  }

  trash(id: string): void {
    this.move(this.#mail(id), 'trash');
  }

  spam(id: string): void {
    this.move(this.#mail(id), 'spam');
  }

  /** For good, from everywhere. */
  remove(id: string): void {
    this.destroy(this.#mail(id));
  }

  changeFlags(mail: Mail, how: 'set' | 'add' | 'remove', flags: readonly string[]): void {
    const before = [...mail.flags].sort().join(' ');
    if (how === 'set') mail.flags.clear();
    for (const flag of flags) how === 'remove' ? mail.flags.delete(flag) : mail.flags.add(flag);
    if ([...mail.flags].sort().join(' ') !== before) this.#settle(mail, 'flags');
  }

  changeLabels(mail: Mail, how: 'set' | 'add' | 'remove', labels: readonly string[]): void {
    const before = labelsOf(mail).join('\n');
    if (how === 'set') for (const label of labelsOf(mail)) this.#setLabel(mail, label, false);
    for (const label of labels) this.#setLabel(mail, label, how !== 'remove');
    if (labelsOf(mail).join('\n') !== before) this.#settle(mail, 'labels');
  }

  /** To another place. Trash and Spam take a mail out of its inbox and of every other view; labels stay with it. */
  move(mail: Mail, place: MailPlace): void {
    mail.place = place;
    if (place !== 'all') mail.labels.delete('\\Inbox');
    this.#settle(mail, 'labels');
  }

  destroy(mail: Mail): void {
    this.#mails.delete(mail.id.toString(16));
    if (this.#byMessageId.get(mail.messageId) === mail) this.#byMessageId.delete(mail.messageId);
    mail.modseq = ++this.#modseq;
    this.#place(mail, new Set(), null);
  }

  createLabel(name: string): View {
    return this.#views.get(`label:${name}`) ?? this.#addView(`label:${name}`);
  }

  /** The label goes; its mails stay. */
  deleteLabel(name: string): void {
    const view = this.#views.get(`label:${name}`);
    for (const mail of [...(view?.mails.values() ?? [])]) this.changeLabels(mail, 'remove', [name]);
    for (const mail of this.#mails.values()) mail.labels.delete(name);
    this.#views.delete(`label:${name}`);
  }

  renameLabel(from: string, to: string): void {
    const mails = [...this.#mails.values()].filter((mail) => mail.labels.has(from));
    this.createLabel(to);
    for (const mail of mails) this.changeLabels(mail, 'add', [to]);
    this.deleteLabel(from);
  }

  /** New UIDs and a new UIDVALIDITY for one view, or for all. */
  changeUidValidity(name?: ViewName): void {
    for (const view of name ? [this.#views.get(name)!] : this.views) {
      const mails = [...view.mails.values()];
      view.mails.clear();
      view.uids.clear();
      view.uidValidity = ++this.#validity;
      view.uidNext = 1;
      for (const mail of mails) this.#enter(view, mail);
      this.#tell({ kind: 'reset', view, uid: 0 });
    }
  }

  /** How many mails there are, everywhere. */
  get size(): number {
    return this.#mails.size;
  }

  mails(): IterableIterator<Mail> {
    return this.#mails.values();
  }

  /** The mail with this id, in hex. */
  find(id: string): Mail | undefined {
    return this.#mails.get(id.toLowerCase());
  }

  /** Every mail of the user, oldest delivery first. */
  truth(): MailTruth[] {
    return [...this.#mails.values()].map((mail) => this.describe(mail));
  }

  describe(mail: Mail): MailTruth {
    const uids: Record<string, number> = {};
    for (const view of this.#views.values()) {
      const uid = view.uids.get(mail);
      if (uid !== undefined) uids[pathOf(view.name, this.language)] = uid;
    }
    return {
      id: mail.id.toString(16),
      threadId: mail.threadId.toString(16),
      place: mail.place,
      labels: labelsOf(mail),
      flags: [...mail.flags].sort(),
      dateMs: mail.dateMs,
      sizeBytes: mail.raw.length,
      sha256: createHash('sha256').update(mail.raw).digest('hex'),
      uids,
    };
  }

  #store(raw: Buffer, options: DeliverOptions, known: Reference | null): Mail {
    const reference = known ?? referenceOf(raw);
    const dateMs = Math.floor((options.date?.getTime() ?? Date.now()) / 1000) * 1000;
    // Like Gmail's: the arrival time above, a serial number below; far beyond 2^53.
    const id = (BigInt(dateMs) << 20n) | BigInt(++this.#serial & 0xfffff);
    const mail: Mail = {
      id,
      threadId: this.#threads.join(reference, id),
      raw,
      dateMs,
      messageId: reference.messageId,
      labels: new Set(),
      flags: new Set(options.flags ?? []),
      place: options.place ?? 'all',
      modseq: 0,
    };
    const defaults = mail.place === 'all' ? ['\\Inbox'] : [];
    for (const label of options.labels ?? defaults) this.#setLabel(mail, label, true);
    this.#mails.set(id.toString(16), mail);
    if (reference.messageId) this.#byMessageId.set(reference.messageId, mail);
    this.#settle(mail, null);
    return mail;
  }

  #mail(id: string): Mail {
    const mail = this.#mails.get(id);
    if (!mail) throw new Error(`the pretend mailbox has no mail ${id}`);
    return mail;
  }

  #setLabel(mail: Mail, label: string, on: boolean): void {
    const flag = FLAG_OF_LABEL[label];
    if (flag) on ? mail.flags.add(flag) : mail.flags.delete(flag);
    else if (!on) mail.labels.delete(label);
    else {
      if (!SYSTEM_LABELS.has(label)) this.createLabel(label);
      mail.labels.add(label);
    }
  }

  /** Brings the views in line with the mail's place and labels, and tells what changed. */
  #settle(mail: Mail, change: 'flags' | 'labels' | null): void {
    mail.modseq = ++this.#modseq;
    const wanted = new Set<ViewName>([mail.place]);
    if (mail.place === 'all') {
      for (const label of labelsOf(mail)) if (label !== '\\Muted') wanted.add(LABEL_VIEWS[label] ?? `label:${label}`);
    }
    this.#place(mail, wanted, change);
  }

  #place(mail: Mail, wanted: ReadonlySet<ViewName>, change: 'flags' | 'labels' | null): void {
    const changes: ViewChange[] = [];
    for (const view of this.#views.values()) {
      const uid = view.uids.get(mail);
      if (uid === undefined && !wanted.has(view.name)) continue;
      view.highestModseq = mail.modseq;
      if (uid === undefined) changes.push({ kind: 'added', view, uid: this.#enter(view, mail) });
      else if (wanted.has(view.name)) {
        if (change) changes.push({ kind: change, view, uid });
      } else {
        view.mails.delete(uid);
        view.uids.delete(mail);
        view.deleted.delete(mail);
        changes.push({ kind: 'removed', view, uid });
      }
    }
    for (const each of changes) this.#tell(each);
  }

  #enter(view: View, mail: Mail): number {
    const uid = view.uidNext++;
    view.mails.set(uid, mail);
    view.uids.set(mail, uid);
    return uid;
  }

  #addView(name: ViewName): View {
    const view: View = {
      name,
      uidValidity: ++this.#validity,
      uidNext: 1,
      highestModseq: this.#modseq,
      mails: new Map(),
      uids: new Map(),
      deleted: new Set(),
    };
    this.#views.set(name, view);
    return view;
  }

  #tell(change: ViewChange): void {
    for (const listener of [...this.#listeners]) listener(change);
  }
}
