// Who owns a DATA_DIR: a lock file with pid and heartbeat. Knows nothing of what lies in the folder.
import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../base/errors.ts';

const BEAT_MS = 5000;
/** An owner that has not beaten for so long is gone, whoever bears its pid now. */
const DEAD_AFTER_MS = 30_000;

export interface LockHolder {
  readonly pid: number;
  readonly url: string;
}

/** Takes the folder, or throws `conflict` naming the process that owns it. */
export class DataLock {
  readonly #path: string;
  readonly #beat: NodeJS.Timeout;
  #text: string;
  #released = false;

  private constructor(path: string, text: string) {
    this.#path = path;
    this.#text = text;
    this.#beat = setInterval(() => this.#show(), BEAT_MS);
    this.#beat.unref();
  }

  static take(dataDir: string): DataLock {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const path = join(dataDir, 'mailroom.lock');
    const text = JSON.stringify({ pid: process.pid, url: '' } satisfies LockHolder);
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        writeFileSync(path, text, { flag: 'wx', mode: 0o600 });
        return new DataLock(path, text);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        const holder = readLock(dataDir);
        if (holder)
          throw new AppError(
            'conflict',
            `Process ${holder.pid} owns ${dataDir}${holder.url && ` and serves at ${holder.url}`}.`,
            {
              hint: 'Stop it first, or give this one another DATA_DIR.',
            },
          );
        rmSync(path, { force: true });
      }
    }
    throw new AppError('conflict', `Another process is just taking ${dataDir}.`, { hint: 'Try again.' });
  }

  /** Tells others where the owner serves. */
  announce(url: string): void {
    this.#text = JSON.stringify({ pid: process.pid, url } satisfies LockHolder);
    writeFileSync(this.#path, this.#text);
  }

  /** Once: what lies there later is another's. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    clearInterval(this.#beat);
    rmSync(this.#path, { force: true });
  }

  /** A lock that somebody swept away is put back; a folder that takes none for now must not end its owner. */
  #show(): void {
    const now = new Date();
    try {
      utimesSync(this.#path, now, now);
    } catch {
      try {
        writeFileSync(this.#path, this.#text, { flag: 'wx', mode: 0o600 });
      } catch {
        // Tried again with the next beat.
      }
    }
  }
}

/** The living owner of a folder, or null. */
export function readLock(dataDir: string): LockHolder | null {
  const path = join(dataDir, 'mailroom.lock');
  try {
    const fresh = statSync(path).mtimeMs > Date.now() - DEAD_AFTER_MS;
    const holder = JSON.parse(readFileSync(path, 'utf8')) as LockHolder;
    return fresh && holder.pid !== process.pid && isAlive(holder.pid) ? holder : null;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
