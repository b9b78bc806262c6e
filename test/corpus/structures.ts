// Truth of the mails whose trap is how they are put together, or what their attachments are called, by file name.
import { type Truth, usual } from './truth.ts';

export const STRUCTURES: Readonly<Record<string, Truth>> = {
  alternative: usual({ text: 'Plain text.', html: true }),
  'alternative-html-empty': usual({ text: 'Plain text.', html: true }),
  'alternative-of-named-parts': usual({ text: 'Plain text.', html: true }),
  'alternative-plain-empty': usual({ text: 'Rich text.', html: true }),
  'alternative-plain-in-german-points-to-browser': usual({ text: 'Neues aus dem Haus', html: true }),
  'alternative-plain-nearly-empty': usual({
    text: 'Hi Bob, here is the whole long text that the plain part leaves out.',
    html: true,
  }),
  'alternative-plain-points-to-html': usual({ text: 'News\n\nRich text.', html: true }),
  'alternative-with-calendar': usual({ text: 'Invitation', html: true, attachments: ['3 · text/calendar · 30 · '] }),
  'apple-alternative-with-mixed': usual({
    text: 'Before\n\nAfter',
    html: true,
    attachments: ['2.2 · application/pdf · 4 · x.pdf'],
  }),
  'boundary-closed-before-any-part': usual({ text: 'All there is.' }),
  'boundary-is-prefix-of-another': usual({ text: 'One\n\nTwo' }),
  'boundary-missing': usual({ text: 'Text without parts.' }),
  'boundary-named-twice': usual({ text: 'One' }),
  'boundary-never-closed': usual({ text: 'One\n\nTwo' }),
  'boundary-never-comes': usual({ text: 'Text that was cut.' }),
  'boundary-used-again-inside': usual({ text: 'inner\n\nouter' }),
  'calendar-twice': usual({
    text: 'Invitation',
    attachments: ['1.2 · text/calendar · 30 · ', '2 · application/ics · 30 · invite.ics'],
  }),
  'content-type-without-subtype': usual({ text: 'Grüße' }),
  digest: usual({ attachments: ['1 · message/rfc822 · 21 · ', '2 · message/rfc822 · 22 · '] }),
  encrypted: usual({
    attachments: ['1 · application/pgp-encrypted · 10 · ', '2 · application/octet-stream · 27 · encrypted.asc'],
    notes: ['the text is encrypted'],
  }),
  'filename-on-the-only-text': usual({ text: 'The only text.' }),
  'filename-rfc2047-in-parameter': usual({ text: 'x', attachments: ['2 · application/pdf · 8 · Grüße.pdf'] }),
  'filename-rfc2231-beside-plain': usual({
    text: 'x',
    attachments: ['2 · application/pdf · 1 · € rates.pdf', '3 · application/pdf · 1 · € rates.pdf'],
  }),
  'filename-rfc2231-continued': usual({ text: 'x', attachments: ['2 · application/pdf · 8 · € rateés %41.pdf'] }),
  'filename-unquoted-with-blanks': usual({
    text: 'x',
    attachments: ['2 · application/pdf · 8 · Invoice (1) of May.pdf'],
  }),
  'filename-with-a-comment-behind': usual({ attachments: ['1 · application/pdf · 3 · x.pdf'] }),
  'filename-with-path-and-controls': usual({
    text: 'x',
    attachments: ['2 · application/pdf · 8 · passfdp.exe', '3 · application/pdf · 8 · '],
  }),
  // What is forwarded is one thing; its parts are not those of the mail.
  'forwarded-as-attachment': usual({
    text: 'See attached mail.',
    attachments: ['2 · message/rfc822 · 81 · Old mail.eml'],
  }),
  'forwarded-inline': usual({
    text: 'My words.',
    attachments: ['2 · message/rfc822 · 149 · ', '3 · application/pdf · 1 · outer.pdf'],
  }),
  'html-conditional-comments': usual({ text: 'Everybody', html: true }),
  'markdown-alone': usual({ text: '# Title\n\nWords.' }),
  'markdown-beside-plain': usual({ text: 'Title', attachments: ['2 · text/markdown · 7 · '] }),
  'mixed-alternative-and-list-footer': usual({ text: 'Plain text.\n\n_____\nlist footer', html: true }),
  'mixed-hidden-html-beside-plain': usual({ text: 'Hello.\n\nBye.', html: true, hidden: 1 }),
  'mixed-text-then-attachment-then-text': usual({
    text: 'First.\n\nSecond.',
    attachments: ['2 · image/png · 8 · a.png'],
  }),
  'part-without-header': usual({ text: 'No header at all' }),
  'preamble-and-epilogue': usual({ text: 'Text' }),
  'related-around-alternative': usual({
    text: 'Plain text.',
    html: true,
    attachments: ['2 · application/octet-stream · 2 · x;y.png · shown in the text'],
  }),
  'related-html-and-picture': usual({
    text: 'See a cat',
    html: true,
    attachments: ['2 · image/png · 8 ·  · shown in the text'],
  }),
  'related-start-names-the-root': usual({
    text: 'Root',
    html: true,
    attachments: ['1 · image/png · 8 ·  · shown in the text'],
  }),
  'report-of-a-bounce': usual({
    text: 'It could not be delivered.',
    attachments: ['2 · message/delivery-status · 21 · ', '3 · message/rfc822 · 50 · '],
  }),
  signed: usual({ text: 'Signed text.', attachments: ['2 · application/pgp-signature · 29 · signature.asc'] }),
  'smime-enveloped': usual({
    attachments: ['1 · application/pkcs7-mime · 15 · smime.p7m'],
    notes: ['the text is encrypted'],
  }),
  'smime-signed-opaque': usual({
    attachments: ['1 · application/x-pkcs7-mime · 15 · smime.p7m'],
    notes: ['the text lies inside a signed S/MIME part'],
  }),
  'text-attached': usual({
    text: 'See notes.',
    attachments: ['2 · text/plain · 6 · notes.txt', '3 · text/html · 11 · page.html'],
  }),
  winmail: usual({ text: 'Outlook', attachments: ['2 · application/ms-tnef · 4 · winmail.dat'] }),
};
