// The mail of one pretend user and Gmail's label semantics: a mail lies once, mailboxes are views. Knows no protocol.
import { createHash } from 'node:crypto';
import { type Language, pathOf, SYSTEM_VIEWS, type ViewName } from './folder-names.ts';
import { CATEGORIES, LabelIds, systemLabelOf } from './label-ids.ts';
import {
  type DeliverOptions,
  FLAG_OF_LABEL,
  LABEL_VIEWS,
  labelsOf,
  type Mail,
  type MailPlace,
  type MailTruth,
  SYSTEM_LABELS,
  type View,
  type ViewChange,
} from './mail.ts';
import { MailHistory } from './mail-history.ts';
import { type Reference, referenceOf, Threads } from './threads.ts';

/** One user's mail. Every change is told to the listeners after it is complete; nothing here waits. */
export class Mailbox {
  readonly language: Language;
  readonly labelIds = new LabelIds();
  readonly history = new MailHistory();
  readonly #views = new Map<ViewName, View>();
  readonly #mails = new Map<string, Mail>();
  readonly #byMessageId = new Map<string, Mail>();
  readonly #threads = new Threads();
  readonly #listeners = new Set<(change: ViewChange) => void>();
  #modseq = 1000;
  #validity = 10;
  #serial = 0;
  readonly #salt: bigint;

  /** `owner` makes ids that no other mailbox is likely to have. */
  constructor(language: Language, owner = '') {
    this.language = language;
    this.#salt = BigInt(createHash('sha256').update(owner).digest().readUInt32BE()) % 1000n;
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

  /**
   * What the API calls modify: labels by their ids, all in one step. Trash, Spam and UNREAD are labels here. Ids that are
   * unknown or no label of a mail change nothing.
   */
  changeLabelIds(mail: Mail, gained: readonly string[], lost: readonly string[]): void {
    const before = this.labelIds.of(mail).join(' ');
    const flags = [...mail.flags].join(' ');
    for (const [ids, on] of [
      [lost, false],
      [gained, true],
    ] as const)
      for (const id of ids) this.#setLabelId(mail, id, on);
    if (mail.place !== 'all') mail.labels.delete('\\Inbox');
    if (this.labelIds.of(mail).join(' ') === before) return;
    this.#settle(mail, [...mail.flags].join(' ') === flags ? 'labels' : 'flags');
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
    this.history.noteRemoval(mail);
    this.#place(mail, new Set(), null);
  }

  createLabel(name: string): View {
    this.labelIds.add(name);
    return this.#views.get(`label:${name}`) ?? this.#addView(`label:${name}`);
  }

  /** The label goes; its mails stay. */
  deleteLabel(name: string): void {
    for (const mail of this.#mails.values()) if (mail.labels.has(name)) this.changeLabels(mail, 'remove', [name]);
    this.#views.delete(`label:${name}`);
    this.labelIds.delete(name);
  }

  renameLabel(from: string, to: string): void {
    const mails = [...this.#mails.values()].filter((mail) => mail.labels.has(from));
    this.labelIds.rename(from, to);
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
      labelIds: this.labelIds.of(mail),
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
    // Like Gmail's: the arrival time above, a serial number below; far beyond 2^53. Milliseconds tell mailboxes apart.
    const id = ((BigInt(dateMs) + this.#salt) << 20n) | BigInt(++this.#serial & 0xfffff);
    const mail: Mail = {
      id,
      threadId: this.#threads.join(reference, id, options.thread === 'own' ? id : options.thread),
      raw,
      dateMs,
      messageId: reference.messageId,
      labels: new Set(),
      categories: new Set(),
      flags: new Set(options.flags ?? []),
      place: options.place ?? 'all',
      modseq: 0,
      historyId: 0n,
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
    else if (CATEGORIES.includes(label)) on ? mail.categories.add(label) : mail.categories.delete(label);
    else if (!on) mail.labels.delete(label);
    else {
      if (!SYSTEM_LABELS.has(label)) this.createLabel(label);
      mail.labels.add(label);
    }
  }

  #setLabelId(mail: Mail, id: string, on: boolean): void {
    if (id === 'TRASH' || id === 'SPAM') {
      const place = id === 'TRASH' ? 'trash' : 'spam';
      if (on) mail.place = place;
      else if (mail.place === place) mail.place = 'all';
    } else if (id === 'UNREAD') on ? mail.flags.delete('\\Seen') : mail.flags.add('\\Seen');
    else {
      if (id === 'INBOX' && on) mail.place = 'all';
      const label = CATEGORIES.includes(id) ? id : (systemLabelOf(id) ?? this.labelIds.nameOf(id));
      if (label !== undefined) this.#setLabel(mail, label, on);
    }
  }

  /** Brings the views in line with the mail's place and labels, and tells what changed. */
  #settle(mail: Mail, change: 'flags' | 'labels' | null): void {
    mail.modseq = ++this.#modseq;
    this.history.note(mail, this.labelIds.of(mail));
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
