// Looks at everything that has to be right and says what is not, with its cure. Changes nothing.
import { existsSync, statSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { ASKED, CALLBACK_PATH } from '../accounts/google.ts';
import { KEY_FILES } from '../accounts/key-files.ts';
import { keyId } from '../accounts/vault.ts';
import { AppError } from '../base/errors.ts';
import type { Config, GoogleConfig, ServerAddress } from '../config.ts';
import { type AccountError, ControlStore } from '../store/control.ts';
import { readLock } from '../store/lock.ts';
import { shownHost } from './address.ts';
import { cureForMissingKey, givenKeys } from './keys.ts';

interface Finding {
  readonly ok: boolean;
  readonly text: string;
  readonly cure?: string;
}

const REACH_MS = 5000;

/** Prints one line a finding; status 1 when something has to be mended. */
export async function doctor(config: Config): Promise<number> {
  const findings = [
    { ok: true, text: `Configuration is sound; DATA_DIR ${config.dataDir}, KEY_DIR ${config.keyDir}` },
    owner(config),
    ...keyFiles(config),
    ...(await database(config)),
    await reach('IMAP', config.imap, true),
    await reach('SMTP', config.smtp, config.smtp.port === 465),
    ...(await google(config)),
  ];
  for (const { ok, text, cure } of findings)
    process.stdout.write(`${ok ? 'ok  ' : 'MEND'}  ${text}${cure ? `\n      ${cure}` : ''}\n`);
  return findings.every(({ ok }) => ok) ? 0 : 1;
}

function owner(config: Config): Finding {
  const holder = readLock(config.dataDir);
  return {
    ok: true,
    text: holder ? `Process ${holder.pid} serves at ${holder.url}` : 'No server is running on this DATA_DIR',
  };
}

function keyFiles(config: Config): Finding[] {
  return Object.values(KEY_FILES).map((name) => {
    const path = join(config.keyDir, name);
    const given = name === KEY_FILES.service ? config.serviceKeys.length > 0 : config.encryptionKeys.length > 0;
    if (given) return { ok: true, text: `${name}: given by the environment` };
    if (!existsSync(path)) return { ok: true, text: `${name}: will be made on the first start` };
    const open = (statSync(path).mode & 0o077) !== 0 && process.platform !== 'win32';
    return open
      ? { ok: false, text: `${path} can be read by others`, cure: `chmod 600 ${path}` }
      : { ok: true, text: `${path} is there, for its owner only` };
  });
}

async function database(config: Config): Promise<Finding[]> {
  if (!existsSync(config.dataDir))
    return [{ ok: true, text: `${config.dataDir} is not there yet: the first start makes it` }];
  let control: ControlStore | null;
  try {
    control = await ControlStore.openForReading(config.dataDir);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return [{ ok: false, text: `Database: ${error.message}`, cure: error.hint }];
  }
  if (!control) return [{ ok: true, text: 'Database: will be made on the first start' }];
  try {
    const accounts = await control.accounts();
    const ring = givenKeys(config).map(keyId);
    const missing = control.sealed.keyIds().filter((id) => !ring.includes(id));
    return [
      { ok: true, text: `Database opens; ${accounts.length} account(s)` },
      missing.length === 0
        ? { ok: true, text: 'Everything sealed can be opened' }
        : {
            ok: false,
            text: `What is stored is sealed under key ${missing.join(', ')}, which is not given`,
            cure: cureForMissingKey(config),
          },
      ...accounts.flatMap(({ id, status, last_error }) => {
        const error = last_error === null ? null : (JSON.parse(last_error) as AccountError);
        if (status !== 'needs_reauth' && !error) return [];
        return {
          ok: false,
          text: `Account ${id}: ${error?.message ?? 'it is no longer let in.'}`,
          cure: error?.cure || 'Add it again with a new App Password.',
        };
      }),
    ];
  } finally {
    await control.close();
  }
}

/** Google's client, what has to be registered for it, and whether Google can be reached. */
async function google(config: Config): Promise<Finding[]> {
  if (!config.google)
    return [{ ok: true, text: 'Google sign-in is not set up: App Passwords only (docs/google.md says how)' }];
  const origin = config.publicUrl ?? readLock(config.dataDir)?.url ?? `http://${shownHost(config.host)}:${config.port}`;
  const reached = await Promise.all(
    GOOGLE_PLACES.map(([name, key]) => {
      const { protocol, hostname, port } = new URL(config.google![key] as string);
      const secure = protocol === 'https:';
      return reach(name, { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (secure ? 443 : 80) }, secure);
    }),
  );
  return [
    origin.endsWith(':0')
      ? {
          ok: false,
          text: 'Google sign-in is set up, and PORT=0 gives the server another address at each start',
          cure: 'Set PORT or PUBLIC_URL: Google compares the redirect URI letter by letter.',
        }
      : {
          ok: true,
          text: 'Google sign-in is set up. Register this redirect URI at Google, as it stands:',
          cure: origin + CALLBACK_PATH,
        },
    { ok: true, text: 'and these scopes on its consent screen:', cure: ASKED.join(' ') },
    {
      ok: true,
      text: 'While the consent screen is in Testing a grant ends after 7 days, and only named test users can connect.',
      cure: 'In production but not verified: 100 people at most, past a warning page. Internal (Workspace): neither.',
    },
    ...reached,
  ];
}

const GOOGLE_PLACES: readonly (readonly [string, keyof GoogleConfig])[] = [
  ['Google’s tokens', 'tokenUrl'],
  ['the Gmail API', 'apiUrl'],
];

function reach(name: string, { host, port }: ServerAddress, implicitTls: boolean): Promise<Finding> {
  return new Promise((resolve) => {
    const where = `${name} at ${host}:${port}`;
    const socket = implicitTls ? connect({ host, port }) : connectPlain({ host, port });
    const end = (finding: Finding) => {
      socket.destroy();
      resolve(finding);
    };
    socket.setTimeout(REACH_MS, () =>
      end({ ok: false, text: `${where} does not answer`, cure: 'Check the network and the firewall.' }),
    );
    socket.once(implicitTls ? 'secureConnect' : 'connect', () => end({ ok: true, text: `${where} can be reached` }));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      end({
        ok: false,
        text: `${where} cannot be reached (${error.code ?? 'TLS'})`,
        cure: 'Check host, port, network; for a private CA set NODE_EXTRA_CA_CERTS.',
      }),
    );
  });
}
