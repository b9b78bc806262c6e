// Whatever a caller gives, through the real composer over a real connection: exactly those recipients, exactly those words.
import fc from 'fast-check';
import PostalMime from 'postal-mime';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { MailSender } from '../../src/backend/port.ts';
import { openSmtpSender } from '../../src/backend/smtp/sender.ts';
import { AppError } from '../../src/base/errors.ts';
import { composeMail, type Draft } from '../../src/mail/compose.ts';
import { formatMailbox, readRecipients } from '../../src/mail/recipients.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';

const JANE = { email: 'jane@gmail.com', appPassword: 'abcdefghijklmnop' };
let gmail: Sandbox;
let sender: MailSender;

beforeAll(async () => {
  gmail = await startSandbox({ users: [JANE] });
  sender = openSmtpSender({ host: 'localhost', port: gmail.smtp.port, ca: gmail.ca }, JANE);
});
afterAll(async () => {
  await sender.close();
  await gmail.close();
});

const draft = (changes: Partial<Draft>): Draft => ({
  from: { name: 'Jane', address: JANE.email },
  to: [{ name: '', address: 'bob@x.example' }],
  cc: [],
  bcc: [],
  subject: 'Tea',
  text: 'Hello.',
  attachments: [],
  messageId: 'a.1@gmail.com',
  dateMs: 0,
  ...changes,
});

/** What the server was given. */
async function onTheWire(changes: Partial<Draft>) {
  const { raw, envelope } = await composeMail(draft(changes));
  const before = gmail.submissions.length;
  const ids = { messageIdHeader: 'a.1@gmail.com', threadId: null };
  const outcome = await sender.send(
    { raw, from: envelope.from, recipients: envelope.to, ...ids },
    async () => undefined,
  );
  expect(outcome).toEqual({ kind: 'accepted', refused: [] });
  expect(gmail.submissions).toHaveLength(before + 1);
  return gmail.submissions.at(-1)!;
}

