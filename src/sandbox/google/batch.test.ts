// The batch endpoint, and pushes with their signatures.
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { GoogleClient } from '../../../test/support/google-client.ts';
import { type Sandbox, startSandbox } from '../sandbox.ts';
import { GMAIL_SCOPES } from './scopes.ts';

const JANE = 'jane@gmail.example';
const JOE = 'joe@gmail.example';

let sandbox: Sandbox;
let jane: GoogleClient;

beforeAll(async () => {
  sandbox = await startSandbox({ users: [JANE, JOE].map((email) => ({ email, appPassword: 'abcdefghijklmnop' })) });
  jane = new GoogleClient(sandbox, JANE, [GMAIL_SCOPES.F]);
});
afterAll(() => sandbox?.close());
afterEach(() => {
  sandbox.script.clear();
  sandbox.google.advance(60_000);
  for (const user of sandbox.users) for (const { id } of user.truth()) user.remove(id);
});

const deliver = (subject: string) => sandbox.user(JANE).deliver(`Subject: ${subject}\r\n\r\nText.\r\n`);

/** The answers by Content-ID; `order` as they came. */
async function batch(requests: readonly string[], path = '/batch/gmail/v1') {
  const body = requests
    .map(
      (request, index) =>
        `--cut\r\nContent-Type: application/http\r\nContent-ID: <call-${index}>\r\n\r\n${request}\r\n\r\n`,
    )
    .join('');
  const answer = await jane.ask('POST', path, `${body}--cut--`, { 'content-type': 'multipart/mixed; boundary=cut' });
  const boundary = /boundary=(\S+)/.exec(answer.headers.get('content-type') ?? '')?.[1] ?? 'none';
  const parts = String(answer.body).split(`--${boundary}`).slice(1, -1);
  const read = parts.map((part) => ({
    id: /Content-ID: <response-(.*)>/.exec(part)?.[1] ?? '',
    status: Number(/HTTP\/1\.1 (\d+)/.exec(part)?.[1]),
    body: JSON.parse(/\r\n\r\n(\{[\s\S]*\})\s*$/.exec(part)?.[1] ?? '{}'),
  }));
  return {
    status: answer.status,
    body: answer.body,
    read,
    of: (index: number) => read.find(({ id }) => id === `call-${index}`)!,
  };
}

describe('a batch', () => {
  it('answers each part by itself, in an order of its own', async () => {
    const ids = Array.from({ length: 10 }, (_, index) => deliver(`mail ${index}`).id);
    const requests = ids.map((id) => `GET /gmail/v1/users/me/messages/${id}?format=raw`);
    const before = sandbox.google.units(JANE);
    const answered = await batch([...requests, 'GET /gmail/v1/users/me/messages/abc']);
    expect(answered.status).toBe(200);
    expect(answered.read.map(({ id }) => id).sort()).toEqual([...ids, ''].map((_, index) => `call-${index}`).sort());
    expect(answered.read.map(({ id }) => id)).not.toEqual([...ids, ''].map((_, index) => `call-${index}`));
    for (const [index, id] of ids.entries()) expect(answered.of(index)).toMatchObject({ status: 200, body: { id } });
    expect(answered.of(10)).toMatchObject({ status: 404, body: { error: { status: 'NOT_FOUND' } } });
    expect(sandbox.google.units(JANE) - before).toBe(11 * 20);
  });

  it('takes bodies, and the short path', async () => {
    const { id } = deliver('mark me');
    const change = JSON.stringify({ addLabelIds: ['STARRED'] });
    const post = `POST /gmail/v1/users/me/messages/${id}/modify HTTP/1.1\r\nContent-Type: application/json\r\n\r\n${change}`;
    expect((await batch([post], '/batch')).of(0)).toMatchObject({
      status: 200,
      body: { labelIds: expect.arrayContaining(['STARRED']) },
    });
  });

  it('refuses parts with a bad token of their own, and those beyond what may run at once', async () => {
    const one = 'GET /gmail/v1/users/me/labels';
    const foreign = `${one} HTTP/1.1\r\nAuthorization: Bearer wrong\r\n\r\n`;
    expect((await batch([one, foreign])).read.map(({ status }) => status).sort()).toEqual([200, 401]);
    const many = (await batch(Array(50).fill(one))).read;
    expect(many.filter(({ status }) => status === 429)).toHaveLength(20);
    expect(many.find(({ status }) => status === 429)?.body.error.message).toBe('Too many concurrent requests for user');
    await vi.waitFor(
      async () =>
        expect((await batch(Array(25).fill(one))).read.map(({ status }) => status)).toEqual(Array(25).fill(200)),
      10_000,
    );
  });

  it('meets faults part by part', async () => {
    sandbox.script.add(JANE, { kind: 'google-answer', operation: 'labels.list', status: 500, times: 1 });
    const answered = await batch(Array(2).fill('GET /gmail/v1/users/me/labels'));
    expect([answered.of(0).status, answered.of(1).status]).toEqual([500, 200]);
  });

  it('is refused whole when there are too many, or none', async () => {
    const { status, body } = await batch(Array(101).fill('GET /gmail/v1/users/me/labels'));
    expect([status, body.error.message]).toEqual([
      400,
      'Inner request count exceeds the limit. Received: 101, Limit: 100',
    ]);
    expect((await batch([])).status).toBe(400);
    expect((await jane.post('/batch', {})).status).toBe(400);
  });
});

