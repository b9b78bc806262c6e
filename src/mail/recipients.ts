// Whom a caller wants to write to → names and addresses kept apart, or a refusal that says which entry and why. Pure.
import { type AppError, invalidInput } from '../base/errors.ts';
import { judgeAddrSpec } from './addr-spec.ts';
import { whyNotPlainlySeen } from './hidden-in-line.ts';
import type { Address } from './message.ts';
import { oneLine } from './words.ts';

/** A header field that names people. */
export type RecipientField = 'to' | 'cc' | 'bcc';

/** Each address once: the first wins, To before Cc before Bcc. The local part keeps its case. */
export type Recipients = Readonly<Record<RecipientField, readonly Address[]>>;

/** What a caller may give for a field: one text with commas, or a list. */
export type GivenRecipients = string | readonly string[] | undefined;

/** Gmail's own limit for a mail over SMTP or its API. */
export const MOST_RECIPIENTS = 100;
const MOST_NAME_CHARS = 255;
const MOST_FIELD_CHARS = 100_000;
const FORM = 'Expected: name@example.com or "Name" <name@example.com>, several separated by commas.';

/** Throws `invalid_input` for the first entry that is refused, and for more than a hundred recipients. */
export const readRecipients = (given: Partial<Record<RecipientField, GivenRecipients>>): Recipients =>
  foldRecipients({
    to: readMailboxes('to', given.to),
    cc: readMailboxes('cc', given.cc),
    bcc: readMailboxes('bcc', given.bcc),
  });

/** Leaves out who is named before. Throws `invalid_input` for more than a hundred recipients. */
export function foldRecipients({ to, cc, bcc }: Recipients): Recipients {
  const seen = new Set<string>();
  const fresh = ({ address }: Address): boolean => {
    const key = address.toLowerCase();
    return !seen.has(key) && Boolean(seen.add(key));
  };
  const recipients = { to: to.filter(fresh), cc: cc.filter(fresh), bcc: bcc.filter(fresh) };
  mustNotBeTooMany(recipients);
  return recipients;
}

export function mustNotBeTooMany({ to, cc, bcc }: Recipients): void {
  const count = to.length + cc.length + bcc.length;
  if (count <= MOST_RECIPIENTS) return;
  const field = to.length > MOST_RECIPIENTS ? 'to' : to.length + cc.length > MOST_RECIPIENTS ? 'cc' : 'bcc';
  throw invalidInput(
    field,
    `There are ${count} recipients; Gmail takes at most ${MOST_RECIPIENTS} in one mail, to, cc and bcc together.`,
    'Split the mail.',
  );
}

/** The mailboxes of one field in order (RFC 5322 section 3.4, without groups, comments and routes). */
export function readMailboxes(field: string, given: GivenRecipients): Address[] {
  const texts = given === undefined ? [] : typeof given === 'string' ? [given] : given;
  if (texts.reduce((sum, text) => sum + text.length, 0) > MOST_FIELD_CHARS)
    throw invalidInput(field, `${field} is over ${MOST_FIELD_CHARS} characters long.`);
  let entry = 0;
  return texts.flatMap((text) =>
    splitAtCommas(text)
      .filter((part) => part !== '')
      .map((part) => {
        entry++;
        const read = readMailbox(part);
        if ('wrong' in read) throw refused(field, entry, read.wrong);
        return read;
      }),
  );
}

/** A mailbox that came apart already; the same rules. Throws `invalid_input` naming `field`. */
export function checkMailbox(field: string, { name, address }: Address): Address {
  const judged = judgeAddrSpec(address);
  if ('wrong' in judged) throw invalidInput(`${field}.address`, `${field}: the address ${judged.wrong}.`, FORM);
  const wrong = whyNotName(name);
  if (wrong) throw invalidInput(`${field}.name`, `${field}: the name ${wrong}.`);
  return { name: oneLine(name), address: judged.address };
}

