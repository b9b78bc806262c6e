// Who a mail is on a server that gives it no id of its own. Pure; knows no connection.
import { hash } from 'node:crypto';
import type { Identity } from '../../mail/change.ts';

/**
 * The hash of a mail's header block up to and including the empty line, and its size: the same from the header alone, from
 * the whole mail, and whether the server ends lines with CRLF or LF. Null for a mail without a header, which says nothing
 * about who it is.
 */
export function headerIdentity(source: Uint8Array, sizeBytes: number): Identity | null {
  const header = headerOf(source);
  return header.length === 0 ? null : `hd:${sha256(Buffer.concat([header, EMPTY_LINE]))}:${sizeBytes}`;
}

/** The same of a mail that is at hand; without a header all of its text speaks for it. */
export function wholeIdentity(mail: { header: Uint8Array; source: Uint8Array }, sizeBytes: number): Identity {
  return headerIdentity(mail.header, sizeBytes) ?? `tx:${sha256(mail.source)}:${sizeBytes}`;
}

/** Of a mail that cannot be had: whatever lies there, and no other mail. */
export function placeIdentity(path: string, uidValidity: number, uid: number): Identity {
  return `at:${sha256(JSON.stringify([path, uidValidity, uid]))}`;
}

const EMPTY_LINE = Buffer.from('\r\n\r\n');
const LF = 0x0a;
const CR = 0x0d;

/** Without the end of its last line: a mail without a body may come with or without the empty line. */
function headerOf(source: Uint8Array): Uint8Array {
  for (let start = 0; ; ) {
    const end = source.indexOf(LF, start);
    const isEmpty = end === start || (end === start + 1 && source[start] === CR);
    if (isEmpty || end < 0)
      return source.subarray(0, isEmpty || start === source.length ? beforeLineEnd(source, start) : source.length);
    start = end + 1;
  }
}

/** Where the line ends whose end lies right before `at`. */
function beforeLineEnd(source: Uint8Array, at: number): number {
  const end = Math.max(0, at - 1);
  return end > 0 && source[end - 1] === CR ? end - 1 : end;
}

const sha256 = (data: Uint8Array | string): string => hash('sha256', data, 'hex');
