// The version of the product and its command's entry, from its package.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = new URL('../../package.json', import.meta.url);

const manifest = JSON.parse(readFileSync(PACKAGE, 'utf8')) as {
  version: string;
};

export const VERSION = manifest.version;

/** What Node is given to run the command, also from a folder that has nothing else of it. */
export const ENTRY = join(dirname(fileURLToPath(PACKAGE)), 'bin', 'mailroom.js');
