// The batch endpoint: many calls in one multipart body, answered in an order of its own. Knows no method.

import { findBody, headerOf, type MimePart, parseFields, parseTree } from '../mime-tree.ts';
import { Random } from '../random.ts';
import { GoogleError } from './google-error.ts';
import type { Asked, Given, Outcome } from './wire.ts';

const MOST_CALLS = 100;
const BOUNDARY = 'batch_pretendgmail0123456789';
const order = new Random(1);

interface Inner {
  /** Of the request, without its brackets; empty without one. */
  readonly id: string;
  readonly asked: Asked;
}

/** Serves each part as a request of its own; the outer answer is 200 whatever the inner ones are. */
export async function serveBatch(asked: Asked, serve: (inner: Asked) => Promise<Outcome>): Promise<Outcome> {
  const inner = readParts(asked);
  if (inner.length === 0) return new GoogleError(400, 'Failed to parse batch request, error: 0 items.').given;
  if (inner.length > MOST_CALLS)
    return new GoogleError(
      400,
      `Inner request count exceeds the limit. Received: ${inner.length}, Limit: ${MOST_CALLS}`,
    ).given;
  const answers: Buffer[] = [];
  const outcomes = await Promise.all(inner.map((each) => serve(each.asked)));
  for (const [index, outcome] of outcomes.entries()) {
    if (typeof outcome === 'string') return outcome;
    answers.splice(order.below(answers.length + 1), 0, part(inner[index]!.id, outcome));
  }
  return {
    status: 200,
    headers: { 'content-type': `multipart/mixed; boundary=${BOUNDARY}` },
    body: Buffer.concat([...answers, Buffer.from(`--${BOUNDARY}--\r\n`)]),
  };
}

function readParts({ url, headers, body }: Asked): Inner[] {
  const type = headers['content-type'] ?? '';
  if (!/^multipart\/mixed/i.test(type)) return [];
  const bytes = Buffer.concat([Buffer.from(`Content-Type: ${type}\r\n\r\n`), body]);
  return parseTree(bytes)
    .children.filter((child) => child.type === 'application' && child.subtype === 'http')
    .flatMap((child) => readPart(bytes, child, url, headers) ?? []);
}

function readPart(bytes: Buffer, part: MimePart, url: URL, outer: Asked['headers']): Inner | null {
  const http = bytes.subarray(part.bodyStart, part.end);
  const lineEnd = http.indexOf(10) < 0 ? http.length : http.indexOf(10) + 1;
  const [, method, target] = /^\s*([A-Z]+) (\S+)/.exec(http.toString('latin1', 0, lineEnd)) ?? [];
  if (!method || !target || !URL.canParse(target, url.href)) return null;
  const bodyStart = findBody(http, lineEnd, http.length);
  const headers: Record<string, string> = outer.authorization ? { authorization: outer.authorization } : {};
  for (const { name, value } of parseFields(http.toString('latin1', lineEnd, bodyStart))) headers[name] = value;
  return {
    id: headerOf(part, 'content-id').replace(/^<|>$/g, ''),
    asked: { method, url: new URL(target, url), headers, body: http.subarray(bodyStart) },
  };
}

function part(id: string, { status, headers = {}, body = '' }: Given): Buffer {
  const content = Buffer.from(body);
  const head = [
    `--${BOUNDARY}`,
    'Content-Type: application/http',
    ...(id === '' ? [] : [`Content-ID: <response-${id}>`]),
    '',
    `HTTP/1.1 ${status} ${status < 400 ? 'OK' : 'Error'}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${content.length}`,
    '',
    '',
  ];
  return Buffer.concat([Buffer.from(head.join('\r\n')), content, Buffer.from('\r\n')]);
}
