// The two narrow ports to a mail server. Every backend keeps the same contract suite; none knows a table.
import type { Readable } from 'node:stream';
import type { AppError } from '../base/errors.ts';
import type { Change, Identity, RawMessage, Uid } from '../mail/change.ts';
import type { ImapCriterion } from '../query/imap-search.ts';

/** How a mail account is reached; the secret lives no longer than the connection needs it. */
export interface PasswordLogin {
  readonly email: string;
  readonly appPassword: string;
}

/** The way to an account's access token (RFC 6749), kept in memory by whoever holds the refresh token. */
export interface AccessTokens {
  /**
   * One that is good for a while longer. Rejects with `account_rejected` when the grant is gone for good, `unavailable` when the
   * token endpoint cannot be asked.
   */
  current(): Promise<string>;
  /** Another one, because the server refused `token` (401). */
  instead(token: string): Promise<string>;
}

/** What a source can do beyond the least common. */
export interface SourceCapabilities {
  /** Ids and threads are Gmail's own (X-GM-EXT-1 or the API). */
  readonly gmailIds: boolean;
  /** The server tells of new mail by itself (IDLE or a watch). */
  readonly push: boolean;
}

export interface ChangesRequest {
  /** The cursors that the store keeps, by place; empty for a first sync. */
  readonly cursors: ReadonlyMap<string, string>;
  /**
   * `all`: every place, every kind of change. `new`: only the place that push watches, only new mail, unless something else
   * was announced.
   */
  readonly scope: 'all' | 'new';
  /** Which of these mails the store holds already, so that their bytes need not travel again. */
  readonly knows: (identities: readonly Identity[]) => Promise<ReadonlySet<Identity>>;
  readonly signal: AbortSignal;
}

/** One question in the languages that servers speak; null where it cannot be put. */
export interface ServerQuery {
  readonly gmail: string | null;
  readonly imap: ImapCriterion | null;
  /** Spam and Trash are meant too. */
  readonly includesHidden: boolean;
}

export type LookedUp = { readonly messageId: string } | { readonly threadId: string };

export interface SearchRequest {
  /** The most mails of each place. */
  readonly limit: number;
  readonly knows: ChangesRequest['knows'];
  readonly signal: AbortSignal;
}

/** Where the bytes of a mail's part lie: any one copy will do. */
export interface PartAddress {
  readonly path: string;
  readonly uidValidity: number;
  readonly uid: Uid;
  /** The mail's own id; only a server whose ids are its copies' addresses has a use for it. */
  readonly messageId?: string;
  readonly partId: string;
}

/** One copy as the server has it now, for `verify`. */
export interface InventoryEntry {
  readonly path: string;
  readonly uidValidity: number;
  readonly uid: Uid;
  readonly flags: readonly string[];
}

/**
 * One account's mail at its server, over one connection. Every method rejects with an AppError: `account_rejected` when
 * the server refuses the login for good, `rate_limited` with `retryAt` when it asks for patience, `unavailable` for
 * everything that a later try may mend.
 */
export interface MailSource {
  readonly capabilities: SourceCapabilities;
  /**
   * Everything since the cursors, a batch at a time, newest mail first. A consumer that stops early loses nothing: each
   * batch carries the cursor to keep. The generator may fetch one batch ahead.
   */
  changes(request: ChangesRequest): AsyncGenerator<Change<RawMessage>, void, void>;
  /**
   * Resolves when the server announces new mail (at once when it came since the last look), when something happened in a
   * place that push does not watch (as far as the server may be asked about that), or when the signal aborts; rejects when the connection is lost. Without push only the signal and a loss end it.
   */
  announced(signal: AbortSignal): Promise<void>;
  /** Epoch milliseconds when the server was last heard while push was alive; 0 when it is not. */
  heardAt(): number;
  /**
   * The newest mails that the server finds and the store does not hold, each by itself as a change that leaves the cursor.
   * What the server finds may be more than was meant. Ends early when the signal aborts; may run beside `changes`.
   */
  search(query: ServerQuery, request: SearchRequest): AsyncGenerator<Change<RawMessage>, void, void>;
  /**
   * A mail, or the mails of a thread, by Gmail's hex id, told as `search` tells them; nothing where there is none, or ids are
   * not Gmail's.
   */
  lookUp(wanted: LookedUp, request: Omit<SearchRequest, 'limit'>): AsyncGenerator<Change<RawMessage>, void, void>;
  /** What was pushed from outside about this account: new mail may be there. Not every source can be told. */
  hint?(): void;
  /** The decoded bytes of one part. `not_found` when the mail is gone from that place. */
  readPart(part: PartAddress, signal: AbortSignal): Promise<Readable>;
  /** Every copy in every place. */
  inventory(signal: AbortSignal): AsyncGenerator<InventoryEntry, void, void>;
  /** Logs out and closes; never rejects; a second call does nothing. */
  close(): Promise<void>;
}

