// A mail's bytes → the tree of its parts (RFC 2046 section 5.1), bodies left as views into the source. Bounded; never
// throws. Knows neither charsets of text nor what is shown.
import { isUtf8 } from 'node:buffer';
import { decodeText } from './charset.ts';
import { type Fields, firstOf, readFields, readStructured, type Structured } from './header.ts';
import { LIMITS } from './limits.ts';

/** A node of the tree: a leaf with a body, or a multipart with children. */
export interface Part {
  /** The number by which IMAP knows it (RFC 3501 section 6.4.5); empty for a multipart root. */
  readonly partId: string;
  readonly contentType: Structured;
  readonly disposition: Structured;
  /** Without angle brackets. */
  readonly contentId: string;
  /** Content-Transfer-Encoding, lower case. */
  readonly encoding: string;
  readonly children: Part[];
  /** As transferred. A multipart has one only when none of its parts was found. */
  body: Buffer;
}

export interface Structure {
  readonly root: Part;
  readonly fields: Fields;
  /** The mail's own header as text, cut at its limit. */
  readonly headerBlock: string;
  readonly notes: readonly string[];
}

/** Reads the structure of any bytes whatever; what is over a limit is left out with a note. */
export function readStructure(source: Buffer): Structure {
  const notes = new Set<string>();
  const boundaries = new Boundaries(source, notes);
  const header = readHeader(source, 0, boundaries);
  if (header.cut) notes.add(header.cut);
  const root = makePart(header.fields, null);
  let leaf: Part | null = root;
  let from = header.bodyStart;
  boundaries.enter(root);
  for (let parts = 1; ; ) {
    const hit = boundaries.next(from, source.length);
    const end = hit ? withoutLineEnd(source, hit.start) : source.length;
    // A multipart whose parts never come keeps its body, so that its text is not lost.
    if (leaf && from < end) leaf.body = source.subarray(from, end);
    if (!hit) break;
    const parent = boundaries.leaveTo(hit);
    // Nor is the text of one lost that is closed before its first part.
    if (!hit.closes || parent.children.length > 0) parent.body = EMPTY;
    leaf = null;
    from = hit.next;
    if (hit.closes) continue;
    if (++parts > LIMITS.parts) {
      notes.add(`parts after the first ${LIMITS.parts} were left out`);
      break;
    }
    const own = readHeader(source, hit.next, boundaries);
    leaf = makePart(own.fields, parent);
    from = own.bodyStart;
    boundaries.enter(leaf);
  }
  return { root, fields: header.fields, headerBlock: header.block, notes: [...notes] };
}

/** The mail's own header as text, cut at its limit, without a look at what follows it. */
export function readHeaderBlock(source: Buffer): string {
  const { end } = headerExtent(source, 0, LIMITS.headerBytes);
  return decodeHeader(source.subarray(0, Math.min(end, LIMITS.headerBytes)));
}

interface Delimiter {
  /** The container that it belongs to, by its place among the open ones. */
  readonly index: number;
  readonly closes: boolean;
  readonly start: number;
  /** Where the line after it begins. */
  readonly next: number;
}

const LF = 10;
const CR = 13;
const DASHES = Buffer.from('\n--');
const EMPTY = Buffer.alloc(0);
/** RFC 2046 allows 70. */
const MOST_BOUNDARY_CHARS = 200;

/** The multiparts that are open at a point of the mail, outermost first, and where the next line of theirs is. */
class Boundaries {
  readonly #source: Buffer;
  readonly #notes: Set<string>;
  readonly #open: { boundary: string; part: Part }[] = [];
  #linesLeft: number = LIMITS.boundaryLines;

  constructor(source: Buffer, notes: Set<string>) {
    this.#source = source;
    this.#notes = notes;
  }

