// Many reads in one request, whatever the server makes of them.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  type AnswerServer,
  type Asked,
  countedTokens,
  googleError,
  type Reply,
  SleepingClock,
  startAnswers,
} from '../../../test/support/google-answers.ts';
import { GmailApi } from './api.ts';
import { BatchReader, partsOf } from './batch.ts';
import { GmailLimits } from './quota.ts';

const shape = z.object({ id: z.string() });
const gets = {
  path: (id: string) => `messages/${id}`,
  as: 'messages.get' as const,
  query: { format: 'minimal' },
  mostBytes: 4096,
  inBackground: true,
  patient: true,
  signal: new AbortController().signal,
};
const ids = (count: number): string[] => Array.from({ length: count }, (_, i) => `m${i}`);

/** A batch answered as Google does, in the opposite order. */
function batched({ body }: Asked, answer: (id: string) => { status: number; body?: object }): Reply {
  const wanted = [...body.matchAll(/Content-ID: <(\d+)>\r\n\r\nGET \/gmail\/v1\/users\/me\/messages\/(\w+)\?/g)];
  const parts = wanted.toReversed().map(([, at, id]) => {
    const { status, body: inner = { id } } = answer(id!);
    return `--b-1\r\nContent-Type: application/http\r\nContent-ID: <response-${at}>\r\n\r\nHTTP/1.1 ${status} Whatever\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(inner)}\r\n`;
  });
  return { headers: { 'content-type': 'multipart/mixed; boundary=b-1' }, body: `${parts.join('')}--b-1--\r\n` };
}

const countOf = ({ body }: Asked): number => body.match(/^Content-ID/gm)?.length ?? 0;

