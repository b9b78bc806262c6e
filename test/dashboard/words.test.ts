// What is said to people when the server refuses: its answers speak to programs too, and those words stay out of the pages.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Problem } from '../../dashboard/src/api/problem.ts';
import { forPeople, wordsFor } from '../../dashboard/src/parts/words.ts';

const answer = (status: number, code: string, detail: string, hint = '', field = '') =>
  new Problem(status, { code, detail, hint, field });

it.each([
  [answer(404, 'not_found', 'There is no such profile of this user.', 'GET /users/{user_id}/profiles lists them.')],
  [answer(404, 'not_found', 'There is no such message.', 'A message_id from a search is expected.')],
  [answer(403, 'forbidden', 'This is for the operator’s own key.', 'A narrower key cannot be given it.')],
  [answer(422, 'account_rejected', 'Google no longer lets this account in.', 'Connect it again: POST /connect-links.')],
  [answer(400, 'invalid_input', 'return_to must be a whole https or http URL.', 'RETURN_TO_ORIGINS', 'return_to')],
  [answer(400, 'invalid_input', 'This cursor or page token is older than a day.', 'Start without.', 'cursor')],
  [
    answer(
      400,
      'invalid_input',
      'only.recipients.0 is not what is expected.',
      'See the description of the parameters.',
      'only.recipients.0',
    ),
  ],
  [answer(400, 'invalid_input', 'newer_than must be like 30d.', 'Give `30d`.', 'newer_than')],
])('tells a person what to do instead of what a program would: %s', (problem) => {
  const { what, cure } = wordsFor(problem);
  expect(what).not.toBe('');
  for (const text of [what, cure])
    expect(text).not.toMatch(/only\.|parameter|_id|return_to|cursor|token|key\b|GET|POST|[A-Z]_[A-Z]/);
});

it('keeps words that are for people', () => {
  const hint = 'Make a new one at https://myaccount.google.com/apppasswords and use the account’s main address.';
  const told = wordsFor(answer(503, 'unavailable', 'The mail server has a temporary problem.', hint));
  expect(told).toEqual({ what: 'The mail server has a temporary problem.', cure: hint });
});

it('says that nothing answered when nothing did', () => {
  expect(wordsFor(new TypeError('fetch failed')).what).toBe('Mailroom did not answer.');
});

it('knows the words for programs among the hints that the server has', () => {
  const folder = join(import.meta.dirname, '../../src/actions');
  const hints = readdirSync(folder)
    .flatMap((file) => [...readFileSync(join(folder, file), 'utf8').matchAll(/hint: '([^']+)'/g)])
    .map(([, hint]) => hint!);
  const kept = hints.map(forPeople).filter(Boolean);
  expect(kept.length).toBeGreaterThan(10);
  expect(kept.length).toBeLessThan(hints.length);
  for (const each of kept) expect(each).not.toMatch(/\/[a-z-]+\/\{|GET|POST|_id\b|tools?_/);
});
