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
  | 'nouserlabels'
  | 'chat'
  | 'snoozed'
  | 'scheduled';

/** What of Google a mail can point to by a link. */
export type LinkName = 'drive' | 'document' | 'spreadsheet' | 'presentation' | 'youtube';

/** Gmail's coloured stars, by the names of its search help. */
export const STARS = [
  'yellow-star',
  'orange-star',
  'red-star',
  'purple-star',
  'blue-star',
  'green-star',
  'red-bang',
  'orange-guillemet',
  'yellow-bang',
  'green-check',
  'blue-info',
  'purple-question',
] as const;
export type StarName = (typeof STARS)[number];

export const CATEGORIES = [
  'primary',
  'social',
  'promotions',
  'updates',
  'forums',
  'reservations',
  'purchases',
] as const;
export type CategoryName = (typeof CATEGORIES)[number];

export type QueryNode =
  | { readonly kind: 'and'; readonly children: readonly QueryNode[]; readonly span: Span }
  | { readonly kind: 'or'; readonly children: readonly QueryNode[]; readonly span: Span }
  | { readonly kind: 'not'; readonly child: QueryNode; readonly span: Span }
  /**
   * One word or several adjacent ones (a phrase), in one field. `text` is as typed, without quotes; `exact`: a `+` stood
   * before it.
   */
  | {
      readonly kind: 'text';
      readonly field: TextField;
      readonly text: string;
      readonly quoted: boolean;
      readonly exact: boolean;
      readonly span: Span;
    }
  /** Two phrases in one field with at most `distance` words between them; `ordered`: `first` comes first. */
  | {
      readonly kind: 'near';
      readonly field: TextField;
      readonly first: string;
      readonly second: string;
      readonly distance: number;
      readonly ordered: boolean;
      readonly span: Span;
    }
  | { readonly kind: 'label'; readonly name: string; readonly span: Span }
  | { readonly kind: 'category'; readonly category: CategoryName; readonly span: Span }
  | { readonly kind: 'state'; readonly state: StateName; readonly span: Span }
  | { readonly kind: 'link'; readonly link: LinkName; readonly span: Span }
  | { readonly kind: 'star'; readonly star: StarName; readonly span: Span }
  | { readonly kind: 'message-id'; readonly messageId: string; readonly span: Span }
  /** `min` inclusive, `below` exclusive, bytes. */
  | { readonly kind: 'size'; readonly min: number | null; readonly below: number | null; readonly span: Span }
  /** `fromMs` inclusive, `beforeMs` exclusive, epoch milliseconds of arrival. */
  | { readonly kind: 'date'; readonly fromMs: number | null; readonly beforeMs: number | null; readonly span: Span }
  /** A value that its operator does not know (`larger:5X`): no mail is that. */
  | {
      readonly kind: 'impossible';
      readonly operator: string;
      readonly text: string;
      readonly quoted: boolean;
      readonly span: Span;
    };

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
