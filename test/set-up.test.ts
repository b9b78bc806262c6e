// The way from a fresh clone to a running program, with an npm that only notes what it is asked. Needs no network.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const FAKE_VITE = `
import { appendFileSync, existsSync, mkdirSync } from 'node:fs';
if (existsSync('dashboard/broken')) throw new Error('cannot read what is broken');
mkdirSync('dist/dashboard', { recursive: true });
appendFileSync('built', 'once ');
`;

const FAKE_NPM = `
const { appendFileSync, mkdirSync, symlinkSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const args = process.argv.slice(2);
appendFileSync(join(__dirname, 'asked'), JSON.stringify({ args, node: process.execPath }) + '\\n');
if (process.env.NPM_FAILS) process.exit(1);
if (args[0] === 'ci') {
  mkdirSync('node_modules/vite/bin', { recursive: true });
  writeFileSync('node_modules/vite/bin/vite.js', ${JSON.stringify(FAKE_VITE)});
}
if (args[0] === 'install') {
  const bin = join(args[2], 'node_modules', args[3].split('@')[0], 'bin');
  mkdirSync(bin, { recursive: true });
  symlinkSync(process.execPath, join(bin, 'node'));
}
`;

// Speaks last, so that whoever has heard it knows that it listens.
const FAKE_MAIN = `
if (process.argv.includes('--fail')) process.exitCode = 7;
if (process.argv.includes('--wait')) {
  const timer = setInterval(() => {}, 1000);
  process.on('SIGTERM', () => { clearInterval(timer); process.exitCode = 5; });
}
console.log(JSON.stringify({ args: process.argv.slice(2), node: process.execPath, level: process.env.LOG_LEVEL ?? '' }));
`;

let clone: string;
beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'set-up-'));
  cpSync('scripts', join(clone, 'scripts'), { recursive: true });
  mkdirSync(join(clone, 'src/cli'), { recursive: true });
  writeFileSync(join(clone, 'src/cli/main.ts'), FAKE_MAIN);
  writeFileSync(join(clone, 'package.json'), '{"type":"module"}');
  writeFileSync(join(clone, 'package-lock.json'), '{}');
  mkdirSync(join(clone, 'dashboard/src'), { recursive: true });
  writeFileSync(join(clone, 'dashboard/src/page.tsx'), 'first');
  mkdirSync(join(clone, 'npm'));
  writeFileSync(join(clone, 'npm/package.json'), '{"type":"commonjs"}');
  writeFileSync(join(clone, 'npm/npm-cli.js'), FAKE_NPM);
});
afterEach(() => rmSync(clone, { recursive: true, force: true }));

/** Arguments for a Node that takes itself for another one. */
const pretend = (what: string) => ['--import', `data:text/javascript,${encodeURIComponent(what)}`];
const OLD_NODE = pretend(
  "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } });",
);
const STRANGE_MACHINE = pretend("Object.defineProperty(process, 'platform', { value: 'plan9' });");

const script = (args: readonly string[], options: { node?: readonly string[]; env?: NodeJS.ProcessEnv } = {}) => ({
  command: [...(options.node ?? []), join(clone, 'scripts/run.mjs'), ...args],
  env: { ...process.env, LOG_LEVEL: '', ...options.env, npm_execpath: join(clone, 'npm/npm-cli.js') },
});
const run = (...given: Parameters<typeof script>) => {
  const { command, env } = script(...given);
  return spawnSync(process.execPath, command, { env, encoding: 'utf8' });
};
const asked = (): { args: string[]; node: string }[] => {
  const file = join(clone, 'npm/asked');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  return lines.map((line) => JSON.parse(line));
};

describe('the packages', () => {
  it('are installed once for a lockfile, and again when it has changed', () => {
    expect(run(['start']).stderr).toBe('Installing the packages of the lockfile …\nBuilding the dashboard …\n');
    expect(run(['start']).stderr).toBe('');
    expect(asked().map(({ args }) => args[0])).toEqual(['ci']);
    writeFileSync(join(clone, 'package-lock.json'), '{ }');
    run(['start']);
    expect(asked().map(({ args }) => args[0])).toEqual(['ci', 'ci']);
  });

  it('are asked for again after an installation that failed', () => {
    const failed = run(['start'], { env: { NPM_FAILS: '1' } });
    expect([failed.status, failed.stdout]).toEqual([1, '']);
    expect(run(['start']).status).toBe(0);
  });
});

describe('the dashboard', () => {
  const builds = (): number => readFileSync(join(clone, 'built'), 'utf8').split(' ').length - 1;

  it('is built once, and again when one of its files has changed or gone', () => {
    for (let i = 0; i < 2; i++) run(['start']);
    expect(builds()).toBe(1);
    writeFileSync(join(clone, 'dashboard/src/page.tsx'), 'second');
    run(['demo']);
    expect(builds()).toBe(2);
    rmSync(join(clone, 'dashboard/src/page.tsx'));
    run(['start']);
    expect(builds()).toBe(3);
  });

  it('that cannot be built keeps the server from starting, and says why', () => {
    writeFileSync(join(clone, 'dashboard/broken'), '');
    const { status, stdout, stderr } = run(['start']);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain('cannot read what is broken');
    rmSync(join(clone, 'dashboard/broken'));
    expect(run(['start']).status).toBe(0);
  });
});

describe('a Node that is too old', () => {
  const exact = /^node-[a-z0-9-]+@24\.\d+\.\d+$/;

  it('brings an exact newer one and runs npm and the product under it', () => {
    const { status, stdout, stderr } = run(['start'], { node: OLD_NODE });
    expect(status).toBe(0);
    expect(stderr).toMatch(/^Bringing Node 24\.\d+\.\d+ \(\d+ MB\), since this is 20\.20\.2 …\nInstalling /);
    const [bring, install] = asked();
    expect(bring!.args.find((arg) => exact.test(arg))).toBeDefined();
    expect(install!.args[0]).toBe('ci');
    expect(JSON.parse(stdout).args).toEqual(['serve']);
    expect(existsSync(join(clone, '.runtime'))).toBe(true);
  });

  it('brings it only once', () => {
    run(['start'], { node: OLD_NODE });
    expect(run(['start'], { node: OLD_NODE }).stderr).toBe('');
  });

  it('leaves nothing behind that could be taken for a Node when bringing it failed', () => {
    const failed = run(['start'], { node: OLD_NODE, env: { NPM_FAILS: '1' } });
    expect(failed.status).toBe(1);
    expect(failed.stderr.trim().split('\n').at(-1)).toMatch(/could not be brought: install Node 22\.19/);
    expect(run(['start'], { node: OLD_NODE }).status).toBe(0);
  });

  it('ends with one line and status 1 on a machine for which there is none', () => {
    const { status, stderr } = run(['start'], { node: [...OLD_NODE, ...STRANGE_MACHINE] });
    expect([status, stderr.trim().split('\n').length]).toEqual([1, 1]);
    expect(stderr).toMatch(/can bring none for plan9-/);
    expect(asked()).toEqual([]);
  });

  it('is refused by the published command in one line, before anything of the product is read', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [...OLD_NODE, 'bin/mailroom.js', '--help'], {
      encoding: 'utf8',
    });
    expect([status, stdout, stderr]).toEqual([1, '', 'mailroom needs Node 22.19 or newer; this is 20.20.2.\n']);
  });
});

describe('what is run', () => {
  it('gets the arguments and gives its exit status', () => {
    const { status, stdout } = run(['start', '--fail', 'a b']);
    expect([status, JSON.parse(stdout).args]).toEqual([7, ['serve', '--fail', 'a b']]);
  });

  it('may be any command of the product', () => {
    expect(JSON.parse(run(['mailroom', 'key', 'show']).stdout).args).toEqual(['key', 'show']);
  });

  it('gets the signals', async () => {
    const { command, env } = script(['start', '--wait']);
    const child = spawn(process.execPath, command, { env, stdio: ['ignore', 'pipe', 'ignore'] });
    await firstLine(child);
    child.kill('SIGTERM');
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(5);
  });

  it('tells more in development, unless told otherwise', async () => {
    for (const [given, level] of [
      [undefined, 'debug'],
      ['warn', 'warn'],
    ] as const) {
      const { command, env } = script(['dev', '--wait'], { env: { LOG_LEVEL: given } });
      const child = spawn(process.execPath, command, { env, stdio: ['ignore', 'pipe', 'ignore'] });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      expect(JSON.parse(await firstLine(child)).level).toBe(level);
      child.kill('SIGTERM');
      await ended;
    }
  });

  it('is refused with status 2 and the list when there is no such task', () => {
    const { status, stderr } = run(['strat']);
    expect([status, stderr]).toEqual([
      2,
      expect.stringMatching(/no task "strat"; there is: start, demo, mailroom, dev, test/),
    ]);
  });
});

async function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => createInterface(child.stdout!).once('line', resolve));
}
