// Where a mail's own words end and the history that it repeats begins. Pure and linear; knows no mail client's code.

/** No line is looked at further than this, so that no pattern meets a hostile one. */
const LINE_CHARS = 500;
/** Lines that an attribution may be wrapped over. */
const WRAPPED = 3;

/** How clients introduce what they quote: a verb near the end of a line that ends in a colon, by language. */
const WROTE =
  /(\b(wrote|writes|schrieb|escribió|ha scritto|escreveu|schreef|skrev|yazdı|kirjoitti|napsal|írta)|a écrit|napisał|пишет|написал)(\(a\))?(\s[^:]{0,200})?\s*[:：]\s*$|(さんは書きました|のメール|写道|寫道)\s*[:：]?\s*$/iu;
const ATTRIBUTION_START = /^(On|Am|Le|El|Il|Em|Op|Den|W dniu|Dnia|В|вт|пн|ср|чт|пт|сб|вс|\d{1,4}[./年-])[\s\d,.]/iu;
const DIVIDER =
  /^\s*(-{2,}|_{5,})?\s*(original message|forwarded message|ursprüngliche nachricht|weitergeleitete nachricht|message d'origine|message original|mensaje original|messaggio originale|mensagem original|oorspronkelijk bericht|исходное сообщение|ursprungligt meddelande)\s*(-{2,})?\s*$/iu;
const HEADER_LINE = /^\s*\*?(from|von|de|da|van|från|fra|от|kimden|差出人|发件人)\s?\*?[:：]/iu;
const NEXT_HEADER =
  /^\s*\*?(sent|date|to|subject|gesendet|datum|an|betreff|envoyé|à|objet|enviado|para|asunto|inviato|a|oggetto|verzonden|aan|onderwerp|дата|кому|тема|送信日時|宛先|件名|发送时间|收件人|主题)\s?\*?[:：]/iu;

export interface Split {
  readonly own: string;
  readonly quoted: string;
}

/** The mail's own words and the history below them. Never leaves own words empty; answers between quotes are kept. */
export function splitQuoted(text: string): Split {
  const lines = text.split('\n');
  const at = historyStart(lines);
  if (at === null) return { own: text, quoted: '' };
  const own = lines.slice(0, at).join('\n').trimEnd();
  return own.trim() === '' ? { own: text, quoted: '' } : { own, quoted: lines.slice(at).join('\n') };
}

function historyStart(lines: readonly string[]): number | null {
  const short = (i: number): string => (lines[i] ?? '').slice(0, LINE_CHARS);
  for (let i = 0; i < lines.length; i++) {
    const line = short(i);
    if (DIVIDER.test(line)) return i;
    if (HEADER_LINE.test(line) && [1, 2].some((next) => NEXT_HEADER.test(short(i + next)))) return i;
    const attribution = attributionLength(short, i);
    if (attribution > 0) {
      const words = Array.from({ length: attribution }, (_, n) => short(i + n)).join(' ');
      // Without marks only a date and an address tell an attribution from a sentence.
      const certain = ATTRIBUTION_START.test(words) && /\d/.test(words) && words.includes('@');
      if (onlyQuotesFrom(lines, i + attribution, certain)) return i;
    }
    if (line.startsWith('>') && onlyQuotesFrom(lines, i, false)) return i;
  }
  return null;
}

function attributionLength(short: (i: number) => string, i: number): number {
  if (!ATTRIBUTION_START.test(short(i)) && !WROTE.test(short(i))) return 0;
  for (let length = 1; length <= WRAPPED; length++) if (WROTE.test(short(i + length - 1))) return length;
  return 0;
}

/** Whether nothing of the writer's own follows; text without marks counts as history only after a certain attribution. */
function onlyQuotesFrom(lines: readonly string[], from: number, certain: boolean): boolean {
  const rest = lines.slice(from).filter((line) => line.trim() !== '');
  const marked = rest.filter((line) => line.startsWith('>')).length;
  if (marked === 0) return certain && rest.length > 0;
  const lastMarked = rest.findLastIndex((line) => line.startsWith('>'));
  return marked === rest.length || (lastMarked === marked - 1 && isSignature(rest.slice(lastMarked + 1)));
}

const isSignature = (lines: readonly string[]): boolean => /^--\s?$/.test(lines[0] ?? '');
