// The Mailroom that owns DATA_DIR, as a command finds it: the process that the lock names, or one that lives as long as the command.
import { KEY_FILES, readKeyFile } from '../accounts/key-files.ts';
import { AppError } from '../base/errors.ts';
import type { Config } from '../config.ts';
import { readLock } from '../store/lock.ts';
import { Caller } from './caller.ts';
import { serviceKeys } from './keys.ts';
import type { Running } from './serve.ts';

export interface Owner {
  readonly caller: Caller;
  /** Where it is reached from this machine. */
  readonly url: string;
  /** Null: another process is it. */
  readonly running: Running | null;
}

/** `idle`: when it is this process, it syncs nothing and sends nothing. Throws when the running one's key is not here. */
export async function ownerOf(config: Config, { idle = false }: { idle?: boolean } = {}): Promise<Owner> {
  const url = readLock(config.dataDir)?.url;
  if (url) {
    const key = config.serviceKeys[0] ?? readKeyFile(config.keyDir, KEY_FILES.service);
    if (!key)
      throw new AppError('unauthenticated', 'A Mailroom is running, and its service key is not here.', {
        hint: 'Set KEY_DIR or MAILROOM_SERVICE_KEY as the server has it.',
      });
    return { caller: new Caller({ url, key }), url, running: null };
  }
  const { start } = await import('./serve.ts');
  // The story is told on this terminal; a log would tear it.
  const quiet = { ...config, logLevel: config.logLevel === 'info' ? 'error' : config.logLevel };
  // The port of the settings is left to a server that may be started meanwhile.
  const settings = idle ? { ...quiet, host: '127.0.0.1', port: 0, publicUrl: null } : quiet;
  const running = await start(settings, { idle });
  return { caller: new Caller({ url: running.local, key: serviceKeys(config)[0]! }), url: running.local, running };
}