describe('a batch', () => {
  let google: AnswerServer;
  let reader: BatchReader;
  const batches = () => google.asked.filter(({ url }) => url === '/batch/gmail/v1');
  const singles = () => google.asked.filter(({ url }) => url !== '/batch/gmail/v1');

  beforeEach(async () => {
    google = await startAnswers((asked) =>
      asked.url === '/batch/gmail/v1'
        ? batched(asked, () => ({ status: 200 }))
        : { body: { id: /messages\/(\w+)/.exec(asked.url)![1] } },
    );
    const limits = new GmailLimits({ clock: new SleepingClock() });
    reader = new BatchReader(new GmailApi({ apiUrl: google.url, topic: null, limits }, countedTokens(), 'a@b.c'));
  });
  afterEach(() => google.close());

  it('reads 25 at once and knows the answers by their Content-ID', async () => {
    const { got } = await reader.read(shape, ids(60), gets);
    expect([...got.entries()].every(([id, value]) => value.id === id)).toBe(true);
    expect(got.size).toBe(60);
    expect(batches().map(countOf)).toEqual([25, 25, 10]);
    expect(batches()[0]!.body).toContain('GET /gmail/v1/users/me/messages/m0?format=minimal');
  });

  it('leaves out what is gone, and asks alone for what failed', async () => {
    google.answer = (asked) =>
      asked.url === '/batch/gmail/v1'
        ? batched(asked, (id) => ({
            status: id === 'm1' ? 404 : id === 'm2' ? 500 : 200,
            ...(id === 'm3' && { body: {} }),
          }))
        : asked.url.includes('m3')
          ? googleError(404, 'notFound', '')
          : { body: { id: 'm2' } };
    const { got } = await reader.read(shape, ids(5), gets);
    expect([...got.keys()].toSorted()).toEqual(['m0', 'm2', 'm4']);
    expect(singles()).toHaveLength(2);
  });

  it.each([
    ['refuses it', googleError(400, 'badRequest', 'Bad Request')],
    ['answers another page', { body: '<html>', headers: { 'content-type': 'text/html' } }],
    ['answers an empty object', { body: {} }],
    ['fails', googleError(500, 'backendError', '')],
    ['does not have it', { status: 501, body: '' }],
  ])('is not needed: a server that %s is asked for each mail alone', async (_, reply: Reply) => {
    const { answer } = google;
    google.answer = (asked, response) => (asked.url === '/batch/gmail/v1' ? reply : answer(asked, response));
    const { got } = await reader.read(shape, ids(8), gets);
    expect([...got.keys()].toSorted()).toEqual(ids(8));
    const before = batches().length;
    await reader.read(shape, ids(8), gets);
    expect(batches()).toHaveLength(before);
  });

  it('leaves out few that the server goes on failing over, and fails when it does so over many', async () => {
    let broken = /m[24]$/;
    google.answer = (asked) => {
      const answer = (id: string) => (broken.test(id) ? { status: 500 } : { status: 200 });
      if (asked.url === '/batch/gmail/v1') return batched(asked, answer);
      const id = /messages\/(\w+)/.exec(asked.url)![1]!;
      return broken.test(id) ? googleError(500, 'backendError', '') : { body: { id } };
    };
    const { got, failed } = await reader.read(shape, ids(8), { ...gets, mostTries: 1 });
    expect([got.size, failed.toSorted()]).toEqual([6, ['m2', 'm4']]);
    broken = /m\d+$/;
    await expect(reader.read(shape, ids(30), { ...gets, mostTries: 1 })).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('in which nothing is there at all is not believed', async () => {
    const { answer } = google;
    google.answer = (asked, response) =>
      asked.url === '/batch/gmail/v1' ? batched(asked, () => ({ status: 404 })) : answer(asked, response);
    expect((await reader.read(shape, ids(5), gets)).got.size).toBe(5);
  });

  it('is halved when its parts were too many at once', async () => {
    google.answer = (asked) =>
      asked.url === '/batch/gmail/v1'
        ? batched(asked, (id) => ({ status: countOf(asked) > 10 && id === 'm9' ? 429 : 200 }))
        : { body: { id: 'm9' } };
    expect((await reader.read(shape, ids(60), gets)).got.size).toBe(60);
    expect(batches().map(countOf).slice(0, 2)).toEqual([25, 12]);
  });

  it.each([404, 405, 501])('is read mail by mail from then on when the server answers %i', async (status) => {
    google.answer = (asked) =>
      asked.url === '/batch/gmail/v1' ? { status } : { body: { id: /messages\/(\w+)/.exec(asked.url)![1] } };
    expect((await reader.read(shape, ids(7), gets)).got.size).toBe(7);
    expect((await reader.read(shape, ids(7), gets)).got.size).toBe(7);
    expect(batches()).toHaveLength(1);
    expect(singles()).toHaveLength(14);
  });

  it('tells which are too large, and reads the others', async () => {
    const big = 'x'.repeat(20_000);
    google.answer = (asked) =>
      asked.url === '/batch/gmail/v1'
        ? batched(asked, (id) => ({ status: 200, body: { id, ...(id === 'm2' && { big }) } }))
        : { body: { id: /messages\/(\w+)/.exec(asked.url)![1], ...(asked.url.includes('m2') && { big }) } };
    const { got, tooLarge } = await reader.read(shape, ids(4), gets);
    expect([[...got.keys()].toSorted(), tooLarge]).toEqual([['m0', 'm1', 'm3'], ['m2']]);
  });

  it('tells why one of its mails could not be read', async () => {
    google.answer = (asked) =>
      asked.url === '/batch/gmail/v1'
        ? batched(asked, () => ({ status: 403 }))
        : googleError(403, 'insufficientPermissions', '');
    await expect(reader.read(shape, ids(5), gets)).rejects.toMatchObject({ code: 'account_rejected' });
  });

  it.each(['', 'multipart/mixed', 'text/plain'])('is not taken for one when it is %j', (contentType) => {
    expect(() => partsOf({ contentType, body: Buffer.from('x') })).toThrow(/cannot be understood/);
  });
});
