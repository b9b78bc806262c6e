// One call to the server that this page came from, with the cookie of whoever is signed in. Knows no route.
import { Problem } from './problem.ts';

type Parameters = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Where the server is, also under a path prefix. */
export const addressOf = (path: string, parameters: Parameters = {}): string => {
  const url = new URL(path.replace(/^\//, ''), document.baseURI);
  for (const [name, value] of Object.entries(parameters))
    if (value !== null && value !== undefined && value !== '') url.searchParams.set(name, String(value));
  return url.href;
};

interface Asked {
  readonly parameters?: Parameters;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** The answer's JSON. Throws `Problem`; somebody who is not signed in is sent to sign in. */
export async function call<T>(method: string, path: string, asked: Asked = {}): Promise<T> {
  return (await answerOf<T>(method, path, asked)).body;
}

/** A page of a list, and where the next one begins. */
export async function page<T>(path: string, asked: Asked = {}): Promise<{ items: T[]; next: string | null }> {
  const { body, headers } = await answerOf<T[]>('GET', path, asked);
  if (!Array.isArray(body)) strange(200);
  const link = /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1];
  return { items: body, next: link ? new URL(link, document.baseURI).searchParams.get('cursor') : null };
}

const AT_ONCE = 100;
const MOST_PAGES = 20;

/** A whole list, page after page; a list that is longer than anybody reads ends there. */
export async function all<T>(path: string, { parameters, signal }: Omit<Asked, 'body'> = {}): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  for (let i = 0; i < MOST_PAGES; i++) {
    const asked: Asked = { parameters: { ...parameters, limit: AT_ONCE, cursor }, ...(signal && { signal }) };
    const next: { items: T[]; next: string | null } = await page<T>(path, asked);
    items.push(...next.items);
    cursor = next.next;
    if (cursor === null) break;
  }
  return items;
}

async function answerOf<T>(
  method: string,
  path: string,
  { parameters, body, signal }: Asked,
): Promise<{ body: T; headers: Headers }> {
  const response = await fetch(addressOf(path, parameters), {
    method,
    credentials: 'same-origin',
    headers: { accept: 'application/json', ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  });
  const text = await response.text();
  if (response.status === 401) signIn();
  const answer = jsonIn(text) ?? strange(response.status);
  if (!response.ok) throw new Problem(response.status, answer);
  return { body: answer as T, headers: response.headers };
}

/** Null: it is none, and so not what the server says. */
function jsonIn(text: string): object | null {
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    return null;
  }
}

/** A proxy that reaches no server, or a network that wants to be asked first. */
function strange(status: number): never {
  if (status >= 500) throw new Error(`status ${status}`);
  throw new Problem(status, {
    code: 'stranger',
    detail: 'Something between here and Mailroom answered in its place.',
    hint: 'Load the page again; the network that this device is in may want to be asked first.',
  });
}

/** Away to the sign-in page, and back here afterwards. */
export function signIn(): void {
  const here = location.pathname + location.search;
  location.assign(addressOf('sign-in', { to: here }));
}
