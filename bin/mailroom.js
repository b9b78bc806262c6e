#!/usr/bin/env node
// The command's entry. Knows only the oldest Node that will do; it looks before any import of the product, because the
// database's binary crashes an older one instead of refusing.
import { existsSync } from 'node:fs';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(`mailroom needs Node 22.19 or newer; this is ${process.versions.node}.\n`);
  process.exit(1);
}

// A clone has the sources, and a dist that may be older than they are; the package has dist only.
const source = new URL('../src/cli/main.ts', import.meta.url);
import(existsSync(source) ? source.href : new URL('../dist/cli/main.js', import.meta.url).href);
