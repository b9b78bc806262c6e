// A small HTTP server that answers as a test says, and keeps what it was asked. Knows nothing of Gmail.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { GmailClock } from '../../src/backend/gmail/quota.ts';
import type { AccessTokens } from '../../src/backend/port.ts';

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object goes as JSON. */
  readonly body?: object | string;
}

export type Answerer = (asked: Asked, response: ServerResponse) => Reply | null | Promise<Reply | null>;

export interface AnswerServer {
  readonly url: string;
  readonly asked: Asked[];
  answer: Answerer;
  close(): Promise<void>;
}

/** `answer` may be replaced at any time; null: it has answered by itself. */
export async function startAnswers(answer: Answerer = () => ({ status: 500 })): Promise<AnswerServer> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    const one = {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(pieces).toString(),
    };
    asked.push(one);
    const reply = await self.answer(one, response);
    if (!reply) return;
    const { status = 200, headers = {}, body = {} } = reply;
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const self: AnswerServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    answer,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return self;
}

/** Google's form of an error. */
export const googleError = (
  status: number,
  reason: string,
  message: string,
  headers: Record<string, string> = {},
): Reply => ({ status, headers, body: { error: { code: status, message, errors: [{ reason, message }] } } });

/** Time that passes only by sleeping. */
export class SleepingClock implements GmailClock {
  at = Date.UTC(2026, 10, 25, 12);
  readonly slept: number[] = [];

  now = (): number => this.at;
  random = (): number => 0;
  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    this.slept.push(ms);
    this.at += ms;
  }
}

/** Tokens `t1`, `t2`, … */
export function countedTokens(): AccessTokens & { refreshes: number } {
  const tokens = {
    refreshes: 0,
    current: async () => `t${tokens.refreshes + 1}`,
    async instead(token: string) {
      if (token === `t${tokens.refreshes + 1}`) tokens.refreshes++;
      return `t${tokens.refreshes + 1}`;
    },
  };
  return tokens;
}
