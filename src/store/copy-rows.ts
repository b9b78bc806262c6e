// Where the copies of mails lie and what each says of its mail. Knows no mail's text and no server.
import type { Statement } from 'better-sqlite3';
import type { Copy, Flag, Place, Relabelling, Uid } from '../mail/change.ts';
import type { LabelRows } from './label-rows.ts';
import type { Database } from './mailbox-file.ts';
import type { CopyState } from './standing.ts';

export interface PlaceRow {
  readonly id: bigint;
  readonly path: string;
  readonly label: bigint | null;
}

/** Where one copy lies. */
interface Spot {
  readonly place: PlaceRow;
  readonly uidValidity: number;
  readonly uid: Uid;
}

interface StateAt extends StateRow {
  readonly message: bigint;
}

interface StateRow extends Record<'seen' | 'flagged' | 'draft' | 'answered', bigint> {
  readonly home: bigint | null;
  readonly told: string | null;
}

export class CopyRows {
  readonly #sql: ReturnType<typeof prepare>;
  readonly #labels: LabelRows;

  constructor(db: Database, labels: LabelRows) {
    this.#sql = prepare(db);
    this.#labels = labels;
  }

  places(): PlaceRow[] {
    return this.#sql.places.all() as PlaceRow[];
  }

  place(path: string): PlaceRow | undefined {
    return this.#sql.place.get(path) as PlaceRow | undefined;
  }

  keepPlace({ path, label, messages }: Place): void {
    this.#sql.keepPlace.run(path, label && this.#labels.row(label), messages);
  }

  /** Takes a place away with all copies in it. */
  forgetPlace(id: bigint): void {
    this.#sql.dropAll.run(id);
    this.#sql.forgetPlace.run(id);
  }

  /** The mails with a copy in a place. */
  inPlace(id: bigint): bigint[] {
    return this.#sql.inPlace.all(id) as bigint[];
  }

  /** Takes away the copies that do not lie in the place any more; answers their mails. */
  keepOnly(place: PlaceRow, uidValidity: number, uids: Uint32Array | BigInt64Array, below: Uid): Set<bigint> {
    const there = new Set<bigint>();
    for (const uid of uids) there.add(BigInt(uid));
    const touched = new Set<bigint>();
    const rows = this.#sql.spots.all(place.id) as { uid_validity: bigint; uid: bigint; message: bigint }[];
    for (const { uid_validity, uid, message } of rows) {
      const stands = Number(uid_validity) === uidValidity && (uid >= below || there.has(uid));
      if (stands) continue;
      this.#sql.drop.run(place.id, uid_validity, uid);
      touched.add(message);
    }
    return touched;
  }

  /** The mail whose copy lies there. */
  at({ place, uidValidity, uid }: Spot): bigint | undefined {
    return this.#sql.at.get(place.id, uidValidity, uid) as bigint | undefined;
  }

  isIn(message: bigint, place: PlaceRow, uidValidity: number): boolean {
    return this.#sql.isIn.get(message, place.id, uidValidity) !== undefined;
  }

  /** What a copy says when it lies in that place. */
  state({ flags, labels }: Copy, place: PlaceRow): CopyState {
    return {
      seen: flags.includes('seen'),
      flagged: flags.includes('flagged'),
      draft: flags.includes('draft'),
      answered: flags.includes('answered'),
      home: place.label,
      told: labels === null ? null : labels.map((label) => this.#labels.row(label)),
    };
  }

  write({ place, uidValidity, uid }: Spot, message: bigint, state: CopyState): void {
    const { seen, flagged, draft, answered, told } = state;
    this.#sql.keep.run(
      place.id,
      uidValidity,
      uid,
      message,
      Number(seen),
      Number(flagged),
      Number(draft),
      Number(answered),
      told && JSON.stringify(told.map(Number)),
    );
  }

  /** Takes the copy there away; answers its mail. */
  drop({ place, uidValidity, uid }: Spot): bigint | undefined {
    return this.#sql.dropOne.get(place.id, uidValidity, uid) as bigint | undefined;
  }