/** A composed mail and where it goes. */
export interface OutgoingMail {
  /** RFC 5322 bytes, lines ended by CRLF. */
  readonly raw: Uint8Array;
  /** MAIL FROM: an addr-spec. */
  readonly from: string;
  /** RCPT TO: addr-specs, each once. */
  readonly recipients: readonly string[];
  /** Ours, without angle brackets: by it a copy in Sent is known again, also where the server gives the mail another. */
  readonly messageIdHeader: string;
  /** The thread that is answered, hex; null when none is, or ids are not Gmail's. */
  readonly threadId: string | null;
}

/** A recipient whom the server would not take. */
export interface RefusedRecipient {
  readonly address: string;
  /** In our words. */
  readonly reason: string;
  /** A later try may succeed. */
  readonly temporary: boolean;
}

/** Gmail's ids of one mail, hex. */
export interface MailIds {
  readonly messageId: string;
  readonly threadId: string;
}

/** What became of one try to send. */
export type SendOutcome =
  /** The server has it, for every recipient but those in `refused`. */
  | { readonly kind: 'accepted'; readonly refused: readonly RefusedRecipient[]; readonly ids?: MailIds }
  /**
   * Nobody got it. `temporary`: a later try may succeed, not before `error.retryAt` when that is given. `forAll`: any other
   * mail of the account would meet the same now.
   */
  | {
      readonly kind: 'refused';
      readonly error: AppError;
      readonly temporary: boolean;
      readonly forAll: boolean;
      readonly refused: readonly RefusedRecipient[];
    }
  /** The last byte left and no answer came (RFC 1047): the server may have it. */
  | { readonly kind: 'unknown'; readonly error: AppError };

/** One account's way to send, over one connection at a time. Opens it when it is needed, again when it was lost. */
export interface MailSender {
  /**
   * Hands one mail over; never rejects. `beforeEnd` is called when all but the last bytes have left; when it throws, the
   * mail is not sent. One call at a time.
   */
  send(mail: OutgoingMail, beforeEnd: () => Promise<void>): Promise<SendOutcome>;
  /** Ends the connection; never rejects. */
  close(): Promise<void>;
}

/** A composed mail that waits to be sent by a person; Bcc stands in its header. */
export interface DraftMail {
  readonly raw: Uint8Array;
  /** The thread that is answered, hex; null when none is. */
  readonly threadId: string | null;
  /** The draft that it takes the place of, where it lies now; null for a new one. */
  readonly replaces: DraftAddress | null;
}

/** A draft as the server knows it: by an id of its own, or by where its copy lies. */
export type DraftAddress =
  | { readonly kind: 'id'; readonly draftId: string }
  | { readonly kind: 'copy'; readonly path: string; readonly uidValidity: number; readonly uid: number };

/** A draft as it was kept. Ids are null where the server does not tell them at once. */
export interface SavedDraft {
  /** Where drafts have ids of their own. */
  readonly draftId: string | null;
  readonly ids: MailIds | null;
}

/** Where one account's drafts are kept. Rejects with an AppError; nothing is lost of a draft that could not be replaced. */
export interface MailDrafts {
  /** `not_found` when the draft to be replaced is not there. */
  save(draft: DraftMail): Promise<SavedDraft>;
  close(): Promise<void>;
}
