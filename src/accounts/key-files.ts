// The keys that are made on first start: files of KEY_DIR, readable by their owner only. Knows no environment.
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The files of KEY_DIR. */
export const KEY_FILES = { encryption: 'encryption.key', service: 'service.key' } as const;

/** The key that the file holds, or null when there is no such file. */
export function readKeyFile(keyDir: string, name: string): string | null {
  const path = join(keyDir, name);
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : null;
}

/** Makes a key of 256 random bits in base64url; `wx`, so that two starts at once never write two keys. */
export function makeKeyFile(keyDir: string, name: string, prefix = ''): string {
  mkdirSync(keyDir, { recursive: true, mode: 0o700 });
  const key = prefix + randomBytes(32).toString('base64url');
  const path = join(keyDir, name);
  writeFileSync(path, `${key}\n`, { mode: 0o600, flag: 'wx' });
  chmodSync(path, 0o600);
  return key;
}
