// What is kept of what an app says of itself, and which of them are turned away.
import { describe, expect, it } from 'vitest';
import { isOnThisComputer, oneLine, readObject, redirectHost, understood } from './client-metadata.ts';

const at = (...redirect_uris: unknown[]) => ({ redirect_uris });

describe('a registration', () => {
  it('keeps what is understood, and never a scope', () => {
    expect(
      understood(
        {
          ...at('https://claude.ai/api/mcp/auth_callback'),
          client_name: 'Claude',
          client_uri: 'https://claude.ai',
          logo_uri: 'https://claude.ai/logo.png',
          scope: 'read',
          token_endpoint_auth_method: 'none',
          jwks_uri: 'http://169.254.169.254/',
          sector_identifier_uri: 'https://10.0.0.1/',
        },
        'client_secret_basic',
      ),
    ).toEqual({
      redirect_uris: ['https://claude.ai/api/mcp/auth_callback'],
      client_name: 'Claude',
      client_uri: 'https://claude.ai/',
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      application_type: 'web',
    });
  });

  it.each([
    ['http://localhost:3000/cb', 'native'],
    ['http://127.0.0.1/cb', 'native'],
    ['http://[::1]:1/cb', 'native'],
    ['cursor://anysphere.cursor-mcp/oauth/callback', 'native'],
    ['com.example.app:/callback', 'native'],
    ['https://vscode.dev/redirect', 'web'],
  ])('may come back to %s', (uri, type) => {
    expect(understood(at(uri), 'none')).toMatchObject({ redirect_uris: [uri], application_type: type });
    // Whatever it says itself of its kind.
    expect(understood({ ...at(uri), application_type: 'web' }, 'none').application_type).toBe(type);
  });

  it.each([
    ['nothing', undefined],
    ['an empty list', []],
    ['too many', Array.from({ length: 11 }, (_, i) => `https://a.example/${i}`)],
    ['no text', [1]],
    ['no address', ['/callback']],
    ['plain http elsewhere', ['http://a.example/cb']],
    ['plain http at a name that begins like loopback', ['http://localhost.a.example/cb']],
    ['plain http at a private address', ['http://192.168.0.1/cb']],
    ['a fragment', ['https://a.example/cb#x']],
    ['an empty fragment', ['https://a.example/cb#']],
    ['credentials', ['https://a:b@a.example/cb']],
    ['a host that would speak in a header', ['https://a;script-src.example/cb']],
    ['a script', ['javascript:alert(1)']],
    ['a script in another scheme', ['feed:javascript:alert(1)']],
    ['a program of the system', ['ms-msdt:/id']],
    ['another extension', ['moz-extension://x/']],
    ['a host that is one only to browsers', ['https://a.example\\@b.example/']],
    ['a host behind too many slashes', ['https:///a.example/']],
    ['a host behind too few slashes', ['https:/a.example/']],
    ['more than one line', ['https://a.example/\r\nx']],
    ['other letters than addresses have', ['https://bücher.example/']],
    ['a document of its own', ['data:text/html,x']],
    ['a file', ['file:///etc/passwd']],
    ['a very long one', [`https://a.example/${'x'.repeat(2000)}`]],
  ])('may not come back to %s', (_what, redirect_uris) => {
    expect(() => understood({ redirect_uris }, 'none')).toThrow(
      expect.objectContaining({ error: 'invalid_redirect_uri' }),
    );
  });

  it.each([
    [{ token_endpoint_auth_method: 'private_key_jwt' }, 'none, client_secret_basic, client_secret_post'],
    [{ token_endpoint_auth_method: 1 }, 'token_endpoint_auth_method'],
    [{ grant_types: ['implicit'] }, 'authorization_code'],
    [{ grant_types: 'authorization_code' }, 'authorization_code'],
    [{ response_types: ['token'] }, 'code'],
  ])('says what is wrong with %j', (more, words) => {
    expect(() => understood({ ...at('https://a.example/cb'), ...more }, 'none')).toThrow(
      expect.objectContaining({ error: 'invalid_client_metadata', message: expect.stringContaining(words) }),
    );
  });

  it('takes what it does not offer beside what it does', () => {
    const asks = { grant_types: ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code'] };
    expect(understood({ ...at('http://127.0.0.1:33418/'), ...asks }, 'none').grant_types).toEqual([
      'authorization_code',
      'refresh_token',
    ]);
  });

  it('is one object of bounded size', () => {
    expect(readObject('{"a":1}')).toEqual({ a: 1 });
    for (const text of ['', 'null', '[]', '"x"', '{', `{"a":"${'x'.repeat(64 * 1024)}"}`])
      expect(() => readObject(text)).toThrow(expect.objectContaining({ error: 'invalid_client_metadata' }));
  });
});

describe('what is shown of it', () => {
  it('is one short line of visible text', () => {
    expect(oneLine(' Claude\n\u202eedualC\u0000 \u200b ')).toBe('Claude edualC');
    expect(oneLine('x'.repeat(500))).toHaveLength(80);
    expect(oneLine('\u2800\u3164\u115f\u00ad\ufe0f')).toBe('');
    expect(oneLine('a \u2800  b')).toBe('a b');
    expect(oneLine(`a${'\u0301'.repeat(50)}b`)).toBe('a\u0301\u0301\u0301b');
    expect(oneLine(undefined)).toBe('');
  });

  it('is where the person is sent', () => {
    expect(redirectHost('https://claude.ai/api/cb')).toBe('claude.ai');
    expect(redirectHost('http://127.0.0.1:33418/')).toBe('127.0.0.1:33418');
    expect(redirectHost('cursor://anysphere.cursor-mcp/oauth')).toBe('cursor://anysphere.cursor-mcp');
    expect(['https://a.example/', 'http://localhost/', 'cursor://x'].map(isOnThisComputer)).toEqual([
      false,
      true,
      true,
    ]);
  });
});
