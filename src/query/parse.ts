// Reads Gmail's search language into a tree. Pure and total: any text is a query; knows no table and no clock.
import { type Token, tokens } from './lexer.ts';
import { isOperator, type Operand, type QueryContext, term, textFieldOf } from './operators.ts';
import { near, nearInQuotes } from './proximity.ts';
import { MOST_PHRASE_WORDS, searchWords } from './search-text.ts';
import type { Query, QueryNode, QueryWarning, Span } from './tree.ts';

// Deeper brackets are read as if they were not there; more words are left out, more warnings not told.
const MAX_DEPTH = 20;
const MAX_TERMS = 256;
const MAX_WARNINGS = 20;
const MAX_CHARS = 20_000;

/**
 * The tree of a query. Never throws and takes time in proportion to the text, of which no more than 20,000 characters are
 * read. What has no effect (an empty value, a bracket too many) is a warning with its place and is left out of the tree; a
 * value that its operator does not know is a warning too, and a term that no mail meets.
 *
 *     query   := or ( [AND] or )*                 a space is AND
 *     or      := around ( (OR | "|") around )*    binds tighter than AND
 *     around  := unary ( AROUND [n] unary )*
 *     unary   := ("-" | "+" | NOT)* primary       the sign touches its operand
 *     primary := "(" query ")" | "{" unary* "}" | operator ":" value | phrase | word
 *     value   := word | phrase | "(" query ")" | "{" unary* "}"
 */
export function parseQuery(text: string, context: QueryContext): Query {
  const parser = new Parser(text.slice(0, MAX_CHARS), context);
  const root = parser.query();
  if (text.length > MAX_CHARS)
    parser.warn(`only the first ${MAX_CHARS} characters were read`, { start: MAX_CHARS, end: text.length });
  if (root === null && text.trim() !== '' && parser.warnings.length === 0)
    parser.warn('there is no word to look for in this, so everything is listed', { start: 0, end: text.length });
  return { ...queryOf(root, text), warnings: parser.warnings };
}

/** A tree as a query; `text` is what was typed. */
export function queryOf(root: QueryNode | null, text: string): Query {
  return { text, root, warnings: [], includesHidden: root !== null && namesHidden(root, false) };
}

class Parser {
  readonly warnings: QueryWarning[] = [];
  readonly #context: QueryContext;
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;
  #terms = 0;

  constructor(text: string, context: QueryContext) {
    this.#context = context;
    this.#tokens = tokens(text, isOperator);
  }

  query(): QueryNode | null {
    const parts: QueryNode[] = [];
    while (this.#peek() !== null) {
      const part = this.#and(null);
      if (part !== null) parts.push(part);
      // What stopped the row of terms is a closing bracket without its opening one.
      const stray = this.#next();
      if (stray !== null) this.warn('a closing bracket without its opening one was left out', stray.span);
    }
    return join('and', parts);
  }

  // `operator` is the one that stands before a group and is meant for each word in it.
  #and(operator: string | null): QueryNode | null {
    const parts: QueryNode[] = [];
    for (let token = this.#peek(); token !== null && !isClosing(token); token = this.#peek()) {
      if (token.kind === 'and' || token.kind === 'or') this.#at += 1;
      else push(parts, this.#or(operator));
    }
    return join('and', parts);
  }

  #or(operator: string | null): QueryNode | null {
    const parts: QueryNode[] = [];
    push(parts, this.#around(operator));
    while (this.#peek()?.kind === 'or') {
      while (this.#peek()?.kind === 'or') this.#at += 1;
      if (this.#startsOperand()) push(parts, this.#around(operator));
    }
    return join('or', parts);
  }

  #around(operator: string | null): QueryNode | null {
    const parts: QueryNode[] = [];
    let last = this.#unary(operator);
    let isTold = false;
    for (let token = this.#peek(); token?.kind === 'around'; token = this.#peek()) {
      this.#at += 1;
      const given = this.#peek();
      const distance = given?.kind === 'text' && !given.quoted && /^\d+$/.test(given.text) ? given.text : null;
      if (distance !== null) this.#at += 1;
      const next = this.#startsOperand() ? this.#unary(operator) : null;
      const pair = last && next ? near(last, next, distance) : null;
      if (pair) {
        this.#terms += pair.cost;
        parts.push(pair.node);
      } else {
        this.warn('AROUND wants words or phrases of one field on both sides; it was read as AND', token.span);
        if (!isTold) push(parts, last);
      }
      isTold = pair !== null || next === null;
      last = next;
    }
    if (!isTold) push(parts, last);
    return join('and', parts);
  }

  #unary(operator: string | null): QueryNode | null {
    let start: number | null = null;
    let negative = false;
    let exact = false;
    for (let token = this.#peek(); token !== null && isSign(token); token = this.#peek()) {
      start ??= token.span.start;
      if (token.kind === 'plus') exact = true;
      else negative = !negative;
      this.#at += 1;
    }
    const plain = this.#startsOperand() ? this.#primary(operator) : null;
    const node = exact && plain?.kind === 'text' ? { ...plain, exact } : plain;
    if (node === null || !negative) return node;
    return { kind: 'not', child: node, span: { start: start!, end: node.span.end } };
  }

