// A tree as a query of Gmail's own, for a server or an API that speaks it. Pure.
import { STATE_OPERATORS } from './print.ts';
import { searchPieces } from './search-text.ts';
import type { QueryNode, TextField } from './tree.ts';

/** A part of the query: one that says nothing (every mail), one that nothing meets, or text. */
type Part = true | false | string;

/**
 * The query as Gmail reads it, whatever its precedence: every group stands in brackets, days are epoch seconds, so that no
 * zone is guessed, and what a stranger may have typed stands in quotes without signs that could end them. Null when no mail
 * can be meant; empty when every mail is. There is nothing in a tree that Gmail cannot be asked for.
 */
export function toGmail(root: QueryNode | null): string | null {
  const part = root === null ? true : write(root);
  if (part === false) return null;
  return part === true ? '' : part;
}

function write(node: QueryNode): Part {
  switch (node.kind) {
    case 'and':
      return all(node.children.map(write));
    case 'or':
      return any(node.children.map(write));
    case 'not': {
      const part = write(node.child);
      return typeof part === 'boolean' ? !part : part.startsWith('-') ? `-(${part})` : `-${part}`;
    }
    case 'text':
      return all(
        searchPieces(node.text, node.quoted).map((piece) => inField(node.field, word(piece, node.quoted, node.exact))),
      );
    case 'near': {
      const [first, second] = [plain(node.first), plain(node.second)];
      const near = node.ordered
        ? `"${first} AROUND ${node.distance} ${second}"`
        : `("${first}" AROUND ${node.distance} "${second}")`;
      return inField(node.field, near);
    }
    case 'label':
      return `label:${label(node.name)}`;
    case 'category':
      return `category:${node.category}`;
    case 'state':
      return node.state === 'draft' ? 'in:drafts' : `${STATE_OPERATORS[node.state]}:${node.state}`;
    case 'link':
      return `has:${node.link}`;
    case 'star':
      return `has:${node.star}`;
    case 'message-id':
      return `rfc822msgid:"${plain(node.messageId)}"`;
    case 'size':
      return node.min !== null ? node.min === 0 || `larger:${node.min}` : node.below !== 0 && `smaller:${node.below}`;
    case 'date':
      return node.fromMs !== null
        ? node.fromMs <= 0 || `after:${Math.ceil(node.fromMs / 1000)}`
        : node.beforeMs! > 0 && `before:${Math.ceil(node.beforeMs! / 1000)}`;
    case 'impossible':
      return false;
  }
}

function all(parts: readonly Part[]): Part {
  if (parts.includes(false)) return false;
  const texts = parts.filter((part) => typeof part === 'string');
  if (texts.length === 0) return true;
  return texts.length === 1 ? texts[0]! : `(${texts.join(' ')})`;
}

function any(parts: readonly Part[]): Part {
  if (parts.includes(true)) return true;
  const texts = parts.filter((part) => typeof part === 'string');
  if (texts.length === 0) return false;
  return texts.length === 1 ? texts[0]! : `(${texts.join(' OR ')})`;
}

function inField(field: TextField, text: string): string {
  return field === 'any' ? text : `${field}:${text}`;
}

// A word of letters alone is no sign of the language, unless it is one of its words; `me` has to stay bare.
function word(piece: string, quoted: boolean, exact: boolean): string {
  const isBare = !quoted && /^[\p{L}\p{N}]+$/u.test(piece) && !/^(?:OR|AND|NOT|AROUND)$/.test(piece);
  return `${exact ? '+' : ''}${isBare ? piece : `"${plain(piece)}"`}`;
}

function label(name: string): string {
  const dashed = plain(name).replace(/[\s/(){}|]/g, '-');
  return /^[\p{L}\p{N}_-]+$/u.test(dashed) ? dashed.toLowerCase() : `"${dashed.toLowerCase()}"`;
}

/** Without quotes, controls and broken characters, on one line. */
function plain(text: string): string {
  return text
    .replace(/["“”„\p{C}]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}
