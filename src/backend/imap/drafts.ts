// Drafts of one account over IMAP: APPEND to \Drafts; one that is replaced goes to Trash once its successor lies there.
import type { ImapFlowError, ListResponse } from 'imapflow';
import { AppError, notFound } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import type { DraftAddress, DraftMail, MailDrafts, MailIds, PasswordLogin, SavedDraft } from '../port.ts';
import { foreign } from '../refusals.ts';
import type { MailServer } from '../server.ts';
import { Connection, DEFAULT_TIMING } from './connection.ts';
import { isAboutOneThing } from './errors.ts';
import { fetchListings } from './fetch.ts';

export interface ImapDraftsOptions {
  readonly logger: Logger;
}

/** A mail of 25 MB is silent for as long as it takes to leave. */
const UPLOAD_STALL_MS = 180_000;

/** Logs in; rejects with what the server refused and how to mend it. */
export async function openImapDrafts(
  server: MailServer,
  login: PasswordLogin,
  { logger }: ImapDraftsOptions,
): Promise<MailDrafts> {
  return new ImapDrafts(await Connection.open(server, login, { ...DEFAULT_TIMING, stallMs: UPLOAD_STALL_MS }), logger);
}

type CopyAddress = Extract<DraftAddress, { kind: 'copy' }>;

/** Where drafts lie, and where what is no longer wanted goes. */
interface Boxes {
  readonly drafts: string;
  readonly trash: string | null;
}

class ImapDrafts implements MailDrafts {
  readonly #connection: Connection;
  readonly #logger: Logger;

  constructor(connection: Connection, logger: Logger) {
    this.#connection = connection;
    this.#logger = logger;
  }

  async save({ raw, replaces }: DraftMail): Promise<SavedDraft> {
    if (replaces && replaces.kind !== 'copy') throw gone();
    const boxes = await this.#boxes();
    if (replaces && !(await this.#isDraft(replaces, boxes))) throw gone();
    const ids = await this.#append(boxes, raw);
    if (replaces) await this.#discard(replaces, boxes);
    return { draftId: null, ids };
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  async #boxes(): Promise<Boxes> {
    const entries = await this.#connection.alone(() => this.#connection.client.list());
    const drafts = withUse(entries, '\\Drafts');
    if (!drafts)
      throw new AppError('unavailable', 'This mailbox has no place for drafts.', {
        hint: 'At Gmail, Settings, Labels: Drafts has to be shown in IMAP. Elsewhere, make a mailbox called Drafts.',
      });
    return { drafts, trash: withUse(entries, '\\Trash') };
  }

  /** Whether the copy is there still and may be replaced. */
  async #isDraft({ path, uidValidity, uid }: CopyAddress, { drafts }: Boxes): Promise<boolean> {
    const { client } = this.#connection;
    try {
      return await this.#connection.changing(path, async (mailbox) => {
        if (Number(mailbox.uidValidity ?? 0n) !== uidValidity) return false;
        const mail = await client.fetchOne(`${uid}`, { uid: true, flags: true }, { uid: true });
        return Boolean(mail && mail.uid === uid && (path === drafts || mail.flags?.has('\\Draft')));
      });
    } catch (error) {
      if (error instanceof AppError && error.code === 'not_found') return false;
      throw error;
    }
  }

  /** Gmail's ids of the new copy; null where the server has none or does not tell where the copy lies. */
  async #append({ drafts }: Boxes, raw: Uint8Array): Promise<MailIds | null> {
    const { client, gmailIds, utf8 } = this.#connection;
    // The library leaves out what the selected mailbox says that it would not keep.
    const lies = await this.#connection.changing(drafts, async () => {
      const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
      const done = await client.append(drafts, bytes, ['\\Draft', '\\Seen']).catch((error: unknown) => {
        throw refusedDraft(error) ?? error;
      });
      return done || null;
    });
    if (!lies) throw this.#connection.lost();
    const { uid } = lies;
    if (!gmailIds || !uid) return null;
    const dialect = { gmailIds, utf8 };
    const { got } = await this.#connection.changing(drafts, () => fetchListings(client, [uid], dialect, false));
    const gmail = got.get(uid)?.gmail;
    return gmail ? { messageId: gmail.id, threadId: gmail.threadId } : null;
  }

  /** The successor is kept already, so that what fails here leaves two drafts and loses none. */
  async #discard({ path, uid }: CopyAddress, { trash }: Boxes): Promise<void> {
    const { client } = this.#connection;
    // Without either, the library would expunge whatever else is marked as deleted there.
    const canMove = client.capabilities.has('MOVE') || client.capabilities.has('UIDPLUS');
    const moved =
      trash !== null &&
      canMove &&
      (await this.#connection
        .changing(path, () => client.messageMove(`${uid}`, trash, { uid: true }))
        .catch((error: unknown) => {
          this.#logger.warn({ err: error }, 'a draft that was replaced could not be moved to Trash');
          return true;
        }));
    if (!moved) this.#logger.warn('a draft that was replaced could not be moved to Trash');
  }
}

const withUse = (entries: readonly ListResponse[], use: string): string | null =>
  entries.find(({ flags, specialUse }) => flags.has(use) || specialUse === use)?.path ?? null;

const gone = (): AppError =>
  notFound(
    'The draft to be replaced is no longer there.',
    'It was sent, deleted or changed: a draft_id from a search for in:drafts is expected.',
  );

/** Null when the server did not say NO: the draft may be there. */
function refusedDraft(error: unknown): AppError | null {
  const { serverResponseCode, message = '' } = (error ?? {}) as Partial<ImapFlowError>;
  const cause = foreign(message);
  if (serverResponseCode === 'APPENDLIMIT' || serverResponseCode === 'TOOBIG')
    return new AppError('too_large', 'The draft is larger than the mail server takes.', { cause });
  if (serverResponseCode === 'OVERQUOTA')
    return new AppError('unavailable', 'The mailbox is full, so the draft was not kept.', {
      hint: 'The owner has to make room in it.',
      cause,
    });
  if (!isAboutOneThing(error)) return null;
  return new AppError('unavailable', 'The mail server did not take the draft.', {
    hint: 'Nothing was kept; try again later.',
    cause,
  });
}
