// Each class of Google's errors, and what is made of it.
import { describe, expect, it } from 'vitest';
import { faultOf } from './errors.ts';

const NOW = Date.UTC(2026, 10, 25, 12);

function told(status: number, reason: string, message: string, retryAfter: string | null = null) {
  const body = JSON.stringify({ error: { code: status, message, status: '', errors: [{ reason, message }] } });
  return faultOf({ status, retryAfter, body }, 'gmail.readonly', NOW);
}

describe('an error of the Gmail API', () => {
  it.each([
    [401, 'authError', 'Invalid Credentials', 'account_rejected', 'token'],
    [400, 'invalidArgument', 'Invalid To header', 'invalid_input', 'never'],
    [400, 'failedPrecondition', 'Mail service not enabled', 'account_rejected', 'never'],
    [400, 'failedPrecondition', 'Precondition check failed.', 'unavailable', 'later'],
    [403, 'insufficientPermissions', 'Insufficient Permission', 'account_rejected', 'never'],
    [403, '', 'Request had insufficient authentication scopes.', 'account_rejected', 'never'],
    [403, 'rateLimitExceeded', 'Rate Limit Exceeded', 'rate_limited', 'later'],
    [403, 'userRateLimitExceeded', 'User Rate Limit Exceeded', 'rate_limited', 'later'],
    [403, '', "Quota exceeded for quota metric 'Queries' and limit", 'rate_limited', 'later'],
    [403, 'dailyLimitExceeded', 'Daily Limit Exceeded', 'rate_limited', 'never'],
    [403, 'domainPolicy', 'The domain administrators have disabled Gmail apps.', 'account_rejected', 'never'],
    [403, 'accessNotConfigured', 'Gmail API has not been used in project', 'unavailable', 'never'],
    [403, 'forbidden', 'Delegation denied for jane@example.com', 'internal', 'never'],
    [403, 'forbidden', 'User not authorized to perform this action.', 'forbidden', 'never'],
    [404, 'notFound', 'Requested entity was not found.', 'not_found', 'never'],
    [409, 'aborted', 'Label name exists or conflicts', 'conflict', 'never'],
    [413, 'uploadTooLarge', 'Too large', 'too_large', 'never'],
    [429, 'rateLimitExceeded', 'Too many concurrent requests for user', 'rate_limited', 'later'],
    [500, 'backendError', 'Backend Error', 'unavailable', 'later'],
    [503, '', '', 'unavailable', 'later'],
    [501, '', '', 'unavailable', 'never'],
    [400, 'failedPrecondition', 'Only one user push notification client allowed per developer', 'conflict', 'never'],
    [302, '', '', 'unavailable', 'never'],
  ])('%i %s “%s” is %s, again: %s', (status, reason, message, code, again) => {
    const fault = told(status, reason, message);
    expect([fault.error.code, fault.again]).toEqual([code, again]);
    if (message) expect(`${fault.error.message} ${fault.error.hint}`).not.toContain(message);
  });

  it('is waited out until the time in its text, else as Retry-After says, else it does not say', () => {
    const text = 'User-rate limit exceeded.  Retry after 2026-11-25T20:00:00.000Z';
    const at = Date.UTC(2026, 10, 25, 20);
    expect(told(429, 'rateLimitExceeded', text, '5')).toMatchObject({ holdUntil: at, error: { retryAt: at } });
    expect(told(429, 'rateLimitExceeded', 'slow down', '5').holdUntil).toBe(NOW + 5000);
    expect(told(429, '', '', 'Wed, 25 Nov 2026 12:01:00 GMT').holdUntil).toBe(NOW + 60_000);
    expect(told(429, '', 'Retry after 2026-99-99T99:00:00Z', 'soon').holdUntil).toBeNull();
  });

  it('of the day’s limit lasts until midnight in California', () => {
    expect(told(403, 'dailyLimitExceeded', '').holdUntil).toBe(Date.UTC(2026, 10, 26, 8));
  });

  it('names the scope that is missing, and rejects the account only where it cannot read', () => {
    const body = '{"error":{"status":"PERMISSION_DENIED","details":[{"reason":"ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]}}';
    const fault = faultOf({ status: 403, retryAfter: null, body }, 'gmail.send', NOW);
    expect(fault.error).toMatchObject({ code: 'forbidden', message: expect.stringContaining('gmail.send') });
  });

  it.each([
    '',
    '<html>',
    '[]',
    '{"error":"invalid"}',
    '{"error":{"errors":7}}',
  ])('%j is understood by its status', (body) =>
    expect(faultOf({ status: 500, retryAfter: null, body }, 'gmail.readonly', NOW).error.code).toBe('unavailable'));
});
