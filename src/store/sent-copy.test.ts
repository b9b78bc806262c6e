// Which mail in Sent is the copy of one that left from here; taking another's for it would call a mail sent that was not.
import { afterEach, describe, expect, it } from 'vitest';
import { WrittenMailbox } from '../../test/support/written-mailbox.ts';
import type { SoughtCopy } from './sent-copy.ts';

const LEFT = Date.UTC(2026, 10, 20, 12);
const OURS = 'ours.1@gmail.com';
const GOOGLES = 'CAabc@mail.gmail.com';

const sought = (changes: Partial<SoughtCopy> = {}): SoughtCopy => ({
  id: null,
  messageIdHeader: OURS,
  recipients: ['Joe@gmail.com', 'ann@elsewhere.example'],
  hidden: ['ann@elsewhere.example'],
  subject: 'Grüße',
  leftFromMs: LEFT,
  leftUntilMs: LEFT + 1000,
  ...changes,
});
const copy = (messageId: string, more = '') =>
  `${more}From: jane@gmail.com\r\nTo: joe@gmail.com\r\nBcc: ann@elsewhere.example\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nMessage-ID: <${messageId}>\r\n\r\nHello.\r\n`;
const mark = (messageId: string) => `X-Mailroom-Message-ID: <${messageId}>\r\n`;

let mailbox: WrittenMailbox;
afterEach(() => mailbox.close());

const sent = (id: string, raw: string, dateMs = LEFT) =>
  mailbox.put({ id, raw, dateMs, labels: ['SENT'], flags: ['seen'] });
const found = (changes?: Partial<SoughtCopy>) =>
  mailbox.reader.sentCopies(sought(changes)).map(({ id, isCertain }) => [id, isCertain]);

describe('a copy told over IMAP', () => {
  it('is known by its Message-ID in Sent, and by nothing that is only alike', async () => {
    mailbox = new WrittenMailbox('imap');
    await sent('a1', copy('other@gmail.com'));
    await mailbox.put({ id: 'a2', raw: copy(OURS), dateMs: LEFT, labels: ['INBOX'] });
    expect(found()).toEqual([]);
    await sent('a3', copy(OURS), LEFT + 86_400_000 * 20);
    expect(found()).toEqual([['a3', true]]);
  });
});

describe('a copy told over the API', () => {
  it('is known by the id that Google gave, with Google’s Message-ID', async () => {
    mailbox = new WrittenMailbox('api');
    await sent('fedcba9876543210', copy(GOOGLES));
    expect(mailbox.reader.sentCopies(sought({ id: 'fedcba9876543210' }))).toMatchObject([
      { messageIdHeader: GOOGLES, threadId: 'fedcba9876543210', isCertain: true },
    ]);
    expect(found({ id: 'fedcba9876543211' })).toEqual([]);
  });

  it('is known by our mark, also when its time is far off, and however many are alike', async () => {
    mailbox = new WrittenMailbox('api');
    await sent('fedcba98765432b1', copy(GOOGLES));
    await sent('fedcba98765432b2', copy('CAdef@mail.gmail.com', mark(OURS)), LEFT + 3_600_000);
    await sent('fedcba98765432b3', copy('CAfed@mail.gmail.com', mark('ours.2@gmail.com')));
    expect(found()).toEqual([['fedcba98765432b2', true]]);
    expect(found({ messageIdHeader: 'ours.2@gmail.com' })).toEqual([['fedcba98765432b3', true]]);
  });

  it('without our mark may be one that says the same to the same at that time', async () => {
    mailbox = new WrittenMailbox('api');
    await sent('fedcba98765432c1', copy(GOOGLES), LEFT + 60_000);
    expect(found()).toEqual([['fedcba98765432c1', false]]);
    await sent('fedcba98765432c2', copy(GOOGLES).replace(/^Bcc:.*\r\n/m, ''), LEFT - 60_000);
    expect(found()).toEqual([
      ['fedcba98765432c1', false],
      ['fedcba98765432c2', false],
    ]);
    expect(found({ hidden: [] })).toEqual([['fedcba98765432c1', false]]);
    expect(found({ subject: 'Other' })).toEqual([]);
    expect(found({ recipients: ['eve@gmail.com'] })).toEqual([]);
    expect(found({ recipients: ['joe@gmail.com', 'ann@elsewhere.example', 'eve@elsewhere.example'] })).toEqual([]);
    expect(found({ leftFromMs: LEFT - 3_600_000, leftUntilMs: LEFT - 3_500_000 })).toEqual([]);
    expect(found({ leftFromMs: LEFT + 3_600_000, leftUntilMs: LEFT + 3_700_000 })).toEqual([]);
  });

  it('that bears another’s mark is never this mail’s', async () => {
    mailbox = new WrittenMailbox('api');
    await sent('fedcba98765432d1', copy(GOOGLES, mark('ours.2@gmail.com')));
    await sent('fedcba98765432d2', copy('CAdef@mail.gmail.com', 'X-Mailroom-Message-ID: unreadable\r\n'));
    expect(found()).toEqual([]);
  });
});
