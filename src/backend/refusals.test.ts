// What each server text means, and that the text itself stays in the log.
import { describe, expect, it } from 'vitest';
import { refusalOf, unreachable } from './refusals.ts';

const MINUTE = 60_000;

describe('a refusal', () => {
  it.each([
    ['[AUTHENTICATIONFAILED] Invalid credentials (Failure)', 'account_rejected', 'did not accept'],
    ['535 5.7.8 Username and Password not accepted.', 'account_rejected', 'did not accept'],
    ['[AUTHENTICATIONFAILED] Authentication failed.', 'account_rejected', 'did not accept'],
    ['[ALERT] Application-specific password required: https://support.google.com/', 'account_rejected', 'App Password'],
    ['534-5.7.9 Application-specific password required.', 'account_rejected', 'App Password'],
    ['[ALERT] Please log in via your web browser: https://support.google.com/', 'account_rejected', 'web browser'],
    ['534-5.7.14 <https://accounts.google.com/signin/continue>', 'account_rejected', 'web browser'],
    ['[WEBALERT https://accounts.google.com/] Web login required.', 'account_rejected', 'web browser'],
    ['[ALERT] IMAP access is disabled for your domain.', 'account_rejected', 'administrator'],
    ['[ALERT] Too many simultaneous connections. (Failure)', 'rate_limited', 'Too many programs'],
    ['[ALERT] Account exceeded command or bandwidth limits. (Failure)', 'rate_limited', 'too much'],
    ['[OVERQUOTA] Account exceeded command or bandwidth limits.', 'rate_limited', 'too much'],
    ['454 4.7.0 Too many login attempts, please try again later.', 'rate_limited', 'fewer attempts'],
    ['421 4.7.0 Try again later, closing connection.', 'rate_limited', 'fewer attempts'],
    ['[UNAVAILABLE] Temporary authentication failure', 'unavailable', 'temporary'],
    ['Temporary System Problem', 'unavailable', 'temporary'],
    ['Lookup failed abc123', 'unavailable', 'temporary'],
    ['421 4.3.0 Temporary System Problem.', 'unavailable', 'temporary'],
    ['[AUTHENTICATIONFAILED] Invalid credentials, please try again', 'account_rejected', 'did not accept'],
    ['[AUTHENTICATIONFAILED] Password temporarily unavailable, try again', 'account_rejected', 'did not accept'],
    ['[authenticationfailed] Login failed. Try again later.', 'account_rejected', 'did not accept'],
    ['[AUTHENTICATIONFAILED] Web login required', 'account_rejected', 'web browser'],
    ['[AUTHORIZATIONFAILED] Not now', 'account_rejected', 'did not accept'],
    ['[EXPIRED] Try again with a new password', 'account_rejected', 'did not accept'],
    ['[ALERT] Invalid credentials, try again (Failure)', 'account_rejected', 'did not accept'],
    ['535-5.7.8 Username and Password not accepted. Please try again.', 'account_rejected', 'did not accept'],
    ['Invalid login or password, please try again', 'account_rejected', 'did not accept'],
    ['Wrong password, service unavailable for you', 'account_rejected', 'did not accept'],
    ['Authentication failed', 'account_rejected', 'did not accept'],
    ['Authentication failed: backend temporarily gone', 'unavailable', 'temporary'],
    ['Login failed, try again later', 'unavailable', 'temporary'],
    ['[UNAVAILABLE] Invalid credentials could not be ruled out', 'unavailable', 'temporary'],
    ['[UNAVAILABLE] Authentication failed', 'unavailable', 'temporary'],
    ['[INUSE] Mailbox in use', 'unavailable', 'temporary'],
    ['[SERVERBUG] Internal error occurred', 'unavailable', 'temporary'],
    ['[UNAVAILABLE] Too many login attempts', 'unavailable', 'temporary'],
    ['[LIMIT] Invalid credentials', 'rate_limited', 'Too many programs'],
    ['[OVERQUOTA] Temporarily unavailable, try again', 'rate_limited', 'too much'],
    ['[THROTTLED] Try again', 'rate_limited', 'too much'],
    ['[LIMIT] Exceeded command or bandwidth limits', 'rate_limited', 'too much'],
    ['[ALERT] [OVERQUOTA] Authentication failed', 'rate_limited', 'too much'],
    ['[constructor] [__proto__ x] Invalid credentials', 'account_rejected', 'did not accept'],
  ])('%s', (text, code, words) => {
    const refusal = refusalOf(text, 1000);
    expect(refusal).toMatchObject({ code, message: expect.stringContaining(words) });
    expect(refusal?.hint).not.toBe('');
  });

  it('is not made up for a text that nobody knows', () => {
    expect(refusalOf('[ALERT] Your mailbox is nearly full', 0)).toBeNull();
    expect(refusalOf('[CANNOT] Some of the requested messages could not be fetched', 0)).toBeNull();
  });

  it('says how long to wait: an hour for bytes, minutes for connections', () => {
    expect(refusalOf('[OVERQUOTA]', 1000)?.retryAt).toBe(1000 + 60 * MINUTE);
    expect(refusalOf('Too many simultaneous connections', 1000)?.retryAt).toBe(1000 + 5 * MINUTE);
    expect(refusalOf('Invalid credentials', 1000)?.retryAt).toBeUndefined();
  });

  it('keeps what the server said out of everything that is shown', () => {
    const refusal = refusalOf('Invalid credentials\r\nfor "jane" \u0007', 0)!;
    expect(`${refusal.message} ${refusal.hint}`).not.toContain('jane');
    expect((refusal.cause as Error).message).toBe('Invalid credentials for "jane"  ');
  });
});

describe('a server that cannot be reached', () => {
  it.each([
    ['ENOTFOUND', 'was not found'],
    ['ECONNREFUSED', 'Nothing answers'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'could not prove'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'could not prove'],
    ['CERT_HAS_EXPIRED', 'could not prove'],
    ['CONNECT_TIMEOUT', 'lost or timed out'],
    ['', 'lost or timed out'],
  ])('is told by host and port: %s', (code, words) => {
    const fault = unreachable({ host: 'imap.example.com', port: 993 }, code, new Error('secret words'));
    expect(fault).toMatchObject({ code: 'unavailable', message: expect.stringContaining(words) });
    expect(fault.message).toContain('imap.example.com:993');
    expect(`${fault.message} ${fault.hint}`).not.toContain('secret');
  });
});
