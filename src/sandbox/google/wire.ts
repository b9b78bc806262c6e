// A request to the Google side and its answer as values, so that a part of a batch is served like a request of its own.
// Knows no path.

/** A request, read whole. Header names are in lower case. */
export interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Given {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** What becomes of a request: an answer, the end of its connection, or nothing at all. */
export type Outcome = Given | 'drop' | 'mute';

export function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Given {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=UTF-8', 'cache-control': 'no-store', ...headers },
    body: JSON.stringify(value, null, 2),
  };
}

export function page(status: number, html: string): Given {
  return { status, headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }, body: html };
}

export const redirect = (location: string): Given => ({
  status: 302,
  headers: { location, 'cache-control': 'no-store' },
});

/** The fields of a form, from the body or, where there is none, from the query. */
export function formOf({ body, url }: Asked): URLSearchParams {
  return body.length > 0 ? new URLSearchParams(body.toString('utf8')) : url.searchParams;
}

/** The token of `Authorization: Bearer`, or of `access_token` in the query. */
export function bearerOf({ headers, url }: Asked): string | undefined {
  return /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? url.searchParams.get('access_token') ?? undefined;
}
