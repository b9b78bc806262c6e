// The pretend Gmail as a command, to clients that know nothing of it: nodemailer, mbsync, and a Node that trusts its CA.
import { type spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newFolder, ranMailroom, removeFolder, runMailroom } from '../support/mailroom.ts';

interface Ready {
  readonly imap: { readonly port: number };
  readonly smtp: { readonly port: number };
  readonly google: string;
  readonly control: string;
  readonly ca_file: string;
  readonly env: Record<string, string>;
  readonly users: readonly { readonly email: string; readonly app_password: string }[];
}

const MBSYNC = '/usr/bin/mbsync';
const free = ['--imap-port', '0', '--smtp-port', '0', '--google-port', '0', '--control-port', '0'];
const folder = newFolder();
let child: ReturnType<typeof spawn>;
let ready: Ready;

beforeAll(async () => {
  child = runMailroom(['sandbox', '--json', '--mails', '30', '--language', 'tr', ...free], { env: {}, folder });
  const [line] = await new Promise<string[]>((resolve) =>
    createInterface(child.stdout!).once('line', (text) => resolve([text])),
  );
  ready = JSON.parse(line!);
});
afterAll(async () => {
  await end('SIGKILL');
  removeFolder(folder);
});

async function end(signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  child.kill(signal);
  return ended;
}

const mailsOf = async (email: string) =>
  ((await (await fetch(`${ready.control}/users/${email}/mails`)).json()) as { mails: { subject: string }[] }).mails;

describe('the sandbox command', () => {
  it('takes a mail from nodemailer and gives it to the other user', async () => {
    const [jane, sam] = ready.users;
    const transport = createTransport({
      host: 'localhost',
      port: ready.smtp.port,
      requireTLS: true,
      tls: { ca: readFileSync(ready.ca_file) },
      auth: { user: jane!.email, pass: jane!.app_password },
    });
    const sent = await transport.sendMail({ from: jane!.email, to: sam!.email, subject: 'Soup', text: 'Hot.' });
    transport.close();
    expect(sent.accepted).toEqual([sam!.email]);
    expect((await mailsOf(sam!.email)).at(-1)).toMatchObject({ subject: 'Soup', labels: ['\\Inbox'] });
    expect((await mailsOf(jane!.email)).at(-1)).toMatchObject({ subject: 'Soup', labels: ['\\Sent'] });
  });

  it('shows the same mails over the Gmail API as over IMAP, and names the way there', async () => {
    const { email } = ready.users[0]!;
    const allowed = await fetch(`${ready.control}/users/${email}/google`, { method: 'POST' });
    const { access_token } = (await allowed.json()) as { access_token: string };
    const list = await fetch(`${ready.google}/gmail/v1/users/me/messages?maxResults=500&includeSpamTrash=true`, {
      headers: { authorization: `Bearer ${access_token}` },
    });
    const { messages } = (await list.json()) as { messages: { id: string }[] };
    const truth = (await (await fetch(`${ready.control}/users/${email}/mails`)).json()) as { mails: { id: string }[] };
    expect(messages.map(({ id }) => id).sort()).toEqual(truth.mails.map(({ id }) => id).sort());
  });

  it('is mirrored by mbsync whole, with its labels, and once more without a change', async (context) => {
    if (!existsSync(MBSYNC)) return context.skip('mbsync is not installed');
    const [jane] = ready.users;
    const blocks = [
      `IMAPAccount pretend\nHost localhost\nPort ${ready.imap.port}\nUser ${jane!.email}\nPass "${jane!.app_password}"\nSSLType IMAPS\nCertificateFile ${ready.ca_file}`,
      'IMAPStore far\nAccount pretend',
      `MaildirStore near\nPath ${join(folder, 'mail')}/\nInbox ${join(folder, 'mail/INBOX')}\nSubFolders Verbatim`,
      'Channel all\nFar :far:\nNear :near:\nPatterns *\nCreate Near\nSync Pull\nSyncState *',
    ];
    writeFileSync(join(folder, 'mbsyncrc'), `${blocks.join('\n\n')}\n`);
    mkdirSync(join(folder, 'mail'));
    const pull = () => spawnSync(MBSYNC, ['-c', join(folder, 'mbsyncrc'), '-a', '-q'], { encoding: 'utf8' });
    for (const round of ['first', 'second']) expect([round, pull().stderr, pull().status]).toEqual([round, '', 0]);
    const all = join(folder, 'mail/[Gmail]/T&APw-m Postalar');
    const files = ['cur', 'new'].flatMap((part) => readdirSync(join(all, part)));
    expect(files).toHaveLength((await mailsOf(jane!.email)).length);
    expect(existsSync(join(folder, 'mail/Work/Projects'))).toBe(true);
  });

  it('says what leads Mailroom to it, and takes its authority away when it ends', async () => {
    expect(ready.env).toEqual({
      NODE_EXTRA_CA_CERTS: ready.ca_file,
      GMAIL_IMAP_HOST: 'localhost',
      GMAIL_IMAP_PORT: String(ready.imap.port),
      GMAIL_SMTP_HOST: 'localhost',
      GMAIL_SMTP_PORT: String(ready.smtp.port),
      GOOGLE_CLIENT_ID: expect.stringMatching(/\.apps\.googleusercontent\.com$/),
      GOOGLE_CLIENT_SECRET: expect.any(String),
      GOOGLE_AUTH_URL: `${ready.google}/o/oauth2/v2/auth`,
      GOOGLE_TOKEN_URL: `${ready.google}/token`,
      GOOGLE_REVOKE_URL: `${ready.google}/revoke`,
      GOOGLE_USERINFO_URL: `${ready.google}/v1/userinfo`,
      GOOGLE_JWKS_URL: `${ready.google}/oauth2/v3/certs`,
      GMAIL_API_URL: ready.google,
    });
    expect([await end('SIGINT'), existsSync(ready.ca_file)]).toEqual([0, false]);
  });

  it.each([
    [['--mails', 'many'], '--mails takes a whole number from 0 to 50000.'],
    [['--users', 'jane'], '--users takes addresses with commas.'],
    [['--users', 'a@x,A@x'], '--users names an address twice.'],
    [['--language', 'xx'], '--language takes one of en, en-GB, de, tr, ja.'],
  ])('refuses %s with one line and status 2', async (flags, line) => {
    const { code, err } = await ranMailroom(['sandbox', ...flags], { env: {}, folder });
    expect([code, err.trim().split('\n').length]).toEqual([2, 1]);
    expect(err).toContain(line);
  });
});
