// One part of one mail, decoded. It is looked for anew each time, because Gmail's attachment ids do not last.
import { Readable } from 'node:stream';
import { notFound } from '../../base/errors.ts';
import { type Part, readStructure } from '../../mail/structure.ts';
import { decodeTransfer } from '../../mail/transfer.ts';
import type { GmailApi } from './api.ts';
import { partAt, sentBytes } from './rebuilt.ts';
import { attachmentShape, fullShape, rawShape } from './resources.ts';

/** A mail of Gmail has up to 50 MB, which base64 and JSON make a third more. */
const MOST_BYTES = 80 * 1024 * 1024;

/** `not_found` when the mail or the part is not there. */
export async function readPart(api: GmailApi, id: string, partId: string, signal: AbortSignal): Promise<Readable> {
  if (!/^\d{1,4}(\.\d{1,4}){0,60}$/.test(partId)) throw noPart();
  const path = `messages/${encodeURIComponent(id)}`;
  const get = { method: 'GET', as: 'messages.get', mostBytes: MOST_BYTES, signal } as const;
  const { payload } = await api.request(fullShape, { ...get, path, query: { format: 'full' } });
  const part = partAt(payload, partId);
  const sent = part && sentBytes(part);
  if (sent) return streamOf(sent);
  if (part?.body.attachmentId !== undefined) {
    const { data } = await api.request(attachmentShape, {
      ...get,
      as: 'messages.attachments.get',
      path: `${path}/attachments/${encodeURIComponent(part.body.attachmentId)}`,
    });
    return streamOf(Buffer.from(data, 'base64url'));
  }
  // A text that Gmail has written anew, an attached mail that it has taken apart, or a numbering that is not its own.
  const { raw = '' } = await api.request(rawShape, { ...get, path, query: { format: 'raw' } });
  const found = find(readStructure(Buffer.from(raw, 'base64url')).root, partId);
  if (!found) throw noPart();
  return streamOf(decodeTransfer(found.body, found.encoding));
}

const find = (part: Part, partId: string): Part | null =>
  part.children.length === 0
    ? part.partId === partId
      ? part
      : null
    : part.children.reduce<Part | null>((found, child) => found ?? find(child, partId), null);

const streamOf = (bytes: Buffer): Readable => Readable.from([bytes], { objectMode: false });

const noPart = () => notFound('The mail has no such part.');
