// Compares every stored mailbox with itself and, when asked, with its server. Changes nothing.
import { GoogleOAuth } from '../accounts/google.ts';
import { AccountOpener } from '../accounts/open.ts';
import { AppError } from '../base/errors.ts';
import { createLogger } from '../base/log.ts';
import type { Config } from '../config.ts';
import { type AccountRow, ControlStore } from '../store/control.ts';
import type { MailboxReader } from '../store/mailbox-reader.ts';
import { MailboxReaders } from '../store/mailbox-readers.ts';
import { verifyMailbox } from '../store/verify-mailbox.ts';
import { gmailServer } from './gmail-server.ts';
import { openVault } from './keys.ts';

export interface VerifyOptions {
  readonly server: boolean;
  readonly account: string | undefined;
}

/** Prints what does not agree, an account at a time; status 1 when anything does not. */
export async function verify(config: Config, { server, account }: VerifyOptions): Promise<number> {
  const control = await ControlStore.openForReading(config.dataDir);
  if (!control) {
    process.stdout.write(`Nothing is stored in ${config.dataDir} yet.\n`);
    return 0;
  }
  const mailboxes = new MailboxReaders(config.dataDir);
  try {
    const wanted = (await control.accounts()).filter((row) => !account || row.id === account || row.email === account);
    if (account && wanted.length === 0)
      throw new AppError('not_found', 'There is no such account.', { hint: '--account takes an id or an address.' });
    if (wanted.length === 0) process.stdout.write('No account is connected yet.\n');
    const vault = server && wanted.length > 0 ? await openVault(config, control) : null;
    const examine = async (row: AccountRow) => {
      const mailbox = mailboxes.of(row.id);
      if (!mailbox) return { counts: { messages: 0, copies: 0 }, findings: [] };
      const findings = verifyMailbox(mailbox.db);
      if (vault) findings.push(...(await compareWithServer(config, control, vault, row, mailbox)));
      return { counts: mailbox.counts(), findings: findings.map(({ check, count }) => `${count} × ${check}`) };
    };
    let sound = true;
    for (const row of wanted) {
      const { counts, findings } = await examine(row).catch((error: unknown) => {
        if (!(error instanceof AppError)) throw error;
        return { counts: null, findings: [`${error.message} ${error.hint}`] };
      });
      if (findings.length > 0) sound = false;
      const held = counts ? `${counts.messages} mails, ${counts.copies} copies` : 'not compared';
      process.stdout.write(`${findings.length === 0 ? 'ok  ' : 'BAD '}  ${row.id}  ${held}\n`);
      for (const finding of findings) process.stdout.write(`      ${finding}\n`);
    }
    return sound ? 0 : 1;
  } finally {
    mailboxes.close();
    await control.close();
  }
}

async function compareWithServer(
  config: Config,
  control: ControlStore,
  vault: Awaited<ReturnType<typeof openVault>>,
  row: AccountRow,
  mailbox: MailboxReader,
) {
  const log = createLogger('error');
  const opener = new AccountOpener({
    control,
    vault,
    imap: config.imap,
    smtp: config.smtp,
    google: config.google && new GoogleOAuth(config.google),
    gmail: config.google && gmailServer(config.google),
    // It only looks; the server notes what it meets by itself.
    onRefused: async () => undefined,
    log,
  });
  const source = await opener.open(row);
  try {
    const held = mailbox.copyFlags();
    let missing = 0;
    let different = 0;
    for await (const entry of source.inventory(new AbortController().signal)) {
      const key = `${entry.path}\n${entry.uidValidity}\n${entry.uid}`;
      const flags = held.get(key);
      held.delete(key);
      if (flags === undefined) missing++;
      else if (flags !== entry.flags.includes('seen')) different++;
    }
    return [
      { check: 'copies at the server that are not here', count: missing },
      { check: 'copies here that are not at the server', count: held.size },
      { check: 'copies whose read mark differs from the server’s', count: different },
    ].filter(({ count }) => count > 0);
  } finally {
    await source.close();
  }
}
