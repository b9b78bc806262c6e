// BODYSTRUCTURE, ENVELOPE and sections against what RFC 3501 says of the same mails.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile } from './imap-syntax.ts';
import { envelopeOf, sectionOf, structureOf } from './mime-structure.ts';
import { parseTree } from './mime-tree.ts';

const mail = (...lines: string[]) => Buffer.from(lines.join('\r\n'), 'latin1');

const NESTED = mail(
  'From: "Smith, Al" <al@x.test>, =?iso-8859-1?Q?J=FCrgen?= <j@x.test>',
  'Subject: outer',
  'Content-Type: multipart/mixed; boundary="out"',
  '',
  'preamble',
  '--out',
  'Content-Type: multipart/alternative; boundary=in',
  '',
  '--in',
  'Content-Type: text/plain; charset=utf-8',
  '',
  'plain',
  '--in',
  'Content-Type: text/html',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  '<p>html</p>',
  '--in--',
  '--out',
  'Content-Type: message/rfc822',
  '',
  'Subject: inner',
  'Content-Type: multipart/mixed; boundary=deep',
  '',
  '--deep',
  '',
  'first',
  '--deep',
  "Content-Type: application/pdf; name*=utf-8''%C3%BC.pdf",
  'Content-Disposition: attachment; filename="a;b \\"c\\".pdf"',
  'Content-ID: <cid@x>',
  'Content-Transfer-Encoding: base64',
  '',
  'AAAA',
  '--deep--',
  '--out--',
  '',
);
const section = (name: string, fields: string[] = []) =>
  sectionOf(NESTED, parseTree(NESTED), name, fields)?.toString('latin1') ?? null;

describe('BODYSTRUCTURE', () => {
  it('describes nested multiparts, a mail within and its files', () => {
    expect(compile([structureOf(NESTED, parseTree(NESTED), true)])).toBe(
      '((("TEXT" "PLAIN" ("CHARSET" "utf-8") NIL NIL "7BIT" 5 0 NIL NIL NIL NIL)' +
        '("TEXT" "HTML" ("CHARSET" "us-ascii") NIL NIL "QUOTED-PRINTABLE" 11 0 NIL NIL NIL NIL) "ALTERNATIVE" ("BOUNDARY" "in") NIL NIL NIL)' +
        `("MESSAGE" "RFC822" NIL NIL NIL "7BIT" ${section('2')?.length} (NIL "inner" NIL NIL NIL NIL NIL NIL NIL NIL) ` +
        '(("TEXT" "PLAIN" ("CHARSET" "us-ascii") NIL NIL "7BIT" 5 0 NIL NIL NIL NIL)' +
        '("APPLICATION" "PDF" ("NAME*" "utf-8\'\'%C3%BC.pdf") "<cid@x>" NIL "BASE64" 4 NIL ("ATTACHMENT" ("FILENAME" "a;b \\"c\\".pdf")) NIL NIL) ' +
        '"MIXED" ("BOUNDARY" "deep") NIL NIL NIL) 13 NIL NIL NIL NIL) "MIXED" ("BOUNDARY" "out") NIL NIL NIL)',
    );
  });

  it('shows a multipart without parts as text', () => {
    const raw = mail('Content-Type: multipart/mixed; boundary=x', '', 'no boundary here');
    expect(compile([structureOf(raw, parseTree(raw), false)])).toMatch(/^\("TEXT" "PLAIN" .* "7BIT" 16 0\)$/);
  });
});

describe('sections', () => {
  it('finds parts by number, through a mail within a mail', () => {
    expect(section('1.1')).toBe('plain');
    expect(section('1.2')).toBe('<p>html</p>');
    expect(section('1.2.MIME')).toBe('Content-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n');
    expect(section('2.HEADER')).toBe('Subject: inner\r\nContent-Type: multipart/mixed; boundary=deep\r\n\r\n');
    expect(section('2.1')).toBe('first');
    expect(section('2.2')).toBe('AAAA');
    expect(section('2.TEXT')).toMatch(/^--deep\r\n[\s\S]*--deep--$/);
    expect(section('3')).toBeNull();
    expect(section('1.HEADER')).toBeNull();
  });

  it('gives header fields and all but them', () => {
    expect(section('HEADER.FIELDS', ['SUBJECT'])).toBe('Subject: outer\r\n\r\n');
    expect(section('HEADER.FIELDS.NOT', ['From', 'content-type'])).toBe('Subject: outer\r\n\r\n');
  });

  it('gives a mail that is no multipart as part 1', () => {
    const raw = mail('Subject: x', '', 'body');
    expect(sectionOf(raw, parseTree(raw), '1', [])?.toString()).toBe('body');
    expect(sectionOf(raw, parseTree(raw), 'TEXT', [])?.toString()).toBe('body');
  });
});

describe('ENVELOPE', () => {
  it('splits addresses, keeps encoded words encoded and copies From where Sender is absent', () => {
    const from = '(("Smith, Al" NIL "al" "x.test")("=?UTF-8?B?SsO8cmdlbg==?=" NIL "j" "x.test"))';
    expect(compile([envelopeOf(parseTree(NESTED))])).toBe(`(NIL "outer" ${from} ${from} ${from} NIL NIL NIL NIL NIL)`);
  });
});

describe('any octets', () => {
  it('make a tree whose parts lie within each other', () => {
    const line = fc.constantFrom(
      '--a',
      '--a--',
      '--b',
      '',
      'text',
      'Content-Type: multipart/x; boundary=a',
      'Content-Type: multipart/y; boundary="b"',
      'Content-Type: message/rfc822',
      ' folded',
      '\x00\xff',
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 60 }), fc.constantFrom('\r\n', '\n'), (lines, end) => {
        const raw = Buffer.from(lines.join(end), 'latin1');
        const visit = (part: ReturnType<typeof parseTree>) => {
          expect(part.start <= part.bodyStart && part.bodyStart <= part.end && part.end <= raw.length).toBe(true);
          for (const child of part.children) {
            expect(child.start >= part.bodyStart && child.end <= part.end).toBe(true);
            visit(child);
          }
        };
        visit(parseTree(raw));
        expect(compile([structureOf(raw, parseTree(raw), true)])).toMatch(/^\(/);
      }),
    );
  });
});
