// What of Google a mail points to by its links: Drive, Docs, Sheets, Slides, YouTube. Pure; looks at text, not at pages.
import { LIMITS } from './limits.ts';
import type { Message } from './message.ts';

export type LinkKind = 'drive' | 'document' | 'spreadsheet' | 'presentation' | 'youtube';

const LINK =
  /\b(?:(?:www\.|m\.)?(youtube\.com\/(?:watch|shorts|live|embed|playlist)|youtube-nocookie\.com\/embed|youtu\.be\/)|docs\.google\.com\/(?:a\/[\w.-]{1,253}\/)?(document|spreadsheets|presentation|forms|drawings|file|open|uc)\b|(drive\.google\.com)\/)/gi;
const DOCUMENTS: ReadonlyMap<string, LinkKind> = new Map([
  ['document', 'document'],
  ['spreadsheets', 'spreadsheet'],
  ['presentation', 'presentation'],
]);

/** The kinds of links in a mail's text and HTML. A document, a spreadsheet or a presentation lies in Drive too. */
export function linkKinds({ text, html }: Pick<Message, 'text' | 'html'>): Set<LinkKind> {
  const kinds = new Set<LinkKind>();
  for (const part of [text, html ?? '']) {
    for (const [, video, document] of part.slice(0, LIMITS.htmlChars).matchAll(LINK)) {
      if (video) kinds.add('youtube');
      else kinds.add('drive');
      const kind = DOCUMENTS.get(document?.toLowerCase() ?? '');
      if (kind) kinds.add(kind);
    }
  }
  return kinds;
}
