// The danger that a name or a number chosen by somebody else becomes an IMAP command of ours.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openImapSource } from '../../src/backend/imap/source.ts';
import { createLogger } from '../../src/base/log.ts';
import { type Dovecot, dovecotAvailable, startDovecot } from '../support/dovecot.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { Mirror } from '../support/mirror.ts';
import { letter } from './mail-source.ts';

const USER = 'jane@example.com';
const PASSWORD = 'abcdefghijklmnop';
const logger = createLogger('silent');
const never = new AbortController().signal;
const OURS =
  /^\w+ (CAPABILITY|ID|AUTHENTICATE|LOGIN|NAMESPACE|ENABLE|LIST|LSUB|STATUS|EXAMINE|CLOSE|UID (SEARCH|FETCH)|LOGOUT)\b/;

describe.skipIf(!dovecotAvailable())('imap injection', () => {
  let dovecot: Dovecot;
  let proxy: FaultProxy;

  beforeAll(async () => {
    dovecot = await startDovecot({ layout: 'plain', users: { [USER]: PASSWORD } });
    await dovecot.deliver(USER, 'INBOX', letter('innocent'));
  });
  beforeEach(async () => {
    proxy = await startFaultProxy(dovecot);
  });
  afterEach(() => proxy.stop());
  afterAll(() => dovecot?.stop());

  const open = (email = USER) => {
    const { host, port, ca } = proxy;
    return openImapSource({ host, port, ca }, { email, appPassword: PASSWORD }, { logger });
  };
  const expectOnlyOurs = (): void => {
    for (const line of proxy.lines) expect(line).toMatch(OURS);
    // One LOGOUT at the end is ours; one more would be somebody's.
    expect(proxy.lines.filter((line) => /LOGOUT/.test(line)).length).toBeLessThanOrEqual(proxy.connections);
  };

  it.each([
    ['a line break', 'evil\r\nX LOGOUT'],
    ['a bare line feed', 'evil\nX LOGOUT'],
    ['NUL', 'evil\0X'],
    ['quotes and brackets', 'evil" (UNSEEN) {3}'],
    ['a literal marker', 'evil{5+}'],
    ['wildcards', '*%'],
    ['a broken run of modified UTF-7', '&AA&-&AAoACg-'],
    ['a line break in modified UTF-7', 'a&AA0ACg-X LOGOUT'],
  ])('comes from no mailbox whose name has %s', async (_name, mailbox) => {
    for (let beforeReply = 5; beforeReply <= 8; beforeReply++) {
      const line = `* LIST (\\HasNoChildren) "/" {${Buffer.byteLength(mailbox)}}\r\n${mailbox}\r\n* STATUS {${Buffer.byteLength(mailbox)}}\r\n${mailbox} (MESSAGES 3 UIDNEXT 9 UIDVALIDITY 7)`;
      proxy.faults = { inject: { beforeReply, line } };
      const source = await open();
      await new Mirror().round(source).catch((fault: unknown) => expect(fault).toMatchObject({ code: 'unavailable' }));
      await source.close();
    }
    expectOnlyOurs();
  });

  it.each([
    'INBOX\r\nX LOGOUT',
    'INBOX" X',
    '',
    '*',
    '\0',
  ])('comes from no path that is asked for: %j', async (path) => {
    const source = await open();
    const part = { path, uidValidity: 1, uid: 1, partId: '1' };
    await expect(source.readPart(part, never)).rejects.toMatchObject({
      code: expect.stringMatching(/not_found|unavailable/),
    });
    await source.close();
    expectOnlyOurs();
  });

  it.each(['1]\r\nX LOGOUT', 'HEADER', '', '1.', '1<0.5>', '1\n'])('comes from no part number: %j', async (partId) => {
    const source = await open();
    const part = { path: 'INBOX', uidValidity: 1, uid: 1, partId };
    await expect(source.readPart(part, never)).rejects.toMatchObject({ code: 'not_found' });
    await source.close();
    expectOnlyOurs();
  });

  it('comes from no address that logs in', async () => {
    await expect(open('jane\r\nX LOGOUT')).rejects.toMatchObject({ code: 'account_rejected' });
    expectOnlyOurs();
  });
});
