// The keys that the process works with: from the environment, else from KEY_DIR, else made on the first start.
import { KEY_FILES, makeKeyFile, readKeyFile } from '../accounts/key-files.ts';
import { Vault, wrappingKeyId } from '../accounts/vault.ts';
import { AppError } from '../base/errors.ts';
import type { Config } from '../config.ts';
import type { ControlStore } from '../store/control.ts';

/**
 * The key ring. A key is made only while nothing sealed is stored. Throws naming the missing key id when something
 * stored was sealed under a key that is not given; nothing has been changed then.
 */
export async function openVault(config: Config, control: ControlStore): Promise<Vault> {
  const sealedUnder = new Set((await control.wrappedKeys()).map(wrappingKeyId));
  const keys = [...config.encryptionKeys];
  if (keys.length === 0) {
    const file = readKeyFile(config.keyDir, KEY_FILES.encryption);
    if (file) keys.push(Buffer.from(file, 'base64url'));
    else if (sealedUnder.size === 0)
      keys.push(Buffer.from(makeKeyFile(config.keyDir, KEY_FILES.encryption), 'base64url'));
  }
  if (keys.some((key) => key.length !== 32))
    throw new AppError('unavailable', `The key in ${KEY_FILES.encryption} under KEY_DIR is not 32 bytes.`, {
      hint: 'Put the right file back.',
    });
  const ring = keys.length > 0 ? new Vault(keys) : null;
  const known = new Set(ring?.keyIds() ?? []);
  const missing = [...sealedUnder].filter((id) => !known.has(id));
  if (!ring || missing.length > 0)
    throw new AppError(
      'unavailable',
      `Stored credentials are sealed under key ${missing.join(', ')}, which is not given.`,
      {
        hint: 'Give that key back in ENCRYPTION_KEY or in encryption.key under KEY_DIR. Nothing was changed.',
      },
    );
  return ring;
}

/** The service keys, one made on first start. */
export function serviceKeys(config: Config): readonly string[] {
  if (config.serviceKeys.length > 0) return config.serviceKeys;
  return [readKeyFile(config.keyDir, KEY_FILES.service) ?? makeKeyFile(config.keyDir, KEY_FILES.service, 'sk_')];
}
