// Keeps the house's plan: reads every file under src/ as text and names each import or manner that breaks it. Runs nothing.
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Rooms and their floors; an import goes to a lower floor, and `base` is under everybody's feet. */
const FLOORS: Readonly<Record<string, number>> = {
  base: 1,
  sandbox: 1,
  mail: 2,
  query: 2,
  config: 2,
  store: 3,
  backend: 3,
  accounts: 4,
  auth: 4,
  sync: 5,
  actions: 6,
  mcp: 7,
  http: 8,
  cli: 9,
};

/** Where a library may be imported, as beginnings of paths. One that is not named here is at home everywhere. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  imapflow: ['backend/imap'],
  nodemailer: ['backend/', 'mail/', 'sandbox/'],
  'better-sqlite3': ['store/'],
  kysely: ['store/'],
  '@modelcontextprotocol/server': ['mcp/'],
  '@modelcontextprotocol/server-legacy': ['mcp/'],
  '@modelcontextprotocol/node': ['mcp/', 'http/'],
  hono: ['http/'],
  '@hono/node-server': ['http/'],
  '@hono/zod-openapi': ['http/'],
  htmlparser2: ['mail/'],
  'postal-mime': ['mail/', 'sandbox/'],
  'emailjs-imap-handler': ['sandbox/'],
  'smtp-server': ['sandbox/'],
  selfsigned: ['sandbox/'],
  'openid-client': ['accounts/'],
  jose: ['accounts/', 'auth/', 'sandbox/'],
  'oidc-provider': ['auth/'],
  '@simplewebauthn/server': ['auth/'],
  '@node-rs/argon2': ['auth/'],
  'ipaddr.js': ['auth/'],
  unpdf: ['mail/'],
  'prom-client': ['http/'],
  pino: ['base/'],
};

const READS_ENVIRONMENT = ['config.ts', 'cli/main.ts'];
const NAMES_FOR_EVERYTHING = ['utils', 'util', 'helpers', 'helper', 'common', 'services', 'managers', 'types', 'index'];
const LINE_LIMIT = 400;

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: Record<string, string> };

/** What is wrong with one file, `path` being relative to src/. */
function violations(path: string, text: string): string[] {
  const isTest = path.endsWith('.test.ts');
  return [...shape(path, text), ...importsOf(text).flatMap((target) => [...arrow(path, target, isTest)])].map(
    (wrong) => `src/${path}: ${wrong}`,
  );
}

