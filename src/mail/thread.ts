// What ties mails together: the ids that a mail points to, and its subject without prefixes. Pure rules; knows no store.
import { firstOf, readFields } from './header.ts';
import { LIMITS } from './limits.ts';

const ID = /<([^<>\s]{1,998})>/g;

/** Message-IDs of a field's text, without angle brackets, each once, in order. Ids without brackets count when alone. */
export function messageIds(field: string): string[] {
  const bracketed = [...field.matchAll(ID)].map(([, id]) => id!);
  const ids =
    bracketed.length > 0 ? bracketed : field.split(/[\s,]+/).filter((word) => /^[^\s<>"]+@[^\s<>"]+$/.test(word));
  return [...new Set(ids.map((id) => id.slice(0, LIMITS.messageIdChars)))];
}

/**
 * The mails that a mail answers, oldest first, each once: References, then In-Reply-To where it names others (RFC 5322
 * section 3.6.4). Of very many the first and the nearest stay.
 */
export function referencesOf(references: string, inReplyTo: string): string[] {
  const all = [...new Set([...messageIds(references), ...messageIds(inReplyTo)])];
  return all.length <= LIMITS.references ? all : [all[0]!, ...all.slice(1 - LIMITS.references)];
}

/** The same, of a header block. */
export function referencesInHeader(block: string): string[] {
  const { fields } = readFields(block);
  return referencesOf(firstOf(fields, 'references'), firstOf(fields, 'in-reply-to'));
}

/** `Re: `, `Fwd: ` and what they are called elsewhere, also counted (`Re[2]:`) and with a list's tag between. */
const PREFIX =
  /^\s*(?:re|fwd?|aw|wg|antw(?:ort)?|sv|vs|vb|vá|tr|rv|enc|res|rif|ref|i|r|doorst|odp|pd|ynt|ilt|fs|bls|trs|atb|továbbítás|отв(?:ет)?|ha|回复|回覆|答复|答覆|转发|轉寄|轉發|返信|転送|회신|전달)\s*(?:\[\d{1,3}\]|\(\d{1,3}\)|\^\d{1,3})?\s*[:：]\s*/iu;

/** The subject that a conversation has in common: prefixes taken off, white space collapsed. Never longer than given. */
export function baseSubject(subject: string): string {
  let rest = subject.replace(/\s+/g, ' ').trim();
  for (let i = 0; i < 100; i++) {
    const shorter = rest.replace(PREFIX, '');
    if (shorter === rest) break;
    rest = shorter;
  }
  return rest.trim();
}
