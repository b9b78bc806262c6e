// The mail source's contract on a real server without Gmail's extensions, with and without mod-sequences.
import { describe } from 'vitest';
import { openImapSource } from '../../src/backend/imap/source.ts';
import { createLogger } from '../../src/base/log.ts';
import { type Dovecot, dovecotAvailable, startDovecot } from '../support/dovecot.ts';
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
        { reason: 'the server has no X-GM-EXT-1', tests: ['tells Gmail its own ids'] },
      ],
    });
  }
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
