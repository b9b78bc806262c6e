// What a bad line does to a sync over a real IMAP server: nothing that lasts.
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openImapSource } from '../../src/backend/imap/source.ts';
import type { MailSource } from '../../src/backend/port.ts';
import { createLogger } from '../../src/base/log.ts';
import { type Dovecot, dovecotAvailable, startDovecot } from '../support/dovecot.ts';
import { deadPort, type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { Mirror } from '../support/mirror.ts';
import { letter } from './mail-source.ts';

const USER = 'jane@example.com';
const PASSWORD = 'abcdefghijklmnop';
const MAILS = 120;
const logger = createLogger('silent');
const never = new AbortController().signal;

describe.skipIf(!dovecotAvailable())('a bad line', () => {
  let dovecot: Dovecot;
  let proxy: FaultProxy;
  let source: MailSource | undefined;
  let mirror: Mirror;
  const truth: string[] = [];

  beforeAll(async () => {
    dovecot = await startDovecot({ layout: 'plain', users: { [USER]: PASSWORD } });
    for (let i = 0; i < MAILS; i++) {
      const raw = letter(`mail ${i}`, `${'Text of some length. '.repeat(i)}`);
      truth.push(raw);
      await dovecot.deliver(USER, 'INBOX', raw);
    }
    truth.sort();
  });
  beforeEach(async () => {
    proxy = await startFaultProxy(dovecot);
    mirror = new Mirror();
    source = undefined;
  });
  afterEach(async () => {
    await source?.close();
    await proxy.stop();
  });
  afterAll(() => dovecot?.stop());

  const open = async (timing = {}): Promise<MailSource> => {
    const { host, port, ca } = proxy;
    source = await openImapSource({ host, port, ca }, { email: USER, appPassword: PASSWORD }, { logger, timing });
    return source;
  };
  /** A round on a fresh connection; answers whether it was broken off, which has to be by a fault that passes. */
  const attempt = async (): Promise<boolean> => {
    try {
      await mirror.round(await open());
      return false;
    } catch (error) {
      expect(error).toMatchObject({ code: 'unavailable' });
      return true;
    } finally {
      await source?.close();
    }
  };
  const expectTruth = (): void => {
    const texts = [...mirror.mails.values()].map(({ source: bytes }) => Buffer.from(bytes ?? []).toString());
    expect(texts.toSorted()).toEqual(truth);
    expect(mirror.repeats).toBe(0);
  };

  it('passes unnoticed when nothing is wrong', async () => {
    expect(await attempt()).toBe(false);
    expectTruth();
  });

  it('loses and repeats nothing when it is cut inside literals', async () => {
    for (const nth of [1, 2, 50, 99, 100, 101, 110])
      for (const offset of [0, 1, 77]) {
        proxy.faults = { cutInLiteral: { nth, offset } };
        await attempt();
      }
    proxy.faults = {};
    expect(await attempt()).toBe(false);
    expectTruth();
  });

  it('loses and repeats nothing when it is cut or reset after any number of bytes', async () => {
    let broken = 0;
    for (let cutAfterBytes = 10; cutAfterBytes < 250_000; cutAfterBytes = Math.floor(cutAfterBytes * 1.7)) {
      proxy.faults = { cutAfterBytes, cutBy: broken % 2 === 0 ? 'reset' : 'end' };
      if (await attempt()) broken += 1;
    }
    expect(broken).toBeGreaterThan(5);
    proxy.faults = {};
    expect(await attempt()).toBe(false);
    expectTruth();
  });

  it('takes BYE before any tagged reply for a lost connection', async () => {
    for (let beforeReply = 1; beforeReply <= 14; beforeReply++) {
      proxy.faults = { inject: { beforeReply, line: '* BYE Temporary System Problem' } };
      await attempt();
    }
    proxy.faults = {};
    expect(await attempt()).toBe(false);
    expectTruth();
  });

  it('is not confused by lines that nobody asked for', async () => {
    for (const line of [
      '* 1 FETCH (FLAGS (\\Seen))',
      '* 999 FETCH (UID 4294967295 FLAGS (\\Seen))',
      '* OK [ALERT] Your mailbox is nearly full',
      '* 0 RECENT',
      '* SEARCH 1 2 3',
      '* XSOMETHING (1 2 "three")',
      '* FLAGS (\\Answered)',
    ])
      for (const beforeReply of [6, 9]) {
        mirror = new Mirror();
        proxy.faults = { inject: { beforeReply, line } };
        await attempt();
        proxy.faults = {};
        await attempt();
        expectTruth();
      }
  });

  it('is not confused by any line at any moment', async () => {
    const uid = fc.oneof(fc.integer({ min: 1, max: MAILS + 2 }), fc.constantFrom(0, -1, 4_294_967_295, 2 ** 53));
    const number = fc.integer({ min: 0, max: MAILS + 3 });
    const line = fc.oneof(
      fc.tuple(number, uid).map(([n, id]) => `* ${n} FETCH (UID ${id} FLAGS (\\Seen))`),
      fc.tuple(number, uid).map(([n, id]) => `* ${n} FETCH (FLAGS () UID ${id} RFC822.SIZE 1)`),
      number.map((n) => `* ${n} FETCH (FLAGS (\\Answered) RFC822.SIZE 7)`),
      number.map((n) => `* ${n} FETCH NIL`),
      fc.array(uid, { maxLength: 9 }).map((ids) => `* SEARCH ${ids.join(' ')}`),
      fc.constantFrom(
        '* ESEARCH (TAG "x") UID ALL 1:9999999',
        '* OK [UIDNEXT 1] Predicted',
        '* OK [UIDNEXT 99999999] Predicted',
        '* OK [HIGHESTMODSEQ 1] Highest',
        '* NO careful',
        '* BAD what',
        '* CAPABILITY IMAP4rev1',
        '* ENABLED NOTHING',
        '* STATUS INBOX (MESSAGES 0 UIDNEXT 1)',
        '* LIST () "/" Nowhere',
        '+ go ahead',
        'ZZ9 OK nobody asked',
        '* FLAGS (',
        '* 5 FETCH (UID',
        '*',
        '',
      ),
    );
    const script = fc.asyncProperty(line, fc.integer({ min: 4, max: 14 }), async (text, beforeReply) => {
      mirror = new Mirror();
      proxy.faults = { inject: { beforeReply, line: text } };
      await attempt();
      proxy.faults = {};
      for (let round = 0; round < 3; round++) await attempt();
      expectTruth();
    });
    await fc.assert(script, { numRuns: 20 });
  }, 120_000);

  it('works in the smallest pieces', async () => {
    proxy.faults = { sliceBytes: 11 };
    await mirror.round(await open());
    expectTruth();
  });

  it('is given up when it is silent, and not when it is slow', async () => {
    const slow = await open({ stallMs: 400 });
    proxy.faults = { sliceBytes: 20_000, latencyMs: 150 };
    await mirror.round(slow, 'all', (change) => change.kind === 'messages');
    proxy.faults = { blackHole: true };
    await expect(mirror.round(slow)).rejects.toMatchObject({ code: 'unavailable' });
    expect(slow.heardAt()).toBe(0);
  });

  it('is noticed when it dies without a word in IDLE', async () => {
    const patient = await open({ idleMs: 300, idleAnswerMs: 300 });
    await mirror.round(patient);
    const announced = patient.announced(never);
    announced.catch(() => undefined);
    while (!proxy.lines.some((line) => / IDLE$/.test(line))) await new Promise((resolve) => setImmediate(resolve));
    proxy.faults = { blackHole: true };
    await expect(announced).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('that nobody answers is told by host and port', async () => {
    const port = await deadPort();
    const opening = openImapSource({ host: '127.0.0.1', port }, { email: USER, appPassword: PASSWORD }, { logger });
    await expect(opening).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining(`127.0.0.1:${port}`),
    });
  });
});
