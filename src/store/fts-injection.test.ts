// Danger: what a person or a mail writes must never be read as the index's own language, nor as SQL.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NOW, OWN_ADDRESS, SearchedMailbox } from '../../test/support/searched-mailbox.ts';

const mailbox = new SearchedMailbox([
  { id: 'private', dateMs: NOW - 2000, subject: 'alpha', body: 'confidential figures', to: [OWN_ADDRESS] },
  { id: 'near', dateMs: NOW - 1000, subject: 'near and not or', body: 'body subject sender' },
  { id: 'trash', dateMs: NOW, subject: 'confidential', labels: ['TRASH'] },
]);

describe('hostile text', () => {
  it.each([
    'x" OR confidential OR "',
    'x" OR body:confidential',
    "x' OR 1=1 --",
    "'; drop table messages; --",
    'confidentia*',
    'confid^',
    'NEAR(confidential figures, 5) x',
    'confidential + x',
    '{body} : "x"',
    'x\0" OR confidential',
    '"x\0" confidential',
    'subject:x\\" confidential',
    'label:x" label:confidential',
    "label:'",
    "rfc822msgid:' confidential",
    'from:"" confidential NOTHING',
    '-- confidential x',
    '/* confidential */ x',
    '? :key @key $key',
    'fts:confidential rowid:1',
  ])('%j is only text', (query) => {
    // As words these are nowhere; read as a language they would find the private mail.
    expect(mailbox.find(query)).toEqual([]);
  });

  it.each<[query: string, ids: string[]]>([
    ['near', ['near']],
    ['NEAR', ['near']],
    ['"AND" "NOT" "OR"', ['near']],
    ['"near and not or"', ['near']],
    ['confidential*', ['private']],
    ['^figures', ['private']],
    ['"confidential" figures\0', ['private']],
    ['confidential" figures', ['private']],
    ['confidential;', ['private']],
    ['body:confidential', []],
    ['confidential\0figures', ['private']],
  ])('%j finds what its words find', (query, ids) => {
    expect(mailbox.find(query)).toEqual(ids);
  });

  it('as a whole query never fails and never opens Trash', () => {
    const scrap = fc.constantFrom(
      ...'"\'`()*^+-:{}[]\\;,.|<>?%_$@#&=\0\n ',
      ...[
        'NEAR',
        'AND',
        'OR',
        'NOT',
        'confidential',
        'body',
        'fts',
        'rank',
        'from:',
        'label:',
        'subject:',
        '--',
        '/*',
        '\ud800',
        '会',
      ],
    );
    fc.assert(
      fc.property(fc.array(scrap, { maxLength: 30 }), (scraps) => {
        const query = scraps.join('');
        expect(mailbox.find(query)).not.toContain('trash');
      }),
      { numRuns: 1000 },
    );
  });

  it('after a word that is nowhere finds nothing, unless it is an alternative', () => {
    const tail = fc.string({ unit: 'binary-ascii', maxLength: 40 }).filter((text) => !/[|{}()]|OR|AROUND/.test(text));
    fc.assert(
      fc.property(tail, (text) => {
        expect(mailbox.find(`nowhere ${text}`)).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  it('in the own addresses is only text', () => {
    for (const address of ['x" OR confidential OR "', '*', '"', '\0', "'"])
      expect(mailbox.find('to:me', { ownAddresses: [address] })).toEqual([]);
  });
});
