// What a plain server is asked: never less than what the query means, and what has to be sorted out afterwards.
import { describe, expect, it } from 'vitest';
import { type ImapCriterion, toImapSearch } from './imap-search.ts';
import { parseQuery } from './parse.ts';

const CONTEXT = { now: Date.parse('2026-11-20T12:00:00Z'), timeZone: 'UTC' };
const asked = (query: string) => toImapSearch(parseQuery(query, CONTEXT).root, ['me@example.com']);

function show(criterion: ImapCriterion | 'nothing' | null): string {
  if (criterion === null || criterion === 'nothing') return String(criterion);
  switch (criterion.key) {
    case 'and':
    case 'or':
      return `(${criterion.key} ${criterion.of.map(show).join(' ')})`;
    case 'not':
      return `(not ${show(criterion.of)})`;
    case 'header':
      return `header ${criterion.name} <${criterion.value}>`;
    case 'seen':
    case 'flagged':
    case 'draft':
      return criterion.is ? criterion.key : `un${criterion.key}`;
    case 'larger':
    case 'smaller':
      return `${criterion.key} ${criterion.bytes}`;
    case 'since':
    case 'before':
      return `${criterion.key} ${criterion.day}`;
    default:
      return `${criterion.key} <${criterion.value}>`;
  }
}

describe('toImapSearch', () => {
  it.each<[query: string, criterion: string, residue: number]>([
    ['', 'null', 0],
    ['dinner', 'text <dinner>', 1],
    ['dinner friday', '(and text <dinner> text <friday>)', 2],
    ['dinner OR friday', '(or text <dinner> text <friday>)', 2],
    ['"dinner, movie"', '(and text <dinner> text <movie>)', 1],
    ['john.smith', '(and text <john> text <smith>)', 1],
    ['会議', 'text <会議>', 1],
    ['-dinner', 'null', 1],
    ['dinner -friday', 'text <dinner>', 2],
    ['-(dinner is:unread)', 'null', 1],
    ['-(is:unread is:starred)', '(not (and unseen flagged))', 0],
    ['subject:dinner from:amy', '(and subject <dinner> from <amy>)', 2],
    ['to:amy', '(or to <amy> cc <amy> bcc <amy>)', 1],
    ['from:me', 'from <me@example.com>', 1],
    ['is:unread', 'unseen', 0],
    ['-is:read', '(not seen)', 0],
    ['larger:10', 'larger 9', 0],
    ['larger:0', 'null', 0],
    ['smaller:10', 'smaller 10', 0],
    ['after:2026/01/31', 'since 2026-01-30', 1],
    ['before:2026/01/31', 'before 2026-02-02', 1],
    ['after:1900/01/01', 'since 1970-01-01', 1],
    ['rfc822msgid:a@b', 'header Message-ID <a@b>', 1],
    ['list:info.example.com', '(and header List-Id <info> header List-Id <example> header List-Id <com>)', 1],
    ['deliveredto:me', 'header Delivered-To <me@example.com>', 1],
    ['a AROUND 3 b', '(and text <a> text <b>)', 1],
    ['label:work', 'null', 1],
    ['label:work dinner', 'text <dinner>', 2],
    ['label:work OR dinner', 'null', 2],
    ['has:attachment filename:pdf', 'null', 2],
    ['in:anywhere dinner', 'text <dinner>', 1],
    ['larger:5X', 'nothing', 0],
    ['larger:5X OR dinner', 'text <dinner>', 1],
  ])('of %j is %s', (query, criterion, residue) => {
    const search = asked(query);
    expect(show(search.criterion)).toBe(criterion);
    expect(search.residue).toHaveLength(residue);
  });

  it('says when UTF-8 has to be said', () => {
    expect(asked('dinner').needsUtf8).toBe(false);
    expect(asked('Résumé').needsUtf8).toBe(true);
    expect(asked('').needsUtf8).toBe(false);
  });
});
