// The keys that are made on first start: files of KEY_DIR, readable by their owner only. Knows no environment.
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { keyId } from './vault.ts';

/** The files of KEY_DIR. */
export const KEY_FILES = { encryption: 'encryption.key', service: 'service.key' } as const;

const RETIRED = 'retired';

/** The key that the file holds, or null when there is no such file. */
export function readKeyFile(keyDir: string, name: string): string | null {
  const path = join(keyDir, name);
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : null;
}

/** Makes a key of 256 random bits in base64url; `wx`, so that two starts at once never write two keys. */
export function makeKeyFile(keyDir: string, name: string, prefix = ''): string {
  mkdirSync(keyDir, { recursive: true, mode: 0o700 });
  const key = prefix + newKey();
  const path = join(keyDir, name);
  writeFileSync(path, `${key}\n`, { mode: 0o600, flag: 'wx' });
  chmodSync(path, 0o600);
  return key;
}

const newKey = (): string => randomBytes(32).toString('base64url');

/** The encryption keys in KEY_DIR: one a line, the first one writes. */
export class KeyRing {
  readonly #keyDir: string;

  constructor(keyDir: string) {
    this.#keyDir = keyDir;
  }

  /** None when there is no file. */
  keys(): Buffer[] {
    const text = readKeyFile(this.#keyDir, KEY_FILES.encryption) ?? '';
    return text.split(/\s+/).filter(Boolean).map(decoded);
  }

  /** Writes a new key before those that are there; the ring as it is then. */
  addFirst(): Buffer[] {
    const keys = [decoded(newKey()), ...this.keys()];
    this.#write(keys);
    return keys;
  }

  /** Moves keys into files of their own, where they open backups of earlier days and nothing else. */
  putAside(which: (key: Buffer) => boolean): { kept: Buffer[]; paths: string[] } {
    const keys = this.keys();
    const folder = join(this.#keyDir, RETIRED);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const paths = keys.filter(which).map((key) => {
      const path = join(folder, `${keyId(key)}.key`);
      writeDurably(path, `${key.toString('base64url')}\n`);
      return path;
    });
    const kept = keys.filter((key) => !which(key));
    this.#write(kept);
    return { kept, paths };
  }

  #write(keys: readonly Buffer[]): void {
    writeDurably(
      join(this.#keyDir, KEY_FILES.encryption),
      keys.map((key) => `${key.toString('base64url')}\n`).join(''),
    );
  }
}

const decoded = (text: string): Buffer => Buffer.from(text, 'base64url');

/** The file as it was or as it is to be, whatever ends the process; readable by its owner only. */
export function writeDurably(path: string, text: string, mode = 0o600): void {
  const fresh = `${path}.${randomBytes(6).toString('hex')}.new`;
  const file = openSync(fresh, 'wx', mode);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  chmodSync(fresh, mode);
  renameSync(fresh, path);
  // Windows opens no folder; there the rename stands by itself.
  if (process.platform === 'win32') return;
  const folder = openSync(join(path, '..'), 'r');
  fsyncSync(folder);
  closeSync(folder);
}
