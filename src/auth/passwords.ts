// Passwords: which are taken, how they are kept (Argon2id, RFC 9106), and that checking one takes as long for nobody as for
// somebody. Knows no row.
import { hash, verify } from '@node-rs/argon2';
import { invalidInput } from '../base/errors.ts';

const FEWEST = 12;
const MOST = 256;

/** OWASP's smallest for Argon2id: 19 MiB, two passes, one lane. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Throws `invalid_input` that says what a password must be; there are no rules beyond length. */
export function mustBePassword(password: string, login: string): void {
  const { length } = [...password];
  if (length < FEWEST || length > MOST)
    throw invalidInput(
      'password',
      `A password has ${FEWEST} to ${MOST} characters.`,
      'Any will do; four words that have nothing to do with each other make a good one.',
    );
  if (password.trim().toLowerCase() === login.toLowerCase())
    throw invalidInput('password', 'The password must not be the login.', 'Choose another one.');
}

export const passwordHash = (password: string): Promise<string> => hash(canonical(password), COST);

let nobodys: Promise<string> | undefined;

/** Whether it is the password; null as hash: nobody's, and false after the same work. */
export async function isPassword(known: string | null, password: string): Promise<boolean> {
  nobodys ??= hash('the password of nobody', COST);
  const right = await verify(known ?? (await nobodys), canonical(password).slice(0, MOST * 4));
  return right && known !== null;
}

/** The same letters from another keyboard are the same password. */
const canonical = (password: string): string => password.normalize('NFKC');
