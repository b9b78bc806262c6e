// Where a mail's own words end and the history that it repeats begins. Pure and linear; knows no mail client's code.

/** No line is looked at further than this, so that no pattern meets a hostile one. */
const LINE_CHARS = 500;
/** Lines that an attribution may be wrapped over. */
const WRAPPED = 3;
/** Lines of a header block that are looked at below its first. */
const HEADER_LINES = 6;

/** Verbs by which clients introduce what they quote, of about twenty languages. */
export const VERBS =
  `wrote|writes|schrieb|schreibt|a écrit|escribió|escribio|ha scritto|scrive|escreveu|schreef|schrijft|napisał|napisała|pisze|
  написал|написала|пишет|писал|пише|написав|skrev|kirjoitti|yazdı|napsal|napsala|napísal|írta|a scris|έγραψε|написа|
  さんは書きました|のメール|님이 작성|님이 씀|写道|寫道|写到|đã viết|menulis|כתב|כתבה|كتب|napisao je|napisala je|เขียนว่า|ने लिखा`.replace(
    /\s*\n\s*/g,
    '',
  );
const WROTE = new RegExp(
  `(?<!\\p{L})(?:${VERBS})(?!\\p{L})(?:\\(a\\)|/a)?.{0,300}[:：]\\s*$|(?:写道|寫道|さんは書きました|님이 (?:작성|씀))[:：]?\\s*$`,
  'iu',
);
/** Some give only a date and an address. */
const DATE_AND_ADDRESS =
  /^\s*(?:\d{4}\s?[年년./-]\s?\d{1,2}\s?[月월./-]\s?\d{1,2}.{0,200}<[^<>\s]{1,200}@[^<>\s]{1,200}>\s*[:：]?|(?:בתאריך|في)\s.{0,250}\d.{0,250}<[^<>\s]{1,200}@[^<>\s]{1,200}>\s*[:：]|\p{L}{2,3}, \d{1,2} \p{L}{3,8}\.? \d{4} г\.,? в \d.{0,250}<[^<>\s]{1,200}@[^<>\s]{1,200}>\s*[:：]|Missatge de .{0,250}<[^<>\s]{1,200}@[^<>\s]{1,200}>.{0,100}\d\s?[:：])\s*$/u;
/** Between dashes, as Zoho writes it. */
const DASHED = /^\s*-{2,6} On [^\n]{0,300}\d[^\n]{0,300} wrote -{2,6}\s*$/;
const ATTRIBUTION_START =
  /^\s*(?:On|Am|Le|El|Il(?: giorno)?|Em|A|Op|Den|Dňa|Dne|W dniu|Dnia|La data|Pada|Vào|В|вт|пн|ср|чт|пт|сб|вс|Στις|בתאריך|\d{1,4}\s?[./年년-])[\s\d,.]/iu;
const TIME = /\d{1,2}\s?[:.h時点시]\s?\d{2}/;

export const ORIGINAL =
  `original (?:message|appointment|e-?mail)|ursprüngliche nachricht|originalnachricht|message d['’]origine|message original|
  mensaje original|messaggio originale|mensagem original|oorspronkelijk bericht|wiadomość oryginalna|oryginalna wiadomość|
  исходное сообщение|оригинальное сообщение|元のメッセージ|原始邮件|原邮件|原始郵件|원본 메시지|
  ursprungligt meddelande|originalmeddelande|oprindelig (?:meddelelse|besked)|opprinnelig melding|alkuperäinen viesti|
  orijinal mesaj|özgün ileti|původní zpráva`.replace(/\s*\n\s*/g, '');
const DIVIDER = new RegExp(
  `^\\s*(?:[-_=*]{2,}\\s*(?:${ORIGINAL})\\s*[:：]?\\s*[-_=*]*|(?:${ORIGINAL})\\s*[-_=*]{2,})\\s*$`,
  'iu',
);
/** What is forwarded is what the mail wants to show, no history. */
const FORWARDED = new RegExp(
  `^\\s*[-_=*]{2,}\\s*(?:forwarded message|weitergeleitete nachricht|message (?:transféré|réexpédié)|mensaje reenviado|messaggio inoltrato|
  mensagem (?:encaminhada|reencaminhada)|doorgestuurd bericht|(?:przekazana )?wiadomość(?: przekazana)?|пересылаемое сообщение|
  転送メッセージ|转发的邮件|轉寄郵件|전달된 메시지|vidarebefordrat meddelande|videresendt (?:melding|meddelelse)|
  i?letilmiş (?:mesaj|ileti))\\s*[-_=*]*\\s*$|^\\s*(?:begin forwarded message|anfang der weitergeleiteten nachricht|
  début du message réexpédié|inicio del mensaje reenviado|inizio messaggio inoltrato)\\s*[:：]\\s*$`.replace(
    /\n\s*/g,
    '',
  ),
  'iu',
);

