// Whom callers name, in the forms in which they do.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatMailbox, readMailboxes, readRecipients } from './recipients.ts';

it.each([
  ['bob@example.org', [['', 'bob@example.org']]],
  ['<bob@example.org>', [['', 'bob@example.org']]],
  ['Bob Miller <Bob.Miller+x@Example.ORG>', [['Bob Miller', 'Bob.Miller+x@example.org']]],
  ['John Q. Public<john@example.org>', [['John Q. Public', 'john@example.org']]],
  [
    '"Miller, Bob" <bob@x.org>, O\u2019Hara <o@x.org>',
    [
      ['Miller, Bob', 'bob@x.org'],
      ['O\u2019Hara', 'o@x.org'],
    ],
  ],
  [
    'a@x.org,, b@x.org ,',
    [
      ['', 'a@x.org'],
      ['', 'b@x.org'],
    ],
  ],
  ['', []],
  ['J\u00fcrgen  Gro\u00df <j@b\u00fccher.de>', [['J\u00fcrgen Gro\u00df', 'j@xn--bcher-kva.de']]],
  ['anna@STRA\u00dfE.de', [['', 'anna@xn--strae-oqa.de']]],
  ['yamada@\u4f8b\u3048.jp', [['', 'yamada@xn--r8jz45g.jp']]],
  ['ivan@\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444', [['', 'ivan@xn--e1afmkfd.xn--p1ai']]],
  ['te@e\u0301te\u0301.fr', [['', 'te@xn--t-9fab.fr']]],
  [
    'Family \u{1f468}\u200d\u{1f469}\u200d\u{1f467} <f@x.org>',
    [['Family \u{1f468}\u200d\u{1f469}\u200d\u{1f467}', 'f@x.org']],
  ],
  ['b+tag=x@mail-1.example.co.uk', [['', 'b+tag=x@mail-1.example.co.uk']]],
])('reads %s', (text, expected) => {
  expect(readMailboxes('to', text).map(({ name, address }) => [name, address])).toEqual(expected);
});

it('takes a list as well, whose entries may hold commas themselves', () => {
  expect(readMailboxes('cc', ['a@x.org', 'B <b@x.org>, c@x.org'])).toEqual([
    { name: '', address: 'a@x.org' },
    { name: 'B', address: 'b@x.org' },
    { name: '', address: 'c@x.org' },
  ]);
});

it('writes to nobody twice: To comes before Cc before Bcc, and case does not count', () => {
  const recipients = readRecipients({
    to: 'Bob <Bob@x.org>, bob@X.org',
    cc: 'BOB@x.org, carol@x.org',
    bcc: ['carol@x.org', 'dave@x.org'],
  });
  expect(recipients).toEqual({
    to: [{ name: 'Bob', address: 'Bob@x.org' }],
    cc: [{ name: '', address: 'carol@x.org' }],
    bcc: [{ name: '', address: 'dave@x.org' }],
  });
});

it('takes a hundred recipients, and says so when there are more', () => {
  const people = Array.from({ length: 101 }, (_, i) => `p${i}@x.org`);
  expect(readRecipients({ to: people.slice(0, 100) }).to).toHaveLength(100);
  expect(() => readRecipients({ to: people.slice(0, 60), bcc: people.slice(60) })).toThrow(
    expect.objectContaining({
      code: 'invalid_input',
      field: 'bcc',
      message: expect.stringMatching(/101.*at most 100/),
    }),
  );
  expect(readRecipients({ to: [...people.slice(0, 100), 'P0@x.org'] }).to).toHaveLength(100);
});

it('reads again what it has written', () => {
  const atom = fc.stringMatching(/^[A-Za-z0-9#$&'*+\-/=?^_`{|}~]{1,20}$/);
  const label = fc.stringMatching(/^[a-z0-9]([a-z0-9]{0,10}[a-z0-9])?$/);
  const address = fc
    .tuple(fc.array(atom, { minLength: 1, maxLength: 3 }), fc.array(label, { minLength: 1, maxLength: 3 }))
    .map(([local, domain]) => `${local.join('.')}@${domain.join('.')}.example`);
  const name = fc
    .oneof(
      fc.stringMatching(/^[ -~]{0,40}$/),
      fc.string({ unit: fc.constantFrom(...'a"\\,<>()@:; \u00fc\u65e5\u0438\u{1f600}') }),
    )
    .map((text) => text.replace(/ +/g, ' ').trim());
  const person = fc.record({ name, address }).filter((p) => p.name.toLowerCase() !== p.address.toLowerCase());
  fc.assert(
    fc.property(fc.array(person, { maxLength: 5 }), (people) => {
      expect(readMailboxes('to', people.map(formatMailbox).join(', '))).toEqual(people);
    }),
    { numRuns: 2000 },
  );
});
