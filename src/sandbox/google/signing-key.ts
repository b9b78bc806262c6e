// The key with which the Google side signs its JSON Web Tokens (RS256, RFC 7515). Knows no claim.
import { createPublicKey, generateKeyPairSync, type JsonWebKey, type KeyObject, randomBytes, sign } from 'node:crypto';

/** Made on first use, since most tests never sign. */
export class SigningKey {
  readonly id = randomBytes(20).toString('hex');
  #key: KeyObject | undefined;

  /** The claims as a token in compact form, which says that the key of this id has signed it. */
  sign(claims: object, id = this.id): string {
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
    const content = `${encode({ alg: 'RS256', kid: id, typ: 'JWT' })}.${encode(claims)}`;
    return `${content}.${sign('sha256', Buffer.from(content), this.#private()).toString('base64url')}`;
  }

  /** As `/oauth2/v3/certs` shows it. */
  get publicJwk(): JsonWebKey {
    const { n, e } = createPublicKey(this.#private()).export({ format: 'jwk' });
    return { alg: 'RS256', e, kid: this.id, kty: 'RSA', n, use: 'sig' };
  }

  #private(): KeyObject {
    this.#key ??= generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    return this.#key;
  }
}
