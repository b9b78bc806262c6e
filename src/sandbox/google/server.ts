// The Google side of the pretend Gmail: one HTTP server on loopback that finds the endpoint of a request, lets go wrong
// what shall, and keeps count. Knows no endpoint from the inside.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { RunningServer } from '../imap-server.ts';
import { consentEndpoint } from './consent-page.ts';
import { scriptedAnswer, takeFault } from './faults.ts';
import { GoogleError } from './google-error.ts';
import { identityEndpoints } from './identity-endpoints.ts';
import type { Errand, Site } from './site.ts';
import { tokenEndpoints } from './token-endpoints.ts';
import { type Asked, json, type Outcome } from './wire.ts';

/** One request that was served; no code, token or secret is in it. */
export interface GoogleRequest {
  readonly method: string;
  /** Without its query outside the Gmail API. */
  readonly path: string;
  /** `token.refresh`, `messages.get`, …; empty when there is nothing at that path. */
  readonly operation: string;
  /** Whose token it came with; empty when nobody can tell. */
  readonly email: string;
  /** Quota units charged; 0 for one that was refused before it ran. */
  units: number;
  /** Of the answer; 0 while there is none, and for ever when it was dropped. */
  status: number;
}

const ENDPOINTS = [consentEndpoint, ...tokenEndpoints, ...identityEndpoints];
const LARGEST_BODY = 40 * 1024 * 1024;

/** Listens on 127.0.0.1; `onRequest` is told of each request before it is served. */
export async function startGoogleServer(
  site: Site,
  port: number,
  onRequest: (request: GoogleRequest) => void,
): Promise<RunningServer> {
  const server = createServer((request, response) => {
    void readAsked(request)
      .then((asked) => (asked ? serve(site, asked, onRequest) : new GoogleError(413).given))
      .catch((error: unknown) => new GoogleError(500, error instanceof Error ? error.message : undefined).given)
      .then((outcome) => send(request, response, outcome));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(site: Site, asked: Asked, onRequest: (request: GoogleRequest) => void): Promise<Outcome> {
  const errand = errandOf(site, asked);
  const entry: GoogleRequest = {
    method: asked.method,
    path: asked.url.pathname,
    operation: errand.operation,
    email: errand.email,
    units: 0,
    status: 0,
  };
  onRequest(entry);
  const outcome = await run(site, errand);
  if (typeof outcome === 'object') entry.status = outcome.status;
  return outcome;
}

function errandOf(site: Site, asked: Asked): Errand {
  const found = ENDPOINTS.find(({ methods, path }) => path === asked.url.pathname && methods.includes(asked.method));
  const nothing = { operation: '', email: '', units: 0, run: () => json(404, { error: 'not_found' }) };
  return found?.read(site, asked) ?? nothing;
}

async function run(site: Site, errand: Errand): Promise<Outcome> {
  const { script } = site;
  const slow = takeFault(script, 'google-slow', errand);
  if (slow) await pause(slow.delayMs, undefined, { ref: false });
  if (takeFault(script, 'google-drop', errand, 'before')) return 'drop';
  if (takeFault(script, 'google-mute', errand, 'before')) return 'mute';
  const scripted = takeFault(script, 'google-answer', errand);
  if (scripted) return scriptedAnswer(scripted, errand.operation);
  const outcome = await errand.run();
  if (takeFault(script, 'google-drop', errand, 'after')) return 'drop';
  return takeFault(script, 'google-mute', errand, 'after') ? 'mute' : outcome;
}

/** The request whole; null when it is larger than anything that Google takes here. */
async function readAsked(request: IncomingMessage): Promise<Asked | null> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request) {
    size += (piece as Buffer).length;
    if (size <= LARGEST_BODY) pieces.push(piece as Buffer);
  }
  if (size > LARGEST_BODY) return null;
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) headers[name] = [value].flat().join(', ');
  const url = new URL(request.url ?? '/', `http://${request.headers.host ?? 'localhost'}`);
  return { method: request.method ?? 'GET', url, headers, body: Buffer.concat(pieces) };
}

function send(request: IncomingMessage, response: ServerResponse, outcome: Outcome): void {
  if (outcome === 'mute') return;
  if (outcome === 'drop') {
    request.socket.destroy();
    return;
  }
  const body = Buffer.from(outcome.body ?? '');
  response.writeHead(outcome.status, { ...outcome.headers, 'content-length': body.length });
  response.end(body);
}
