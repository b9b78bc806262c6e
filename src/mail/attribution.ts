// The line above a quote, `On …, … wrote:`, in the language in which a thread has it. Pure; the words are mail programs' own.
import type { Address } from './message.ts';
import { splitQuoted } from './quotes.ts';
import { oneLine } from './words.ts';

/** What one language says. */
interface Wording {
  /** Of lines that mail programs write in this language, and no other. */
  readonly seen: RegExp;
  readonly write: (day: string, time: string, writer: string) => string;
}

/** In the order in which they are looked for: what tells Danish from Swedish stands before what both have. */
const WORDINGS = {
  en: {
    seen: /(?<!\p{L})(?:wrote|writes) ?:/u,
    write: (day, time, writer) => `On ${day} at ${time}, ${writer} wrote:`,
  },
  de: {
    seen: /(?<!\p{L})(?:schrieb|schreibt)(?!\p{L})/u,
    write: (day, time, writer) => `Am ${day} um ${time} Uhr schrieb ${writer}:`,
  },
  fr: { seen: /(?<!\p{L})a écrit\s?:/u, write: (day, time, writer) => `Le ${day} à ${time}, ${writer} a écrit :` },
  es: {
    seen: /(?<!\p{L})escribi[óo]\s?:/u,
    write: (day, time, writer) => `El ${day} a las ${time}, ${writer} escribió:`,
  },
  it: {
    seen: /(?<!\p{L})ha scritto\s?:/u,
    write: (day, time, writer) => `Il giorno ${day} alle ore ${time} ${writer} ha scritto:`,
  },
  pt: { seen: /(?<!\p{L})escreveu\s?:/u, write: (day, time, writer) => `Em ${day} às ${time}, ${writer} escreveu:` },
  nl: {
    seen: /(?<!\p{L})(?:schreef|schrijft)(?!\p{L})/u,
    write: (day, time, writer) => `Op ${day} om ${time} schreef ${writer}:`,
  },
  pl: { seen: /(?<!\p{L})(?:napisał|pisze)/u, write: (day, time, writer) => `${day} o ${time} ${writer} napisał(a):` },
  da: {
    seen: /\d\.\d\d,? skrev(?!\p{L})/u,
    write: (day, time, writer) => `Den ${day} kl. ${time} skrev ${writer}:`,
  },
  sv: {
    seen: /Den (?!.{0,20}\d\. ?\p{L}|.{0,20}\d\.\d).{0,200}(?<!\p{L})skrev(?!\p{L})/u,
    write: (day, time, writer) => `Den ${day} kl. ${time} skrev ${writer}:`,
  },
  nb: { seen: /(?<!\p{L})skrev(?!\p{L})/u, write: (day, time, writer) => `${day} kl. ${time} skrev ${writer}:` },
  fi: {
    seen: /(?<!\p{L})kirjoitti(?!\p{L})/u,
    write: (day, time, writer) => `${day} klo ${time} ${writer} kirjoitti:`,
  },
  cs: {
    seen: /(?<!\p{L})napsal/u,
    write: (day, time, writer) => `${day} v ${time} odesílatel ${writer} napsal:`,
  },
  tr: {
    seen: /(?<!\p{L})yazdı\s?:/u,
    write: (day, time, writer) => `${writer}, ${day}, ${time} tarihinde şunu yazdı:`,
  },
  ru: {
    seen: /(?<!\p{L})(?:пишет|написала?)(?!\p{L})|\d г\.,? в \d/u,
    write: (day, time, writer) => `${day} в ${time}, ${writer} пишет:`,
  },
  uk: {
    seen: /(?<!\p{L})(?:пише|написав)(?!\p{L})/u,
    write: (day, time, writer) => `${day} о ${time} ${writer} пише:`,
  },
  ja: {
    seen: /さんは書きました|のメール[:：]|^\s*\d{4}年\d{1,2}月\d{1,2}日.{0,200}<[^<>\s]{1,200}@[^<>\s]{1,200}>\s*[:：]/u,
    write: (day, time, writer) => `${day} ${time} ${writer}:`,
  },
  'zh-Hans': { seen: /写道/u, write: (day, time, writer) => `${writer} 于${day} ${time}写道：` },
  'zh-Hant': { seen: /寫道/u, write: (day, time, writer) => `${writer} 於 ${day} ${time}寫道：` },
  ko: { seen: /님이 (?:작성|씀)/u, write: (day, time, writer) => `${day} ${time}, ${writer}님이 작성:` },
} as const satisfies Record<string, Wording>;

export type Language = keyof typeof WORDINGS;
export const LANGUAGES = Object.keys(WORDINGS) as Language[];

/** An attribution is wrapped over no more lines, of no more characters. */
const MOST_LINES = 3;
const LINE_CHARS = 500;

/** The language in which the first of these texts that says so introduces its quote; English when none does. */
export function languageOfQuotes(texts: readonly string[]): Language {
  for (const text of texts) {
    const { quoted } = splitQuoted(text);
    const lines = quoted.split('\n', MOST_LINES + 1).map((line) => line.slice(0, LINE_CHARS));
    const marked = lines.findIndex((line) => line.startsWith('>'));
    const intro = lines.slice(0, marked < 0 ? MOST_LINES : marked).join(' ');
    const language = LANGUAGES.find((each) => WORDINGS[each].seen.test(intro));
    if (language) return language;
  }
  return 'en';
}

/** `On Sat, 21 Nov 2026 at 10:05, Anna Berg <anna@example.org> wrote:` with the time of `timeZone`, an IANA name. */
export function attribution(
  { from: { name, address }, dateMs }: { readonly from: Address; readonly dateMs: number },
  timeZone: string,
  language: Language = 'en',
): string {
  // The line that has no verb is known by its address alone.
  const bare = language === 'ja' ? `<${address}>` : address;
  const writer = oneLine(name === '' ? bare : `${name} <${address}>`);
  const time = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone });
  return WORDINGS[language].write(dayOf(dateMs, timeZone, language), time.format(dateMs), writer);
}

function dayOf(dateMs: number, timeZone: string, language: Language): string {
  const format = new Intl.DateTimeFormat(language, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone,
  });
  if (language !== 'en') return format.format(dateMs);
  const parts = format.formatToParts(dateMs);
  const of = (type: Intl.DateTimeFormatPartTypes): string => parts.find((part) => part.type === type)!.value;
  return `${of('weekday')}, ${of('day')} ${of('month')} ${of('year')}`;
}
