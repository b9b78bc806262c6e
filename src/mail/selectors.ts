// CSS selectors as mail uses them (Selectors level 4), read into compounds and compared with one element. Pure; knows no sheet.

/** An open element as selectors see it. */
export interface Styled {
  readonly name: string;
  readonly id: string;
  readonly classes: readonly string[];
  readonly attributes: Readonly<Record<string, string>>;
  readonly parent: Styled | null;
  /** The element before it under the same parent. */
  readonly previous: Styled | null;
}

export interface Compound {
  readonly name: string;
  readonly id: string;
  readonly classes: readonly string[];
  readonly attributes: readonly { name: string; operator: string; value: string }[];
  /** Of each list one must fit: `:is()`, `:where()`. */
  readonly oneOf: readonly (readonly Compound[])[];
  /** None of these may fit: `:not()`. */
  readonly noneOf: readonly Compound[];
  readonly isFirst: boolean;
  /** How it follows the one before it: ` `, `>`, `+`, `~`. */
  readonly combinator: string;
}

const MOST_COMPOUNDS = 50;
/** Escaped characters lie in the private use area, see `unescape`. */
const IDENT = String.raw`[\w\u0080-\uffff-]`;
const PSEUDO = String.raw`::?[\w-]+(?:\((?:[^()]|\([^()]{0,100}\)){0,300}\))?`;
const ATTRIBUTES = String.raw`\[[^\]]{1,200}\]`;
const PIECE = new RegExp(`([ >+~]*)((?:${IDENT}+|\\*|&)?)((?:[.#]${IDENT}+|${ATTRIBUTES}|${PSEUDO})*)`, 'y');
const PIECES = new RegExp(`[.#]${IDENT}+|${ATTRIBUTES}|${PSEUDO}`, 'g');
const ATTRIBUTE = /^\[\s*([\w-]+)\s*(?:([~|^$*]?=)\s*(?:"([^"]*)"|'([^']*)'|([^"'\]]*?))\s*[is]?\s*)?\]$/;
/** Hold only for a while, or for something that is not the element's own text. */
const PASSING =
  /^::?(?:hover|active|focus[\w-]*|visited|checked|target|disabled|before|after|placeholder|selection|marker|first-line|first-letter|-[\w-]+)/;

/** At commas, though not at those within brackets. */
export const splitSelectors = (list: string): string[] =>
  /[([]/.test(list) ? (list.match(/(?:[^,([]|\((?:[^()]|\([^()]*\))*\)?|\[[^\]]*\]?)+/g) ?? []) : list.split(',');

/** Null for a selector that is not understood, or that holds only for a while. Other pseudo-classes count as holding. */
export function readSelector(text: string): Compound[] | null {
  const compounds: Compound[] = [];
  const source = text.trim().replace(/\s+/g, ' ');
  PIECE.lastIndex = 0;
  while (PIECE.lastIndex < source.length) {
    const [whole, combinator = '', name = '', rest = ''] = PIECE.exec(source) ?? [];
    if (!whole || (name === '' && rest === '') || compounds.length >= MOST_COMPOUNDS) return null;
    const at = PIECE.lastIndex;
    const pieces: readonly string[] = rest.match(PIECES) ?? [];
    if (pieces.some((piece) => PASSING.test(piece))) return null;
    const ofClass = (names: RegExp): Compound[][] =>
      pieces.flatMap((piece) => {
        const list = names.exec(piece)?.[1];
        return list === undefined ? [] : [readList(list)];
      });
    compounds.push({
      name: name === '*' || name === '&' ? '' : name,
      id: identOf(pieces.find((piece) => piece.startsWith('#')) ?? ''),
      classes: pieces.filter((piece) => piece.startsWith('.')).map(identOf),
      attributes: pieces.flatMap((piece) => {
        const [, attribute, operator = '', quoted, single, bare = ''] = ATTRIBUTE.exec(piece) ?? [];
        return attribute ? [{ name: attribute, operator, value: unescaped(quoted ?? single ?? bare) }] : [];
      }),
      oneOf: ofClass(/^:(?:is|where|matches|any)\((.*)\)$/s),
      noneOf: ofClass(/^:not\((.*)\)$/s).flat(),
      isFirst: pieces.includes(':first-child'),
      combinator: combinator.trim() || ' ',
    });
    PIECE.lastIndex = at;
  }
  return compounds.length > 0 ? compounds : null;
}

/** Of each selector in a functional pseudo-class its last compound, which is all that mail writes. */
const readList = (list: string): Compound[] =>
  splitSelectors(list).flatMap((selector) => readSelector(selector)?.at(-1) ?? []);

/** Whether a compound holds for an element; `charge` is told what the look at it cost. */
export function fits(compound: Compound, element: Styled, charge: (steps: number) => void): boolean {
  const { name, id, classes, attributes, oneOf, noneOf, isFirst } = compound;
  charge(1 + ((classes.length * element.classes.length) >> 4));
  return (
    (name === '' || name === element.name) &&
    (id === '' || id === element.id) &&
    (!isFirst || element.previous === null) &&
    classes.every((one) => element.classes.includes(one)) &&
    attributes.every((wanted) => {
      const actual = element.attributes[wanted.name];
      charge((actual?.length ?? 0) >> 6);
      return fitsAttribute(wanted, actual);
    }) &&
    oneOf.every((list) => list.some((one) => fits(one, element, charge))) &&
    !noneOf.some((one) => fits(one, element, charge))
  );
}

function fitsAttribute({ operator, value }: Compound['attributes'][number], actual: string | undefined): boolean {
  if (actual === undefined) return false;
  const text = actual.toLowerCase();
  if (operator === '') return true;
  if (operator === '=') return text === value;
  if (operator === '^=') return text.startsWith(value);
  if (operator === '$=') return text.endsWith(value);
  if (operator === '*=') return text.includes(value);
  return text.split(/[\s-]+/).includes(value);
}

const identOf = (piece: string): string => unescaped(piece.slice(1));

/** Escaped ASCII that would mean something is held apart from what does: `.a\:b` is one class. */
export const escapedChar = (char: string): string =>
  /[\w-]/.test(char) || char > '\x7f' ? char : String.fromCharCode(0xe000 + char.charCodeAt(0));

const unescaped = (text: string): string =>
  text.replace(/[\ue000-\ue07f]/g, (char) => String.fromCharCode(char.charCodeAt(0) - 0xe000));
