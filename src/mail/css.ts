// Style sheets and style attributes of mail → declarations that hold for an element. Bounded; reads only what decides
// whether text is seen. Knows no HTML parser.
import { readColour } from './colour.ts';
import { holds } from './media.ts';
import { type Compound, escapedChar, fits, readSelector, type Styled, splitSelectors } from './selectors.ts';

/** Property → value, both lower case, without `!important`. */
export type Declarations = ReadonlyMap<string, string>;

interface Body {
  readonly plain: Declarations;
  readonly important: Declarations;
}

interface Rule extends Body {
  readonly compounds: readonly Compound[];
  readonly specificity: number;
  readonly order: number;
}

const MOST_RULES = 20_000;
const MOST_NESTED = 20;
const MOST_REMEMBERED = 1_000;
const MOST_VALUE_CHARS = 500;
/** What is looked at to style one document: a large newsletter takes a tenth of it. */
const MOST_STEPS = 1_000_000;
const NONE: Declarations = new Map();

/** What matters to whether text is seen. */
const PROPERTIES = new Set(
  `display visibility opacity color background background-color background-image font font-size line-height letter-spacing
  text-indent width height max-width max-height overflow overflow-x overflow-y position left right top bottom margin
  margin-left margin-top margin-right padding padding-left padding-top clip clip-path transform scale filter zoom mso-hide
  content-visibility -webkit-text-fill-color z-index inset translate rotate word-spacing`.split(/\s+/),
);

const KEYWORDS: Readonly<Record<string, RegExp>> = {
  display:
    /^(?:none|block|inline|contents|list-item|flow|flow-root|run-in|(?:inline-)?(?:block|flex|grid|table)|table-[a-z-]+|ruby[a-z-]*|-webkit-[a-z-]+|-ms-[a-z-]+|(?:block|inline) [a-z-]+)$/,
  visibility: /^(?:visible|hidden|collapse)$/,
  opacity: /^[-+.\d]/,
  'font-size': /^(?:[-+.\d]|(?:xx?-|xxx-)?(?:small|large)|medium|smaller|larger)/,
};

/** What a browser would drop does not undo what was said before it. */
function isValid(property: string, declared: string): boolean {
  const value = declared.replace(/!.*$/s, '').trim();
  if (value.includes('(') || /^(?:inherit|initial|unset|revert|revert-layer)$/.test(value)) return true;
  if (property === 'color') return value === 'currentcolor' || readColour(value) !== null;
  return KEYWORDS[property]?.test(value) ?? true;
}

/** Plain and `!important` declarations of a style attribute or of a rule's body. */
export function readDeclarations(text: string): Body {
  const plain = new Map<string, string>();
  const important = new Map<string, string>();
  const source = normalize(text);
  for (const declaration of splitOutsideBrackets(source)) {
    const colon = declaration.indexOf(':');
    if (colon < 0) continue;
    const name = declaration.slice(0, colon).trim();
    if (!PROPERTIES.has(name) && !name.startsWith('--')) continue;
    const value = declaration.slice(colon + 1, colon + 1 + MOST_VALUE_CHARS);
    if (!isValid(name, value)) continue;
    const mark = value.indexOf('!');
    if (mark < 0) plain.set(name, value.trim());
    else if (
      value
        .slice(mark + 1)
        .trim()
        .startsWith('important')
    )
      important.set(name, value.slice(0, mark).trim());
  }
  return { plain, important };
}

type Variables = ReadonlyMap<string, string>;

/** The custom properties (CSS Custom Properties level 1) that hold for an element in one where `inherited` do. */
export function variablesOf(style: Declarations, inherited: Variables): Variables {
  const own = [...style].filter(([name]) => name.startsWith('--'));
  if (own.length === 0) return inherited;
  return new Map([...inherited, ...own].slice(-MOST_VARIABLES));
}

