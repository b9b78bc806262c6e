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
  const key = prefix + newKey();
  makeFile(keyDir, name, `${key}\n`);
  return key;
}

function makeFile(keyDir: string, name: string, text: string): void {
  mkdirSync(keyDir, { recursive: true, mode: 0o700 });
  const path = join(keyDir, name);
  writeFileSync(path, text, { mode: 0o600, flag: 'wx' });
  chmodSync(path, 0o600);
}

const newKey = (): string => randomBytes(32).toString('base64url');

/** A key with the time at which it was made, as far as its file tells: a file that lies there longer may hold the key alone. */
interface KeptKey {
  readonly key: Buffer;
  /** RFC 3339; null: not known. */
  readonly madeAt: string | null;
}

/** The encryption keys in KEY_DIR: one a line, behind it when it was made; the first one writes. */
export class KeyRing {
  readonly #keyDir: string;

  constructor(keyDir: string) {
    this.#keyDir = keyDir;
  }

  /** None when there is no file. */
  keys(): Buffer[] {
    return this.#kept().map(({ key }) => key);
  }

  /** By key id; a key whose line does not tell is not there. */
  madeAt(): ReadonlyMap<string, string> {
    return new Map(this.#kept().flatMap(({ key, madeAt }) => (madeAt === null ? [] : [[keyId(key), madeAt] as const])));
  }

  /** The first key of a ring that has no file yet; throws when another start was faster. */
  begin(now: number): Buffer[] {
    const made = newlyMade(now);
    makeFile(this.#keyDir, KEY_FILES.encryption, line(made));
    return [made.key];
  }

  /** Writes a new key before those that are there; the ring as it is then. */
  addFirst(now: number): Buffer[] {
    const keys = [newlyMade(now), ...this.#kept()];
    this.#write(keys);
    return keys.map(({ key }) => key);
  }

  /** Moves keys into files of their own, where they open backups of earlier days and nothing else. */
  putAside(which: (key: Buffer) => boolean): { kept: Buffer[]; paths: string[] } {
    const keys = this.#kept();
    const folder = join(this.#keyDir, RETIRED);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const paths = keys
      .filter(({ key }) => which(key))
      .map((each) => {
        const path = join(folder, `${keyId(each.key)}.key`);
        writeDurably(path, line(each));
        return path;
      });
    const kept = keys.filter(({ key }) => !which(key));
    this.#write(kept);
    return { kept: kept.map(({ key }) => key), paths };
  }

  /** A time counts for the key before it. */
  #kept(): KeptKey[] {
    const words = (readKeyFile(this.#keyDir, KEY_FILES.encryption) ?? '').split(/\s+/).filter(Boolean);
    return words.flatMap((word, i) => {
      if (TIME.test(word)) return [];
      const next = words[i + 1] ?? '';
      return [{ key: decoded(word), madeAt: TIME.test(next) ? next : null }];
    });
  }

  #write(keys: readonly KeptKey[]): void {
    writeDurably(join(this.#keyDir, KEY_FILES.encryption), keys.map(line).join(''));
  }
}

/** No key is written so: base64 knows no colon. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

const newlyMade = (now: number): KeptKey => ({
  key: decoded(newKey()),
  madeAt: new Date(now).toISOString().replace(/\.\d+Z$/, 'Z'),
});

const line = ({ key, madeAt }: KeptKey): string =>
  `${key.toString('base64url')}${madeAt === null ? '' : ` ${madeAt}`}\n`;

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
