// What is remembered of a request to the Google side. Remembers no code, token or secret.

export interface GoogleRequest {
  readonly method: string;
  /** With its query in the Gmail API only, and without a token there. */
  readonly path: string;
  /** `token.refresh`, `messages.get`, …; empty when there is nothing at that path. */
  readonly operation: string;
  /** Whose token it came with; empty when nobody can tell. */
  readonly email: string;
  /** A part of a batch, which has an entry of its own. */
  readonly inBatch: boolean;
  /** Quota units charged; 0 for one that was refused before it ran. */
  units: number;
  /** Of the answer; 0 while there is none, and for ever when it was dropped. */
  status: number;
}

const HAS_QUERY = /^\/(upload\/)?gmail\/v1\//;

export function pathOf(url: URL): string {
  if (!HAS_QUERY.test(url.pathname)) return url.pathname;
  const query = new URLSearchParams(url.searchParams);
  query.delete('access_token');
  return query.size > 0 ? `${url.pathname}?${query}` : url.pathname;
}
