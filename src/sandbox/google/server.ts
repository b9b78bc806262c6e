// The Google side of the pretend Gmail: one HTTP server on loopback that finds the endpoint of a request, lets go wrong
// what shall, and keeps count. Knows no endpoint from the inside.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { RunningServer } from '../imap-server.ts';
import { listenOnLoopback } from '../loopback.ts';
import { serveBatch } from './batch.ts';
import { consentEndpoint } from './consent-page.ts';
import { scriptedAnswer, takeFault } from './faults.ts';
import { readApi } from './gmail-api.ts';
import { GoogleError } from './google-error.ts';
import { identityEndpoints } from './identity-endpoints.ts';
import { type GoogleRequest, pathOf } from './request-log.ts';
import type { Errand, Site } from './site.ts';
import { tokenEndpoints } from './token-endpoints.ts';
import { type Asked, bearerOf, json, type Outcome } from './wire.ts';

const ENDPOINTS = [consentEndpoint, ...tokenEndpoints, ...identityEndpoints];
const BATCH = /^\/batch(\/gmail\/v1)?$/;
const LARGEST_BODY = 64 * 1024 * 1024;

/** What lives as long as one connection waits for its answer. */
interface Visit {
  readonly site: Site;
  readonly onRequest: (request: GoogleRequest) => void;
  readonly leaves: (() => void)[];
}

/** Listens on 127.0.0.1; `onRequest` is told of each request before it is served. */
export async function startGoogleServer(
  site: Site,
  port: number,
  onRequest: (request: GoogleRequest) => void,
): Promise<RunningServer> {
  const server = createServer((request, response) => {
    const visit: Visit = { site, onRequest, leaves: [] };
    const leave = () => {
      for (const each of visit.leaves) each();
    };
    response.once('close', leave);
    void readAsked(request)
      .then((asked) => (asked ? serve(visit, asked) : new GoogleError(413).given))
      .catch((error: unknown) => new GoogleError(500, error instanceof Error ? error.message : undefined).given)
      .then((outcome) => {
        // Before the answer is out: whoever has it may ask again at once.
        if (outcome !== 'mute') leave();
        send(request, response, outcome);
      });
  });
  return listenOnLoopback(server, port);
}

async function serve(visit: Visit, asked: Asked, inBatch = false): Promise<Outcome> {
  const { site } = visit;
  const api = readApi(site, asked);
  const errand = api ?? (inBatch ? null : (batchErrand(visit, asked) ?? endpointErrand(site, asked))) ?? NOTHING;
  const entry: GoogleRequest = {
    method: asked.method,
    path: pathOf(asked.url),
    operation: errand.operation,
    email: errand.email,
    inBatch,
    units: 0,
    status: 0,
  };
  visit.onRequest(entry);
  const place = api ? site.quota.enter(api.email, inBatch) : null;
  if (place) visit.leaves.push(place.leave);
  const outcome = await run(site, errand, entry, place?.crowded ?? false);
  if (typeof outcome === 'object') entry.status = outcome.status;
  return outcome;
}

const NOTHING: Errand = { operation: '', email: '', run: () => json(404, { error: 'not_found' }) };

function batchErrand(visit: Visit, asked: Asked): Errand | null {
  if (!BATCH.test(asked.url.pathname) || asked.method !== 'POST') return null;
  return {
    operation: 'batch',
    email: visit.site.grants.find(bearerOf(asked))?.email ?? '',
    run: () => serveBatch(asked, (inner) => serve(visit, inner, true)),
  };
}

function endpointErrand(site: Site, asked: Asked): Errand | null {
  const found = ENDPOINTS.find(({ methods, path }) => path === asked.url.pathname && methods.includes(asked.method));
  return found?.read(site, asked) ?? null;
}

async function run(site: Site, errand: Errand, entry: GoogleRequest, crowded: boolean): Promise<Outcome> {
  const { script } = site;
  const slow = takeFault(script, 'google-slow', errand);
  if (slow) await pause(slow.delayMs, undefined, { ref: false });
  if (takeFault(script, 'google-drop', errand, 'before')) return 'drop';
  if (takeFault(script, 'google-mute', errand, 'before')) return 'mute';
  const scripted = takeFault(script, 'google-answer', errand);
  if (scripted) return scriptedAnswer(scripted, errand.operation);
  const outcome = await errand.run(entry, crowded);
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
