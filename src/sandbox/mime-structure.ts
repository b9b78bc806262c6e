// ENVELOPE, BODYSTRUCTURE and BODY[section] of RFC 3501 from a mail's tree. Knows no mailbox.
import { addressParser } from 'postal-mime';
import { type Item, text } from './imap-syntax.ts';
import { findBody, headerOf, type MimePart, parseParameters } from './mime-tree.ts';

/** ENVELOPE (RFC 3501 section 7.4.2). */
export function envelopeOf(part: MimePart): Item[] {
  const from = addresses(part, 'from');
  const orFrom = (list: Item[] | null) => list ?? from;
  return [
    textOrNil(headerOf(part, 'date')),
    textOrNil(headerOf(part, 'subject')),
    from,
    orFrom(addresses(part, 'sender')),
    orFrom(addresses(part, 'reply-to')),
    addresses(part, 'to'),
    addresses(part, 'cc'),
    addresses(part, 'bcc'),
    textOrNil(headerOf(part, 'in-reply-to')),
    textOrNil(headerOf(part, 'message-id')),
  ];
}

/** BODYSTRUCTURE with extension data, or BODY without. */
export function structureOf(raw: Buffer, part: MimePart, extended: boolean): Item[] {
  const disposition = dispositionOf(part);
  const language = textOrNil(headerOf(part, 'content-language'));
  if (part.type === 'multipart') {
    const children: Item[] = part.children.map((child) => structureOf(raw, child, extended));
    const head: Item[] = [{ run: children }, text(part.subtype.toUpperCase())];
    return extended ? [...head, parameterList(part.parameters), disposition, language, null] : head;
  }
  const parameters = new Map(part.parameters);
  if (part.type === 'text' && !parameters.has('charset')) parameters.set('charset', 'us-ascii');
  const items: Item[] = [
    text(part.type.toUpperCase()),
    text(part.subtype.toUpperCase()),
    parameterList(parameters),
    textOrNil(headerOf(part, 'content-id')),
    textOrNil(headerOf(part, 'content-description')),
    text((headerOf(part, 'content-transfer-encoding') || '7bit').toUpperCase()),
    part.end - part.bodyStart,
  ];
  const inner = part.children[0];
  if (inner) items.push(envelopeOf(inner), structureOf(raw, inner, extended));
  if (part.type === 'text' || inner) items.push(countLines(raw, part.bodyStart, part.end));
  return extended ? [...items, null, disposition, language, null] : items;
}

/**
 * The octets of `BODY[section]` (RFC 3501 section 6.4.5), section without brackets, upper case; null when there is no
 * such part.
 */
export function sectionOf(raw: Buffer, root: MimePart, section: string, names: readonly string[]): Buffer | null {
  const match = /^((?:\d+\.)*\d+)?\.?(.*)$/.exec(section)!;
  const numbers = match[1] ? match[1].split('.').map(Number) : [];
  const part = numbers.length > 0 ? findPart(root, numbers) : root;
  if (!part) return null;
  const specifier = match[2]!;
  if (numbers.length > 0 && specifier === '') return raw.subarray(part.bodyStart, part.end);
  if (numbers.length > 0 && specifier === 'MIME') return raw.subarray(part.start, part.bodyStart);
  const message = numbers.length === 0 ? part : part.children[0];
  if (!message || (numbers.length > 0 && part.type !== 'message')) return null;
  switch (specifier) {
    case '':
      return raw.subarray(message.start, message.end);
    case 'HEADER':
      return raw.subarray(message.start, message.bodyStart);
    case 'TEXT':
      return raw.subarray(findBody(raw, message.start, message.end), message.end);
    case 'HEADER.FIELDS':
    case 'HEADER.FIELDS.NOT': {
      const wanted = new Set(names.map((name) => name.toLowerCase()));
      const kept = message.fields.filter((field) => wanted.has(field.name) === (specifier === 'HEADER.FIELDS'));
      return Buffer.from(`${kept.map((field) => field.raw).join('')}\r\n`, 'latin1');
    }
    default:
      return null;
  }
}

function findPart(root: MimePart, numbers: readonly number[]): MimePart | null {
  let part = root;
  for (const number of numbers) {
    // Inside a message/rfc822 numbers count the parts of the mail within; a mail that is no multipart has one part, 1.
    const holder: MimePart = part.type === 'message' && part.children[0] ? part.children[0] : part;
    const next: MimePart | undefined =
      holder.type === 'multipart' ? holder.children[number - 1] : number === 1 ? holder : undefined;
    if (!next) return null;
    part = next;
  }
  return part;
}

function addresses(part: MimePart, name: string): Item[] | null {
  const value = part.fields
    .filter((field) => field.name === name)
    .map((field) => field.value)
    .join(', ');
  if (value === '') return null;
  const items: Item[] = [];
  for (const entry of addressParser(value)) {
    if (entry.group) {
      items.push([null, null, text(entry.name ?? ''), null]);
      for (const member of entry.group) items.push(oneAddress(member.name, member.address ?? ''));
      items.push([null, null, null, null]);
    } else items.push(oneAddress(entry.name, entry.address ?? ''));
  }
  return items.length > 0 ? [{ run: items }] : null;
}

function oneAddress(name: string | undefined, address: string): Item[] {
  const at = address.lastIndexOf('@');
  const [local, host] = at < 0 ? [address, ''] : [address.slice(0, at), address.slice(at + 1)];
  return [textOrNil(encodeWord(name ?? '')), null, text(local), text(host)];
}

// The address parser undoes encoded words (RFC 2047); ENVELOPE carries them encoded.
function encodeWord(name: string): string {
  if (/^[\x20-\x7e]*$/.test(name)) return name;
  const utf8 = [...name].every((char) => char.codePointAt(0)! <= 0xff)
    ? Buffer.from(name, 'latin1')
    : Buffer.from(name);
  const valid = utf8.toString('utf8').includes('\ufffd') ? Buffer.from(name) : utf8;
  return `=?UTF-8?B?${valid.toString('base64')}?=`;
}

function dispositionOf(part: MimePart): Item {
  const header = headerOf(part, 'content-disposition');
  if (header === '') return null;
  const { value, parameters } = parseParameters(header);
  return [text(value.toUpperCase()), parameterList(parameters)];
}

function parameterList(parameters: ReadonlyMap<string, string>): Item {
  if (parameters.size === 0) return null;
  return [...parameters].flatMap(([name, value]) => [text(name.toUpperCase()), text(value)]);
}

function textOrNil(value: string): Item {
  return value === '' ? null : text(value);
}

function countLines(raw: Buffer, start: number, end: number): number {
  let lines = 0;
  for (let at = raw.indexOf(10, start); at >= 0 && at < end; at = raw.indexOf(10, at + 1)) lines += 1;
  return lines;
}
