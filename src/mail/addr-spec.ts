// One e-mail address as a caller writes it → the only form that goes on the wire (RFC 5321 section 4.1.2). Pure; opens nothing.
import { type Judged, judgeDomain } from './domain-name.ts';
import { whyNotPlainlySeen } from './hidden-in-line.ts';

const MOST_CHARS = 254;
const MOST_LOCAL_CHARS = 64;
const DOT_ATOM = /^[\w#$&'*+\-/=?^`{|}~]+(?:\.[\w#$&'*+\-/=?^`{|}~]+)*$/;

/**
 * `local@domain` and nothing around it; the local part keeps its case, the domain is lower case and in punycode. Refused is
 * whatever two readers could read in two ways, though RFC 5322 may allow it: comments, quoted local parts, routes (`%`, `!`,
 * `@a,@b:`), IP literals. `wrong` is the end of a sentence about the address.
 */
export function judgeAddrSpec(text: string): Judged<'address'> {
  const hidden = whyNotPlainlySeen(text);
  if (hidden) return { wrong: hidden };
  if (text.trim() === '') return { wrong: 'holds no address' };
  if (text.includes('"')) return { wrong: 'has quotes in its address' };
  if (/[()]/.test(text)) return { wrong: 'holds a comment' };
  if (/^@|:/.test(text)) return { wrong: 'holds a group or a route' };
  if (/\s/.test(text)) return { wrong: 'has white space in its address' };
  const [local = '', domain, ...more] = text.split('@');
  if (domain === undefined) return { wrong: 'has no @' };
  if (more.length > 0) return { wrong: 'has more than one @' };
  if (local.length > MOST_LOCAL_CHARS) return { wrong: `has over ${MOST_LOCAL_CHARS} characters before the @` };
  if (/[^\0-\x7f]/.test(local)) return { wrong: 'has a letter before the @ that Gmail cannot send to (SMTPUTF8)' };
  if (/[%!]/.test(local)) return { wrong: 'holds a route (% or !)' };
  if (!DOT_ATOM.test(local)) return { wrong: 'has a part before the @ that is no plain address' };
  const judged = judgeDomain(domain);
  if ('wrong' in judged) return judged;
  const address = `${local}@${judged.domain}`;
  return address.length > MOST_CHARS ? { wrong: `is over ${MOST_CHARS} characters long` } : { address };
}
