// The danger: a field of a send that ends its own header line and begins another, or a part, or an SMTP command.
import { describe, expect, it } from 'vitest';
import { composeMail, type Draft } from './compose.ts';

const CLEAN: Draft = {
  from: { name: 'Anna', address: 'anna@good.example' },
  to: [{ name: 'Bob', address: 'bob@good.example' }],
  cc: [{ name: 'Carol', address: 'carol@good.example' }],
  bcc: [{ name: 'Dave', address: 'dave@good.example' }],
  subject: 'Hello',
  text: 'Text',
  attachments: [{ filename: 'a.txt', content: Buffer.from('x'), contentType: 'text/plain' }],
  messageId: 'one@good.example',
  dateMs: 0,
  inReplyTo: 'parent@good.example',
  references: ['root@good.example', 'parent@good.example'],
};

/** Every field that reaches a header: what is at fault as the caller is told, and how it is given. */
const FIELDS: readonly [field: string, set: (text: string) => Partial<Draft>][] = [
  ['subject', (subject) => ({ subject })],
  ['from.name', (name) => ({ from: { ...CLEAN.from, name } })],
  ['from.address', (text) => ({ from: { name: '', address: `${text}@good.example` } })],
  ['to.0.name', (name) => ({ to: [{ name, address: 'bob@good.example' }] })],
  ['to.0.address', (text) => ({ to: [{ name: '', address: `bob@good.example${text}` }] })],
  ['cc.0.name', (name) => ({ cc: [{ name, address: 'carol@good.example' }] })],
  ['cc.0.address', (text) => ({ cc: [{ name: '', address: `${text}@good.example` }] })],
  ['bcc.0.name', (name) => ({ bcc: [{ name, address: 'dave@good.example' }] })],
  ['bcc.0.address', (text) => ({ bcc: [{ name: '', address: `dave@${text}.example` }] })],
  ['message_id_header', (text) => ({ messageId: `${text}@good.example` })],
  ['in_reply_to', (inReplyTo) => ({ inReplyTo })],
  ['references', (text) => ({ references: ['root@good.example', text] })],
  ['attachments.0.filename', (filename) => ({ attachments: [{ filename, content: Buffer.alloc(1) }] })],
  [
    'attachments.0.content_type',
    (contentType) => ({ attachments: [{ filename: 'a', content: Buffer.alloc(1), contentType }] }),
  ],
];

const HOSTILE: readonly [name: string, text: string][] = [
  ['CR', '\r'],
  ['LF', '\n'],
  ['CRLF', '\r\n'],
  ['CRLF and a space', '\r\n '],
  ['two CRLF', '\r\n\r\n'],
  ['NUL', '\0'],
  ['SOH', '\x01'],
  ['BEL', '\x07'],
  ['BS', '\b'],
  ['TAB', '\t'],
  ['VT', '\v'],
  ['FF', '\f'],
  ['ESC', '\x1b'],
  ['DEL', '\x7f'],
  ['NEL', '\u0085'],
  ['APC', '\u009f'],
  ['LINE SEPARATOR', '\u2028'],
  ['PARAGRAPH SEPARATOR', '\u2029'],
];

const VECTORS = FIELDS.flatMap(([field, set]) => HOSTILE.map(([name, text]) => ({ field, name, set, text })));

describe('of every field and every hostile character', () => {
  it('there are 252 pairs', () => {
    expect(VECTORS).toHaveLength(252);
  });

  it.each(VECTORS)('$field refuses $name within it', async ({ field, set, text }) => {
    const refusal = expect.objectContaining({ code: 'invalid_input', field });
    await expect(composeMail({ ...CLEAN, ...set(`a${text}Bcc: eve@evil.example`) })).rejects.toEqual(refusal);
    await expect(composeMail({ ...CLEAN, ...set(`a${text}`) })).rejects.toEqual(refusal);
    await expect(composeMail({ ...CLEAN, ...set(text) })).rejects.toEqual(refusal);
  });

  it('each takes the same words without it', async () => {
    for (const [, set] of FIELDS) await composeMail({ ...CLEAN, ...set('a-Bcc-eve') });
  });
});

it('lets no text end its part, whatever it knows of the boundary', async () => {
  const { raw } = await composeMail(CLEAN);
  const boundaries = [...raw.toString().matchAll(/boundary="([^"]+)"/g)].map(([, boundary]) => boundary!);
  expect(boundaries).toHaveLength(2);
  const forged = boundaries.map((b) => `--${b}--\n\n--${b}\nContent-Type: text/html\n\n<b>forged</b>\n`).join('\n');
  const attachments = [{ filename: 'a.txt', content: Buffer.from(forged), contentType: 'text/plain' }];
  const again = (await composeMail({ ...CLEAN, text: forged, html: forged, attachments })).raw.toString();
  for (const boundary of boundaries) {
    const lines = again.split('\r\n').filter((line) => line.startsWith(`--${boundary}`));
    expect(lines).toEqual([`--${boundary}`, `--${boundary}`, `--${boundary}--`]);
  }
});
