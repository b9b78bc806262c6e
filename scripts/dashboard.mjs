// Builds the dashboard into dist/dashboard when it is not there or older than its sources. Knows nothing of the server.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { say } from './runtime.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const stamp = join(root, 'dist/dashboard/.built-from');

/** `node`: the one that builds. Throws when the build fails, with what it said. */
export function buildDashboard(node = process.execPath) {
  const wanted = fingerprint();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('Building the dashboard …');
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  const config = join(root, 'dashboard/vite.config.ts');
  const { status, stdout, stderr } = spawnSync(node, [vite, 'build', '--config', config, '--logLevel', 'warn'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`The dashboard could not be built.\n${stdout}${stderr}`);
  writeFileSync(stamp, wanted);
}

/** Of everything that the built files are made from. */
function fingerprint() {
  const folder = join(root, 'dashboard');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const hash = createHash('sha256');
  for (const file of [...files, join(root, 'package-lock.json')])
    hash.update(file.slice(root.length)).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) buildDashboard();
