// Passwords: which are taken, how they are kept (Argon2id, RFC 9106), and that checking one takes as long for nobody as for
// somebody. Knows no row.
import { invalidInput } from '../base/errors.ts';

/** Needed by everybody who has a password; loaded by the first. */
const library = () => import('@node-rs/argon2');

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

export async function passwordHash(password: string): Promise<string> {
  const { hash } = await library();
  return hash(canonical(password), COST);
}

let nobodys: Promise<string> | undefined;

/** Whether it is the password; null as hash: nobody's, and false after the same work. */
export async function isPassword(known: string | null, password: string): Promise<boolean> {
  const { verify } = await library();
  nobodys ??= passwordHash('the password of nobody');
  const right = await verify(known ?? (await nobodys), canonical(password));
  return right && known !== null;
}

/** The same letters from another keyboard are the same password. */
const canonical = (password: string): string => password.normalize('NFKC');
