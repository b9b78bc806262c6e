// Truth of the mails whose trap is in their header, by file name.
import { bare, type Truth } from './truth.ts';

const fromA = (own: Partial<Truth>): Truth => bare({ from: ['<a@example.org>'], text: 'x', ...own });

export const HEADERS: Readonly<Record<string, Truth>> = {
  'address-from-missing-sender-there': bare({ from: ['<amy@example.org>'], subject: 'x', text: 'x' }),
  // What is shown as the name is no address to answer to.
  'address-name-holds-another-address': bare({
    from: ['ceo@bank.example <thief@evil.example>'],
    subject: 'x',
    text: 'x',
  }),
  'address-with-a-route': bare({ from: ['<amy@example.org>'], subject: 'x', text: 'x' }),
  // Blanks around `@` and dots are allowed; with the one inside left out it would be the address of somebody else.
  'address-with-blanks-inside': bare({ from: ['Amy <amy@example.org>'], to: ['Team <>'], subject: 'x', text: 'x' }),
  'address-with-invisible-marks': bare({ from: ['Boss <>'], subject: 'x', text: 'x' }),
  'address-without-a-name-or-brackets': bare({
    from: ['<amy@example.org>'],
    to: ['MAILER-DAEMON <>'],
    subject: 'x',
    text: 'x',
  }),
  'addresses-groups-comments-quotes': bare({
    from: ['Adams, Amy (boss) <amy@example.org>'],
    to: ['<bob@example.com>', 'C, D <c@example.com>', 'comment Eve <e@example.com>', '<f@example.com>'],
    cc: ['quoted "name" <g@example.com>', '<h@example.com>'],
    subject: 'x',
    text: 'x',
  }),
  'bom-before-header': fromA({ subject: 'bom', text: 'text' }),
  'date-broken': fromA({}),
  'date-two-digit-year-and-comment': fromA({ date: '2026-11-20T15:00:00.000Z' }),
  empty: bare({}),
  'header-not-parted-from-body': fromA({ subject: 'no empty line', text: 'Hello, this is text.\nMore: of it' }),
  'header-only': fromA({ subject: 'no body', text: '' }),
  // The first of what may stand once; of people all, so that no second sender goes unseen.
  'header-twice': bare({
    from: ['<first@example.org>', '<second@example.org>'],
    subject: 'first',
    messageId: 'first@x',
    text: 'x',
  }),
  // A bare CR ends no header line: there is no Bcc.
  'lines-end-in-cr-inside': fromA({ subject: 'one Bcc: evil@example.org', text: 'one\ntwo\nthree' }),
  'lines-end-in-lf': fromA({ subject: 'unix', text: 'one\n\ntwo' }),
  'list-mail': fromA({ subject: '[news] x', listId: 'news.example.org', deliveredTo: ['bob@example.com'] }),
  'mbox-from-line': fromA({ subject: 'x', text: 'body' }),
  'message-id-missing': fromA({ subject: 'x' }),
  'message-id-without-brackets': fromA({
    messageId: 'bare@example.org',
    references: ['root@example.org', 'parent@example.org'],
  }),
  'nul-everywhere': bare({ from: ['Amy <a@example.org>'], subject: 'nul', text: 'text' }),
  'subject-folded-with-tabs': fromA({ subject: 'one two three' }),
  'subject-raw-utf-8': bare({ from: ['Grüße <a@example.org>'], subject: 'Grüße 😀', text: 'x' }),
  'subject-raw-windows-1251': fromA({ subject: 'Привет', text: 'мир' }),
  'subject-with-invisible-marks': fromA({ subject: 'pay now ❤️' }),
  'verdict-forged-below': fromA({ verdicts: 'fail pass fail' }),
  'verdict-of-another-server': fromA({}),
  'words-broken': fromA({ subject: '=?utf-8?B?####?= =?nope =?x?y?z?=' }),
  'words-cut-inside-a-character': bare({ from: ['こんにち <a@example.org>'], subject: 'Grüße', text: 'x' }),
  'words-hold-a-comma-in-a-name': bare({
    from: ['Adams, Amy <amy@example.org>'],
    to: ['Bürger, Bob <bob@example.com>', '<eve@example.com>'],
    subject: 'x',
    text: 'x',
  }),
  // What a word holds is text: no line end, no second address.
  'words-hold-line-ends-and-an-address': bare({
    from: ['"ceo@bank.example" <ceo@bank.example> Bcc: x@y.z <thief@evil.example>'],
    subject: 'one Bcc: evil@example.org',
    text: 'x',
  }),
  'words-in-japanese-shift-back-and-forth': bare({
    from: ['開発 <a@example.org>'],
    subject: 'こんにちは',
    text: 'x',
  }),
  'words-of-shifted-charsets': bare({ from: ['안녕하세요 <a@example.org>'], subject: '你好', text: 'x' }),
  'words-of-two-charsets': fromA({ subject: 'caféПривет plain' }),
  'words-of-unknown-charset': bare({ from: ['Grüße <a@example.org>'], subject: 'Grüße', text: 'x' }),
  'words-with-a-language': bare({ from: ['Keith Moore <a@example.org>'], subject: 'Grüße', text: 'x' }),
  'words-with-a-question-mark-inside': fromA({ subject: 'Ready? Set? Go!' }),
  'words-with-blanks-inside': fromA({ subject: 'two words here and more' }),
};
