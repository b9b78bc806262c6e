// The process: from the command line to a command. Loads only what the command needs.
import { parseArgs } from 'node:util';
import { AppError } from '../base/errors.ts';
import { type Config, environment, readConfig } from '../config.ts';
import { CLIENTS, type ClientName } from './client-config.ts';

interface Command {
  readonly usage: string;
  readonly about: string;
  /** What --help says beyond that: what happens, what to do next, what the exit status means. */
  readonly more: string;
  readonly options: Readonly<Record<string, { readonly type: 'boolean' | 'string'; readonly about: string }>>;
  /** The one word that it is given beside its flags; it must be one of `among` when there are such. */
  readonly argument?: { readonly name: string; readonly about: string; readonly among?: readonly string[] };
  /** Answers the exit status, or undefined to stay up. */
  readonly run: (values: Record<string, string | boolean | undefined>, argument: string) => Promise<number | undefined>;
}

/** Within the ten seconds that a supervisor grants between SIGTERM and SIGKILL. */
const LONGEST_GOODBYE_MS = 9000;

const config = (): Config => readConfig(environment(process.cwd(), process.env), process.cwd());

const COMMANDS: Readonly<Record<string, Command>> = {
  serve: {
    usage: 'mailroom serve',
    about: 'Runs the server: sync, MCP at /mcp, REST. The default command.',
    more: `Settings come from the environment and from .env in the working directory; .env.example lists them all.
When callers can be answered, a line {"msg":"ready","url":…} goes to stderr, and log lines as JSON after it.
The first start makes DATA_DIR (the mail) and the keys in KEY_DIR. One server owns a DATA_DIR.
SIGTERM and SIGINT end it within ten seconds; nothing is lost, not even by SIGKILL.

Try it: curl -s http://127.0.0.1:8000/accounts -H "Authorization: Bearer $(mailroom key show)"

Exit status: 0 ended by a signal, 1 cannot start, 2 a wrong flag or setting.`,
    options: {},
    async run() {
      const settings = config();
      const { start } = await import('./serve.ts');
      const running = await start(settings);
      let stopping = false;
      for (const signal of ['SIGINT', 'SIGTERM'] as const)
        process.on(signal, () => {
          if (stopping) process.exit(1);
          stopping = true;
          // Whatever is at hand is safe on the disk or will be asked for again, so patience has an end.
          setTimeout(() => process.exit(0), LONGEST_GOODBYE_MS).unref();
          void running.stop().then(() => process.exit(0));
        });
      const owner = await running.ownerLink();
      if (owner) process.stderr.write(`${JSON.stringify({ msg: 'open this once to become the owner', ...owner })}\n`);
      process.stderr.write(`${JSON.stringify({ msg: 'ready', url: running.url, pid: process.pid })}\n`);
      return undefined;
    },
  },
  demo: {
    usage: 'mailroom demo [--once] [--port N]',
    about: 'Shows in a minute what Mailroom does, with a pretend Gmail and real calls.',
    more: `It needs no account. Two people are connected, their mail is synced, searched, read and answered; each call is printed
with its answer, shortened. Then it stays up and says how to connect a client of your own. Everything lies in a temporary
folder that goes when it ends; settings of a Mailroom that is set up on this machine are neither read nor changed.

Exit status: 0 told, 1 something failed, 2 a wrong flag, 130 interrupted during the tour.`,
    options: {
      once: { type: 'boolean', about: 'end after the tour' },
      port: { type: 'string', about: "Mailroom's port (a free one)" },
    },
    run: async (values) =>
      (await import('./demo.ts')).demo({
        once: values.once === true,
        port: String(values.port ?? '0'),
        env: process.env,
      }),
  },
  sandbox: {
    usage: 'mailroom sandbox [--users LIST] [--mails N] [--json] …',
    about: 'Runs a pretend Gmail with seeded mailboxes: IMAP, SMTP, Google sign-in, the Gmail API and a control port.',
    more: `It needs no account and reaches nobody: mail stays in its memory, and Ctrl-C forgets it. It prints the people, their
App Passwords and the variables that lead Mailroom to it; its certificate authority is a file made anew each time.
The same --seed gives the same mailboxes. The control port speaks JSON on loopback: curl it to see what it can do.

Exit status: 0 ended by a signal, 1 cannot start, 2 a wrong flag.`,
    options: {
      users: { type: 'string', about: 'addresses with commas, each with :password if wanted' },
      mails: { type: 'string', about: 'how many in each mailbox, over ten years (500)' },
      seed: { type: 'string', about: 'which mails: the same number, the same bytes (1)' },
      until: { type: 'string', about: 'when the newest came: a date, or now (2026-10-31)' },
      language: { type: 'string', about: "of Gmail's folder names: en, en-GB, de, tr, ja (en)" },
      'imap-port': { type: 'string', about: '1993; 0 takes a free one' },
      'smtp-port': { type: 'string', about: '1587, STARTTLS; 0 takes a free one' },
      'google-port': { type: 'string', about: '1980, Google’s sign-in and the Gmail API; 0 takes a free one' },
      'control-port': { type: 'string', about: '1900; 0 takes a free one' },
      'ca-file': { type: 'string', about: 'where to write the authority (a temporary file)' },
      json: { type: 'boolean', about: 'one line of JSON for programs instead of the text' },
    },
    run: async (values) => (await import('./sandbox.ts')).sandbox(values),
  },
  connect: {
    usage: 'mailroom connect [--email ADDRESS]',
    about: 'Connects a Gmail account of your own: page, first sync, newest mail.',
    more: `Opens the page where Google sign-in or an App Password connects the account, and prints its address for any other
browser. Without a browser the App Password can be given here; it is not shown. Then the first sync is shown as it goes,
and the newest three subjects. It asks the Mailroom that owns DATA_DIR, or is one for as long as it takes.
The account belongs to the user "me".

Exit status: 0 connected, 1 not connected, 2 a wrong flag or setting, 130 interrupted.`,
    options: { email: { type: 'string', about: 'the address; the page then takes no other' } },
    run: async (values) =>
      (await import('./connect.ts')).connect(config(), values.email as string | undefined, process.env),
  },
  client: {
    usage: 'mailroom client CLIENT [--write] …',
    about: 'Prints, or writes, what an MCP client needs to use this Mailroom, with a fresh token.',
    more: `The token is of the profile "desktop" of the user "me", unless other ones are named; a profile that is not there is made
with read and draft. It lasts a year; GET /users/me/profiles/desktop/tokens lists it, DELETE /tokens/{token_id} ends it.
--write shows the change (without the token) and makes it: all else in the file stays, a copy of the file as it was lies beside
it. A file that is not plain JSON is refused and named, and nothing is made then. Files:
  claude-desktop  claude_desktop_config.json in its own folder; the client starts \`mailroom stdio\` itself
  claude-code     .mcp.json in the working directory, or the printed command
  cursor          ~/.cursor/mcp.json
  vscode          .vscode/mcp.json in the working directory
It asks the Mailroom that owns DATA_DIR, or opens DATA_DIR itself when none runs.

Exit status: 0 printed or written, 1 not, 2 a wrong flag or setting.`,
    options: {
      write: { type: 'boolean', about: 'change the file' },
      file: { type: 'string', about: 'another file than the usual one' },
      user: { type: 'string', about: 'whose mail (me)' },
      profile: { type: 'string', about: 'as which of his agents (desktop)' },
    },
    argument: { name: 'CLIENT', about: 'claude-desktop, claude-code, cursor or vscode', among: CLIENTS },
    run: async ({ write, user, profile, file }, name) =>
      (await import('./client.ts')).client(
        config(),
        name as ClientName,
        {
          write: write === true,
          user: user as string | undefined,
          profile: profile as string | undefined,
          file: file as string | undefined,
        },
        process.env,
      ),
  },
  stdio: {
    usage: 'mailroom stdio [--url URL]',
    about: 'MCP over stdin and stdout, for a desktop client that starts its servers itself.',
    more: `Asks the Mailroom that owns DATA_DIR, or the one at --url. When there is none it is the owner itself: it syncs, sends and
answers, and a second one asks it; when the owner ends, another takes over. stdout carries the protocol only.
The caller is the key or token in MAILROOM_TOKEN, else the service key in MAILROOM_SERVICE_KEY, else the profile "desktop" of the
user "me", made on first use with read and draft; \`mailroom connect\` connects accounts of that user. --url needs one of the
first two: the key that lies here is told to no other address. Ends when stdin closes.

Exit status: 0 stdin was closed, 1 cannot start, 2 a wrong flag or setting.`,
    options: { url: { type: 'string', about: 'the Mailroom to ask, for example http://127.0.0.1:8000' } },
    run: async (values) => (await import('./stdio.ts')).stdio(config(), values.url as string | undefined),
  },
  doctor: {
    usage: 'mailroom doctor',
    about: 'Checks configuration, keys, database and the reach of Gmail. Changes nothing.',
    more: `One line a finding: "ok", or "MEND" with what to do under it. Safe beside a running server; logs in nowhere.

Exit status: 0 all is well, 1 something has to be mended, 2 a wrong flag or setting.`,
    options: {},
    run: async () => (await import('./doctor.ts')).doctor(config()),
  },
  verify: {
    usage: 'mailroom verify [--server] [--account ID]',
    about: 'Compares every stored mailbox and its index with themselves. Changes nothing.',
    more: `One line an account: "ok", or "BAD" with what does not agree under it. Safe beside a running server, which may
be a moment behind the mail server or ahead of what was read. --server logs in and compares every copy and read mark;
it reads no mail.

Exit status: 0 all agrees, 1 something does not, 2 a wrong flag or setting.`,
    options: {
      server: { type: 'boolean', about: 'also compare with the mail server' },
      account: { type: 'string', about: 'only this account' },
    },
    run: async (values) =>
      (await import('./verify.ts')).verify(config(), {
        server: values.server === true,
        account: values.account as string | undefined,
      }),
  },
  'keys rotate': {
    usage: 'mailroom keys rotate',
    about: 'Seals every stored credential under a new encryption key, beside calls, sends and sync.',
    more: `A key that lies in KEY_DIR: a new one is written before it into encryption.key, everything is wrapped anew, and the old key
goes into the folder "retired", where it opens backups from before and nothing else. Keys from ENCRYPTION_KEY: put a new one
first (openssl rand -base64 32 makes one), the present one behind a comma, restart, then give this command; it says which may go.
Interrupted or killed, everything opens as before, and the same command goes on. It asks the Mailroom that owns DATA_DIR, or
does it itself when none runs. Values that do not open, since they were changed or moved, are named.

Exit status: 0 everything is under the new key, 1 something is not, 2 a wrong flag or setting.`,
    options: {},
    run: async () => (await import('./keys-rotate.ts')).keysRotate(config()),
  },
  'user erase': {
    usage: 'mailroom user erase USER_ID',
    about: 'Erases a user: accounts, mail, profiles, tokens and grants, with a report.',
    more: `Everything that Mailroom has of the user goes from the disk, at once and for good: accounts with their mail and outbox,
profiles, tokens, connect links, sign-ins, keys of that user alone. Google's grants are revoked; the report says which were not
and what to do by hand, and what stays and until when. Mail at Gmail stays. While it runs nothing can be added to the user;
afterwards the same id may begin anew. Interrupted or killed, it goes on with the next start or the same command; given again,
it prints the first report. It asks the Mailroom that owns DATA_DIR, or does it itself when none runs.

Exit status: 0 erased, also when nothing was known, 1 could not be ended, 2 a wrong flag or setting.`,
    options: {},
    argument: { name: 'USER_ID', about: 'the user_id that your app gave' },
    run: async (_, user) => (await import('./user-erase.ts')).userErase(config(), user),
  },
  'audit verify': {
    usage: 'mailroom audit verify',
    about: 'Checks that no row of the audit was changed, taken away or put in. Changes nothing.',
    more: `Each row's hash covers the row before it, under a key that lies sealed in the store; rows older than a year are taken
away up to an anchor, from where the check begins. Safe beside a running server. It prints the last row's hash: written
down elsewhere, it shows later that the whole store was not put back to an earlier day.

Exit status: 0 all is as it was written, 1 the first row that is not, 2 a wrong flag or setting.`,
    options: {},
    run: async () => (await import('./audit-verify.ts')).auditVerify(config()),
  },
  'key show': {
    usage: 'mailroom key show',
    about: 'Prints the service key, which opens every door of the server.',
    more: `It comes from MAILROOM_SERVICE_KEY, else from service.key in KEY_DIR, which the first start of the server makes.
Callers send it as "Authorization: Bearer <key>". Whoever has it reads the mail of all accounts.

Exit status: 0 printed, 1 there is none yet, 2 a wrong flag or setting.`,
    options: {},
    run: async () => (await import('./key-show.ts')).keyShow(config()),
  },
};

