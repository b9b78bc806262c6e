// What every store of a mailbox keeps: a runner that takes a way to open one. Knows no engine.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Change, Copy, Flag, LabelRef, Relabelling, Uid } from '../../src/mail/change.ts';
import type { Message } from '../../src/mail/message.ts';
import { parseQuery } from '../../src/query/parse.ts';
import { blindSpots } from '../../src/store/blind-spots.ts';
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
const AT = { now: Date.UTC(2026, 1, 1), timeZone: 'UTC' };
const AFTER = Date.UTC(2026, 0, 11);
const INBOX: LabelRef = { type: 'system', id: 'INBOX' };
const ARCHIVE: LabelRef = { type: 'user', name: 'Archive' };
const TRASH: LabelRef = { type: 'system', id: 'TRASH' };

interface MailOptions<U = number> {
  readonly uid: U;
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

/** One that lies where Gmail's API has all of them, numbered by its id. */
function gmailMail(id: string, labels: readonly LabelRef[], flags: readonly Flag[] = []): ReadMessage {
  const read = mail({ uid: 1, who: id, flags });
  const uid = BigInt.asIntN(64, BigInt(`0x${id}`));
  return { ...read, copy: { uid, flags, labels }, identity: `gm:${id}`, gmail: { id, threadId: id } };
}

const user = (id: string, name: string): LabelRef => ({ type: 'user', id, name });

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

const gone = (path: string, uids: readonly Uid[]): Change<ReadMessage> => ({
  kind: 'gone',
  path,
  uidValidity: 1,
  uids,
  cursor: `gone from ${path}`,
});

const NOTHING = { flags: [], labels: [] };
const relabelled = (path: string, steps: readonly Partial<Relabelling>[]): Change<ReadMessage> => ({
  kind: 'relabelled',
  path,
  uidValidity: 1,
  steps: steps.map((step) => ({ uid: 0, gained: NOTHING, lost: NOTHING, ...step })),
  cursor: `relabelled in ${path}`,
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
      // Gmail's own first, then by name: the same whichever came first.
      expect(all().map(({ labels }) => labels)).toEqual([['INBOX', 'UNREAD', 'Archive']]);
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

    describe('of an account that comes by ids of 64 bits', () => {
      const HIGH = 'fedcba9876543210';
      const LOW = '18f0000000000001';
      const uidOf = (id: string) => BigInt.asIntN(64, BigInt(`0x${id}`));
      const work = user('Label_7', 'Work');
      const ofGmail = (...labels: LabelRef[]): Change<ReadMessage> =>
        places(
          ['gmail', null],
          ...labels.map((label): [string, LabelRef] => [`label:${label.type === 'user' ? label.id : ''}`, label]),
        );
      const labelsOf = (id: string) =>
        all()
          .find((mail) => mail.id === id)!
          .labels.toSorted();
      const bearing = (name: string) => all().filter(({ labels }) => labels.includes(name));
      const copies = () => store.reader().counts().copies;

      beforeEach(() => {
        apply(ofGmail(work));
        apply(batch('gmail', [gmailMail(HIGH, [INBOX, work]), gmailMail(LOW, [INBOX], ['seen'])], { cursor: 'one' }));
      });

      it('keeps copies by them, also by those that have no sign', () => {
        expect(copies()).toBe(2);
        const [mail] = store.reader().resolve(HIGH);
        expect(store.reader().copiesOf(mail!)).toEqual([{ path: 'gmail', uidValidity: 1, uid: uidOf(HIGH) }]);
        apply(batch('gmail', [gmailMail(HIGH, [INBOX], ['seen'])]));
        expect([copies(), labelsOf(HIGH)]).toEqual([2, ['INBOX']]);
        expect(store.writer.beginImport({ path: 'gmail', uidValidity: 1, firstUid: uidOf(HIGH), lastUid: 9n })).toBe(1);
      });

      it('takes away what has gone, and passes over what was never here', () => {
        apply(gone('gmail', [uidOf(HIGH), 77n]), SETTLED);
        expect(all().map(({ id }) => id)).toEqual([LOW]);
        expect(store.writer.cursors().get('gmail')).toBe('gone from gmail');
      });

      it('takes away what is not among those that are present', () => {
        const uids = BigInt64Array.from([uidOf(LOW)]);
        apply({ kind: 'present', path: 'gmail', uidValidity: 1, uids, below: 2n ** 63n - 1n, cursor: 'c' }, SETTLED);
        expect(all().map(({ id }) => id)).toEqual([LOW]);
      });

      it('follows what was gained and lost, in the order in which it happened', () => {
        const uid = uidOf(HIGH);
        const back = user('Label_9', 'Back');
        apply(
          relabelled('gmail', [
            { uid, gained: { flags: ['seen', 'flagged'], labels: [back] } },
            { uid, lost: { flags: ['flagged'], labels: [back, INBOX] } },
            { uid, gained: { flags: [], labels: [back] } },
            { uid: 77n, gained: { flags: ['flagged'], labels: [] } },
          ]),
        );
        expect(labelsOf(HIGH)).toEqual(['Back', 'Work']);
        expect(store.writer.cursors().get('gmail')).toBe('relabelled in gmail');
        apply(relabelled('gmail', [{ uid, lost: { flags: ['seen'], labels: [] } }]));
        expect(labelsOf(HIGH)).toEqual(['Back', 'UNREAD', 'Work']);
      });

      it('hides what comes to lie in Trash, and counts what comes back to the inbox as it is', () => {
        const uid = uidOf(HIGH);
        apply(
          relabelled('gmail', [{ uid, gained: { flags: [], labels: [TRASH] }, lost: { flags: [], labels: [INBOX] } }]),
        );
        const hidden = () => store.reader().db.prepare('select id from messages where hidden = 1').all();
        expect(hidden()).toEqual([{ id: HIGH }]);
        apply(relabelled('gmail', [{ uid, lost: { flags: [], labels: [TRASH] } }]));
        expect(hidden()).toEqual([]);
      });

      it('keeps a label that is renamed, also when two change their names', () => {
        const before = store
          .reader()
          .labels()
          .find(({ name }) => name === 'Work');
        apply(ofGmail(user('Label_7', 'Job')));
        expect(labelsOf(HIGH)).toContain('Job');
        expect(
          store
            .reader()
            .labels()
            .find(({ name }) => name === 'Job'),
        ).toEqual({ ...before, name: 'Job' });
        apply(ofGmail(user('Label_7', 'Job'), user('Label_8', 'Play')));
        apply(relabelled('gmail', [{ uid: uidOf(LOW), gained: { flags: [], labels: [user('Label_8', 'Play')] } }]));
        apply(ofGmail(user('Label_7', 'Play'), user('Label_8', 'Job')));
        expect([labelsOf(HIGH), labelsOf(LOW)]).toEqual([
          ['INBOX', 'Play', 'UNREAD'],
          ['INBOX', 'Job'],
        ]);
      });

      it('shows an empty label, and takes one that is gone from every mail', () => {
        apply(ofGmail(work, user('Label_8', 'Empty')));
        const names = () =>
          store
            .reader()
            .labels()
            .filter(({ type }) => type === 'user')
            .map(({ name }) => name);
        expect(names()).toEqual(['Empty', 'Work']);
        apply(ofGmail());
        expect([names(), bearing('Work')]).toEqual([[], []]);
        expect(all()).toHaveLength(2);
      });

      it('does not take a category for unknown once Gmail has told of categories', () => {
        const blind = () => blindSpots(store.reader().db, parseQuery('category:social', AT).root);
        expect(blind()).toHaveLength(1);
        apply(places(['gmail', null], ['label:CATEGORY_SOCIAL', { type: 'system', id: 'CATEGORY_SOCIAL' }]));
        expect(blind()).toEqual([]);
      });

      it('keeps ids and mails when it comes by IMAP from now on, and by the API again', () => {
        const before = all().map(({ id, threadId, subject }) => ({ id, threadId, subject }));
        const same = () =>
          expect(all().map(({ id, threadId, subject }) => ({ id, threadId, subject }))).toEqual(before);
        const overImap = (id: string, uid: number, labels: LabelRef[], flags: Flag[] = []): ReadMessage => ({
          ...gmailMail(id, labels, flags),
          copy: { uid, labels, flags },
          message: null,
        });
        apply(places(['[Gmail]/All Mail', null]));
        same();
        expect(store.writer.cursors().has('gmail')).toBe(false);
        const work7: LabelRef = { type: 'user', name: 'Work' };
        apply(
          batch('[Gmail]/All Mail', [overImap(HIGH, 1, [INBOX, work7]), overImap(LOW, 2, [INBOX], ['seen'])]),
          SETTLED,
        );
        same();
        expect([labelsOf(HIGH), copies()]).toEqual([['INBOX', 'UNREAD', 'Work'], 2]);
        apply(ofGmail(user('Label_1', 'Work')));
        same();
        const again = { ...gmailMail(HIGH, [user('Label_1', 'Work')]), message: null };
        apply(batch('gmail', [again, { ...gmailMail(LOW, [INBOX], ['seen']), message: null }]), SETTLED);
        same();
        expect([labelsOf(HIGH), labelsOf(LOW), copies()]).toEqual([['UNREAD', 'Work'], ['INBOX'], 2]);
        expect(
          store
            .reader()
            .labels()
            .filter(({ name }) => name === 'Work'),
        ).toEqual([{ id: 'Label_1', name: 'Work', type: 'user' }]);
      });

      it('keeps labels apart whose own numbers are another label’s at Gmail', () => {
        apply(places(['[Gmail]/All Mail', null]));
        const named = (name: string): LabelRef => ({ type: 'user', name });
        const overImap = (id: string, uid: number, labels: LabelRef[]): ReadMessage => ({
          ...gmailMail(id, labels),
          copy: { uid, labels, flags: [] },
          message: null,
        });
        apply(
          batch('[Gmail]/All Mail', [overImap(HIGH, 1, [named('Here')]), overImap(LOW, 2, [named('There')])]),
          SETTLED,
        );
        const ids = new Map(
          store
            .reader()
            .labels()
            .map(({ name, id }) => [name, id]),
        );
        const [here, there] = [user(ids.get('There')!, 'Here'), user(ids.get('Here')!, 'There')];
        apply(ofGmail(here, there));
        const known = (id: string, label: LabelRef) => ({ ...gmailMail(id, [label]), message: null });
        apply(batch('gmail', [known(HIGH, here), known(LOW, there)]), SETTLED);
        expect([labelsOf(HIGH), labelsOf(LOW)]).toEqual([
          ['Here', 'UNREAD'],
          ['There', 'UNREAD'],
        ]);
      });

      it('knows drafts by the ids that Gmail gives them, and forgets those that it does not name any more', () => {
        apply({
          kind: 'drafts',
          drafts: [
            { draftId: 'r-1', messageId: HIGH },
            { draftId: 'r-2', messageId: 'ab' },
          ],
        });
        expect(store.reader().resolveDraft('r-1')).toMatchObject({ draftId: 'r-1' });
        apply({ kind: 'drafts', drafts: [{ draftId: 'r-1', messageId: LOW }] });
        expect(store.reader().resolveDraft('r-2')).toBeNull();
      });
    });
  });
}
