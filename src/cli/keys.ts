// The keys that the process works with: from the environment, else from KEY_DIR, else made on the first start.
import { KEY_FILES, KeyRing, makeKeyFile, readKeyFile } from '../accounts/key-files.ts';
import { type Binding, Vault } from '../accounts/vault.ts';
import { AppError } from '../base/errors.ts';
import type { Config } from '../config.ts';
import type { ControlStore } from '../store/control.ts';

/**
 * The key ring. A key is made only while nothing sealed is stored. Throws naming the missing key id when something
 * stored was sealed under a key that is not given; nothing has been changed then.
 */
export async function openVault(
  config: Config,
  control: ControlStore,
  onBroken: (row: Omit<Binding, 'field'>) => void = () => undefined,
): Promise<Vault> {
  const sealedUnder = new Set(control.sealed.keyIds());
  const keys = givenKeys(config);
  if (keys.length === 0 && sealedUnder.size === 0)
    keys.push(Buffer.from(makeKeyFile(config.keyDir, KEY_FILES.encryption), 'base64url'));
  if (keys.some((key) => key.length !== 32))
    throw new AppError('unavailable', `The key in ${KEY_FILES.encryption} under KEY_DIR is not 32 bytes.`, {
      hint: 'Put the right file back.',
    });
  const ring = keys.length > 0 ? new Vault(keys, onBroken) : null;
  const known = new Set(ring?.keyIds() ?? []);
  const missing = [...sealedUnder].filter((id) => !known.has(id));
  if (!ring || missing.length > 0)
    throw new AppError('unavailable', `What is stored is sealed under key ${missing.join(', ')}, which is not given.`, {
      hint: `${cureForMissingKey(config)} If it is lost for good, begin with an empty DATA_DIR and connect the accounts anew. Nothing was changed.`,
    });
  return ring;
}

/** The keys that open what is stored: those of the environment, else those that lie in KEY_DIR. */
export function givenKeys({ encryptionKeys, keyDir }: Config): Buffer[] {
  return encryptionKeys.length > 0 ? [...encryptionKeys] : new KeyRing(keyDir).keys();
}

/** The file that a change of the key writes; null where the environment gives the keys. */
export const keyRing = ({ encryptionKeys, keyDir }: Config): KeyRing | null =>
  encryptionKeys.length > 0 ? null : new KeyRing(keyDir);

export const cureForMissingKey = ({ encryptionKeys }: Config): string =>
  encryptionKeys.length > 0
    ? 'Add that key to ENCRYPTION_KEY, behind a comma; while it is set, the key in KEY_DIR is not looked at.'
    : 'Give that key back in ENCRYPTION_KEY, or as a further line of encryption.key under KEY_DIR; keys that were put aside lie in its folder `retired`.';

/** The service keys, one made on first start. */
export function serviceKeys(config: Config): readonly string[] {
  if (config.serviceKeys.length > 0) return config.serviceKeys;
  return [readKeyFile(config.keyDir, KEY_FILES.service) ?? makeKeyFile(config.keyDir, KEY_FILES.service, 'sk_')];
}
