// BODYSTRUCTURE as the house's list of parts. Pure; knows no connection.
import type { MessageStructureObject } from 'imapflow';
import type { PartDescription } from '../../mail/change.ts';

/** What is over these is left out: a mail of more parts or deeper nesting is a trap. */
export const MOST_PARTS = 1000;
export const MOST_DEPTH = 50;

/** Leaves of a BODYSTRUCTURE (RFC 3501 section 7.4.2) in depth-first order; an attached mail is one leaf. */
export function describeParts(root: MessageStructureObject | undefined): PartDescription[] {
  const parts: PartDescription[] = [];
  const walk = (node: MessageStructureObject, depth: number): void => {
    if (parts.length >= MOST_PARTS || depth > MOST_DEPTH) return;
    if (isContainer(node)) for (const child of node.childNodes ?? []) walk(child, depth + 1);
    else parts.push(describe(node));
  };
  if (root) walk(root, 0);
  return parts;
}

export const isContainer = (node: MessageStructureObject): boolean => node.type.startsWith('multipart/');

/** The number to ask for: a mail of a single part has no number of its own, its body is part 1. */
export const partIdOf = (node: MessageStructureObject): string => node.part ?? '1';

function describe(node: MessageStructureObject): PartDescription {
  const { disposition } = node;
  return {
    partId: partIdOf(node),
    contentType: node.type,
    filename: (node.dispositionParameters?.filename ?? node.parameters?.name ?? '').slice(0, 1000),
    disposition: disposition === 'inline' || disposition === 'attachment' ? disposition : '',
    contentId: (node.id ?? '').replace(/^<|>$/g, '').slice(0, 1000),
    encoding: node.encoding ?? '7bit',
    encodedBytes: node.size ?? 0,
  };
}
