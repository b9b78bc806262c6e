// A caller's plain text → HTML that shows the same and nothing else: no link, no tag of its own. Pure.

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => ESCAPES[char]!);

/** Line breaks and runs of spaces are kept; addresses stay text. The direction of writing follows from the text. */
export function textToHtml(text: string): string {
  const lines = text.split(/\r\n?|\n/).map((line) =>
    escapeHtml(line)
      .replaceAll('\t', '    ')
      .replace(/^ | (?= )/g, '&nbsp;'),
  );
  return `<div dir="auto">${lines.join('<br>\r\n')}</div>`;
}
