// The environment, read once into a typed configuration. The only file that knows variable names; opens no port, makes no
// folder and never reads the process's environment by itself.
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import { invalidInput } from './base/errors.ts';
import { GOOGLE_VARIABLES, type GoogleConfig, googleOf } from './config/google.ts';
import { SEND_LIMITS, type SendLimits, sendLimits } from './config/send-limits.ts';
import {
  bool,
  days,
  define,
  HOST_NAME,
  host,
  isLoopback,
  list,
  origin,
  port,
  url,
  type Variable,
} from './config/variable.ts';

export type { GoogleConfig } from './config/google.ts';
export { isLoopback } from './config/variable.ts';

const database = z
  .string()
  .transform(databaseFolder)
  .refine((folder) => folder !== null);
const key32 = z.string().refine((text) => decodeKey(text) !== null);

const VARIABLES = {
  HOST: define(host, '127.0.0.1', HOST_NAME, 'The address to listen on.'),
  PORT: define(port(0), '8000', 'a port from 0 to 65535', 'The port to listen on; 0 takes a free one.'),
  PUBLIC_URL: define(
    url.or(z.literal('')),
    '',
    'an http or https URL without query',
    'What people and clients are told; from HOST and PORT when left out.',
  ),
  INTERNAL_URL: define(
    url.or(z.literal('')),
    '',
    'an http or https URL without query',
    'The address for agents beside the server.',
  ),
  ALLOWED_HOSTS: define(
    list,
    '',
    'host names with commas',
    'Further Host headers to accept, for example mail.example.com.',
  ),
  ALLOWED_ORIGINS: define(
    list,
    '',
    'origins with commas',
    'Further Origin headers to accept, for example https://app.example.com.',
  ),
  TRUST_PROXY: define(
    z.string().regex(/^\d$/).transform(Number),
    '0',
    'the number of proxies in front, 0 to 9',
    'How many proxies stand in front and set X-Forwarded-For.',
  ),
  ALLOW_HTTP: define(bool, 'false', 'true or false', 'Admits an http: PUBLIC_URL off loopback.'),
  ALLOW_SHARED_ADDRESS: define(bool, 'false', 'true or false', 'Lets two users connect the same address.'),
  DATA_DIR: define(z.string(), './data', 'a folder', 'Everything that Mailroom stores. Put it on an encrypted disk.'),
  KEY_DIR: define(
    z.string(),
    '~/.config/mailroom',
    'a folder outside DATA_DIR',
    'Key files, mode 0600; never part of a backup of DATA_DIR.',
  ),
  DATABASE_URL: define(
    database,
    '',
    "sqlite:<folder>, sqlite:///path/file.db (that file's folder is meant), or nothing",
    'Another way to say DATA_DIR.',
  ),
  ENCRYPTION_KEY: define(
    list.pipe(z.array(key32)),
    '',
    '32 bytes in base64 or base64url; several with commas, the first one writes',
    'Seals credentials. Made in KEY_DIR on first start when left out.',
    true,
  ),
  MAILROOM_SERVICE_KEY: define(
    list.pipe(z.array(z.string().min(16))),
    '',
    'at least 16 characters; several with commas are all valid',
    "The operator's key to every door. Made in KEY_DIR on first start when left out.",
    true,
  ),
  MAILROOM_TOKEN: define(
    z.string(),
    '',
    'a service key or a profile’s token',
    'Who calls through `mailroom stdio`; left out: MAILROOM_SERVICE_KEY when it is set, else the profile desktop of the user me.',
    true,
  ),
  ENABLE_BACKGROUND_POLLING: define(bool, 'true', 'true or false', 'Keeps accounts in step without being asked.'),
  INBOX_POLL_INTERVAL_SECONDS: define(
    z
      .string()
      .regex(/^\d+$/)
      .transform(Number)
      .refine((n) => n >= 1 && n <= 86_400),
    '60',
    'whole seconds from 1 to 86400',
    'How often to look, beneath IDLE.',
  ),
  GMAIL_IMAP_HOST: define(host, 'imap.gmail.com', HOST_NAME, 'The IMAP server.'),
  GMAIL_IMAP_PORT: define(port(1), '993', 'a port from 1 to 65535', 'Its port; always implicit TLS.'),
  GMAIL_SMTP_HOST: define(host, 'smtp.gmail.com', HOST_NAME, 'The SMTP server.'),
  GMAIL_SMTP_PORT: define(port(1), '465', 'a port from 1 to 65535', 'Its port; any but 465 requires STARTTLS.'),
  ...GOOGLE_VARIABLES,
  RETURN_TO_ORIGINS: define(
    list.pipe(z.array(origin)),
    '',
    'origins with commas',
    'Where a person may be sent back to after connecting, for example https://app.example.com.',
  ),
  DEFAULT_PERMISSIONS: define(
    list.pipe(z.array(z.enum(['read', 'draft', 'send']))),
    'read,draft',
    'read, draft, send with commas',
    'What new profiles may do.',
  ),
  SEND_LIMITS: define(
    sendLimits,
    SEND_LIMITS,
    'mail, minute, day and new_day, each with = and a number, with commas',
    'What one profile may send: recipients a mail, mails a minute and a day, new recipients a day.',
  ),
  REAUTH_GRACE_DAYS: define(
    days,
    '7',
    'whole days',
    'How long the copy of an account that has to be connected again stays readable.',
  ),
  DELETE_AFTER_DAYS: define(
    days.or(z.literal('')),
    '',
    'whole days, or nothing for never',
    'When the copy of an account that has to be connected again is deleted.',
  ),
  LOG_LEVEL: define(
    z
      .string()
      .toLowerCase()
      .pipe(z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])),
    'info',
    'trace, debug, info, warn, error or silent',
    'How much goes to stderr.',
  ),
} as const;

