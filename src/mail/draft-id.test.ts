// Ids of drafts: one for all revisions, and a Message-ID of its own for each.
import { expect, it } from 'vitest';
import { draftIdOf, revisionOf } from './draft-id.ts';

it('is the same for every revision of a draft, whose Message-IDs all differ', () => {
  const first = '0b5f8f0e-8f3a-4c53-a39d-0f2e0f5f6f70@gmail.com';
  const id = draftIdOf(first);
  expect(id).toMatch(/^r-[\w-]{22}$/);
  const second = revisionOf(id, 'aaaa', 'gmail.com');
  const third = revisionOf(draftIdOf(second), 'bbbb', 'gmail.com');
  expect(new Set([first, second, third]).size).toBe(3);
  expect([draftIdOf(second), draftIdOf(third)]).toEqual([id, id]);
});

it('differs from draft to draft, also where a Message-ID only looks like a revision', () => {
  const ids = ['a@b.c', 'A@b.c', 'r-short.1@b.c', `r-${'x'.repeat(23)}.1@b.c`, `r-${'x'.repeat(22)}@b.c`].map(
    draftIdOf,
  );
  expect(new Set(ids).size).toBe(ids.length);
});
