// The file of the encryption keys: what is written into it, what is read of it, also as earlier versions wrote it.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KeyRing } from './key-files.ts';
import { keyId } from './vault.ts';

const OLD = Buffer.alloc(32, 7);
const OLDER = Buffer.alloc(32, 9);

let folder: string;
let ring: KeyRing;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mailroom-keys-'));
  ring = new KeyRing(folder);
});
afterEach(() => rmSync(folder, { recursive: true }));

const text = () => readFileSync(join(folder, 'encryption.key'), 'utf8');
const write = (it: string) => writeFileSync(join(folder, 'encryption.key'), it);

describe('the ring', () => {
  it('puts a new key before those that are there', () => {
    write(`${OLD.toString('base64url')}\n`);
    const [made, ...others] = ring.addFirst();
    expect(others).toEqual([OLD]);
    expect(ring.keys()).toEqual([made, OLD]);
    expect(text()).toBe(`${made!.toString('base64url')}\n${OLD.toString('base64url')}\n`);
  });

  it.each([
    ['one a line', `${OLD.toString('base64url')}\n${OLDER.toString('base64url')}\n`],
    ['in one line, in the other base64', `${OLD.toString('base64')}  ${OLDER.toString('base64')}`],
    ['with blank lines and a return', `\r\n${OLD.toString('base64url')}\r\n\r\n${OLDER.toString('base64url')}`],
  ])('reads keys %s', (_, given) => {
    write(given);
    expect(ring.keys()).toEqual([OLD, OLDER]);
  });

  it('puts a key aside in a file that can be given back as it is', () => {
    write(`${OLD.toString('base64url')}\n`);
    ring.addFirst();
    const { kept, paths } = ring.putAside((key) => key.equals(OLD));
    expect(readdirSync(join(folder, 'retired'))).toEqual([`${keyId(OLD)}.key`]);
    write(text() + readFileSync(paths[0]!, 'utf8'));
    expect(ring.keys()).toEqual([...kept, OLD]);
  });
});
