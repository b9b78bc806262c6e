// Made-up mail of many years, the same for the same number: conversations, newsletters, receipts, attachments.
import { type Charset, filePart, headerText, mailBytes, multipart, type Part, textPart } from './mail-bytes.ts';
import { GOODS, Sentences, TOPICS } from './mail-sentences.ts';
import { DICTIONARIES, Phrasebook, type Tongue } from './mail-words.ts';
import { Random } from './random.ts';

export interface FactoryMail {
  readonly raw: Uint8Array;
  /** Arrival; rises from mail to mail. */
  readonly date: Date;
  /** As `Mailbox.deliver` takes them. */
  readonly labels: string[];
  readonly flags: string[];
  /** Equal for the mails of one conversation. */
  readonly threadHint: string;
}

export interface FactoryOptions {
  /** The address whose mailbox this is. */
  readonly owner: string;
  /** Sizes as in grown mailboxes: median 7.9 KB, mean about 15 KB. Otherwise mails are short. */
  readonly bulk?: boolean;
  /** Sentences that people write, instead of made-up words in natural numbers. */
  readonly readable?: boolean;
  /** The owner's name; default: the local part of the address. */
  readonly name?: string;
  /** When the newest mail came; default: the end of October 2026. */
  readonly until?: Date;
}

interface Person {
  readonly name: string;
  readonly address: string;
  readonly tongue: Tongue;
}

interface Conversation {
  readonly other: Person;
  readonly subject: string;
  readonly hint: string;
  readonly messageIds: string[];
  /** The newest mail's text and sender, to be quoted. */
  last: { text: string; from: string; date: Date } | null;
}

type Kind = 'conversation' | 'newsletter' | 'receipt' | 'files';

const KINDS: Readonly<Record<Kind, number>> = { conversation: 50, newsletter: 25, receipt: 17, files: 8 };
const TONGUES: Readonly<Record<Tongue, number>> = { en: 60, de: 15, tr: 8, fr: 7, ru: 5, ja: 5 };
const USER_LABELS = ['Work', 'Work/Projects', 'Family', 'Travel', 'Öffentlich/Ämter'];
const YEAR_MS = 365 * 24 * 60 * 60 * 1000;
/** When the ten years end that are made when nobody says until when. */
export const DEFAULT_UNTIL = new Date(Date.UTC(2026, 9, 31, 12));
const SPAN_MS = 10 * YEAR_MS;
const MEDIAN_BYTES = 8080;
// Of the logarithm; gives a mean near 15 KB.
const SIGMA = 1.18;
const LARGEST_BYTES = 2_000_000;

/** All of `streamMails` at once; at 50,000 in bulk that is about 725 MiB. */
export function makeMails(seed: number, count: number, options: FactoryOptions): FactoryMail[] {
  return [...streamMails(seed, count, options)];
}

/** `count` mails over the ten years that end at `until`, oldest first. The same arguments give the same bytes. */
export function* streamMails(seed: number, count: number, options: FactoryOptions): Generator<FactoryMail, void, void> {
  const factory = new Factory(seed, options);
  for (let index = 0; index < count; index++) {
    const arrival = (options.until ?? DEFAULT_UNTIL).getTime() - SPAN_MS * (1 - (index + 1) / count);
    yield factory.make(new Date(Math.floor(arrival / 1000) * 1000), index);
  }
}

class Factory {
  readonly #random: Random;
  readonly #owner: Person;
  readonly #bulk: boolean;
  readonly #readable: boolean;
  readonly #untilMs: number;
  readonly #seed: number;
  readonly #books = new Map<Tongue, Phrasebook | Sentences>();
  readonly #people: Person[] = [];
  readonly #open: Conversation[] = [];

  constructor(seed: number, options: FactoryOptions) {
    this.#random = new Random(seed);
    this.#seed = seed;
    this.#bulk = options.bulk ?? false;
    this.#readable = options.readable ?? false;
    this.#untilMs = (options.until ?? DEFAULT_UNTIL).getTime();
    this.#owner = { name: options.name ?? options.owner.split('@')[0]!, address: options.owner, tongue: 'en' };
    for (let index = 0; index < 120; index++) {
      const tongue = this.#random.weighted(TONGUES);
      const name = this.#random.pick(DICTIONARIES[tongue].names);
      const host = this.#random.pick(['example.com', 'mail.example.org', 'firma.example', 'posta.example.net']);
      this.#people.push({ name, address: `person${index}@${host}`, tongue });
    }
  }