function help(command?: Command): string {
  if (command) {
    const { argument } = command;
    const options = Object.entries(command.options).map(([name, { about }]) => `  --${name.padEnd(12)} ${about}`);
    return [
      command.about,
      '',
      `Usage: ${command.usage}`,
      ...(argument ? [`  ${argument.name.padEnd(14)} ${argument.about}`] : []),
      ...options,
      '  -h, --help     this text',
      '',
      command.more,
      '',
    ].join('\n');
  }
  const lines = Object.values(COMMANDS).map(({ usage, about }) => `  ${usage}\n      ${about}`);
  return `Mailroom: many people's Gmail, synced, searched and served to AI agents.\n\n${lines.join('\n')}\n\nWithout a command: serve. --help after a command says more.\n`;
}

async function main(argv: readonly string[]): Promise<number | undefined> {
  const firstFlag = argv.findIndex((arg) => arg.startsWith('-'));
  const words = argv.slice(0, firstFlag < 0 ? 2 : Math.min(firstFlag, 2));
  const name =
    [words.join(' '), words[0] ?? ''].find((candidate) => Object.hasOwn(COMMANDS, candidate)) ??
    (words.length === 0 ? 'serve' : null);
  if (words.length === 0 && (argv.includes('--help') || argv.includes('-h'))) {
    process.stdout.write(help());
    return 0;
  }
  const command = name === null ? undefined : COMMANDS[name];
  if (!command || name === null) {
    const longer = Object.keys(COMMANDS).find((each) => each.startsWith(`${words[0]} `));
    throw new AppError('invalid_input', `There is no command "${words.join(' ')}".`, {
      hint: longer ? `There is mailroom ${longer}.` : 'mailroom --help lists them.',
    });
  }
  const rest = words.length === 0 ? argv : argv.slice(name.split(' ').length);
  const { values, positionals } = readFlags(rest, command);
  if (values.help) {
    process.stdout.write(help(command));
    return 0;
  }
  return command.run(values, argumentOf(command, positionals));
}

