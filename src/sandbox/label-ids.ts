// A person's labels by the ids that the Gmail API gives them, and a mail's labels as ids. Changes no mail.
import { labelsOf, type Mail } from './mail.ts';

/** Gmail's own labels over IMAP and their ids. `\Muted` has none. */
const SYSTEM_IDS: Readonly<Record<string, string>> = {
  '\\Inbox': 'INBOX',
  '\\Sent': 'SENT',
  '\\Important': 'IMPORTANT',
  '\\Starred': 'STARRED',
  '\\Draft': 'DRAFT',
};

export const CATEGORIES: readonly string[] = [
  'CATEGORY_PERSONAL',
  'CATEGORY_SOCIAL',
  'CATEGORY_PROMOTIONS',
  'CATEGORY_UPDATES',
  'CATEGORY_FORUMS',
];

/** Every system label, as the API lists them. */
export const SYSTEM_LABEL_IDS: readonly string[] = [
  'CHAT',
  'SENT',
  'INBOX',
  'IMPORTANT',
  'TRASH',
  'DRAFT',
  'SPAM',
  ...CATEGORIES,
  'STARRED',
  'UNREAD',
];

/** The label over IMAP that an id of the API means; undefined for those that are none there. */
export function systemLabelOf(id: string): string | undefined {
  return Object.keys(SYSTEM_IDS).find((label) => SYSTEM_IDS[label] === id);
}

/** Ids of one mailbox: given once to a label and kept when it is renamed. */
export class LabelIds {
  readonly #byName = new Map<string, string>();
  #serial = 0;

  add(name: string): void {
    if (!this.#byName.has(name)) this.#byName.set(name, `Label_${++this.#serial}`);
  }

  /** A label that `to` names already keeps its own id. */
  rename(from: string, to: string): void {
    const id = this.#byName.get(from);
    if (id !== undefined && !this.#byName.has(to)) this.#byName.set(to, id);
  }

  delete(name: string): void {
    this.#byName.delete(name);
  }

  idOf(name: string): string | undefined {
    return this.#byName.get(name);
  }

  nameOf(id: string): string | undefined {
    for (const [name, each] of this.#byName) if (each === id) return name;
    return undefined;
  }

  /** Name and id of each, in the order in which they were made. */
  entries(): [name: string, id: string][] {
    return [...this.#byName];
  }

  /** What the API shows as `labelIds`, sorted. */
  of(mail: Mail): string[] {
    const ids = new Set<string>(mail.categories);
    for (const label of labelsOf(mail)) {
      const id = SYSTEM_IDS[label] ?? this.#byName.get(label);
      if (id !== undefined) ids.add(id);
    }
    if (!mail.flags.has('\\Seen')) ids.add('UNREAD');
    if (mail.place !== 'all') ids.add(mail.place.toUpperCase());
    return [...ids].sort();
  }
}
