// The first program that runs in a fresh clone, on Node 18 or newer: sets up what is missing, then does what was asked.
// Without dependencies, because it is what installs them; knows nothing of the product but where it starts.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildDashboard } from './dashboard.mjs';
import { chooseNode, npm, say } from './runtime.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const tool = (name, file) => join(root, 'node_modules', name, file);
// Type stripping still announces itself on every start of Node 22.
const source = (file) => ['--disable-warning=ExperimentalWarning', join(root, file)];

const TASKS = {
  start: (args) => {
    dashboard();
    become([...source('src/cli/main.ts'), 'serve', ...args]);
  },
  demo: (args) => {
    dashboard();
    become([...source('src/cli/main.ts'), 'demo', ...args]);
  },
  mailroom: (args) => become([...source('src/cli/main.ts'), ...args]),
  dev: (args) => {
    dashboard();
    become(['--watch', ...source('src/cli/main.ts'), 'serve', ...args], { LOG_LEVEL: 'debug' });
  },
  test: (args) => {
    check();
    dashboard();
    become([tool('vitest', 'vitest.mjs'), 'run', ...args]);
  },
  check,
  build: () => {
    rmSync(join(root, 'dist'), { recursive: true, force: true });
    step([tool('typescript', 'bin/tsc'), '-p', 'tsconfig.build.json']);
    dashboard();
  },
  screenshots: (args) => {
    dashboard();
    step([...source('scripts/screenshots.ts'), ...args]);
  },
  'env-example': () => step(source('scripts/env-example.mjs')),
};

const [name = '', ...args] = process.argv.slice(2);
if (!Object.hasOwn(TASKS, name)) {
  say(`There is no task "${name}"; there is: ${Object.keys(TASKS).join(', ')}.`);
  process.exit(2);
}
const node = chooseNode(root);
const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` };
install();
TASKS[name](args);

/** Installs what the lockfile says, unless it was done already for this very lockfile. */
function install() {
  const lockfile = readFileSync(join(root, 'package-lock.json'));
  const wanted = createHash('sha256').update(lockfile).digest('hex');
  const stamp = join(root, 'node_modules/.installed-lockfile');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('Installing the packages of the lockfile …');
  if (!npm(node, ['ci'], { cwd: root, env })) {
    say('The packages could not be installed; the lines above say why.');
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
}

function dashboard() {
  try {
    buildDashboard(node);
  } catch (error) {
    say(error.message);
    process.exit(1);
  }
}

function check() {
  step([tool('typescript', 'bin/tsc'), '-p', '.']);
  step([tool('typescript', 'bin/tsc'), '-p', 'dashboard', '--noEmit']);
  step([tool('@biomejs/biome', 'bin/biome'), 'check', '--error-on-warnings', '.']);
}

/** Runs one step to its end; a failing one ends the whole with its status. */
function step(command) {
  const { status } = spawnSync(node, command, { cwd: root, env, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

/** Runs the last step in our place: signals are passed on, and it ends as that step ends. */
function become(command, extra = {}) {
  const child = spawn(node, command, { cwd: root, env: { ...extra, ...env }, stdio: 'inherit' });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  const passOn = (signal) => {
    // A terminal has sent Ctrl-C to the child already; a second one would look like impatience.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  };
  for (const signal of signals) process.on(signal, passOn);
  child.on('exit', (code, signal) => {
    for (const each of signals) process.removeListener(each, passOn);
    if (signal) process.kill(process.pid, signal);
    else process.exitCode = code ?? 1;
  });
}
