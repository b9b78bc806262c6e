// Label ids of the Gmail API in the words of the house. Pure; knows no request.
import type { Flag, LabelRef, Place, SystemLabel } from '../../mail/change.ts';

const SYSTEM: ReadonlySet<string> = new Set<SystemLabel>([
  'INBOX',
  'SENT',
  'SPAM',
  'TRASH',
  'IMPORTANT',
  'MUTED',
  'CHAT',
  'CATEGORY_PERSONAL',
  'CATEGORY_SOCIAL',
  'CATEGORY_PROMOTIONS',
  'CATEGORY_UPDATES',
  'CATEGORY_FORUMS',
]);

export interface LabelResource {
  readonly id: string;
  readonly name: string;
  readonly type: string;
}

/** What the labels of one mail say of it. */
export interface Marks {
  readonly flags: readonly Flag[];
  readonly labels: readonly LabelRef[];
}

/** The labels of ONE mailbox, as they were last listed. */
export class LabelBook {
  readonly #users: ReadonlyMap<string, LabelRef>;
  readonly #listed: readonly LabelResource[];

  constructor(listed: readonly LabelResource[]) {
    this.#listed = listed;
    // Gmail's own ids are Gmail's, also where a server does not say so.
    const users = listed.filter(({ id, type }) => type === 'user' && !SYSTEM.has(id) && !FLAGS.has(id));
    this.#users = new Map(users.map(({ id, name }) => [id, { type: 'user', id, name }]));
  }

  /** Every id that mails may bear, for listing them by label. */
  get ids(): string[] {
    return this.#listed.map(({ id }) => id);
  }

  /** Whether nothing is missing to say what these ids mean. */
  knows(labelIds: Iterable<string>): boolean {
    const listed = new Set(this.ids);
    return [...labelIds].every((id) => FLAGS.has(id) || SYSTEM.has(id) || listed.has(id));
  }

  /**
   * A place for each label that a person made, so that an empty one is seen and a renamed one keeps who it is, and for each of
   * Gmail's categories, so that they are known to be told.
   */
  places(): Place[] {
    return this.#listed.flatMap(({ id }) => {
      const label = this.#users.get(id) ?? (/^CATEGORY_/.test(id) ? systemLabel(id) : null);
      return label ? [{ path: `label:${id}`, label, messages: 0 }] : [];
    });
  }

  /** Of a mail that bears exactly these. */
  marks(labelIds: readonly string[]): Marks {
    const flags: Flag[] = labelIds.includes('UNREAD') ? [] : ['seen'];
    if (labelIds.includes('STARRED')) flags.push('flagged');
    if (labelIds.includes('DRAFT')) flags.push('draft');
    return { flags, labels: this.#labels(labelIds) };
  }

  /** What a mail gains by getting these labels, and what it loses. */
  gaining(labelIds: readonly string[]): { gained: Marks; lost: Marks } {
    const flags: Flag[] = labelIds.flatMap((id) => (id === 'UNREAD' ? [] : (FLAGS.get(id) ?? [])));
    return {
      gained: { flags, labels: this.#labels(labelIds) },
      lost: { flags: labelIds.includes('UNREAD') ? ['seen'] : [], labels: [] },
    };
  }

  /** The other way round. */
  losing(labelIds: readonly string[]): { gained: Marks; lost: Marks } {
    const { gained, lost } = this.gaining(labelIds);
    return { gained: lost, lost: gained };
  }

  #labels(labelIds: readonly string[]): LabelRef[] {
    return labelIds.flatMap((id) => this.#users.get(id) ?? (SYSTEM.has(id) ? (systemLabel(id) ?? []) : []));
  }
}

/** Labels that are flags here. */
const FLAGS: ReadonlyMap<string, Flag> = new Map([
  ['UNREAD', 'seen'],
  ['STARRED', 'flagged'],
  ['DRAFT', 'draft'],
]);

const systemLabel = (id: string): LabelRef | null =>
  SYSTEM.has(id) ? { type: 'system', id: id as SystemLabel } : null;
