// How much of one mail is read. Data only: every limit of this room stands here.

/** What is over a limit is cut or left out with a note; nothing over a limit is an error. */
export const LIMITS = {
  /** Bytes of a mail's header block that are kept and read. */
  headerBytes: 1_000_000,
  /** Bytes of a part's own header that are read. */
  partHeaderBytes: 65_536,
  headerFields: 2_000,
  /** Characters of one header field that are looked into. */
  fieldChars: 200_000,
  depth: 50,
  parts: 1_000,
  /** Lines that begin like a boundary and are compared with the open ones. */
  boundaryLines: 200_000,
  /** Bytes of one text part that are decoded. */
  textPartBytes: 2_097_152,
  /** Characters (UTF-16 units) of text that are kept. */
  textChars: 1_048_576,
  /** Characters (UTF-16 units) of HTML that are read; over this it is not kept. */
  htmlChars: 1_048_576,
  /** Addresses of one header field. */
  people: 1_000,
  /** Message-IDs of References and In-Reply-To: the first and the nearest ones. */
  references: 200,
  messageIdChars: 998,
  subjectChars: 10_000,
  filenameChars: 255,
} as const;
