// Throwaway certificates for loopback servers in tests. Knows no protocol.
import { generate } from 'selfsigned';

/** Everything in PEM. `ca` is what a client has to trust. */
export interface Certificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * A fresh authority and a server certificate signed by it, by default for `localhost`, 127.0.0.1 and ::1. `host` makes
 * one for another name only; `expired` one that ran out yesterday.
 */
export async function makeCertificates(options: { host?: string; expired?: boolean } = {}): Promise<Certificates> {
  const now = Date.now();
  const authority = await generate([{ name: 'commonName', value: 'Test authority' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - 30 * DAY_MS),
    notAfterDate: new Date(now + 30 * DAY_MS),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const names = options.host
    ? [{ type: 2 as const, value: options.host }]
    : [
        { type: 2 as const, value: 'localhost' },
        { type: 7 as const, ip: '127.0.0.1' },
        { type: 7 as const, ip: '::1' },
      ];
  const server = await generate([{ name: 'commonName', value: options.host ?? 'localhost' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - 20 * DAY_MS),
    notAfterDate: new Date(options.expired ? now - DAY_MS : now + 20 * DAY_MS),
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true, keyEncipherment: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: names },
    ],
    ca: { key: authority.private, cert: authority.cert },
  });
  return { ca: authority.cert, cert: server.cert, key: server.private };
}
