// The mail source's contract on a real server without Gmail's extensions, with and without mod-sequences.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fetchHeaders, fetchWhole } from '../../src/backend/imap/fetch.ts';
import { headerIdentity } from '../../src/backend/imap/identity.ts';
import { openImapSource } from '../../src/backend/imap/source.ts';
import type { MailSource } from '../../src/backend/port.ts';
import { createLogger } from '../../src/base/log.ts';
import { type Dovecot, dovecotAvailable, startDovecot } from '../support/dovecot.ts';
import { Mirror } from '../support/mirror.ts';
import { mailSourceContract, type World } from './mail-source.ts';

const PASSWORD = 'abcdefghijklmnop';
const logger = createLogger('silent');
/** As Gmail's, without what tells changes and without short cuts. */
const BARE = 'IMAP4rev1 UNSELECT IDLE NAMESPACE ID CHILDREN UIDPLUS MOVE LITERAL+ SPECIAL-USE';

describe.skipIf(!dovecotAvailable())('Dovecot', () => {
  for (const capability of ['gmail-like', BARE]) {
    let dovecot: Dovecot;
    let users = 0;
    mailSourceContract({
      name: capability === BARE ? 'a server without CONDSTORE, ESEARCH and LIST-STATUS' : 'a server with CONDSTORE',
      begin: async () => {
        dovecot = await startDovecot({ capability, layout: 'plain', users: manyUsers() });
      },
      world: async () => worldOf(dovecot, `user${++users}@example.com`),
      end: () => dovecot.stop(),
      skip: [
        { reason: 'the server has places only', tests: ['follows labels'] },
        {
          reason: 'the server has no X-GM-EXT-1',
          tests: [
            'tells Gmail its own ids',
            'looks up a mail and a thread by Gmail’s ids, wherever they lie, and nothing where there is none',
          ],
        },
      ],
    });
  }
});

describe.skipIf(!dovecotAvailable())('who a mail is on a real server', () => {
  const USER = 'jane@example.com';
  let dovecot: Dovecot;
  let source: MailSource | undefined;
  const odd: Readonly<Record<string, string>> = {
    plain: 'Subject: plain\r\n\r\nBody.\r\n\r\nMore.\r\n',
    'line feeds': 'Subject: lf\n\nBody.\n\nMore.\n',
    'mixed line ends': 'Subject: mixed\nTo: a@example.org\r\n\nBody.\r\n\r\nMore.\r\n',
    'header only': 'Subject: header only\r\n',
    'header without an end': 'Subject: no end',
    'header and empty line': 'Subject: empty line\r\n\r\n',
    'no header': '\r\nBody one.\r\n\r\nMore.\r\n',
    'no header with line feeds': '\nBody two.\n\nMore.\n',
    'no header and no blank line': '\r\nBody three.\r\n',
    'nothing but blank lines': '\r\n\r\n\r\n',
    'text in place of a header': 'Dear Amy, this is no header\r\n\r\nBody.\r\n\r\nMore.\r\n',
    'an mbox line': 'From amy@example.org Thu Jan  1 00:00:00 2026\r\nSubject: mbox\r\n\r\nBody.\r\n',
    'a line of blanks': 'Subject: blanks\r\n \r\nX: y\r\n\r\nBody.\r\n',
    'bare carriage returns': 'Subject: cr\rX: y\r\r\r\n\r\nBody.\r\n',
    'NUL and high bytes': 'Subject: \u00e4\0\u00ff\r\n\r\nBody.\r\n',
    'a long header': `Subject: long\r\n${'X-Pad: 1234567890\r\n'.repeat(9000)}\r\nBody.\r\n`,
  };

  beforeEach(async () => {
    dovecot = await startDovecot({ layout: 'plain', users: { [USER]: PASSWORD } });
  });
  afterEach(async () => {
    await source?.close();
    await dovecot?.stop();
  });

  const open = async (): Promise<MailSource> => {
    const { host, port, ca } = dovecot;
    source = await openImapSource({ host, port, ca }, { email: USER, appPassword: PASSWORD }, { logger });
    return source;
  };
  const deliver = (mailbox: string, text: string): Promise<void> =>
    dovecot.deliver(USER, mailbox, Buffer.from(text, 'latin1'));

  it('is the same from the header alone and from the whole mail, however odd the mail is', async () => {
    for (const text of Object.values(odd)) await deliver('INBOX', text);
    const client = await dovecot.client(USER);
    await client.mailboxOpen('INBOX', { readOnly: true });
    const uids = Object.keys(odd).map((_, i) => i + 1);
    const headers = await fetchHeaders(client, uids);
    const mails = await fetchWhole(client, uids, { gmailIds: false, utf8: false });
    await client.logout();
    for (const [i, name] of Object.keys(odd).entries()) {
      const { source: whole } = mails.got.get(i + 1)!;
      const fromHeader = headerIdentity(headers.got.get(i + 1)!, whole.length);
      expect([name, fromHeader]).toEqual([name, headerIdentity(whole, whole.length)]);
      expect([name, fromHeader === null]).toEqual([name, /^no(thing| header)/.test(name)]);
    }
  });

  it('joins copies in different mailboxes, and no two mails that merely have no header and one size', async () => {
    const texts = ['\r\nBody one.\r\n', '\r\nBody two.\r\n', odd.plain!, odd['line feeds']!];
    for (const text of texts) await deliver('INBOX', text);
    for (const text of texts.slice(1)) await deliver('Projects', text);
    await deliver('Projects', '\r\nBody six.\r\n');
    const mirror = new Mirror();
    await mirror.round(await open());
    expect(mirror.all()).toHaveLength(8);
    expect(mirror.mails.size).toBe(5);
  });

  it('stays when UIDs are given anew, fifty times in a row, without a copy too many', async () => {
    for (const text of Object.values(odd)) await deliver('INBOX', text);
    const mirror = new Mirror();
    await mirror.round(await open());
    const before = [...mirror.mails.keys()].toSorted();
    expect(before).toHaveLength(Object.keys(odd).length);
    for (let time = 1; time <= 50; time++) {
      await dovecot.changeUidValidity(USER, 'INBOX', 4_000_000_000 + time);
      // Half of them on a connection that has the mailbox open already.
      if (time % 2 === 0) {
        await source!.close();
        await open();
      }
      await mirror.round(source!).catch(async (fault: unknown) => {
        expect(fault).toMatchObject({ code: 'unavailable' });
        await source!.close();
        await mirror.round(await open());
      });
      expect([...mirror.mails.keys()].toSorted()).toEqual(before);
      expect(mirror.in('INBOX').map(({ uidValidity }) => uidValidity)).toEqual(before.map(() => 4_000_000_000 + time));
    }
  });
});