const DAY_MS = 24 * 3_600_000;

type Name = keyof typeof VARIABLES;
type Values = { [K in Name]: z.output<(typeof VARIABLES)[K]['schema']> };

/** A mail server's address. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

/** Everything that the process was told, with defaults filled in and checked. Durations in milliseconds, paths absolute. */
export interface Config {
  readonly host: string;
  readonly port: number;
  readonly publicUrl: string | null;
  readonly internalUrl: string | null;
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
  readonly trustProxy: number;
  readonly allowSharedAddress: boolean;
  readonly dataDir: string;
  readonly keyDir: string;
  /** 32 bytes each; the first writes. Empty: the key file in keyDir. */
  readonly encryptionKeys: readonly Buffer[];
  /** Empty: the key file in keyDir. */
  readonly serviceKeys: readonly string[];
  /** The caller of `stdio`; null: a service key that was given, else the desktop's profile. */
  readonly token: string | null;
  readonly backgroundPolling: boolean;
  readonly pollIntervalMs: number;
  readonly imap: ServerAddress;
  readonly smtp: ServerAddress;
  /** Google's OAuth client and where Google is asked; null when it is not set up. */
  readonly google: GoogleConfig | null;
  readonly returnToOrigins: readonly string[];
  /** What new profiles may do. */
  readonly defaultPermissions: readonly ('read' | 'draft' | 'send')[];
  readonly sendLimits: SendLimits;
  readonly reauthGraceMs: number;
  /** Null: never. */
  readonly deleteAfterMs: number | null;
  readonly logLevel: string;
}

/**
 * The variables of the process, with those of `.env` in the working directory beneath them; an empty one counts as not
 * set. Throws `invalid_input` when the file is there but cannot be read.
 */
export function environment(cwd: string, own: NodeJS.ProcessEnv): Record<string, string | undefined> {
  const file = join(cwd, '.env');
  if (!existsSync(file)) return own;
  const said = Object.entries(own).filter(([, text]) => text?.trim());
  try {
    return { ...parseEnv(readFileSync(file, 'utf8')), ...Object.fromEntries(said) };
  } catch {
    throw invalidInput('.env', 'The file .env in the working directory cannot be read.');
  }
}

/**
 * Checks the environment and gives it types. Throws `invalid_input` that names the variable and what would be right,
 * never its value.
 */