  #primary(operator: string | null): QueryNode | null {
    const token = this.#next()!;
    switch (token.kind) {
      case '(':
      case '{':
        return this.#group(token.kind, operator, token.span.start);
      case 'operator':
        return this.#operator(token);
      case 'text':
        return this.#term(operator, token);
      // A word of the language where an operand should be: AROUND at the start, for one.
      default:
        return null;
    }
  }

  #operator(token: Token & { readonly kind: 'operator' }): QueryNode | null {
    const value = this.#peek();
    if (value?.kind === '(' || value?.kind === '{') {
      this.#at += 1;
      const told = this.warnings.length;
      const node = this.#group(value.kind, token.name, token.span.start);
      if (node === null && this.warnings.length === told)
        this.#term(token.name, { text: '', quoted: false, span: token.span });
      return node;
    }
    if (value?.kind === 'text') {
      this.#at += 1;
      return this.#term(token.name, { ...value, span: { start: token.span.start, end: value.span.end } });
    }
    return this.#term(token.name, { text: '', quoted: false, span: token.span });
  }

  #group(open: '(' | '{', operator: string | null, start: number): QueryNode | null {
    if (this.#depth === MAX_DEPTH) {
      this.warn(`brackets deeper than ${MAX_DEPTH} were left out`, this.#tokens[this.#at - 1]!.span);
      return null;
    }
    this.#depth += 1;
    const node = open === '(' ? this.#and(operator) : this.#braces(operator);
    this.#depth -= 1;
    if (isClosing(this.#peek())) this.#at += 1;
    return node === null ? null : { ...node, span: { start, end: this.#tokens[this.#at - 1]!.span.end } };
  }

  #braces(operator: string | null): QueryNode | null {
    const parts: QueryNode[] = [];
    for (let token = this.#peek(); token !== null && !isClosing(token); token = this.#peek()) {
      if (token.kind === 'or' || token.kind === 'and') this.#at += 1;
      else push(parts, this.#around(operator));
    }
    return join('or', parts);
  }

  #term(operator: string | null, operand: Operand): QueryNode | null {
    const within = this.#terms <= MAX_TERMS;
    const words = searchWords(operand.text).length;
    this.#terms += Math.max(1, Math.min(words, MOST_PHRASE_WORDS));
    if (this.#terms > MAX_TERMS) {
      if (within) this.warn(`only the first ${MAX_TERMS} words were looked at`, operand.span);
      return null;
    }
    if (words > MOST_PHRASE_WORDS)
      this.warn(`of a phrase only the first ${MOST_PHRASE_WORDS} words were looked for`, operand.span);
    const field = textFieldOf(operator);
    const nears = operand.quoted && field !== null ? nearInQuotes(field, operand) : [];
    if (nears.length > 0) {
      this.#terms += nears.length;
      return join('and', nears);
    }
    const { node, warning } = term(operator, operand, this.#context);
    if (warning !== null) this.warn(warning.message, warning.span);
    return node;
  }

  #startsOperand(): boolean {
    const token = this.#peek();
    return token !== null && !isClosing(token) && token.kind !== 'or' && token.kind !== 'and';
  }

  #peek(): Token | null {
    return this.#tokens[this.#at] ?? null;
  }

  #next(): Token | null {
    const token = this.#peek();
    if (token !== null) this.#at += 1;
    return token;
  }

  warn(message: string, span: Span): void {
    if (this.warnings.length < MAX_WARNINGS) this.warnings.push({ message, span });
  }
}

function isClosing(token: Token | null): boolean {
  return token?.kind === ')' || token?.kind === '}';
}

function isSign(token: Token): boolean {
  return token.kind === 'minus' || token.kind === 'plus' || token.kind === 'not';
}

function push(parts: QueryNode[], part: QueryNode | null): void {
  if (part !== null) parts.push(part);
}

function join(kind: 'and' | 'or', parts: readonly QueryNode[]): QueryNode | null {
  const [first] = parts;
  if (first === undefined || parts.length === 1) return first ?? null;
  return { kind, children: parts, span: { start: first.span.start, end: parts.at(-1)!.span.end } };
}

// `-in:spam` keeps Spam out, `-(-in:spam)` names it.
function namesHidden(node: QueryNode, negated: boolean): boolean {
  switch (node.kind) {
    case 'and':
    case 'or':
      return node.children.some((child) => namesHidden(child, negated));
    case 'not':
      return namesHidden(node.child, !negated);
    case 'state':
      return !negated && (node.state === 'spam' || node.state === 'trash' || node.state === 'anywhere');
    default:
      return false;
  }
}