/** The declarations with `var()` put in; a variable that is not known leaves its fallback, or nothing. */
export function withVariables(style: Declarations, variables: Variables): Declarations {
  return new Map(
    [...style].map(([name, value]) => {
      let read = value;
      for (let depth = 0; depth < 5 && read.includes('var('); depth++)
        read = read
          .replace(VARIABLE, (_, wanted: string, fallback = '') => variables.get(wanted) ?? fallback.trim())
          .slice(0, MOST_VALUE_CHARS);
      return [name, read.trim()];
    }),
  );
}

const MOST_VARIABLES = 1_000;
const VARIABLE = /var\(\s*(--[^\s,()]+)\s*(?:,([^()]*))?\)/g;

/** A cascade (CSS Cascading level 4): the rules of a mail's style sheets, asked for one element at a time. */
export class StyleSheet {
  /** By what the last compound of a selector must have: `#id`, `.class`, a name, or `*`. */
  readonly #rules = new Map<string, Rule[]>();
  /** Style attributes of mail repeat each other. */
  readonly #attributes = new Map<string, Body>();
  #count = 0;
  #steps = 0;
  #isCut = false;
  readonly #charge = (steps: number): void => {
    this.#steps += steps;
  };

  /** More than was read or may be asked: what an element looks like is not known any longer. */
  get isOverdone(): boolean {
    return this.#isCut || this.#steps > MOST_STEPS;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** Adds the text of a `<style>` element as far as it holds on a desktop screen with light colours. */
  add(text: string): void {
    this.#readBlock(normalize(text), 0, []);
  }

  /** What holds for an element, its own style attribute included. */
  declarationsOf(element: Styled, style: string | undefined): Declarations {
    const own = style ? this.#readAttribute(style) : null;
    const rules = this.#count > 0 ? this.#matching(element) : [];
    if (rules.length === 0 && !own) return NONE;
    if (rules.length === 0 && own!.important.size === 0) return own!.plain;
    return new Map([
      ...rules.flatMap((rule) => [...rule.plain]),
      ...(own?.plain ?? []),
      ...rules.flatMap((rule) => [...rule.important]),
      ...(own?.important ?? []),
    ]);
  }

  #readAttribute(style: string): Body {
    const known = this.#attributes.get(style);
    if (known) return known;
    const body = readDeclarations(style);
    if (this.#attributes.size < MOST_REMEMBERED && style.length < MOST_VALUE_CHARS) this.#attributes.set(style, body);
    return body;
  }

  #matching(element: Styled): Rule[] {
    const found: Rule[] = [];
    const collect = (key: string): void => {
      for (const rule of this.#rules.get(key) ?? [])
        if (!this.isOverdone && this.#matches(rule.compounds, rule.compounds.length - 1, element)) {
          this.#steps += rule.plain.size + rule.important.size;
          found.push(rule);
        }
    };
    collect('*');
    collect(element.name);
    this.#steps += element.classes.length;
    for (const one of element.classes) collect(`.${one}`);
    if (element.id) collect(`#${element.id}`);
    return found.length < 2 ? found : found.sort((a, b) => a.specificity - b.specificity || a.order - b.order);
  }

  /** `within`: the selectors of the rule that the block stands in (CSS Nesting), empty where it stands in none. */
  #readBlock(text: string, depth: number, within: readonly string[]): void {
    if (depth > MOST_NESTED) this.#isCut = true;
    let at = 0;
    while (at < text.length && !this.#isCut) {
      const open = text.indexOf('{', at);
      if (open < 0) return;
      // A statement such as @import, or a declaration, ends before the next rule begins.
      const before = text.slice(at, open);
      const prelude = before.slice(before.lastIndexOf(';') + 1).trim();
      const close = matchingBrace(text, open);
      const body = text.slice(open + 1, close < 0 ? text.length : close);
      if (!prelude.startsWith('@')) this.#addRule(prelude, body, depth, within);
      else if (holds(prelude)) this.#readAtRule(body, depth, within);
      at = close < 0 ? text.length : close + 1;
    }
  }

  #readAtRule(body: string, depth: number, within: readonly string[]): void {
    this.#readBlock(body, depth + 1, within);
    if (within.length > 0) this.#addRule('&', withoutBlocks(body), depth, within);
  }

  #addRule(prelude: string, body: string, depth: number, within: readonly string[]): void {
    const own = splitSelectors(prelude).map((selector) => selector.trim());
    if (this.#count + own.length * Math.max(1, within.length) > MOST_RULES) this.#isCut = true;
    if (this.#isCut) return;
    const selectors =
      within.length === 0 ? own : own.flatMap((selector) => within.map((outer) => nested(selector, outer)));
    if (body.includes('{')) this.#readBlock(body, depth + 1, selectors);
    const { plain, important } = readDeclarations(body.includes('{') ? withoutBlocks(body) : body);
    if (plain.size === 0 && important.size === 0) return;
    for (const selector of selectors) {
      const compounds = readSelector(selector);
      const last = compounds?.at(-1);
      if (!compounds || !last) continue;
      const specificity = compounds.reduce(
        (sum, { name, id, classes, attributes }) =>
          sum + (id ? 10_000 : 0) + (classes.length + attributes.length) * 100 + (name ? 1 : 0),
        0,
      );
      const key = last.id ? `#${last.id}` : last.classes[0] ? `.${last.classes[0]}` : last.name || '*';
      const list = this.#rules.get(key) ?? [];
      list.push({ compounds, specificity, order: this.#count++, plain, important });
      this.#rules.set(key, list);
    }
  }

  #matches(compounds: readonly Compound[], index: number, element: Styled): boolean {
    const compound = compounds[index]!;
    if (!fits(compound, element, this.#charge)) return false;
    if (index === 0) return true;
    const next = (other: Styled | null): boolean => other !== null && this.#matches(compounds, index - 1, other);
    if (compound.combinator === '>') return next(element.parent);
    if (compound.combinator === '+') return next(element.previous);
    const isElder = compound.combinator === '~';
    for (
      let other = isElder ? element.previous : element.parent;
      other;
      other = isElder ? other.previous : other.parent
    )
      // The nearest that fits is enough: selectors of mail are not that deep, and trying all of them is exponential.
      if (fits(compounds[index - 1]!, other, this.#charge)) return this.#matches(compounds, index - 1, other);
    return false;
  }
}

/** Lower case, comments out, escapes read, so that no property hides behind its spelling. */
function normalize(text: string): string {
  let source = text.toLowerCase();
  if (source.includes('/*')) source = source.replace(/\/\*[\s\S]*?(?:\*\/|$)/g, '');
  if (source.includes('\\'))
    source = source.replace(/\\(?:([\da-f]{1,6})\s?|(.))/g, (_, hex: string | undefined, char: string) =>
      escapedChar(hex ? String.fromCodePoint(Math.min(Number.parseInt(hex, 16), 0x10ffff)).toLowerCase() : char),
    );
  return source.replace(/<!--|-->/g, '');
}

/** At semicolons, though not at those of `url(data:…;base64,…)`. */
const splitOutsideBrackets = (text: string): string[] =>
  text.includes('(') ? (text.match(/(?:[^;(]|\([^)]*\)?)+/g) ?? []) : text.split(';');

const nested = (selector: string, outer: string): string =>
  selector.includes('&') ? selector.replaceAll('&', outer) : `${outer} ${selector}`;

/** The declarations of a rule's body, rules nested in it left out. */
function withoutBlocks(body: string): string {
  let text = '';
  let at = 0;
  for (let open = body.indexOf('{'); open >= 0; open = body.indexOf('{', at)) {
    const before = body.slice(at, open);
    text += before.slice(0, before.lastIndexOf(';') + 1);
    const close = matchingBrace(body, open);
    at = close < 0 ? body.length : close + 1;
  }
  return text + body.slice(at);
}

function matchingBrace(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === 0x7b) depth++;
    else if (char === 0x7d && --depth === 0) return at;
  }
  return -1;
}
