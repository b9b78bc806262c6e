// Which thread a new mail joins, the way Gmail groups: by References and the subject. Knows no mailbox.
import { decodeWords } from 'postal-mime';
import { findBody, headerOf, parseFields } from './mime-tree.ts';

/** What threading and folding need of a mail. */
export interface Reference {
  /** Without angle brackets; empty when the mail has none. */
  readonly messageId: string;
  /** Message-IDs of In-Reply-To and References. */
  readonly references: readonly string[];
  /** The subject without its Re: and Fwd:, folded. */
  readonly subject: string;
}

/** Reads the headers that bind a mail to others (RFC 5322 section 3.6.4). */
export function referenceOf(raw: Buffer): Reference {
  const fields = parseFields(raw.toString('latin1', 0, findBody(raw, 0, raw.length)));
  const ids = (name: string) => [...headerOf({ fields }, name).matchAll(/<([^<>\s]+)>/g)].map((match) => match[1]!);
  return {
    messageId: ids('message-id')[0] ?? '',
    references: [...new Set([...ids('references'), ...ids('in-reply-to')])],
    subject: baseSubject(headerOf({ fields }, 'subject')),
  };
}

/** The threads of one user. Two mails share a thread when one refers to the other, or both to a third, under one subject. */
export class Threads {
  readonly #threads = new Map<string, bigint>();

  /** The thread of this mail: `given`, or what its headers say; `own` becomes the id of a new one. */
  join(mail: Reference, own: bigint, given?: bigint): bigint {
    const keys = [mail.messageId, ...mail.references].filter(Boolean).map((id) => `${id}\n${mail.subject}`);
    const found = keys.map((key) => this.#threads.get(key)).find((thread) => thread !== undefined);
    const thread = given ?? found ?? own;
    for (const key of keys) if (!this.#threads.has(key)) this.#threads.set(key, thread);
    return thread;
  }
}

function baseSubject(subject: string): string {
  let base = decodeWords(subject).replace(/\s+/g, ' ').trim().toLowerCase();
  for (;;) {
    const shorter = base.replace(/^(re|fwd?|aw|wg|sv|antw|ynt|ilt|tr|rv)\s*(\[\d+\])?\s*:\s*/, '');
    if (shorter === base) return base;
    base = shorter;
  }
}
