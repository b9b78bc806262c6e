// A large mail put together again from its header, its part headers and its texts.
import type { MessageStructureObject } from 'imapflow';
import { describe, expect, it } from 'vitest';
import { assemble, sectionsOf } from './partial.ts';
import { describeParts, MOST_DEPTH, MOST_PARTS } from './structure.ts';

const text = (part: string | undefined, type = 'text/plain'): MessageStructureObject => ({ part, type, size: 5 });
const mixed = (part: string | undefined, boundary: string, ...childNodes: MessageStructureObject[]) => ({
  part,
  type: 'multipart/mixed',
  parameters: { boundary },
  childNodes,
});
const file: MessageStructureObject = { part: '2', type: 'image/png', encoding: 'base64', size: 9_000_000 };

describe('a partial mail', () => {
  it('asks for the header, part headers and texts, never for the rest', () => {
    const attached = { ...text('3'), disposition: 'attachment' };
    const keys = sectionsOf(mixed(undefined, 'b', text('1'), file, attached)).map(({ key }) => key);
    expect(keys).toEqual(['HEADER', '1.MIME', '1', '2.MIME', '3.MIME']);
  });

  it('asks for the body of a mail that has no parts as part 1', () => {
    expect(sectionsOf(text(undefined)).map(({ key }) => key)).toEqual(['HEADER', '1']);
    expect(sectionsOf(undefined).map(({ key }) => key)).toEqual(['HEADER']);
  });

  it('has the same tree as the whole mail, with what was left out empty', () => {
    const sections: Record<string, string> = {
      '1.mime': 'Content-Type: text/plain\r\n\r\n',
      '1': 'Hello',
      '2.mime': 'Content-Type: image/png\r\n\r\n',
    };
    const part = (key: string) => (sections[key] === undefined ? undefined : Buffer.from(sections[key]));
    const header = Buffer.from('Content-Type: multipart/mixed; boundary=b\r\n\r\n');
    expect(assemble(mixed(undefined, 'b', text('1'), file), header, part).toString()).toBe(
      'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHello\r\n--b\r\nContent-Type: image/png\r\n\r\n\r\n--b--\r\n',
    );
  });

  it('ends a header that came without its empty line', () => {
    const whole = (header: string) => assemble(text(undefined), Buffer.from(header), () => Buffer.from('x')).toString();
    expect(whole('A: b')).toBe('A: b\r\n\r\nx');
    expect(whole('A: b\r\n')).toBe('A: b\r\n\r\nx');
    expect(whole('')).toBe('\r\nx');
  });

  it('stays small for a mail that is a trap', () => {
    let deep: MessageStructureObject = text('1');
    for (let i = 0; i < 5000; i++) deep = mixed('1', 'b', deep);
    const wide = mixed(undefined, 'b', ...Array.from({ length: 50_000 }, (_, i) => text(`${i + 1}`)));
    expect(sectionsOf(deep).length).toBeLessThan(MOST_DEPTH + 10);
    expect(sectionsOf(wide).length).toBeLessThan(250);
    expect(describeParts(wide)).toHaveLength(MOST_PARTS);
    expect(describeParts(deep)).toEqual([]);
    expect(assemble(deep, Buffer.from('A: b\r\n\r\n'), () => Buffer.from('x')).length).toBeLessThan(5000);
  });
});

describe('the parts of a mail', () => {
  it('are its leaves, an attached mail being one', () => {
    const attached: MessageStructureObject = { part: '2', type: 'message/rfc822', size: 7, childNodes: [text('2.1')] };
    const parts = describeParts(
      mixed(undefined, 'b', mixed('1', 'c', text('1.1'), text('1.2', 'text/html')), attached),
    );
    expect(parts.map(({ partId }) => partId)).toEqual(['1.1', '1.2', '2']);
  });

  it('bear the name that the disposition gives before the one of the type', () => {
    const named = { ...file, id: '<x@y>', dispositionParameters: { filename: 'a.png' }, parameters: { name: 'b.png' } };
    expect(describeParts(named)[0]).toMatchObject({ filename: 'a.png', contentId: 'x@y', encodedBytes: 9_000_000 });
  });
});
