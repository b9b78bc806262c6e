// How Gmail names its own folders in several languages, and modified UTF-7. Knows no mailbox state.

/** One mailbox as IMAP shows it: Gmail's own by role, a person's label by its name. */
export type ViewName =
  | 'inbox'
  | 'all'
  | 'sent'
  | 'drafts'
  | 'starred'
  | 'important'
  | 'spam'
  | 'trash'
  | `label:${string}`;

/** The folders under `[Gmail]`. */
type SystemView = Exclude<ViewName, 'inbox' | `label:${string}`>;

/** Languages whose folder names the sandbox knows. */
export type Language = 'en' | 'en-GB' | 'de' | 'tr' | 'ja';

/** The `\Noselect` parent of Gmail's own folders. */
export const PARENT = '[Gmail]';

const ENGLISH: Record<SystemView, string> = {
  all: 'All Mail',
  drafts: 'Drafts',
  important: 'Important',
  sent: 'Sent Mail',
  spam: 'Spam',
  starred: 'Starred',
  trash: 'Trash',
};

const NAMES: Record<Language, Record<SystemView, string>> = {
  en: ENGLISH,
  'en-GB': { ...ENGLISH, trash: 'Bin' },
  de: {
    all: 'Alle Nachrichten',
    drafts: 'Entwürfe',
    important: 'Wichtig',
    sent: 'Gesendet',
    spam: 'Spam',
    starred: 'Markiert',
    trash: 'Papierkorb',
  },
  tr: {
    all: 'Tüm Postalar',
    drafts: 'Taslaklar',
    important: 'Önemli',
    sent: 'Gönderilmiş Postalar',
    spam: 'Spam',
    starred: 'Yıldızlı',
    trash: 'Çöp kutusu',
  },
  ja: {
    all: 'すべてのメール',
    drafts: '下書き',
    important: '重要',
    sent: '送信済みメール',
    spam: '迷惑メール',
    starred: 'スター付き',
    trash: 'ゴミ箱',
  },
};

/** The SPECIAL-USE attribute of RFC 6154 that each of Gmail's own folders bears. */
export const SPECIAL_USE: Readonly<Record<SystemView, string>> = {
  all: '\\All',
  drafts: '\\Drafts',
  important: '\\Important',
  sent: '\\Sent',
  spam: '\\Junk',
  starred: '\\Flagged',
  trash: '\\Trash',
};

/** Gmail's own views in the order in which LIST shows them. */
export const SYSTEM_VIEWS = Object.keys(SPECIAL_USE) as readonly SystemView[];

/** The IMAP mailbox name of a view, delimiter `/`, not encoded. */
export function pathOf(view: ViewName, language: Language): string {
  if (view === 'inbox') return 'INBOX';
  if (view.startsWith('label:')) return view.slice('label:'.length);
  return `${PARENT}/${NAMES[language][view as SystemView]}`;
}

/** Modified UTF-7 of RFC 3501 section 5.1.3. */
export function encodeMailboxName(name: string): string {
  return name.replace(/&|[^\x20-\x7e]+/g, (run) => {
    if (run === '&') return '&-';
    const utf16 = Buffer.from(run, 'utf16le').swap16();
    return `&${utf16.toString('base64').replaceAll('/', ',').replaceAll('=', '')}-`;
  });
}

/** The name that modified UTF-7 stands for. */
export function decodeMailboxName(encoded: string): string {
  return encoded.replace(/&([^-]*)-/g, (_, base64: string) => {
    if (base64 === '') return '&';
    const bytes = Buffer.from(base64.replaceAll(',', '/'), 'base64');
    return bytes
      .subarray(0, bytes.length & ~1)
      .swap16()
      .toString('utf16le');
  });
}
