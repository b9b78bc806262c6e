// Mails with their bytes: small ones as they were sent, large ones without their attachments. Moves no cursor.
import type { Identity, LabelRef, RawMessage } from '../../mail/change.ts';
import type { BatchReader } from './batch.ts';
import type { LabelBook } from './labels.ts';
import { rebuild } from './rebuilt.ts';
import {
  type FullResource,
  fullShape,
  type MessageNumbers,
  type MinimalMessage,
  minimalShape,
  type RawResource,
  rawShape,
} from './resources.ts';

/** Mails up to this size are fetched whole. */
export const WHOLE_BYTES = 256 * 1024;
/** Of a whole one in base64; Gmail's own reckoning of sizes is not exact. */
const MOST_WHOLE_BYTES = 2 * WHOLE_BYTES;
/** Of a large mail without attachments. */
const MOST_FULL_BYTES = 16 * 1024 * 1024;
const MOST_MINIMAL_BYTES = 65_536;

export interface Reading {
  readonly batch: BatchReader;
  readonly numbers: MessageNumbers;
  /** The labels that these ids name, listed anew when one of them is not known. */
  readonly book: (labelIds: readonly string[]) => Promise<LabelBook>;
  readonly inBackground: boolean;
  readonly patient: boolean;
  readonly signal: AbortSignal;
}

export const identityOf = (id: string): Identity => `gm:${id}`;

export interface Mails {
  readonly mails: RawMessage[];
  /** Few, that Gmail cannot give now. */
  readonly failed: readonly string[];
}

/** Mails by their ids, in their order; `large` are known to be. One that is gone, or a chat, is left out. */
export async function readMails(
  reading: Reading,
  ids: readonly string[],
  large: ReadonlySet<string> = new Set(),
  mostTries?: number,
): Promise<Mails> {
  const { batch, inBackground, patient, signal } = reading;
  const tries = mostTries !== undefined && { mostTries };
  const gets = { path: pathOf, as: 'messages.get' as const, inBackground, patient, signal, ...tries };
  const small = ids.filter((id) => !large.has(id));
  const whole = await batch.read(rawShape, small, { ...gets, query: { format: 'raw' }, mostBytes: MOST_WHOLE_BYTES });
  const without = [...whole.got].filter(([, { raw }]) => raw === undefined).map(([id]) => id);
  const rest = [...ids.filter((id) => large.has(id)), ...whole.tooLarge, ...without];
  const full = await batch.read(fullShape, rest, { ...gets, query: { format: 'full' }, mostBytes: MOST_FULL_BYTES });
  const mails: RawMessage[] = [];
  for (const id of ids) {
    const [raw, parts] = [whole.got.get(id), full.got.get(id)];
    const mail = parts ? await fromFull(reading, parts) : raw?.raw !== undefined ? await fromRaw(reading, raw) : null;
    if (mail) mails.push(mail);
  }
  return { mails, failed: [...whole.failed, ...full.failed] };
}

/** Mails that the store holds, with their labels as they are now. */
export async function readLabels(reading: Reading, ids: readonly string[]): Promise<MinimalMessage[]> {
  const { batch, inBackground, patient, signal } = reading;
  const gets = { path: pathOf, as: 'messages.get' as const, inBackground, patient, signal };
  const query = { format: 'minimal' };
  const { got } = await batch.read(minimalShape, ids, { ...gets, query, mostBytes: MOST_MINIMAL_BYTES });
  return [...got.values()];
}

/** A mail that the store holds, told without its bytes. */
export async function knownMail(
  { numbers, book }: Pick<Reading, 'numbers' | 'book'>,
  id: string,
  labelIds: readonly string[],
): Promise<RawMessage> {
  const { flags, labels } = (await book(labelIds)).marks(labelIds);
  return {
    copy: { uid: numbers.uid(id), flags, labels },
    identity: identityOf(id),
    gmail: { id, threadId: '' },
    dateMs: 0,
    sizeBytes: 0,
    source: null,
    partial: false,
    parts: [],
  };
}

const pathOf = (id: string): string => `messages/${encodeURIComponent(id)}`;

async function fromRaw(reading: Reading, resource: RawResource): Promise<RawMessage | null> {
  const source = Buffer.from(resource.raw ?? '', 'base64url');
  return arrival(reading, resource, source.length, { source, partial: false, parts: [] });
}

async function fromFull(reading: Reading, resource: FullResource): Promise<RawMessage | null> {
  return arrival(reading, resource, resource.sizeEstimate, { ...rebuild(resource.payload), partial: true });
}

async function arrival(
  { numbers, book }: Reading,
  { id, threadId, labelIds = [], internalDate }: Omit<RawResource, 'raw'>,
  sizeBytes: number,
  text: Pick<RawMessage, 'source' | 'partial' | 'parts'>,
): Promise<RawMessage | null> {
  // A conversation of Google Chat is no mail.
  if (labelIds.includes('CHAT')) return null;
  const { flags, labels }: { flags: RawMessage['copy']['flags']; labels: readonly LabelRef[] } = (
    await book(labelIds)
  ).marks(labelIds);
  return {
    copy: { uid: numbers.uid(id), flags, labels },
    identity: identityOf(id),
    gmail: { id, threadId },
    // As INTERNALDATE, which knows whole seconds only: an account of either kind tells the same.
    dateMs: Math.floor(Number(internalDate) / 1000) * 1000,
    sizeBytes,
    ...text,
  };
}
