// A tree as a plain IMAP SEARCH (RFC 3501 section 6.4.4), for a server that does not speak Gmail's language. Pure.
import { searchPieces, searchWords } from './search-text.ts';
import type { QueryNode, StateName, TextField } from './tree.ts';

export type ImapCriterion =
  | { readonly key: 'and' | 'or'; readonly of: readonly ImapCriterion[] }
  | { readonly key: 'not'; readonly of: ImapCriterion }
  | { readonly key: 'text' | 'subject' | 'from' | 'to' | 'cc' | 'bcc'; readonly value: string }
  | { readonly key: 'header'; readonly name: string; readonly value: string }
  | { readonly key: 'seen' | 'flagged' | 'draft'; readonly is: boolean }
  /** LARGER and SMALLER as the server reads them: more than, less than so many bytes. */
  | { readonly key: 'larger' | 'smaller'; readonly bytes: number }
  /** A day as `2026-01-31`, in whatever zone the server counts. */
  | { readonly key: 'since' | 'before'; readonly day: string };

export interface ImapSearch {
  /** What the server is asked; `nothing` when no mail can be meant, null when nothing of the query can be asked. */
  readonly criterion: ImapCriterion | 'nothing' | null;
  /** CHARSET UTF-8 has to be said (RFC 3501 section 6.4.4). */
  readonly needsUtf8: boolean;
  /** What the answer has still to be checked for: the server finds these too widely, or cannot be asked for them. */
  readonly residue: readonly QueryNode[];
}

const DAY = 86_400_000;

/**
 * A question whose answer holds every mail that the query means, and more: SEARCH finds parts of words, counts whole days
 * and knows neither labels nor links. What is more has to be sorted out by whoever holds the mails; `residue` says by which
 * terms. Mails that differ from the query in accents alone may be missed.
 */
export function toImapSearch(root: QueryNode | null, ownAddresses: readonly string[]): ImapSearch {
  const residue: QueryNode[] = [];
  const wide = root === null ? true : new Widening(ownAddresses, residue).of(root, true);
  const criterion = wide === true ? null : wide === false ? 'nothing' : wide;
  return {
    criterion,
    needsUtf8: typeof criterion === 'object' && criterion !== null && !isAscii(criterion),
    residue,
  };
}

function isAscii(criterion: ImapCriterion): boolean {
  return !/[^\x00-\x7f]/.test(JSON.stringify(criterion));
}

/** True: every mail; false: none. */
type Part = ImapCriterion | boolean;

class Widening {
  readonly #own: readonly string[];
  readonly #residue: QueryNode[];

  constructor(own: readonly string[], residue: QueryNode[]) {
    this.#own = own;
    this.#residue = residue;
  }

  /** The part for a term. `wide`: it may find too much; otherwise, under a negation, only too little. */
  of(node: QueryNode, wide: boolean): Part {
    switch (node.kind) {
      case 'and':
        return all(node.children.map((child) => this.of(child, wide)));
      case 'or':
        return any(node.children.map((child) => this.of(child, wide)));
      case 'not':
        return not(this.of(node.child, !wide));
      case 'text':
        return this.#loose(node, wide, () => this.#text(node.field, node.text, node.quoted));
      case 'near':
        return this.#loose(node, wide, () =>
          all([words(node.field, node.first, true), words(node.field, node.second, true)]),
        );
      case 'message-id':
        return this.#loose(node, wide, () => header('Message-ID', node.messageId));
      case 'size':
        if (node.min !== null) return node.min === 0 || { key: 'larger', bytes: node.min - 1 };
        return node.below !== 0 && { key: 'smaller', bytes: node.below! };
      case 'date':
        // A day more on either side, since nobody says in which zone the server counts.
        return this.#loose(node, wide, () =>
          node.fromMs !== null
            ? { key: 'since', day: day(node.fromMs - DAY) }
            : { key: 'before', day: day(node.beforeMs! + 2 * DAY) },
        );
      case 'state':
        return STATES[node.state] ?? this.#loose(node, wide, () => true);
      case 'impossible':
        return false;
      default:
        return this.#loose(node, wide, () => true);
    }
  }

  #loose(node: QueryNode, wide: boolean, part: () => Part): Part {
    this.#residue.push(node);
    return wide && part();
  }

  #text(field: TextField, text: string, quoted: boolean): Part {
    const isMe = !quoted && text.toLowerCase() === 'me' && PEOPLE.includes(field) && this.#own.length > 0;
    return isMe ? any(this.#own.map((address) => inField(field, address))) : words(field, text, quoted);
  }
}

const PEOPLE: readonly TextField[] = ['from', 'to', 'cc', 'bcc', 'deliveredto'];
const STATES: Readonly<Partial<Record<StateName, Part>>> = {
  unread: { key: 'seen', is: false },
  read: { key: 'seen', is: true },
  starred: { key: 'flagged', is: true },
  anywhere: true,
};

// Word by word: what stands between them in the mail is unknown. A run of an unspaced script is one piece.
function words(field: TextField, text: string, quoted: boolean): Part {
  const pieces = searchPieces(text, quoted).flatMap((piece) => piece.match(/[\p{L}\p{N}\p{M}_]+/gu) ?? []);
  return all(pieces.filter((piece) => searchWords(piece).length > 0).map((piece) => inField(field, piece)));
}

function inField(field: TextField, value: string): Part {
  switch (field) {
    case 'any':
      return { key: 'text', value };
    case 'to':
      return any([
        { key: 'to', value },
        { key: 'cc', value },
        { key: 'bcc', value },
      ]);
    case 'deliveredto':
      return header('Delivered-To', value);
    case 'list':
      return header('List-Id', value);
    // Names of attachments are written in too many ways.
    case 'filename':
      return true;
    default:
      return { key: field, value };
  }
}

function header(name: string, text: string): Part {
  const value = text.replace(/\p{C}/gu, '');
  return value === '' || { key: 'header', name, value };
}

function all(parts: readonly Part[]): Part {
  if (parts.includes(false)) return false;
  const of = parts.filter((part) => typeof part === 'object');
  return of.length === 0 || (of.length === 1 ? of[0]! : { key: 'and', of });
}

function any(parts: readonly Part[]): Part {
  if (parts.includes(true)) return true;
  const of = parts.filter((part) => typeof part === 'object');
  return of.length > 0 && (of.length === 1 ? of[0]! : { key: 'or', of });
}

function not(part: Part): Part {
  return typeof part === 'boolean' ? !part : { key: 'not', of: part };
}

function day(ms: number): string {
  const last = Date.UTC(9999, 11, 31);
  return new Date(Math.min(Math.max(ms, 0), last)).toISOString().slice(0, 10);
}
