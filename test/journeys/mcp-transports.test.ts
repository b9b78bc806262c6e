// Every transport and revision of MCP over one mount: calls, progress, cancellation, and whose session it is.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Offer } from '../../src/mcp/offer.ts';
import { clientBy, KEYS, type McpRoom, startMcpRoom, WAYS, type Way } from '../support/mcp-room.ts';

const ways = Object.keys(WAYS) as Way[];
const schema = { type: 'object' as const };

/** Calls of `wait`, from when they begin until nobody waits for them. */
const begun: PromiseWithResolvers<void>[] = [];
const ended: PromiseWithResolvers<boolean>[] = [];

const OFFER: Offer = {
  tools: [
    {
      needs: null,
      listed: { name: 'wait', description: 'Waits until nobody waits for it.', inputSchema: schema },
      answer: async (args, { call }) => {
        const n = (args as { n: number }).n;
        begun[n]!.resolve();
        await new Promise((resolve) => call.signal.addEventListener('abort', resolve));
        void call.delivered.then((left) => ended[n]!.resolve(left));
        return { content: [] };
      },
    },
    {
      needs: null,
      listed: { name: 'count', description: 'Counts to three.', inputSchema: schema },
      answer: async (_args, { call }) => {
        for (let i = 1; i <= 3; i++) await call.report(i, 3, `${i} of 3`);
        return { content: [{ type: 'text', text: 'three' }] };
      },
    },
  ],
  resources: [],
  prompts: [],
};

let room: McpRoom;
beforeAll(async () => {
  room = await startMcpRoom([OFFER]);
});
afterAll(async () => {
  await room?.stop();
});

const waiting = (): number => {
  begun.push(Promise.withResolvers());
  return ended.push(Promise.withResolvers()) - 1;
};

const post = (path: string, body: unknown, headers: Record<string, string> = {}, key: string = KEYS[0]) =>
  fetch(room.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

describe.each(ways)('a client by %s', (way) => {
  it('lists the tools and calls one', async () => {
    const client = await clientBy(way, room.url);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toContain('search_emails');
    const { structuredContent } = await client.callTool({ name: 'list_gmail_accounts', arguments: {} });
    expect(structuredContent).toEqual({ accounts: [] });
    await expect(client.callTool({ name: 'fly', arguments: {} })).rejects.toThrow('There is no tool "fly".');
    await client.close();
  });

  it('hears all progress before the answer', async () => {
    const client = await clientBy(way, room.url);
    // On the wire, since a busy client passes over progress that it reads together with the answer.
    const heard: unknown[] = [];
    const wire = client.transport!;
    const { onmessage } = wire;
    wire.onmessage = (message, extra) => {
      const { params, result } = message as { params?: { progress?: number; total?: number }; result?: unknown };
      heard.push(result ? 'the answer' : [params?.progress, params?.total]);
      onmessage?.(message, extra);
    };
    await client.callTool({ name: 'count', arguments: {} }, { onprogress: () => undefined });
    expect(heard).toEqual([[1, 3], [2, 3], [3, 3], 'the answer']);
    await client.close();
  });

  it('leaves nothing running when it cancels', async () => {
    const client = await clientBy(way, room.url);
    const n = waiting();
    const abort = new AbortController();
    const call = client.callTool({ name: 'wait', arguments: { n } }, { signal: abort.signal });
    await begun[n]!.promise;
    abort.abort();
    await expect(call).rejects.toThrow();
    await client.close();
    expect(await ended[n]!.promise).toBe(false);
  });

  it('leaves nothing running when its patience ends', async () => {
    const client = await clientBy(way, room.url);
    const n = waiting();
    await expect(client.callTool({ name: 'wait', arguments: { n } }, { timeout: 300 })).rejects.toThrow('timed out');
    await client.close();
    expect(await ended[n]!.promise).toBe(false);
  });

  it('leaves nothing running when it goes away', async () => {
    const client = await clientBy(way, room.url);
    const n = waiting();
    const call = client.callTool({ name: 'wait', arguments: { n } }).catch(() => undefined);
    await begun[n]!.promise;
    await client.close();
    await call;
    expect(await ended[n]!.promise).toBe(false);
  });
});

const initialize = (protocolVersion: string) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion, capabilities: {}, clientInfo: { name: 'test', version: '1' } },
});
const BOTH = { accept: 'application/json, text/event-stream' };
const LIST = { jsonrpc: '2.0', id: 2, method: 'tools/list' };

