// What every mail source promises, run against each backend. Knows no server: a world stands for it.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, type TestAPI } from 'vitest';
import type { ImapTiming } from '../../src/backend/imap/connection.ts';
import type { LookedUp, MailSource } from '../../src/backend/port.ts';
import { toGmail } from '../../src/query/gmail.ts';
import { toImapSearch } from '../../src/query/imap-search.ts';
import { parseQuery } from '../../src/query/parse.ts';
import { Mirror, type MirroredCopy, subjectOf } from '../support/mirror.ts';

/** One fresh mail account behind a server, and hands to change it as another client or a sender would. */
export interface World {
  /** Paths of the inbox, of a second mailbox whose mails are not in the first, and of the place that push watches. */
  readonly inbox: string;
  readonly other: string;
  readonly watched: string;
  /** Where labels alone tell these apart: which of the copies lie there. */
  lying?(copies: readonly MirroredCopy[], where: Where): MirroredCopy[];
  /** What history is told by, newest first; UIDs by default. */
  readonly order?: 'date';
  /** False when the server has no such flag. */
  readonly keepsAnswered?: false;
  open(timing?: Partial<ImapTiming>): Promise<MailSource>;
  /** A mail that comes in: into the inbox unless `other` is asked for. `subject` names it from then on. */
  deliver(mail: WorldMail): Promise<void>;
  setFlags(subject: string, flags: readonly string[]): Promise<void>;
  /** From the inbox to the other mailbox. */
  move(subject: string): Promise<void>;
  expunge(subject: string): Promise<void>;
  changeUidValidity(): Promise<void>;
  addLabel?(subject: string, label: string): Promise<void>;
  removeLabel?(subject: string, label: string): Promise<void>;
  /** Cuts the connections of the account without a word. */
  cut(): Promise<void>;
  /** System flags as the server has them. */
  flagsOf(subject: string): Promise<readonly string[]>;
}

type Where = 'inbox' | 'other' | 'watched';

export interface WorldMail {
  readonly subject: string;
  readonly raw: string;
  readonly flags?: readonly string[];
  readonly date?: Date;
  readonly other?: boolean;
}

export interface ContractOptions {
  readonly name: string;
  /** A new world for each test; `end` is called when all are done. */
  readonly world: () => Promise<World>;
  readonly begin?: () => Promise<void>;
  readonly end?: () => Promise<void>;
  /** Tests that this backend cannot keep, by name, and why. */
  readonly skip?: readonly { readonly reason: string; readonly tests: readonly string[] }[];
}

/** A mail with its subject in the header and in the text. */
export function letter(subject: string, body = `Body of ${subject}.`): string {
  return `From: Amy <amy@example.org>\r\nTo: jane@example.com\r\nSubject: ${subject}\r\nMessage-ID: <${subject.replaceAll(' ', '.')}@example.org>\r\n\r\n${body}\r\n`;
}

const never = new AbortController().signal;
const day = (n: number): Date => new Date(Date.UTC(2026, 0, 1) + n * 86_400_000);

