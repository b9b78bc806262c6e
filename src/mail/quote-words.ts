// The words of which mail programs make what stands above a quote: dates, names of header fields, verbs. Pure; knows nobody.
import { ORIGINAL, VERBS } from './quotes.ts';

const FIELDS = `from sent date to cc bcc subject importance priority high normal attachments von gesendet datum an betreff kopie
  de envoyé à objet enviado el em fecha para asunto da inviato data a oggetto assunto verzonden van aan onderwerp od wysłano do
  temat odesláno komu předmět от отправлено дата кому тема копия від надіслано från skickat till ämne kopia fra sendt til emne
  kopi kimden gönderen gönderilme gönderildi tarih kime konu bilgi lähettäjä lähetetty vastaanottaja aihe kopio 差出人 送信日時
  日時 宛先 件名 发件人 发送时间 收件人 抄送 主题 寄件者 寄件日期 收件者 副本 主旨 보낸 사람 날짜 받는 참조 제목`;
/** Between the parts of a date or of an attribution. */
const SMALL = `on at am um uhr pm le il giorno alle ore as às op om den kl klo på dne dňa v ve w dniu o la las los di del dia
  pada pukul vào lúc ora в г года στις klockan utc gmt cet cest est edt cst cdt mst mdt pst pdt bst ist jst h mailto re fw fwd
  aw wg sv vs tr odp 于 於 在 上午 下午 오전 오후 年 月 日 時 分 时 點 년 월 일 시 분 tarihinde şunu odesílatel użytkownik`;
const ALWAYS = new Set(wordsIn(`${FIELDS} ${SMALL} ${VERBS} ${ORIGINAL}`));

/** In the order of how many write them. */
const LANGUAGES = 'en de fr es it pt nl pl ru ja zh ko sv da nb fi cs sk tr uk hu ro el ca he ar id vi'.split(' ');
const dates = new Map<string, ReadonlySet<string>>();

/** Whether an introduction has no word but those that mail programs write there and the `known` ones. */
export function saysNothing(introduction: string, known: ReadonlySet<string>): boolean {
  let left = wordsIn(introduction).filter((word) => !ALWAYS.has(word) && !known.has(word));
  for (const language of LANGUAGES) {
    if (left.length === 0) return true;
    const words = dates.get(language) ?? wordsOfDates(language);
    dates.set(language, words);
    left = left.filter((word) => !words.has(word));
  }
  return left.length === 0;
}

/** Lower-case; digits are no words. */
export function wordsIn(text: string): string[] {
  return text.toLowerCase().match(/\p{L}[\p{L}\p{M}]*/gu) ?? [];
}

function wordsOfDates(language: string): ReadonlySet<string> {
  const months = Array.from({ length: 12 }, (_, month) => Date.UTC(2026, month, 15, 12));
  const days = Array.from({ length: 7 }, (_, day) => Date.UTC(2026, 0, 1 + day, 12));
  const written = (['long', 'short'] as const).flatMap((form) => {
    const format = new Intl.DateTimeFormat(language, { weekday: form, day: 'numeric', month: form, year: 'numeric' });
    return [...months, ...days].map((day) => format.format(day));
  });
  return new Set(written.flatMap(wordsIn));
}
