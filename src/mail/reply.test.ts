// Answers to threads: whom they go to, what they are called, how they stay in the thread.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startCpuClock } from '../../test/support/cpu-time.ts';
import { composeMail, type Draft } from './compose.ts';
import { removeInvisible } from './invisible.ts';
import type { Address } from './message.ts';
import { parseMessage } from './parse.ts';
import { isSameSubject, planReply, type ReplyRequest, replySubject, type ThreadMessage } from './reply.ts';

const ME = 'anna.berg@gmail.com';
const NOBODY = { to: [], cc: [], bcc: [] };
const people = (...addresses: string[]): Address[] => addresses.map((address) => ({ name: '', address }));

function mail(n: number, from: string, changes: Partial<ThreadMessage> = {}): ThreadMessage {
  return {
    messageIdHeader: `${n}@x.org`,
    references: Array.from({ length: n - 1 }, (_, i) => `${i + 1}@x.org`),
    subject: n === 1 ? 'Plan' : 'Re: Plan',
    from: { name: '', address: from },
    replyTo: [],
    to: people(from === ME ? 'bob@x.org' : ME),
    dateMs: n * 1000,
    outgoing: from === ME,
    labels: [],
    ...changes,
  };
}

const plan = (thread: ThreadMessage[], changes: Partial<ReplyRequest<ThreadMessage>> = {}) =>
  planReply({ thread, answered: null, own: [ME], recipients: NOBODY, subject: null, ...changes });
const to = (...args: Parameters<typeof plan>) => plan(...args).recipients.to.map(({ address }) => address);

describe('without a recipient the answer goes', () => {
  it('to the sender of the last mail that is not the account’s own', () => {
    expect(to([mail(1, 'bob@x.org'), mail(2, 'carol@x.org'), mail(3, ME)])).toEqual(['carol@x.org']);
  });

  it('to Reply-To before From, but never to the account itself', () => {
    expect(to([mail(1, 'bob@x.org', { replyTo: people('list@x.org', 'desk@x.org') })])).toEqual([
      'list@x.org',
      'desk@x.org',
    ]);
    expect(to([mail(1, 'bob@x.org', { replyTo: people(ME, 'desk@x.org') })])).toEqual(['desk@x.org']);
    expect(to([mail(1, 'bob@x.org', { replyTo: people('AnnaBerg+shop@googlemail.com') })])).toEqual(['bob@x.org']);
  });

  it('to whom the last was written to, when all are the account’s own', () => {
    const thread = [
      mail(1, ME, { to: people('bob@x.org') }),
      mail(2, ME, { to: people(ME, 'carol@x.org', 'dave@x.org') }),
    ];
    expect(to(thread)).toEqual(['carol@x.org', 'dave@x.org']);
    expect(to([...thread, mail(3, 'annaberg@gmail.com', { to: [] })])).toEqual(['carol@x.org', 'dave@x.org']);
  });

  it('to the other side of the mail that is answered, not of a later one', () => {
    const thread = [mail(1, 'bob@x.org'), mail(2, ME), mail(3, 'carol@x.org')];
    expect(to(thread, { answered: thread[0]! })).toEqual(['bob@x.org']);
    expect(to(thread, { answered: thread[1]! })).toEqual(['bob@x.org']);
    expect(to(thread, { answered: thread[2]! })).toEqual(['carol@x.org']);
  });

  it('past drafts, Spam and Trash', () => {
    const thread = [
      mail(1, 'bob@x.org'),
      mail(2, 'eve@x.org', { labels: ['SPAM'] }),
      mail(3, 'eve@x.org', { labels: ['TRASH'] }),
      mail(4, ME, { labels: ['DRAFT'], to: people('draft@x.org') }),
    ];
    expect(plan(thread)).toMatchObject({
      parent: thread[0],
      inReplyTo: '1@x.org',
      recipients: { to: people('bob@x.org') },
    });
    expect(to([thread[1]!])).toEqual(['eve@x.org']);
    expect(to(thread, { answered: thread[1]! })).toEqual(['eve@x.org']);
  });

  it('in the order of time, however the mails come', () => {
    expect(to([mail(2, 'carol@x.org'), mail(1, 'bob@x.org')])).toEqual(['carol@x.org']);
  });

  it('to no address that is not strict, and not by a name that hides something', () => {
    const odd = { name: 'Bob \u202egpj', address: 'bob@x.org' };
    expect(
      plan([mail(1, '"a b"@x.org', { replyTo: [{ name: '', address: 'x@y@x.org' }, odd] })]).recipients.to,
    ).toEqual(people('bob@x.org'));
    for (const thread of [[mail(1, 'bob@localhost')], [mail(1, ME, { to: people(ME) })]])
      expect(() => plan(thread)).toThrow(expect.objectContaining({ code: 'invalid_input', field: 'to' }));
  });
});

it('lets a given recipient win, and names nobody twice', () => {
  const given = { to: people('dave@x.org'), cc: people('Dave@x.org', 'bob@x.org'), bcc: [] };
  expect(plan([mail(1, 'bob@x.org')], { recipients: given }).recipients).toEqual({ ...given, cc: people('bob@x.org') });
  const copied = { to: [], cc: people('BOB@x.org', 'carol@x.org'), bcc: [] };
  expect(plan([mail(1, 'bob@x.org')], { recipients: copied }).recipients).toEqual({
    to: people('bob@x.org'),
    cc: people('carol@x.org'),
    bcc: [],
  });
});

it('says that there is nothing to answer', () => {
  expect(() => plan([])).toThrow(expect.objectContaining({ code: 'not_found' }));
  expect(() => plan([mail(1, ME, { labels: ['DRAFT'] })])).toThrow(expect.objectContaining({ code: 'not_found' }));
});

