// Seals and opens credentials. The only file that sees them in plaintext; knows no network and no table.
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { AppError } from '../base/errors.ts';

/** A credential as it lies in the store: a data key wrapped by the ring, and the secret sealed under that data key. */
export interface SealedCredential {
  /** `v1.<key id>.<iv>.<tag>.<data key>`, base64url. */
  readonly wrappedKey: string;
  /** `v1.<iv>.<tag>.<ciphertext>`, base64url. */
  readonly sealed: string;
}

/** What a sealed value is bound to: moved to another row or field it does not open. */
export interface Binding {
  readonly table: string;
  readonly rowId: string;
  readonly field: string;
}

const ALGORITHM = 'aes-256-gcm';

/**
 * The key ring: AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce, a data key for each secret, wrapped by the
 * ring's first key. All keys of the ring open.
 */
export class Vault {
  readonly #onBroken: (binding: Omit<Binding, 'field'>) => void;
  #keys: ReadonlyMap<string, Buffer> = new Map();
  #writing = '';

  /** `keys`: 32 bytes each, the first one writes. `onBroken` is told of each value that was moved or changed. */
  constructor(keys: readonly Buffer[], onBroken: (binding: Omit<Binding, 'field'>) => void = () => undefined) {
    this.#onBroken = onBroken;
    this.useRing(keys);
  }

  /** From now on these keys and no others. */
  useRing(keys: readonly Buffer[]): void {
    const named = keys.map((key) => [keyId(key), key] as const);
    const first = named[0];
    if (!first) throw new AppError('internal', 'The key ring is empty.');
    this.#keys = new Map(named);
    this.#writing = first[0];
  }

  /** The ids of the ring's keys; an id tells nothing of its key. */
  keyIds(): string[] {
    return [...this.#keys.keys()];
  }

  seal(secret: string, binding: Binding): SealedCredential {
    const dataKey = randomBytes(32);
    const aad = additionalData(binding);
    return {
      wrappedKey: `v1.${this.#writing}.${encrypt(this.#keys.get(this.#writing)!, dataKey, aad)}`,
      sealed: `v1.${encrypt(dataKey, Buffer.from(secret, 'utf8'), aad)}`,
    };
  }

  /**
   * The data key of a value, wrapped by the key that writes; the value itself stays as it is. Null when it does not open as any of
   * these fields of its row, or its key is not in the ring.
   */
  rewrap(wrappedKey: string, row: Omit<Binding, 'field'>, fields: readonly string[]): string | null {
    const key = this.#keys.get(wrappingKeyId(wrappedKey));
    if (!key) return null;
    for (const field of fields) {
      const aad = additionalData({ ...row, field });
      try {
        const dataKey = decrypt(key, wrappedPart(wrappedKey), aad);
        return `v1.${this.#writing}.${encrypt(this.#keys.get(this.#writing)!, dataKey, aad)}`;
      } catch {
        // Perhaps it is sealed as the next one.
      }
    }
    this.#onBroken(row);
    return null;
  }

  /** The secret. Throws `unavailable` naming the missing key id, or when the value was tampered with or moved. */
  open(credential: SealedCredential, binding: Binding): string {
    const id = wrappingKeyId(credential.wrappedKey);
    const key = this.#keys.get(id);
    if (!key)
      throw new AppError('unavailable', `A credential is sealed under key ${id}, which is not in the key ring.`, {
        hint: 'Give that key back in ENCRYPTION_KEY or KEY_DIR.',
      });
    const aad = additionalData(binding);
    try {
      const dataKey = decrypt(key, wrappedPart(credential.wrappedKey), aad);
      return decrypt(dataKey, credential.sealed.split('.').slice(1).join('.'), aad).toString('utf8');
    } catch (cause) {
      this.#onBroken({ table: binding.table, rowId: binding.rowId });
      throw new AppError(
        'unavailable',
        'A stored credential does not open: it was changed, or moved from another row.',
        {
          hint: 'Connect the account again.',
          cause,
        },
      );
    }
  }
}

const wrappedPart = (wrappedKey: string): string => wrappedKey.split('.').slice(2).join('.');

/** The id of the ring key that a wrapped data key names. */
function wrappingKeyId(wrappedKey: string): string {
  return wrappedKey.split('.')[1] ?? '';
}

/** Ten characters of a hash: enough to tell keys apart, nothing to find one by. */
export function keyId(key: Buffer): string {
  return createHash('sha256').update('mailroom key id').update(key).digest('base64url').slice(0, 10);
}

/** Every field with its length, so that no two bindings share their bytes. */
function additionalData({ table, rowId, field }: Binding): Buffer {
  return Buffer.from(
    ['mailroom v1', table, rowId, field].map((part) => `${Buffer.byteLength(part)}:${part}`).join('|'),
  );
}

function encrypt(key: Buffer, plain: Buffer, aad: Buffer): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv(ALGORITHM, key, iv).setAAD(aad);
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return [iv, cipher.getAuthTag(), body].map((bytes) => bytes.toString('base64url')).join('.');
}

function decrypt(key: Buffer, text: string, aad: Buffer): Buffer {
  const [iv, tag, body] = text.split('.').map((part) => Buffer.from(part, 'base64url'));
  if (iv?.length !== 12 || tag?.length !== 16 || !body) throw new Error('not a sealed value');
  const decipher = createDecipheriv(ALGORITHM, key, iv).setAAD(aad).setAuthTag(tag);
  return Buffer.concat([decipher.update(body), decipher.final()]);
}
