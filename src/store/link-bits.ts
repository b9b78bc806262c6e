// The bits by which a row remembers what of Google its mail points to. A bit never changes its meaning.
import type { LinkName } from '../query/tree.ts';

export const LINK_BITS: Readonly<Record<LinkName, bigint>> = {
  drive: 1n,
  document: 2n,
  spreadsheet: 4n,
  presentation: 8n,
  youtube: 16n,
};

export function linkBits(links: Iterable<LinkName>): bigint {
  let bits = 0n;
  for (const link of links) bits |= LINK_BITS[link];
  return bits;
}
