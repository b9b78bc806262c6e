// What a mail of the corpus says to a person who reads it: the form in which the tables beside this file put it down.

/** A mail in short. Times are RFC 3339; people are `Name <address>`. */
export interface Truth {
  readonly subject: string;
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly messageId: string;
  readonly references: readonly string[];
  readonly date: string | null;
  readonly listId: string;
  readonly deliveredTo: readonly string[];
  readonly text: string;
  /** Whether HTML came along. */
  readonly html: boolean;
  /** Runs of hidden text. */
  readonly hidden: number;
  /** `part number · type · size · file name`, then `shown in the text` for a picture of it. */
  readonly attachments: readonly string[];
  /** spf, dkim, dmarc. */
  readonly verdicts: string | null;
  readonly notes: readonly string[];
}

const NOTHING: Truth = {
  subject: '',
  from: [],
  to: [],
  cc: [],
  messageId: '',
  references: [],
  date: null,
  listId: '',
  deliveredTo: [],
  text: '',
  html: false,
  hidden: 0,
  attachments: [],
  verdicts: null,
  notes: [],
};

/** A mail that says this and nothing else. */
export const bare = (own: Partial<Truth>): Truth => ({ ...NOTHING, ...own });

/** A mail with the header that most traps of a body have. */
export const usual = (own: Partial<Truth>): Truth => ({
  ...NOTHING,
  subject: 'Trap',
  from: ['Amy Adams <amy@example.org>'],
  to: ['<bob@example.com>'],
  messageId: 'trap@example.org',
  date: '2026-11-20T09:00:00.000Z',
  ...own,
});
