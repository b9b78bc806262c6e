// The smallest store there can be: what a source told, in memory, as the words of a change want it kept. Knows no SQL.
import type { MailSource } from '../../src/backend/port.ts';
import type {
  Change,
  Copy,
  Flag,
  Identity,
  LabelRef,
  PartDescription,
  Place,
  RawMessage,
  Uid,
} from '../../src/mail/change.ts';

export interface MirroredCopy extends Copy {
  readonly identity: Identity;
  readonly uidValidity: number;
  readonly live: boolean;
}

export interface MirroredMail {
  source: Uint8Array | null;
  partial: boolean;
  parts: readonly PartDescription[];
  readonly gmail: RawMessage['gmail'];
  readonly dateMs: number;
  readonly sizeBytes: number;
}

export class Mirror {
  places: readonly Place[] = [];
  readonly cursors = new Map<string, string>();
  /** By place, then `uidValidity:uid`. */
  readonly copies = new Map<string, Map<string, MirroredCopy>>();
  readonly mails = new Map<Identity, MirroredMail>();
  /** Draft ids by message id. */
  drafts: ReadonlyMap<string, string> = new Map();
  /** How often a copy was told that was held already. */
  repeats = 0;

  apply(change: Change<RawMessage>): void {
    if (change.kind === 'places') {
      this.places = change.places;
      for (const path of this.copies.keys())
        if (!change.places.some((place) => place.path === path)) {
          this.copies.delete(path);
          this.cursors.delete(path);
        }
      return;
    }
    if (change.kind === 'waiting') return;
    if (change.kind === 'settled') {
      const lying = new Set(this.all().map(({ identity }) => identity));
      for (const identity of this.mails.keys()) if (!lying.has(identity)) this.mails.delete(identity);
      return;
    }
    if (change.kind === 'drafts') {
      this.drafts = new Map(change.drafts.map(({ draftId, messageId }) => [messageId, draftId]));
      return;
    }
    const { path, uidValidity } = change;
    const here = this.copies.get(path) ?? new Map<string, MirroredCopy>();
    this.copies.set(path, here);
    if (change.kind === 'messages')
      for (const { copy, identity, source, partial, parts, gmail, dateMs, sizeBytes } of change.messages) {
        const key = `${uidValidity}:${copy.uid}`;
        if (here.has(key)) this.repeats += 1;
        here.set(key, { ...copy, identity, uidValidity, live: change.live });
        const known = this.mails.get(identity);
        if (source === null && !known) throw new Error(`${identity} came without bytes and is not known`);
        if (source) this.mails.set(identity, { source, partial, parts, gmail, dateMs, sizeBytes });
      }
    if (change.kind === 'flags')
      for (const copy of change.copies) {
        const held = here.get(`${uidValidity}:${copy.uid}`);
        if (held) here.set(`${uidValidity}:${copy.uid}`, { ...held, ...copy });
      }
    if (change.kind === 'present') {
      const there = new Set<Uid>(change.uids);
      for (const [key, copy] of here)
        if (copy.uidValidity !== uidValidity || (copy.uid < change.below && !there.has(copy.uid))) here.delete(key);
    }
    if (change.kind === 'gone') for (const uid of change.uids) here.delete(`${uidValidity}:${uid}`);
    if (change.kind === 'relabelled')
      for (const { uid, gained, lost } of change.steps) {
        const held = here.get(`${uidValidity}:${uid}`);
        if (!held) continue;
        const flags = without<Flag>(held.flags, lost.flags, String).concat(without(gained.flags, held.flags, String));
        const labels = without(held.labels ?? [], [...lost.labels, ...gained.labels], labelKey).concat(gained.labels);
        here.set(`${uidValidity}:${uid}`, { ...held, flags, labels });
      }
    if (change.cursor !== null) this.cursors.set(path, change.cursor);
  }

  all(): MirroredCopy[] {
    return [...this.copies.values()].flatMap((copies) => [...copies.values()]);
  }

  in(path: string): MirroredCopy[] {
    return [...(this.copies.get(path)?.values() ?? [])];
  }

  readonly knows = async (identities: readonly Identity[]): Promise<ReadonlySet<Identity>> =>
    new Set(identities.filter((identity) => this.mails.has(identity)));

  /** One round, applied as it comes; `until` ends it early. Answers what came. */
  async round(
    source: MailSource,
    scope: 'all' | 'new' = 'all',
    until: (change: Change<RawMessage>) => boolean = () => false,
  ): Promise<Change<RawMessage>[]> {
    const came: Change<RawMessage>[] = [];
    const { cursors, knows } = this;
    const signal = new AbortController().signal;
    for await (const change of source.changes({ cursors: new Map(cursors), scope, knows, signal })) {
      came.push(change);
      this.apply(change);
      if (until(change)) break;
    }
    return came;
  }

  /** The text of a header of each mail, for comparing with what was put in. */
  subjects(copies: readonly MirroredCopy[]): string[] {
    return copies.map(({ identity }) => subjectOf(this.mails.get(identity)?.source ?? null)).toSorted();
  }
}

const without = <T>(all: readonly T[], some: readonly T[], key: (each: T) => string): T[] =>
  all.filter((each) => !some.some((other) => key(other) === key(each)));

const labelKey = (label: LabelRef): string => `${label.type}:${label.id ?? ''}`;

export function subjectOf(source: Uint8Array | null): string {
  return /^subject: *(.*?)\r?$/im.exec(Buffer.from(source ?? []).toString('latin1'))?.[1] ?? '';
}
