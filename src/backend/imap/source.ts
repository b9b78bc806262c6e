// One account over IMAP: the source of everything that happens to its mail. Knows no table.
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { type FetchMessageObject, ImapFlow, type ListResponse, type MessageStructureObject } from 'imapflow';
import { AppError } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import type { Change, Flag, LabelRef, PartDescription, Place, RawMessage, SystemLabel } from '../../mail/change.ts';
import type { ChangesRequest, InventoryEntry, MailSource, PartAddress, PasswordLogin } from '../port.ts';

export interface MailServer {
  readonly host: string;
  readonly port: number;
  readonly ca?: string;
}

interface Cursor {
  v: number;
  next: number;
  base: number;
  down: number;
  modseq: string;
  exists: number;
}

const BIG = 256 * 1024;

export async function openImapSource(
  server: MailServer,
  login: PasswordLogin,
  _o: { logger: Logger },
): Promise<MailSource> {
  const client = new ImapFlow({
    host: server.host,
    port: server.port,
    secure: true,
    auth: { user: login.email, pass: login.appPassword },
    logger: false,
    disableAutoIdle: true,
    disableCompression: true,
    disableBinary: true,
    maxIdleTime: 240_000,
    tls: { minVersion: 'TLSv1.2', ...(server.ca ? { ca: server.ca } : {}) },
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (cause) {
    const e = cause as { authenticationFailed?: boolean };
    throw e.authenticationFailed
      ? new AppError('account_rejected', 'Google refused the login.', { hint: 'Use an App Password.', cause })
      : new AppError('unavailable', `The mail server at ${server.host}:${server.port} cannot be reached.`, {
          hint: 'Try again.',
          cause,
        });
  }
  return new Source(client);
}

class Source implements MailSource {
  readonly capabilities;
  readonly #c: ImapFlow;
  #heard = 0;
  #watch = '';
  #news = false;
  #onNews: (() => void) | null = null;
  constructor(c: ImapFlow) {
    this.#c = c;
    this.capabilities = { gmailIds: c.capabilities.has('X-GM-EXT-1'), push: c.capabilities.has('IDLE') };
    c.on('exists', () => {
      this.#news = true;
      this.#onNews?.();
    });
  }
  async #places(): Promise<{ box: ListResponse; label: LabelRef | null }[]> {
    const boxes = (await this.#c.list()).filter((b) => !b.flags.has('\\Noselect') && !b.flags.has('\\NonExistent'));
    const gm = this.capabilities.gmailIds;
    const chosen = gm ? boxes.filter((b) => ['\\All', '\\Junk', '\\Trash'].includes(b.specialUse ?? '')) : boxes;
    const rank = (b: ListResponse) =>
      b.specialUse === '\\All' && gm ? 0 : b.path === 'INBOX' ? 1 : b.specialUse === '\\All' ? 9 : 5;
    return chosen.toSorted((a, b) => rank(a) - rank(b)).map((box) => ({ box, label: labelOf(box) }));
  }
  async *changes({ cursors, scope, signal }: ChangesRequest): AsyncGenerator<Change<RawMessage>, void, void> {
    if (scope === 'new') {
      const c = cursors.get(this.#watch);
      if (c) yield* this.#fresh(this.#watch, JSON.parse(c) as Cursor);
      return;
    }
    const places = await this.#places();
    const out: Place[] = [];
    for (const { box, label } of places) out.push({ path: box.path, label, messages: await this.#count(box.path) });
    this.#watch = places[0]?.box.path ?? 'INBOX';
    yield { kind: 'places', places: out };
    const state = new Map<string, Cursor>();
    for (const { path } of out) {
      if (signal.aborted) return;
      const box = await this.#c.mailboxOpen(path, { readOnly: true });
      const v = Number(box.uidValidity);
      const kept = cursors.get(path);
      let cur = kept ? (JSON.parse(kept) as Cursor) : null;
      const relist = cur !== null && cur.v !== v;
      if (!cur || relist)
        cur = {
          v,
          next: box.uidNext,
          base: box.uidNext,
          down: box.uidNext,
          modseq: String(box.highestModseq ?? ''),
          exists: box.exists,
        };
      for await (const ch of this.#fresh(path, cur)) {
        yield ch;
      }
      state.set(path, cur);
    }
    for (const { path } of out) {
      const cur = state.get(path)!;
      await this.#c.mailboxOpen(path, { readOnly: true });
      let size = cur.down === cur.base ? 100 : 250;
      const all = cur.down > 1 ? (await this.#c.search({ uid: `1:${cur.down - 1}` }, { uid: true })) || [] : [];
      const uids = all.toSorted((a, b) => b - a);
      for (let i = 0; i < uids.length; i += size, size = 250) {
        if (signal.aborted) return;
        const part = uids.slice(i, i + size);
        const messages = await this.#fetch(part);
        cur.down = part.at(-1)!;
        yield { kind: 'messages', path, uidValidity: cur.v, live: false, messages, cursor: JSON.stringify(cur) };
      }
      cur.down = 1;
      const flags = [];
      for await (const m of this.#c.fetch(
        '1:*',
        { uid: true, flags: true, labels: this.capabilities.gmailIds },
        { uid: true },
      ))
        flags.push({ uid: m.uid, flags: flagsOf(m), labels: this.#labels(m) });
      if (flags.length) yield { kind: 'flags', path, uidValidity: cur.v, copies: flags, cursor: JSON.stringify(cur) };
      const here = (await this.#c.search({ all: true }, { uid: true })) || [];
      yield {
        kind: 'present',
        path,
        uidValidity: cur.v,
        uids: Uint32Array.from(here),
        below: cur.next,
        cursor: JSON.stringify(cur),
      };
    }
    yield { kind: 'settled' };
  }
  async #count(path: string): Promise<number> {
    const status = await this.#c.status(path, { messages: true });
    return status ? (status.messages ?? 0) : 0;
  }
  async *#fresh(path: string, cur: Cursor): AsyncGenerator<Change<RawMessage>, void, void> {
    if (!this.#c.mailbox || this.#c.mailbox.path !== path) await this.#c.mailboxOpen(path, { readOnly: true });
    if (path === this.#watch) this.#news = false;
    await this.#c.noop();
    const found = ((await this.#c.search({ uid: `${cur.next}:*` }, { uid: true })) || [])
      .filter((u) => u >= cur.next)
      .toSorted((a, b) => b - a);
    this.#heard = Date.now();
    for (let i = 0; i < found.length; i += 200) {
      const messages = await this.#fetch(found.slice(i, i + 200));
      const last = i + 200 >= found.length;
      if (last) cur.next = found[0]! + 1;
      yield {
        kind: 'messages',
        path,
        uidValidity: cur.v,
        live: true,
        messages,
        cursor: last ? JSON.stringify(cur) : null,
      };
    }
  }
  async #fetch(uids: number[]): Promise<RawMessage[]> {
    const gm = this.capabilities.gmailIds;
    const out: RawMessage[] = [];
    for await (const m of this.#c.fetch(
      uids.join(','),
      {
        uid: true,
        flags: true,
        size: true,
        internalDate: true,
        bodyStructure: true,
        threadId: gm,
        labels: gm,
        source: { maxLength: BIG * 8 },
      },
      { uid: true },
    )) {
      const source = m.source ?? Buffer.alloc(0);
      const end = source.indexOf('\r\n\r\n');
      const head = source.subarray(0, end < 0 ? source.length : end + 4);
      const id = gm ? BigInt(m.emailId!).toString(16) : '';
      out.push({
        copy: { uid: m.uid, flags: flagsOf(m), labels: this.#labels(m) },
        identity: gm ? `gm:${id}` : `hd:${createHash('sha256').update(head).digest('hex')}:${m.size}`,
        gmail: gm ? { id, threadId: BigInt(m.threadId!).toString(16) } : null,
        dateMs: new Date(m.internalDate!).getTime(),
        sizeBytes: m.size!,
        source: new Uint8Array(source),
        partial: false,
        parts: leaves(m.bodyStructure),
      });
    }
    return out;
  }
  #labels(m: FetchMessageObject): LabelRef[] | null {
    if (!this.capabilities.gmailIds) return null;
    return [...(m.labels ?? [])].flatMap((l): LabelRef[] => {
      const sys: Record<string, SystemLabel> = {
        '\\Inbox': 'INBOX',
        '\\Sent': 'SENT',
        '\\Important': 'IMPORTANT',
        '\\Muted': 'MUTED',
      };
      if (sys[l]) return [{ type: 'system', id: sys[l] }];
      return l.startsWith('\\') ? [] : [{ type: 'user', name: l }];
    });
  }
  async announced(signal: AbortSignal): Promise<void> {
    if (this.#news || signal.aborted) return;
    if (!this.#c.mailbox || this.#c.mailbox.path !== this.#watch) {
      await this.#c.mailboxOpen(this.#watch, { readOnly: true });
      return;
    }
    const done = new Promise<void>((r) => {
      this.#onNews = r;
      signal.addEventListener('abort', () => r());
      this.#c.once('close', () => r());
    });
    const idle = this.#c.idle();
    idle.catch(() => undefined);
    await done;
    this.#onNews = null;
    if (!this.#c.usable) throw new AppError('unavailable', 'The connection was lost.');
    await this.#c.noop();
  }
  heardAt(): number {
    return this.#heard;
  }
  async readPart(p: PartAddress): Promise<Readable> {
    const box = await this.#c.mailboxOpen(p.path, { readOnly: true });
    if (Number(box.uidValidity) !== p.uidValidity) throw new AppError('not_found', 'gone');
    const d = await this.#c.download(String(p.uid), p.partId, { uid: true });
    if (!('content' in d) || !d.content) throw new AppError('not_found', 'gone');
    return d.content as Readable;
  }
  async *inventory(): AsyncGenerator<InventoryEntry, void, void> {
    for (const { box } of await this.#places()) {
      const b = await this.#c.mailboxOpen(box.path, { readOnly: true });
      for await (const m of this.#c.fetch('1:*', { uid: true, flags: true }, { uid: true }))
        yield { path: box.path, uidValidity: Number(b.uidValidity), uid: m.uid, flags: flagsOf(m) };
    }
  }
  async close(): Promise<void> {
    if (this.#c.usable) await this.#c.logout().catch(() => undefined);
    this.#c.close();
  }
}
const flagsOf = (m: FetchMessageObject): Flag[] =>
  (['seen', 'flagged', 'draft', 'answered'] as const).filter((f) =>
    [...(m.flags ?? [])].some((x) => x.toLowerCase() === `\\${f}`),
  );
function labelOf(b: ListResponse): LabelRef | null {
  const by: Record<string, SystemLabel> = {
    '\\Sent': 'SENT',
    '\\Drafts': 'DRAFT',
    '\\Junk': 'SPAM',
    '\\Trash': 'TRASH',
    '\\Flagged': 'STARRED',
    '\\Important': 'IMPORTANT',
  };
  if (b.path.toUpperCase() === 'INBOX') return { type: 'system', id: 'INBOX' };
  if (b.specialUse === '\\All') return null;
  const id = by[b.specialUse ?? ''];
  return id ? { type: 'system', id } : { type: 'user', name: b.path };
}
function leaves(n?: MessageStructureObject): PartDescription[] {
  if (!n) return [];
  if (n.childNodes && n.type.startsWith('multipart/')) return n.childNodes.flatMap(leaves);
  const d = n.disposition?.toLowerCase();
  return [
    {
      partId: n.part ?? '1',
      contentType: n.type.toLowerCase(),
      filename: String(n.dispositionParameters?.filename ?? n.parameters?.name ?? ''),
      disposition: d === 'attachment' || d === 'inline' ? d : '',
      contentId: n.id ?? '',
      encoding: (n.encoding ?? '').toLowerCase(),
      encodedBytes: n.size ?? 0,
    },
  ];
}
