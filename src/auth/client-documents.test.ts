// What an app says of itself is fetched from where the whole internet could, in time and in size, and from nowhere else.
import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificates } from '../../test/support/certificates.ts';
import { fetchClientDocument, isPublic } from './client-documents.ts';

let ca = '';
let port = 0;
let asked = 0;
let answer: RequestListener = (_request, response) => response.end('{}');
const server = Promise.withResolvers<ReturnType<typeof createServer>>();

beforeAll(async () => {
  const made = await makeCertificates();
  ca = made.ca;
  const listening = createServer({ cert: made.cert, key: made.key }, (request, response) => {
    asked++;
    answer(request, response);
  });
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  port = (listening.address() as AddressInfo).port;
  server.resolve(listening);
});
afterAll(async () => {
  const listening = await server.promise;
  listening.closeAllConnections();
  await new Promise((resolve) => listening.close(resolve));
});

const ANYWHERE = { mayAsk: () => true };
const here = (path = '/client.json') => `https://127.0.0.1:${port}${path}`;
const refused = { code: 'unavailable', message: 'The document of this app cannot be had.' };

describe('an address', () => {
  it.each(['8.8.8.8', '93.184.216.34', '2606:4700::1111', '::ffff:8.8.8.8'])('%s is public', (address) => {
    expect(isPublic(address)).toBe(true);
  });

  it.each([
    ...['127.0.0.1', '127.8.9.1', '0.0.0.0', '10.1.2.3', '172.16.0.1', '192.168.1.1', '100.64.0.1', '192.0.2.1'],
    ...['169.254.1.1', '169.254.169.254', '224.0.0.1', '255.255.255.255', '240.0.0.1', '198.18.0.1'],
    ...[
      '::1',
      '::',
      'fe80::1',
      'fc00::1',
      'fd00:ec2::254',
      'ff02::1',
      '2001:db8::1',
      '64:ff9b::7f00:1',
      '2002:7f00:1::',
    ],
    ...['::ffff:127.0.0.1', '::ffff:169.254.169.254', '::ffff:a00:1', '', 'localhost', '1'],
  ])('%s is not', (address) => {
    expect(isPublic(address)).toBe(false);
  });
});

describe('a document', () => {
  it('is had with what it says of how long it may be kept', async () => {
    let headers: object = {};
    answer = (request, response) => {
      headers = request.headers;
      response.setHeader('cache-control', 'max-age=600').end('{"client_id":"x"}');
    };
    const reach = { ...ANYWHERE, ca };
    expect(await fetchClientDocument(here(), reach)).toEqual({
      text: '{"client_id":"x"}',
      cacheControl: 'max-age=600',
    });
    expect(headers).toEqual({
      accept: 'application/json',
      host: `127.0.0.1:${port}`,
      'user-agent': 'mailroom',
      connection: 'close',
    });
    const named = await fetchClientDocument(`https://localhost:${port}/`, { ca, mayAsk: (a) => a === '127.0.0.1' });
    expect(named.text).toBe('{"client_id":"x"}');
  });

  it.each([
    ['http', 'http://example.com/client.json'],
    ['credentials in its address', 'https://user:pass@example.com/client.json'],
    ['no address', 'client.json'],
    ['loopback', 'https://127.0.0.1/client.json'],
    ['loopback in one number', 'https://2130706433/client.json'],
    ['loopback in IPv6', 'https://[::1]/client.json'],
    ['IPv4 in IPv6', 'https://[::ffff:127.0.0.1]/client.json'],
    ['a private network', 'https://192.168.0.1/client.json'],
    ['its own link', 'https://[fe80::1]/client.json'],
    ['where clouds keep their secrets', 'https://169.254.169.254/latest/meta-data'],
    ['a name of this computer', 'https://localhost/client.json'],
  ])('is not asked for over or at %s', async (_what, address) => {
    await expect(fetchClientDocument(address)).rejects.toMatchObject(refused);
  });

  it('is not asked for at a name that leads here, nor where the connection led although the name did not say so', async () => {
    asked = 0;
    await expect(fetchClientDocument(`https://localhost:${port}/`)).rejects.toMatchObject(refused);
    // The answer of the name is believed, the connection is looked at.
    let looked = 0;
    const mayAsk = () => ++looked === 1;
    await expect(fetchClientDocument(`https://127.0.0.1:${port}/`, { mayAsk, ca })).rejects.toMatchObject(refused);
    expect([looked, asked]).toEqual([2, 0]);
  });

  it.each([
    ['redirects', 302, (r: { setHeader(n: string, v: string): unknown }) => r.setHeader('location', '/elsewhere')],
    ['is not there', 404, () => undefined],
    ['is broken', 500, () => undefined],
  ])('is not had when it %s', async (_what, status, also) => {
    asked = 0;
    answer = (_request, response) => {
      response.statusCode = status;
      also(response);
      response.end('{}');
    };
    await expect(fetchClientDocument(here(), { ...ANYWHERE, ca })).rejects.toMatchObject(refused);
    expect(asked).toBe(1);
  });

  it('is had up to 64 KiB, and not beyond', async () => {
    const whole = 'x'.repeat(64 * 1024);
    answer = (_request, response) => response.end(whole);
    expect((await fetchClientDocument(here(), { ...ANYWHERE, ca })).text).toHaveLength(whole.length);
    answer = (_request, response) => response.end(`${whole}x`);
    await expect(fetchClientDocument(here(), { ...ANYWHERE, ca })).rejects.toMatchObject(refused);
  });

  it('is not waited for longer than was said, whether nothing comes or a byte at a time', async () => {
    const slow = { ...ANYWHERE, ca, longestMs: 300 };
    answer = () => undefined;
    await expect(fetchClientDocument(here(), slow)).rejects.toMatchObject(refused);
    answer = (_request, response) => {
      const drip = setInterval(() => response.write(' '), 20);
      response.once('close', () => clearInterval(drip));
    };
    await expect(fetchClientDocument(here(), slow)).rejects.toMatchObject(refused);
  });

  it('is not had from a server that nobody vouches for', async () => {
    await expect(fetchClientDocument(here(), ANYWHERE)).rejects.toMatchObject(refused);
  });
});
