// Branded ids, so that one kind is never passed where another is meant. Knows no store.
import { randomBytes } from 'node:crypto';

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** The id that the integrating app gives to a person, 1 to 255 characters. */
export type UserId = Branded<'UserId'>;
/** The id that the integrating app gives to an agent of a person, unique with the person, 1 to 255 characters. */
export type ProfileId = Branded<'ProfileId'>;
/** One mailbox of one user, `acc_` and 26 characters. */
export type AccountId = Branded<'AccountId'>;
/** One token of a profile, which it names and is not, `tok_` and 26 characters. */
export type TokenId = Branded<'TokenId'>;
/** Somebody who signs in with a browser, `per_` and 26 characters. */
export type PersonId = Branded<'PersonId'>;
/** One mail on its way out, `out_` and 26 characters. */
export type OutboxId = Branded<'OutboxId'>;
/** Lower-case hex of 64 bits: Gmail's own id (X-GM-MSGID as hex), or ours on a plain IMAP server. */
export type MessageId = Branded<'MessageId'>;
/** Lower-case hex of 64 bits: X-GM-THRID as hex, or the id of the thread's first message. */
export type ThreadId = Branded<'ThreadId'>;

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** A fresh account id from 130 random bits; safe as a file name. */
export const newAccountId = (): AccountId => fresh('acc_') as AccountId;

/** Of a profile that a person made for a remote client. */
export const newProfileId = (): ProfileId => fresh('pro_') as ProfileId;

export const newTokenId = (): TokenId => fresh('tok_') as TokenId;

export const newPersonId = (): PersonId => fresh('per_') as PersonId;

export const newOutboxId = (): OutboxId => fresh('out_') as OutboxId;

function fresh(prefix: string): string {
  let id = prefix;
  for (const byte of randomBytes(26)) id += ALPHABET[byte & 31];
  return id;
}
