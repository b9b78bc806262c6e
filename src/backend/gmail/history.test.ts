// Pages of a history, folded by table.
import { describe, expect, it } from 'vitest';
import { fold } from './history.ts';
import type { HistoryPage } from './resources.ts';

type Line = readonly ['+' | '-' | 'on' | 'off', id: string, ...labels: string[]];

function page(lines: readonly Line[], more: Partial<HistoryPage> = {}): HistoryPage {
  const history = lines.map(([what, id, ...labelIds], i) => {
    const message = { id };
    const full = [{ message: labelIds.length > 0 ? { id, labelIds } : message }];
    const changed = [{ message, labelIds }];
    return {
      id: String(101 + i),
      ...(what === '+' && { messagesAdded: full }),
      ...(what === '-' && { messagesDeleted: full }),
      ...(what === 'on' && { labelsAdded: changed }),
      ...(what === 'off' && { labelsRemoved: changed }),
    };
  });
  return { historyId: '900', history, ...more };
}

const folded = (lines: readonly Line[], more: Partial<HistoryPage> = {}, drafts: readonly string[] = []) =>
  fold(page(lines, more), '100', (id) => drafts.includes(id));

describe('a page of history', () => {
  it.each<[string, Line[], string[], string[], string[]]>([
    ['nothing', [], [], [], []],
    ['a mail that came', [['+', 'a', 'INBOX']], ['a'], [], []],
    ['one that came without labels', [['+', 'a']], ['a'], [], []],
    ['one that went', [['-', 'a']], [], ['a'], []],
    [
      'one that came and went',
      [
        ['+', 'a'],
        ['-', 'a'],
      ],
      [],
      ['a'],
      [],
    ],
    [
      'one that went and came back',
      [
        ['-', 'a'],
        ['+', 'a'],
      ],
      ['a'],
      [],
      [],
    ],
    [
      'one that came and was relabelled',
      [
        ['+', 'a'],
        ['on', 'a', 'X'],
      ],
      ['a'],
      [],
      [],
    ],
    [
      'one that was relabelled and went',
      [
        ['on', 'a', 'X'],
        ['-', 'a'],
      ],
      [],
      ['a'],
      [],
    ],
    [
      'labels in their order',
      [
        ['on', 'a', 'X'],
        ['off', 'a', 'X', 'Y'],
        ['on', 'b', 'Z'],
      ],
      [],
      [],
      ['a+X', 'a-X,Y', 'b+Z'],
    ],
    ['a chat', [['+', 'a', 'CHAT']], [], [], []],
  ])('tells of %s', (_, lines, came, gone, steps) => {
    const happened = folded(lines);
    expect([happened.came, happened.gone]).toEqual([came, gone]);
    const told = happened.steps.map(
      ({ id, added, removed }) => `${id}${added.length > 0 ? `+${added}` : `-${removed}`}`,
    );
    expect(told).toEqual(steps);
  });

  it('tells up to its last record while another follows, and up to its own id when none does', () => {
    expect(
      folded(
        [
          ['+', 'a'],
          ['+', 'b'],
        ],
        { nextPageToken: 'n' },
      ).upTo,
    ).toBe('102');
    expect(folded([], { nextPageToken: 'n' }).upTo).toBe('100');
    expect(folded([['+', 'a']]).upTo).toBe('900');
    expect(folded([], { historyId: '7' }).upTo).toBe('100');
    expect(fold(page([], { historyId: '9007199254740993' }), '9007199254740992', () => false).upTo).toBe(
      '9007199254740993',
    );
  });

  it('says when drafts have to be listed', () => {
    const about = (line: Line, drafts: string[] = []) => folded([line], {}, drafts).aboutDrafts;
    expect([about(['+', 'a', 'DRAFT']), about(['-', 'a', 'DRAFT']), about(['off', 'a', 'DRAFT'])]).toEqual([
      true,
      true,
      true,
    ]);
    expect([about(['-', 'a'], ['a']), about(['-', 'a'])]).toEqual([true, false]);
    expect(about(['on', 'a', 'INBOX'])).toBe(false);
  });
});
