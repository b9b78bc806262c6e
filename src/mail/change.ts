// What can happen to a mailbox, told by a source and written by a store. Pure values; the only words that both share.

/** Flags of RFC 3501 section 2.3.2 that the house keeps, without their backslash, lower case. */
export type Flag = 'seen' | 'flagged' | 'draft' | 'answered';

/** Gmail's system labels that a mail can bear. UNREAD, STARRED and DRAFT follow from flags and are never told as labels. */
export type SystemLabel =
  | 'INBOX'
  | 'SENT'
  | 'SPAM'
  | 'TRASH'
  | 'IMPORTANT'
  | 'STARRED'
  | 'DRAFT'
  | 'UNREAD'
  | 'MUTED'
  | 'CHAT'
  | `CATEGORY_${'PERSONAL' | 'SOCIAL' | 'PROMOTIONS' | 'UPDATES' | 'FORUMS'}`;

/** A label by what it is called: Gmail's name for its own, the person's name for hers. `id`: Gmail's, where it tells one. */
export type LabelRef =
  | { readonly type: 'system'; readonly id: SystemLabel }
  | { readonly type: 'user'; readonly name: string; readonly id?: string };

/** One place at the server where copies of mails lie: an IMAP mailbox; all of a mailbox, and each label, over the API. */
export interface Place {
  /** The place's own name, unique in the account (an IMAP mailbox path, decoded). */
  readonly path: string;
  /** The label that a mail bears because it lies here; null when lying here says nothing (`\All`). */
  readonly label: LabelRef | null;
  /** How many mails lie there now, for progress. */
  readonly messages: number;
}

export type Uid = number | bigint;

/** One copy of a mail in one place. */
export interface Copy<U extends Uid = Uid> {
  /** Unique in its place while UIDVALIDITY stands (RFC 3501 section 2.3.1.1); over the API Gmail's id as a signed bigint. */
  readonly uid: U;
  readonly flags: readonly Flag[];
  /** Labels that the server keeps with the mail (X-GM-LABELS); null when places are the only labels. */
  readonly labels: readonly LabelRef[] | null;
}

/** A leaf of BODYSTRUCTURE (RFC 3501 section 7.4.2), in depth-first order. */
export interface PartDescription {
  readonly partId: string;
  /** `type/subtype`, lower case. */
  readonly contentType: string;
  /** Decoded file name as the server's parameters gave it; empty when absent. */
  readonly filename: string;
  readonly disposition: 'inline' | 'attachment' | '';
  readonly contentId: string;
  /** `base64`, `quoted-printable`, `7bit`…, lower case. */
  readonly encoding: string;
  /** Size in bytes as transferred, before decoding. */
  readonly encodedBytes: number;
}

/**
 * Who a mail is, across places and UIDVALIDITY changes: `gm:<hex X-GM-MSGID>`, or `hd:<SHA-256 of the header block,
 * hex>:<RFC822.SIZE>` on a server without X-GM-EXT-1.
 */
export type Identity = string;

/** What a source knows of a mail apart from its text. */
export interface Arrival<U extends Uid = Uid> {
  readonly copy: Copy<U>;
  readonly identity: Identity;
  /** Gmail's ids in lower-case hex; null on a plain server. */
  readonly gmail: { readonly id: string; readonly threadId: string } | null;
  /** INTERNALDATE as epoch milliseconds. */
  readonly dateMs: number;
  /** RFC822.SIZE in bytes. */
  readonly sizeBytes: number;
}

/** A mail as it came from the server, not yet read. */
export interface RawMessage<U extends Uid = Uid> extends Arrival<U> {
  /** RFC 5322 bytes; attachments' bodies may be left out (`partial`). Null when `knows` said that the store has it. */
  readonly source: Uint8Array | null;
  /** True when bodies of large parts were left at the server. */
  readonly partial: boolean;
  /** As the server numbers them; empty for a mail that is whole and has texts only, or when the server would not tell. */
  readonly parts: readonly PartDescription[];
}

/** Labels and flags that one copy got or lost. */
export interface Relabelling {
  readonly uid: Uid;
  readonly gained: { readonly flags: readonly Flag[]; readonly labels: readonly LabelRef[] };
  readonly lost: { readonly flags: readonly Flag[]; readonly labels: readonly LabelRef[] };
}

/**
 * One step of a mailbox's history. `M` is a raw mail on its way from a source, a read one on its way into a store.
 * `cursor` is opaque to everybody but the source; a store keeps it under the place's path in the same transaction as
 * what it covers.
 */
export type Change<M extends Arrival> =
  /** The account's places, all of them; copies in any other place are gone. */
  | { readonly kind: 'places'; readonly places: readonly Place[] }
  /** Mails that lie in a place. `live`: they came after the account was connected, not by catching up on history. */
  | {
      readonly kind: 'messages';
      readonly path: string;
      readonly uidValidity: number;
      readonly live: boolean;
      readonly messages: readonly M[];
      /** Null leaves the kept cursor as it is: more of the same batch is to come. */
      readonly cursor: string | null;
      /** A search found them: the history between them and what was told before is still to come. */
      readonly ahead?: true;
    }
  /** Flags or labels of copies changed. */
  | {
      readonly kind: 'flags';
      readonly path: string;
      readonly uidValidity: number;
      readonly copies: readonly Copy[];
      readonly cursor: string;
    }
  /** The place holds exactly these UIDs below `below`, ascending; other copies below it, or of another UIDVALIDITY, are gone. */
  | {
      readonly kind: 'present';
      readonly path: string;
      readonly uidValidity: number;
      readonly uids: Uint32Array | BigInt64Array;
      readonly below: Uid;
      readonly cursor: string;
    }
  /** These copies are gone. */
  | {
      readonly kind: 'gone';
      readonly path: string;
      readonly uidValidity: number;
      readonly uids: readonly Uid[];
      readonly cursor: string;
    }
  /** What was added to and taken from copies that lie there, in the order in which it happened; others are passed over. */
  | {
      readonly kind: 'relabelled';
      readonly path: string;
      readonly uidValidity: number;
      readonly steps: readonly Relabelling[];
      readonly cursor: string;
    }
  /** The ids of all drafts, where the server gives drafts ids of their own. `messageId`: hex. */
  | { readonly kind: 'drafts'; readonly drafts: readonly { readonly draftId: string; readonly messageId: string }[] }
  /** The server wants the rest later: there is nothing to keep, and time to look at something else. */
  | { readonly kind: 'waiting' }
  /** A whole round over all places is over: mails without any copy are gone. */
  | { readonly kind: 'settled' };
