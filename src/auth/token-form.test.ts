// The form of tokens, against checksums that another program has reckoned.
import { crc32 } from 'node:zlib';
import { expect, it } from 'vitest';
import { ProfileTokens } from './profile-tokens.ts';
import { isToken, newToken } from './token-form.ts';

/** Made by another program; the last one’s checksum begins with zeros. */
const MADE_ELSEWHERE = [
  'gmail_00000000000000000000000000000000000000000002CZclj',
  'gmail_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA0DofJ8',
  'gmail_zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz0UsatS',
  'gmail_Zero389qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq00B6m7',
];

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const worth = (text: string): number => [...text].reduce((sum, digit) => sum * 62 + DIGITS.indexOf(digit), 0);

it('makes tokens of one form, each another', () => {
  const made = Array.from({ length: 500 }, newToken);
  expect(new Set(made).size).toBe(500);
  for (const token of made) {
    expect(token).toMatch(/^gmail_[0-9A-Za-z]{49}$/);
    expect(worth(token.slice(-6))).toBe(crc32(token.slice(6, 49)));
    expect(isToken(token)).toBe(true);
  }
});

it('knows tokens whose checksum another program has reckoned', () => {
  for (const token of MADE_ELSEWHERE) expect(isToken(token), token).toBe(true);
});

it('refuses whatever was changed, cut or made longer', () => {
  const token = newToken();
  for (let i = 0; i < token.length; i++) {
    const other = token[i] === 'x' ? 'y' : 'x';
    expect(isToken(`${token.slice(0, i)}${other}${token.slice(i + 1)}`), String(i)).toBe(false);
  }
  for (const wrong of ['', 'gmail_', token.slice(0, -1), `${token}0`, `${token}\n`, token.toUpperCase(), ` ${token}`])
    expect(isToken(wrong)).toBe(false);
});

it('does not ask the store about what cannot be a token', async () => {
  const asked: string[] = [];
  const rows = { tokenByHash: async (hash: string) => void asked.push(hash) };
  const tokens = new ProfileTokens(rows as never, undefined as never);
  const token = newToken();
  expect(await tokens.enter(`${token.slice(0, -1)}${token.endsWith('0') ? '1' : '0'}`, 0)).toBeNull();
  expect(asked).toEqual([]);
  expect(await tokens.enter(token, 0)).toBeNull();
  expect(asked).toHaveLength(1);
});
