// The first program that runs in a fresh clone, on Node 18 or newer: sets up what is missing, then does what was asked.
// Without dependencies, because it is what installs them.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chooseNode, npmProgram } from './runtime.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const say = (line) => process.stderr.write(`${line}\n`);
const [task = '', ...rest] = process.argv.slice(2);

const node = chooseNode(root, say);
const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` };
install();

const tool = (name, file) => join(root, 'node_modules', name, file);
const QUIET = ['--disable-warning=ExperimentalWarning'];
const main = join(root, 'src/cli/main.ts');

const TASKS = {
  start: () => become([...QUIET, main, 'serve', ...rest]),
  dev: () =>
    become([...QUIET, '--watch-path=src', main, 'serve', ...rest], { LOG_LEVEL: process.env.LOG_LEVEL ?? 'debug' }),
  test: () => {
    check();
    become([tool('vitest', 'vitest.mjs'), 'run', ...rest]);
  },
  check,
  build: () => {
    rmSync(join(root, 'dist'), { recursive: true, force: true });
    step([tool('typescript', 'bin/tsc'), '-p', 'tsconfig.build.json']);
  },
  'env-example': () => step([...QUIET, join(root, 'src/cli/env-example.ts')]),
};

const chosen = TASKS[task];
if (!chosen) {
  say(`Unknown task "${task}". There is: ${Object.keys(TASKS).join(', ')}.`);
  process.exit(2);
}
chosen();

function check() {
  step([tool('typescript', 'bin/tsc'), '-p', '.']);
  step([tool('@biomejs/biome', 'bin/biome'), 'check', '--error-on-warnings', '.']);
}

/** Installs what the lockfile says, when it has not been done yet for this very lockfile. */
function install() {
  const stamp = join(root, 'node_modules', '.mailroom-lock');
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('Installing what the lockfile says …');
  const npm = npmProgram();
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const options = { cwd: root, env, stdio: ['ignore', 'ignore', 'inherit'] };
  const result = npm
    ? spawnSync(node, [npm, ...args], options)
    : spawnSync('npm', args, { ...options, shell: process.platform === 'win32' });
  if (result.status !== 0) {
    say('The installation failed: see the lines above.');
    process.exit(1);
  }
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

/** Runs one step to its end; a failing one ends the whole with its status. */
function step(args) {
  const result = spawnSync(node, args, { cwd: root, env, stdio: 'inherit' });
  if (result.status !== 0) process.exit(result.status ?? 1);
}

/** Runs the last step in our place: signals go through, its exit status is ours. */
function become(args, extra = {}) {
  const child = spawn(node, args, { cwd: root, env: { ...env, ...extra }, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
}