describe('a push', () => {
  interface Posted {
    readonly headers: IncomingHttpHeaders;
    readonly body: { message: { data: string } };
  }
  const posted: Posted[] = [];
  const receiver = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      posted.push({ headers: request.headers, body: JSON.parse(Buffer.concat(pieces).toString()) });
      response.writeHead(204).end();
    });
  });
  const TOPIC = 'projects/pretend-project/topics/gmail';
  const AUDIENCE = 'https://mailroom.example/push';
  beforeAll(async () => {
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const { port } = receiver.address() as AddressInfo;
    sandbox.google.push.subscription = { url: `http://127.0.0.1:${port}/push/gmail`, audience: AUDIENCE };
  });
  afterAll(() => void receiver.close());
  afterEach(() => {
    sandbox.google.push.stop(JANE);
    posted.length = 0;
  });

  const judged = ({ headers }: Posted) =>
    jwtVerify(
      (headers.authorization ?? '').slice(7),
      createRemoteJWKSet(new URL(sandbox.google.env.GOOGLE_JWKS_URL!)),
      {
        issuer: 'https://accounts.google.com',
        audience: AUDIENCE,
      },
    );

  it('comes after a change while a watch lives, signed, with the id that history has then', async () => {
    const { status, body } = await jane.post('watch', { topicName: TOPIC });
    expect(status).toBe(200);
    expect(Number(body.expiration) - Date.now()).toBeGreaterThan(6 * 86_400_000);
    expect(body.historyId).toBe(await jane.historyId());
    deliver('ring');
    await vi.waitFor(() => expect(posted).toHaveLength(1), 10_000);
    const { payload } = await judged(posted[0]!);
    expect(payload).toMatchObject({
      email: 'gmail-push@pretend-project.iam.gserviceaccount.com',
      email_verified: true,
    });
    const data = Buffer.from(posted[0]!.body.message.data, 'base64').toString();
    expect(data).toContain(`"emailAddress":"${JANE}"`);
    expect(data).toContain(await jane.historyId());
  });

  it('is asked for by one topic at a time', async () => {
    await jane.post('watch', { topicName: TOPIC });
    expect((await jane.post('watch', { topicName: TOPIC })).status).toBe(200);
    const other = await jane.post('watch', { topicName: `${TOPIC}-two` });
    expect([other.status, other.body.error.message]).toEqual([
      400,
      expect.stringContaining('Only one user push notification client'),
    ]);
    expect((await jane.post('stop')).status).toBe(204);
    expect((await jane.post('watch', { topicName: `${TOPIC}-two` })).status).toBe(200);
    expect((await jane.post('watch', { topicName: 'mine' })).status).toBe(400);
  });

  it('comes for the labels that are watched only, and to nobody who is not watched', async () => {
    const joe = new GoogleClient(sandbox, JOE, [GMAIL_SCOPES.F]);
    await joe.post('watch', { topicName: TOPIC });
    await jane.post('watch', { topicName: TOPIC, labelIds: ['SPAM'], labelFilterBehavior: 'include' });
    deliver('not spam');
    sandbox.user(JOE).deliver('Subject: x\r\n\r\n');
    await vi.waitFor(() => expect(posted).toHaveLength(1), 10_000);
    expect(Buffer.from(posted[0]!.body.message.data, 'base64').toString()).toContain(JOE);
    sandbox.google.push.stop(JOE);
  });

  it('can be forged for a receiver that ought to refuse it', async () => {
    const user = sandbox.user(JANE);
    expect(await sandbox.google.push.send(user)).toBe(204);
    await judged(posted[0]!);
    await sandbox.google.push.send(user, { claims: { aud: 'https://elsewhere.example' } });
    await expect(judged(posted[1]!)).rejects.toThrow('"aud"');
    await sandbox.google.push.send(user, { claims: { exp: 1 } });
    await expect(judged(posted[2]!)).rejects.toThrow('"exp"');
    await sandbox.google.push.send(user, { foreignKey: true });
    await expect(judged(posted[3]!)).rejects.toThrow('signature verification failed');
    await sandbox.google.push.send(user, { withoutToken: true });
    expect(posted[4]!.headers.authorization).toBeUndefined();
  });
});