  make(date: Date, index: number): FactoryMail {
    const kind = this.#random.weighted(KINDS);
    const size = this.#bulk
      ? Math.min(LARGEST_BYTES, MEDIAN_BYTES * Math.exp(SIGMA * this.#random.normal()))
      : 400 + this.#random.below(1600);
    const id = `${index.toString(36)}.${this.#random.below(2 ** 31).toString(36)}.${this.#seed}@mail.example.com`;
    if (kind === 'newsletter') return this.#newsletter(date, id, size);
    if (kind === 'receipt') return this.#receipt(date, id, size, index);
    return this.#personal(date, id, size, kind === 'files');
  }

  #personal(date: Date, id: string, size: number, withFile: boolean): FactoryMail {
    const random = this.#random;
    const conversation = this.#conversation();
    const { other, messageIds, last } = conversation;
    const mine = last ? last.from === other.address && random.chance(0.8) : random.chance(0.25);
    const [from, to] = mine ? [this.#owner, other] : [other, this.#owner];
    const words = DICTIONARIES[other.tongue];
    // A third of a long mail is its quoted past; a file takes nearly all of it.
    const textSize = withFile ? Math.min(size / 3, 2500) : size * 0.6;
    const own = this.#paragraphs(other.tongue, textSize - Math.min(last?.text.length ?? 0, size / 3));
    const quoted = last
      ? `\n\n${words.wrote.replace('{date}', last.date.toUTCString()).replace('{name}', last.from)}\n${quote(last.text.slice(0, size / 3))}`
      : '';
    const text = `${words.greeting} ${to.name},\n\n${own}\n\n${words.closing}\n${from.name}${quoted}\n`;
    const content = this.#body(text, other.tongue, random.chance(0.6), id);
    const file = withFile ? this.#file(size - textSize) : null;
    const headers = [
      ...envelopeHeaders(date, id, from, to, last ? `${words.reply}: ${conversation.subject}` : conversation.subject),
      ...(messageIds.length > 0
        ? [
            `In-Reply-To: <${messageIds.at(-1)}>`,
            `References: ${messageIds
              .slice(-8)
              .map((each) => `<${each}>`)
              .join('\r\n ')}`,
          ]
        : []),
    ];
    messageIds.push(id);
    conversation.last = { text: own, from: from.address, date };
    return {
      raw: mailBytes(headers, file ? multipart('mixed', `mixed-${id}`, [content, file]) : content),
      date,
      threadHint: conversation.hint,
      ...(mine ? { labels: ['\\Sent'], flags: ['\\Seen'] } : this.#filing(date, 0.3)),
    };
  }

  #newsletter(date: Date, id: string, size: number): FactoryMail {
    const random = this.#random;
    const brand = random.pick(['Gazette', 'Shop & Save', 'Weekly Digest', 'Reisewelt', 'Haberler']);
    const tongue = random.weighted({ en: 60, de: 20, tr: 10, fr: 10 });
    const sender = { name: brand, address: `news@${brand.toLowerCase().replace(/\W+/g, '-')}.example`, tongue };
    const blocks: string[] = [];
    for (let length = 0; length < size * 0.75; length += blocks.at(-1)!.length) blocks.push(this.#block(tongue, id));
    const html = `<!DOCTYPE html><html><head><style>td{font-family:Arial,sans-serif;font-size:14px}</style></head><body><span style="display:none">${this.#paragraphs(tongue, 60)}</span><table width="600" cellpadding="0" cellspacing="0">\n${blocks.join('\n')}\n</table><img src="https://track.example/o/${id}" width="1" height="1"></body></html>`;
    const plain = textPart('plain', this.#paragraphs(tongue, Math.min(800, size * 0.1)), 'utf-8', 'quoted-printable');
    const rich = textPart('html', html, 'utf-8', random.chance(0.8) ? 'quoted-printable' : 'base64');
    const headers = [
      ...envelopeHeaders(date, id, sender, this.#owner, `${brand}: ${random.pick(DICTIONARIES[tongue].subjects)}`),
      `List-Id: <news.${sender.address.split('@')[1]}>`,
      `List-Unsubscribe: <https://${sender.address.split('@')[1]}/u/${id}>`,
    ];
    return {
      raw: mailBytes(headers, multipart('alternative', `alt-${id}`, [plain, rich])),
      date,
      threadHint: id,
      ...this.#filing(date, 0.7),
    };
  }

  #receipt(date: Date, id: string, size: number, index: number): FactoryMail {
    const random = this.#random;
    const tongue = random.weighted({ en: 80, de: 20 });
    const shop = random.pick(['Bookstore', 'Bahn', 'Grocer', 'Hosting']);
    const number = `${shop.slice(0, 2).toUpperCase()}-${(100000 + index).toString()}`;
    const sender = { name: shop, address: `orders@${shop.toLowerCase()}.example`, tongue };
    const rows = Array.from(
      { length: 1 + random.below(5) },
      () => `${random.pick(this.#readable ? GOODS : DICTIONARIES[tongue].words)}  ${random.below(9000) / 100} EUR`,
    );
    const text = `Order ${number}\n\n${rows.join('\n')}\n\n${this.#paragraphs(tongue, size * 0.7)}\n`;
    return {
      raw: mailBytes(
        envelopeHeaders(date, id, sender, this.#owner, `Your order ${number}`),
        this.#body(text, tongue, random.chance(0.7), id),
      ),
      date,
      threadHint: id,
      ...this.#filing(date, 0.2),
    };
  }

  /** An open conversation to go on with, or a new one. */
  #conversation(): Conversation {
    const random = this.#random;
    if (this.#open.length > 8 && random.chance(0.7)) return random.pick(this.#open);
    const other = random.pick(this.#people);
    const { subjects } = DICTIONARIES[other.tongue];
    const spoken = this.#readable && other.tongue === 'en';
    const topic = random.pick(spoken ? [...subjects, ...TOPICS] : subjects);
    const fresh: Conversation = {
      other,
      subject: this.#readable ? topic : `${topic} ${1 + random.below(400)}`,
      hint: `c${random.below(2 ** 31).toString(36)}`,
      messageIds: [],
      last: null,
    };
    this.#open.push(fresh);
    if (this.#open.length > 40) this.#open.shift();
    return fresh;
  }

  /** A text as people's programs send it: in one charset or another, often with HTML beside it. */
  #body(text: string, tongue: Tongue, withHtml: boolean, id: string): Part {
    const random = this.#random;
    const old = random.chance(0.25);
    const charset: Charset =
      old && tongue === 'ru'
        ? 'windows-1251'
        : old && tongue === 'ja'
          ? 'iso-2022-jp'
          : old && (tongue === 'de' || tongue === 'fr')
            ? 'iso-8859-1'
            : 'utf-8';
    const encoding =
      charset === 'iso-2022-jp' ? '8bit' : tongue === 'ru' || tongue === 'ja' ? 'base64' : 'quoted-printable';
    const plain = textPart('plain', withHtml ? text.slice(0, text.length / 2) : text, charset, encoding);
    if (!withHtml) return plain;
    const html = `<div dir="ltr">${text
      .slice(0, text.length / 2)
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('\n', '<br>\n')}</div>`;
    return multipart('alternative', `alt-${id}`, [plain, textPart('html', html, charset, encoding)]);
  }

  #file(size: number): Part {
    const random = this.#random;
    const content = random.bytes(Math.max(200, Math.floor(size * 0.73)));
    const number = 1 + random.below(900);
    return random.pick([
      () => filePart('application/pdf', `invoice-${number}.pdf`, content),
      () => filePart('image/jpeg', `IMG_${number}.jpg`, content),
      () =>
        filePart(
          'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
          `Übersicht ${number}.docx`,
          content,
        ),
      () => filePart('text/csv', `export-${number}.csv`, content),
    ])();
  }

  #block(tongue: Tongue, id: string): string {
    const link = `https://click.example/${id}/${this.#random.below(2 ** 31).toString(36)}`;
    return `<tr><td style="padding:12px 24px;color:#333333;border-bottom:1px solid #dddddd"><h2 style="margin:0;font-size:18px">${this.#paragraphs(tongue, 30)}</h2><p style="line-height:1.5">${this.#paragraphs(tongue, 240)}</p><a href="${link}" style="background:#1a73e8;color:#ffffff;padding:8px 16px">${this.#random.pick(DICTIONARIES[tongue].words)}</a></td></tr>`;
  }

  #paragraphs(tongue: Tongue, length: number): string {
    let book = this.#books.get(tongue);
    if (!book) {
      book = this.#readable ? new Sentences(tongue) : new Phrasebook(tongue, this.#seed);
      this.#books.set(tongue, book);
    }
    // Each word of ISO-2022-JP carries two escapes, and its lines go out as they are.
    const longest = tongue === 'ja' ? 100 : 400;
    const paragraphs: string[] = [];
    for (let left = length; left > 0 || paragraphs.length === 0; left -= paragraphs.at(-1)!.length) {
      paragraphs.push(book.text(this.#random, Math.min(left, longest)));
    }
    return paragraphs.join('\n\n');
  }

  /** Where a received mail lies by now: old mail is mostly read and archived. */
  #filing(date: Date, unreadShare: number): { labels: string[]; flags: string[] } {
    const random = this.#random;
    const ageYears = (this.#untilMs - date.getTime()) / YEAR_MS;
    const labels: string[] = [];
    const flags: string[] = [];
    if (random.chance(Math.max(0.1, 0.9 - ageYears / 4))) labels.push('\\Inbox');
    if (random.chance(0.2)) labels.push('\\Important');
    if (random.chance(0.15)) labels.push(random.pick(USER_LABELS));
    if (!random.chance(ageYears < 0.1 ? unreadShare : unreadShare / 4)) flags.push('\\Seen');
    if (random.chance(0.02)) flags.push('\\Flagged');
    return { labels, flags };
  }
}

type Correspondent = Pick<Person, 'name' | 'address'>;

/** Date, From, To, Subject and Message-ID of a mail. */
export function envelopeHeaders(
  date: Date,
  id: string,
  from: Correspondent,
  to: Correspondent,
  subject: string,
): string[] {
  return [
    `Date: ${date.toUTCString().replace('GMT', '+0000')}`,
    `From: ${mailboxOf(from)}`,
    `To: ${mailboxOf(to)}`,
    `Subject: ${headerText(subject)}`,
    `Message-ID: <${id}>`,
  ];
}

function mailboxOf(person: Correspondent): string {
  const name = headerText(person.name);
  return `${name === person.name ? `"${name}"` : name} <${person.address}>`;
}

function quote(text: string): string {
  return text.replace(/^/gm, '> ');
}