const FROM_LINE =
  /^\s*\*?(?:from|von|de|da|van|från|fra|od|от|від|kimden|lähettäjä|差出人|发件人|寄件者|보낸 사람)\s?\*?\s?[:：]/iu;
const OTHER_LINE = new RegExp(
  `^\\s*\\*?(sent|date|to|cc|subject|gesendet|datum|an|betreff|envoyé|date|à|objet|enviado(?: el| em)?|fecha|para|asunto|
  data|inviato|a|oggetto|assunto|verzonden|aan|onderwerp|wysłano|do|temat|odesláno|komu|předmět|отправлено|дата|кому|тема|skickat|till|ämne|
  sendt|til|emne|gönderen|gönderilme|tarih|kime|konu|lähetetty|vastaanottaja|aihe|送信日時|日時|宛先|件名|发送时间|收件人|
  主题|寄件日期|收件者|主旨|보낸 날짜|받는 사람|제목)\\s?\\*?\\s?[:：]`.replace(/\n\s*/g, ''),
  'iu',
);
/** Names of header lines that lists of other things have as well. */
const ORDINARY = new Set(
  'date to datum an à para fecha data a do aan till til дата кому tarih kime komu 日時 宛先'.split(' '),
);
const SIGNATURE = /^(?:--\s?|_{8,}|-{20,})$/;

export interface Split {
  readonly own: string;
  readonly quoted: string;
}

/**
 * A mail's own words, and the history that follows them to the end; `own` and `quoted` are the text's lines in order, blank
 * ones between them dropped. Own words are never left empty, a mail that answers between or below quotes stays whole, and
 * so does one that forwards.
 */
export function splitQuoted(text: string): Split {
  const lines = text.split('\n');
  const at = historyStart(lines);
  if (at === null) return { own: text, quoted: '' };
  const own = lines.slice(0, at).join('\n').trimEnd();
  return own.trim() === '' ? { own: text, quoted: '' } : { own, quoted: lines.slice(at).join('\n') };
}

function historyStart(lines: readonly string[]): number | null {
  const lastOwn = lastOwnLine(lines);
  const line = (i: number): string => (lines[i] ?? '').slice(0, LINE_CHARS);
  for (let i = 0; i < lines.length; i++) {
    const text = line(i);
    if (isQuoted(text)) {
      if (lastOwn < i) return i;
      continue;
    }
    if (text.trim() === '') continue;
    if (FORWARDED.test(text)) return null;
    if (DIVIDER.test(text) || DASHED.test(text)) return i;
    if (FROM_LINE.test(text) && isHeaderBlock(line, i)) return aboveRule(lines, i);
    if (!WROTE.test(text) && !DATE_AND_ADDRESS.test(text)) continue;
    const start = attributionStart(line, i);
    const words = Array.from({ length: i - start + 1 }, (_, n) => line(start + n)).join(' ');
    // Without quote marks only a date and an address tell an attribution from a sentence.
    const certain = ATTRIBUTION_START.test(words) && /\d/.test(words) && (words.includes('@') || TIME.test(words));
    const next = nextText(lines, i + 1);
    if (next !== null && (isQuoted(lines[next]!) ? lastOwn <= i : certain)) return start;
  }
  return null;
}

const isQuoted = (line: string): boolean => line.startsWith('>') || line.startsWith(' >');

/** The last line of the writer's own, closing lines of a signature or a list below all quotes not counted. */
function lastOwnLine(lines: readonly string[]): number {
  const lastQuoted = lines.findLastIndex(isQuoted);
  const footer = lines.findIndex((line, i) => i > lastQuoted && line.length < 200 && SIGNATURE.test(line.trimEnd()));
  const end = footer < 0 ? lines.length : footer;
  for (let i = end - 1; i >= 0; i--) if (!isQuoted(lines[i]!) && lines[i]!.trim() !== '') return i;
  return -1;
}

/** Where a wrapped attribution begins that ends on line `i`. */
function attributionStart(line: (i: number) => string, i: number): number {
  for (let start = i; start > i - WRAPPED && start >= 0 && line(start).trim() !== ''; start--)
    if (ATTRIBUTION_START.test(line(start))) return start;
  return i;
}

