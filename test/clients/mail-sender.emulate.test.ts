// Sending and drafts over a Google emulator that other people wrote. It delivers to nobody, keeps the Message-ID, lets any token
// in and fails on no request, so that faults, limits and recipients' copies are tested against the pretend Gmail alone.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openGmailDrafts } from '../../src/backend/gmail/drafts.ts';
import { GmailLimits } from '../../src/backend/gmail/quota.ts';
import { openGmailSender } from '../../src/backend/gmail/sender.ts';
import type { SendOutcome } from '../../src/backend/port.ts';
import { SYSTEM_CLOCK } from '../../src/sync/clock.ts';
import { clientsAreInstalled, program, someFreePort } from './installed.ts';

interface Emulator {
  readonly url: string;
  close(): Promise<void>;
}

const JANE = 'jane@example.com';
const HIDDEN = 'ann@elsewhere.example';
const tokens = { current: async () => 'any', instead: async () => 'any' };
const limits = new GmailLimits({ clock: SYSTEM_CLOCK });
const nothing = async (): Promise<void> => undefined;

describe.runIf(clientsAreInstalled())('an independent emulator', () => {
  let emulator: Emulator;
  const server = () => ({ apiUrl: emulator.url, topic: null, limits });
  const raw = (subject: string, body = 'Hello.\r\n') =>
    Buffer.from(
      `From: ${JANE}\r\nTo: joe@gmail.com\r\nSubject: ${subject}\r\nMessage-ID: <a.1@example.com>\r\n\r\n${body}`,
    );
  const mail = (subject: string, body?: string) => ({
    raw: raw(subject, body),
    from: JANE,
    recipients: ['joe@gmail.com', HIDDEN],
    messageIdHeader: 'a.1@example.com',
    threadId: null,
  });
  const stored = async (outcome: SendOutcome) => {
    if (outcome.kind !== 'accepted' || !outcome.ids) throw new Error(JSON.stringify(outcome));
    const url = `${emulator.url}/gmail/v1/users/me/messages/${outcome.ids.messageId}?format=raw`;
    const answer = await fetch(url, { headers: { authorization: 'Bearer any' } });
    const { raw, labelIds, threadId } = (await answer.json()) as { raw: string; labelIds: string[]; threadId: string };
    return { text: Buffer.from(raw, 'base64url').toString(), labelIds, threadId };
  };

  beforeEach(async () => {
    const { createEmulator } = await import(program('emulate/dist/api.js'));
    const port = someFreePort();
    emulator = await createEmulator({ service: 'google', port, seed: { google: { users: [{ email: JANE }] } } });
  });
  afterEach(() => emulator.close());

  it('keeps a mail byte for byte as it was sent, marked and with those in Bcc, large ones too', async () => {
    const sender = openGmailSender(server(), tokens, JANE);
    for (const each of [mail('Tea'), mail('Large', `${'x'.repeat(70)}\r\n`.repeat(90_000))]) {
      const { text, labelIds } = await stored(await sender.send(each, nothing));
      expect(labelIds).toContain('SENT');
      expect(text).toBe(`X-Mailroom-Message-ID: <a.1@example.com>\r\nBcc: ${HIDDEN}\r\n${each.raw}`);
    }
  });

  it('joins a reply to the thread that it names', async () => {
    const sender = openGmailSender(server(), tokens, JANE);
    const { threadId } = await stored(await sender.send(mail('Tea'), nothing));
    const reply = await sender.send({ ...mail('Re: Tea'), threadId }, nothing);
    expect((await stored(reply)).threadId).toBe(threadId);
  });

  it('keeps a draft under its id, and knows none that is not there', async () => {
    const drafts = openGmailDrafts(server(), tokens, JANE);
    const first = await drafts.save({ raw: raw('One'), threadId: null, replaces: null });
    const replaces = { kind: 'id', draftId: first.draftId! } as const;
    const second = await drafts.save({ raw: raw('Two'), threadId: first.ids!.threadId, replaces });
    expect([second.draftId, second.ids!.threadId]).toEqual([first.draftId, first.ids!.threadId]);
    const unknown = { kind: 'id', draftId: 'r-1' } as const;
    await expect(drafts.save({ raw: raw('Two'), threadId: null, replaces: unknown })).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});
