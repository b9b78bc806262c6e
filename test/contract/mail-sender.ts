// The contract of every way to send: once, to whom it was meant, and the truth about the rest.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { MailSender, OutgoingMail } from '../../src/backend/port.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';

export const JANE = { email: 'jane@gmail.com', appPassword: 'abcdefghijklmnop', password: 'hunter2hunter2' };
export const JOE = { email: 'joe@gmail.com', appPassword: 'ponmlkjihgfedcba' };
export const OUTSIDE = 'ann@elsewhere.example';

export type Trouble =
  /** Not now, says the server, of this mail or of any. */
  | 'limit'
  /** Never, of this mail. */
  | 'refusal'
  /** The mail is taken, and no word of it comes back. */
  | 'lost-answer'
  | 'silence';

export interface SenderKind {
  open(gmail: Sandbox, patienceMs?: number): MailSender;
  plan(gmail: Sandbox, trouble: Trouble): void;
}

export function outgoing(recipients: readonly string[] = [JOE.email], body = 'Hello.\r\n'): OutgoingMail {
  const head = `From: ${JANE.email}\r\nTo: ${recipients[0]}\r\nSubject: Tea\r\nMessage-ID: <a.1@gmail.com>\r\n`;
  const ids = { messageIdHeader: 'a.1@gmail.com', threadId: null };
  return { raw: Buffer.from(`${head}\r\n${body}`), from: JANE.email, recipients, ...ids };
}

const nothing = async (): Promise<void> => undefined;

export function senderContract(name: string, { open, plan }: SenderKind): void {
  describe(`sending by ${name}`, () => {
    let gmail: Sandbox;
    let sender: MailSender;
    const wire = () => gmail.submissions.map(({ recipients }) => recipients);

    beforeEach(async () => {
      gmail = await startSandbox({ users: [JANE, JOE] });
      sender = open(gmail);
    });
    afterEach(async () => {
      await sender.close();
      await gmail.close();
    });

    it('reaches each recipient and lies in Sent once, after one question whether it may leave', async () => {
      const beforeEnd = vi.fn(async () => expect(gmail.submissions).toEqual([]));
      const outcome = await sender.send(outgoing([JOE.email, OUTSIDE], 'One.\r\n.two\r\n'), beforeEnd);
      expect(outcome).toMatchObject({ kind: 'accepted', refused: [] });
      expect(beforeEnd).toHaveBeenCalledOnce();
      expect(wire()).toEqual([[JOE.email, OUTSIDE]]);
      expect(gmail.user(JANE.email).truth()).toMatchObject([{ labels: ['\\Sent'], flags: ['\\Seen'] }]);
      const [copy, ...more] = [...gmail.user(JOE.email).mails()];
      expect([copy?.labels, more]).toEqual([new Set(['\\Inbox']), []]);
      expect(copy!.raw.toString()).toContain('\r\n\r\nOne.\r\n.two\r\n');
    });

    it('shows nobody who else got it in secret', async () => {
      expect(await sender.send(outgoing([OUTSIDE, JOE.email]), nothing)).toMatchObject({ kind: 'accepted' });
      const [copy] = [...gmail.user(JOE.email).mails()];
      const text = copy!.raw.toString().replace(`Delivered-To: ${JOE.email}`, '');
      expect(text).not.toMatch(/bcc/i);
      expect(text).not.toContain(JOE.email);
      expect(text).toContain(`To: ${OUTSIDE}`);
    });

    it('goes on to the next mail, also of many megabytes', async () => {
      await sender.send(outgoing(), nothing);
      const large = outgoing([JOE.email], `${'x'.repeat(70)}\r\n`.repeat(120_000));
      expect(await sender.send(large, nothing)).toMatchObject({ kind: 'accepted' });
      expect(wire()).toHaveLength(2);
      const [body] = gmail.submissions[1]!.raw.toString().split('\r\n\r\n').slice(1);
      expect(body).toBe(Buffer.from(large.raw).toString().split('\r\n\r\n')[1]);
    });

    it('sends nothing that nobody marked as leaving', async () => {
      const halted = () => Promise.reject(new Error('the disk is full'));
      const outcome = await sender.send(outgoing(), halted);
      expect(outcome).toMatchObject({ kind: 'refused', temporary: true, error: { code: 'unavailable' } });
      expect(wire()).toEqual([]);
      expect(await sender.send(outgoing(), nothing)).toMatchObject({ kind: 'accepted' });
    });

    it('tells a limit as the account’s, for a while', async () => {
      plan(gmail, 'limit');
      const outcome = await sender.send(outgoing(), nothing);
      expect(outcome).toMatchObject({
        kind: 'refused',
        temporary: true,
        forAll: true,
        error: { code: 'rate_limited' },
      });
      expect(wire()).toEqual([]);
    });

    it('tells a refusal as this mail’s, for good', async () => {
      plan(gmail, 'refusal');
      const outcome = await sender.send(outgoing(), nothing);
      expect(outcome).toMatchObject({ kind: 'refused', temporary: false, forAll: false });
      expect(wire()).toEqual([]);
    });

    it.each(['lost-answer', 'silence'] as const)('never calls a mail refused that was taken: %s', async (trouble) => {
      await sender.close();
      sender = open(gmail, 300);
      plan(gmail, trouble);
      expect(await sender.send(outgoing(), nothing)).toMatchObject({ kind: 'unknown' });
      expect(wire()).toEqual([[JOE.email]]);
    });

    it('ends at once when it is closed, and says what that means', async () => {
      plan(gmail, 'silence');
      const waiting = sender.send(outgoing(), nothing);
      await vi.waitFor(() => expect(wire()).toHaveLength(1), 5000);
      await sender.close();
      expect(await waiting).toMatchObject({ kind: 'unknown' });
      gmail.script.clear();
      const asked = Promise.withResolvers<void>();
      const early = sender.send(outgoing(), () => {
        asked.resolve();
        return new Promise(() => undefined);
      });
      await asked.promise;
      await sender.close();
      expect(await early).toMatchObject({ kind: 'refused', temporary: true });
      expect(wire()).toHaveLength(1);
    });

    it('has sent nothing where nobody answers', async () => {
      await gmail.close();
      expect(await sender.send(outgoing(), nothing)).toMatchObject({ kind: 'refused', temporary: true, forAll: true });
    });
  });
}
