// The words of made-up mail in several languages: names, subjects, sentences. Knows no format.
import { Random } from './random.ts';

export type Tongue = 'en' | 'de' | 'tr' | 'fr' | 'ru' | 'ja';

interface Dictionary {
  readonly names: readonly string[];
  readonly greeting: string;
  readonly closing: string;
  /** Before a quoted mail; `{date}` and `{name}` are filled in. */
  readonly wrote: string;
  readonly reply: string;
  readonly subjects: readonly string[];
  readonly words: readonly string[];
  readonly syllables: readonly string[];
}

const split = (text: string) => text.split(' ');

export const DICTIONARIES: Readonly<Record<Tongue, Dictionary>> = {
  en: {
    names: ['Alice Morgan', 'Bob Carter', 'Grace Hill', 'Tom O’Neil', 'Priya Shah', 'Dan Wu'],
    greeting: 'Hi',
    closing: 'Best regards',
    wrote: 'On {date}, {name} wrote:',
    reply: 'Re',
    subjects: ['Dinner on Friday', 'Project plan', 'Photos from the lake', 'Budget for next year', 'School meeting'],
    words: split(
      'the of and to in a is that for it was on are as with they at be this have from or one had by but not what all were we when your can said there use each which she do how their if will up other about out many then them these so some her would make like him into time has look two more write go see number no way could people than first water been call who oil its now find long down day did get come made may part',
    ),
    syllables: split(
      'ba con der el fi gra hol in ju ker lo men nor op pra qui res sta tion un ver wil yor zen tem lar mis',
    ),
  },
  de: {
    names: ['Jürgen Groß', 'Anja Müller', 'Käthe Schröder', 'Uwe Böhm'],
    greeting: 'Hallo',
    closing: 'Viele Grüße',
    wrote: 'Am {date} schrieb {name}:',
    reply: 'AW',
    subjects: ['Rückfrage zur Rechnung', 'Grüße aus Köln', 'Unser Treffen im März', 'Schlüsselübergabe'],
    words: split(
      'der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor zur bis mehr durch man sein wurde möglich früher schön größer müssen können',
    ),
    syllables: split(
      'ab bei ge schaft ung keit lich ver ent wald stein burg hof straß zeit werk kraft buch über müh höl',
    ),
  },
  tr: {
    names: ['Kemal Işık', 'Ayşe Yıldız', 'Çağrı Öztürk', 'Şule Gündoğdu'],
    greeting: 'Merhaba',
    closing: 'Sevgiler',
    wrote: '{name}, {date} tarihinde şunu yazdı:',
    reply: 'Ynt',
    subjects: ['Toplantı notları', 'Bayram planı', 'Ödeme hatırlatması', 'İstanbul yolculuğu'],
    words: split(
      'bir ve bu da de için ile çok daha olarak en gibi kadar sonra olan var ama ne her ben sen biz siz onlar şey zaman gün yıl iş ev yol su iyi güzel büyük küçük yeni eski şimdi burada orada çünkü değil mı artık bütün kendi göre önce',
    ),
    syllables: split('lar ler dır mak mek siz lık ği şı çı öz gün yol bah kar den taş göl üm ıl'),
  },
  fr: {
    names: ['Élodie Lefèvre', 'François Béranger', 'Chloé Garçon'],
    greeting: 'Bonjour',
    closing: 'Bien à toi',
    wrote: 'Le {date}, {name} a écrit :',
    reply: 'RE',
    subjects: ['Réunion de décembre', 'Été à la campagne', 'Votre réservation'],
    words: split(
      'le de un être et à il avoir ne je son que se qui ce dans en du elle au pour pas vous par sur faire plus dire me on mon lui nous comme mais pouvoir avec tout y aller voir bien où sans tu ou leur homme si deux même très déjà été',
    ),
    syllables: split('tion ment eur age oir elle ette ance ille château bon mar ler mer vé ré'),
  },
  ru: {
    names: ['Ольга Петрова', 'Иван Смирнов'],
    greeting: 'Привет',
    closing: 'С уважением',
    wrote: '{date} {name} пишет:',
    reply: 'Re',
    subjects: ['Отчёт за март', 'Поездка на дачу', 'Вопрос по договору'],
    words: split(
      'и в не на я быть он с что а по это она этот к но они мы весь который из у свой вы за для от так мочь все ты же год один такой тот или если только его бы себя очень когда уже новый',
    ),
    syllables: split('пре ста ние ров ка мо ле го да при под воз ход лет мир'),
  },
  ja: {
    names: ['たなか はなこ', 'やまだ たろう'],
    greeting: 'こんにちは',
    closing: 'よろしくおねがいします',
    wrote: '{date} {name}:',
    reply: 'Re',
    subjects: ['らいしゅうのよてい', 'おしらせ', 'りょこうのしゃしん'],
    words: split(
      'わたし あなた これ それ ここ きょう あした きのう とても すこし ありがとう せんせい ともだち でんしゃ ごはん みず いえ みせ しごと やすみ',
    ),
    syllables: split(
      'か き く け こ さ し す せ そ た ち つ て と な に ぬ ね の は ひ ふ へ ほ ま み む め も や ゆ よ ら り る れ ろ',
    ),
  },
};

const VOCABULARY = 8000;
const SENTENCES = 4000;

/** Sentences of one language, made once and drawn from; frequent words are frequent, as in a language (Zipf). */
export class Phrasebook {
  readonly #sentences: readonly string[];

  constructor(tongue: Tongue, seed: number) {
    const random = new Random(seed);
    const { words, syllables } = DICTIONARIES[tongue];
    const vocabulary = [...words];
    while (vocabulary.length < VOCABULARY) {
      let word = '';
      for (let left = 2 + random.below(3); left > 0; left--) word += random.pick(syllables);
      vocabulary.push(word);
    }
    const word = () => vocabulary[Math.floor(vocabulary.length ** random.next()) - 1]!;
    this.#sentences = Array.from({ length: SENTENCES }, () => {
      const sentence = Array.from({ length: 5 + random.below(14) }, word).join(' ');
      return `${sentence[0]!.toUpperCase()}${sentence.slice(1)}.`;
    });
  }

  /** At least so many characters of running text. */
  text(random: Random, length: number): string {
    let text = random.pick(this.#sentences);
    while (text.length < length) text += ` ${random.pick(this.#sentences)}`;
    return text;
  }
}
