// What a page token promises, whatever is made of it.
import { describe, expect, it } from 'vitest';
import { PageTokens } from './page-token.ts';

const DAY = 24 * 3_600_000;
const NOW = Date.UTC(2026, 10, 20, 12, 0, 30);
const tokens = new PageTokens(Buffer.alloc(32, 1)).boundTo('jane');
const SCOPE = ['search', 'acc_1', 'from:amy'];
const PLACES = [
  '0',
  '7',
  '1877806468300800',
  '18446744073709551615',
  '18446744073709551616',
  '007',
  'bot',
  '1:tok_ä',
  '',
];

describe('a page token', () => {
  it.each(PLACES)('carries the place %s', (place) => {
    expect(tokens.read(SCOPE, tokens.mint(SCOPE, place, NOW), NOW)).toBe(place);
  });

  it('is short for a place in a mailbox', () => {
    expect(tokens.mint(SCOPE, '1877806468300800', NOW)).toHaveLength(32);
  });

  it('is good for a day, for its caller and its question', () => {
    const token = tokens.mint(SCOPE, '7', NOW);
    expect(tokens.read(SCOPE, token, NOW + DAY - 60_000)).toBe('7');
    expect(() => tokens.read(SCOPE, token, NOW + DAY + 60_000)).toThrow('older than a day');
    for (const scope of [[], SCOPE.slice(0, 2), [...SCOPE, ''], ['search', 'acc_2', 'from:amy']])
      expect(() => tokens.read(scope, token, NOW)).toThrow('another question');
    for (const other of [
      new PageTokens(Buffer.alloc(32, 1)).boundTo('bob'),
      new PageTokens(Buffer.alloc(32, 2), 'jane'),
    ])
      expect(() => other.read(SCOPE, token, NOW)).toThrow('not given out here');
    expect(tokens.read(SCOPE, undefined, NOW)).toBeNull();
  });

  it('is refused with any bit changed, cut, lengthened or written otherwise', () => {
    for (const place of ['7', 'bot']) {
      const token = tokens.mint(SCOPE, place, NOW);
      const bytes = Buffer.from(token, 'base64url');
      const changed = Array.from(bytes, (_, i) => {
        const copy = Buffer.from(bytes);
        copy[i]! ^= 1;
        return copy.toString('base64url');
      });
      const cut = Array.from({ length: token.length - 1 }, (_, i) => token.slice(0, i + 1));
      for (const each of [...changed, ...cut, `${token}A`, `${token}=`, `${token}.x`, ` ${token}`, 'é'.repeat(32)])
        expect(() => tokens.read(SCOPE, each, NOW), each).toThrow('not given out here');
    }
  });
});
