// The pretend Gmail as a command: seeded mailboxes behind IMAP, SMTP, Google's HTTP and a control port, and how to point Mailroom at them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { AppError, invalidInput } from '../base/errors.ts';
import { startControl } from '../sandbox/control.ts';
import type { Language } from '../sandbox/folder-names.ts';
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts';
import { seedMailboxes } from '../sandbox/seed.ts';
import type { UserOptions } from '../sandbox/user.ts';

type Values = Readonly<Record<string, string | boolean | undefined>>;

const DEFAULT_USERS = 'jane@gmail.example,sam@gmail.example';
/** What everybody has who brings none: in the form in which Google shows them. */
export const APP_PASSWORD = 'abcd efgh ijkl mnop';
const LANGUAGES: readonly Language[] = ['en', 'en-GB', 'de', 'tr', 'ja'];
const MOST_MAILS = 50_000;

/** Starts it and stays up until a signal; prints where it is, for people or (`--json`) as one line. */
export async function sandbox(values: Values): Promise<undefined> {
  const users = usersFrom(String(values.users ?? DEFAULT_USERS), languageFrom(values.language));
  const seed = wholeNumber(values, 'seed', 1, 0, 2 ** 31);
  const mails = wholeNumber(values, 'mails', 500, 0, MOST_MAILS);
  const until = values.until === undefined ? undefined : dateFrom(String(values.until));
  const ports = {
    imap: wholeNumber(values, 'imap-port', 1993, 0, 65_535),
    smtp: wholeNumber(values, 'smtp-port', 1587, 0, 65_535),
    google: wholeNumber(values, 'google-port', 1980, 0, 65_535),
    control: wholeNumber(values, 'control-port', 1900, 0, 65_535),
  };
  const gmail = await bound('imap-port, --smtp-port or --google-port', () =>
    startSandbox({ users, imapPort: ports.imap, smtpPort: ports.smtp, googlePort: ports.google }),
  );
  const control = await bound('control-port', () => startControl(gmail, ports.control)).catch(
    async (error: unknown) => {
      await gmail.close();
      throw error;
    },
  );
  seedMailboxes(gmail.users, { seed, mails, until });
  const folder = values['ca-file'] === undefined ? mkdtempSync(join(tmpdir(), 'mailroom-sandbox-')) : null;
  const caFile = folder ? join(folder, 'ca.pem') : resolve(String(values['ca-file']));
  try {
    writeFileSync(caFile, gmail.ca);
  } catch {
    await gmail.close();
    throw new AppError('unavailable', `The authority cannot be written to ${caFile}.`, {
      hint: 'Give a path in a folder that is there and that you may write to.',
    });
  }
  const end = async () => {
    await Promise.all([gmail.close(), control.close()]);
    if (folder) rmSync(folder, { recursive: true, force: true });
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void end());
  const place = { gmail, users, caFile, control: `http://127.0.0.1:${control.port}` };
  process.stdout.write(values.json === true ? `${JSON.stringify(asJson(place))}\n` : asText(place));
  return undefined;
}

interface Place {
  readonly gmail: Sandbox;
  readonly users: readonly UserOptions[];
  readonly caFile: string;
  readonly control: string;
}

/** The variables that lead Mailroom to a sandbox. */
export function environmentFor(
  gmail: Pick<Sandbox, 'imap' | 'smtp' | 'google'>,
  caFile: string,
): Record<string, string> {
  return {
    NODE_EXTRA_CA_CERTS: caFile,
    GMAIL_IMAP_HOST: 'localhost',
    GMAIL_IMAP_PORT: String(gmail.imap.port),
    GMAIL_SMTP_HOST: 'localhost',
    GMAIL_SMTP_PORT: String(gmail.smtp.port),
    ...gmail.google.env,
  };
}

const asJson = ({ gmail, users, caFile, control }: Place) => ({
  msg: 'ready',
  imap: gmail.imap,
  smtp: gmail.smtp,
  google: gmail.google.origin,
  control,
  ca_file: caFile,
  users: users.map(({ email, appPassword }) => ({ email, app_password: appPassword })),
  env: environmentFor(gmail, caFile),
});

function asText({ gmail, users, caFile, control }: Place): string {
  const people = users.map(({ email, appPassword }) => {
    const { size } = gmail.user(email);
    return `  ${email}   App Password ${appPassword}   ${size} mails`;
  });
  const exports = Object.entries(environmentFor(gmail, caFile)).map(([name, value]) => `  export ${name}=${value}`);
  return `A pretend Gmail is up. Nothing leaves this machine; Ctrl-C ends it and forgets everything.

${people.join('\n')}

Point Mailroom at it: in another terminal, before \`npm start\` (or \`mailroom serve\`),

${exports.join('\n')}

Google's sign-in and the Gmail API are at ${gmail.google.origin}; the consent page asks for no password.
Deliver mail, break things, learn the truth:   curl ${control}
`;
}

function usersFrom(text: string, language: Language): UserOptions[] {
  const users = text.split(',').map((word) => {
    const [email = '', ...password] = word.trim().split(':');
    if (!/^[^\s@]+@[^\s@]+$/.test(email))
      throw invalidInput('users', '--users takes addresses with commas.', usersHint);
    return { email, appPassword: password.join(':') || APP_PASSWORD, language };
  });
  if (new Set(users.map(({ email }) => email.toLowerCase())).size < users.length)
    throw invalidInput('users', '--users names an address twice.', usersHint);
  return users;
}

const usersHint = 'For example --users ann@gmail.example,bob@gmail.example:ponmlkjihgfedcba.';

function languageFrom(value: string | boolean | undefined): Language {
  const language = LANGUAGES.find((each) => each === (value ?? 'en'));
  if (!language) throw invalidInput('language', `--language takes one of ${LANGUAGES.join(', ')}.`);
  return language;
}

function dateFrom(text: string): Date {
  const date = text === 'now' ? new Date() : new Date(text);
  if (Number.isNaN(date.getTime())) throw invalidInput('until', '--until takes a date such as 2026-10-31, or now.');
  return date;
}

function wholeNumber(values: Values, name: string, fallback: number, lowest: number, highest: number): number {
  const given = values[name];
  if (given === undefined) return fallback;
  const number = /^\d+$/.test(String(given)) ? Number(given) : Number.NaN;
  if (!(number >= lowest && number <= highest))
    throw invalidInput(name, `--${name} takes a whole number from ${lowest} to ${highest}.`);
  return number;
}

/** A port that is taken is named by its flag. */
async function bound<T>(flag: string, start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    const port = (error as { port?: number }).port;
    throw new AppError('conflict', `Port ${port} is taken: give another with --${flag}; 0 takes a free one.`);
  }
}
