// A plain client of the Gmail API at the pretend Gmail, for one person: what it answers, without a word of the product.
import type { Sandbox } from '../../src/sandbox/sandbox.ts';

export class GoogleClient {
  readonly origin: string;
  accessToken: string;

  constructor({ google }: Pick<Sandbox, 'google'>, email: string, scopes?: readonly string[]) {
    this.origin = google.origin;
    this.accessToken = google.allow(email, scopes).accessToken;
  }

  /** `path` below `/gmail/v1/users/me/`, or from the origin when it begins with a slash. */
  async ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const response = await fetch(
      path.startsWith('/') ? this.origin + path : `${this.origin}/gmail/v1/users/me/${path}`,
      {
        method,
        headers: {
          authorization: `Bearer ${this.accessToken}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && {
          body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
        }),
      },
    );
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  }

  get = (path: string) => this.ask('GET', path);
  post = (path: string, body?: unknown) => this.ask('POST', path, body);

  /** The ids that a list of messages has, page by page. */
  async ids(query = '', maxResults = 500): Promise<string[]> {
    const ids: string[] = [];
    let page = '';
    do {
      const { body } = await this.get(`messages?maxResults=${maxResults}&${query}${page && `&pageToken=${page}`}`);
      for (const { id } of body.messages ?? []) ids.push(id);
      page = body.nextPageToken ?? '';
    } while (page !== '');
    return ids;
  }

  /** Everything that happened since, page by page. */
  async history(since: string, query = ''): Promise<Record<string, unknown>[]> {
    const records: Record<string, unknown>[] = [];
    let page = '';
    do {
      const { body } = await this.get(`history?startHistoryId=${since}&${query}${page && `&pageToken=${page}`}`);
      records.push(...(body.history ?? []));
      page = body.nextPageToken ?? '';
    } while (page !== '');
    return records;
  }

  async historyId(): Promise<string> {
    return (await this.get('profile')).body.historyId;
  }
}

export const base64url = (mail: string): string => Buffer.from(mail).toString('base64url');
