// A PDF → what is written on its pages. For a thread of its own: what a stranger made may take all the time and memory there is.
import { LIMITS } from './limits.ts';

const MOST_PAGES = 500;

/** What pdf.js tells of a page in order; marks of structure have no text. */
interface Piece {
  readonly str?: string;
  readonly hasEOL?: boolean;
}

export type PdfText =
  | { readonly kind: 'text'; readonly text: string; readonly pages: number; readonly read: number }
  /** It asks for a password. */
  | { readonly kind: 'locked' }
  /** It is none, or too broken to be read. */
  | { readonly kind: 'broken' };

/** The text in the order of the file, pages parted by an empty line, as much of it as is kept of a mail. */
export async function pdfText(bytes: Uint8Array): Promise<PdfText> {
  const { getDocumentProxy } = await import('unpdf');
  try {
    const pdf = await getDocumentProxy(bytes, {
      // Nothing is drawn, and nothing is said on the console.
      verbosity: 0,
      disableFontFace: true,
      useSystemFonts: false,
      maxImageSize: 1,
    });
    const pages: string[] = [];
    let length = 0;
    for (let n = 1; n <= Math.min(pdf.numPages, MOST_PAGES) && length < LIMITS.textChars; n++) {
      const page = await pdf.getPage(n);
      const { items } = await page.getTextContent();
      const text = (items as readonly Piece[]).map(({ str = '', hasEOL }) => (hasEOL ? `${str}\n` : str)).join('');
      page.cleanup();
      pages.push(text.trim());
      length += text.length;
    }
    return { kind: 'text', text: pages.join('\n\n'), pages: pdf.numPages, read: pages.length };
  } catch (error) {
    return { kind: (error as Error).name === 'PasswordException' ? 'locked' : 'broken' };
  }
}