function manyUsers(): Record<string, string> {
  return Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`user${i + 1}@example.com`, PASSWORD]));
}

function worldOf(dovecot: Dovecot, user: string): World {
  const act = async (
    subject: string,
    work: (client: Awaited<ReturnType<Dovecot['client']>>, uids: number[]) => Promise<unknown>,
  ): Promise<void> => {
    const client = await dovecot.client(user);
    await client.mailboxOpen('INBOX');
    const uids = (await client.search({ header: { subject } }, { uid: true })) || [];
    await work(client, uids);
    await client.logout();
  };
  return {
    inbox: 'INBOX',
    other: 'Projects/Süd',
    watched: 'INBOX',
    open: (timing) => {
      const { host, port, ca } = dovecot;
      return openImapSource(
        { host, port, ca },
        { email: user, appPassword: PASSWORD },
        { logger, ...(timing ? { timing } : {}) },
      );
    },
    deliver: ({ raw, flags, date, other }) =>
      dovecot.deliver(user, other ? 'Projects/Süd' : 'INBOX', raw, {
        ...(flags ? { flags } : {}),
        ...(date ? { internalDate: date } : {}),
      }),
    setFlags: (subject, flags) =>
      act(subject, (client, uids) => client.messageFlagsSet(uids, [...flags], { uid: true })),
    move: (subject) =>
      act(subject, async (client, uids) => {
        await client.mailboxCreate('Projects/Süd');
        await client.messageMove(uids, 'Projects/Süd', { uid: true });
      }),
    expunge: (subject) => act(subject, (client, uids) => client.messageDelete(uids, { uid: true })),
    changeUidValidity: () => dovecot.changeUidValidity(user, 'INBOX', 4_000_000_000),
    cut: async () => {
      await dovecot.doveadm('kick', user);
    },
    flagsOf: async (subject) => {
      let flags: string[] = [];
      await act(subject, async (client, uids) => {
        const mail = await client.fetchOne(`${uids[0]}`, { flags: true }, { uid: true });
        if (mail) flags = [...(mail.flags ?? [])];
      });
      return flags;
    },
  };
}