export function readConfig(env: Record<string, string | undefined>, cwd: string): Config {
  const v = readValues(env);
  const folder = (path: string) => resolve(cwd, path.replace(/^~(?=\/|$)/, homedir()));
  const dataDir = folder(v.DATABASE_URL || v.DATA_DIR);
  const keyDir = folder(v.KEY_DIR);
  if (isUnder(dataDir, keyDir))
    throw invalidInput(
      'KEY_DIR',
      'KEY_DIR lies under DATA_DIR, so a copy of the data would carry its keys. Choose a folder outside.',
    );
  const publicUrl = v.PUBLIC_URL || null;
  const toldHost = publicUrl ? new URL(publicUrl).hostname : v.HOST;
  if (!publicUrl?.startsWith('https:') && !isLoopback(toldHost) && !v.ALLOW_HTTP)
    throw invalidInput(
      'PUBLIC_URL',
      'PUBLIC_URL is http: off loopback, so keys would travel in the clear. Give an https: one, or set ALLOW_HTTP=true.',
    );
  return {
    host: v.HOST,
    port: v.PORT,
    publicUrl,
    internalUrl: v.INTERNAL_URL || null,
    allowedHosts: v.ALLOWED_HOSTS,
    allowedOrigins: v.ALLOWED_ORIGINS,
    trustProxy: v.TRUST_PROXY,
    allowSharedAddress: v.ALLOW_SHARED_ADDRESS,
    dataDir,
    keyDir,
    encryptionKeys: v.ENCRYPTION_KEY.map((text) => decodeKey(text)!),
    serviceKeys: v.MAILROOM_SERVICE_KEY,
    token: v.MAILROOM_TOKEN || null,
    backgroundPolling: v.ENABLE_BACKGROUND_POLLING,
    pollIntervalMs: v.INBOX_POLL_INTERVAL_SECONDS * 1000,
    imap: { host: v.GMAIL_IMAP_HOST, port: v.GMAIL_IMAP_PORT },
    smtp: { host: v.GMAIL_SMTP_HOST, port: v.GMAIL_SMTP_PORT },
    google: googleOf(v),
    returnToOrigins: v.RETURN_TO_ORIGINS,
    defaultPermissions: v.DEFAULT_PERMISSIONS,
    sendLimits: v.SEND_LIMITS,
    reauthGraceMs: v.REAUTH_GRACE_DAYS * DAY_MS,
    deleteAfterMs: v.DELETE_AFTER_DAYS === '' ? null : v.DELETE_AFTER_DAYS * DAY_MS,
    logLevel: v.LOG_LEVEL,
  };
}

/** The text of `.env.example`: every variable with its default and what it means. */
export function envExample(): string {
  const blocks = variables().map(({ name, fallback, right, about, secret }) => {
    const file = secret ? ` May come from the file that ${name}_FILE names.` : '';
    return `# ${about}${file}\n# Value: ${right}.\n#${name}=${fallback}\n`;
  });
  return `# Mailroom's environment. Every variable may be left out; the values shown are the defaults.\n\n${blocks.join('\n')}`;
}

function variables(): Variable[] {
  return Object.entries(VARIABLES).map(([name, variable]) => ({ name, ...variable }));
}

function readValues(env: Record<string, string | undefined>): Values {
  const values: Record<string, unknown> = {};
  for (const variable of variables()) {
    const text = textOf(variable, env) || variable.fallback;
    const parsed = variable.schema.safeParse(text);
    if (!parsed.success) throw invalidInput(variable.name, `${variable.name} must be ${variable.right}.`);
    values[variable.name] = parsed.data;
  }
  return values as Values;
}

function textOf({ name, secret }: Variable, env: Record<string, string | undefined>): string {
  const direct = env[name]?.trim() ?? '';
  const file = secret ? (env[`${name}_FILE`]?.trim() ?? '') : '';
  if (!file) return direct;
  if (direct) throw invalidInput(name, `Both ${name} and ${name}_FILE are set; keep one of them.`);
  let text = '';
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch {
    // Told below together with an empty one.
  }
  // An empty file must not pass for "left out": a fresh key would be made beside the one that was meant.
  if (!text) throw invalidInput(`${name}_FILE`, `The file that ${name}_FILE names is empty or cannot be read.`);
  return text;
}

/**
 * The folder that a database URL means, null when it cannot be understood. `sqlite:///path/file.db` is that file's
 * folder, `sqlite:///./file.db` one beside the working directory, `sqlite:<folder>` the folder itself.
 */
function databaseFolder(text: string): string | null {
  if (text === '') return '';
  const path = /^sqlite:(?:\/\/(?=\/))?(?!\/\/[^/]|:)([^?#]+)$/.exec(text)?.[1]?.replace(/^\/(?=\.\.?\/)/, '');
  if (path === undefined) return null;
  return /\.(db|sqlite3?)$/.test(path) ? dirname(path) : path;
}

function isUnder(parent: string, child: string): boolean {
  const way = relative(parent, child);
  return !isAbsolute(way) && way.split(sep)[0] !== '..';
}

function decodeKey(text: string): Buffer | null {
  const bytes = /^[A-Za-z0-9+/_-]+={0,2}$/.test(text) ? Buffer.from(text, 'base64') : null;
  return bytes?.length === 32 ? bytes : null;
}
