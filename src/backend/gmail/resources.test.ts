// What is read of the Gmail API's answers, and how ids of any server number copies.
import { describe, expect, it } from 'vitest';
import { draftListShape, historyShape, labelListShape, listShape, MessageNumbers, threadShape } from './resources.ts';

describe('a number of a message', () => {
  const numbers = new MessageNumbers();

  it.each([
    '18c2f5d7b3a90e41',
    'fedcba9876543210',
    '1',
    '2a',
    'ffffffff',
    '0000000000000012',
    'msg_1',
    'BEEF',
    'é',
  ])('leads back to %s, and is none that IMAP gives', (id) => {
    const uid = numbers.uid(id);
    expect(numbers.id(uid)).toBe(id);
    expect(uid < 0n || uid > 0xffffffffn).toBe(true);
    expect(BigInt.asIntN(64, uid)).toBe(uid);
  });
});

describe('a list', () => {
  it.each([
    [listShape, 'messages'],
    [labelListShape, 'labels'],
    [draftListShape, 'drafts'],
    [threadShape, 'messages'],
  ])('that is left out is empty, and one that cannot be read is not', (shape, name) => {
    expect(shape.parse({})).toMatchObject({ [name]: [] });
    for (const strange of ['', {}, [{}], [{ id: 'a/b' }], [null]])
      expect(shape.safeParse({ [name]: strange }).success).toBe(false);
  });

  it('of what happened may be left out', () => {
    expect(historyShape.safeParse({ historyId: '7', history: null }).success).toBe(true);
    expect(historyShape.safeParse({}).success).toBe(true);
  });
});
