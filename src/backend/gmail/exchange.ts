// One HTTP request to Google's API and its whole answer: bounded in size and in silence, no redirect followed. Knows no
// token's origin, no quota and no meaning.
import { AppError } from '../../base/errors.ts';
import { foreign, unreachable } from '../refusals.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string | null;
  readonly mostBytes: number;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly retryAfter: string | null;
  readonly body: Buffer;
}

/** No whole answer came. */
export interface Lost {
  readonly error: AppError;
  /** The request may have left this machine. */
  readonly mayHaveLeft: boolean;
  /** Of an answer that broke off; null when none began. */
  readonly status: number | null;
}

/** Without a byte for so long an answer is given up. */
const SILENCE_MS = 30_000;
/** The slowest that a body is expected to be taken, in bytes a millisecond. */
const SLOWEST_UPLOAD = 50;
/** Of an answer that is no success. */
const MOST_ERROR_BYTES = 65_536;

/** What failed before a byte of the request could leave. */
const NOT_LEFT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_\w+|UND_ERR_CONNECT_TIMEOUT|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$|CERT/;
const CERTIFICATE = /SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|ALTNAME|ERR_TLS/;

/** Never rejects. `silenceMs`: only tests have a reason to differ. */
export async function exchange(request: HttpRequest, silenceMs = SILENCE_MS): Promise<HttpAnswer | Lost> {
  const { method, url, body, signal } = request;
  const stop = new AbortController();
  const giveUp = (): void => stop.abort();
  let timer = setTimeout(giveUp, silenceMs + (body?.length ?? 0) / SLOWEST_UPLOAD);
  const goOn = (): void => {
    clearTimeout(timer);
    timer = setTimeout(giveUp, silenceMs);
  };
  let status: number | null = null;
  try {
    const response = await fetch(url, {
      method,
      headers: request.headers,
      redirect: 'manual',
      signal: AbortSignal.any([signal, stop.signal]),
      ...(body !== null && { body: typeof body === 'string' ? body : Buffer.from(body) }),
    });
    status = response.status;
    const pieces: Uint8Array[] = [];
    let length = 0;
    goOn();
    for await (const piece of response.body ?? []) {
      goOn();
      length += piece.length;
      if (length > (response.ok ? request.mostBytes : MOST_ERROR_BYTES)) {
        // What explains a failure need not be whole.
        if (!response.ok) break;
        return { error: tooMuch(request.mostBytes), mayHaveLeft: true, status };
      }
      pieces.push(piece);
    }
    return {
      status,
      contentType: response.headers.get('content-type') ?? '',
      retryAfter: response.headers.get('retry-after'),
      body: Buffer.concat(pieces),
    };
  } catch (error) {
    if (signal.aborted) return { error: given(error), mayHaveLeft: true, status };
    const code = stop.signal.aborted ? 'ETIMEDOUT' : codeOf(error);
    const where = { host: url.hostname, port: Number(url.port || (url.protocol === 'https:' ? 443 : 80)) };
    return {
      error: unreachable(where, code, (error as Error).cause ?? error),
      mayHaveLeft: !NOT_LEFT.test(code) && !CERTIFICATE.test(code),
      status,
    };
  } finally {
    clearTimeout(timer);
    // An answer that nobody reads to its end must not hold its connection.
    stop.abort();
  }
}

const tooMuch = (most: number): AppError =>
  new AppError('too_large', `Gmail answered with more than ${Math.floor(most / 1024)} KiB.`);

const given = (error: unknown): AppError =>
  new AppError('unavailable', 'Nobody waits for this answer any more.', {
    cause: error instanceof Error ? foreign(error.message) : undefined,
  });

function codeOf(error: unknown): string {
  const code = ((error as Error | undefined)?.cause as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : '';
}
