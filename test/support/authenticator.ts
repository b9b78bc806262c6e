// An authenticator in software: makes passkeys and signs with them as a browser would (WebAuthn level 3, ES256, no attestation).
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

// biome-ignore lint/suspicious/noExplicitAny: what a server asks, as JSON of any shape
type Options = any;

const coded = (bytes: Buffer): string => bytes.toString('base64url');
const sha256 = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest();

/** CBOR (RFC 8949), as much of it as is needed: whole numbers, texts, bytes, maps. */
function cbor(value: number | string | Buffer | Map<number | string, unknown>): Buffer {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
  const pairs = [...value].flatMap(([name, inner]) => [cbor(name), cbor(inner as Buffer)]);
  return Buffer.concat([head(5, value.size), ...pairs]);
}

function head(kind: number, size: number): Buffer {
  if (size < 24) return Buffer.from([(kind << 5) | size]);
  if (size < 256) return Buffer.from([(kind << 5) | 24, size]);
  return Buffer.from([(kind << 5) | 25, size >> 8, size & 255]);
}

interface Passkey {
  readonly id: Buffer;
  readonly site: string;
  readonly key: KeyObject;
  counter: number;
}

export class Authenticator {
  readonly passkeys: Passkey[] = [];

  /** `navigator.credentials.create`, its result as JSON. */
  create(options: Options, origin: string): object {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const passkey = { id: randomBytes(32), site: options.rp.id, key: privateKey, counter: 1 };
    this.passkeys.push(passkey);
    const { x, y } = publicKey.export({ format: 'jwk' });
    const cose = new Map<number | string, unknown>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, Buffer.from(x!, 'base64url')],
      [-3, Buffer.from(y!, 'base64url')],
    ]);
    const size = Buffer.alloc(2);
    size.writeUInt16BE(passkey.id.length);
    const data = Buffer.concat([dataOf(passkey, 0x45), Buffer.alloc(16), size, passkey.id, cbor(cose)]);
    const attestation = new Map<number | string, unknown>([
      ['fmt', 'none'],
      ['attStmt', new Map()],
      ['authData', data],
    ]);
    return answer(passkey, {
      clientDataJSON: coded(clientData('webauthn.create', options.challenge, origin)),
      attestationObject: coded(cbor(attestation)),
      transports: ['internal'],
    });
  }

  /** `navigator.credentials.get`, its result as JSON. */
  get(options: Options, origin: string, passkey = this.passkeys[0]!): object {
    passkey.counter++;
    const data = dataOf(passkey, 0x05);
    const client = clientData('webauthn.get', options.challenge, origin);
    return answer(passkey, {
      clientDataJSON: coded(client),
      authenticatorData: coded(data),
      signature: coded(sign('sha256', Buffer.concat([data, sha256(client)]), passkey.key)),
    });
  }
}

/** `flags`: 1 somebody was there, 4 it was verified who, 64 a key follows. */
function dataOf({ site, counter }: Passkey, flags: number): Buffer {
  const rest = Buffer.alloc(5);
  rest.writeUInt8(flags);
  rest.writeUInt32BE(counter, 1);
  return Buffer.concat([sha256(site), rest]);
}

const clientData = (type: string, challenge: string, origin: string): Buffer =>
  Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));

const answer = ({ id }: Passkey, response: object): object => ({
  id: coded(id),
  rawId: coded(id),
  type: 'public-key',
  response,
  clientExtensionResults: {},
  authenticatorAttachment: 'platform',
});
