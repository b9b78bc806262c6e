// The language as a table: what each query means, written as a small tree, and what of it had no effect.
import { describe, expect, it } from 'vitest';
import { parseQuery } from './parse.ts';
import type { QueryNode } from './tree.ts';

const CONTEXT = { now: Date.parse('2026-11-20T12:00:00Z'), timeZone: 'Europe/Berlin' };

/** A tree as `(and a (not from:b))`; text of an operator bears its field, quoted text its quotes. */
function show(node: QueryNode | null): string {
  if (node === null) return '';
  switch (node.kind) {
    case 'and':
    case 'or':
      return `(${node.kind} ${node.children.map(show).join(' ')})`;
    case 'not':
      return `(not ${show(node.child)})`;
    case 'text':
      return `${node.exact ? '+' : ''}${field(node.field)}${node.quoted ? JSON.stringify(node.text) : node.text}`;
    case 'near':
      return `(${field(node.field)}${node.ordered ? 'then' : 'near'} ${node.distance} <${node.first}> <${node.second}>)`;
    case 'category':
      return `category<${node.category}>`;
    case 'link':
      return `link<${node.link}>`;
    case 'star':
      return `star<${node.star}>`;
    case 'impossible':
      return `none<${node.operator}:${node.text}>`;
    case 'label':
      return `label<${node.name}>`;
    case 'state':
      return `is<${node.state}>`;
    case 'message-id':
      return `id<${node.messageId}>`;
    case 'size':
      return `size[${node.min ?? ''},${node.below ?? ''})`;
    case 'date':
      return `date[${iso(node.fromMs)},${iso(node.beforeMs)})`;
  }
}

function field(name: string): string {
  return name === 'any' ? '' : `${name}:`;
}

function iso(ms: number | null): string {
  return ms === null ? '' : new Date(ms).toISOString().replace('.000Z', 'Z');
}

type Row = [query: string, tree: string, warnings?: number];

