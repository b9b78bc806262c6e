// Which passwords are taken, and how they are kept.
import { expect, it } from 'vitest';
import { isPassword, mustBePassword, passwordHash } from './passwords.ts';

const LOGIN = 'jane.jones@example.org';

it('takes any that is long enough and is not the login', () => {
  for (const good of [
    'a'.repeat(12),
    'ж'.repeat(12),
    '🐎'.repeat(12),
    ' '.repeat(12),
    'x'.repeat(256),
    '🐎'.repeat(256),
  ])
    expect(() => mustBePassword(good, LOGIN)).not.toThrow();
  for (const bad of ['', 'a'.repeat(11), '🐎'.repeat(11), 'x'.repeat(257), LOGIN, ` ${LOGIN.toUpperCase()} `])
    expect(() => mustBePassword(bad, LOGIN), bad).toThrow(
      expect.objectContaining({ code: 'invalid_input', field: 'password' }),
    );
});

it('keeps Argon2id with its parameters and a salt of its own', async () => {
  const [one, two] = [await passwordHash('correct horse'), await passwordHash('correct horse')];
  expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(one).not.toBe(two);
  expect(await isPassword(one, 'correct horse')).toBe(true);
  for (const wrong of ['correct horsf', 'Correct horse', 'correct horse ', ''])
    expect(await isPassword(one, wrong)).toBe(false);
});

it('knows a password that another keyboard composes in another way', async () => {
  expect(
    await isPassword(await passwordHash('caf\u00e9 caf\u00e9 caf\u00e9'), 'cafe\u0301 cafe\u0301 cafe\u0301'),
  ).toBe(true);
});

it('is nobody’s where none is known, not even the one that stands in for it', async () => {
  for (const text of ['', 'anything else', 'the password of nobody']) expect(await isPassword(null, text)).toBe(false);
});