function* shape(path: string, text: string): Generator<string> {
  const lines = text.trimEnd().split('\n');
  if (!/^\/\/ \S/.test(lines[0] ?? '')) yield 'the first line is not a comment that says what the file is for';
  if (lines.length > LINE_LIMIT) yield `${lines.length} lines; the limit is ${LINE_LIMIT}, so make it a folder`;
  if (/^export default\b|\bas default\b/m.test(text)) yield 'has a default export';
  for (const segment of path.split('/')) {
    const name = segment.replace(/(\.test|\.d)?\.ts$/, '');
    if (NAMES_FOR_EVERYTHING.includes(name)) yield `"${name}" says nothing; name what is in it`;
    if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) yield `"${name}" is not kebab-case`;
  }
  const code = lines.filter((line) => !/^\s*(\/\/|\/?\*)/.test(line)).join('\n');
  const asks = /\bprocess\s*(\.\s*env\b|\[\s*['"`]env)|\benv\b[^;]*from 'node:process'/.test(code);
  if (asks && !READS_ENVIRONMENT.includes(path) && !path.endsWith('.test.ts'))
    yield 'reads process.env; only config.ts and cli/main.ts may';
  if (/\bimport\(\s*(?!['"\s])/.test(code)) yield 'imports something that is not written out, so nobody can check it';
}

/** Everything that a file draws in: static, `import type`, `export from`, dynamic, and workers by URL. */
function importsOf(text: string): string[] {
  const forms = [
    /^\s*(?:import|export)\b[^;'"`]*?\bfrom\s*['"]([^'"]+)['"]/gm,
    /^\s*import\s*['"]([^'"]+)['"]/gm,
    /\bimport\(\s*['"]([^'"]+)['"]/g,
    /\bnew URL\(\s*['"]([^'"]+\.[tj]s)['"]/g,
  ];
  return [...new Set(forms.flatMap((form) => [...text.matchAll(form)].map(([, target]) => target!)))];
}

function* arrow(path: string, target: string, isTest: boolean): Generator<string> {
  if (target.startsWith('node:')) return;
  if (!target.startsWith('.')) {
    if (!isTest) yield* library(path, target);
    return;
  }
  const reached = posix.join(posix.dirname(path), target);
  if (reached.startsWith('..')) {
    if (!isTest) yield `imports ${target}, which lies outside src/`;
    return;
  }
  const [from, to] = [roomOf(path), roomOf(reached)];
  const [here, there] = [FLOORS[from], FLOORS[to]];
  if (here === undefined) yield `"${from}" is no room of the house`;
  else if (there === undefined) yield `imports ${reached}, and "${to}" is no room of the house`;
  else if (from === to || to === 'base') return;
  else if (to === 'sandbox' && from !== 'cli' && !isTest)
    yield `imports ${reached}; the product never leans on the sandbox`;
  else if (there > here) yield `imports ${reached}, which is upward (floor ${here} to ${there})`;
  else if (there === here) yield `imports ${reached}, which is sideways (both on floor ${here})`;
}

function* library(path: string, target: string): Generator<string> {
  const name = target.split('/', target.startsWith('@') ? 2 : 1).join('/');
  const homes = HOMES[name];
  if (homes && !homes.some((home) => path.startsWith(home)))
    yield `imports ${name}, whose home is ${homes.map((home) => `src/${home}`).join(' and ')}`;
  if (!(name in manifest.dependencies)) yield `imports ${name}, which is no dependency of the product`;
}

const roomOf = (path: string): string => path.split('/')[0]!.replace(/(\.test)?\.ts$/, '');

describe('the house', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .map((path) => path.split(sep).join('/'))
    .filter((path) => path.endsWith('.ts'))
    .sort();

  it('has only arrows that fall, libraries at home and files that say what they are for', () => {
    expect(files).toContain('config.ts');
    expect(files.flatMap((path) => violations(path, readFileSync(join('src', path), 'utf8')))).toEqual([]);
  });

  it('has a home for no library that it does not use any more', () => {
    expect(Object.keys(HOMES).filter((name) => !(name in manifest.dependencies))).toEqual([]);
  });
});

describe('the check of the house', () => {
  const first = '// A file.\n';

  it.each([
    ['store/a.ts', "import type { Tool } from '../mcp/tool.ts';", 'upward (floor 3 to 7)'],
    ['store/a.ts', "import {\n  type MailSource,\n} from '../backend/port.ts';", 'sideways (both on floor 3)'],
    ['mail/a.ts', "export { readConfig } from '../config.ts';", 'sideways (both on floor 2)'],
    ['config.ts', "import './store/control.ts';", 'upward (floor 2 to 3)'],
    ['sync/imap/a.ts', "const x = await import('../../actions/read.ts');", 'upward (floor 5 to 6)'],
    ['mail/a.ts', "type A = import('../sync/engine.ts').Engine;", 'upward (floor 2 to 5)'],
    ['store/a.ts', "new Worker(new URL('../sync/worker.ts', import.meta.url));", 'upward (floor 3 to 5)'],
    ['mail/a.test.ts', "import { openStore } from '../store/open.ts';", 'upward (floor 2 to 3)'],
    ['sandbox/a.ts', "import { parse } from '../mail/parse.ts';", 'upward (floor 1 to 2)'],
    ['sync/a.ts', "import { play } from '../sandbox/imap.ts';", 'never leans on the sandbox'],
    ['sync/a.ts', "import { x } from '../misc/a.ts';", '"misc" is no room'],
    ['sync/a.ts', "import { x } from '../../test/support/dovecot.ts';", 'outside src/'],
    ['sync/a.ts', 'const x = await import(name);', 'not written out'],
    ['sync/a.ts', "import { ImapFlow } from 'imapflow';", 'imports imapflow, whose home is src/backend/imap'],
    ['backend/smtp.ts', "import { ImapFlow } from 'imapflow';", 'whose home is src/backend/imap'],
    ['actions/a.ts', "import type { Context } from 'hono';", 'whose home is src/http/'],
    ['http/a.ts', "import { x } from '@modelcontextprotocol/server/validators';", 'whose home is src/mcp/'],
    ['mail/a.ts', "import fc from 'fast-check';", 'no dependency of the product'],
    ['sandbox/a.ts', "import fc from 'fast-check';", 'no dependency of the product'],
    ['cli/demo.ts', "import { SMTPServer } from 'smtp-server';", 'whose home is src/sandbox/'],
    ['http/a.ts', 'const port = process.env.PORT;', 'reads process.env'],
    ['http/a.ts', "import { env } from 'node:process';", 'reads process.env'],
    ['http/a.ts', 'export default 1;', 'default export'],
    ['http/utils.ts', '', '"utils" says nothing'],
    ['http/common/a.ts', '', '"common" says nothing'],
    ['http/MyDoor.ts', '', 'not kebab-case'],
    ['http/a.ts', '\n'.repeat(400).replaceAll('\n', 'x();\n'), '401 lines'],
  ])('finds fault with %s', (path, text, words) => {
    expect(violations(path, first + text)).toEqual([expect.stringContaining(words)]);
  });

  it('finds fault with a file that does not say what it is for', () => {
    expect(violations('http/a.ts', "import { x } from './b.ts';\n")).toEqual([expect.stringContaining('first line')]);
  });

  it.each([
    ['sandbox/a.ts', "import { AppError } from '../base/errors.ts';\nimport { SMTPServer } from 'smtp-server';"],
    ['backend/imap/source.ts', "import { ImapFlow } from 'imapflow';\nimport { x } from '../port.ts';"],
    ['backend/imap-source.ts', "import { ImapFlow } from 'imapflow';\nimport { x } from '../mail/change.ts';"],
    ['cli/demo.ts', "import { play } from '../sandbox/imap.ts';\nimport { z } from 'zod';"],
    ['cli/main.ts', 'const config = readConfig(process.env, process.cwd());'],
    ['mail/a.test.ts', "import fc from 'fast-check';\nimport { corpus } from '../../test/support/corpus.ts';"],
    ['http/a.ts', '// Never reads process.env: the configuration comes from cli/.'],
  ])('finds no fault with %s', (path, text) => {
    expect(violations(path, first + text)).toEqual([]);
  });
});