const local = fc.stringMatching(/^[a-zA-Z0-9_+{}#$&'*/=?^`|~-]{1,20}(\.[a-zA-Z0-9_+-]{1,10}){0,2}$/);
const domain = fc.stringMatching(/^[a-z0-9]{1,12}(-[a-z0-9]{1,5})?(\.[a-z]{2,8}){1,2}$/);
const address = fc.tuple(local, domain).map(([l, d]) => `${l}@${d}`);
/** Letters of many scripts, and every sign that means something somewhere in a header. */
const sign = fc.constantFrom(...' ,;:<>()[]"\\@.=?_-äöß日本語한🙂é\u0301\'%!&#');
const hostile = fc.constantFrom(
  '\r\n',
  '\n',
  '\r',
  '\0',
  '\u2028',
  '\u202e',
  '\u200b',
  '\t',
  '=?utf-8?q?=0d=0aBcc:_x?=',
  '\r\nBcc: eve@evil.example\r\n\r\n',
);
const words = fc
  .array(
    fc.oneof({ weight: 8, arbitrary: fc.stringMatching(/^[a-zA-Z0-9 ]{1,12}$/) }, { weight: 4, arbitrary: sign }),
    { minLength: 1, maxLength: 40 },
  )
  .map((all) => all.join(''));
const any = fc
  .array(
    fc.oneof(
      { weight: 5, arbitrary: words },
      { weight: 1, arbitrary: hostile },
      { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 10 }) },
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((all) => all.join(''));

describe('a list of recipients', () => {
  it('that is accepted is exactly what the server is told, in any way of writing it', async () => {
    const person = fc.record({ name: fc.oneof(fc.constant(''), words), address });
    const lists = fc.record({
      to: fc.array(person, { minLength: 1, maxLength: 5 }),
      cc: fc.array(person, { maxLength: 4 }),
      bcc: fc.array(person, { maxLength: 4 }),
      asText: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(lists, async ({ asText, ...fields }) => {
        const given = (people: readonly { name: string; address: string }[]) => {
          const texts = people.map(formatMailbox);
          return asText ? texts.join(', ') : texts;
        };
        let read: ReturnType<typeof readRecipients>;
        try {
          read = readRecipients({ to: given(fields.to), cc: given(fields.cc), bcc: given(fields.bcc) });
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalid_input', field: expect.stringMatching(/^(to|cc|bcc)$/) });
          return fc.pre(false);
        }
        const meant = [...fields.to, ...fields.cc, ...fields.bcc].map((each) => each.address);
        const once = meant.filter(
          (each, i) => meant.findIndex((other) => other.toLowerCase() === each.toLowerCase()) === i,
        );
        const { from, recipients, raw } = await onTheWire(read);
        expect(from).toBe(JANE.email);
        expect(recipients).toEqual(once);
        const head = raw.toString('latin1').split('\r\n\r\n')[0]!;
        expect(head).not.toMatch(/^bcc:/im);
        const mail = await PostalMime.parse(raw);
        expect([mail.to ?? [], mail.cc ?? []].map((all) => all.map((each) => each.address))).toEqual([
          read.to.map((each) => each.address),
          read.cc.map((each) => each.address),
        ]);
      }),
      { numRuns: 150 },
    );
  });

  it('reaches a name with an accent in its punycode', async () => {
    const { recipients } = await onTheWire(readRecipients({ to: 'Zoë <zoe@bücher.example>' }));
    expect(recipients).toEqual(['zoe@xn--bcher-kva.example']);
  });

  it('of any text at all reaches nobody whose address does not stand in it', async () => {
    const piece = fc.oneof(address, any, fc.constantFrom(',', ';', '<', '>', '"', '(', ')', ':', ' ', '@', '\\'));
    const text = fc.array(piece, { minLength: 1, maxLength: 8 }).map((all) => all.join(''));
    await fc.assert(
      fc.asyncProperty(text, async (to) => {
        let read: ReturnType<typeof readRecipients>;
        try {
          read = readRecipients({ to });
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalid_input', field: 'to' });
          return;
        }
        if (read.to.length === 0) return;
        const { recipients } = await onTheWire(read);
        expect(recipients).toEqual(read.to.map((each) => each.address));
        const [locals, lower] = [recipients.map((each) => each.replace(/@.*$/s, '')), to.toLowerCase()];
        for (const each of locals) expect(lower).toContain(each.toLowerCase());
      }),
      { numRuns: 400 },
    );
  });
});

describe('the words of a header', () => {
  let accepted = 0;
  beforeEach(() => {
    accepted = 0;
  });
  // A property of what is accepted says nothing when nothing is.
  afterEach(() => expect(accepted).toBeGreaterThan(60));

  const survives = async (field: RegExp, changes: Partial<Draft>, same: (raw: Buffer) => Promise<void>) => {
    let mail: Awaited<ReturnType<typeof onTheWire>>;
    try {
      mail = await onTheWire(changes);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      expect([error.code, error.field]).toEqual(['invalid_input', expect.stringMatching(field)]);
      return;
    }
    expect(mail.recipients).toEqual(['bob@x.example']);
    const head = mail.raw.toString('latin1').split('\r\n\r\n')[0]!;
    expect(head.split('\r\n').filter((line) => !/^[\x20-\x7e\t]{1,998}$/.test(line))).toEqual([]);
    accepted++;
    await same(mail.raw);
  };
  /** White space is one space, in the words of a line as in a reader's window. */
  const spaced = (text: string): string => text.replace(/\s+/gu, ' ').trim();

  it('survive as a subject, or are refused by its name', async () => {
    await fc.assert(
      fc.asyncProperty(any, (subject) =>
        survives(/^subject$/, { subject }, async (raw) =>
          expect(spaced((await PostalMime.parse(raw)).subject ?? '')).toBe(spaced(subject)),
        ),
      ),
      { numRuns: 300 },
    );
  });

  it('survive as a name, or are refused by its name', async () => {
    await fc.assert(
      fc.asyncProperty(any, (name) =>
        survives(/^to\.0\.name$/, { to: [{ name, address: 'bob@x.example' }] }, async (raw) => {
          const { to } = await PostalMime.parse(raw);
          expect(to).toMatchObject([{ address: 'bob@x.example' }]);
          expect(spaced(to![0]!.name ?? '')).toBe(spaced(name));
        }),
      ),
      { numRuns: 300 },
    );
  });

  it('survive as a file name without its path, or are refused by its name', async () => {
    await fc.assert(
      fc.asyncProperty(any, (filename) =>
        survives(
          /^attachments\.0\.filename$/,
          { attachments: [{ filename, content: Buffer.from('x') }] },
          async (raw) => {
            const { attachments } = await PostalMime.parse(raw);
            expect(attachments).toHaveLength(1);
            const got = attachments[0]!.filename ?? '';
            expect(got).not.toMatch(/[/\\\0]/);
            expect(got).not.toBe('');
            const plain = /^[\p{L}\p{N} ]*[\p{L}\p{N}]$/u;
            if (plain.test(filename) && !filename.startsWith(' ')) expect(spaced(got)).toBe(spaced(filename));
          },
        ),
      ),
      { numRuns: 300 },
    );
  });
});
