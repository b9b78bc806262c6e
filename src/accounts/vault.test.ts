// The vault opens what it sealed, for that row only, with a key of the ring only.
import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { keyId, Vault } from './vault.ts';

const old = randomBytes(32);
const fresh = randomBytes(32);
const here = { table: 'accounts', rowId: 'acc_a', field: 'app_password' };

it('opens what it sealed, for the row that it was sealed for', () => {
  const vault = new Vault([old]);
  const sealed = vault.seal('abcd efgh ijkl mnop', here);
  expect(vault.open(sealed, here)).toBe('abcd efgh ijkl mnop');
  expect(JSON.stringify(sealed)).not.toContain('abcd');
});

it('refuses a credential that was moved to another row or field', () => {
  const vault = new Vault([old]);
  const sealed = vault.seal('secret', here);
  expect(() => vault.open(sealed, { ...here, rowId: 'acc_b' })).toThrow(/does not open/);
  expect(() => vault.open(sealed, { ...here, field: 'refresh_token' })).toThrow(/does not open/);
});

it('reads with every key of the ring and writes with the first', () => {
  const sealed = new Vault([old]).seal('secret', here);
  const both = new Vault([fresh, old]);
  expect(both.open(sealed, here)).toBe('secret');
  expect(both.seal('secret', here).wrappedKey).toContain(keyId(fresh));
});

it('names the key id that is missing and nothing else', () => {
  const sealed = new Vault([old]).seal('secret', here);
  expect(() => new Vault([fresh]).open(sealed, here)).toThrow(keyId(old));
});

it('refuses a sealed value in which one byte was changed', () => {
  const vault = new Vault([old]);
  const sealed = vault.seal('secret', here);
  const last = sealed.sealed.slice(-1) === 'A' ? 'B' : 'A';
  expect(() => vault.open({ ...sealed, sealed: sealed.sealed.slice(0, -1) + last }, here)).toThrow();
  expect(() => vault.open({ ...sealed, sealed: 'v1.x' }, here)).toThrow(/does not open/);
});
