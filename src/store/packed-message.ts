// A mail made ready for its rows, so that the transaction only inserts: its texts compressed, its index row, its snippet.
// Pure; knows no table, so that any thread may do it.
import { zstdCompressSync } from 'node:zlib';
import { linkKinds } from '../mail/links.ts';
import type { Message } from '../mail/message.ts';
import { splitQuoted } from '../mail/quotes.ts';
import { snippet } from '../mail/snippet.ts';
import { linkBits } from './link-bits.ts';
import { type SearchColumns, searchColumns } from './search-columns.ts';

const SNIPPET_CHARS = 200;

/** Plain values and bytes only: it may be sent from thread to thread. */
export interface PackedMessage extends Omit<Message, 'headerBlock' | 'text' | 'html'> {
  readonly snippet: string;
  readonly textLength: number;
  /** UTF-8 in zstd. */
  readonly headerBlock: Uint8Array;
  readonly text: Uint8Array;
  readonly html: Uint8Array | null;
  readonly index: SearchColumns;
  /** What of Google it points to (link-bits). */
  readonly links: bigint;
}

export function packMessage(message: Message): PackedMessage {
  const { headerBlock, text, html } = message;
  return {
    ...message,
    snippet: snippet(splitQuoted(text).own, SNIPPET_CHARS),
    textLength: text.length,
    headerBlock: zstdCompressSync(headerBlock),
    text: zstdCompressSync(text),
    html: html === null ? null : zstdCompressSync(html),
    index: searchColumns(message),
    links: linkBits(linkKinds(message)),
  };
}
