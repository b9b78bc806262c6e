// Fetches what an app says of itself at its own address (client id metadata documents): from public addresses only, whoever
// named them. Knows no OAuth.
import { lookup as lookUp } from 'node:dns';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { TLSSocket } from 'node:tls';
import ipaddr from 'ipaddr.js';
import { AppError } from '../base/errors.ts';

const LONGEST_MS = 5000;
const MOST_BYTES = 64 * 1024;

export interface Reach {
  /** Whether a host with this address may be asked. */
  readonly mayAsk: (address: string) => boolean;
  /** Further authorities. */
  readonly ca?: string;
  readonly longestMs?: number;
}

const PUBLIC: Reach = { mayAsk: isPublic };

export interface ClientDocument {
  readonly text: string;
  readonly cacheControl: string | undefined;
}

/** Only what the whole internet can be asked for; an IPv4 address within an IPv6 one counts as itself. */
export function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  return ipaddr.process(address).range() === 'unicast';
}

/** The document. Throws `unavailable` for whatever else is found there; what that was is told to nobody. */
export async function fetchClientDocument(address: string, reach: Reach = PUBLIC): Promise<ClientDocument> {
  const url = URL.parse(address);
  if (url?.protocol !== 'https:' || url.username || url.password) throw refused();
  // A host that is written as an address is not looked up.
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(literal) && !reach.mayAsk(literal)) throw refused();
  const signal = AbortSignal.timeout(reach.longestMs ?? LONGEST_MS);
  try {
    return await readDocument(await ask(url, reach, signal), signal);
  } catch (cause) {
    throw refused(cause);
  }
}

function ask(url: URL, { mayAsk, ca }: Reach, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asked = request(url, {
      // A connection of its own, so that none is used that was opened to something else.
      agent: false,
      lookup: lookUpAmong(mayAsk),
      ...(ca && { ca }),
      headers: { accept: 'application/json', 'user-agent': 'mailroom' },
      signal,
    });
    asked.once('socket', (socket) => {
      // Whatever the name was said to lead to: this is where it has led. Nothing has been asked yet.
      socket.once('connect', () => {
        if (!mayAsk((socket as TLSSocket).remoteAddress ?? '')) asked.destroy(new Error('not a public address'));
      });
    });
    asked.once('response', resolve);
    asked.once('error', reject);
    asked.end();
  });
}

/** Names lead only to addresses that may be asked. */
const lookUpAmong =
  (mayAsk: Reach['mayAsk']): LookupFunction =>
  (hostname, options, done) => {
    lookUp(hostname, { ...options, all: true }, (error, found) => {
      const fit = (found ?? []).filter(({ address }) => mayAsk(address));
      const [first] = fit;
      if (error || !first) done(error ?? new Error('not a public address'), '');
      else if (options.all) done(null, fit);
      else done(null, first.address, first.family);
    });
  };

async function readDocument(response: IncomingMessage, signal: AbortSignal): Promise<ClientDocument> {
  const abort = (): void => void response.destroy(new Error('too slow'));
  signal.addEventListener('abort', abort);
  try {
    // Redirects are not followed: they could lead anywhere.
    if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`);
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MOST_BYTES) throw new Error('too large');
      chunks.push(chunk);
    }
    return { text: Buffer.concat(chunks).toString('utf8'), cacheControl: response.headers['cache-control'] };
  } finally {
    signal.removeEventListener('abort', abort);
    response.destroy();
  }
}

const refused = (cause?: unknown): AppError =>
  new AppError('unavailable', 'The document of this app cannot be had.', {
    hint: 'It must be served over https from a public address, without redirect, within 5 s and 64 KiB.',
    cause,
  });
