// What every store of a mailbox keeps: a runner that takes a way to open one. Knows no engine.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Change, Copy, Flag, LabelRef } from '../../src/mail/change.ts';
import type { Message } from '../../src/mail/message.ts';
import type { MailboxReader } from '../../src/store/mailbox-reader.ts';
import type { MailboxWriter } from '../../src/store/mailbox-writer.ts';
import type { ReadMessage } from '../../src/store/message-rows.ts';
import { packMessage } from '../../src/store/packed-message.ts';
import { verifyMailbox } from '../../src/store/verify-mailbox.ts';

export interface OpenStore {
  readonly writer: MailboxWriter;
  reader(): MailboxReader;
  close(): void;
}

export const OWNER = { email: 'me@example.com', connectedAtMs: Date.UTC(2026, 0, 10) };
const BEFORE = Date.UTC(2026, 0, 1);
const AFTER = Date.UTC(2026, 0, 11);
const INBOX: LabelRef = { type: 'system', id: 'INBOX' };
const ARCHIVE: LabelRef = { type: 'user', name: 'Archive' };
const TRASH: LabelRef = { type: 'system', id: 'TRASH' };

interface MailOptions {
  readonly uid: number;
  readonly who?: string;
  readonly dateMs?: number;
  readonly flags?: readonly Flag[];
  readonly fields?: Partial<Message>;
}

function mail({
  uid,
  who = `mail-${uid}`,
  dateMs = BEFORE + uid * 1000,
  flags = [],
  fields = {},
}: MailOptions): ReadMessage {
  const copy: Copy = { uid, flags, labels: null };
  const message: Message = {
    messageIdHeader: `${who}@example.org`,
    references: [],
    subject: `Subject of ${who}`,
    from: [{ name: 'Amy Adams', address: 'amy@example.org' }],
    replyTo: [],
    to: [{ name: '', address: OWNER.email }],
    cc: [],
    bcc: [],
    deliveredTo: [],
    listId: '',
    dateHeaderMs: null,
    headerBlock: '',
    text: `Text of ${who}`,
    html: null,
    hiddenRemoved: 0,
    attachments: [],
    verdicts: null,
    notes: [],
    ...fields,
  };
  return { copy, identity: `hd:${who}:100`, gmail: null, dateMs, sizeBytes: 100, message: packMessage(message) };
}

const places = (...entries: [string, LabelRef | null][]): Change<ReadMessage> => ({
  kind: 'places',
  places: entries.map(([path, label]) => ({ path, label, messages: 0 })),
});

const batch = (
  path: string,
  messages: ReadMessage[],
  extra: { live?: boolean; uidValidity?: number; cursor?: string } = {},
): Change<ReadMessage> => ({
  kind: 'messages',
  path,
  uidValidity: extra.uidValidity ?? 1,
  live: extra.live ?? false,
  messages,
  cursor: extra.cursor ?? `cursor of ${path}`,
});

const present = (path: string, uids: number[], below: number, uidValidity = 1): Change<ReadMessage> => ({
  kind: 'present',
  path,
  uidValidity,
  uids: Uint32Array.from(uids),
  below,
  cursor: `seen ${path}`,
});

const SETTLED: Change<ReadMessage> = { kind: 'settled' };

