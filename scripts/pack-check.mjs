// Tries the package as a stranger would: packs it, installs it into an empty folder, asks for help, serves, asks for
// health and runs the demo. Knows the outside of the product only.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chooseNode, npm, say } from './runtime.mjs';

const INSTALL_LIMIT_MS = 60_000;
const READY_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 10_000;
const DEMO_LIMIT_MS = 90_000;

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const node = chooseNode(root);
const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` };
const folder = mkdtempSync(join(tmpdir(), 'pack-check-'));
const app = join(folder, 'app');
const entry = join(app, 'node_modules/@mailroom/server/bin/mailroom.js');

try {
  pack();
  install();
  looksInside();
  help();
  oldNode();
  await serve();
  demo();
  say('The package installs, helps, serves, stops and shows its demo.');
} catch (error) {
  say(`The package check failed: ${error.message}`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function pack() {
  if (!npm(node, ['pack', '--pack-destination', folder], { cwd: root, env })) throw new Error('npm pack ended badly');
}

function install() {
  mkdirSync(app);
  // Without a manifest of its own npm would install into whichever folder above has one.
  writeFileSync(join(app, 'package.json'), '{ "private": true }\n');
  const tarball = readdirSync(folder).find((file) => file.endsWith('.tgz'));
  const started = Date.now();
  if (!npm(node, ['install', join(folder, tarball)], { cwd: app, env, timeout: INSTALL_LIMIT_MS }))
    throw new Error(`the installation ended badly or took more than ${INSTALL_LIMIT_MS / 1000} s`);
  say(`Installed into an empty folder in ${((Date.now() - started) / 1000).toFixed(1)} s.`);
}

function looksInside() {
  const files = readdirSync(dirname(dirname(entry)), { recursive: true, encoding: 'utf8' });
  const strays = files.filter((file) => /\.test\.|\.ts$/.test(file) && !file.startsWith('node_modules'));
  if (strays.length > 0) throw new Error(`it carries ${strays.slice(0, 5).join(', ')}`);
}

function help() {
  const { status, stdout } = spawnSync(node, [entry, '--help'], { cwd: app, env, encoding: 'utf8' });
  if (status !== 0 || !stdout.includes('serve')) throw new Error(`--help ended with ${status} and said: ${stdout}`);
}

/** On a machine whose own Node is too old, that one has to be refused in a line. */
function oldNode() {
  if (node === process.execPath) return;
  const { status, stderr } = spawnSync(process.execPath, [entry, '--help'], { cwd: app, encoding: 'utf8' });
  if (status !== 1 || stderr.trim().split('\n').length !== 1)
    throw new Error(`under Node ${process.versions.node} it ended with ${status} and said: ${stderr}`);
}

async function serve() {
  const own = { PORT: '0', DATA_DIR: join(folder, 'data'), KEY_DIR: join(folder, 'keys') };
  const server = spawn(node, [entry, 'serve'], {
    cwd: app,
    env: { ...env, ...own },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise((resolve) => server.once('exit', (code, signal) => resolve(code ?? signal)));
  try {
    const said = [];
    const url = await within(READY_LIMIT_MS, 'no ready line came', readyAddress(server.stderr, said), ended).catch(
      (error) => {
        throw new Error(`${error.message}; it said:\n${said.join('\n')}`);
      },
    );
    const answer = await fetch(`${url}/health`);
    const health = await answer.json();
    if (answer.status !== 200 || health.status !== 'healthy')
      throw new Error(`/health answered ${answer.status} ${JSON.stringify(health)}`);
    server.kill('SIGTERM');
    const status = await within(STOP_LIMIT_MS, 'it does not stop when asked to', ended);
    if (status !== 0) throw new Error(`after SIGTERM it ended with ${status}`);
  } finally {
    server.kill('SIGKILL');
    await ended;
  }
}

function demo() {
  const { status, stdout, stderr } = spawnSync(node, [entry, 'demo', '--once'], {
    cwd: app,
    env,
    encoding: 'utf8',
    timeout: DEMO_LIMIT_MS,
  });
  if (status !== 0 || !stdout.includes('"status": "sent"')) throw new Error(`demo ended with ${status}: ${stderr}`);
}

/** The address of the ready line; every line is kept in `said`. */
async function readyAddress(stream, said) {
  return new Promise((resolve) => {
    createInterface(stream).on('line', (line) => {
      said.push(line);
      if (!line.startsWith('{')) return;
      const entry = JSON.parse(line);
      if (entry.msg === 'ready') resolve(entry.url);
    });
  });
}

/** `wanted`, or an error when the time is over or when `ended` comes first. */
async function within(limitMs, complaint, wanted, ended) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(complaint)), limitMs);
  });
  const early = ended?.then((status) => Promise.reject(new Error(`${complaint}: it ended with ${status}`)));
  try {
    return await Promise.race([wanted, late, ...(early ? [early] : [])]);
  } finally {
    clearTimeout(timer);
    early?.catch(() => {});
  }
}
