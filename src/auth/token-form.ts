// The form of a profile's token and of a narrower service key: prefix, 256 random bits, and a checksum by which a scanner knows it without asking. Knows no store.
import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

export const TOKEN_PREFIX = 'gmail_';
/** Of a narrower service key. */
export const KEY_PREFIX = 'mk_';

/** In the order of their worth, as in GitHub's tokens. */
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const RANDOM_BYTES = 32;
/** 62^43 is more than 2^256, and 62^6 more than 2^32. */
const RANDOM_DIGITS = 43;
const CHECK_DIGITS = 6;
const FORM = new RegExp(`^([a-z]+_)([0-9A-Za-z]{${RANDOM_DIGITS}})([0-9A-Za-z]{${CHECK_DIGITS}})$`);

/** `gmail_`, 43 letters and digits of chance, and the CRC32 of these as 6 more. */
export const newToken = (): string => made(TOKEN_PREFIX);

/** The same, with `mk_`. */
export const newKey = (): string => made(KEY_PREFIX);

function made(prefix: string): string {
  const random = base62(BigInt(`0x${randomBytes(RANDOM_BYTES).toString('hex')}`), RANDOM_DIGITS);
  return `${prefix}${random}${checkOf(random)}`;
}

/** Whether it can be a token that was made here at all. */
export const isToken = (text: string): boolean => hasForm(TOKEN_PREFIX, text);

export const isKey = (text: string): boolean => hasForm(KEY_PREFIX, text);

function hasForm(wanted: string, text: string): boolean {
  const [, prefix, random, check] = FORM.exec(text) ?? [];
  return prefix === wanted && random !== undefined && checkOf(random) === check;
}

const checkOf = (random: string): string => base62(BigInt(crc32(random)), CHECK_DIGITS);

function base62(number: bigint, digits: number): string {
  let text = '';
  for (let rest = number; text.length < digits; rest /= 62n) text = DIGITS[Number(rest % 62n)]! + text;
  return text;
}
