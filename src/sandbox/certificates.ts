// A certificate authority of the sandbox's own and certificates for loopback. Knows no protocol.
import { generate, type SelfsignedOptions } from 'selfsigned';

/** A certificate authority: both in PEM. Two sandboxes that share one are trusted by the same client. */
export interface Authority {
  readonly certificate: string;
  readonly key: string;
}

/** A server certificate and its key, both in PEM. */
export interface ServerCertificate {
  readonly cert: string;
  readonly key: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** A fresh authority (P-256, SHA-256), valid from yesterday for ten years. */
export async function makeAuthority(): Promise<Authority> {
  const made = await make('Mailroom sandbox CA', 3650, [
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
  ]);
  return { certificate: made.cert, key: made.private };
}

/** A certificate for `localhost`, 127.0.0.1 and ::1, signed by the authority and valid for a year. */
export async function makeServerCertificate(authority: Authority): Promise<ServerCertificate> {
  const made = await make(
    'localhost',
    365,
    [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true, keyEncipherment: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
        ],
      },
    ],
    authority,
  );
  return { cert: made.cert, key: made.private };
}

function make(commonName: string, days: number, extensions: SelfsignedOptions['extensions'], authority?: Authority) {
  const from = Date.now() - DAY_MS;
  return generate([{ name: 'commonName', value: commonName }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(from),
    notAfterDate: new Date(from + days * DAY_MS),
    extensions,
    ...(authority ? { ca: { key: authority.key, cert: authority.certificate } } : {}),
  });
}
