// By which ids drafts are known, and which mails are none.
import { afterEach, describe, expect, it } from 'vitest';
import { WrittenMailbox } from '../../test/support/written-mailbox.ts';
import { draftIdOf, revisionOf } from '../mail/draft-id.ts';

const AT = Date.UTC(2026, 10, 20);
const raw = (messageId: string) => `From: jane@gmail.com\r\nSubject: x\r\nMessage-ID: <${messageId}>\r\n\r\ny\r\n`;
const ID = draftIdOf('one@gmail.com');

let mailbox: WrittenMailbox;
afterEach(() => mailbox.close());

const idOf = (reference: string) => {
  const { key } = mailbox.reader.resolveDraft(reference) ?? {};
  return key == null ? null : mailbox.reader.summaries([key])[0]!.id;
};

describe('a draft over IMAP', () => {
  it('is known by the id that follows from its Message-ID, of two revisions the newer', async () => {
    mailbox = new WrittenMailbox('imap');
    await mailbox.put({ id: 'a1', raw: raw('one@gmail.com'), dateMs: AT, flags: ['draft'] });
    await mailbox.put({ id: 'a2', raw: raw('two@gmail.com'), dateMs: AT, flags: ['draft'] });
    expect(idOf(ID)).toBe('a1');
    expect(mailbox.reader.read(mailbox.reader.resolve('a1')[0]!)!.draftId).toBe(ID);
    await mailbox.put({ id: 'a3', raw: raw(revisionOf(ID, 'x', 'gmail.com')), dateMs: AT + 5000, flags: ['draft'] });
    expect(idOf(ID)).toBe('a3');
    expect(mailbox.reader.resolveDraft(ID)).toMatchObject({ draftId: ID, byServer: false });
  });

  it('is known by its message id, and by its thread’s when it is the only draft there', async () => {
    mailbox = new WrittenMailbox('imap');
    await mailbox.put({ id: 'a1', raw: raw('one@gmail.com'), dateMs: AT, flags: ['draft'] });
    expect([idOf('a1'), idOf('A1'), idOf('<one@gmail.com>'), idOf('161')]).toEqual(['a1', 'a1', 'a1', 'a1']);
  });

  it('is no draft in Trash, nor is a mail that is none', async () => {
    mailbox = new WrittenMailbox('imap');
    await mailbox.put({ id: 'a1', raw: raw('one@gmail.com'), dateMs: AT, flags: ['draft'], labels: ['TRASH'] });
    await mailbox.put({ id: 'a2', raw: raw('two@gmail.com'), dateMs: AT, labels: ['INBOX'] });
    for (const reference of [ID, 'a1', 'a2', draftIdOf('two@gmail.com')])
      expect(mailbox.reader.resolveDraft(reference), reference).toBeNull();
    for (const { draftId } of mailbox.reader.summaries(mailbox.reader.resolve('a1'))) expect(draftId).toBeNull();
  });
});

describe('a draft over the API', () => {
  it('is known by the server’s id and by no id of ours, also before its message is here', async () => {
    mailbox = new WrittenMailbox('api');
    await mailbox.put({ id: 'fedcba9876543210', raw: raw('one@gmail.com'), dateMs: AT, flags: ['draft'] });
    const [key] = mailbox.reader.resolve('fedcba9876543210');
    expect(mailbox.reader.summaries([key!])[0]!.draftId).toBeNull();
    expect(mailbox.reader.resolveDraft(ID)).toBeNull();
    const drafts = [
      { draftId: 'r-1', messageId: 'fedcba9876543210' },
      { draftId: 'r-2', messageId: 'aaaa' },
    ];
    mailbox.writer.apply({ kind: 'drafts', drafts });
    expect(mailbox.reader.summaries([key!])[0]!.draftId).toBe('r-1');
    expect(mailbox.reader.resolveDraft('r-1')).toEqual({ key, draftId: 'r-1', byServer: true });
    expect(mailbox.reader.resolveDraft('fedcba9876543210')).toEqual({ key, draftId: 'r-1', byServer: true });
    expect(mailbox.reader.resolveDraft('r-2')).toEqual({ key: null, draftId: 'r-2', byServer: true });
  });
  it('that was edited while drafts were listed is known as it was told last', () => {
    mailbox = new WrittenMailbox('api');
    const told = (draftId: string, messageId: string) => ({ draftId, messageId });
    mailbox.writer.apply({ kind: 'drafts', drafts: [told('r-1', 'a1'), told('r-2', 'b1'), told('r-1', 'a2')] });
    expect(mailbox.reader.resolveDraft('r-1')).toMatchObject({ draftId: 'r-1', byServer: true });
    expect(mailbox.reader.db.prepare('select message_id from drafts order by draft_id').pluck().all()).toEqual([
      'a2',
      'b1',
    ]);
  });
});
