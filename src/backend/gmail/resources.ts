// The Gmail API's resources as far as they are read here (developers.google.com/gmail/api/reference/rest), and how its
// message ids number copies. Knows no request.
import { hash } from 'node:crypto';
import { z } from 'zod';
import type { Place } from '../../mail/change.ts';

/** The one place where every mail of an account lies; labels are told with each copy. */
export const PLACE = 'gmail';
/** Message ids are never given anew. */
export const UID_VALIDITY = 1;

/** Where a change happens. */
export const HERE = { path: PLACE, uidValidity: UID_VALIDITY } as const;

export const placeOf = (messages: number): Place => ({ path: PLACE, label: null, messages });

/** Message ids as UIDs and back: 64 bits of hex as the signed number that a column can hold. */
export class MessageNumbers {
  /**
   * Google's ids are hex, and large; those of a server that stands in for it may be any word, which is then numbered by its
   * hash. So no number is one that IMAP could give.
   */
  readonly #odd = new Map<bigint, string>();

  uid(id: string): bigint {
    if (isGoogles(id)) return signed(id);
    const uid = signed(hash('sha256', id).slice(0, 16));
    this.#odd.set(uid, id);
    return uid;
  }

  id(uid: number | bigint): string {
    return this.#odd.get(BigInt(uid)) ?? BigInt.asUintN(64, BigInt(uid)).toString(16);
  }
}

const isGoogles = (id: string): boolean => /^[1-9a-f][0-9a-f]{8,15}$/.test(id);

const signed = (hex: string): bigint => BigInt.asIntN(64, BigInt(`0x${hex}`));

const id = z.string().regex(/^[\w-]{1,64}$/);
/** 64-bit numbers come as strings. */
const big = z.union([z.string().regex(/^\d{1,30}$/), z.number().int().nonnegative().transform(String)]);
const labelIds = z.array(z.string()).optional();
const pageToken = { nextPageToken: z.string().optional() };

/** A list that is left out is empty; one that cannot be read is none, and no reason to take mails or labels away. */
const list = <T extends z.ZodType>(shape: T) =>
  z
    .array(shape)
    .nullish()
    .transform((listed) => listed ?? []);

export const profileShape = z.object({ historyId: big, messagesTotal: z.number().catch(0) });

export const listShape = z.object({ messages: list(z.object({ id })), ...pageToken });

export const labelListShape = z.object({
  labels: list(z.object({ id: z.string(), name: z.string(), type: z.string().catch('user') })),
});

/** Without `labelIds` a mail has no labels. */
export const minimalShape = z.object({ id, threadId: id, labelIds, historyId: big.optional() });
export type MinimalMessage = z.output<typeof minimalShape>;

const mail = { ...minimalShape.shape, internalDate: big };
export const rawShape = z.object({ ...mail, raw: z.string().optional() });
export type RawResource = z.output<typeof rawShape>;

const header = z.object({ name: z.string(), value: z.string().catch('') });
const partFields = {
  mimeType: z.string().catch(''),
  filename: z.string().catch(''),
  headers: z.array(header).catch([]),
  body: z
    .object({ size: z.number().catch(0), data: z.string().optional(), attachmentId: z.string().optional() })
    .catch({ size: 0 }),
};
export interface PartResource {
  readonly mimeType: string;
  readonly filename: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly body: {
    readonly size: number;
    readonly data?: string | undefined;
    readonly attachmentId?: string | undefined;
  };
  readonly parts: readonly PartResource[];
}
export const partShape: z.ZodType<PartResource> = z.object({
  ...partFields,
  get parts() {
    return z.array(partShape).catch([]).default([]);
  },
});
export const fullShape = z.object({ ...mail, sizeEstimate: z.number().catch(0), payload: partShape });
export type FullResource = z.output<typeof fullShape>;

export const threadShape = z.object({ messages: list(minimalShape) });

export const attachmentShape = z.object({ data: z.string() });

export const draftListShape = z.object({
  drafts: list(z.object({ id: z.string(), message: z.object({ id }) })),
  ...pageToken,
});

/** In a history record labels may be missing, which then says nothing. */
const touched = z.object({ message: z.object({ id, labelIds }) });
const relabelled = z.object({ message: z.object({ id, labelIds }), labelIds: z.array(z.string()) });
const few = <T extends z.ZodType>(shape: T) => z.array(shape).nullish();

export const historyShape = z.object({
  historyId: big.optional(),
  history: few(
    z.object({
      id: big,
      messagesAdded: few(touched),
      messagesDeleted: few(touched),
      labelsAdded: few(relabelled),
      labelsRemoved: few(relabelled),
    }),
  ),
  ...pageToken,
});
export type HistoryPage = z.output<typeof historyShape>;
export type HistoryRecord = NonNullable<HistoryPage['history']>[number];
