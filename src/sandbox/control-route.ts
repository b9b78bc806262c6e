// What a route of the control port is, and what its handlers share. Knows no HTTP.
import { AppError } from '../base/errors.ts';
import type { Mail } from './mail.ts';
import type { Sandbox } from './sandbox.ts';
import type { PretendUser } from './user.ts';

export type Answer = object | Buffer;

export interface Asked {
  readonly sandbox: Sandbox;
  /** What stood for `{email}`, `{id}` in the path. */
  readonly words: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface Route {
  readonly method: string;
  readonly path: string;
  readonly about: string;
  readonly run: (asked: Asked) => Answer | Promise<Answer>;
}

export const route = (line: string, about: string, run: Route['run']): Route => {
  const [method = '', path = ''] = line.split(' ');
  return { method, path, about, run };
};

export function userOf({ sandbox, words }: Asked): PretendUser {
  const user = sandbox.users.find(({ email }) => email === words.email?.toLowerCase());
  if (!user) throw new AppError('not_found', 'There is nobody with this address.', { hint: 'GET /users lists all.' });
  return user;
}

export function mailOf(asked: Asked): Mail {
  const mail = userOf(asked).find(asked.words.id ?? '');
  if (!mail) throw new AppError('not_found', 'There is no such mail in this mailbox.');
  return mail;
}

/** A value with the names that the port speaks in; one level deep. */
export function snake(value: object): object {
  const name = (camel: string) => camel.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [name(key), each]));
}
