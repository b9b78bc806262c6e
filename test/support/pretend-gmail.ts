// A Mailroom beside a pretend Gmail, with one account connected: where most journeys begin.
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import type { UserOptions } from '../../src/sandbox/user.ts';
import { authorityFile, eventually, type Mailroom } from './mailroom.ts';

export interface Letter {
  readonly to?: string;
  readonly from?: string;
  readonly body?: string;
  readonly fields?: string;
}

/** A short mail; its Message-ID follows from its subject. */
export function letter(
  subject: string,
  { to = 'jane@gmail.com', from = 'Amy Adams <amy@example.org>', body = 'Text.', fields = '' }: Letter = {},
): string {
  const id = subject.replaceAll(/\W+/g, '.');
  return `From: ${from}\r\nTo: ${to}\r\nSubject: ${subject}\r\nMessage-ID: <${id}@example.org>\r\n${fields}Date: Fri, 20 Nov 2026 10:00:00 +0000\r\n\r\n${body}\r\n`;
}

export interface PretendGmail {
  readonly gmail: Sandbox;
  /** What a Mailroom beside it is started with. */
  readonly env: Record<string, string>;
}

/** The servers, and the environment that leads to them; the authority's file goes into `folder`. */
export async function startPretendGmail(folder: string, users: readonly UserOptions[]): Promise<PretendGmail> {
  const gmail = await startSandbox({ users });
  return {
    gmail,
    env: {
      NODE_EXTRA_CA_CERTS: authorityFile(folder, gmail.ca),
      GMAIL_IMAP_HOST: 'localhost',
      GMAIL_IMAP_PORT: String(gmail.imap.port),
      GMAIL_SMTP_HOST: 'localhost',
      GMAIL_SMTP_PORT: String(gmail.smtp.port),
    },
  };
}

/** Connects an account and waits until its mail is here; answers its id. */
export async function connected(room: Mailroom, { email, appPassword }: UserOptions, user = 'u1'): Promise<string> {
  const { account_id } = await room.tool('add_gmail_account', { user_id: user, email, app_password: appPassword });
  await upToDate(room, account_id);
  return account_id;
}

export const upToDate = (room: Mailroom, account: string): Promise<unknown> =>
  eventually(async () => (await room.rest('GET', `/accounts/${account}`)).body.sync.state === 'up_to_date', 30_000);
