// What the ids of a mail's labels mean, as they were listed.
import { expect, it } from 'vitest';
import { LabelBook } from './labels.ts';
import { labelListShape } from './resources.ts';

it('takes Gmail’s own labels for Gmail’s, also from a server that does not say of which type they are', () => {
  const { labels } = labelListShape.parse({
    labels: [
      { id: 'INBOX', name: 'INBOX' },
      { id: 'STARRED', name: 'STARRED', type: 'user' },
      { id: 'Label_1', name: 'Work' },
    ],
  });
  const book = new LabelBook(labels);
  const work = { type: 'user', id: 'Label_1', name: 'Work' };
  expect(book.places()).toEqual([{ path: 'label:Label_1', label: work, messages: 0 }]);
  expect(book.marks(['INBOX', 'STARRED', 'Label_1'])).toEqual({
    flags: ['seen', 'flagged'],
    labels: [{ type: 'system', id: 'INBOX' }, work],
  });
});
