// Checks what the environment means: defaults, what is refused and with which words. Touches files in a folder of its own.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { AppError } from './base/errors.ts';
import { envExample, environment, isLoopback, readConfig } from './config.ts';

const cwd = mkdtempSync(join(tmpdir(), 'config-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const read = (env: Record<string, string | undefined>) => readConfig(env, cwd);
const refusal = (env: Record<string, string | undefined>): AppError => {
  try {
    read(env);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('the environment was accepted');
};
const file = (name: string, text: string): string => {
  writeFileSync(join(cwd, name), text);
  return join(cwd, name);
};

const KEY = Buffer.alloc(32, 0xfb);
const OTHER_KEY = Buffer.alloc(32, 7);

describe('an empty environment', () => {
  it('means a server on loopback that keeps everything under ./data and its keys at home', () => {
    expect(read({})).toEqual({
      host: '127.0.0.1',
      port: 8000,
      publicUrl: null,
      internalUrl: null,
      allowedHosts: [],
      allowedOrigins: [],
      trustProxy: 0,
      allowSharedAddress: false,
      dataDir: join(cwd, 'data'),
      keyDir: join(homedir(), '.config/mailroom'),
      encryptionKeys: [],
      serviceKeys: [],
      token: null,
      backgroundPolling: true,
      pollIntervalMs: 60_000,
      imap: { host: 'imap.gmail.com', port: 993 },
      smtp: { host: 'smtp.gmail.com', port: 465 },
      google: null,
      returnToOrigins: [],
      defaultPermissions: ['read', 'draft'],
      sendLimits: { mail: 20, minute: 5, day: 50, new_day: 20 },
      reauthGraceMs: 7 * 86_400_000,
      deleteAfterMs: null,
      logLevel: 'info',
    });
  });

  it('reads an empty or blank string as not set', () => {
    const blank = Object.fromEntries([...envExample().matchAll(/^#([A-Z_]+)=/gm)].map(([, name]) => [name, ' ']));
    expect(read(blank)).toEqual(read({}));
  });
});

describe('single values', () => {
  it.each([
    ['PORT', '0', 'port', 0],
    ['TRUST_PROXY', '2', 'trustProxy', 2],
    ['SEND_LIMITS', ' day = 3 ,new_day=0', 'sendLimits', { mail: 20, minute: 5, day: 3, new_day: 0 }],
    ['ALLOWED_HOSTS', ' a.example, b.example,, ', 'allowedHosts', ['a.example', 'b.example']],
    ['ALLOWED_ORIGINS', 'https://a.example', 'allowedOrigins', ['https://a.example']],
    ['PUBLIC_URL', 'https://mail.example.com/', 'publicUrl', 'https://mail.example.com'],
    ['PUBLIC_URL', 'https://example.com/mail//', 'publicUrl', 'https://example.com/mail'],
    ['INTERNAL_URL', 'http://mailroom:8000', 'internalUrl', 'http://mailroom:8000'],
    ['ENABLE_BACKGROUND_POLLING', 'False', 'backgroundPolling', false],
    ['ENABLE_BACKGROUND_POLLING', '0', 'backgroundPolling', false],
    ['ALLOW_SHARED_ADDRESS', 'yes', 'allowSharedAddress', true],
    ['INBOX_POLL_INTERVAL_SECONDS', '5', 'pollIntervalMs', 5000],
    ['LOG_LEVEL', 'DEBUG', 'logLevel', 'debug'],
  ] as const)('takes %s=%s', (name, text, field, value) => {
    expect(read({ [name]: text })[field]).toEqual(value);
  });

  it.each([
    ['PORT', '65536'],
    ['PORT', '80a'],
    ['PORT', '-1'],
    ['GMAIL_IMAP_PORT', '0'],
    ['HOST', 'http://127.0.0.1'],
    ['TRUST_PROXY', 'true'],
    ['SEND_LIMITS', 'hour=3'],
    ['SEND_LIMITS', 'day=3,day=4'],
    ['SEND_LIMITS', 'day=-1'],
    ['SEND_LIMITS', 'day=3,'],
    ['PUBLIC_URL', 'mail.example.com'],
    ['PUBLIC_URL', 'https://exa mple.com'],
    ['PUBLIC_URL', 'https://[bad'],
    ['PUBLIC_URL', 'https://me:secret@example.com'],
    ['PUBLIC_URL', 'https://example.com/?a=b'],
    ['ENABLE_BACKGROUND_POLLING', 'maybe'],
    ['INBOX_POLL_INTERVAL_SECONDS', '0'],
    ['INBOX_POLL_INTERVAL_SECONDS', '1.5'],
    ['LOG_LEVEL', 'loud'],
    ['ENCRYPTION_KEY', 'dG9vIHNob3J0'],
    ['MAILROOM_SERVICE_KEY', 'short'],
  ])('refuses %s=%s by name, saying what would be right', (name, text) => {
    const error = refusal({ [name]: text });
    expect([error.code, error.field]).toEqual(['invalid_input', name]);
    expect(error.message).toMatch(new RegExp(`^${name} must be .{6,}\\.$`));
  });

  it('answers any text for any variable with a configuration or a one-line refusal', () => {
    const names = [...envExample().matchAll(/^#([A-Z_]+)=/gm)].map(([, name]) => name!);
    const odd = fc.oneof(fc.string(), fc.webUrl(), fc.constantFrom('sqlite:', 'sqlite:///', '/', '~', '..', '[', '%'));
    fc.assert(
      fc.property(fc.constantFrom(...names), odd, (name, text) => {
        try {
          read({ [name]: text });
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
          expect((error as AppError).message).not.toContain('\n');
        }
      }),
    );
  });
});

describe('where data and keys lie', () => {
  it.each([
    ['sqlite:store', () => join(cwd, 'store')],
    ['sqlite:/var/lib/mail', () => '/var/lib/mail'],
    ['sqlite:///var/lib/mail', () => '/var/lib/mail'],
    ['sqlite:///var/lib/mail/gmail.db', () => '/var/lib/mail'],
    ['sqlite:////var/lib/mail/gmail.db', () => '/var/lib/mail'],
    ['sqlite:///./gmail.sqlite3', () => cwd],
  ])('understands DATABASE_URL=%s as a folder', (text, folder) => {
    expect(read({ DATABASE_URL: text, DATA_DIR: '/elsewhere', KEY_DIR: '/keys' }).dataDir).toBe(folder());
  });

  it.each([
    'postgres://me:hunter2@db/mail',
    'sqlite:',
    'sqlite://host/file.db',
    'sqlite::memory:',
    'mysql:x',
  ])('refuses DATABASE_URL=%s with the list of what is understood, without its text', (text) => {
    const { field, message } = refusal({ DATABASE_URL: text });
    expect(field).toBe('DATABASE_URL');
    expect(message).toContain('sqlite:<folder>, sqlite:///path/file.db');
    expect(message).not.toContain('hunter2');
  });

  it('takes ~ for the home folder', () => {
    const { dataDir, keyDir } = read({ DATA_DIR: '~/mail', KEY_DIR: '~/keys' });
    expect([dataDir, keyDir]).toEqual([join(homedir(), 'mail'), join(homedir(), 'keys')]);
  });

  it.each(['data', 'data/keys', './data/../data/keys', 'data/..keys'])('refuses KEY_DIR=%s under ./data', (text) => {
    expect(refusal({ KEY_DIR: text }).field).toBe('KEY_DIR');
  });

  it.each(['keys', 'data-keys', '../data'])('accepts KEY_DIR=%s beside ./data', (text) => {
    expect(read({ KEY_DIR: text }).dataDir).toBe(join(cwd, 'data'));
  });
});

describe('keys in the clear', () => {
  it.each([
    { PUBLIC_URL: 'http://mail.example.com' },
    { PUBLIC_URL: 'http://10.0.0.5:8000' },
    { PUBLIC_URL: 'http://localhost.example.com' },
    { HOST: '0.0.0.0' },
  ])('refuses %o without ALLOW_HTTP', (env) => {
    expect(refusal(env).field).toBe('PUBLIC_URL');
    expect(read({ ...env, ALLOW_HTTP: 'true' })).toMatchObject({ host: env.HOST ?? '127.0.0.1' });
  });

  it.each([
    { PUBLIC_URL: 'http://localhost:8000' },
    { PUBLIC_URL: 'http://[::1]:8000' },
    { HOST: '::1' },
    { HOST: '0.0.0.0', PUBLIC_URL: 'https://mail.example.com' },
    { HOST: '0.0.0.0', PUBLIC_URL: 'http://127.0.0.1:8000' },
  ])('accepts %o', (env) => {
    expect(read(env).port).toBe(8000);
  });

  it('knows this machine by name and by address', () => {
    expect(['localhost', '127.0.0.1', '127.8.9.10', '::1', '[::1]'].filter((host) => !isLoopback(host))).toEqual([]);
    expect(['0.0.0.0', '::', 'localhost.example.com', '127.0.0.1.example.com'].filter(isLoopback)).toEqual([]);
  });
});

describe('secrets', () => {
  it('takes 32 bytes in either alphabet, with or without padding, the first one to write', () => {
    const { encryptionKeys } = read({
      ENCRYPTION_KEY: `${KEY.toString('base64')}, ${OTHER_KEY.toString('base64url')}=,${KEY.toString('base64url')}`,
    });
    expect(encryptionKeys).toEqual([KEY, OTHER_KEY, KEY]);
  });

  it('takes several service keys', () => {
    expect(read({ MAILROOM_SERVICE_KEY: 'first-service-key-1,second-service-key' }).serviceKeys).toEqual([
      'first-service-key-1',
      'second-service-key',
    ]);
  });

  it('takes a secret from the file that NAME_FILE names', () => {
    const env = {
      ENCRYPTION_KEY_FILE: file('key', `${KEY.toString('base64')}\n`),
      MAILROOM_SERVICE_KEY_FILE: file('service', 'a-service-key-from-a-file\n'),
    };
    expect(read(env)).toMatchObject({ encryptionKeys: [KEY], serviceKeys: ['a-service-key-from-a-file'] });
  });

  it('refuses a secret given twice, and a file that is missing, empty or a folder', () => {
    const given = {
      MAILROOM_SERVICE_KEY: 'a-service-key-here',
      MAILROOM_SERVICE_KEY_FILE: file('twice', 'x'.repeat(20)),
    };
    expect(refusal(given).message).toBe(
      'Both MAILROOM_SERVICE_KEY and MAILROOM_SERVICE_KEY_FILE are set; keep one of them.',
    );
    for (const path of [join(cwd, 'absent'), file('empty', '\n'), cwd])
      expect(refusal({ ENCRYPTION_KEY_FILE: path }).field).toBe('ENCRYPTION_KEY_FILE');
  });

  it('never repeats a secret in a refusal', () => {
    const secret = 'correct horse battery staple';
    for (const name of ['ENCRYPTION_KEY', 'MAILROOM_SERVICE_KEY']) {
      const env = { [name]: `${secret},x`, [`${name}_FILE`]: '' };
      expect(JSON.stringify({ ...refusal(env), message: refusal(env).message })).not.toContain('horse');
    }
  });
});

describe('the .env file', () => {
  it('lies beneath the real environment, where an empty variable counts as not set', () => {
    const folder = mkdtempSync(join(cwd, 'env-'));
    writeFileSync(join(folder, '.env'), '# mine\nPORT=9000\nHOST="localhost"\nLOG_LEVEL=warn\n');
    const { port, host, logLevel } = readConfig(environment(folder, { PORT: '9001', LOG_LEVEL: '' }), folder);
    expect([port, host, logLevel]).toEqual([9001, 'localhost', 'warn']);
  });

  it('may be absent', () => {
    expect(environment(cwd, { PORT: '1' })).toEqual({ PORT: '1' });
  });
});

describe('.env.example', () => {
  const committed = readFileSync(new URL('../.env.example', import.meta.url), 'utf8');

  it('is what `npm run env-example` writes', () => {
    expect(committed).toBe(envExample());
  });

  it('shows values that mean the same as leaving them out', () => {
    const shown = committed.replace(/^#(?=[A-Z_]+=)/gm, '');
    const folder = mkdtempSync(join(cwd, 'example-'));
    writeFileSync(join(folder, '.env'), shown);
    expect(readConfig(environment(folder, {}), folder)).toEqual(readConfig({}, folder));
  });

  it('and the operations page name the same variables', () => {
    const page = readFileSync(new URL('../docs/operations.md', import.meta.url), 'utf8');
    const names = [...committed.matchAll(/^#([A-Z_]+)=/gm)].map(([, name]) => name!);
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });
});

describe('Google', () => {
  const client = { GOOGLE_CLIENT_ID: 'id', GOOGLE_CLIENT_SECRET: 'secret' };

  it('is asked at its own addresses when a client is set up', () => {
    expect(read(client).google).toEqual({
      clientId: 'id',
      clientSecret: 'secret',
      authUrl: 'https://accounts.google.com/o/oauth2/v2/auth',
      tokenUrl: 'https://oauth2.googleapis.com/token',
      revokeUrl: 'https://oauth2.googleapis.com/revoke',
      userinfoUrl: 'https://openidconnect.googleapis.com/v1/userinfo',
      jwksUrl: 'https://www.googleapis.com/oauth2/v3/certs',
      apiUrl: 'https://gmail.googleapis.com',
      pubsubTopic: null,
      pubsubAudience: null,
    });
  });

  it.each([
    ['GOOGLE_CLIENT_SECRET', { GOOGLE_CLIENT_ID: 'id' }],
    ['GOOGLE_CLIENT_ID', { GOOGLE_CLIENT_SECRET: 'secret' }],
    ['GOOGLE_TOKEN_URL', { ...client, GOOGLE_TOKEN_URL: 'http://google.example/token' }],
    ['GMAIL_PUBSUB_TOPIC', { ...client, GMAIL_PUBSUB_TOPIC: 'topic' }],
    ['RETURN_TO_ORIGINS', { RETURN_TO_ORIGINS: 'https://app.example/path' }],
    ['DEFAULT_PERMISSIONS', { DEFAULT_PERMISSIONS: 'read,all' }],
  ])('says that %s is wrong', (field, env) => {
    expect(() => read(env)).toThrow(expect.objectContaining({ code: 'invalid_input', field }));
  });

  it('of this machine may be asked in the clear', () => {
    const tokenUrl = 'http://127.0.0.1:9000/token';
    expect(read({ ...client, GOOGLE_TOKEN_URL: tokenUrl }).google?.tokenUrl).toBe(tokenUrl);
  });
});
