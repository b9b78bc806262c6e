// Many callers at once: the same JSON-RPC ids interleaved by three people, replies cut in the middle, two people on one connection.
// Each answer is the one that was asked for, by whoever asked.
import { Agent as Connections, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Agent } from '../support/agent.ts';
import { canariesIn } from '../support/canaries.ts';
import { severally } from '../support/raw-request.ts';
import { type Neighbourhood, type Person, startNeighbourhood } from '../support/three-people.ts';

/** How many calls; a larger run is asked for by hand. */
const CALLS = Number(process.env.ISOLATION_CALLS ?? 600);
const CLIENTS = Number(process.env.ISOLATION_CLIENTS ?? 40);

let house: Neighbourhood;
let people: Person[];

beforeAll(async () => {
  house = await startNeighbourhood();
  people = Object.values(house.people);
});
afterAll(() => house?.end());

interface Told {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** By the given connections; rejects when the reply is cut. */
function asked(connections: Connections, url: string, agent: Agent, method: string, path: string, body?: object) {
  return new Promise<Told>((resolve, reject) => {
    const sent = body && JSON.stringify(body);
    const headers = { authorization: `Bearer ${agent.token}`, ...(sent && { 'content-type': 'application/json' }) };
    const { hostname, port } = new URL(url);
    const call = request({ agent: connections, hostname, port, path, method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      response.once('error', reject);
      response.once('aborted', () => reject(new Error('cut')));
      response.once('end', () => resolve({ status: response.statusCode!, headers: response.headers, text }));
    });
    call.once('error', reject);
    call.end(sent);
  });
}

/** The people whose words are in it. */
const namesIn = (text: string): string[] => [...new Set([...canariesIn(text)].map(({ person }) => person))];

const callOf = (id: number | string, query: string) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name: 'gmail_search', arguments: { query, max_results: 3 } },
});

describe('callers at once', () => {
  it('with the same ids are each answered with their own, also while replies are cut', async () => {
    const clients = Array.from({ length: CLIENTS }, (_, i) => ({
      person: people[i % people.length]!,
      connections: new Connections({ keepAlive: true, maxSockets: 2 }),
    }));
    let cut = 0;
    let answered = 0;
    const calls = Array.from({ length: CALLS }, (_, i) => i);
    await severally(
      calls,
      async (i) => {
        const { person, connections } = clients[(i * 7) % CLIENTS]!;
        // Now and then somebody's replies are cut off after a few bytes.
        person.wire.cutAfterBytes = i % 50 < 5 ? 300 + (i % 7) * 100 : null;
        const agent = i % 4 === 0 ? person.partial : person.whole;
        const id = i % 3 === 0 ? 1 : `same-${i % 5}`;
        const viaRest = i % 10 === 0;
        const query = `commonword${i % 2 ? ' has:attachment' : ''}`;
        const answer = viaRest
          ? asked(connections, person.wire.url, agent, 'GET', `/accounts?${i}`)
          : asked(connections, person.wire.url, agent, 'POST', '/mcp', callOf(id, query));
        const told = await answer.catch(() => null);
        if (!told) {
          cut++;
          return;
        }
        answered++;
        if (viaRest) {
          expect(told.status).toBe(403);
          return;
        }
        const { id: back, result } = JSON.parse(told.text);
        expect(back).toBe(id);
        expect(result.structuredContent.messages.length).toBeGreaterThan(0);
        expect(namesIn(told.text)).toEqual([person.name]);
      },
      CLIENTS,
    );
    for (const { person, connections } of clients) {
      person.wire.cutAfterBytes = null;
      connections.destroy();
    }
    expect(cut).toBeGreaterThan(CALLS / 200);
    expect(answered).toBeGreaterThan(CALLS / 2);
    for (const { wire } of people) expect(wire.leaks).toEqual([]);
  }, 120_000);
});

describe('two people on one connection', () => {
  it('are told apart by each request, and nothing may be kept by what stands between', async () => {
    const connections = new Connections({ keepAlive: true, maxSockets: 1 });
    const [a, b] = people as [Person, Person];
    const paths = [
      '/messages?q=commonword',
      '/conversations',
      '/labels',
      '/contacts/nobody',
      '/health',
      '/openapi.json',
      '/nothing',
      '/accounts',
    ];
    const sockets = new Set<string>();
    for (let round = 0; round < 3; round++)
      for (const path of paths)
        for (const person of [a, b, a]) {
          const query = /conv|labels|contacts/.test(path) ? `?account=${person.accounts[0].address}` : '';
          const told = await asked(connections, house.room.url, person.whole, 'GET', path + query);
          for (const other of namesIn(told.text)) expect(other, path).toBe(person.name);
          expect(told.headers['cache-control'], path).toBe('no-store');
          sockets.add(String(told.headers.connection));
        }
    const posts = ['/mcp', '/mcp/gmail'];
    for (const path of posts)
      for (const person of [a, b, a, b]) {
        const told = await asked(connections, house.room.url, person.whole, 'POST', path, callOf(1, 'commonword'));
        expect(namesIn(told.text), path).toEqual([person.name]);
        expect(told.headers['cache-control'], path).toBe('no-store');
      }
    expect([...sockets]).toEqual(['keep-alive']);
    connections.destroy();
  });

  it('are answered in order and each with their own when both ask before the first is answered', async () => {
    const { connect } = await import('node:net');
    const [a, b] = people as [Person, Person];
    const line = ({ whole }: Person, end: boolean) =>
      `GET /messages?q=commonword HTTP/1.1\r\nhost: ${new URL(house.room.url).host}\r\nauthorization: Bearer ${whole.token}\r\n${end ? 'connection: close\r\n' : ''}\r\n`;
    const socket = connect(Number(new URL(house.room.url).port), '127.0.0.1');
    const order = [a, b, b, a, b];
    socket.write(order.map((each, i) => line(each, i === order.length - 1)).join(''));
    let text = '';
    for await (const piece of socket) text += piece;
    const answers = text.split(/HTTP\/1\.1 200 OK/).slice(1);
    expect(answers.map(namesIn)).toEqual(order.map(({ name }) => [name]));
  });

  it('have no stream that may be kept either', async () => {
    const [a] = people as [Person];
    for (const [path, headers] of [
      ['/mcp/sse', {}],
      ['/events', { authorization: `Bearer ${house.room.key}` }],
    ] as const) {
      const abort = new AbortController();
      const { headers: told } = await fetch(house.room.url + path, {
        headers: { authorization: `Bearer ${a.whole.token}`, accept: 'text/event-stream', ...headers },
        signal: abort.signal,
      });
      expect(told.get('cache-control'), path).toMatch(/no-store/);
      abort.abort();
    }
  });
});
