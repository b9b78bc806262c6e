// PDFs made by hand, as small as they go: of one page of text, locked, and made to break their reader. Knows no reader.
import { Readable } from 'node:stream';
import { createDeflate, deflateSync } from 'node:zlib';

interface Page {
  /** The page's content as it lies in the file. */
  readonly content: Uint8Array;
  /** Of the content's dictionary. */
  readonly filter?: string;
  /** More objects, numbered from 6, and what the trailer says of them. */
  readonly objects?: readonly string[];
  readonly trailer?: string;
}

function pdf({ content, filter = '', objects = [], trailer = '' }: Page): Buffer {
  const pieces: Buffer[] = [Buffer.from('%PDF-1.4\n')];
  const offsets: number[] = [];
  const add = (...bytes: (string | Uint8Array)[]) => {
    offsets.push(pieces.reduce((sum, each) => sum + each.length, 0));
    pieces.push(Buffer.from(`${offsets.length} 0 obj\n`), ...bytes.map((each) => Buffer.from(each)));
    pieces.push(Buffer.from('\nendobj\n'));
  };
  add('<< /Type /Catalog /Pages 2 0 R >>');
  add('<< /Type /Pages /Kids [3 0 R] /Count 1 >>');
  add('<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>');
  add(`<< /Length ${content.length} ${filter} >>\nstream\n`, content, '\nendstream');
  add('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>');
  for (const each of objects) add(each);
  const start = pieces.reduce((sum, each) => sum + each.length, 0);
  const rows = offsets.map((each) => `${String(each).padStart(10, '0')} 00000 n \n`).join('');
  const count = offsets.length + 1;
  pieces.push(
    Buffer.from(
      `xref\n0 ${count}\n0000000000 65535 f \n${rows}trailer\n<< /Size ${count} /Root 1 0 R ${trailer} >>\nstartxref\n${start}\n%%EOF\n`,
    ),
  );
  return Buffer.concat(pieces);
}

/** One page, a line each. */
export const plainPdf = (...lines: readonly string[]): Buffer =>
  pdf({ content: Buffer.from(`BT /F1 12 Tf 14 TL 50 700 Td ${lines.map((each) => `(${each}) Tj T*`).join(' ')} ET`) });

/** Asks for a password that nobody has. */
export const lockedPdf = (): Buffer =>
  pdf({
    content: Buffer.from('BT ET'),
    objects: [`<< /Filter /Standard /V 1 /R 2 /Length 40 /P -4 /O <${'ab'.repeat(32)}> /U <${'cd'.repeat(32)}> >>`],
    trailer: `/Encrypt 6 0 R /ID [<${'01'.repeat(16)}> <${'01'.repeat(16)}>]`,
  });

/** A megabyte that becomes so many megabytes of content. */
export async function swellingPdf(megabytes: number): Promise<Buffer> {
  const piece = Buffer.alloc(1024 * 1024, ' ');
  const packed: Buffer[] = [];
  const stream = Readable.from(Array.from({ length: megabytes }, () => piece)).pipe(createDeflate());
  for await (const chunk of stream as AsyncIterable<Buffer>) packed.push(chunk);
  return pdf({ content: Buffer.concat(packed), filter: '/Filter /FlateDecode' });
}

/** Little that takes long: a page that says one letter so many times. */
export const endlessPdf = (letters: number): Buffer =>
  pdf({
    content: deflateSync(Buffer.from('q BT /F1 1 Tf (a) Tj ET Q '.repeat(letters))),
    filter: '/Filter /FlateDecode',
  });
