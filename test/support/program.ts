// Before a whole run: the command as one bundle with its libraries, so that each of the hundreds of processes that tests start
// reads a few dozen files instead of some two thousand. Made from the sources as they are; knows nothing of what they do.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SOURCES = join(ROOT, 'src/cli/main.ts');
/** Tells the files of a run what the run's first process has made. */
const VARIABLE = 'MAILROOM_TEST_PROGRAM';
/** Machine code, and what looks for files beside itself. */
const LEFT_OUTSIDE = ['better-sqlite3', '@node-rs/argon2', 'pino', 'unpdf'];
const DAY_MS = 86_400_000;

/** The command's file to give to Node: the bundle in a test run, else the sources. */
export const program = (): string => process.env[VARIABLE] ?? SOURCES;

export async function setup(): Promise<void> {
  // As deep in the clone as src/cli and dist/cli are, since the command looks for its package two folders above.
  const modules = join(ROOT, 'node_modules');
  const folder = join(modules, `.program-${fingerprint()}`);
  if (!existsSync(folder)) await bundle(modules, folder);
  process.env[VARIABLE] = join(folder, 'main.js');
}

/** Others may run at the same time: the folder is there whole or not at all. */
async function bundle(modules: string, folder: string): Promise<void> {
  for (const name of readdirSync(modules).filter((each) => each.startsWith('.program-'))) {
    const made = join(modules, name);
    if (Date.now() - statSync(made).mtimeMs > DAY_MS) rmSync(made, { recursive: true, force: true });
  }
  const { build } = await import('vite');
  const outDir = mkdtempSync(join(modules, '.program-new-'));
  const entry = (path: string) => join(ROOT, 'src', path);
  await build({
    configFile: false,
    root: ROOT,
    logLevel: 'error',
    // As Node itself finds files.
    ssr: {
      noExternal: true,
      external: LEFT_OUTSIDE,
      resolve: { conditions: ['node', 'import', 'module-sync', 'default'] },
    },
    build: {
      ssr: true,
      outDir,
      emptyOutDir: false,
      copyPublicDir: false,
      minify: false,
      target: 'es2024',
      rolldownOptions: {
        input: {
          main: SOURCES,
          worker: entry('sync/worker.ts'),
          'extractor-worker': entry('sync/extractor-worker.ts'),
        },
        output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  });
  writeFileSync(join(outDir, 'package.json'), '{ "type": "module" }\n');
  try {
    renameSync(outDir, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
    rmSync(outDir, { recursive: true });
  }
}

/** Of everything that the bundle is made from. */
function fingerprint(): string {
  const files = readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile() && !each.name.endsWith('.test.ts'))
    .map((each) => join(each.parentPath, each.name))
    .sort();
  const hash = createHash('sha256');
  for (const file of [...files, join(ROOT, 'package-lock.json'), fileURLToPath(import.meta.url)])
    hash.update(file.slice(ROOT.length)).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex').slice(0, 16);
}
