// What narrows a token beneath its profile: of which mail it knows, and to whom it may write. Knows no mail.
import type { Sight } from '../store/sight.ts';

/** As it is asked for, stored and shown. What is left out does not narrow. */
export interface Narrowing {
  /** By name or id. */
  readonly labels?: readonly string[] | undefined;
  /** Addresses, or `@` and a domain; lower case. */
  readonly senders?: readonly string[] | undefined;
  /** `30d`, `6m`, `1y`. */
  readonly newer_than?: string | undefined;
  /** As senders; none is nobody, `*` alone is anybody. */
  readonly recipients?: readonly string[] | undefined;
}

/** Null: everything is seen. */
export function sightOf(only: Narrowing | null): Sight | null {
  const { labels = null, senders = null, newer_than: newerThan = null } = only ?? {};
  return labels || senders || newerThan ? { labels, senders, newerThan } : null;
}

export function mayWriteTo(only: Narrowing | null, address: string): boolean {
  const allowed = only?.recipients;
  if (!allowed || allowed[0] === '*') return true;
  const whom = address.toLowerCase();
  return allowed.some((each) => (each.startsWith('@') ? whom.endsWith(each) : whom === each));
}
