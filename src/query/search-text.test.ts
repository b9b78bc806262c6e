// What counts as a word: folding, unspaced scripts, numbers, and agreement with the index's own tokenizer.
import SQLite from 'better-sqlite3';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { searchPhrases, searchText, searchWords } from './search-text.ts';

describe('searchWords', () => {
  it.each<[text: string, words: string]>([
    ['Hello, World!', 'hello world'],
    ['john_smith', 'john_smith'],
    ['self-service don’t', 'self service don t'],
    ['Résumé RÉSUMÉ resume\u0301', 'resume resume resume'],
    ['Straße, Łódź, Æsop, Ørsted', 'strasse lodz aesop orsted'],
    ['İstanbul ısı', 'istanbul isi'],
    ['ΟΔΟΣ οδος', 'οδοσ οδοσ'],
    ['Ёлка й', 'елка и'],
    ['ﬁne Ｆｕｌｌ ２．５', 'fine full 2_5'],
    ['in\u00advoice in\u200dvoice', 'invoice invoice'],
    ['a\u200bb a\u00a0b', 'a b a b'],
    ['01.2047-100', '01_2047 100'],
    ['1.2.3. v1.2.pdf a.1 1.b .5', '1_2_3 v1_2 pdf a 1 1 b 5'],
    ['会議', '会議 議'],
    ['会議室で', '会議 議室 室で で'],
    ['猫', '猫'],
    ['会議2026年 room', '会議 議 2026 年 room'],
    ['カード ｶﾞ', 'カー ード ド ガ'],
    ['か が', 'か が'],
    ['한국어', '한국 국어 어'],
    ['한국어'.normalize('NFD'), '한국 국어 어'],
    ['𠮷野家', '𠮷野 野家 家'],
    ['ไทย', 'ไท ทย ย'],
    ['हिन्दी', 'हनद'],
    ['a\ue000b 😀 \u0000 c', 'a b c'],
    ['', ''],
  ])('of %j are %j', (text, words) => {
    expect(searchWords(text).join(' ')).toBe(words);
  });

  it('are the same for a text in any normal form and any case', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const words = searchWords(text);
        expect(searchWords(text.normalize('NFD'))).toEqual(words);
        expect(searchWords(text.normalize('NFC'))).toEqual(words);
      }),
    );
  });
});

describe('the index', () => {
  const db = new SQLite(':memory:');
  db.exec(`create virtual table fts using fts5 (body, tokenize = "unicode61 remove_diacritics 2 tokenchars '_'")`);
  db.exec("create virtual table words using fts5vocab (fts, 'instance')");
  const insert = db.prepare('insert into fts (rowid, body) values (1, ?)');
  const read = db.prepare('select term from words order by offset').pluck();
  afterAll(() => db.close());

  const indexed = (text: string): unknown[] => {
    db.exec('delete from fts');
    insert.run(searchText(text));
    return read.all();
  };

  it.each([
    'Grüße 01.2047-100',
    '会議室で2026 ｶﾞ',
    'हिन्दी ไทย',
    "john_smith's ½ ﬁ",
  ])('sees the words of %j as we do', (text) => {
    expect(indexed(text)).toEqual(searchWords(text));
  });

  it('sees the words of any text in the scripts of mail as we do', () => {
    const letter = fc.constantFrom(
      ...'azAZ059_.-\'"@ \n\0éÉßÆøŁğİıñçа́яЁйΣςאָבשְّعبดกิकि会議ガか゛がﾞ한ㄱ𠮷①²ﬁ–“…\u00ad\u200d\u200b\u0301\u3099',
    );
    fc.assert(
      fc.property(fc.array(letter, { maxLength: 30 }), (letters) => {
        const text = letters.join('');
        expect(indexed(text)).toEqual(searchWords(text));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('searchPhrases', () => {
  it.each<[text: string, quoted: boolean, phrases: string]>([
    ['dinner', false, 'dinner'],
    ['self-service', false, 'self service'],
    ['a=b\\c:d/e', false, 'a b c d e'],
    ['a,b;c', false, 'a | b | c'],
    ['c++', false, 'c'],
    ['din*ner', false, 'din | ner'],
    ['me+news@example.com', false, 'me news example com'],
    ['*@example.com', false, 'example com'],
    ['a, b', true, 'a b'],
    ['会議室', false, '会議 議室'],
    ['会', false, '会'],
    ['会議x', false, '会議 議 x'],
    ['x会', false, 'x 会'],
    ['***', false, ''],
    ['...', true, ''],
  ])('of %j (quoted: %j) are %j', (text, quoted, phrases) => {
    expect(
      searchPhrases(text, quoted)
        .map((words) => words.join(' '))
        .join(' | '),
    ).toBe(phrases);
  });
});