async function newSession(path = '/mcp', version = '2025-11-25'): Promise<Record<string, string>> {
  const answer = await post(path, initialize(version), BOTH);
  const text = await answer.text();
  expect([answer.status, text], text).toEqual([200, expect.stringContaining(`"protocolVersion":"${version}"`)]);
  return { ...BOTH, 'mcp-session-id': answer.headers.get('mcp-session-id')!, 'mcp-protocol-version': version };
}

describe('a session', () => {
  it.each(['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'])('is opened in revision %s', async (version) => {
    const headers = await newSession('/mcp/', version);
    const answer = await post('/mcp', LIST, headers);
    expect(await answer.text()).toContain('search_emails');
  });

  it('is unknown to another key, which cannot end it either', async () => {
    const headers = await newSession();
    const stream = await fetch(`${room.url}/mcp`, {
      headers: { ...headers, authorization: `Bearer ${KEYS[0]}`, accept: 'text/event-stream' },
    });
    expect(stream.status).toBe(200);
    const never = { ...headers, 'mcp-session-id': '3f2b8c1e-0000-4000-8000-000000000000' };
    for (const method of ['GET', 'DELETE', 'POST'])
      for (const [key, given] of [
        [KEYS[1], headers],
        [KEYS[0], never],
      ] as const) {
        const answer = await fetch(`${room.url}/mcp`, {
          method,
          headers: { ...given, authorization: `Bearer ${key}`, 'content-type': 'application/json' },
          ...(method === 'POST' && { body: JSON.stringify(LIST) }),
        });
        expect([answer.status, await answer.json()], method).toMatchObject([
          404,
          { error: { message: 'Session not found' } },
        ]);
      }
    expect((await post('/mcp', LIST, headers)).status).toBe(200);
    const reader = stream.body!.getReader();
    const end = fetch(`${room.url}/mcp`, {
      method: 'DELETE',
      headers: { ...headers, authorization: `Bearer ${KEYS[0]}` },
    });
    expect((await end).status).toBe(200);
    // The stream ends with its session, and not before.
    expect((await reader.read()).done).toBe(true);
    expect((await post('/mcp', LIST, headers)).status).toBe(404);
  });

  it('has one stream, and needs its id for it', async () => {
    const headers = { ...(await newSession()), authorization: `Bearer ${KEYS[0]}`, accept: 'text/event-stream' };
    const abort = new AbortController();
    expect((await fetch(`${room.url}/mcp`, { headers, signal: abort.signal })).status).toBe(200);
    expect((await fetch(`${room.url}/mcp`, { headers })).status).toBe(409);
    abort.abort();
    const without = { authorization: headers.authorization, accept: headers.accept };
    expect((await fetch(`${room.url}/mcp`, { headers: without })).status).toBe(400);
  });
});

describe('what nobody can read', () => {
  const asked = async (method: string, params: unknown, headers?: Record<string, string>): Promise<string> =>
    (await post('/mcp', { ...LIST, method, params }, headers)).text();

  it('is refused in our words, with a session, without one and by one curl', async () => {
    for (const headers of [await newSession(), BOTH, {}]) {
      for (const given of [5, 'text', [1], true]) {
        const answer = await asked('tools/call', { name: 'search_emails', arguments: given }, headers);
        expect(answer).toContain('invalid_input: The parameters must be an object. Give them by name.');
      }
      const without = await asked('tools/call', { name: 'list_gmail_accounts', arguments: null }, headers);
      expect(without).toContain('"structuredContent":{"accounts":[]}');
      for (const params of [{}, { name: 5 }, { name: null }])
        expect(await asked('tools/call', params, headers)).toMatch(/not what is expected|name is missing/);
    }
    for (const [method, params] of [
      ['resources/read', { uri: 5 }],
      ['prompts/get', {}],
      ['completion/complete', { ref: { type: 'ref/none' } }],
    ] as const) {
      const answer = await asked(method, params, await newSession());
      expect(answer).toContain(`invalid_input: The parameters of ${method} are not what is expected.`);
      expect(answer).not.toMatch(/invalid_type|invalid_union|\\n/);
    }
  });

  it('is told which ways there are', async () => {
    for (const [path, allow] of [
      ['/mcp', 'GET, POST, DELETE'],
      ['/mcp/sse/', 'GET, POST, DELETE'],
      ['/mcp/gmail', 'GET, POST, DELETE'],
      ['/mcp/messages', 'POST'],
    ])
      for (const method of ['PUT', 'PATCH', 'OPTIONS']) {
        const answer = await fetch(room.url + path, { method, headers: { authorization: `Bearer ${KEYS[0]}` } });
        expect([answer.status, answer.headers.get('allow')], `${method} ${path}`).toEqual([405, allow]);
      }
  });
});

