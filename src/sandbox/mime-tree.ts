// Where the parts of a mail begin and end (RFC 2045, 2046), as offsets into its bytes. Decodes nothing.

/** A header field as it stands in the mail, unfolded. */
export interface HeaderField {
  /** Lower case. */
  readonly name: string;
  /** Octets as Latin-1 characters, white space trimmed. */
  readonly value: string;
  /** The field's lines with their line ends. */
  readonly raw: string;
}

/** One node of the tree; offsets are octets from the start of the mail. */
export interface MimePart {
  readonly fields: readonly HeaderField[];
  readonly start: number;
  readonly bodyStart: number;
  readonly end: number;
  /** Lower case. */
  readonly type: string;
  readonly subtype: string;
  readonly parameters: ReadonlyMap<string, string>;
  /** Parts of a multipart; the one mail inside of a message/rfc822. */
  readonly children: readonly MimePart[];
}

// Deeper nesting is shown as an opaque part, so that no mail can exhaust the stack.
const MAX_DEPTH = 40;
const MAX_PARTS = 2000;

/** The tree of a whole mail. Never throws: what makes no sense as a multipart is a leaf. */
export function parseTree(raw: Buffer): MimePart {
  return parsePart(raw, 0, raw.length, 'text/plain', 0, { parts: 0 });
}

/** The first value of a header field, or an empty string. */
export function headerOf(part: Pick<MimePart, 'fields'>, name: string): string {
  return part.fields.find((field) => field.name === name)?.value ?? '';
}

/** The fields of a header block, without its empty line. */
export function parseFields(block: string): HeaderField[] {
  const fields: HeaderField[] = [];
  for (const raw of block.match(/[^\n]*\n(?:[ \t][^\n]*\n)*|[^\n]+$/g) ?? []) {
    const colon = raw.indexOf(':');
    if (colon <= 0) continue;
    const value = raw
      .slice(colon + 1)
      .replace(/\r?\n(?=[ \t])/g, '')
      .trim();
    fields.push({ name: raw.slice(0, colon).trim().toLowerCase(), value, raw });
  }
  return fields;
}

/** Where the body begins: after the first empty line, or at the end. */
export function findBody(raw: Buffer, start: number, end: number): number {
  let line = start;
  while (line < end) {
    const next = raw.indexOf(10, line);
    if (next < 0 || next >= end) return end;
    if (next === line || (next === line + 1 && raw[line] === 13)) return next + 1;
    line = next + 1;
  }
  return end;
}

/** A structured value (`type/subtype; name=value`) taken apart; names lower case, values as written (RFC 2231 not undone). */
export function parseParameters(header: string): { value: string; parameters: Map<string, string> } {
  const parameters = new Map<string, string>();
  const semicolon = header.indexOf(';');
  const value = (semicolon < 0 ? header : header.slice(0, semicolon)).trim();
  const rest = semicolon < 0 ? '' : header.slice(semicolon);
  for (const match of rest.matchAll(/;\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))/g)) {
    const name = match[1]!.toLowerCase();
    const text = match[2] === undefined ? match[3]!.trim() : match[2].replace(/\\(.)/g, '$1');
    if (!parameters.has(name)) parameters.set(name, text);
  }
  return { value, parameters };
}

function parsePart(
  raw: Buffer,
  start: number,
  end: number,
  defaultType: string,
  depth: number,
  seen: { parts: number },
): MimePart {
  seen.parts += 1;
  const bodyStart = findBody(raw, start, end);
  const fields = parseFields(raw.toString('latin1', start, bodyStart));
  const contentType = parseParameters(headerOf({ fields }, 'content-type') || defaultType);
  const [type = 'text', subtype = 'plain'] = /^[^/\s]+\/[^/\s]+$/.test(contentType.value)
    ? contentType.value.toLowerCase().split('/')
    : defaultType.split('/');
  const part = { fields, start, bodyStart, end, type, subtype, parameters: contentType.parameters };
  if (depth >= MAX_DEPTH) return { ...part, type: 'application', subtype: 'octet-stream', children: [] };

  const boundary = contentType.parameters.get('boundary');
  if (type === 'multipart' && boundary) {
    const childType = subtype === 'digest' ? 'message/rfc822' : 'text/plain';
    const children: MimePart[] = [];
    for (const [from, to] of splitByBoundary(raw, bodyStart, end, boundary)) {
      if (seen.parts >= MAX_PARTS) break;
      children.push(parsePart(raw, from, to, childType, depth + 1, seen));
    }
    if (children.length > 0) return { ...part, children };
  }
  if (type === 'message' && subtype === 'rfc822' && isPlainEncoding(fields)) {
    return { ...part, children: [parsePart(raw, bodyStart, end, 'text/plain', depth + 1, seen)] };
  }
  if (type === 'multipart') return { ...part, type: 'text', subtype: 'plain', children: [] };
  return { ...part, children: [] };
}

function isPlainEncoding(fields: readonly HeaderField[]): boolean {
  return /^(7bit|8bit|binary|)$/i.test(headerOf({ fields }, 'content-transfer-encoding'));
}

/** Ranges of the parts between boundary lines; the line end before a boundary belongs to the boundary (RFC 2046 5.1.1). */
function splitByBoundary(raw: Buffer, start: number, end: number, boundary: string): [number, number][] {
  const mark = Buffer.from(`--${boundary}`, 'latin1');
  const ranges: [number, number][] = [];
  let open = -1;
  for (let at = raw.indexOf(mark, start); at >= 0 && at < end; at = raw.indexOf(mark, at + 1)) {
    if (at !== start && raw[at - 1] !== 10) continue;
    const after = at + mark.length;
    const newline = raw.indexOf(10, after);
    const lineEnd = newline < 0 || newline >= end ? end : newline + 1;
    const tail = raw.toString('latin1', after, lineEnd).trim();
    if (tail !== '' && tail !== '--') continue;
    if (open >= 0) {
      const trimmed = raw[at - 2] === 13 ? at - 2 : at - 1;
      ranges.push([open, Math.max(open, trimmed)]);
    }
    open = tail === '--' ? -1 : lineEnd;
    if (open < 0) return ranges;
    at = lineEnd - 1;
  }
  // A last part without its closing boundary runs to the end, as in mail that was cut.
  if (open >= 0 && open < end) ranges.push([open, end]);
  return ranges;
}
