// Prints the service key to the person who owns the machine.
import { KEY_FILES, readKeyFile } from '../accounts/key-files.ts';
import { AppError } from '../base/errors.ts';
import type { Config } from '../config.ts';

/** Writes the first service key to stdout; reads only. */
export async function keyShow(config: Config): Promise<number> {
  const key = config.serviceKeys[0] ?? readKeyFile(config.keyDir, KEY_FILES.service);
  if (!key)
    throw new AppError('not_found', `There is no service key in ${config.keyDir} yet.`, {
      hint: 'mailroom serve makes one on its first start.',
    });
  process.stdout.write(`${key}\n`);
  return 0;
}
