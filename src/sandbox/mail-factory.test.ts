// The mail factory: the same number gives the same mailbox, and the mailbox looks like one.
import PostalMime from 'postal-mime';
import { describe, expect, it } from 'vitest';
import { makeMails } from './mail-factory.ts';

const OWNER = { owner: 'anna@example.test' };

describe('the mail factory', () => {
  it('makes the same bytes for the same number and others for another', () => {
    const [first, again, other] = [makeMails(7, 60, OWNER), makeMails(7, 60, OWNER), makeMails(8, 60, OWNER)];
    expect(again).toEqual(first);
    expect(other[0]!.raw).not.toEqual(first[0]!.raw);
  });

  it('gives each mail its own Message-ID and rising dates', async () => {
    const mails = makeMails(1, 200, OWNER);
    const ids = new Set(
      (await Promise.all(mails.map((mail) => PostalMime.parse(mail.raw)))).map((mail) => mail.messageId),
    );
    expect(ids.size).toBe(200);
    expect(mails.every((mail, index) => index === 0 || mail.date > mails[index - 1]!.date)).toBe(true);
  });

  it('writes text that an independent parser reads without a broken character', async () => {
    for (const { raw } of makeMails(2, 400, OWNER)) {
      const mail = await PostalMime.parse(raw);
      const text = [mail.subject, mail.from?.name, mail.text, mail.html].join('\n');
      expect(text).not.toMatch(/\ufffd|=\?utf-8/i);
      expect(mail.text || mail.html).toBeTruthy();
    }
  });

  it('has conversations, unread mail, labels, attachments and several charsets in it', () => {
    const mails = makeMails(3, 1000, OWNER);
    const all = mails.map((mail) => Buffer.from(mail.raw).toString('latin1')).join('\n');
    for (const sign of ['In-Reply-To:', 'List-Id:', 'filename*=', 'iso-2022-jp', 'windows-1251', 'iso-8859-1']) {
      expect(all).toContain(sign);
    }
    expect(new Set(mails.map((mail) => mail.threadHint)).size).toBeLessThan(800);
    expect(mails.some((mail) => !mail.flags.includes('\\Seen'))).toBe(true);
    expect(mails.some((mail) => mail.labels.includes('Öffentlich/Ämter'))).toBe(true);
    expect(mails.some((mail) => mail.labels.includes('\\Sent'))).toBe(true);
  });

  it('reaches the sizes of a grown mailbox in bulk', () => {
    const sizes = makeMails(4, 2000, { ...OWNER, bulk: true })
      .map((mail) => mail.raw.length)
      .sort((a, b) => a - b);
    const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
    expect(sizes[1000]).toBeGreaterThan(6500);
    expect(sizes[1000]).toBeLessThan(9500);
    expect(mean).toBeGreaterThan(12_000);
    expect(mean).toBeLessThan(19_000);
  });

  it('breaks no line beyond 998 octets', () => {
    for (const { raw } of makeMails(5, 300, OWNER)) {
      const longest = Math.max(
        ...Buffer.from(raw)
          .toString('latin1')
          .split('\r\n')
          .map((line) => line.length),
      );
      expect(longest).toBeLessThanOrEqual(998);
    }
  });
});
