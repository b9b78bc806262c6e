// UIDs as sequence sets, and who a mail is on a plain server.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { headerIdentity, uidSet } from './fetch.ts';

describe('a sequence set', () => {
  it('names runs by their ends', () => {
    expect(uidSet([9, 1, 2, 3, 5, 8])).toBe('1:3,5,8:9');
    expect(uidSet([])).toBe('');
  });

  it('names exactly the UIDs that it was made of', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 200 })), (uids) => {
        const named = uidSet(uids)
          .split(',')
          .filter((run) => run)
          .flatMap((run) => {
            const [first, last = first] = run.split(':').map(Number);
            return Array.from({ length: last! - first! + 1 }, (_, i) => first! + i);
          });
        expect(named).toEqual(uids.toSorted((a, b) => a - b));
      }),
    );
  });
});

describe('the identity of a mail without an id', () => {
  const header = 'From: a@example.org\r\nSubject: x\r\n\r\n';
  const identity = (text: string) => headerIdentity(Buffer.from(text), 99);

  it('is the hash of the header block up to and including the empty line, and the size', () => {
    const hash = createHash('sha256').update(header).digest('hex');
    expect(identity(`${header}Body.\r\n\r\nMore.`)).toBe(`hd:${hash}:99`);
  });

  it('is the same from the header alone and from the whole mail', () => {
    expect(identity(header)).toBe(identity(`${header}Body`));
  });

  it('is the same for a mail without a body whether or not the empty line came', () => {
    expect(identity('Subject: x\r\n')).toBe(identity('Subject: x\r\n\r\n'));
    expect(identity('Subject: x')).toBe(identity('Subject: x\r\n\r\n'));
  });

  it('differs with the size and with one byte of the header', () => {
    expect(headerIdentity(Buffer.from(header), 98)).not.toBe(identity(header));
    expect(identity(header.replace('x', 'y'))).not.toBe(identity(header));
  });
});
