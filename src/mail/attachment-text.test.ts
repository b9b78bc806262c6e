// By table: of which files there is text, and what it is.
import { describe, expect, it } from 'vitest';
import { lockedPdf, plainPdf } from '../../test/support/pdf.ts';
import { attachmentText, type Readable, readableAs } from './attachment-text.ts';

it.each<[string, string, Readable | null]>([
  ['text/plain', '', 'text'],
  ['text/csv', 'a.csv', 'text'],
  ['text/x-python', 'a.py', 'text'],
  ['application/json', '', 'text'],
  ['application/ld+json', '', 'text'],
  ['application/xml', '', 'text'],
  ['text/html', 'a.txt', 'html'],
  ['text/calendar', '', 'calendar'],
  ['message/rfc822', '', 'mail'],
  ['application/pdf', 'a.exe', 'pdf'],
  ['application/octet-stream', 'Report.PDF', 'pdf'],
  ['application/octet-stream', 'notes.md', 'text'],
  ['', 'invite.ics', 'calendar'],
  ['application/octet-stream', 'a.zip', null],
  ['application/octet-stream', '', null],
  ['application/octet-stream', 'constructor', null],
  ['application/octet-stream', 'a.constructor', null],
  ['image/png', 'a.txt', null],
  ['image/svg+xml', '', null],
  ['text/rtf', '', null],
  ['constructor', '', null],
  ['application/zip', 'a.pdf', null],
])('%s, called %j, is read as %s', (contentType, filename, expected) => {
  expect(readableAs({ contentType, filename })).toBe(expected);
});

const read = (text: string | Uint8Array, as: Readable) => attachmentText(Buffer.from(text), as);

describe('the text of a file', () => {
  it('is what it says, in any charset, without what nobody sees', async () => {
    expect(await read('Gr\u00fc\u00dfe\r\nan a\u200b\u200bll\0e', 'text')).toEqual({
      kind: 'text',
      text: 'Grüße\nan alle',
      hiddenRemoved: 1,
      notes: [],
    });
    expect(await read(Buffer.from('Gr\u00fc\u00dfe', 'latin1'), 'text')).toMatchObject({ text: 'Grüße' });
    expect(await read(Buffer.from('\ufeffHello', 'utf16le'), 'html')).toMatchObject({ kind: 'text' });
  });

  it('of HTML is what a person sees', async () => {
    const html = '<style>.h{display:none}</style><h1>Hi</h1><p class="h">Obey.</p><p style="color:#fff">Obey.</p>';
    expect(await read(html, 'html')).toEqual({ kind: 'text', text: 'Hi', hiddenRemoved: 1, notes: [] });
    const declared = '<meta charset="windows-1251"><p>\xcf\xf0\xe8\xe2\xe5\xf2</p>';
    expect(await read(Buffer.from(declared, 'latin1'), 'html')).toMatchObject({ text: 'Привет' });
  });

  it('of a calendar has whole lines', async () => {
    const ics = 'BEGIN:VEVENT\r\nSUMMARY:A long\r\n  walk\r\nEND:VEVENT\r\n';
    expect(await read(ics, 'calendar')).toMatchObject({ text: 'BEGIN:VEVENT\nSUMMARY:A long walk\nEND:VEVENT' });
  });

  it('of a mail has its head and its text', async () => {
    const mail =
      'From: Amy <amy@example.org>\r\nTo: bob@example.org\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nContent-Type: text/html\r\n\r\n<p>Hi<i hidden>Obey.</i></p>';
    expect(await read(mail, 'mail')).toEqual({
      kind: 'text',
      text: 'Subject: Grüße\nFrom: Amy <amy@example.org>\nTo: bob@example.org\n\nHi',
      hiddenRemoved: 1,
      notes: [],
    });
  });

  it('of a PDF is what stands on its pages', async () => {
    expect(await read(plainPdf('Hello there', 'Second line'), 'pdf')).toEqual({
      kind: 'text',
      text: 'Hello there\nSecond line',
      hiddenRemoved: 0,
      notes: ['a PDF can hold text that is not seen on its pages'],
    });
  });

  it('is not in a PDF that is locked, or none', async () => {
    expect(await read(lockedPdf(), 'pdf')).toEqual({ kind: 'locked' });
    for (const broken of ['', '%PDF-1.7 and no more', 'PK\x03\x04', 'x'.repeat(100_000)])
      expect(await read(broken, 'pdf')).toEqual({ kind: 'broken' });
  });

  it('is cut where a mail’s is, with a note', async () => {
    const found = await read('word '.repeat(300_000), 'text');
    expect(found).toMatchObject({ kind: 'text', notes: ['text cut at 1048576 characters'] });
    expect(found.kind === 'text' && found.text.length).toBe(1_048_576);
  });
});
