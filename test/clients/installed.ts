// Whether other people's clients are installed beside the tests; says so once where they are not.
import { existsSync } from 'node:fs';

const folder = new URL('./node_modules/', import.meta.url);
let told = false;

/** A program of theirs, by its path below node_modules. */
export const program = (path: string): string => new URL(path, folder).pathname;

/** False, with one line, where they are not installed; throws where they have to be. */
export function clientsAreInstalled(): boolean {
  if (existsSync(new URL('.package-lock.json', folder))) return true;
  if (process.env.REQUIRE_CLIENTS)
    throw new Error('The clients are not installed: npm ci --ignore-scripts --prefix test/clients');
  if (!told)
    process.stderr.write(
      'Other clients are not installed (npm ci --ignore-scripts --prefix test/clients): left out.\n',
    );
  told = true;
  return false;
}

/** For a program that takes no 0: below the ports that the system gives out, so that none is taken meanwhile. */
export const someFreePort = (): number => 20_000 + Math.floor(Math.random() * 12_000);
