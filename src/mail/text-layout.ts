// Lines of text put together from a walk over a document: white space, quotes, lists, rows. Knows no HTML parser.

/** Collects text and breaks; white space between collapses as in a browser (CSS Text level 3, section 4.1). */
export class TextLayout {
  #out = '';
  #line = '';
  /** Empty lines owed before the next text: 0, 1 or 2 line ends. */
  #owed = 0;
  #space = false;
  /** Cells begun since the last text of the line. */
  #cells = 0;
  #marker = '';
  #quotes = 0;
  /** How deep the last line was quoted. */
  #quotedLast = 0;
  #indent = 0;

  /** How long the text is by now, in UTF-16 units. */
  get length(): number {
    return this.#out.length + this.#line.length;
  }

  /** Whether the line that is being written ends so. */
  endsWith(text: string): boolean {
    return text !== '' && this.#line.endsWith(text);
  }

  /** Text of the document; blanks at either end stand for at most one. */
  write(text: string): void {
    const words = text.replace(/[ \t\r\n\f]+/g, ' ');
    if (words === ' ') {
      this.#space = true;
      return;
    }
    const starts = words.startsWith(' ');
    const ends = words.endsWith(' ');
    this.#put(starts || ends ? words.slice(starts ? 1 : 0, ends ? -1 : undefined) : words, starts);
    this.#space = ends;
  }

  /** Text in which white space counts. */
  writePreformatted(text: string): void {
    text.split(/\r?\n/).forEach((line, i) => {
      if (i > 0) this.lineBreak();
      if (line === '') return;
      this.#space = false;
      this.#put(line, false);
    });
  }

  /** Ends the line, also an empty one. */
  lineBreak(): void {
    this.#endLine();
    this.#owed = Math.min(2, this.#owed + 1);
  }

  /** Ends the line when it has text. */
  block(): void {
    if (this.#line !== '') this.#endLine();
    this.#owed = Math.max(this.#owed, 1);
  }

  /** Ends the line and leaves an empty one. */
  paragraph(): void {
    this.block();
    this.#owed = 2;
  }

  /** The next text stands in a new cell of the same row. */
  cell(): void {
    this.#cells = this.#line === '' ? 0 : this.#cells + 1;
  }

  item(marker: string): void {
    this.block();
    this.#marker = marker;
  }

  /** Text that follows is quoted one deeper (1) or less deep (-1). */
  quote(step: 1 | -1): void {
    this.block();
    this.#quotes = Math.max(0, this.#quotes + step);
  }

  list(step: 1 | -1): void {
    this.block();
    this.#indent = Math.max(0, this.#indent + step);
  }

  finish(): string {
    this.#endLine();
    return this.#out;
  }

  #put(text: string, spaceBefore: boolean): void {
    if (text === '') {
      this.#space ||= spaceBefore;
      return;
    }
    if (this.#line === '') this.#line = this.#begin();
    else if (this.#cells > 0) this.#line += '\t'.repeat(Math.min(20, this.#cells));
    else if (this.#space || spaceBefore) this.#line += ' ';
    this.#cells = 0;
    this.#line += text;
  }

  #begin(): string {
    const marks = '>'.repeat(Math.min(20, this.#quotes));
    const quote = marks === '' ? '' : `${marks} `;
    // An empty line between two depths belongs to the lesser.
    if (this.#out !== '') this.#out += this.#owed > 1 ? `\n${marks.slice(0, this.#quotedLast)}\n` : '\n';
    this.#quotedLast = this.#quotes;
    this.#owed = 0;
    const indent = this.#marker === '' || this.#indent < 2 ? '' : '  '.repeat(Math.min(10, this.#indent - 1));
    const begun = quote + indent + this.#marker;
    this.#marker = '';
    return begun;
  }

  #endLine(): void {
    this.#out += this.#line.trimEnd();
    this.#line = '';
    this.#space = false;
    this.#cells = 0;
  }
}
