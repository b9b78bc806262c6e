// Partial answers: `fields=messages(id,threadId),nextPageToken` (the partial response of Google's APIs). Knows no resource.
import { invalid } from './google-error.ts';

/** Which members to keep; null keeps all of them. */
type Mask = Map<string, Mask> | null;

/** The answer with the named members only. */
export function partialOf(answer: object, fields: string): object {
  const reader = { text: fields, at: 0 };
  const mask = readList(reader);
  if (reader.at < fields.length) throw invalid(`Invalid field selection ${fields}`, 'invalidParameter');
  return kept(answer, mask) as object;
}

interface Reader {
  readonly text: string;
  at: number;
}

function readList(reader: Reader): Mask {
  const mask: Mask = new Map();
  for (;;) {
    readOne(reader, mask);
    if (reader.text[reader.at] !== ',') return mask.has('*') ? null : mask;
    reader.at += 1;
  }
}

function readOne(reader: Reader, into: Map<string, Mask>): void {
  const name = /^(?:\w+|\*)/.exec(reader.text.slice(reader.at))?.[0];
  if (name === undefined) throw invalid(`Invalid field selection ${reader.text}`, 'invalidParameter');
  reader.at += name.length;
  const next = reader.text[reader.at];
  if (next === '/') {
    reader.at += 1;
    const inner: Map<string, Mask> = new Map();
    readOne(reader, inner);
    join(into, name, inner);
  } else if (next === '(') {
    reader.at += 1;
    const inner = readList(reader);
    if (reader.text[reader.at] !== ')') throw invalid(`Invalid field selection ${reader.text}`, 'invalidParameter');
    reader.at += 1;
    join(into, name, inner);
  } else into.set(name, null);
}

/** `a/b,a/c` keeps both. */
function join(into: Map<string, Mask>, name: string, inner: Mask): void {
  const before = into.get(name);
  into.set(name, before && inner ? new Map([...before, ...inner]) : inner);
}

function kept(value: unknown, mask: Mask): unknown {
  if (!mask || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => kept(each, mask));
  const entries = Object.entries(value).filter(([name]) => mask.has(name));
  return Object.fromEntries(entries.map(([name, each]) => [name, kept(each, mask.get(name) ?? null)]));
}