describe('the subject', () => {
  it.each([
    ['Plan', 'Re: Plan'],
    ['Re: Plan', 'Re: Plan'],
    ['RE: AW: Sv: Antw: Re[2]: 回复：Plan', 'Re: Plan'],
    ['Fwd: Plan', 'Re: Fwd: Plan'],
    ['Re: Fwd: Re: Plan', 'Re: Fwd: Re: Plan'],
    ['Ref: 4711', 'Re: Ref: 4711'],
    ['R: the language', 'Re: R: the language'],
    ['Reply: now', 'Re: Reply: now'],
    ['Отв: План', 'Re: План'],
    ['', 'Re:'],
    ['Re:', 'Re:'],
    ['  two\r\n  lines ', 'Re: two lines'],
  ])('of an answer to %j is %j', (subject, expected) => {
    expect(replySubject(subject)).toBe(expected);
    expect(replySubject(expected)).toBe(expected);
    expect(isSameSubject(expected, subject)).toBe(true);
  });

  it('is kept when it is the thread’s, and replaced when it would part it', () => {
    const thread = [mail(1, 'bob@x.org')];
    for (const same of ['Plan', 'AW: Plan', 'Re: Fwd:  Plan']) {
      expect(plan(thread, { subject: same }).subject).toBe(same.replace('  ', ' '));
    }
    for (const other of ['Plan B', 'plan', '', 'Re:', 'Ref: Plan', 'Plan\r\nBcc: eve@x.org'])
      expect(plan(thread, { subject: other }).subject).toBe('Re: Plan');
  });

  it('is read in time that grows with its length', () => {
    const elapsed = startCpuClock();
    replySubject('Re: '.repeat(2500));
    replySubject(`Re${' '.repeat(10_000)}x`);
    expect(elapsed()).toBeLessThan(500);
  });
});

describe('the ids', () => {
  it('are the parent’s, with what it refers to before it', () => {
    expect(plan([mail(1, 'bob@x.org'), mail(2, ME), mail(3, 'bob@x.org')])).toMatchObject({
      inReplyTo: '3@x.org',
      references: ['1@x.org', '2@x.org', '3@x.org'],
    });
    const thread = [mail(1, 'bob@x.org'), mail(2, 'bob@x.org')];
    expect(plan(thread, { answered: thread[0]! })).toMatchObject({ inReplyTo: '1@x.org', references: ['1@x.org'] });
  });

  it('are trimmed in the middle: the first and the nearest stay', () => {
    const { references } = plan([mail(120, 'bob@x.org')]);
    expect(references).toHaveLength(50);
    expect([references[0], references[1], references.at(-1)]).toEqual(['1@x.org', '72@x.org', '120@x.org']);
    const long = Array.from({ length: 40 }, (_, i) => `${'x'.repeat(900)}${i}@x.org`);
    const trimmed = plan([mail(2, 'bob@x.org', { references: long })]).references;
    expect(trimmed.join(' ').length).toBeLessThan(9000);
    expect([trimmed[0], trimmed.at(-1)]).toEqual([long[0], '2@x.org']);
  });

  it('of a mail that bears none are those before it', () => {
    expect(plan([mail(3, 'bob@x.org', { messageIdHeader: '' })])).toMatchObject({
      inReplyTo: undefined,
      references: ['1@x.org', '2@x.org'],
    });
  });

  it('that cannot stand in a header are passed over', () => {
    const references = ['a\x01@x', 'b@x', 'ü@x', 'c>\r\nBcc: eve@x.org', 'b@x', `${'d'.repeat(995)}@x`];
    expect(plan([mail(1, 'bob@x.org', { references, messageIdHeader: 'é@x' })])).toMatchObject({
      inReplyTo: undefined,
      references: ['b@x'],
    });
  });
});

it('can always be composed, whatever strangers have written', async () => {
  const text = fc.string({ unit: 'binary', maxLength: 30 });
  const person = fc.record({
    name: text,
    address: fc.oneof(text, fc.constantFrom('bob@x.org', ME, '"a@b"@x.org', 'x@y@z')),
  });
  const stranger = fc.record({
    messageIdHeader: fc.oneof(text, fc.constant('1@x.org')),
    references: fc.array(text, { maxLength: 5 }),
    subject: text,
    from: fc.record({ name: text, address: fc.constantFrom('bob@x.org', ME) }),
    replyTo: fc.array(person, { maxLength: 3 }),
    to: fc.array(person, { maxLength: 3 }),
    dateMs: fc.nat(),
    outgoing: fc.boolean(),
    labels: fc.constantFrom([], ['INBOX'], ['SPAM']),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(stranger, { minLength: 1, maxLength: 4 }), async (thread) => {
      const reply = plan([mail(1, 'carol@x.org', { dateMs: -1 }), ...thread]);
      expect(reply.recipients.to.length).toBeGreaterThan(0);
      expect(reply.recipients.to.map(({ address }) => address)).not.toContain(ME);
      const draft: Draft = {
        ...reply.recipients,
        subject: reply.subject,
        inReplyTo: reply.inReplyTo,
        references: reply.references,
        from: { name: '', address: ME },
        text: 'x',
        attachments: [],
        messageId: 'new@gmail.com',
        dateMs: 0,
      };
      const read = await parseMessage((await composeMail(draft)).raw, { parts: [], partial: false });
      expect(read.references).toEqual(reply.references);
      expect(read.subject).toBe(removeInvisible(reply.subject).text.trim());
    }),
    { numRuns: 200 },
  );
}, 30_000);
