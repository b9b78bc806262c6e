// By table: what is said of the sender of a mail, by what the mailbox holds beside it; and that made-up mail is left in peace.
import { afterEach, expect, it } from 'vitest';
import { letter } from '../../test/support/pretend-gmail.ts';
import { WrittenMailbox } from '../../test/support/written-mailbox.ts';
import { makeMails } from '../sandbox/mail-factory.ts';
import type { AccountRow } from '../store/control.ts';
import type { Context } from './context.ts';
import { senderJudge } from './sender-fields.ts';

const OWN = 'jane@gmail.com';
const DAY_MS = 86_400_000;
let mailbox: WrittenMailbox | undefined;
afterEach(() => mailbox?.close());

interface Mail {
  readonly from?: string;
  readonly to?: string;
  readonly day: number;
  readonly labels?: readonly ('SENT' | 'SPAM' | 'DRAFT')[];
  readonly fields?: string;
}

/** What is said of the sender of the last of these. */
async function saidOfLast(mails: readonly Mail[], { complete = true } = {}): Promise<object> {
  mailbox = new WrittenMailbox('imap', OWN);
  for (const [i, { day, labels = [], ...mail }] of mails.entries())
    await mailbox.put({
      id: (100 + i).toString(16),
      raw: letter(`Mail ${i}`, mail),
      dateMs: Date.UTC(2026, 0, 1) + day * DAY_MS,
      labels,
    });
  const ctx = { session: { kind: 'service' }, sync: { report: () => ({ complete }) } } as unknown as Context;
  const judge = senderJudge(ctx, { email: OWN } as AccountRow, mailbox.reader);
  const [key] = mailbox.reader.resolve((100 + mails.length - 1).toString(16));
  const [summary] = mailbox.reader.summaries([key!]);
  const reading = mailbox.reader.read(key!)!;
  expect(judge(reading)).toEqual(judge(summary!));
  return judge(summary!);
}

const AMY = 'Amy Adams <amy@example.org>';
const FALSE_AMY = 'Amy Adams <amy@evil.example>';
const TO_AMY: Mail = { from: OWN, to: AMY, day: 0, labels: ['SENT'] };
const NEW = { first_time_sender: true };
const LOOKS = { lookalike: { resembles: 'Amy Adams <amy@example.org>', by: 'name' } };

it.each<[string, Mail[], object]>([
  ['one who never wrote', [{ from: AMY, day: 1 }], NEW],
  [
    'one who wrote before',
    [
      { from: AMY, day: 0 },
      { from: AMY, day: 1 },
    ],
    {},
  ],
  [
    'one who wrote only later',
    [
      { from: AMY, day: 2 },
      { from: AMY, day: 1 },
    ],
    NEW,
  ],
  ['one who was written to before', [TO_AMY, { from: AMY, day: 1 }], {}],
  [
    'one who wrote Spam before',
    [
      { from: AMY, day: 0, labels: ['SPAM'] },
      { from: AMY, day: 1 },
    ],
    NEW,
  ],
  [
    'one to whom a draft was begun',
    [
      { ...TO_AMY, labels: ['DRAFT'] },
      { from: AMY, day: 1 },
    ],
    NEW,
  ],
  [
    'one who was copied by another',
    [
      { from: 'bob@x.example', day: 0, fields: `Cc: ${AMY}\r\n` },
      { from: AMY, day: 1 },
    ],
    NEW,
  ],
  ['the owner', [{ from: OWN, to: AMY, day: 0, labels: ['SENT'] }], {}],
  ['the owner’s other program', [{ from: OWN, day: 0 }], {}],
  ['a draft', [{ from: FALSE_AMY, day: 0, labels: ['DRAFT'] }], {}],
  ['a namesake of one known', [TO_AMY, { from: FALSE_AMY, day: 1 }], { ...NEW, ...LOOKS }],
  ['the same on the next day', [TO_AMY, { from: FALSE_AMY, day: 1 }, { from: FALSE_AMY, day: 2 }], LOOKS],
  ['a namesake who has written for months', [TO_AMY, { from: FALSE_AMY, day: 1 }, { from: FALSE_AMY, day: 50 }], {}],
  ['a namesake who was written to', [TO_AMY, { ...TO_AMY, to: FALSE_AMY }, { from: FALSE_AMY, day: 1 }], {}],
  [
    'a namesake from before',
    [
      { ...TO_AMY, day: 3 },
      { from: FALSE_AMY, day: 1 },
    ],
    NEW,
  ],
  [
    'a namesake of one who only wrote',
    [
      { from: AMY, day: 0 },
      { from: FALSE_AMY, day: 1 },
    ],
    NEW,
  ],
  [
    'a service that writes for many',
    [
      TO_AMY,
      ...['Bob B', 'Carl C', 'Dora D'].map((name) => ({ from: `${name} <noreply@hub.example>`, day: 1 })),
      { from: 'Amy Adams <noreply@hub.example>', day: 2 },
    ],
    {},
  ],
  [
    'a program that answers for one known',
    [TO_AMY, { from: 'noreply@form.example', day: 1, fields: `Reply-To: ${AMY}\r\n` }],
    NEW,
  ],
  [
    'one who passes answers on',
    [TO_AMY, { from: 'amy@example.org', day: 1, fields: 'Reply-To: eve@evil.example\r\n' }],
    { reply_to_mismatch: 'eve@evil.example' },
  ],
])('%s', async (_, mails, expected) => {
  expect(await saidOfLast(mails)).toEqual(expected);
});

it('of made-up mail hardly any sender looks like another, and answers go nowhere else', async () => {
  mailbox = new WrittenMailbox('imap', OWN);
  for (const [i, { raw, date, labels }] of makeMails(7, 500, { owner: OWN, name: 'Jane Doe' }).entries())
    await mailbox.put({
      id: (100 + i).toString(16),
      raw: Buffer.from(raw).toString('utf8'),
      dateMs: date.getTime(),
      labels: labels.includes('\\Sent') ? ['SENT'] : [],
    });
  const ctx = { session: { kind: 'service' }, sync: { report: () => ({ complete: true }) } } as unknown as Context;
  const judge = senderJudge(ctx, { email: OWN } as AccountRow, mailbox.reader);
  const keys = mailbox.reader.db.prepare('select key from messages').pluck().all() as bigint[];
  const said = mailbox.reader.summaries(keys).map((each) => judge(each));
  expect(said).toHaveLength(500);
  expect(said.filter((each) => each.first_time_sender).length).toBeGreaterThan(20);
  // Namesakes at other domains, as the makers of names will have it.
  expect(said.filter((each) => each.lookalike).length).toBeLessThanOrEqual(5);
  expect(said.filter((each) => each.reply_to_mismatch)).toEqual([]);
});

it('nobody is new while older mail is missing', async () => {
  expect(await saidOfLast([{ from: AMY, day: 1 }], { complete: false })).toEqual({});
  mailbox?.close();
  expect(await saidOfLast([TO_AMY, { from: FALSE_AMY, day: 1 }], { complete: false })).toEqual(LOOKS);
});

it('nobody is new who stands in more mails than are looked at', async () => {
  const spam = Array.from({ length: 200 }, (): Mail => ({ from: AMY, day: 0, labels: ['SPAM'] }));
  expect(await saidOfLast([...spam, { from: AMY, day: 1 }])).toEqual({});
});
