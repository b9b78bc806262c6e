// Failures as RFC 9457 problem documents. Knows no route.
import { randomBytes } from 'node:crypto';
import { AppError, HTTP_STATUS } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';

/**
 * The response for a failure; what is ours is told with its code and cure, anything else only as an event id. `challenge`: what a
 * client can do about a 401 or 403 (RFC 6750 section 3).
 */
export function problem(error: unknown, log: Logger, challenge?: string): Response {
  const known = error instanceof AppError && error.code !== 'internal' ? error : internal(error, log);
  const status = HTTP_STATUS[known.code];
  const body = {
    type: 'about:blank',
    title: known.code.replaceAll('_', ' '),
    status,
    code: known.code,
    detail: known.message,
    hint: known.hint,
    ...(known.field && { field: known.field }),
    ...(known.retryAt && { retry_at: new Date(known.retryAt).toISOString() }),
  };
  const headers = new Headers({ 'content-type': 'application/problem+json', 'cache-control': 'no-store' });
  if (challenge) headers.set('www-authenticate', challenge);
  else if (status === 401) headers.set('www-authenticate', 'Bearer realm="mailroom"');
  // The rest of the body was not read, so nothing else can follow on this connection.
  if (status === 413) headers.set('connection', 'close');
  if (known.retryAt) headers.set('retry-after', String(Math.max(1, Math.ceil((known.retryAt - Date.now()) / 1000))));
  return new Response(JSON.stringify(body), { status, headers });
}

function internal(error: unknown, log: Logger): AppError {
  const event = randomBytes(6).toString('hex');
  log.error({ err: error, event }, 'a request failed');
  return new AppError('internal', `Something went wrong on our side (event ${event}).`, {
    hint: 'Tell the operator the event; its line is in the log.',
  });
}
