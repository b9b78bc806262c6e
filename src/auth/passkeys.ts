// Passkeys (WebAuthn): what a browser is asked for, and whether what it answers is good. Knows no row and no page.
import { isIP } from 'node:net';
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import { z } from 'zod';
import { AppError, invalidInput } from '../base/errors.ts';
import type { PersonId } from '../base/ids.ts';
import type { PasskeyRow } from '../store/login-rows.ts';
import type { Person } from './people.ts';

const CHALLENGE_LIFE_MS = 5 * 60_000;
const MOST_CHALLENGES = 10_000;
/** Needed by everybody who has a passkey; loaded by the first. */
const library = () => import('@simplewebauthn/server');

const coded = (most: number) =>
  z
    .string()
    .regex(/^[\w-]+$/)
    .max(most);
const created = z.object({
  id: coded(1400),
  rawId: coded(1400),
  type: z.literal('public-key'),
  response: z.object({
    clientDataJSON: coded(4000),
    attestationObject: coded(40_000),
    transports: z
      .array(z.string().regex(/^[a-z-]{1,20}$/))
      .max(10)
      .optional(),
  }),
});
const asserted = z.object({
  id: coded(1400),
  rawId: coded(1400),
  type: z.literal('public-key'),
  response: z.object({ clientDataJSON: coded(4000), authenticatorData: coded(4000), signature: coded(4000) }),
});

/** What is kept of a new passkey. */
export type NewPasskey = Pick<PasskeyRow, 'credential_id' | 'public_key' | 'counter' | 'transports'>;

export class Passkeys {
  readonly #url: () => string;
  /** What was asked of whom (null: of whoever signs in), and until when the answer counts. */
  readonly #challenges = new Map<string, { readonly of: PersonId | null; readonly until: number }>();

  /** `url`: under which people find this server. */
  constructor(url: () => string) {
    this.#url = url;
  }

  /** Passkeys are bound to a name; there are none for an IP address. */
  get isOffered(): boolean {
    return this.#site() !== null;
  }

  /** What a browser needs to make one that signs in without a login being typed. */
  async creation(person: Person, known: readonly PasskeyRow[], now: number): Promise<object> {
    const { host } = this.#mustHaveSite();
    const { generateRegistrationOptions } = await library();
    const options = await generateRegistrationOptions({
      rpName: 'Mailroom',
      rpID: host,
      userName: person.login ?? person.userId,
      userID: Uint8Array.from(Buffer.from(person.id)),
      attestationType: 'none',
      excludeCredentials: known.map(({ credential_id, transports }) => ({
        id: credential_id,
        transports: transports.split(',').filter(Boolean),
      })),
      authenticatorSelection: { residentKey: 'required', userVerification: 'preferred' },
    });
    this.#asked(options.challenge, person.id, now);
    return options;
  }

  /** Throws `invalid_input` for an answer that is not to our question, or not from our page. */
  async created(person: Person, answer: unknown, now: number): Promise<NewPasskey> {
    const { host, origin } = this.#mustHaveSite();
    const read = created.safeParse(answer);
    if (!read.success) throw notUnderstood();
    const { verifyRegistrationResponse } = await library();
    const found = await verifyRegistrationResponse({
      response: { ...read.data, clientExtensionResults: {} } as RegistrationResponseJSON,
      expectedChallenge: (challenge) => this.#take(challenge, person.id, now),
      expectedOrigin: origin,
      expectedRPID: host,
      requireUserVerification: false,
    }).catch((cause: unknown) => {
      throw notUnderstood(cause);
    });
    if (!found.verified) throw notUnderstood();
    const { id, publicKey, counter } = found.registrationInfo.credential;
    return {
      credential_id: id,
      public_key: publicKey,
      counter,
      transports: (read.data.response.transports ?? []).join(','),
    };
  }

  /** What a browser needs to sign in with whichever passkey it has. */
  async request(now: number): Promise<object> {
    const { host } = this.#mustHaveSite();
    const { generateAuthenticationOptions } = await library();
    const options = await generateAuthenticationOptions({ rpID: host, userVerification: 'preferred' });
    this.#asked(options.challenge, null, now);
    return options;
  }

  /** The id of the passkey that an answer claims to be of; null when it is no answer. */
  claimed(answer: unknown): string | null {
    const read = asserted.safeParse(answer);
    return read.success ? read.data.id : null;
  }

  /** The passkey's new count of signatures; null when the answer is not good. */
  async asserted(passkey: PasskeyRow, answer: unknown, now: number): Promise<number | null> {
    const { host, origin } = this.#mustHaveSite();
    const read = asserted.safeParse(answer);
    if (!read.success) return null;
    const { verifyAuthenticationResponse } = await library();
    const { credential_id, public_key, counter } = passkey;
    const found = await verifyAuthenticationResponse({
      response: { ...read.data, clientExtensionResults: {} } as AuthenticationResponseJSON,
      expectedChallenge: (challenge) => this.#take(challenge, null, now),
      expectedOrigin: origin,
      expectedRPID: host,
      credential: { id: credential_id, publicKey: Uint8Array.from(public_key), counter },
      requireUserVerification: false,
    }).catch(() => null);
    return found?.verified ? found.authenticationInfo.newCounter : null;
  }

  #site(): { host: string; origin: string } | null {
    const { hostname, origin } = new URL(this.#url());
    return isIP(hostname.replace(/^\[|\]$/g, '')) === 0 ? { host: hostname, origin } : null;
  }

  #mustHaveSite(): { host: string; origin: string } {
    const site = this.#site();
    if (site) return site;
    throw new AppError('forbidden', 'Passkeys need a host name, and people find this server by an IP address.', {
      hint: 'The operator sets PUBLIC_URL to a name.',
    });
  }

  #asked(challenge: string, of: PersonId | null, now: number): void {
    this.#challenges.set(challenge, { of, until: now + CHALLENGE_LIFE_MS });
    if (this.#challenges.size > MOST_CHALLENGES) this.#challenges.delete(this.#challenges.keys().next().value!);
  }

  /** Each question is answered once. */
  #take(challenge: string, of: PersonId | null, now: number): boolean {
    const asked = this.#challenges.get(challenge);
    this.#challenges.delete(challenge);
    return asked !== undefined && asked.of === of && asked.until > now;
  }
}

const notUnderstood = (cause?: unknown): AppError => {
  const error = invalidInput('credential', 'This passkey was not made for this page just now.', 'Try again.');
  return cause === undefined
    ? error
    : new AppError('invalid_input', error.message, { field: 'credential', hint: error.hint, cause });
};
