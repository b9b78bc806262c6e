// What is sent by its header names exactly those whom it is for, and its copy is known again.
import { describe, expect, it } from 'vitest';
import { markOf, sentByHeader } from './by-header.ts';
import { composeMail, type Draft } from './compose.ts';
import { parseMessage } from './parse.ts';

const ID = 'a.1@gmail.com';
const draft = (changes: Partial<Draft> = {}): Draft => ({
  from: { name: 'Jane Doe', address: 'jane@gmail.com' },
  to: [{ name: 'Öberg, Bob', address: 'Bob@gmail.com' }],
  cc: [],
  bcc: [],
  subject: 'Tea',
  text: 'Hello.',
  attachments: [],
  messageId: ID,
  dateMs: Date.UTC(2026, 10, 20),
  ...changes,
});
const made = async (changes: Partial<Draft> = {}) => {
  const { raw, envelope } = await composeMail(draft(changes));
  return { raw, recipients: envelope.to, sent: sentByHeader(raw, envelope.to, ID) };
};
const people = async (raw: Buffer) => {
  const { to, cc, bcc } = await parseMessage(raw, { parts: [], partial: false });
  return [...to, ...cc, ...bcc].map(({ address }) => address);
};

describe('a mail that is sent by its header', () => {
  it('names in Bcc those who stand nowhere else, bears our mark, and is otherwise the same', async () => {
    const eve = { name: 'Eve', address: 'Eve.Adams@Elsewhere.example' };
    const { raw, sent } = await made({ bcc: [eve], cc: [{ name: '', address: 'ann@elsewhere.example' }] });
    const text = sent!.toString();
    expect(text).toBe(`X-Mailroom-Message-ID: <${ID}>\r\nBcc: Eve.Adams@elsewhere.example\r\n${raw.toString()}`);
    expect(markOf(text.slice(0, text.indexOf('\r\n\r\n')))).toBe(ID);
  });

  it('has no Bcc when nobody is hidden, and may have nothing else', async () => {
    expect((await made()).sent!.toString()).not.toMatch(/^bcc:/im);
    const { sent } = await made({ to: [], bcc: [{ name: '', address: 'ann@elsewhere.example' }] });
    expect(await people(sent!)).toEqual(['ann@elsewhere.example']);
  });

  it('names all of a hundred, with names as long as can be', async () => {
    const name = `"Ähm, (x) @ <y>; ${'ö'.repeat(230)}`;
    const many = (field: string, count: number) =>
      Array.from({ length: count }, (_, i) => ({ name, address: `${field}.${i}@elsewhere.example` }));
    const { sent, recipients } = await made({ to: many('to', 40), cc: many('cc', 30), bcc: many('bcc', 30) });
    expect(recipients).toHaveLength(100);
    expect((await people(sent!)).toSorted()).toEqual(recipients.toSorted());
  });

  it('is none when the header names anybody else, or nobody', async () => {
    const { raw, recipients } = await made();
    const text = raw.toString();
    for (const [other, envelope] of [
      [text, ['ann@elsewhere.example']],
      [text, []],
      [`Bcc: eve@evil.example\r\n${text}`, recipients],
      [`Cc: eve@evil.example\r\n${text}`, recipients],
      [`To: eve@evil.example\r\n${text}`, recipients],
      [text.replace('To: ', 'To: eve@evil.example, '), recipients],
      [text.replace('To: ', 'To: x <e v e@evil.example>, '), recipients],
      [`X-Mailroom-Message-ID: <other@gmail.com>\r\n${text}`, recipients],
    ] as const)
      expect(sentByHeader(Buffer.from(other), envelope, ID), other.slice(0, 60)).toBeNull();
    expect(sentByHeader(raw, recipients, 'a b@gmail.com>\r\nBcc: eve@evil.example')).toBeNull();
  });
});

it('is known again by no mark that is empty or another’s', () => {
  expect(markOf('Subject: x')).toBeNull();
  expect(markOf('X-Mailroom-Message-ID: <b@c.d>')).toBe('b@c.d');
  expect(markOf('X-Mailroom-Message-ID: what')).toBe('');
});
