// The mail that is answered, repeated below the answer as mail programs do. Pure; what is repeated is text, never its HTML.
import { attribution, type Language } from './attribution.ts';
import { htmlToText } from './html-to-text.ts';
import type { Address } from './message.ts';
import { escapeHtml, textToHtml } from './text-to-html.ts';
import { sliceCodePoints, textLength } from './unicode.ts';

export interface Quotable {
  readonly from: Address;
  readonly dateMs: number;
  readonly text: string;
}

export interface Body {
  readonly text?: string | undefined;
  readonly html?: string | undefined;
}

/** Characters of a mail that are repeated. */
const MOST_CHARS = 100_000;

/** The answer in both forms, each with `parent` below it. `timeZone` is an IANA name; the date is told in it. */
export function withQuote(
  { text, html }: Body,
  parent: Quotable,
  timeZone: string,
  language: Language = 'en',
): { text: string; html: string } {
  const own = text || htmlToText(html ?? '').text;
  const intro = attribution(parent, timeZone, language);
  const quoted =
    textLength(parent.text) > MOST_CHARS ? `${sliceCodePoints(parent.text, 0, MOST_CHARS)}\n[…]` : parent.text;
  const marked = quoted.split('\n').map((line) => (line.startsWith('>') ? `>${line}` : `> ${line}`.trimEnd()));
  const block = `<br>\n<div class="gmail_quote"><div dir="ltr" class="gmail_attr">${escapeHtml(intro)}<br></div>
<blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px solid #ccc;padding-left:1ex">${textToHtml(quoted)}</blockquote></div>`;
  return {
    text: `${own.trimEnd()}\n\n${intro}\n${marked.join('\n')}\n`,
    html: insertAtEnd(html || textToHtml(own), block),
  };
}

/** Within the document when it is one. */
function insertAtEnd(html: string, block: string): string {
  const at = [...html.matchAll(/<\/body\b/gi)].at(-1)?.index ?? html.length;
  return `${html.slice(0, at)}${block}${html.slice(at)}`;
}
