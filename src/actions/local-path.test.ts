// Where a browser may be sent: what browsers take for another host is never a path here.
import { describe, expect, it } from 'vitest';
import { localPath } from './local-path.ts';

const at = (url: string) => ({ addresses: () => ({ public: url, internal: null }) });
const ROOT = at('https://mail.example');

describe('open-redirect', () => {
  it.each([
    'https://evil.example',
    'http:/evil.example',
    'https:evil.example',
    'javascript:alert(1)',
    'data:text/html,x',
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    '\t//evil.example',
    ' //evil.example',
    '/.//evil.example',
    '/a/..//evil.example',
    '/%2e//evil.example',
    '/%2e%2e//evil.example',
    '/a\\..\\\\evil.example',
    'evil.example',
    '@evil.example',
    '',
    '/\u0000',
    `/${'a'.repeat(5000)}`,
  ])('%j leads nowhere', (text) => {
    expect(localPath(ROOT, text)).toBeNull();
  });

  it.each([
    ['/', '/'],
    ['/me?a=//b#c', '/me?a=//b#c'],
    ['/%2f%2fevil.example', '/%2f%2fevil.example'],
    ['/%5cevil.example', '/%5cevil.example'],
    ['/a/../b', '/b'],
    ['/a:b@c', '/a:b@c'],
    ['/ü', '/%C3%BC'],
  ])('%j stays here', (text, path) => {
    expect(localPath(ROOT, text)).toBe(path);
    expect(new URL(path, 'https://mail.example').origin).toBe('https://mail.example');
  });

  it('keeps to the path under which this server is found', () => {
    const box = at('https://mail.example/box');
    expect(localPath(box, '/box')).toBe('/box');
    expect(localPath(box, '/box/me')).toBe('/box/me');
    for (const text of ['/', '/boxes', '/other', '/box/../other', '/box/%2e%2e/other'])
      expect(localPath(box, text)).toBeNull();
  });
});
