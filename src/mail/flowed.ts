// format=flowed (RFC 3676): soft line breaks undone, quote marks and the signature mark kept. Pure and linear.

const MARKS = /^>+/;

/** Paragraphs put together again. `delSp`: the blank before a soft break is not part of the text. */
export function unflow(text: string, delSp: boolean): string {
  const out: string[] = [];
  let depth = 0;
  let open = false;
  for (const line of text.split('\n')) {
    const marks = MARKS.exec(line)?.[0].length ?? 0;
    const stuffed = line.slice(marks);
    const content = stuffed.startsWith(' ') ? stuffed.slice(1) : stuffed;
    const isSignature = content === '-- ';
    const soft = content.endsWith(' ') && !isSignature;
    const kept = soft && delSp ? content.slice(0, -1) : content;
    // A change of depth ends a paragraph, whatever its last line promised (section 4.5).
    if (open && marks === depth && !isSignature) out.push(kept);
    else out.push(out.length > 0 ? '\n' : '', marks > 0 ? `${'>'.repeat(marks)} ` : '', kept);
    depth = marks;
    open = soft;
  }
  return out.join('');
}
