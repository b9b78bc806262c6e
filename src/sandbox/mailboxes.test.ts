// Gmail's label semantics: a mail lies once, mailboxes are views of it.
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { decodeMailboxName, encodeMailboxName } from './folder-names.ts';
import type { ViewChange } from './mail.ts';
import { Mailbox } from './mailboxes.ts';

let mailbox: Mailbox;
beforeEach(() => {
  mailbox = new Mailbox('en');
});

const mail = (id: string, headers = '') => `Message-ID: <${id}>\r\n${headers}\r\ntext of ${id}\r\n`;
const only = (id: string) => mailbox.truth().find((each) => each.id === id)!;

describe('where a mail lies', () => {
  it('shows a mail in All Mail and in a view for each label and flag', () => {
    const { id } = mailbox.deliver(mail('a'), { labels: ['\\Inbox', 'Work/Plan'], flags: ['\\Flagged'] });
    expect(Object.keys(only(id).uids).sort()).toEqual(['INBOX', 'Work/Plan', '[Gmail]/All Mail', '[Gmail]/Starred']);
    mailbox.archive(id);
    mailbox.setFlags(id, ['\\Seen']);
    expect(Object.keys(only(id).uids).sort()).toEqual(['Work/Plan', '[Gmail]/All Mail']);
  });

  it('takes a mail in Trash or Spam out of every other view and gives its labels back with it', () => {
    const { id } = mailbox.deliver(mail('a'), { labels: ['\\Inbox', 'Work'] });
    mailbox.trash(id);
    expect(Object.keys(only(id).uids)).toEqual(['[Gmail]/Trash']);
    mailbox.spam(id);
    expect(Object.keys(only(id).uids)).toEqual(['[Gmail]/Spam']);
    mailbox.inbox(id);
    expect(Object.keys(only(id).uids).sort()).toEqual(['INBOX', 'Work', '[Gmail]/All Mail']);
  });

  it('gives a mail that comes back a new UID', () => {
    const { id, uids } = mailbox.deliver(mail('a'));
    mailbox.archive(id);
    mailbox.addLabel(id, '\\Inbox');
    expect(only(id).uids.INBOX).toBe(uids.INBOX! + 1);
  });

  it('removes for good from everywhere', () => {
    const { id } = mailbox.deliver(mail('a'), { labels: ['\\Inbox', 'Work'] });
    mailbox.remove(id);
    expect(mailbox.truth()).toEqual([]);
    expect(mailbox.views.every((view) => view.mails.size === 0)).toBe(true);
  });

  it('keeps the mails of a label that is deleted or renamed', () => {
    const { id } = mailbox.deliver(mail('a'), { labels: ['Work'] });
    mailbox.renameLabel('Work', 'Job');
    expect(only(id).labels).toEqual(['Job']);
    mailbox.deleteLabel('Job');
    expect(only(id)).toMatchObject({ labels: [], place: 'all' });
  });

  it('folds an appended copy into the mail with its Message-ID', () => {
    const { id } = mailbox.deliver(mail('a'));
    mailbox.append(Buffer.from(mail('a')), { labels: ['Work'], flags: ['\\Seen'] });
    expect(mailbox.truth()).toHaveLength(1);
    expect(only(id)).toMatchObject({ labels: ['Work', '\\Inbox'], flags: ['\\Seen'] });
  });
});

describe('ids, threads and modification sequences', () => {
  it('gives ids beyond 2^53 that no two mails share', () => {
    const ids = Array.from({ length: 50 }, (_, i) => mailbox.deliver(mail(`m${i}`), { date: new Date(1e12) }).id);
    expect(new Set(ids).size).toBe(50);
    expect(BigInt(`0x${ids[0]}`)).toBeGreaterThan(2n ** 53n);
  });

  it('threads by References under one subject, also when the parent comes last', () => {
    const reply = mailbox.deliver(mail('b', 'Subject: Re: Plan\r\nReferences: <a>\r\n'));
    const parent = mailbox.deliver(mail('a', 'Subject: Plan\r\n'));
    const other = mailbox.deliver(mail('c', 'Subject: Something else\r\nIn-Reply-To: <a>\r\n'));
    expect(parent.threadId).toBe(reply.threadId);
    expect(other.threadId).toBe(other.id);
  });

  it('raises MODSEQ for flags and for labels, and for nothing else', () => {
    const { id } = mailbox.deliver(mail('a'));
    const all = mailbox.view('all')!;
    const steps = [
      () => mailbox.setFlags(id, ['\\Seen']),
      () => mailbox.addLabel(id, 'Work'),
      () => mailbox.archive(id),
    ];
    for (const step of steps) {
      const before = all.highestModseq;
      step();
      expect(all.highestModseq).toBeGreaterThan(before);
      const after = all.highestModseq;
      step();
      expect(all.highestModseq).toBe(after);
    }
  });

  it('tells changes of the views they happen in', () => {
    const { id } = mailbox.deliver(mail('a'));
    const told: string[] = [];
    mailbox.onChange((change: ViewChange) => told.push(`${change.view.name} ${change.kind}`));
    mailbox.archive(id);
    expect(told.sort()).toEqual(['all labels', 'inbox removed']);
  });

  it('keeps every view in line with the labels, whatever is done', () => {
    const verbs = ['archive', 'inbox', 'trash', 'spam', 'star', 'label', 'unlabel'] as const;
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3), fc.constantFrom(...verbs)), { maxLength: 40 }), (steps) => {
        const box = new Mailbox('en');
        const ids = [0, 1, 2, 3].map((number) => box.deliver(mail(`p${number}`)).id);
        for (const [which, verb] of steps) {
          const id = ids[which]!;
          if (verb === 'star') box.setFlags(id, ['\\Flagged']);
          else if (verb === 'label') box.addLabel(id, 'Work');
          else if (verb === 'unlabel') box.removeLabel(id, 'Work');
          else box[verb](id);
        }
        for (const truth of box.truth()) {
          const places = ['[Gmail]/All Mail', '[Gmail]/Spam', '[Gmail]/Trash'].filter((path) => path in truth.uids);
          expect(places).toHaveLength(1);
          expect('INBOX' in truth.uids).toBe(truth.place === 'all' && truth.labels.includes('\\Inbox'));
          expect('Work' in truth.uids).toBe(truth.place === 'all' && truth.labels.includes('Work'));
        }
        for (const view of box.views) {
          const uids = [...view.mails.keys()];
          expect(uids).toEqual([...uids].sort((a, b) => a - b));
          expect(uids.every((uid) => uid < view.uidNext)).toBe(true);
        }
      }),
    );
  });
});

describe('modified UTF-7', () => {
  it('encodes as RFC 3501 has it', () => {
    expect(encodeMailboxName('~peter/mail/台北/日本語')).toBe('~peter/mail/&U,BTFw-/&ZeVnLIqe-');
    expect(encodeMailboxName('A&B')).toBe('A&-B');
  });

  it('comes back from any name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        expect(decodeMailboxName(encodeMailboxName(name))).toBe(name);
        expect(encodeMailboxName(name)).toMatch(/^[\x20-\x7e]*$/);
      }),
    );
  });
});
