// Gmail's labels and IMAP's flags in the words of the house.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeUtf7, flagsOf, labelsOf } from './labels.ts';

describe('labels', () => {
  it('keeps what Gmail means apart from what a person named', () => {
    expect(labelsOf(['\\Inbox', '\\Sent', '\\Important', '\\Muted', 'Inbox', 'Work/Urgent'], true)).toEqual([
      { type: 'system', id: 'INBOX' },
      { type: 'system', id: 'SENT' },
      { type: 'system', id: 'IMPORTANT' },
      { type: 'system', id: 'MUTED' },
      { type: 'user', name: 'Inbox' },
      { type: 'user', name: 'Work/Urgent' },
    ]);
  });

  it('leaves out what only repeats a flag, and system labels that nobody knows', () => {
    expect(labelsOf(['\\Starred', '\\Draft', '\\Shiny', '\\constructor', '\\__proto__'], true)).toEqual([]);
  });

  it('decodes modified UTF-7 only on a connection that speaks it', () => {
    expect(labelsOf(['Gr&APwA3w-e', 'R&-D'], false)).toEqual([
      { type: 'user', name: 'Grüße' },
      { type: 'user', name: 'R&D' },
    ]);
    expect(labelsOf(['R&-D'], true)).toEqual([{ type: 'user', name: 'R&-D' }]);
  });

  it('leaves a run alone that is not modified UTF-7', () => {
    for (const name of ['a&', 'a&b', '&A-', '&2AA-', '&!!-']) expect(decodeUtf7(name)).toBe(name);
  });

  it('gives back every name that was encoded by the rule', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        expect(decodeUtf7(encode(name))).toBe(name);
      }),
    );
  });

  it('keeps four flags and no other', () => {
    expect(
      flagsOf(['\\Seen', '\\FLAGGED', '\\Draft', '\\answered', '\\Deleted', '\\Recent', '$Junk', 'constructor']),
    ).toEqual(['seen', 'flagged', 'draft', 'answered']);
  });
});

/** RFC 3501 section 5.1.3, by its words. */
function encode(name: string): string {
  return name.replace(/&|[^\x20-\x7e]+/g, (run) => {
    if (run === '&') return '&-';
    const base64 = Buffer.from(run, 'utf16le').swap16().toString('base64');
    return `&${base64.replace(/=+$/, '').replaceAll('/', ',')}-`;
  });
}
