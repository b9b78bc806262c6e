// What a mail looks like after Gmail has taken it over SMTP.
import { describe, expect, it } from 'vitest';
import { sentForm } from './sent-form.ts';

const JANE = 'jane@gmail.com';

function mail(fields: string): Buffer {
  return Buffer.from(`${fields}\r\nSubject: =?utf-8?Q?T=C3=A9?=\r\n\r\nBody.\r\n`);
}
const headOf = (raw: Buffer): string[] => raw.toString().split('\r\n\r\n')[0]!.split('\r\n');
const sent = (fields: string, ...more: string[]) => headOf(sentForm(mail(fields), [JANE, ...more]));

describe('a submitted mail', () => {
  it('keeps its bytes when nothing is wrong with it', () => {
    const raw = mail(`From: "Jane, D." <Jane@Gmail.com>\r\nMessage-ID: <a.1@b.example>`);
    expect(sentForm(raw, [JANE])).toBe(raw);
  });

  it('gets the account as From, with the name that was given, and keeps the old one beside it', () => {
    expect(sent('From: "Boss" <boss@corp.example>\r\nMessage-ID: <1@x>')).toEqual([
      'X-Google-Original-From: "Boss" <boss@corp.example>',
      'From: "Boss" <jane@gmail.com>',
      'Message-ID: <1@x>',
      'Subject: =?utf-8?Q?T=C3=A9?=',
    ]);
    expect(sent('From: boss@corp.example\r\nMessage-ID: <1@x>')[1]).toBe('From: <jane@gmail.com>');
  });

  it('keeps a From that the account may send as', () => {
    expect(sent('From: Jane <j@corp.example>\r\nMessage-ID: <1@x>', 'j@corp.example')[0]).toBe(
      'From: Jane <j@corp.example>',
    );
  });

  it.each(['<a@b@c>', '<a.@b>', '<a@b.>', '<a b@c>', 'a@b', ''])('gets another Message-ID for %s', (id) => {
    const head = sent(`From: ${JANE}\r\nMessage-ID: ${id}`);
    expect(head[1]).toBe(`X-Google-Original-Message-ID: ${id}`);
    expect(head[2]).toMatch(/^Message-ID: <[0-9a-f]{8}\.[0-9a-f]{16}\.[0-9a-f]{6}\.[0-9a-f]{4}@mx\.google\.com>$/);
  });

  it('gets a Message-ID when it has none, and loses Bcc', () => {
    const head = sent(`From: ${JANE}\r\nBcc: a@x,\r\n b@x`);
    expect(head.filter((line) => /bcc|b@x/i.test(line))).toEqual([]);
    expect(head.at(-1)).toMatch(/^Message-ID: <.*@mx\.google\.com>$/);
  });

  it('keeps its body byte for byte', () => {
    const raw = Buffer.concat([mail('From: boss@x'), Buffer.from([0xff, 0, 10, 13])]);
    expect(sentForm(raw, [JANE]).subarray(-11)).toEqual(raw.subarray(-11));
  });
});
