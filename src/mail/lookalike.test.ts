// By table: who passes for somebody known, and who does not.
import { describe, expect, it } from 'vitest';
import { Acquaintances } from './lookalike.ts';
import { organisationOf } from './organisation.ts';

const person = (text: string): { name: string; address: string } => {
  const [, name = '', address = text] = /^(.*?)\s*<(.*)>$/.exec(text) ?? [];
  return { name, address };
};
const OWNER = person('Jane Doe <jane.doe@gmail.com>');
const KNOWN = [
  'Amy Adams <amy@acme-widgets.com>',
  'Åsa Öberg <asa@nordic.example>',
  'Service <service@paypal.com>',
  'Bob Brown <bob.brown@gmail.com>',
  'Uni <office@cs.uni-one.ac.uk>',
  'Branch <post@branch1.example>',
  'Short <info@abc.de>',
  'Ann <ann@outlook.com>',
];
const known = new Acquaintances(
  OWNER,
  KNOWN.map((each, i) => ({ ...person(each), since: BigInt(i) })),
);
const judged = (from: string, at = 1000n): string | null => {
  const found = known.resembled(person(from), at);
  return found && `${found.by}: ${found.whom.address}`;
};

describe('one who passes for somebody known', () => {
  it.each([
    ['Amy Adams <amy.adams@evil.example>', 'name: amy@acme-widgets.com'],
    ['"Adams, Amy" <a@evil.example>', 'name: amy@acme-widgets.com'],
    ['AMY  ADAMS <a@evil.example>', 'name: amy@acme-widgets.com'],
    ['Аmу Аdаms <a@evil.example>', 'name: amy@acme-widgets.com'],
    ['Amy Ad\u200bams <a@evil.example>', 'name: amy@acme-widgets.com'],
    ['Asa Oberg <asa@other.example>', 'name: asa@nordic.example'],
    ['Bob Brown <bob.brown77@gmail.com>', 'name: bob.brown@gmail.com'],
    ['Jane Doe <jane@evil.example>', 'name: jane.doe@gmail.com'],
    ['x <service@paypa1.com>', 'characters: service@paypal.com'],
    ['x <help@раураl.com>', 'characters: service@paypal.com'],
    ['x <help@xn--pypal-4ve.com>', 'characters: service@paypal.com'],
    ['x <billing@mail.paypa1.net>', 'characters: service@paypal.com'],
    ['x <jane.d0e@gmail.com>', 'characters: jane.doe@gmail.com'],
    ['x <amy@acrne-widgets.com>', 'characters: amy@acme-widgets.com'],
    ['x <boss@acme-widget.com>', 'domain: amy@acme-widgets.com'],
    ['x <boss@acme-wigdets.com>', 'domain: amy@acme-widgets.com'],
    ['x <boss@acmewidgets.com>', 'domain: amy@acme-widgets.com'],
    ['x <boss@acme-widgets.co>', 'domain: amy@acme-widgets.com'],
    ['x <dean@uni-ane.ac.uk>', 'domain: office@cs.uni-one.ac.uk'],
    ['x <jane@gmai1.com>', 'characters: jane.doe@gmail.com'],
  ])('%s: %s', (from, expected) => {
    expect(judged(from)).toBe(expected);
  });
});

describe('one who does not', () => {
  it.each([
    ['himself', 'Amy Adams <amy@acme-widgets.com>'],
    ['a colleague', 'Amelia Adams <amelia@acme-widgets.com>'],
    ['the same from another host of theirs', 'Amy Adams <amy@mail.acme-widgets.com>'],
    ['a tag, or dots that Gmail passes over', 'Bob Brown <bobbrown+news@gmail.com>'],
    ['a first name alone', 'Amy <amy@elsewhere.example>'],
    ['one of another name', 'Carl Carter <carl@elsewhere.example>'],
    ['a name in another script', '山田 太郎 <yamada@elsewhere.example>'],
    ['a domain of its own', 'x <x@paperpal.com>'],
    ['the same name in another country', 'x <x@paypal.de>'],
    ['a provider that is near another', 'x <x@gmx.com>'],
    ['a provider that is one slip from another', 'x <x@ymail.com>'],
    ['a short domain', 'x <x@abd.de>'],
    ['another number of a series', 'x <x@branch2.example>'],
    ['nobody', ''],
    ['no domain', 'x <x>'],
  ])('is %s', (_, from) => {
    expect(judged(from)).toBeNull();
  });

  it('is who was there before the one whom he resembles', () => {
    expect(judged('Amy Adams <amy@old-job.example>', 0n)).toBeNull();
    expect(judged('Amy Adams <amy@old-job.example>', 1n)).not.toBeNull();
  });

  it('is one of many of the same name', () => {
    const many = new Acquaintances(
      OWNER,
      [1, 2, 3].map((i) => ({ name: 'Ann Other', address: `ann@other${i}.example`, since: 0n })),
    );
    expect(many.resembled(person('Ann Other <ann@fourth.example>'), 9n)).toBeNull();
  });
});

it.each([
  ['mail.example.com', 'example.com'],
  ['example.com', 'example.com'],
  ['a.b.example.co.uk', 'example.co.uk'],
  ['mail.example.com.au', 'example.com.au'],
  ['shop.example.de', 'example.de'],
  ['com.de', 'com.de'],
  ['one.github.io', 'one.github.io'],
  ['localhost', 'localhost'],
  ['', ''],
])('%s belongs to %s', (domain, organisation) => {
  expect(organisationOf(domain)).toBe(organisation);
});

it('reads hostile names and domains in no time', () => {
  const began = performance.now();
  for (const text of ['a '.repeat(50_000), 'rn'.repeat(50_000), 'а'.repeat(50_000)])
    expect(known.resembled({ name: text, address: `x@${text.replaceAll(' ', '')}.com` }, 9n)).toBeNull();
  expect(performance.now() - began).toBeLessThan(2000);
});
