// X-GM-LABELS and IMAP flags in the words of the house. Pure; knows no connection.
import type { Flag, LabelRef, SystemLabel } from '../../mail/change.ts';

/** Gmail's system labels as X-GM-LABELS spells them; null: it only repeats a flag. */
const SYSTEM = new Map<string, SystemLabel | null>([
  ['\\inbox', 'INBOX'],
  ['\\sent', 'SENT'],
  ['\\junk', 'SPAM'],
  ['\\spam', 'SPAM'],
  ['\\trash', 'TRASH'],
  ['\\important', 'IMPORTANT'],
  ['\\muted', 'MUTED'],
  ['\\starred', null],
  ['\\draft', null],
  ['\\drafts', null],
]);

/**
 * Labels of one mail as FETCH X-GM-LABELS told them (developers.google.com/workspace/gmail/imap/imap-extensions).
 * `utf8`: the connection speaks UTF-8; otherwise names are modified UTF-7 (RFC 3501 section 5.1.3).
 */
export function labelsOf(told: Iterable<string>, utf8: boolean): LabelRef[] {
  const labels: LabelRef[] = [];
  for (const word of told) {
    if (word.startsWith('\\')) {
      const id = SYSTEM.get(word.toLowerCase());
      if (id) labels.push({ type: 'system', id });
    } else {
      labels.push({ type: 'user', name: utf8 ? word : decodeUtf7(word) });
    }
  }
  return labels;
}

const FLAGS = new Map<string, Flag>([
  ['\\seen', 'seen'],
  ['\\flagged', 'flagged'],
  ['\\draft', 'draft'],
  ['\\answered', 'answered'],
]);

/** The flags that the house keeps; `\Deleted` and keywords are nobody's business here. */
export function flagsOf(told: Iterable<string>): Flag[] {
  const flags: Flag[] = [];
  for (const word of told) {
    const flag = FLAGS.get(word.toLowerCase());
    if (flag) flags.push(flag);
  }
  return flags;
}

/** Modified UTF-7 to text; a run that is not well-formed stays as it came. */
export function decodeUtf7(name: string): string {
  return name.replace(/&([A-Za-z0-9+,]*)-/g, (whole, run: string) => {
    if (run === '') return '&';
    const bytes = Buffer.from(run.replaceAll(',', '/'), 'base64');
    if (bytes.length === 0 || bytes.length % 2 === 1) return whole;
    const text = bytes.swap16().toString('utf16le');
    return text.isWellFormed() ? text : whole;
  });
}