const TABLE: Readonly<Record<string, readonly Row[]>> = {
  'words and phrases': [
    ['', ''],
    ['   ', ''],
    ['dinner', 'dinner'],
    ['DINNER', 'DINNER'],
    ['dinner friday', '(and dinner friday)'],
    ['dinner\tfriday\u00a0night', '(and dinner friday night)'],
    ['"dinner and movie"', '"dinner and movie"'],
    ['"dinner AND movie" x', '(and "dinner AND movie" x)'],
    ['“dinner and movie” x', '(and "dinner and movie" x)'],
    ['"dinner on friday', '"dinner on friday"'],
    ['a"b c"d', '(and a "b c" d)'],
    ['self-service', 'self-service'],
    ['01.2047-100', '01.2047-100'],
    ['john_smith', 'john_smith'],
    ['din*', 'din*'],
    ['#1234', '#1234'],
    ['[dev]', '[dev]'],
    ['会議', '会議'],
    ['me+news@example.com', 'me+news@example.com'],
    ['foo:bar', 'foo:bar'],
    ['http://example.com/a?b=c', 'http://example.com/a?b=c'],
    ['re:', 're:'],
    ['constructor:x', 'constructor:x'],
    ['***', '', 1],
    ['""', '', 1],
    ['"..." x', 'x', 1],
    ['"', '', 1],
  ],
  'signs and NOT': [
    ['-movie', '(not movie)'],
    ['dinner -movie', '(and dinner (not movie))'],
    ['dinner - movie', '(and dinner movie)', 1],
    ['dinner --movie', '(and dinner movie)'],
    ['dinner ---movie', '(and dinner (not movie))'],
    ['+unicorn', '+unicorn'],
    ['-+unicorn', '(not +unicorn)'],
    ['+"a b" +(c)', '(and +"a b" +c)'],
    ['+from:amy', '+from:amy'],
    ['+(a b)', '(and a b)'],
    ['-"dinner and movie"', '(not "dinner and movie")'],
    ['-(a b)', '(not (and a b))'],
    ['-{a b}', '(not (or a b))'],
    ['(-a b)', '(and (not a) b)'],
    ['{-a b}', '(or (not a) b)'],
    ['a|-b', '(or a (not b))'],
    ['dinner NOT movie', '(and dinner (not movie))'],
    ['NOT NOT movie', 'movie'],
    ['dinner not movie', '(and dinner not movie)'],
    ['NOT', '', 1],
    ['a NOT', 'a'],
    ['NOT )', '', 1],
    ['-', '', 1],
    ['a -)', 'a', 2],
    ['a-b -c', '(and a-b (not c))'],
    ['(a)-b', '(and a b)'],
    ['"a"--from:b', '(and "a" from:b)'],
    ['(a)-', 'a'],
    ['- -a', '(not a)', 1],
  ],
  'AND, OR and AROUND': [
    ['a OR b', '(or a b)'],
    ['a or b', '(and a or b)'],
    ['a | b', '(or a b)'],
    ['a|b|c', '(or a b c)'],
    ['a AND b', '(and a b)'],
    ['a and b', '(and a and b)'],
    ['a OR b c', '(and (or a b) c)'],
    ['a b OR c', '(and a (or b c))'],
    ['a OR b AND c OR d', '(and (or a b) (or c d))'],
    ['(a b) OR c', '(or (and a b) c)'],
    ['a OR -b', '(or a (not b))'],
    ['NOT a OR b', '(or (not a) b)'],
    ['dinner OR', 'dinner'],
    ['OR dinner', 'dinner'],
    ['a OR OR b', '(or a b)'],
    ['a OR | b', '(or a b)'],
    ['a OR AND b', '(and a b)'],
    ['AND a AND AND b AND', '(and a b)'],
    ['OR', '', 1],
    ['-OR', '', 1],
    ['(a OR) b', '(and a b)'],
    ['"a"OR"b"', '(or "a" "b")'],
    ['aORb', 'aORb'],
    ['holiday AROUND 10 vacation', '(near 10 <holiday> <vacation>)'],
    ['holiday AROUND vacation', '(near 5 <holiday> <vacation>)'],
    ['holiday AROUND 99999999999999999999 x', '(near 1000 <holiday> <x>)'],
    ['a AROUND 3 b OR c', '(or (near 3 <a> <b>) c)'],
    ['a AROUND 3 b c', '(and (near 3 <a> <b>) c)'],
    ['a AROUND 3 b AROUND c', '(and (near 3 <a> <b>) (near 5 <b> <c>))'],
    ['"a b" AROUND 3 "c d"', '(near 3 <a b> <c d>)'],
    ['a AROUND 3 "4"', '(near 3 <a> <4>)'],
    ['a AROUND "4"', '(near 5 <a> <4>)'],
    ['a,b AROUND 3 c', '(and (near 3 <a> <c>) (near 3 <b> <c>))'],
    ['(a OR b) AROUND 3 c', '(or (near 3 <a> <c>) (near 3 <b> <c>))'],
    ['c AROUND {a b}', '(or (near 5 <c> <a>) (near 5 <c> <b>))'],
    ['subject:(a AROUND 3 b)', '(subject:near 3 <a> <b>)'],
    ['subject:a AROUND 3 subject:b', '(subject:near 3 <a> <b>)'],
    ['-(a AROUND 3 b)', '(not (near 3 <a> <b>))'],
    ['from:a AROUND 3 b', '(and from:a b)', 1],
    ['a AROUND 3 -b', '(and a (not b))', 1],
    ['a AROUND is:unread AROUND 2 b', '(and a is<unread> b)', 2],
    ['"secret AROUND 25 birthday"', '(then 25 <secret> <birthday>)'],
    ['"a b AROUND c AROUND 2 d"', '(and (then 5 <a b> <c>) (then 2 <c> <d>))'],
    ['subject:"a AROUND 2 b"', '(subject:then 2 <a> <b>)'],
    ['"AROUND 2 b"', '"AROUND 2 b"'],
    ['AROUND x', 'x'],
    ['a AROUND', 'a', 1],
    ['a around b', '(and a around b)'],
  ],
  'brackets and braces': [
    ['(a)', 'a'],
    ['((a) (b))', '(and a b)'],
    ['(a b', '(and a b)'],
    ['{a b', '(or a b)'],
    ['a) b', '(and a b)', 1],
    ['a } b', '(and a b)', 1],
    ['()', '', 1],
    ['{}', '', 1],
    ['a () b', '(and a b)'],
    ['{a}', 'a'],
    ['{a b}', '(or a b)'],
    ['{a OR b}', '(or a b)'],
    ['{a (b c)}', '(or a (and b c))'],
    ['{a {b c}}', '(or a (or b c))'],
    ['{a b} c', '(and (or a b) c)'],
    ['{a b} OR c', '(or (or a b) c)'],
    ['a(b)c', '(and a b c)'],
    ['{from:amy from:david}', '(or from:amy from:david)'],
    ['{from:bob (subject:birthday is:unread)}', '(or from:bob (and subject:birthday is<unread>))'],
  ],
  'fields of text': [
    ['from:amy', 'from:amy'],
    ['FROM:amy', 'from:amy'],
    ['from: amy', 'from:amy'],
    ['from:Amy Adams', '(and from:Amy Adams)'],
    ['from:"Amy Adams"', 'from:"Amy Adams"'],
    ['from:(amy adams)', '(and from:amy from:adams)'],
    ['from:(amy OR boss)', '(or from:amy from:boss)'],
    ['from:{amy boss}', '(or from:amy from:boss)'],
    ['from:(-amy boss)', '(and (not from:amy) from:boss)'],
    ['from:(amy subject:x)', '(and from:amy subject:x)'],
    ['from:amy@example.com', 'from:amy@example.com'],
    ['from:*@x.com', 'from:*@x.com'],
    ['from:me', 'from:me'],
    ['from:a|b', '(or from:a b)'],
    ['from:-amy', 'from:-amy'],
    ['from:subject:x', 'from:subject:x'],
    ['from:OR', 'from:OR'],
    ['-from:amy', '(not from:amy)'],
    ['to:amy', 'to:amy'],
    ['cc:amy bcc:bob', '(and cc:amy bcc:bob)'],
    ['deliveredto:me+news@example.com', 'deliveredto:me+news@example.com'],
    ['list:info@example.com', 'list:info@example.com'],
    ['subject:dinner friday', '(and subject:dinner friday)'],
    ['subject:"dinner on friday"', 'subject:"dinner on friday"'],
    ['subject:{report celebration}', '(or subject:report subject:celebration)'],
    ['filename:pdf', 'filename:pdf'],
    ['filename:"my file.pdf"', 'filename:"my file.pdf"'],
    ['from:', '', 1],
    ['from: OR b', 'b', 1],
    ['from: ) b', 'b', 2],
    ['from:()', '', 1],
    ['from:"" b', 'b', 1],
    ['from:- b', 'b', 1],
    ['from: -amy', '(not amy)', 1],
    ['from: to:bob', 'to:bob', 1],
    ['from:amy OR from: b', '(or from:amy from:b)'],
  ],
  'labels, places and states': [
    ['label:work', 'label<work>'],
    ['label:work/urgent', 'label<work/urgent>'],
    ['label:"my family"', 'label<my family>'],
    ['label:(work OR receipts)', '(or label<work> label<receipts>)'],
    ['label:INBOX', 'is<inbox>'],
    ['label:spam', 'is<spam>'],
    ['in:inbox', 'is<inbox>'],
    ['in:drafts', 'is<draft>'],
    ['in:sent', 'is<sent>'],
    ['in:archive', 'is<archive>'],
    ['in:anywhere', 'is<anywhere>'],
    ['in:chats', 'is<chat>'],
    ['in:snoozed', 'is<snoozed>'],
    ['in:scheduled', 'is<scheduled>'],
    ['label:" My Family "', 'label<My Family>'],
    ['in:work', 'label<work>'],
    ['is:unread', 'is<unread>'],
    ['IS:Read', 'is<read>'],
    ['is:starred', 'is<starred>'],
    ['is:important', 'is<important>'],
    ['is:muted', 'is<muted>'],
    ['is:chat', 'is<chat>'],
    ['is:snoozed', 'is<snoozed>'],
    ['is:purple x', '(and none<is:purple> x)', 1],
    ['has:attachment', 'is<attachment>'],
    ['has:userlabels', 'is<userlabels>'],
    ['has:nouserlabels', 'is<nouserlabels>'],
    ['has:attachment -has:userlabels', '(and is<attachment> (not is<userlabels>))'],
    ['has:drive', 'link<drive>'],
    ['has:document has:spreadsheet', '(and link<document> link<spreadsheet>)'],
    ['has:presentation OR has:YouTube', '(or link<presentation> link<youtube>)'],
    ['has:yellow-star', 'star<yellow-star>'],
    ['-has:red-bang', '(not star<red-bang>)'],
    ['has:beard x', '(and none<has:beard> x)', 1],
    ['has:circle', 'none<has:circle>', 1],
    ['category:promotions', 'category<promotions>'],
    ['category:Primary', 'category<primary>'],
    ['category:(social OR updates)', '(or category<social> category<updates>)'],
    ['category:reservations', 'category<reservations>'],
    ['category:fun', 'none<category:fun>', 1],
    ['category:', '', 1],
    ['label:', '', 1],
  ],
  'message ids': [
    ['rfc822msgid:a.b@example.com', 'id<a.b@example.com>'],
    ['rfc822msgid:<a.b@example.com>', 'id<a.b@example.com>'],
    ['rfc822msgid:<a{b}|(c)@example.com> x', '(and id<a{b}|(c)@example.com> x)'],
    ['(rfc822msgid:a@b)', 'id<a@b>'],
    ['rfc822msgid:', '', 1],
    ['rfc822msgid:<>', 'none<rfc822msgid:<>>', 1],
    ['rfc822msgid:"<a b>"', 'id<a b>'],
  ],
  sizes: [
    ['larger:10M', 'size[10000000,)'],
    ['larger:10m', 'size[10000000,)'],
    ['larger:1MB', 'size[1000000,)'],
    ['size:500', 'size[500,)'],
    ['smaller:500K', 'size[,500000)'],
    ['smaller:2G', 'size[,2000000000)'],
    ['larger:999999999999999G', `size[${Number.MAX_SAFE_INTEGER},)`],
    ['larger:5X', 'none<larger:5X>', 1],
    ['larger:-5', 'none<larger:-5>', 1],
    ['larger:1.5M', 'none<larger:1.5M>', 1],
    ['larger:', '', 1],
  ],
  dates: [
    ['after:2026/01/31', 'date[2026-01-30T23:00:00Z,)'],
    ['before:2026/07/01', 'date[,2026-06-30T22:00:00Z)'],
    ['newer:2026-1-5', 'date[2026-01-04T23:00:00Z,)'],
    ['older:2026.01.05', 'date[,2026-01-04T23:00:00Z)'],
    ['after:01/31/2026', 'date[2026-01-30T23:00:00Z,)'],
    ['after:2026', 'date[2025-12-31T23:00:00Z,)'],
    ['after:2026/03', 'date[2026-02-28T23:00:00Z,)'],
    ['after:1704067200', 'date[2024-01-01T00:00:00Z,)'],
    ['after:1704067200123', 'date[2024-01-01T00:00:00Z,)'],
    ['after:000000000', 'date[1970-01-01T00:00:00Z,)'],
    ['before:-00000001', 'none<before:-00000001>', 1],
    ['before:-000000001', 'date[,1969-12-31T23:59:59Z)'],
    ['after:2026-01-31T10:30:00+01:00', 'date[2026-01-31T09:30:00Z,)'],
    ['before:2026-01-31T10:30Z', 'date[,2026-01-31T10:30:00Z)'],
    ['before:2026-01-31T25:30Z', 'none<before:2026-01-31T25:30Z>', 1],
    ['before:2024/02/29', 'date[,2024-02-28T23:00:00Z)'],
    ['after:2026/03/29', 'date[2026-03-28T23:00:00Z,)'],
    ['after:2026/03/30', 'date[2026-03-29T22:00:00Z,)'],
    ['after:2024/02/30', 'none<after:2024/02/30>', 1],
    ['after:2023/02/29', 'none<after:2023/02/29>', 1],
    ['after:31/01/2026', 'none<after:31/01/2026>', 1],
    ['after:2026/13/01', 'none<after:2026/13/01>', 1],
    ['after:2026/00/01', 'none<after:2026/00/01>', 1],
    ['after:20260131', 'none<after:20260131>', 1],
    ['after:yesterday', 'none<after:yesterday>', 1],
    ['after:1/2', 'none<after:1/2>', 1],
    ['after:2026/01/01/01', 'none<after:2026/01/01/01>', 1],
    ['after:99999999999999999999', 'none<after:99999999999999999999>', 1],
    ['after:(2026/01/31)', 'date[2026-01-30T23:00:00Z,)'],
    ['newer_than:7d', 'date[2026-11-13T12:00:00Z,)'],
    ['newer_than:12h', 'date[2026-11-20T00:00:00Z,)'],
    ['older_than:1y', 'date[,2025-11-20T12:00:00Z)'],
    ['newer_than:2M', 'date[2026-09-20T11:00:00Z,)'],
    ['newer_than:30d', 'date[2026-10-21T11:00:00Z,)'],
    ['older_than:999999y', 'date[,1970-01-01T00:00:00Z)'],
    ['newer_than:5', 'none<newer_than:5>', 1],
    ['newer_than:5w', 'none<newer_than:5w>', 1],
    ['newer_than:d', 'none<newer_than:d>', 1],
  ],
};

describe.each(Object.entries(TABLE))('%s', (_, rows) => {
  it.each(rows)('reads %j as %s', (...[query, tree, warnings = 0]: Row) => {
    const parsed = parseQuery(query, CONTEXT);
    expect(show(parsed.root)).toBe(tree);
    expect(parsed.warnings.length, JSON.stringify(parsed.warnings)).toBe(warnings);
  });
});

describe('includesHidden', () => {
  it.each([
    ['in:spam', true],
    ['in:trash x', true],
    ['label:trash', true],
    ['in:anywhere', true],
    ['x OR in:spam', true],
    ['-in:spam', false],
    ['-(x in:trash)', false],
    ['-(x -in:trash)', true],
    ['spam', false],
    ['subject:spam', false],
    ['', false],
  ])('is for %j %j', (query, hidden) => {
    expect(parseQuery(query, CONTEXT).includesHidden).toBe(hidden);
  });
});
