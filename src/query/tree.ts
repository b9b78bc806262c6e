// The tree that a search is: Gmail's language as values with positions. Pure; knows no table.

/** Half-open range of UTF-16 offsets in the query text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Where free text or an operator looks. `any` is subject, people, body and attachment names. */
export type TextField = 'any' | 'subject' | 'from' | 'to' | 'cc' | 'bcc' | 'deliveredto' | 'list' | 'filename';

/** What `is:`, `in:` and `has:` can ask of a mail, apart from labels. */
export type StateName =
  | 'unread'
  | 'read'
  | 'starred'
  | 'important'
  | 'muted'
  | 'inbox'
  | 'sent'
  | 'draft'
  | 'spam'
  | 'trash'
  | 'anywhere'
  | 'archive'
  | 'attachment'
  | 'userlabels'
  | 'nouserlabels';

export type QueryNode =
  | { readonly kind: 'and'; readonly children: readonly QueryNode[]; readonly span: Span }
  | { readonly kind: 'or'; readonly children: readonly QueryNode[]; readonly span: Span }
  | { readonly kind: 'not'; readonly child: QueryNode; readonly span: Span }
  /** One word or several adjacent ones (a phrase), in one field. `text` is as typed, without quotes. */
  | {
      readonly kind: 'text';
      readonly field: TextField;
      readonly text: string;
      readonly quoted: boolean;
      readonly span: Span;
    }
  | { readonly kind: 'label'; readonly name: string; readonly span: Span }
  | { readonly kind: 'state'; readonly state: StateName; readonly span: Span }
  | { readonly kind: 'message-id'; readonly messageId: string; readonly span: Span }
  /** `min` inclusive, `below` exclusive, bytes. */
  | { readonly kind: 'size'; readonly min: number | null; readonly below: number | null; readonly span: Span }
  /** `fromMs` inclusive, `beforeMs` exclusive, epoch milliseconds of arrival. */
  | { readonly kind: 'date'; readonly fromMs: number | null; readonly beforeMs: number | null; readonly span: Span };

/** Something in the query that had no effect or not the one that was meant, told to the caller. */
export interface QueryWarning {
  readonly message: string;
  readonly span: Span;
}

/** A parsed query. `root` is null for an empty one, which means everything that is not in Spam or Trash. */
export interface Query {
  readonly text: string;
  readonly root: QueryNode | null;
  readonly warnings: readonly QueryWarning[];
  /** The query itself names Spam or Trash (without negation), so they are not left out. */
  readonly includesHidden: boolean;
}
