// The words of the house: what a mail is once it has been read. Pure values; knows no server and no table.

/** A mailbox address as a header gave it (RFC 5322 section 3.4). */
export interface Address {
  /** Display name, decoded; empty when there was none. */
  readonly name: string;
  /** addr-spec, lower-cased; empty when the header held none that could be read. */
  readonly address: string;
}

/** A leaf part that is not the body text: an attachment or an inline image. */
export interface Attachment {
  /** 1-based position in the mail, the `n` of every door. */
  readonly n: number;
  /** The part's number at the server (RFC 3501 section 6.4.5, for example `2.1`). */
  readonly partId: string;
  /** Cleaned file name: no path, no control or bidi character; empty when there was none. */
  readonly filename: string;
  /** `type/subtype`, lower case. */
  readonly contentType: string;
  /** Decoded size in bytes; reckoned from the encoded size when the part was not fetched. */
  readonly sizeBytes: number;
  /** Content-ID without angle brackets; empty when there was none. */
  readonly contentId: string;
  /** Shown inside the HTML body rather than beside it. */
  readonly inline: boolean;
}

/** What the receiving server found out about the sender (RFC 8601), topmost Authentication-Results only. */
export interface SenderVerdicts {
  readonly spf: string;
  readonly dkim: string;
  readonly dmarc: string;
}

/** A mail that has been read. Every string is valid Unicode without lone surrogates or NUL. */
export interface Message {
  /** Message-ID without angle brackets; empty when the mail bears none. */
  readonly messageIdHeader: string;
  /** Message-IDs of In-Reply-To and References, oldest first, without angle brackets, each once. */
  readonly references: readonly string[];
  readonly subject: string;
  readonly from: readonly Address[];
  readonly replyTo: readonly Address[];
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
  readonly bcc: readonly Address[];
  /** Addresses of Delivered-To headers, lower-cased. */
  readonly deliveredTo: readonly string[];
  /** List-Id (RFC 2919) without angle brackets, lower-cased; empty when absent. */
  readonly listId: string;
  /** The Date header as epoch milliseconds, null when absent or unreadable. */
  readonly dateHeaderMs: number | null;
  /** The raw header block, cut at its limit. */
  readonly headerBlock: string;
  /** The body as plain text, quoted history included, hidden text taken out. */
  readonly text: string;
  /** The HTML part as it came, null when there was none or it was over its limit. */
  readonly html: string | null;
  /** How many runs of hidden text were taken out of the HTML. */
  readonly hiddenRemoved: number;
  readonly attachments: readonly Attachment[];
  readonly verdicts: SenderVerdicts | null;
  /** What went wrong or was cut while reading, for example `text cut at 1048576 bytes`; empty for a sound mail. */
  readonly notes: readonly string[];
}
