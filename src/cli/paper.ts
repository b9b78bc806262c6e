// How a story is printed: headings, calls and answers, progress; calm on a terminal, plain text elsewhere. Knows no story.
import { styleText } from 'node:util';

const NARROWEST = 50;
const WIDEST = 96;
const INDENT = '   ';

type Style = Parameters<typeof styleText>[0];

/** What the paper needs of stdout. */
export interface Sheet {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface Bar {
  readonly name: string;
  readonly done: number;
  readonly total: number;
  readonly perSecond: number;
}

export class Paper {
  readonly #sheet: Sheet;
  readonly #colours: boolean;
  #bars = 0;

  /** Colours only on a terminal, and not where NO_COLOR is set to anything. */
  constructor(sheet: Sheet, env: NodeJS.ProcessEnv) {
    this.#sheet = sheet;
    this.#colours = sheet.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
  }

  get width(): number {
    return Math.max(NARROWEST, Math.min(WIDEST, this.#sheet.columns || 80));
  }

  line(text = ''): void {
    this.#sheet.write(`${text}\n`);
  }

  title(text: string): void {
    this.line(this.#styled('bold', text));
  }

  /** Running text, wrapped. */
  say(text: string, indent = ''): void {
    for (const line of wrap(text, this.width - indent.length)) this.line(indent + line);
  }

  /** Something that is ready now. */
  done(text: string): void {
    this.line(`${this.#styled('green', '✓')} ${text}`);
  }

  chapter(number: number, text: string): void {
    this.line();
    this.line(`${this.#styled('bold', `${number}  ${text}`)}`);
  }

  /** A call as it goes out. */
  asks(what: string, body?: object): void {
    this.line();
    this.line(`${INDENT}${this.#styled('cyan', `→ ${what}`)}`);
    if (body) this.#json(body);
  }

  /** What came back; `shown` is the part worth looking at. */
  answers(ms: number, shown: object): void {
    this.line(
      `${INDENT}${this.#styled('green', '←')} ${this.#styled('dim', `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`)}`,
    );
    this.#json(shown);
  }

  /** A letter's text. */
  letter(text: string): void {
    for (const paragraph of text.split('\n'))
      for (const line of wrap(paragraph, this.width - 7))
        this.line(`${INDENT}  ${this.#styled('dim', '│')} ${line}`.trimEnd());
  }

  /** Text to be copied; never wrapped. */
  copy(text: string): void {
    for (const line of text.split('\n')) this.line(`${INDENT}${this.#styled('cyan', line)}`);
  }

  /** Progress, drawn over itself on a terminal; elsewhere a line for each that is complete, once `last` is said. */
  bars(bars: readonly Bar[], last: boolean): void {
    if (this.#sheet.isTTY === true) {
      if (this.#bars > 0) this.#sheet.write(`\x1b[${this.#bars}A`);
      for (const bar of bars) this.#sheet.write(`\x1b[2K${this.#bar(bar)}\n`);
      this.#bars = last ? 0 : bars.length;
    } else if (last) {
      for (const { name, done, total } of bars) this.line(`${INDENT}${name.padEnd(6)} ${done} of ${total} mails`);
    }
  }

  #bar({ name, done, total, perSecond }: Bar): string {
    const length = Math.max(10, Math.min(40, this.width - 44));
    const full = total > 0 ? Math.round((length * Math.min(done, total)) / total) : 0;
    const drawn = this.#styled('green', '█'.repeat(full)) + this.#styled('dim', '░'.repeat(length - full));
    const speed = perSecond > 0 ? `  ${perSecond} a second` : '';
    const count = total > 0 ? `${done} of ${total}` : 'asking';
    return `${INDENT}${name.padEnd(6)} ${drawn}  ${count}${this.#styled('dim', speed)}`;
  }

  #json(value: object): void {
    for (const line of jsonLines(value, this.width - 5)) {
      const [, indent = '', key = '', rest = ''] = /^(\s*)("[^"]*": )?(.*)$/.exec(line) ?? [];
      this.line(`${INDENT}  ${indent}${this.#styled('dim', key)}${rest}`);
    }
  }

  #styled(style: Style, text: string): string {
    return this.#colours && text !== '' ? styleText(style, text, { validateStream: false }) : text;
  }
}

/** Words to lines; an empty text is one empty line. A word that is too long stands alone. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** JSON to read: what fits on a line stays on it, a text that does not is wrapped under itself. */
export function jsonLines(value: unknown, width: number): string[] {
  const flat = spaced(value);
  if (flat.length <= width || typeof value !== 'object' || value === null)
    return typeof value === 'string' ? wrap(flat, width) : [flat];
  const isList = Array.isArray(value);
  const members = Object.entries(value).map(([key, member], index, all) => {
    const name = isList ? '' : `${JSON.stringify(key)}: `;
    const lines = jsonLines(member, width - 3 - (typeof member === 'string' ? name.length : 0));
    const comma = index < all.length - 1 ? ',' : '';
    const under = typeof member === 'string' ? ' '.repeat(name.length + 1) : '';
    return lines.map((line, at) => `  ${at === 0 ? name : under}${line}${at === lines.length - 1 ? comma : ''}`);
  });
  return [isList ? '[' : '{', ...members.flat(), isList ? ']' : '}'];
}

function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([key, member]) => `${JSON.stringify(key)}: ${spaced(member)}`)
    .join(', ')} }`;
}