export function storeContract(name: string, open: () => OpenStore): void {
  describe(`a mailbox store: ${name}`, () => {
    let store: OpenStore;
    const apply = (...changes: Change<ReadMessage>[]) => changes.map((change) => store.writer.apply(change));
    const all = () => {
      const reader = store.reader();
      return reader.summaries(
        (reader.db.prepare('select key from messages order by key').all() as { key: bigint }[]).map(({ key }) => key),
      );
    };

    beforeEach(() => {
      store = open();
      apply(places(['INBOX', INBOX], ['Archive', ARCHIVE], ['Trash', TRASH]));
    });
    afterEach(() => {
      expect(verifyMailbox(store.reader().db)).toEqual([]);
      store.close();
    });

    it('keeps the cursor with the mail that it covers', () => {
      apply(batch('INBOX', [mail({ uid: 1 })], { cursor: 'after 1' }));
      expect(store.writer.cursors().get('INBOX')).toBe('after 1');
    });

    it('leaves the cursor alone while more of the same batch is to come', () => {
      apply(batch('INBOX', [mail({ uid: 1 })], { cursor: 'after 1' }));
      apply({ ...batch('INBOX', [mail({ uid: 2 })]), cursor: null } as Change<ReadMessage>);
      expect(store.writer.cursors().get('INBOX')).toBe('after 1');
      expect(all()).toHaveLength(2);
    });

    it('keeps neither mail nor cursor when one mail of a batch cannot be stored', () => {
      apply(batch('INBOX', [mail({ uid: 1 })], { cursor: 'after 1' }));
      const lost = { ...mail({ uid: 3 }), message: null };
      expect(() => apply(batch('INBOX', [mail({ uid: 2 }), lost], { cursor: 'after 3' }))).toThrow(/not there/);
      expect(store.writer.cursors().get('INBOX')).toBe('after 1');
      expect(all()).toHaveLength(1);
    });

    it('stores the same copy once, however often it comes', () => {
      apply(batch('INBOX', [mail({ uid: 1 })]), batch('INBOX', [mail({ uid: 1, flags: ['seen'] })]));
      expect(all().map(({ unread }) => unread)).toEqual([false]);
    });

    it('joins copies in different places into one mail with several labels', () => {
      apply(
        batch('INBOX', [mail({ uid: 1, who: 'a' })]),
        batch('Archive', [{ ...mail({ uid: 9, who: 'a' }), message: null }]),
      );
      expect(all().map(({ labels }) => labels)).toEqual([
        ['INBOX', 'Archive', 'UNREAD'].toSorted((a, b) => order(a) - order(b)),
      ]);
    });

    it('keeps two copies in one place as two mails, and joins the second pair elsewhere one by one', () => {
      apply(batch('INBOX', [mail({ uid: 1, who: 'a' }), mail({ uid: 2, who: 'a' })]));
      apply(batch('Archive', [mail({ uid: 5, who: 'a' }), mail({ uid: 6, who: 'a' })]));
      expect(all()).toHaveLength(2);
      expect(new Set(all().map(({ id }) => id)).size).toBe(2);
    });

    it('keeps the id of a mail that moves, whichever place is looked at first', () => {
      apply(batch('INBOX', [mail({ uid: 1, who: 'a' })]));
      const [before] = all();
      apply(present('INBOX', [], 2), batch('Archive', [mail({ uid: 1, who: 'a' })]), SETTLED);
      expect(all().map(({ id, labels }) => [id, labels.includes('INBOX')])).toEqual([[before!.id, false]]);
      apply(present('Archive', [], 2), SETTLED);
      expect(all()).toEqual([]);
      apply(batch('INBOX', [mail({ uid: 7, who: 'a' })]));
      expect(all()[0]!.id).toBe(before!.id);
    });

    it('keeps ids over a change of UIDVALIDITY', () => {
      apply(batch('INBOX', [mail({ uid: 1, who: 'a' }), mail({ uid: 2, who: 'b' })]));
      const before = all().map(({ id }) => id);
      const again = [mail({ uid: 11, who: 'a' }), mail({ uid: 12, who: 'b' })];
      apply(batch('INBOX', again, { uidValidity: 2 }), present('INBOX', [11, 12], 13, 2), SETTLED);
      expect(all().map(({ id }) => id)).toEqual(before);
      expect(store.reader().counts().copies).toBe(2);
    });

    it('removes a mail with everything of it when its last copy is gone', () => {
      apply(batch('INBOX', [mail({ uid: 1, who: 'a' })]), present('INBOX', [], 2), SETTLED);
      const tables = ['messages', 'bodies', 'participants', 'people', 'message_labels', 'message_references', 'copies'];
      for (const table of tables)
        expect([
          table,
          Number((store.reader().db.prepare(`select count(*) as n from ${table}`).get() as { n: bigint }).n),
        ]).toEqual([table, 0]);
    });

    it('hides what lies in Trash only, and shows what also lies elsewhere', () => {
      apply(
        batch('Trash', [mail({ uid: 1, who: 'a' }), mail({ uid: 2, who: 'b' })]),
        batch('INBOX', [mail({ uid: 1, who: 'b' })]),
      );
      const hidden = store.reader().db.prepare('select id from messages where hidden = 1').all();
      expect(hidden).toHaveLength(1);
    });

    it('follows flags, and calls a mail read when any copy is', () => {
      apply(batch('INBOX', [mail({ uid: 1, who: 'a' })]), batch('Archive', [mail({ uid: 1, who: 'a' })]));
      apply({
        kind: 'flags',
        path: 'Archive',
        uidValidity: 1,
        copies: [{ uid: 1, flags: ['seen', 'flagged'], labels: null }],
        cursor: 'c',
      });
      expect(all().map(({ unread, labels }) => [unread, labels.includes('STARRED')])).toEqual([[false, true]]);
    });

    it('counts as an arrival what came into the inbox after the account was connected, once', () => {
      apply(batch('INBOX', [mail({ uid: 1 })]));
      apply(batch('INBOX', [mail({ uid: 2, dateMs: AFTER })]));
      apply(batch('INBOX', [mail({ uid: 3 })], { live: true }));
      apply(batch('Archive', [mail({ uid: 4, dateMs: AFTER })]));
      const reader = store.reader();
      expect(reader.lastArrival()).toBe(2);
      expect(reader.summaries(reader.arrivals(0, 2, 10).map(({ key }) => key)).map(({ subject }) => subject)).toEqual([
        'Subject of mail-2',
        'Subject of mail-3',
      ]);
      expect(reader.arrivals(1, 2, 10).map(({ arrival }) => arrival)).toEqual([2]);
      expect(reader.arrivals(2, 9, 10)).toEqual([]);
    });

    it('joins threads by References although the parent comes last', () => {
      const reply = (uid: number, who: string, references: string[]) => mail({ uid, who, fields: { references } });
      apply(batch('INBOX', [reply(3, 'c', ['a@example.org', 'b@example.org'])]));
      apply(batch('INBOX', [mail({ uid: 5, who: 'other' })]));
      apply(batch('INBOX', [reply(2, 'b', ['a@example.org'])]));
      const early = all().find(({ subject }) => subject === 'Subject of c')!.threadId;
      apply(batch('INBOX', [mail({ uid: 1, who: 'a' })]));
      const threads = all().map(({ threadId }) => threadId);
      expect(new Set(threads).size).toBe(2);
      expect(store.reader().resolveThread(early)!.keys).toHaveLength(3);
    });

    it('links two threads that nobody knew to be one, and keeps both ids good', () => {
      apply(batch('INBOX', [mail({ uid: 1, who: 'a' }), mail({ uid: 2, who: 'b' })]));
      const ids = all().map(({ threadId }) => threadId);
      apply(batch('INBOX', [mail({ uid: 3, who: 'c', fields: { references: ['a@example.org', 'b@example.org'] } })]));
      expect(ids.map((id) => store.reader().resolveThread(id)?.keys.length)).toEqual([3, 3]);
    });

    it('finds a mail by id, id in capitals, Message-ID with and without brackets', () => {
      apply(batch('INBOX', [mail({ uid: 1, who: 'a' })]));
      const reader = store.reader();
      const [{ id, key }] = all() as [typeof all extends () => (infer S)[] ? S : never];
      for (const word of [id, id.toUpperCase(), '<a@example.org>', 'a@example.org'])
        expect(reader.resolve(word)).toEqual([key]);
      expect(reader.resolve('nothing')).toEqual([]);
    });

    it('tells a contact’s counts and directions as mail comes and goes', () => {
      const sent = mail({
        uid: 2,
        fields: { from: [{ name: '', address: OWNER.email }], to: [{ name: 'Amy', address: 'amy@example.org' }] },
      });
      apply(batch('INBOX', [mail({ uid: 1 }), sent, mail({ uid: 3 })]));
      expect(store.reader().contact('amy@example.org')).toMatchObject({ received: 2, sent: 1, name: 'Amy Adams' });
      apply(present('INBOX', [2], 4), SETTLED);
      expect(store.reader().contact('amy@example.org')).toMatchObject({ received: 0, sent: 1 });
    });

    it('lists a thread once, by its newest mail', () => {
      apply(
        batch('INBOX', [
          mail({ uid: 1, who: 'a' }),
          mail({ uid: 2, who: 'x' }),
          mail({ uid: 3, who: 'b', fields: { references: ['a@example.org'] } }),
        ]),
      );
      const rows = store.reader().conversations(10, null, OWNER.email);
      expect(rows.map(({ newest, messages }) => [newest.subject, messages])).toEqual([
        ['Subject of b', 2],
        ['Subject of x', 1],
      ]);
    });

    it('does not take what a search brought for history that the import has come to', () => {
      const ahead = (uid: number) =>
        apply({ ...batch('INBOX', [mail({ uid })]), cursor: null, ahead: true } as Change<ReadMessage>);
      const reachesTo = (): number => (store.reader().oldestDateMs()! - BEFORE) / 1000;
      apply(batch('INBOX', [mail({ uid: 9 })], { cursor: 'nine' }));
      ahead(3);
      ahead(9);
      expect(all().map(({ subject }) => subject)).toEqual(['Subject of mail-3', 'Subject of mail-9']);
      expect(reachesTo()).toBe(9);
      expect(store.writer.cursors().get('INBOX')).toBe('nine');
      apply(batch('INBOX', [mail({ uid: 4 })]));
      expect(reachesTo()).toBe(4);
      apply(batch('INBOX', [{ ...mail({ uid: 3 }), message: null }]));
      expect(reachesTo()).toBe(3);
      ahead(1);
      expect(reachesTo()).toBe(3);
      apply(SETTLED);
      expect(reachesTo()).toBe(1);
      expect(verifyMailbox(store.reader().db)).toEqual([]);
    });

    it('counts an import that was begun and not finished, and forgets it when it is done', () => {
      const range = { path: 'INBOX', uidValidity: 1, firstUid: 1, lastUid: 2 };
      expect([store.writer.beginImport(range), store.writer.beginImport(range)]).toEqual([1, 2]);
      apply(batch('INBOX', [mail({ uid: 1 }), mail({ uid: 2 })]));
      expect(store.writer.beginImport(range)).toBe(1);
    });
  });
}

const order = (label: string): number => ['INBOX', 'Archive', 'TRASH', 'UNREAD'].indexOf(label);
