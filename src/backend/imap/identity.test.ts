// Who a mail is on a plain server: the same however it came, and never somebody else.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { headerIdentity, placeIdentity, wholeIdentity } from './identity.ts';

describe('the identity of a mail without an id', () => {
  const header = 'From: a@example.org\r\nSubject: x\r\n\r\n';
  const identity = (text: string) => headerIdentity(Buffer.from(text), 99);

  it('is the hash of the header block up to and including the empty line, and the size', () => {
    const hash = createHash('sha256').update(header).digest('hex');
    expect(identity(`${header}Body.\r\n\r\nMore.`)).toBe(`hd:${hash}:99`);
  });

  it('is the same from the header alone and from the whole mail', () => {
    expect(identity(header)).toBe(identity(`${header}Body`));
  });

  it('is the same for a mail without a body whether or not the empty line came', () => {
    expect(identity('Subject: x\r\n')).toBe(identity('Subject: x\r\n\r\n'));
    expect(identity('Subject: x')).toBe(identity('Subject: x\r\n\r\n'));
  });

  it('is that of the same header with bare line feeds, however the text goes on', () => {
    const lines = 'From: a@example.org\nSubject: x\n';
    for (const body of ['', 'Body.', 'Body.\n\nMore.', 'Body.\r\n\r\nMore.'])
      expect(identity(`${lines}\n${body}`)).toBe(identity(`${lines}\n`));
    expect(identity(lines)).toBe(identity(`${lines}\n`));
    expect(identity('Subject: x\n\nBody')).toBe(identity('Subject: x\r\n\r\nBody'));
  });

  it('is the same from any place where the header can be cut off', () => {
    const line = fc.stringMatching(/^[A-Za-z]{1,9}: [ -~]{0,9}$/);
    const newline = fc.constantFrom('\r\n', '\n');
    const property = fc.property(fc.array(line, { minLength: 1 }), newline, fc.string(), (lines, end, body) => {
      const head = lines.map((each) => `${each}${end}`).join('');
      const whole = identity(`${head}${end}${body}`);
      expect(whole).not.toBeNull();
      for (const cut of [head, head + end, head.slice(0, -end.length)]) expect(identity(cut)).toBe(whole);
    });
    fc.assert(property);
  });

  it('is not to be had from a header that is empty', () => {
    for (const source of ['', '\r\n', '\n', '\r\nBody.\r\n\r\nMore.', '\nBody.\n\nMore.'])
      expect(identity(source)).toBeNull();
  });

  it('is that of the text when there is no header', () => {
    const of = (source: string) => {
      const bytes = Buffer.from(source);
      return wholeIdentity({ header: bytes, source: bytes }, bytes.length);
    };
    expect(of('\r\nOne.')).not.toBe(of('\r\nTwo.'));
    expect(of('\r\nOne.')).toBe(of('\r\nOne.'));
    expect(of(header)).toBe(headerIdentity(Buffer.from(header), header.length));
  });

  it('is that of the place for a mail that cannot be had, and no other place has it', () => {
    const all = () => [
      placeIdentity('INBOX', 7, 12),
      placeIdentity('INBOX', 71, 2),
      placeIdentity('INBOX', 7, 2),
      placeIdentity('INBOX2', 7, 2),
      placeIdentity('Inbox', 7, 2),
    ];
    expect(new Set(all()).size).toBe(5);
    expect(all()).toEqual(all());
    // A mail whose header says what the place would be is another mail.
    const posing = '["INBOX",7,12]';
    expect(all()).not.toContain(headerIdentity(Buffer.from(posing), posing.length));
    expect(all().every((each) => !/^(gm|hd|tx):/.test(each))).toBe(true);
  });

  it('differs with the size and with one byte of the header', () => {
    expect(headerIdentity(Buffer.from(header), 98)).not.toBe(identity(header));
    expect(identity(header.replace('x', 'y'))).not.toBe(identity(header));
  });
});
