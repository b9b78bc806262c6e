// Walks the chain of the audit and says whether anything was changed in it. Changes nothing.
import { chainKeys } from '../accounts/audit-key.ts';
import { Vault } from '../accounts/vault.ts';
import { AppError } from '../base/errors.ts';
import type { Config } from '../config.ts';
import { ControlStore } from '../store/control.ts';
import { cureForMissingKey, givenKeys } from './keys.ts';

/** Prints what it found; status 1 with the first row that is wrong. */
export async function auditVerify(config: Config): Promise<number> {
  const control = await ControlStore.openForReading(config.dataDir);
  if (!control) {
    process.stdout.write(`Nothing is stored in ${config.dataDir} yet.\n`);
    return 0;
  }
  try {
    const keys = givenKeys(config);
    if (keys.length === 0)
      throw new AppError('unavailable', 'No encryption key is given, so the chain cannot be checked.', {
        hint: cureForMissingKey(config),
      });
    const { rows, last, bad, open, unclean } = await control.audit.verify(
      await chainKeys(new Vault(keys), control.audit),
    );
    for (const { seq, at } of unclean)
      tell(
        'note',
        `row ${seq}: the process before had been killed (started again ${new Date(at).toISOString()}); calls of its last moment may be missing`,
      );
    if (open)
      tell('note', 'the process that writes is running, or was killed; calls of its last moment may not be here');
    if (bad) {
      tell('BAD', `row ${bad.seq}: ${bad.what}`);
      return 1;
    }
    tell('ok', `${rows} rows, the last is row ${last.seq} with hash ${last.hash || '(none)'}`);
    return 0;
  } finally {
    await control.close();
  }
}

const tell = (word: string, text: string): void => void process.stdout.write(`${word.padEnd(5)} ${text}\n`);
