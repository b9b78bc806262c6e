// Truth of the mails whose trap is a charset or a transfer encoding, by file name.
import { type Truth, usual } from './truth.ts';

const guessed = ['a text has an unknown charset, which was guessed'];

export const CHARSETS: Readonly<Record<string, Truth>> = {
  'base64-padded-in-the-middle': usual({ text: 'Hello, world!' }),
  'base64-with-garbage': usual({ text: 'Hello, world' }),
  'charset-big5': usual({ text: '你好，世界' }),
  'charset-cp932': usual({ text: '①テスト' }),
  'charset-euc-kr': usual({ text: '안녕하세요' }),
  'charset-gb18030': usual({ text: '你好𠀀' }),
  'charset-gb2312-holds-gbk': usual({ text: '你好，镕' }),
  'charset-hz': usual({ text: '你好 world' }),
  'charset-in-apostrophes': usual({ text: '€ 5' }),
  'charset-in-html-meta': usual({ text: 'Привет', html: true }),
  'charset-iso-2022-jp': usual({ text: 'こんにちは' }),
  'charset-iso-2022-jp-shifts-twice': usual({ text: 'こんにちは' }),
  'charset-iso-2022-kr': usual({ text: '안녕하세요 Kim' }),
  'charset-iso-8859-15': usual({ text: '€ 5' }),
  'charset-koi8-r': usual({ text: 'Привет, мир' }),
  'charset-says-ascii-is-latin1': usual({ text: 'grüße' }),
  'charset-says-ascii-is-utf-8': usual({ text: 'grüße 😀' }),
  'charset-says-utf-16-is-ascii': usual({ text: 'plain words' }),
  'charset-unknown': usual({ text: 'grüße', notes: guessed }),
  'charset-utf-16': usual({ text: 'grüße' }),
  // Markup out of UTF-7 would be a way past whoever looked at the bytes.
  'charset-utf-7-markup': usual({ text: '+ADw-script+AD4-alert(1)+ADw-/script+AD4-', notes: guessed }),
  'charset-utf-8-bom': usual({ text: 'hello' }),
  'charset-utf-8-broken': usual({ text: 'grü\ufffd\ufffd\ufffd' }),
  'charset-windows-1251': usual({ text: 'Привет, мир' }),
  'charset-windows-1252-as-latin1': usual({ text: '“quoted” € 5' }),
  'charset-windows-1255-hebrew': usual({ text: 'שלום' }),
  'encoding-in-quotes-with-comment': usual({ text: 'Hello' }),
  flowed: usual({
    text: [
      'This is one line.',
      'This is another.',
      '> quoted one goes on',
      '>> deeper',
      ' stuffed',
      '-- ',
      'Amy Adams',
    ].join('\n'),
  }),
  'flowed-delsp': usual({ text: '日本語の文章' }),
  'qp-cut-inside-a-character': usual({ text: 'grüße' }),
  'qp-soft-breaks-and-garbage': usual({ text: 'café is  one line = =ZZ end' }),
  // CESU-8 is no UTF-8 (RFC 3629 section 3): each of the three bytes is an error.
  'text-lone-surrogate': usual({ text: 'a\ufffd\ufffd\ufffdb' }),
};
