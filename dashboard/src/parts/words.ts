// What a person is told when something was refused. The server's answers are also for programs; what only those can use is left out.
// Knows no page.
import { type Problem, problemOf } from '../api/problem.ts';

export interface Words {
  readonly what: string;
  /** What to do about it; empty when there is nothing. */
  readonly cure: string;
}

const GONE = 'It may have been removed meanwhile, or the address of this page is mistyped.';
const ADDRESSES = 'For example amy@example.com, @example.org.';

/** By code, or by `code field`. */
const WORDS: Readonly<Record<string, Partial<Words>>> = {
  not_found: { what: 'This is not here.', cure: GONE },
  unauthenticated: { what: 'You are signed out.', cure: 'Sign in again.' },
  forbidden: { what: 'You may not do this.', cure: 'Whoever runs this Mailroom may.' },
  account_rejected: { cure: 'Integrations shows what is wrong with the account and has the button that mends it.' },
  'invalid_input only.labels': { what: 'This is not how labels are given.', cure: 'Give their names with commas.' },
  'invalid_input only.senders': { what: 'A sender is neither an address nor an @domain.', cure: ADDRESSES },
  'invalid_input only.recipients': { what: 'A recipient is neither an address nor an @domain.', cure: ADDRESSES },
  'invalid_input cursor': { what: 'This list has become old.', cure: 'Load the page again.' },
  'invalid_input return_to': {
    what: 'Connecting does not begin at this address.',
    cure: 'Open Mailroom at the address that it is known by; whoever runs it knows that.',
  },
};

/** Routes, parameters, settings and tools are named in these forms. */
const FOR_PROGRAMS =
  /\bparameters?\b|\bis not what is expected\b|\b(?:GET|POST|PUT|PATCH|DELETE) \/|\b[A-Za-z]+_\w+|[`{}]/;

/** The text as it is, or nothing when it speaks to a program. */
export const forPeople = (text: string): string => (FOR_PROGRAMS.test(text) ? '' : text);

export function wordsFor(error: unknown): Words {
  const { code, field, message, hint }: Problem = problemOf(error);
  const ours = WORDS[`${code} ${field.replace(/(?:\.\d+)+$/, '')}`] ?? WORDS[code] ?? {};
  return {
    what: ours.what ?? (forPeople(message) || 'Mailroom does not take this.'),
    cure: ours.cure ?? forPeople(hint),
  };
}
