// How much of the disk the database takes. Opens nothing.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes of control.sqlite and of all mailboxes, with what belongs to them. */
export function databaseBytes(dataDir: string): { control: number; mailboxes: number } {
  return { control: sizeOf(dataDir, /^control\.sqlite/), mailboxes: sizeOf(join(dataDir, 'mailboxes'), /\.sqlite/) };
}

function sizeOf(folder: string, which: RegExp): number {
  const names = statSync(folder, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(folder) : [];
  return names
    .filter((name) => which.test(name))
    .reduce((sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0), 0);
}
