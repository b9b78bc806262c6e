// What Google found out about a sender (RFC 8601), read so that no forged or quoted text passes for a verdict. Pure.
import type { SenderVerdicts } from './message.ts';

const MOST_CHARS = 10_000;
const INNERMOST_COMMENT = /\([^()]*\)/g;

/**
 * Verdicts of the topmost Authentication-Results field, null when Google did not write it: servers write above what is
 * there, so those below can be forged. A method that is not named is `none`.
 */
export function readVerdicts(topmost: string): SenderVerdicts | null {
  const [server = '', ...results] = withoutQuotes(topmost.slice(0, MOST_CHARS)).split(';');
  if (!/^\s*mx\.google\.com(\s+\d+)?\s*$/i.test(server)) return null;
  const of = (method: string): string => {
    const found = results.flatMap((result) => {
      const [, name, verdict] = /^\s*([a-z][a-z0-9-]*)\s*=\s*([a-z]+)/i.exec(result) ?? [];
      return name?.toLowerCase() === method ? [verdict!.toLowerCase()] : [];
    });
    // Of several signatures one that holds is enough.
    return found.includes('pass') ? 'pass' : (found[0] ?? 'none');
  };
  return { spf: of('spf'), dkim: of('dkim'), dmarc: of('dmarc') };
}

/** Quoted strings and comments hold the sender's own words. */
function withoutQuotes(text: string): string {
  let rest = text.replace(/"(?:[^"\\]|\\.)*"/g, '').replace(/\\./g, '');
  for (let depth = 0; depth < 10; depth++) {
    const shorter = rest.replace(INNERMOST_COMMENT, ' ');
    if (shorter === rest) break;
    rest = shorter;
  }
  // What is left of a comment that never ends is not believed.
  return rest.replace(/\(.*$/s, '');
}
