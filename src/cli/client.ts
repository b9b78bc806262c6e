// Prints or writes what an MCP client needs to know of this Mailroom, with a token of its own. Knows only the owner's public door
// and the client's one file.
import { copyFileSync, existsSync, mkdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { writeDurably } from '../accounts/key-files.ts';
import { AppError } from '../base/errors.ts';
import type { Config } from '../config.ts';
import { shownHost } from './address.ts';
import { type ClientName, ENTRY_NAME, type Entry, entryFor, type Machine, withEntry } from './client-config.ts';
import { DESKTOP, tokenFor } from './desktop-token.ts';
import { type Owner, ownerOf } from './owner.ts';
import { ENTRY } from './version.ts';

export interface ClientOptions {
  readonly write: boolean;
  readonly user?: string | undefined;
  readonly profile?: string | undefined;
  /** In the place of the client's own. */
  readonly file?: string | undefined;
}

const LASTS_S = 365 * 24 * 3600;
const SHOWN_TOKEN = 'gmail_…';

/** Throws, naming the file, when that holds something else than JSON; no token has been made then. */
export async function client(
  config: Config,
  name: ClientName,
  { write, user = DESKTOP.user, profile = DESKTOP.profile, file }: ClientOptions,
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const machine: Machine = {
    platform: process.platform,
    home: homedir(),
    appData: env.APPDATA,
    configHome: env.XDG_CONFIG_HOME,
    cwd: process.cwd(),
  };
  const owner = await ownerOf(config, { idle: true });
  try {
    const entry = (token: string): Entry => {
      const made = entryFor(
        name,
        { token, url: () => urlOf(config, owner), start: START, env: places(config, machine) },
        machine,
      );
      return file === undefined ? made : { ...made, path: file };
    };
    const shown = entry(SHOWN_TOKEN);
    const text = existsSync(shown.path) ? readFileSync(shown.path, 'utf8') : null;
    if (write && withEntry(text, shown) === null)
      throw new AppError(
        'conflict',
        `${shown.path} is not plain JSON with an object "${shown.member}", so it was not changed.`,
        {
          hint: 'Mend it, or leave out --write and put the entry in by hand.',
        },
      );
    const { token, token_id } = await tokenFor(owner.caller, { user, profile }, LASTS_S);
    try {
      if (write) change(shown, text, withEntry(text, entry(token))!);
      else print(entry(token));
    } catch (error) {
      // Nobody has it.
      await owner.caller.rest('DELETE', `/tokens/${token_id}`);
      throw error;
    }
    return 0;
  } finally {
    await owner.running?.stop();
  }
}

/** The address that a server of these settings has, also when none runs now. */
function urlOf({ publicUrl, host, port }: Config, { url, running }: Owner): string {
  if (publicUrl) return publicUrl;
  if (port !== 0) return `http://${shownHost(host)}:${port}`;
  if (running)
    throw new AppError('conflict', 'With PORT=0 the address is known only while a server runs.', {
      hint: 'Start mailroom serve first, or choose a PORT.',
    });
  return url;
}

const START = {
  command: process.execPath,
  args: [ENTRY, 'stdio'],
};

/** The client starts it in a folder of its own, where ./data would be another place. */
const places = ({ dataDir, keyDir }: Config, { home }: Machine): Record<string, string> => ({
  DATA_DIR: dataDir,
  ...(keyDir !== join(home, '.config', 'mailroom') && { KEY_DIR: keyDir }),
});

function print({ path, member, server, command }: Entry): void {
  const lines = [
    ...(command ? ['By its own command:', '', command, '', 'Or in its file:'] : ['In its file:']),
    `${path}`,
    '',
    JSON.stringify({ [member]: { [ENTRY_NAME]: server } }, null, 2),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function change({ path, member, server, shared }: Entry, before: string | null, after: string): void {
  const shown = JSON.stringify({ [ENTRY_NAME]: server }, null, 2).replaceAll('\n', '\n  ');
  process.stdout.write(`${path}: "${member}" gets\n  ${shown}\n`);
  mkdirSync(dirname(path), { recursive: true });
  // A file that is a link stays one.
  const target = before === null ? path : realpathSync(path);
  if (before !== null) {
    const backup = `${target}.${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')}.bak`;
    copyFileSync(target, backup);
    process.stdout.write(`As it was: ${backup}\n`);
  }
  // A token is in it now; nobody else is given more to read than before.
  writeDurably(target, after, before === null ? 0o600 : statSync(target).mode & 0o700);
  process.stdout.write('Written. Start the client anew.\n');
  if (shared) process.stdout.write('The file holds a token: do not commit it, or give it to others.\n');
}