export function mailSourceContract({ name, world: newWorld, begin, end, skip = [] }: ContractOptions): void {
  describe(`a mail source: ${name}`, () => {
    let world: World;
    let source: MailSource;
    let mirror: Mirror;
    const skipped = new Map(skip.flatMap(({ reason, tests }) => tests.map((test) => [test, reason] as const)));
    const test: (title: string, run: () => Promise<void>) => void = (title, run) => {
      const reason = skipped.get(title);
      const api: TestAPI['skip'] | TestAPI = reason === undefined ? it : it.skip;
      api(reason === undefined ? title : `${title} (${reason})`, run);
      skipped.delete(title);
    };

    beforeAll(async () => begin?.());
    afterAll(async () => end?.());
    beforeEach(async () => {
      world = await newWorld();
      mirror = new Mirror();
    });
    afterEach(async () => source?.close());

    const fill = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++)
        await world.deliver({ subject: `mail ${i}`, raw: letter(`mail ${i}`), date: day(i % 300) });
    };
    const lying = (where: Where) => world.lying?.(mirror.all(), where) ?? mirror.in(world[where]);
    const copyOf = (subject: string) => mirror.all().find((copy) => mirror.subjects([copy])[0] === subject);

    test('tells the places first, every mail once byte by byte, and that it is settled last', async () => {
      await fill(5);
      await world.deliver({ subject: 'elsewhere', raw: letter('elsewhere'), other: true, date: day(7) });
      source = await world.open();
      const came = await mirror.round(source);
      expect(came[0]?.kind).toBe('places');
      expect(came.at(-1)?.kind).toBe('settled');
      expect(mirror.places.map(({ path }) => path)).toEqual(expect.arrayContaining([world.watched, world.other]));
      expect(mirror.repeats).toBe(0);
      const texts = [...mirror.mails.values()].map(({ source: bytes }) => Buffer.from(bytes ?? []).toString());
      expect(texts.toSorted()).toEqual(
        ['mail 0', 'mail 1', 'mail 2', 'mail 3', 'mail 4', 'elsewhere'].map((subject) => letter(subject)).toSorted(),
      );
      expect([...mirror.mails.values()].every(({ partial }) => !partial)).toBe(true);
    });

    test('tells the arrival time and the size of a mail', async () => {
      await world.deliver({ subject: 'old', raw: letter('old'), date: day(3) });
      source = await world.open();
      await mirror.round(source);
      const [mail] = mirror.mails.values();
      expect(mail).toMatchObject({ dateMs: day(3).getTime(), sizeBytes: letter('old').length });
    });

    test('tells the newest hundred of history first and then the rest downwards, none of it live', async () => {
      await fill(330);
      source = await world.open();
      const came = await mirror.round(source);
      const batches = came.filter((change) => change.kind === 'messages' && change.path === world.watched);
      const mails = batches.map((batch) => (batch.kind === 'messages' ? batch.messages : []));
      expect(mails[0]).toHaveLength(100);
      const order = mails.flat().map(({ copy, dateMs }) => (world.order === 'date' ? dateMs : copy.uid));
      expect(order).toEqual(order.toSorted((a, b) => (a < b ? 1 : a > b ? -1 : 0)));
      expect(new Set(mails.flat().map(({ copy }) => copy.uid)).size).toBe(330);
      expect(mirror.all().some(({ live }) => live)).toBe(false);
    });

    test('goes on where it stopped, over a new connection too, and repeats nothing', async () => {
      await fill(330);
      await world.deliver({ subject: 'elsewhere', raw: letter('elsewhere'), other: true });
      for (let stops = 1; ; stops++) {
        source = await world.open();
        const came = await mirror.round(source, 'all', (change) => change.kind === 'messages');
        if (came.at(-1)?.kind === 'settled') break;
        await source.close();
        expect(stops).toBeLessThan(9);
      }
      expect(mirror.repeats).toBe(0);
      expect(mirror.mails.size).toBe(331);
    });

    /** Subjects of what a search brings, in its order. */
    const searched = async (query: string, limit = 10): Promise<string[]> => {
      const parsed = parseQuery(query, { now: day(20).getTime(), timeZone: 'UTC' });
      const { criterion } = toImapSearch(parsed.root, []);
      const imap = typeof criterion === 'object' ? criterion : null;
      const gmail = toGmail(parsed.root);
      const found: string[] = [];
      const request = { limit, knows: mirror.knows, signal: never };
      for await (const change of source.search({ gmail, imap, includesHidden: parsed.includesHidden }, request)) {
        if (change.kind !== 'messages') throw new Error('a search tells of mails only');
        expect(change).toMatchObject({ live: false, cursor: null, ahead: true, messages: [{ partial: false }] });
        const bytes = Buffer.from(change.messages[0]!.source!).toString();
        found.push(/^Subject: (.*)\r$/m.exec(bytes)![1]!);
      }
      return found;
    };

    test('searches for mail that the store lacks, newest first, beside a round that has not come to it', async () => {
      for (const [i, body] of ['Grüße from the harbour', 'nothing', 'harbour boat', 'boat'].entries())
        await world.deliver({ subject: `old ${i}`, raw: letter(`old ${i}`, body), date: day(i) });
      await fill(120);
      source = await world.open();
      expect(await searched('harbour')).toEqual(['old 2', 'old 0']);
      const came = await mirror.round(source, 'all', (change) => change.kind === 'messages');
      expect(came.at(-1)).toMatchObject({ kind: 'messages', path: world.watched });
      expect(await searched('harbour')).toEqual(['old 2', 'old 0']);
      expect(await searched('harbour boat')).toEqual(['old 2']);
      expect(await searched('harbour OR boat')).toEqual(['old 3', 'old 2', 'old 0']);
      expect(await searched('boat', 1)).toEqual(['old 3']);
      expect(await searched('Grüße')).toEqual(['old 0']);
      expect(await searched('subject:"old 1" from:amy')).toEqual(['old 1']);
      expect(await searched('harbour before:2026/01/02')).toContain('old 0');
      expect(await searched('larger:5X')).toEqual([]);
      expect(await searched('nowhere')).toEqual([]);
      while ((await mirror.round(source)).at(-1)?.kind !== 'settled');
      expect(await searched('harbour')).toEqual([]);
      expect(mirror.repeats).toBe(0);
    });

    test('lets nobody into a search who asks in the server’s own language', async () => {
      await world.deliver({ subject: 'secret', raw: letter('secret', 'confidential') });
      source = await world.open();
      for (const query of [
        'qqq" TEXT "confidential',
        '"qqq OR in:anywhere"',
        '"qqq\\" confidential"',
        'qqq {12} confidential',
        '"qqq\r\nA1 LOGOUT"',
        'from:"qqq) OR (confidential"',
      ])
        expect(await searched(query), query).toEqual([]);
      expect(await searched('confidential')).toEqual(['secret']);
    });

    test('looks up a mail and a thread by Gmail’s ids, wherever they lie, and nothing where there is none', async () => {
      await world.deliver({ subject: 'first', raw: letter('first') });
      const reply = letter('Re: first').replace('\r\n\r\n', '\r\nReferences: <first@example.org>\r\n\r\n');
      await world.deliver({ subject: 'Re: first', raw: reply.replace('Re:.', 'Re.'), other: true });
      await world.deliver({ subject: 'another', raw: letter('another') });
      source = await world.open();
      await mirror.round(source);
      const gmailOf = (subject: string) => mirror.mails.get(copyOf(subject)!.identity)!.gmail!;
      const found = async (wanted: LookedUp, knows = async () => new Set<string>()): Promise<string[]> => {
        const subjects: string[] = [];
        for await (const change of source.lookUp(wanted, { knows, signal: never })) {
          if (change.kind !== 'messages') throw new Error('a look-up tells of mails only');
          expect(change).toMatchObject({ live: false, cursor: null, ahead: true });
          subjects.push(...change.messages.map(({ source: bytes }) => subjectOf(bytes)));
        }
        return subjects.toSorted();
      };
      const { id, threadId } = gmailOf('first');
      expect(gmailOf('Re: first').threadId).toBe(threadId);
      expect(await found({ messageId: id })).toEqual(['first']);
      expect(await found({ messageId: gmailOf('Re: first').id })).toEqual(['Re: first']);
      expect(await found({ threadId })).toEqual(['Re: first', 'first']);
      expect(await found({ threadId }, async () => new Set([`gm:${id}`]))).toEqual(['Re: first']);
      expect(await found({ messageId: '1' })).toEqual([]);
      expect(await found({ threadId: '1' })).toEqual([]);
    });

    /** A round that is broken off before the store has kept anything of it. */
    const breakOff = async (scope: 'all' | 'new'): Promise<void> => {
      const { cursors, knows } = mirror;
      for await (const change of source.changes({ cursors: new Map(cursors), scope, knows, signal: never }))
        if (change.kind === 'messages') return;
        else mirror.apply(change);
    };

    test('looks again at what came after a round that nothing was kept of', async () => {
      await fill(360);
      source = await world.open();
      await breakOff('all');
      await world.deliver({ subject: 'fresh', raw: letter('fresh') });
      const came = await mirror.round(source);
      expect(came.at(-1)?.kind).toBe('settled');
      expect(mirror.mails.size).toBe(361);
      for (const [scope, subject] of [
        ['new', 'fresher'],
        ['all', 'freshest'],
      ] as const) {
        await world.deliver({ subject, raw: letter(subject) });
        await breakOff(scope);
        await world.deliver({ subject: `after ${subject}`, raw: letter(`after ${subject}`) });
        await mirror.round(source, 'all', (change) => change.kind === 'messages');
        expect(copyOf(subject)).toMatchObject({ live: true });
        expect(copyOf(`after ${subject}`)).toMatchObject({ live: true });
      }
      expect(mirror.repeats).toBe(0);
    });

    test('tells new mail before it goes on with history', async () => {
      await fill(330);
      source = await world.open();
      await mirror.round(source, 'all', (change) => change.kind === 'messages');
      await world.deliver({ subject: 'fresh', raw: letter('fresh') });
      const came = await mirror.round(source, 'all', (change) => change.kind === 'messages');
      const first = came.find((change) => change.kind === 'messages');
      expect(first).toMatchObject({ live: true });
      expect(copyOf('fresh')).toMatchObject({ live: true });
      await mirror.round(source);
      expect(mirror.mails.size).toBe(331);
      expect(mirror.repeats).toBe(0);
    });

    test('announces new mail and tells it without listing the places again', async () => {
      await fill(3);
      source = await world.open();
      await mirror.round(source);
      const announced = source.announced(never);
      await world.deliver({ subject: 'fresh', raw: letter('fresh') });
      await announced;
      const came = await mirror.round(source, 'new');
      expect(came.map(({ kind }) => kind)).toEqual(['messages']);
      expect(copyOf('fresh')).toMatchObject({ live: true });
      expect(source.heardAt()).toBeGreaterThan(Date.now() - 60_000);
      expect(await mirror.round(source, 'new')).toEqual([]);
    });

    test('announces what happens in places that push does not watch', async () => {
      await fill(2);
      await world.deliver({ subject: 'before', raw: letter('before'), other: true });
      source = await world.open({ glanceMs: 20 });
      await mirror.round(source);
      const filed = source.announced(never);
      await world.deliver({ subject: 'filed', raw: letter('filed'), other: true });
      await filed;
      await mirror.round(source, 'new');
      expect(copyOf('filed')).toMatchObject({ live: true });
      const moved = source.announced(never);
      await world.move('mail 1');
      await moved;
      await mirror.round(source, 'new');
      expect(mirror.subjects(lying('inbox'))).toEqual(['mail 0']);
      expect(await mirror.round(source, 'new')).toEqual([]);
    });

    test('announces and tells the first mail of an account that had none', async () => {
      source = await world.open();
      await mirror.round(source);
      const announced = source.announced(never);
      await world.deliver({ subject: 'the first', raw: letter('the first') });
      await announced;
      await mirror.round(source, 'new');
      expect(copyOf('the first')).toMatchObject({ live: true });
    });

    test('announces at once what came since the last look', async () => {
      await fill(1);
      source = await world.open();
      await mirror.round(source);
      await world.deliver({ subject: 'in between', raw: letter('in between') });
      await source.announced(never);
      await mirror.round(source, 'new');
      expect(copyOf('in between')).toMatchObject({ live: true });
    });

    test('ends its waiting when it is told to, and can wait again', async () => {
      source = await world.open();
      await mirror.round(source);
      for (let i = 0; i < 3; i++) {
        const stop = new AbortController();
        const waiting = source.announced(stop.signal);
        stop.abort();
        await waiting;
      }
      const announced = source.announced(never);
      await world.deliver({ subject: 'after all', raw: letter('after all') });
      await announced;
    });

    test('tells nothing but the places when nothing is new', async () => {
      await fill(3);
      source = await world.open();
      await mirror.round(source);
      await mirror.round(source);
      const came = await mirror.round(source);
      expect(came.map(({ kind }) => kind)).toEqual(['places', 'settled']);
    });

    test('follows flags', async () => {
      await world.deliver({ subject: 'mail 0', raw: letter('mail 0'), flags: ['\\Seen'] });
      source = await world.open();
      await mirror.round(source);
      expect(copyOf('mail 0')?.flags).toEqual(['seen']);
      await world.setFlags('mail 0', ['\\Flagged', '\\Answered']);
      await mirror.round(source);
      const answered = world.keepsAnswered === false ? [] : ['answered'];
      expect(copyOf('mail 0')?.flags.toSorted()).toEqual([...answered, 'flagged']);
    });

    test('follows flags that changed while nobody was connected', async () => {
      await fill(2);
      source = await world.open();
      await mirror.round(source);
      await source.close();
      await world.setFlags('mail 1', ['\\Seen']);
      source = await world.open();
      await mirror.round(source);
      expect(copyOf('mail 1')?.flags).toEqual(['seen']);
      expect(copyOf('mail 0')?.flags).toEqual([]);
    });

    test('leaves unread what it reads', async () => {
      await world.deliver({ subject: 'mail 0', raw: letter('mail 0') });
      source = await world.open();
      await mirror.round(source);
      expect(await world.flagsOf('mail 0')).not.toContain('\\Seen');
    });

    test('follows labels', async () => {
      await fill(1);
      source = await world.open();
      await mirror.round(source);
      const label = expect.objectContaining({ type: 'user', name: 'Grüße/日本' });
      await world.addLabel?.('mail 0', 'Grüße/日本');
      await mirror.round(source);
      expect(copyOf('mail 0')?.labels).toContainEqual(label);
      await world.removeLabel?.('mail 0', 'Grüße/日本');
      await mirror.round(source);
      expect(copyOf('mail 0')?.labels).not.toContainEqual(label);
    });

    test('tells Gmail its own ids', async () => {
      await fill(1);
      source = await world.open();
      await mirror.round(source);
      for (const [identity, { gmail }] of mirror.mails) {
        expect(gmail?.threadId).toMatch(/^[0-9a-f]+$/);
        expect(identity).toBe(`gm:${gmail?.id}`);
      }
      expect(mirror.mails.size).toBe(1);
    });

    test('notices that a mail has gone, also when another came at the same time', async () => {
      await fill(4);
      source = await world.open();
      await mirror.round(source);
      await world.expunge('mail 1');
      await world.deliver({ subject: 'mail 4', raw: letter('mail 4') });
      await mirror.round(source);
      expect(mirror.subjects(mirror.all())).toEqual(['mail 0', 'mail 2', 'mail 3', 'mail 4']);
      expect(mirror.mails.size).toBe(4);
    });

    test('keeps who a mail is when it moves', async () => {
      await fill(2);
      source = await world.open();
      await mirror.round(source);
      const before = copyOf('mail 0')?.identity;
      await world.move('mail 0');
      await mirror.round(source);
      expect(lying('other').map(({ identity }) => identity)).toEqual([before]);
      expect(mirror.subjects(lying('watched'))).toEqual(['mail 1']);
    });

    test('knows every mail again when UIDs are given anew, without their bytes', async () => {
      await fill(130);
      source = await world.open();
      await mirror.round(source);
      await source.close();
      const before = [...mirror.mails.keys()].toSorted();
      await world.changeUidValidity();
      source = await world.open();
      const came = await mirror.round(source);
      await mirror.round(source);
      const bytes = came.flatMap((change) => (change.kind === 'messages' ? change.messages : []));
      expect(bytes.length).toBeGreaterThanOrEqual(130);
      expect(bytes.every(({ source: text }) => text === null)).toBe(true);
      expect([...mirror.mails.keys()].toSorted()).toEqual(before);
      expect(lying('watched')).toHaveLength(130);
      expect(new Set(lying('watched').map(({ uidValidity }) => uidValidity)).size).toBe(1);
    });

    test('leaves the large parts of a large mail at the server, and reads one when asked', async () => {
      const file = Buffer.alloc(1_400_000, 'The attachment. ');
      const base64 = file.toString('base64').replace(/.{76}/g, '$&\r\n');
      const raw = `From: a@example.org\r\nSubject: big\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="x y"\r\n\r\npreamble\r\n--x y\r\nContent-Type: multipart/alternative; boundary=in\r\n\r\n--in\r\nContent-Type: text/plain\r\n\r\nThe text.\r\n--in\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>The text.</p>\r\n--in--\r\n\r\n--x y\r\nContent-Type: application/pdf; name="a b.pdf"\r\nContent-Disposition: attachment; filename="a b.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64}\r\n--x y--\r\n`;
      await world.deliver({ subject: 'big', raw });
      source = await world.open();
      await mirror.round(source);
      const [mail] = mirror.mails.values();
      expect(mail?.partial).toBe(true);
      expect(mail?.sizeBytes).toBe(raw.length);
      const text = Buffer.from(mail?.source ?? []).toString();
      expect(text.length).toBeLessThan(2000);
      expect(text).toContain('\r\n\r\nThe text.');
      expect(text).toContain('<p>The text.</p>');
      expect(text).toContain('filename="a b.pdf"');
      expect(mail?.parts.map(({ partId, contentType }) => [partId, contentType])).toEqual([
        ['1.1', 'text/plain'],
        ['1.2', 'text/html'],
        ['2', 'application/pdf'],
      ]);
      expect(mail?.parts[2]).toMatchObject({ filename: 'a b.pdf', disposition: 'attachment', encoding: 'base64' });
      const [copy] = mirror.all();
      const at = { path: world.watched, uidValidity: copy!.uidValidity, uid: copy!.uid };
      const chunks = await (await source.readPart({ ...at, partId: '2' }, never)).toArray();
      expect(Buffer.concat(chunks).equals(file)).toBe(true);
      await expect(source.readPart({ ...at, partId: '7' }, never)).rejects.toMatchObject({ code: 'not_found' });
      const elsewhere = typeof at.uid === 'bigint' ? at.uid + 9n : at.uid + 9;
      await expect(source.readPart({ ...at, partId: '2', uid: elsewhere }, never)).rejects.toMatchObject({
        code: 'not_found',
      });
      await expect(
        source.readPart({ ...at, partId: '2', uidValidity: at.uidValidity + 1 }, never),
      ).rejects.toMatchObject({ code: 'not_found' });
    });

    test('tells the parts of a small mail as the server numbers them, when it has more than texts', async () => {
      const head = (subject: string, type: string) =>
        `Subject: ${subject}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/${type}; boundary=b\r\n\r\n`;
      const text = '--b\r\nContent-Type: text/plain\r\n\r\nThe text.\r\n';
      const html = '--b\r\nContent-Type: text/html\r\n\r\n<p>The text.</p>\r\n--b--\r\n';
      const file =
        '--b\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nQUJD\r\n--b--\r\n';
      await world.deliver({ subject: 'texts', raw: `${head('texts', 'alternative')}${text}${html}` });
      await world.deliver({ subject: 'file', raw: `${head('file', 'mixed')}${text}${file}` });
      source = await world.open();
      await mirror.round(source);
      const partsOf = (subject: string) => mirror.mails.get(copyOf(subject)!.identity)!.parts;
      expect(partsOf('file').map(({ partId, contentType }) => [partId, contentType])).toEqual([
        ['1', 'text/plain'],
        ['2', 'application/pdf'],
      ]);
      expect(partsOf('file')[1]).toMatchObject({ filename: 'a.pdf', encoding: 'base64' });
      expect(partsOf('texts')).toEqual([]);
      expect([...mirror.mails.values()].every(({ partial }) => !partial)).toBe(true);
      const { uid, uidValidity } = copyOf('file')!;
      const stream = await source.readPart({ path: world.watched, uidValidity, uid, partId: '2' }, never);
      expect(Buffer.concat(await stream.toArray()).toString()).toBe('ABC');
    });

    test('reads the part of a mail that has one part only', async () => {
      const raw = `Subject: quoted\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nGr=C3=BC=\r\n=C3=9Fe\r\n`;
      await world.deliver({ subject: 'quoted', raw });
      source = await world.open();
      await mirror.round(source);
      const [copy] = mirror.all();
      const part = { path: world.watched, uidValidity: copy!.uidValidity, uid: copy!.uid, partId: '1' };
      expect(Buffer.concat(await (await source.readPart(part, never)).toArray()).toString()).toBe('Grüße\r\n');
    });

    test('reads a part while it waits for news and while it imports', async () => {
      await fill(150);
      source = await world.open();
      const read = async (): Promise<string> => {
        const copy = copyOf('mail 149')!;
        const { uid, uidValidity } = copy;
        const stream = await source.readPart({ path: world.watched, uidValidity, uid, partId: '1' }, never);
        return Buffer.concat(await stream.toArray()).toString();
      };
      await mirror.round(source, 'all', (change) => change.kind === 'messages');
      const importing = mirror.round(source);
      expect(await read()).toBe('Body of mail 149.\r\n');
      await importing;
      const announced = source.announced(never);
      expect(await read()).toBe('Body of mail 149.\r\n');
      await world.deliver({ subject: 'fresh', raw: letter('fresh') });
      await announced;
      expect(mirror.repeats).toBe(0);
    });

    test('lists every copy with its flags', async () => {
      await fill(3);
      await world.deliver({ subject: 'elsewhere', raw: letter('elsewhere'), other: true, flags: ['\\Seen'] });
      source = await world.open();
      await mirror.round(source);
      const entries = [];
      for await (const entry of source.inventory(never)) entries.push(entry);
      const held = mirror.all().length;
      expect(entries).toHaveLength(held);
      const { uid } = copyOf('elsewhere')!;
      expect(entries.find((entry) => entry.path === world.other && entry.uid === uid)?.flags).toEqual(['seen']);
    });

    test('stops between batches when it is told to', async () => {
      await fill(330);
      source = await world.open();
      const stop = new AbortController();
      const { cursors, knows } = mirror;
      const kinds = [];
      for await (const change of source.changes({ cursors, knows, scope: 'all', signal: stop.signal })) {
        kinds.push(change.kind);
        mirror.apply(change);
        if (change.kind === 'messages') stop.abort();
      }
      expect(kinds).not.toContain('settled');
      expect(mirror.mails.size).toBeLessThan(330);
      await mirror.round(source);
      expect(mirror.mails.size).toBe(330);
      expect(mirror.repeats).toBe(0);
    });

    test('rejects as unavailable when the connection is lost, waiting or reading', async () => {
      await fill(1);
      source = await world.open();
      await mirror.round(source);
      const announced = expect(source.announced(never)).rejects.toMatchObject({ code: 'unavailable' });
      await world.cut();
      await announced;
      await expect(mirror.round(source)).rejects.toMatchObject({ code: 'unavailable' });
      expect(source.heardAt()).toBe(0);
    });

    test('is closed twice without harm', async () => {
      source = await world.open();
      await source.close();
      await source.close();
    });

    it('leaves out no test that is not in the contract', () => {
      expect([...skipped.keys()]).toEqual([]);
    });
  });
}