  of(message: bigint): CopyState[] {
    return (this.#sql.states.all(message) as StateRow[]).map(stateOf);
  }

  /** Changes what the copy there says by what it gained and lost; answers its mail. */
  relabel(spot: Spot, { gained, lost }: Pick<Relabelling, 'gained' | 'lost'>): bigint | undefined {
    const row = this.#sql.stateAt.get(spot.place.id, spot.uidValidity, spot.uid) as StateAt | undefined;
    if (!row) return undefined;
    const before = stateOf(row);
    const told = new Set(before.told);
    for (const label of lost.labels) told.delete(this.#labels.row(label));
    for (const label of gained.labels) told.add(this.#labels.row(label));
    const now = (flag: Flag): boolean => gained.flags.includes(flag) || (before[flag] && !lost.flags.includes(flag));
    const flags = { seen: now('seen'), flagged: now('flagged'), draft: now('draft'), answered: now('answered') };
    this.write(spot, row.message, { ...before, ...flags, told: [...told] });
    return row.message;
  }

  /** Takes a label away from every copy that was told to bear it; answers their mails. */
  unlabel(label: bigint): bigint[] {
    return this.#sql.unlabel.all({ label }) as bigint[];
  }

  /** Whether some place holds copies of both. */
  meet(one: bigint, other: bigint): boolean {
    return this.#sql.meet.get(one, other) !== undefined;
  }

  /** Gives the copies of one mail to another; answers how many. */
  hand(from: bigint, to: bigint): number {
    return this.#sql.hand.run(to, from).changes;
  }
}

const stateOf = ({ seen, flagged, draft, answered, home, told }: StateRow): CopyState => ({
  seen: seen === 1n,
  flagged: flagged === 1n,
  draft: draft === 1n,
  answered: answered === 1n,
  home,
  told: told === null ? null : (JSON.parse(told) as number[]).map(BigInt),
});

function prepare(db: Database) {
  const sql = (text: string): Statement<unknown[]> => db.prepare(text);
  return {
    places: sql('select id, path, label from places'),
    place: sql('select id, path, label from places where path = ?'),
    keepPlace: sql(
      `insert into places (path, label, messages) values (?, ?, ?)
       on conflict (path) do update set label = excluded.label, messages = excluded.messages`,
    ),
    forgetPlace: sql('delete from places where id = ?'),
    inPlace: sql('select distinct message from copies where place = ?').pluck(),
    spots: sql('select uid_validity, uid, message from copies where place = ?'),
    at: sql('select message from copies where place = ? and uid_validity = ? and uid = ?').pluck(),
    isIn: sql('select 1 from copies where message = ? and place = ? and uid_validity = ? limit 1'),
    keep: sql(
      `insert into copies (place, uid_validity, uid, message, seen, flagged, draft, answered, labels)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (place, uid_validity, uid) do update set
       seen = excluded.seen, flagged = excluded.flagged, draft = excluded.draft, answered = excluded.answered,
       labels = excluded.labels`,
    ),
    drop: sql('delete from copies where place = ? and uid_validity = ? and uid = ?'),
    dropOne: sql('delete from copies where place = ? and uid_validity = ? and uid = ? returning message').pluck(),
    stateAt: sql(
      `select c.message, c.seen, c.flagged, c.draft, c.answered, c.labels as told, p.label as home
       from copies c join places p on p.id = c.place where c.place = ? and c.uid_validity = ? and c.uid = ?`,
    ),
    unlabel: sql(
      `update copies set labels = (select json_group_array(value) from json_each(copies.labels) where value <> :label)
       where message in (select message from message_labels where label = :label)
         and exists (select 1 from json_each(copies.labels) where value = :label) returning message`,
    ).pluck(),
    dropAll: sql('delete from copies where place = ?'),
    states: sql(
      `select c.seen, c.flagged, c.draft, c.answered, c.labels as told, p.label as home
       from copies c join places p on p.id = c.place where c.message = ?`,
    ),
    meet: sql(
      'select 1 from copies a where a.message = ? and a.place in (select b.place from copies b where b.message = ?) limit 1',
    ),
    hand: sql('update copies set message = ? where message = ?'),
  };
}