/** Two more lines of a mail's header below its From. Of a journey or a lease too are said From, To and Date. */
function isHeaderBlock(line: (i: number) => string, i: number): boolean {
  const names = new Set<string>();
  for (let next = i + 1; next <= i + HEADER_LINES; next++) {
    const name = OTHER_LINE.exec(line(next))?.[1];
    if (name) names.add(name.toLowerCase());
  }
  return names.size >= 2 && (line(i).includes('@') || [...names].some((name) => !ORDINARY.has(name)));
}

/** A rule right above a header block belongs to it. */
function aboveRule(lines: readonly string[], i: number): number {
  let above = i - 1;
  while (above > i - 3 && above >= 0 && lines[above]!.trim() === '') above--;
  return /^\s*[-_]{3,100}\s*$/.test((lines[above] ?? '').slice(0, LINE_CHARS)) ? above : i;
}

function nextText(lines: readonly string[], from: number): number | null {
  for (let i = from; i < lines.length; i++) if (lines[i]!.trim() !== '') return i;
  return null;
}

/** Lines of a text that quote: from `from` up to `end`, introduced from `start` on. */
export interface QuotedRun {
  readonly start: number;
  readonly from: number;
  readonly end: number;
  /** The writer's own words follow. */
  readonly isAnswered: boolean;
}

/** The quotes of a text in order: what is marked, and history below to the end, marked or not. */
export function quotedRuns(lines: readonly string[]): QuotedRun[] {
  const runs = [...markedRuns(lines)];
  const history = historyStart(lines);
  const own = history === null ? '' : lines.slice(0, history).join('').trim();
  // What is marked has its own end; a footer below it belongs to nobody's words.
  if (history === null || own === '' || runs.some(({ start, from }) => start <= history && history <= from))
    return runs;
  const from = belowIntroduction(lines, history);
  return [...runs.filter(({ end }) => end <= history), { start: history, from, end: lines.length, isAnswered: false }];
}

function* markedRuns(lines: readonly string[]): Generator<QuotedRun> {
  const lastOwn = lastOwnLine(lines);
  let behind = 0;
  for (let i = 0; i < lines.length; i++) {
    if (!isQuoted(lines[i]!)) continue;
    const from = i;
    for (let next: number | null = i; next !== null && isQuoted(lines[next]!); next = nextText(lines, next + 1))
      i = next;
    const start = introductionOf(lines, from, behind);
    yield { start, from: belowMarkedIntroduction(lines, from, i), end: i + 1, isAnswered: lastOwn > i };
    behind = i + 1;
  }
}

/** Some put the introduction within the marks. */
function belowMarkedIntroduction(lines: readonly string[], from: number, last: number): number {
  for (let i = from; i < Math.min(last, from + WRAPPED); i++) {
    const line = unmarked(lines[i]!.slice(0, LINE_CHARS)).trim();
    if (line === '' || depthOf(lines[i]!) > 1) return from;
    if (WROTE.test(line) || DATE_AND_ADDRESS.test(line)) return i + 1;
  }
  return from;
}

/** Where the line begins that introduces a quote, which may be wrapped and have a blank one below. */
function introductionOf(lines: readonly string[], from: number, behind: number): number {
  let above = from - 1;
  if (above >= behind && lines[above]!.trim() === '') above--;
  if (above < behind) return from;
  const line = (i: number): string => (i < behind ? '' : (lines[i] ?? '').slice(0, LINE_CHARS));
  if (DIVIDER.test(line(above)) || DASHED.test(line(above))) return above;
  return WROTE.test(line(above)) || DATE_AND_ADDRESS.test(line(above)) ? attributionStart(line, above) : from;
}

/** The first line below what introduces history that has no marks. */
function belowIntroduction(lines: readonly string[], start: number): number {
  const line = (i: number): string => (lines[i] ?? '').slice(0, LINE_CHARS);
  const isIntroduction = (i: number): boolean =>
    [WROTE, DATE_AND_ADDRESS, DIVIDER, DASHED, FROM_LINE, OTHER_LINE].some((each) => each.test(line(i))) ||
    /^\s*[-_]{3,100}\s*$/.test(line(i));
  let last = start;
  for (let i = start; i < lines.length && i <= start + WRAPPED + HEADER_LINES; i++) if (isIntroduction(i)) last = i;
  return last + 1;
}

/** How many quote marks a line begins with. */
export const depthOf = (line: string): number => (MARKS.exec(line)?.[0] ?? '').replace(/ /g, '').length;

/** The line without its quote marks. */
export const unmarked = (line: string): string => line.replace(MARKS, '');

const MARKS = /^(?: ?>)+/;