/** Throws when it is missing or none that is known. */
function argumentOf({ argument, usage }: Command, [given, ...more]: readonly string[]): string {
  const hint = `Usage: ${usage}; --help says more.`;
  if (!argument) return '';
  if (given === undefined || given === '')
    throw new AppError('invalid_input', `${argument.name} is missing.`, { hint });
  if (more.length > 0) throw new AppError('invalid_input', `There is one ${argument.name} too many.`, { hint });
  if (argument.among && !argument.among.includes(given))
    throw new AppError('invalid_input', `"${given}" is not one of ${argument.among.join(', ')}.`, { hint });
  return given;
}

function readFlags(args: readonly string[], { options, usage, argument }: Command) {
  try {
    return parseArgs({
      args: [...args],
      options: { ...options, help: { type: 'boolean', short: 'h' } },
      strict: true,
      allowPositionals: argument !== undefined,
    });
  } catch (error) {
    const first = (error as Error).message.split(/[.\n]/)[0];
    throw new AppError('invalid_input', `${first}.`, { hint: `Usage: ${usage}; --help says more.` });
  }
}

/** What the machine says of itself, in our words. */
function whatIsWrong({ code, message }: NodeJS.ErrnoException): string | null {
  if (code === 'EADDRINUSE') return 'The address is taken: choose another PORT.';
  if (message === 'fetch failed')
    return 'The Mailroom that runs did not answer, or ended meanwhile. Give the same command again.';
  return null;
}

// Whoever reads no further, as `head` does, has seen enough; what was begun is ended all the same.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

main(process.argv.slice(2)).then(
  (status) => {
    if (status !== undefined) process.exitCode = status;
  },
  (error: unknown) => {
    const known = error instanceof AppError ? error : null;
    const line = known
      ? [known.message, known.hint].filter(Boolean).join(' ')
      : (whatIsWrong(error as NodeJS.ErrnoException) ?? `Mailroom cannot do that: ${(error as Error).message}`);
    process.stderr.write(`${line.replaceAll('\n', ' ')}\n`);
    process.exit(known?.code === 'invalid_input' ? 2 : 1);
  },
);
