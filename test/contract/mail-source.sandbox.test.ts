// The mail source's contract on the pretend Gmail, which speaks X-GM-EXT-1, and what Gmail alone does to a client.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openImapSource } from '../../src/backend/imap/source.ts';
import type { MailSource } from '../../src/backend/port.ts';
import { createLogger } from '../../src/base/log.ts';
import { pathOf } from '../../src/sandbox/folder-names.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { Mirror } from '../support/mirror.ts';
import { letter, mailSourceContract, type World } from './mail-source.ts';

const JANE = 'jane@example.com';
const PASSWORD = 'abcdefghijklmnop';
const logger = createLogger('silent');
const never = new AbortController().signal;

const openOn = (sandbox: Sandbox, email: string, timing = {}): Promise<MailSource> =>
  openImapSource({ ...sandbox.imap, ca: sandbox.ca }, { email, appPassword: PASSWORD }, { logger, timing });

for (const language of ['en', 'ja'] as const) {
  let sandbox: Sandbox;
  let users = 0;
  mailSourceContract({
    name: `Gmail in ${language}`,
    begin: async () => {
      sandbox = await startSandbox({ users: [] });
    },
    world: async () => {
      const email = `user${++users}@example.com`;
      sandbox.addUser({ email, appPassword: PASSWORD, language });
      return worldOf(sandbox, email);
    },
    end: () => sandbox.close(),
    skip: [{ reason: 'All Mail has everything', tests: ['announces what happens in places that push does not watch'] }],
  });
}

function worldOf(sandbox: Sandbox, email: string): World {
  const user = sandbox.user(email);
  const ids = new Map<string, string>();
  const id = (subject: string): string => ids.get(subject) ?? '';
  return {
    inbox: 'INBOX',
    other: pathOf('trash', user.language),
    watched: pathOf('all', user.language),
    open: (timing) => openOn(sandbox, email, timing),
    deliver: async ({ subject, raw, flags, date, other }) => {
      const mail = user.deliver(raw, {
        ...(flags ? { flags } : {}),
        ...(date ? { date } : {}),
        ...(other ? { place: 'trash', labels: [] } : {}),
      });
      ids.set(subject, mail.id);
    },
    setFlags: async (subject, flags) => user.setFlags(id(subject), flags),
    move: async (subject) => user.trash(id(subject)),
    expunge: async (subject) => user.remove(id(subject)),
    changeUidValidity: async () => user.changeUidValidity('all'),
    addLabel: async (subject, label) => user.addLabel(id(subject), label),
    removeLabel: async (subject, label) => user.removeLabel(id(subject), label),
    cut: async () => user.dropConnections(),
    flagsOf: async (subject) => user.truth().find((mail) => mail.id === id(subject))?.flags ?? [],
  };
}