/** A person whom somebody's mail names, when one can write to them; a name that cannot stand in a header is dropped. */
export function writableMailbox({ name, address }: Address): Address | null {
  const judged = judgeAddrSpec(address);
  if ('wrong' in judged) return null;
  return { name: whyNotName(name) ? '' : oneLine(name), address: judged.address };
}

/** `local@domain`, or `"Name" <local@domain>`, so that reading it gives the same again. */
export const formatMailbox = ({ name, address }: Address): string =>
  name === '' ? address : `"${name.replace(/["\\]/g, '\\$&')}" <${address}>`;

const refused = (field: string, entry: number, wrong: string): AppError =>
  invalidInput(field, `${field}: entry ${entry} ${wrong}.`, FORM);

function whyNotName(name: string): string | null {
  const hidden = whyNotPlainlySeen(name);
  if (hidden) return hidden;
  return name.length > MOST_NAME_CHARS ? `is over ${MOST_NAME_CHARS} characters long` : null;
}

type Read = Address | { readonly wrong: string };

/** `Name <address>`, `"Name" <address>`, `<address>` or `address`. */
function readMailbox(entry: string): Read {
  const hidden = whyNotPlainlySeen(entry);
  if (hidden) return { wrong: hidden };
  const [, quoted, bare, inside] = /^(?:"((?:[^"\\]|\\.)*)" *|([^"<>]*))<([^<>]*)>$/u.exec(entry) ?? [];
  if (inside === undefined) return readBare(entry);
  const judged = judgeAddrSpec(inside.trim());
  if ('wrong' in judged) return judged;
  const name = oneLine(quoted === undefined ? bare! : quoted.replace(/\\(.)/gu, '$1'));
  if (quoted === undefined) {
    const wrong = whyNotUnquoted(name, judged.address);
    if (wrong) return { wrong };
  }
  const wrong = whyNotName(name);
  if (wrong) return { wrong: `has a name that ${wrong}` };
  return { name: name.toLowerCase() === judged.address.toLowerCase() ? '' : name, address: judged.address };
}

function readBare(entry: string): Read {
  if (/[<>]/.test(entry)) return { wrong: 'has angle brackets that do not enclose one address at its end' };
  if (entry.includes(';')) return { wrong: 'holds a semicolon; commas separate addresses' };
  const judged = judgeAddrSpec(entry);
  return 'wrong' in judged ? judged : { name: '', address: judged.address };
}

/** A name without quotes may not look like anything else that RFC 5322 knows. */
function whyNotUnquoted(name: string, address: string): string | null {
  if (name.includes('(') || name.includes(')')) return 'holds a comment; a name with brackets has to be in quotes';
  if (/[:;]/.test(name)) return 'holds a group; a name with a colon or semicolon has to be in quotes';
  if (name.includes('@') && name.toLowerCase() !== address.toLowerCase())
    return 'shows one address and means another; a name with an @ has to be in quotes';
  return /[[\]\\]/.test(name) ? 'has a name that has to be in quotes' : null;
}

/** Cut at the commas outside of quotes and angle brackets, trimmed of spaces. */
function splitAtCommas(text: string): string[] {
  const parts: string[] = [];
  let begun = 0;
  let quoted = false;
  let bracketed = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (quoted && char === '\\') i++;
    else if (char === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (char === '<') bracketed = true;
    else if (char === '>') bracketed = false;
    else if (char === ',' && !bracketed) {
      parts.push(text.slice(begun, i));
      begun = i + 1;
    }
  }
  parts.push(text.slice(begun));
  return parts.map(withoutSpacesAround);
}

/** Spaces alone: `trim` would take line ends and invisible characters away before they are refused. */
function withoutSpacesAround(text: string): string {
  let from = 0;
  let to = text.length;
  while (text[from] === ' ') from++;
  while (to > from && text[to - 1] === ' ') to--;
  return text.slice(from, to);
}
