// The file of the encryption keys: what is written into it, what is read of it, also as earlier versions wrote it.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KeyRing } from './key-files.ts';
import { keyId } from './vault.ts';

const NOW = Date.parse('2026-11-26T05:04:03.210Z');
const LATER = Date.parse('2027-11-26T05:04:03Z');
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
  it('writes down when a key was made, and keeps that when another comes before it', () => {
    const [first] = ring.begin(NOW);
    expect(text()).toBe(`${first!.toString('base64url')} 2026-11-26T05:04:03Z\n`);
    const [second, ...others] = ring.addFirst(LATER);
    expect(others).toEqual([first]);
    expect(new KeyRing(folder).keys()).toEqual([second, first]);
    expect([...ring.madeAt()]).toEqual([
      [keyId(second!), '2027-11-26T05:04:03Z'],
      [keyId(first!), '2026-11-26T05:04:03Z'],
    ]);
  });

  it.each([
    ['one a line', `${OLD.toString('base64url')}\n${OLDER.toString('base64url')}\n`],
    ['in one line, in the other base64', `${OLD.toString('base64')}  ${OLDER.toString('base64')}`],
    ['with blank lines and a return', `\r\n${OLD.toString('base64url')}\r\n\r\n${OLDER.toString('base64url')}`],
  ])('reads keys of which nobody knows when they were made: %s', (_, given) => {
    write(given);
    expect(ring.keys()).toEqual([OLD, OLDER]);
    expect([...ring.madeAt()]).toEqual([]);
    const [made] = ring.addFirst(NOW);
    expect(ring.keys()).toEqual([made, OLD, OLDER]);
    expect([...ring.madeAt().keys()]).toEqual([keyId(made!)]);
  });

  it('puts a key aside with its time, so that it can be given back as it is', () => {
    const [first] = ring.begin(NOW);
    ring.addFirst(LATER);
    const { kept, paths } = ring.putAside((key) => key.equals(first!));
    expect(readdirSync(join(folder, 'retired'))).toEqual([`${keyId(first!)}.key`]);
    write(text() + readFileSync(paths[0]!, 'utf8'));
    expect(ring.keys()).toEqual([...kept, first]);
    expect(ring.madeAt().get(keyId(first!))).toBe('2026-11-26T05:04:03Z');
  });

  it('begins once only', () => {
    const keys = ring.begin(NOW);
    expect(() => ring.begin(LATER)).toThrow(/EEXIST/);
    expect(ring.keys()).toEqual(keys);
  });
});