  /** Makes a part the innermost open one when it is a multipart. */
  enter(part: Part): void {
    if (!part.contentType.value.startsWith('multipart/')) return;
    const boundary = Buffer.from(part.contentType.params.get('boundary') ?? '')
      .toString('latin1')
      .trimEnd();
    if (boundary === '' || boundary.length > MOST_BOUNDARY_CHARS) return;
    if (this.#open.length < LIMITS.depth) this.#open.push({ boundary, part });
    else this.#notes.add(`parts nested deeper than ${LIMITS.depth} were left out`);
  }

  /** Closes what the delimiter ends; the part that it belongs to. */
  leaveTo({ index, closes }: Delimiter): Part {
    const { part } = this.#open[index]!;
    this.#open.length = closes ? index : index + 1;
    return part;
  }

  /** The first line of [from, to) that is a boundary of an open part, the innermost counting first. `from` begins a line. */
  next(from: number, to: number): Delimiter | null {
    if (this.#open.length === 0) return null;
    const source = this.#source;
    let start = from === 0 && source.indexOf('--') === 0 ? 0 : source.indexOf(DASHES, Math.max(0, from - 1)) + 1;
    while ((start > 0 || from === 0) && start < to) {
      if (--this.#linesLeft < 0) {
        this.#notes.add(`parts after ${LIMITS.boundaryLines} boundary lines were left out`);
        return null;
      }
      const found = this.#match(start);
      if (found) return found;
      start = source.indexOf(DASHES, start) + 1;
      if (start === 0) return null;
    }
    return null;
  }

  #match(start: number): Delimiter | null {
    const end = this.#source.indexOf(LF, start);
    const next = end < 0 ? this.#source.length : end + 1;
    const line = this.#source.toString('latin1', start + 2, Math.min(next, start + MOST_BOUNDARY_CHARS + 6)).trimEnd();
    for (let index = this.#open.length - 1; index >= 0; index--) {
      const { boundary } = this.#open[index]!;
      if (!line.startsWith(boundary)) continue;
      if (line.length === boundary.length) return { index, closes: false, start, next };
      if (line.length === boundary.length + 2 && line.endsWith('--')) return { index, closes: true, start, next };
    }
    return null;
  }
}

function readHeader(source: Buffer, start: number, boundaries: Boundaries) {
  const limit = start === 0 ? LIMITS.headerBytes : LIMITS.partHeaderBytes;
  const extent = headerExtent(source, start, limit);
  // A boundary ends a part even where the empty line after its header is missing.
  const next = boundaries.next(start, extent.bodyStart)?.start;
  const end = Math.min(extent.end, next ?? extent.end);
  const block = decodeHeader(source.subarray(start, Math.min(end, start + limit)));
  const { fields, cut } = readFields(block);
  const overBytes = end - start > limit ? `header cut at ${limit} bytes` : '';
  return {
    fields,
    block,
    bodyStart: next ?? extent.bodyStart,
    cut: overBytes || cut,
  };
}

/** Where a header ends and its body begins; where the empty line is missing, the first line that is no field. */
function headerExtent(source: Buffer, start: number, limit: number): { end: number; bodyStart: number } {
  const first = source[start] === CR ? start + 1 : start;
  if (source[first] === LF) return { end: start, bodyStart: first + 1 };
  // Only the mail's own header is followed beyond its limit; a part's is not, since there may be many.
  const within = source.subarray(start, start === 0 ? source.length : start + limit);
  const unix = within.indexOf('\n\n');
  const dos = (unix < 0 ? within : within.subarray(0, unix + 3)).indexOf('\n\r\n');
  if (dos >= 0 && (unix < 0 || dos < unix)) return { end: start + dos + 1, bodyStart: start + dos + 3 };
  if (unix >= 0) return { end: start + unix + 1, bodyStart: start + unix + 2 };
  const text = within.toString('latin1', 0, limit);
  const junk = text.search(/\n(?![ \t\r\n]|[!-9;-~]+[ \t]*:|$)/);
  const end = start + (junk < 0 ? within.length : junk + 1);
  return { end, bodyStart: end };
}

function makePart(fields: Fields, parent: Part | null): Part {
  const type = readStructured(firstOf(fields, 'content-type'));
  const fallback = parent?.contentType.value === 'multipart/digest' ? 'message/rfc822' : 'text/plain';
  // RFC 2045 section 5.2: what is no type and subtype is as if it were not there.
  const contentType = /^[^\s/]+\/[^\s/]+$/.test(type.value) ? type : { ...type, value: fallback };
  const number = String((parent?.children.length ?? 0) + 1);
  const rootNumber = contentType.value.startsWith('multipart/') ? '' : '1';
  const part: Part = {
    partId: parent ? (parent.partId ? `${parent.partId}.${number}` : number) : rootNumber,
    contentType,
    disposition: readStructured(firstOf(fields, 'content-disposition')),
    contentId: firstOf(fields, 'content-id')
      .replace(/[<>\s]/g, '')
      .slice(0, LIMITS.messageIdChars),
    encoding: readEncoding(firstOf(fields, 'content-transfer-encoding')),
    children: [],
    body: EMPTY,
  };
  parent?.children.push(part);
  return part;
}

const readEncoding = (field: string): string =>
  /[\w-]+/.exec(field.slice(0, 200).replace(/\([^()]*\)/g, ''))?.[0]?.toLowerCase() ?? '7bit';

/** RFC 6532 headers are UTF-8; older writers used the charset of their text, which stands in the same block. */
function decodeHeader(block: Buffer): string {
  if (isUtf8(block)) return block.toString().replace(/^\ufeff/, '');
  const text = block.toString('latin1');
  const charset = /^content-type:[^\n]*(?:\n[ \t][^\n]*){0,20}?charset="?([\w.:-]+)/im.exec(text)?.[1];
  return decodeText(block, charset ?? '');
}

function withoutLineEnd(source: Buffer, lineStart: number): number {
  if (source[lineStart - 1] !== LF) return lineStart;
  return source[lineStart - 2] === CR ? lineStart - 2 : lineStart - 1;
}
