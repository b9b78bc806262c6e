// One method of the Gmail API as a value: its path, price and scopes, and what it does. Knows no method.
import type { Mail } from '../mail.ts';
import type { PretendUser } from '../user.ts';
import { invalid, notFound } from './google-error.ts';
import type { ScopeLetter } from './scopes.ts';
import type { Site } from './site.ts';
import type { Asked } from './wire.ts';

/** A call that was let in: the token is good, has the scope, and is the mailbox's own. */
export interface ApiCall {
  readonly site: Site;
  readonly user: PretendUser;
  /** What stood for `{id}` and so on. */
  readonly words: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly asked: Asked;
  /** Letters of the scopes that the token has. */
  readonly scopes: ReadonlySet<ScopeLetter>;
  /** It came to `/upload/…`. */
  readonly upload: boolean;
}

/** Undefined is 204, as for what is deleted. */
export type ApiAnswer = object | undefined;

export interface Operation {
  /** As the discovery document names it, without `users.`. */
  readonly name: string;
  readonly method: string;
  /** Below `/gmail/v1/users/{userId}/`. */
  readonly path: string;
  readonly units: number;
  /** Letters of the scopes of which one is enough. */
  readonly scopes: string;
  /** May also come to `/upload/…`. */
  readonly uploads?: boolean;
  readonly run: (call: ApiCall) => ApiAnswer | Promise<ApiAnswer>;
}

export function operation(
  name: string,
  line: string,
  units: number,
  scopes: string,
  run: Operation['run'],
  uploads = false,
): Operation {
  const [method = '', path = ''] = line.split(' ');
  return { name, method, path, units, scopes, run, uploads };
}

/** The body as a JSON object. */
export function bodyOf({ asked }: Pick<ApiCall, 'asked'>): Record<string, unknown> {
  if (asked.body.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(asked.body.toString('utf8'));
  } catch {
    throw invalid('Invalid JSON payload received.', 'parseError');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid('Invalid JSON payload received.', 'parseError');
  return value as Record<string, unknown>;
}

/** A member that is a list of strings; absent means empty. */
export function stringsOf(body: Readonly<Record<string, unknown>>, name: string): string[] {
  const value = body[name] ?? [];
  if (!Array.isArray(value) || value.some((each) => typeof each !== 'string'))
    throw invalid(`Invalid value at '${name}'`);
  return value as string[];
}

export function mailOf(user: PretendUser, id: string): Mail {
  if (!/^[0-9a-f]{1,16}$/i.test(id)) throw invalid('Invalid id value');
  const mail = user.find(id);
  if (!mail) throw notFound();
  return mail;
}

/** A page size: `fallback` when absent, never more than `most`. */
export function pageSize(query: URLSearchParams, fallback: number, most: number): number {
  const given = query.get('maxResults');
  if (given === null) return fallback;
  if (!/^\d+$/.test(given)) throw invalid(`Invalid value at 'max_results' (TYPE_UINT32), "${given}"`);
  return Math.max(1, Math.min(Number(given), most));
}

/** Page tokens are opaque: nobody but this server can read one, and one of another question is refused. */
export function pageToken(kind: string, at: string): string {
  return Buffer.from(JSON.stringify([kind, at])).toString('base64url');
}

/** What a page token stands for; null without one. */
export function pageOf(query: URLSearchParams, kind: string): string | null {
  const token = query.get('pageToken');
  if (token === null || token === '') return null;
  try {
    const [of, at] = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as [unknown, unknown];
    if (of === kind && typeof at === 'string') return at;
  } catch {
    // Not one of ours.
  }
  throw invalid('Invalid pageToken', 'invalidArgument');
}

export const flagOf = (query: URLSearchParams, name: string): boolean => query.get(name) === 'true';
