// What people write to each other in several languages, whole sentences to be drawn from. Knows no format.
import type { Tongue } from './mail-words.ts';
import type { Random } from './random.ts';

const lines = (text: string) => text.trim().split('\n');

const SENTENCES: Readonly<Record<Tongue, readonly string[]>> = {
  en: lines(`
Thanks for the photos, the one with the dog and the ladder is now on our fridge.
The train was forty minutes late, so I read your draft twice and liked it twice.
Could you bring the big pot? Ours has lost its lid again.
I moved the meeting to Thursday at ten, the small room by the stairs.
The plumber says the valve is fine and the pipe is not.
We are eleven for dinner, or twelve when Tom brings his sister.
Please find the numbers for March attached; the second sheet is the honest one.
The garden is finally winning against the neighbours' ivy.
I have booked the two seats by the window, paid, and lost the receipt.
Nobody has seen the spare key since the move.
The school asks for a cake by Monday and a volunteer by yesterday.
My new address is on the back of the postcard, if the postcard arrives.
The printer prints again. I did nothing and would like to keep it that way.
Let us call on Sunday, after your walk and before mine.
The contract looks good, only the third paragraph should say days and not weeks.
Grandma says hello and that you should eat more.
I left the ladder in your hallway, sorry about the paint on it.
The bookshop has the atlas, they keep it until Saturday.
We saw a heron on the way back and were late because of it.
Could you check the totals once more before I send them on?
The heating engineer comes on Wednesday between eight and, of course, five.
It rained the whole week, so the boat is clean at least.
I have asked the bank, and they have asked me to ask again in writing.
The concert starts at eight, the queue at six.
Your parcel is with us, it ticks, so I hope it is the clock.
The budget holds if nobody gets ideas before December.
She passed the exam! There will be soup and speeches on Friday.
I will be in Lisbon until the ninth and slow to answer.
The old bicycle found a new owner, who looked as happy as I did in 1998.
Do not worry about the vase, we never liked it, and now we may say so.`),
  de: lines(`
Danke für die Fotos, das mit dem Hund hängt jetzt in der Küche.
Der Zug hatte wieder Verspätung, dafür kenne ich jetzt jede Bank am Gleis.
Könntest du den großen Topf mitbringen? Unserem fehlt der Deckel.
Die Rechnung liegt bei, die Mahnung hoffentlich nicht.
Am Mittwoch kommt der Heizungsmonteur, zwischen acht und fünf.
Die Schlüssel liegen beim Nachbarn, der mit den Gänsen.
Wir sind zum Essen elf, mit Jürgen zwölf.
Bitte prüfe die Summen noch einmal, bevor ich sie weitergebe.
Oma lässt grüßen und fragt, ob du genug isst.
Es hat die ganze Woche geregnet, aber der Kuchen war gut.`),
  tr: lines(`
Fotoğraflar için teşekkürler, köpekli olanı buzdolabına astık.
Tren yine gecikti, ama yolda güzel bir kitap bitirdim.
Büyük tencereyi getirebilir misin? Bizimkinin kapağı kayboldu.
Toplantıyı perşembe saat ona aldım, merdivenin yanındaki küçük oda.
Anahtarı komşuya bıraktım, çay içmeden vermiyor.
Anneannem selam söylüyor ve çok çalışma diyor.
Bütün hafta yağmur yağdı, bahçe çok mutlu.`),
  fr: lines(`
Merci pour les photos, celle avec le chien est déjà encadrée.
Le train avait du retard, j’ai donc relu ton texte deux fois.
Peux-tu apporter la grande marmite ? La nôtre a perdu son couvercle.
La réunion est déplacée à jeudi, dix heures, dans la petite salle.
Les clés sont chez le voisin, celui qui joue de l’accordéon.
Il a plu toute la semaine, le jardin est ravi.
Grand-mère t’embrasse et te demande de manger davantage.`),
  ru: lines(`
Спасибо за фотографии, та, где собака на лестнице, уже висит на кухне.
Поезд опоздал, зато я дочитал твою книгу.
Принеси, пожалуйста, большую кастрюлю, у нашей пропала крышка.
Встречу перенесли на четверг, в десять утра.
Ключи у соседа, но без чая он их не отдаёт.
Бабушка передаёт привет и спрашивает, хорошо ли ты ешь.`),
  ja: lines(`
しゃしんをありがとう いぬのしゃしんはれいぞうこにはりました
でんしゃがおくれたので ほんをぜんぶよみました
おおきいなべをもってきてください
かいぎはもくようびのじゅうじになりました
おばあちゃんが よろしくといっています`),
};

/** Subjects beside those of the dictionaries. */
export const TOPICS: readonly string[] = lines(`
Sunday at the lake
The spare key
Numbers for March
Cake for the school
Who has the ladder?
Train tickets
Your parcel
The new contract
A heron!
Paint for the boat
Choir on Tuesday
The neighbours' ivy
Soup and speeches`);

/** What a shop sells. */
export const GOODS: readonly string[] = lines(`
World atlas, linen
Tea, 500 g
Ticket, window seat
Notebook, squared
Soup bowl, blue
Boat varnish, 1 l
Bicycle bell
Postcards, ten
Domain name, one year`);

/** Draws whole sentences of one language, as a phrasebook of made-up words would. */
export class Sentences {
  readonly #sentences: readonly string[];

  constructor(tongue: Tongue) {
    this.#sentences = SENTENCES[tongue];
  }

  /** At least so many characters, though never the same sentence twice in a row. */
  text(random: Random, length: number): string {
    let last = random.below(this.#sentences.length);
    let text = this.#sentences[last]!;
    while (text.length < length) {
      last = (last + 1 + random.below(this.#sentences.length - 1)) % this.#sentences.length;
      text += ` ${this.#sentences[last]}`;
    }
    return text;
  }
}