describe('what Gmail does to a client', () => {
  let sandbox: Sandbox;
  let source: MailSource | undefined;
  let mirror: Mirror;
  const fill = (count: number): string[] =>
    Array.from({ length: count }, (_, i) => sandbox.user(JANE).deliver(letter(`mail ${i}`)).id);

  beforeEach(async () => {
    sandbox = await startSandbox({ users: [{ email: JANE, appPassword: PASSWORD, password: 'normal' }] });
    mirror = new Mirror();
    source = undefined;
  });
  afterEach(async () => {
    await source?.close();
    await sandbox.close();
  });

  it.each([
    ['wrong-password', 'account_rejected', 'did not accept'],
    ['app-password-required', 'account_rejected', 'wants an App Password'],
    ['web-login', 'account_rejected', 'web browser'],
    ['web-alert', 'account_rejected', 'web browser'],
    ['imap-disabled', 'account_rejected', 'administrator'],
    ['unavailable', 'unavailable', 'temporary'],
    ['lookup-failed', 'unavailable', 'temporary'],
    ['too-many-connections', 'rate_limited', 'Too many programs'],
    ['overquota', 'rate_limited', 'paused'],
  ] as const)('says what Google means by %s', async (answer, code, words) => {
    sandbox.script.add(JANE, { kind: 'imap-login', answer });
    const opening = openOn(sandbox, JANE);
    await expect(opening).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
    const error = await opening.catch((fault: unknown) => fault as { hint: string; retryAt?: number; message: string });
    expect((error as { hint: string }).hint).not.toBe('');
    expect(JSON.stringify(error)).not.toContain(PASSWORD);
  });

  it('waits an hour or more when Google has counted too many bytes, and minutes for too many connections', async () => {
    sandbox.script.add(JANE, { kind: 'imap-login', answer: 'overquota', times: 1 });
    const overQuota = await openOn(sandbox, JANE).catch((fault: unknown) => fault as { retryAt: number });
    expect((overQuota as { retryAt: number }).retryAt).toBeGreaterThanOrEqual(Date.now() + 3_500_000);
    sandbox.script.add(JANE, { kind: 'imap-login', answer: 'too-many-connections', times: 1 });
    const tooMany = await openOn(sandbox, JANE).catch((fault: unknown) => fault as { retryAt: number });
    expect((tooMany as { retryAt: number }).retryAt).toBeLessThan(Date.now() + 3_500_000);
  });

  it('falls back to every mailbox, with Gmail ids, when All Mail is hidden', async () => {
    sandbox.addUser({ email: 'bob@example.com', appPassword: PASSWORD, hidden: ['all'] });
    const bob = sandbox.user('bob@example.com');
    const inbox = bob.deliver(letter('in the inbox'), { labels: ['\\Inbox', 'Work/A & B'] });
    const sent = bob.deliver(letter('sent'), { labels: ['\\Sent'] });
    source = await openOn(sandbox, 'bob@example.com');
    await mirror.round(source);
    expect([...mirror.mails.keys()].toSorted()).toEqual([`gm:${inbox.id}`, `gm:${sent.id}`].toSorted());
    expect(mirror.places.find(({ path }) => path === 'Work/A & B')?.label).toEqual({
      type: 'user',
      name: 'Work/A & B',
    });
    expect(mirror.in('INBOX')).toHaveLength(1);
  });

  it.each([
    'UID FETCH',
    'UID SEARCH',
    'LIST',
    'EXAMINE',
  ])('knows what %s is refused for by the code alone', async (command) => {
    fill(3);
    for (const [text, code] of [
      ['NO [OVERQUOTA] Enough.', 'rate_limited'],
      ['NO [THROTTLED] Enough.', 'rate_limited'],
      ['NO [LIMIT] Enough.', 'rate_limited'],
      ['NO [UNAVAILABLE] Invalid credentials.', 'unavailable'],
      ['NO [ALERT] Account exceeded command or bandwidth limits. (Failure)', 'rate_limited'],
    ] as const) {
      source = await openOn(sandbox, JANE);
      const takeBack = sandbox.script.add(JANE, { kind: 'answer', command, text });
      await expect(mirror.round(source)).rejects.toMatchObject({ code });
      takeBack();
      await source.close();
    }
    source = await openOn(sandbox, JANE);
    await mirror.round(source);
    expect(mirror.mails.size).toBe(3);
  });

  it('tells a mail in the middle of a stop for too many bytes only once', async () => {
    fill(300);
    source = await openOn(sandbox, JANE);
    await mirror.round(source, 'all', (change) => change.kind === 'messages');
    const text = 'NO [OVERQUOTA] Account exceeded command or bandwidth limits. (Failure)';
    const takeBack = sandbox.script.add(JANE, { kind: 'answer', command: 'UID FETCH', text });
    await expect(mirror.round(source)).rejects.toMatchObject({ code: 'rate_limited' });
    takeBack();
    await mirror.round(source);
    expect(mirror.mails.size).toBe(300);
    expect(mirror.repeats).toBe(0);
  });

  it('takes BYE before any reply for a lost connection, and loses nothing', async () => {
    fill(120);
    for (let beforeReply = 1; beforeReply <= 8; beforeReply++) {
      source = await openOn(sandbox, JANE);
      sandbox.script.add(JANE, { kind: 'bye', beforeReply, text: 'Temporary System Problem' });
      await mirror.round(source).catch((fault: unknown) => expect(fault).toMatchObject({ code: 'unavailable' }));
      await source.close();
      sandbox.script.clear();
    }
    source = await openOn(sandbox, JANE);
    await mirror.round(source);
    expect(mirror.mails.size).toBe(120);
    expect(mirror.repeats).toBe(0);
  });

  it.each([
    ['[OVERQUOTA] Account exceeded command or bandwidth limits.', 'rate_limited'],
    ['[OVERQUOTA] Enough.', 'rate_limited'],
    ['[UNAVAILABLE] Invalid credentials', 'unavailable'],
    ['[AUTHENTICATIONFAILED] Try again.', 'account_rejected'],
    ['[ALERT] Please log in via your web browser: https://support.google.com/ (Failure)', 'account_rejected'],
    ['Session expired, please login again.', 'unavailable'],
  ] as const)('hears BYE in IDLE as what it is: %s', async (text, code) => {
    source = await openOn(sandbox, JANE);
    await mirror.round(source);
    const announced = source.announced(never);
    sandbox.script.add(JANE, { kind: 'bye-in-idle', text });
    await expect(announced).rejects.toMatchObject({ code });
  });

  it('drops a mail that was cut in the middle, and fetches it again', async () => {
    fill(20);
    for (const offset of [0, 1, 40]) {
      for (const literal of [1, 3, 20]) {
        sandbox.script.add(JANE, { kind: 'cut', literal, offset });
        source = await openOn(sandbox, JANE);
        await mirror.round(source).catch((fault: unknown) => expect(fault).toMatchObject({ code: 'unavailable' }));
        await source.close();
        sandbox.script.clear();
      }
    }
    source = await openOn(sandbox, JANE);
    await mirror.round(source);
    const texts = [...mirror.mails.values()].map(({ source: bytes }) => Buffer.from(bytes ?? []).toString());
    expect(texts.toSorted()).toEqual(Array.from({ length: 20 }, (_, i) => letter(`mail ${i}`)).toSorted());
    expect(mirror.repeats).toBe(0);
  });

  it.each([
    'Some messages could not be FETCHed (Failure)',
    '[SERVERBUG] Internal error occurred.',
    '[CANNOT] Not that one, try again',
  ])('tells all others at once when one mail is refused, and gives it up after three rounds: %s', async (text) => {
    fill(10);
    const uid = [...sandbox.user(JANE).view('all')!.mails.keys()][4]!;
    sandbox.script.add(JANE, { kind: 'refuse-uid', uid, text });
    source = await openOn(sandbox, JANE);
    await mirror.round(source);
    expect(mirror.mails.size).toBe(9);
    await mirror.round(source);
    expect(mirror.mails.size).toBe(9);
    await mirror.round(source);
    await mirror.round(source);
    const came = await mirror.round(source);
    expect(came.map(({ kind }) => kind)).toEqual(['places', 'settled']);
    expect(mirror.repeats).toBe(0);
  });

  it('tells a mail that is refused for a while only', async () => {
    fill(10);
    const uid = [...sandbox.user(JANE).view('all')!.mails.keys()][4]!;
    const takeBack = sandbox.script.add(JANE, { kind: 'refuse-uid', uid });
    source = await openOn(sandbox, JANE);
    await mirror.round(source);
    takeBack();
    await mirror.round(source);
    expect(mirror.mails.size).toBe(10);
    expect([...mirror.mails.values()].every((mail) => mail.source!.length > 0)).toBe(true);
  });

  it.each(['fetch-without-uid', 'unsolicited-fetch'] as const)('is not led astray by %s', async (kind) => {
    fill(30);
    const takeBack = sandbox.script.add(JANE, { kind });
    source = await openOn(sandbox, JANE);
    await mirror.round(source).catch((fault: unknown) => expect(fault).toMatchObject({ code: 'unavailable' }));
    takeBack();
    await mirror.round(source);
    expect(mirror.mails.size).toBe(30);
    expect(mirror.repeats).toBe(0);
    expect(mirror.subjects(mirror.all())).toHaveLength(30);
  });

  it('takes a mail for gone that is expunged between the list and the fetch', async () => {
    fill(30);
    sandbox.script.add(JANE, { kind: 'expunge-before-fetch' });
    source = await openOn(sandbox, JANE);
    await mirror.round(source);
    await mirror.round(source);
    expect(mirror.mails.size).toBe(29);
  });

  it('ends up with what is there when mails are expunged before every fetch of many rounds', async () => {
    fill(400);
    source = await openOn(sandbox, JANE);
    for (let round = 0; round < 25; round++) {
      const uids = [...sandbox.user(JANE).view('all')!.mails.keys()];
      for (let i = 0; i < 6; i++) {
        const uid = uids[(round * 37 + i * 53) % uids.length]!;
        sandbox.script.add(JANE, { kind: 'expunge-before-fetch', uid });
      }
      fill(3);
      await mirror.round(
        source,
        round % 3 === 2 ? 'new' : 'all',
        (change) => round % 2 === 0 && change.kind === 'messages',
      );
    }
    sandbox.script.clear();
    await mirror.round(source);
    await mirror.round(source);
    const there = sandbox
      .user(JANE)
      .truth()
      .map(({ id }) => `gm:${id}`);
    expect(there.length).toBeLessThan(400 + 75);
    expect([...mirror.mails.keys()].toSorted()).toEqual(there.toSorted());
    expect(mirror.all()).toHaveLength(there.length);
    expect(mirror.repeats).toBe(0);
  });

  it.each([
    ['uid-validity', 'absent'],
    ['uid-validity', 'zero'],
    ['uid-next', 'absent'],
    ['uid-next', 'back'],
  ] as const)('deletes nothing when %s is %s', async (kind, value) => {
    fill(20);
    source = await openOn(sandbox, JANE);
    await mirror.round(source);
    await mirror.round(source);
    const takeBack = sandbox.script.add(JANE, { kind, value } as Parameters<typeof sandbox.script.add>[1]);
    await source.close();
    source = await openOn(sandbox, JANE);
    await mirror.round(source);
    expect(mirror.all()).toHaveLength(20);
    takeBack();
    await source.close();
    source = await openOn(sandbox, JANE);
    await mirror.round(source);
    expect(mirror.all()).toHaveLength(20);
    expect(mirror.repeats).toBe(0);
  });

  it('gives a silent server up after its patience, but not a slow one', async () => {
    fill(5);
    sandbox.script.add(JANE, { kind: 'slow', bytesPerSecond: 4000 });
    source = await openOn(sandbox, JANE, { stallMs: 1000 });
    await mirror.round(source);
    expect(mirror.mails.size).toBe(5);
    sandbox.script.clear();
    sandbox.script.add(JANE, { kind: 'silence' });
    await expect(mirror.round(source)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('notices a dead IDLE when it is renewed', async () => {
    source = await openOn(sandbox, JANE, { idleMs: 200, idleAnswerMs: 200 });
    await mirror.round(source);
    const announced = source.announced(never);
    announced.catch(() => undefined);
    while (!sandbox.log.some(({ line }) => line === 'IDLE')) await new Promise((resolve) => setImmediate(resolve));
    sandbox.script.add(JANE, { kind: 'silence' });
    await expect(announced).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('keeps a living IDLE over many renewals', async () => {
    source = await openOn(sandbox, JANE, { idleMs: 50, idleAnswerMs: 1000 });
    await mirror.round(source);
    const renewals = (): number => sandbox.log.filter(({ line }) => line === 'IDLE').length;
    const announced = source.announced(never);
    while (renewals() < 4) await new Promise((resolve) => setImmediate(resolve));
    sandbox.user(JANE).deliver(letter('fresh'));
    await announced;
  });

  describe.each([
    ['does not offer to', { kind: 'lacks', capability: 'IDLE' }],
    ['refuses to', { kind: 'answer', command: 'IDLE', text: 'NO not now' }],
    ['does not know how to', { kind: 'answer', command: 'IDLE', text: 'BAD unknown command' }],
    ['says yes and does not', { kind: 'answer', command: 'IDLE', text: 'OK done' }],
  ] as const)('when it %s idle', (_name, fault) => {
    const idles = (): number => sandbox.log.filter(({ line }) => line === 'IDLE').length;
    /** As many round trips over the connection as need be for anything under way to have come to its end. */
    const useConnection = async (): Promise<void> => {
      const [copy] = mirror.all();
      const path = pathOf('all', 'en');
      const part = { path, uidValidity: copy!.uidValidity, uid: copy!.uid, partId: '1' };
      for (let i = 0; i < 5; i++) await (await source!.readPart(part, never)).toArray();
    };

    beforeEach(async () => {
      sandbox.script.add(JANE, fault);
      fill(1);
      source = await openOn(sandbox, JANE);
      await mirror.round(source);
    });

    it('waits without asking again, is not taken for alive, and ends with the signal', async () => {
      let asked = 0;
      for (let i = 0; i < 3; i++) {
        const stop = new AbortController();
        const waiting = source!.announced(stop.signal);
        await vi.waitFor(() => expect(source!.heardAt()).toBe(0));
        if (i === 0) await vi.waitFor(() => expect(idles()).toBe(fault.kind === 'lacks' ? 0 : 1));
        await useConnection();
        await vi.waitFor(() => expect(source!.heardAt()).toBe(0));
        if (i === 0) asked = idles();
        stop.abort();
        await waiting;
      }
      expect(idles()).toBe(asked);
      // An IDLE that we end ourselves proves nothing, and each of our five commands may end one.
      expect(asked).toBeLessThanOrEqual(6);
    });

    it('hears of new mail by the way', async () => {
      const announced = source!.announced(never);
      await useConnection();
      sandbox.user(JANE).deliver(letter('fresh'));
      await useConnection();
      await announced;
      await mirror.round(source!, 'new');
      expect(mirror.mails.size).toBe(2);
    });

    it('rejects when the connection is lost, before the wait and in it', async () => {
      const announced = expect(source!.announced(never)).rejects.toMatchObject({ code: 'unavailable' });
      await useConnection();
      sandbox.user(JANE).dropConnections();
      await announced;
      await expect(source!.announced(never)).rejects.toMatchObject({ code: 'unavailable' });
    });
  });
});