describe('the stream of HTTP+SSE', () => {
  const open = async (key: string = KEYS[0]) => {
    const abort = new AbortController();
    const stream = await fetch(`${room.url}/mcp/sse`, {
      headers: { authorization: `Bearer ${key}`, accept: 'text/event-stream' },
      signal: abort.signal,
    });
    expect(stream.headers.get('content-type')).toBe('text/event-stream');
    const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
    const { value } = await reader.read();
    return { endpoint: /^event: endpoint\ndata: (\S+)\n\n$/.exec(value ?? '')![1]!, reader, abort };
  };

  it('takes posts of its own key only', async () => {
    const { endpoint, reader, abort } = await open();
    expect(endpoint).toMatch(/^\/mcp\/messages\?sessionId=/);
    expect((await post(endpoint, initialize('2024-11-05'), {}, KEYS[1])).status).toBe(404);
    expect((await post('/mcp/messages/?sessionId=nobody', initialize('2024-11-05'))).status).toBe(404);
    expect((await post(endpoint, [1])).status).toBe(400);
    const accepted = await post(endpoint.replace('?', '/?'), initialize('2024-11-05'));
    expect(accepted.status).toBe(202);
    expect((await reader.read()).value).toContain('"protocolVersion":"2024-11-05"');
    abort.abort();
  });

  it('ends its address with itself', async () => {
    const { endpoint, reader, abort } = await open();
    abort.abort();
    await reader.read().catch(() => undefined);
    await expect.poll(async () => (await post(endpoint, LIST)).status).toBe(404);
  });

  it('needs the key', async () => {
    for (const path of ['/mcp/sse', '/mcp/sse/', '/mcp/messages?sessionId=x'])
      for (const method of path.includes('messages') ? ['POST'] : ['GET', 'POST'])
        expect((await fetch(room.url + path, { method })).status, `${method} ${path}`).toBe(401);
  });
});

describe('one curl', () => {
  it.each(['/mcp', '/mcp/', '/mcp/sse'])('sees the tools at %s, as plain JSON and without a session', async (path) => {
    const answer = await post(path, LIST, { accept: '*/*' });
    expect(answer.headers.get('content-type')).toContain('application/json');
    expect(answer.headers.get('mcp-session-id')).toBeNull();
    const { result } = (await answer.json()) as { result: { tools: { name: string }[] } };
    expect(result.tools.map(({ name }) => name)).toContain('search_emails');
  });

  it('calls one, with the errors of any call', async () => {
    const call = (name: string, args = {}) =>
      post('/mcp', { jsonrpc: '2.0', id: 'a', method: 'tools/call', params: { name, arguments: args } });
    expect(await (await call('list_gmail_accounts')).json()).toMatchObject({
      id: 'a',
      result: { structuredContent: { accounts: [] } },
    });
    expect(await (await call('fly')).json()).toMatchObject({ error: { code: -32602 } });
    expect(await (await call('get_contact')).json()).toMatchObject({ result: { isError: true } });
  });

  it('that hangs up leaves nothing running', async () => {
    const n = waiting();
    const abort = new AbortController();
    const gone = fetch(`${room.url}/mcp`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEYS[0]}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...LIST, method: 'tools/call', params: { name: 'wait', arguments: { n } } }),
      signal: abort.signal,
    }).catch(() => undefined);
    await begun[n]!.promise;
    abort.abort();
    await gone;
    expect(await ended[n]!.promise).toBe(false);
  });
});
