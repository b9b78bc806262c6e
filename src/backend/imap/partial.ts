// A large mail without its large parts: which sections to ask for, and one valid MIME source made of the answers.
import type { FetchBodyPartQuery, MessageStructureObject } from 'imapflow';
import { isContainer, MOST_DEPTH, MOST_PARTS, partIdOf } from './structure.ts';

/** Of one text part, and of the mail's own header. */
const MOST_SECTION_BYTES = 1024 * 1024;
/** Text parts after these stay at the server. */
const MOST_TEXTS = 4;
/** Of a part's own header. */
const MOST_MIME_BYTES = 16 * 1024;
/** Parts after these are left out of the source altogether. */
const MOST_SECTIONS = 200;

/** Sections of one FETCH: the header, each part's MIME header, and the first MiB of each text that is no attachment. */
export function sectionsOf(root: MessageStructureObject | undefined): FetchBodyPartQuery[] {
  const sections: FetchBodyPartQuery[] = [{ key: 'HEADER', start: 0, maxLength: MOST_SECTION_BYTES }];
  let texts = 0;
  walk(root, (node) => {
    if (sections.length > MOST_SECTIONS) return;
    if (node !== root) sections.push({ key: `${node.part}.MIME`, start: 0, maxLength: MOST_MIME_BYTES });
    if (isText(node) && texts++ < MOST_TEXTS)
      sections.push({ key: partIdOf(node), start: 0, maxLength: MOST_SECTION_BYTES });
  });
  return sections;
}

/** The mail put together again, bodies that were not fetched left empty. `part` answers with a section by its key. */
export function assemble(
  root: MessageStructureObject | undefined,
  header: Buffer,
  part: (key: string) => Buffer | undefined,
): Buffer {
  const pieces: Buffer[] = [endWithEmptyLine(header)];
  const line = (text: string): number => pieces.push(Buffer.from(`${text}\r\n`, 'latin1'));
  const write = (node: MessageStructureObject, depth: number): void => {
    if (depth > MOST_DEPTH) return;
    if (!isContainer(node)) {
      pieces.push(part(partIdOf(node)) ?? Buffer.alloc(0));
      return;
    }
    const boundary = node.parameters?.boundary ?? '';
    for (const child of node.childNodes ?? []) {
      const mime = part(`${child.part}.mime`);
      if (!mime) continue;
      line(`--${boundary}`);
      pieces.push(endWithEmptyLine(mime));
      write(child, depth + 1);
      line('');
    }
    line(`--${boundary}--`);
  };
  if (root) write(root, 0);
  return Buffer.concat(pieces);
}

function walk(root: MessageStructureObject | undefined, visit: (node: MessageStructureObject) => void): void {
  let seen = 0;
  const step = (node: MessageStructureObject, depth: number): void => {
    if (seen++ > MOST_PARTS || depth > MOST_DEPTH) return;
    visit(node);
    if (isContainer(node)) for (const child of node.childNodes ?? []) step(child, depth + 1);
  };
  if (root) step(root, 0);
}

const isText = (node: MessageStructureObject): boolean =>
  (node.type.startsWith('text/plain') || node.type.startsWith('text/html')) && node.disposition !== 'attachment';

function endWithEmptyLine(block: Buffer): Buffer {
  if (block.length === 0 || block.subarray(-4).equals(EMPTY_LINE)) return block.length === 0 ? CRLF : block;
  return Buffer.concat([block, block.subarray(-2).equals(CRLF) ? CRLF : EMPTY_LINE]);
}

const CRLF = Buffer.from('\r\n');
const EMPTY_LINE = Buffer.from('\r\n\r\n');
