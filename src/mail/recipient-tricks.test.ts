// The danger: an address that shows one domain and is delivered to another. Each trick is refused, or stays where it shows.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startCpuClock } from '../../test/support/cpu-time.ts';
import { AppError } from '../base/errors.ts';
import type { Address } from './message.ts';
import { readMailboxes, readRecipients } from './recipients.ts';

/** What RFC 5321 leaves when everything is taken away that two readers could read in two ways. */
const STRICT =
  /^[A-Za-z0-9#$&'*+\-/=?^_`{|}~]+(?:\.[A-Za-z0-9#$&'*+\-/=?^_`{|}~]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]*[a-z][a-z0-9-]*$/;

function read(text: string): Address[] | string {
  try {
    return readMailboxes('to', text);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'invalid_input' || error.field !== 'to') throw error;
    return error.message;
  }
}

describe('a list that shows good.example', () => {
  it.each([
    // Comments and folds before a dot or around the @.
    ['bob@good.example(.evil.example)'],
    ['bob@good(comment).example'],
    ['bob@good.example (@evil.example)'],
    ['bob(eve@evil.example)@good.example'],
    ['(eve@evil.example,)bob@good.example'],
    ['bob@evil.example(good.example)'],
    ['bob@(good.example)evil.example'],
    ['bob@evil.example(((good.example)))'],
    ['<bob@evil.example(good.example)>'],
    ['bob@evil .example.good.example'],
    ['bob@evil\r\n .example.good.example'],
    ['bob@good\r\n\t.example'],
    ['bob@good. example'],
    // Quoted local parts.
    ['"eve@evil.example"@good.example'],
    ['"eve@evil.example> "@good.example'],
    ['"eve@evil.example,"@good.example'],
    ['"a\\"@evil.example"@good.example'],
    ['"bob"(x)@good.example'],
    ['"bob" @good.example'],
    ['""@good.example'],
    ['"<eve@evil.example>"@good.example'],
    ['bob."eve@evil.example".x@good.example'],
    // More than one @.
    ['eve@evil.example@good.example'],
    ['bob@good.example@evil.example'],
    ['bob@good.example,@evil.example'],
    ['<eve@evil.example@good.example>'],
    // Routes, also the old ones.
    ['<@good.example:eve@evil.example>'],
    ['<@good.example,@evil.example:bob@good.example>'],
    ['@evil.example:bob@good.example'],
    ['eve%evil.example@good.example'],
    ['evil.example!eve@good.example'],
    // Groups.
    ['Team: bob@good.example, eve@evil.example;'],
    ['Team:eve@evil.example;bob@good.example'],
    ['"Team;": eve@evil.example;'],
    ['undisclosed-recipients:;'],
    ['"a;b": bob@good.example;, eve@evil.example'],
    ['"bob@good.example": eve@evil.example;'],
    // Angle brackets that do not stand once at the end.
    ['<bob@good.example> <eve@evil.example>'],
    ['Bob <bob@good.example> eve@evil.example'],
    ['<eve@evil.example><bob@good.example>'],
    ['<<eve@evil.example>@good.example>'],
    ['Bob <<bob@good.example>'],
    ['bob@good.example <eve@evil.example>'],
    ['bob@good.example (Bob) <eve@evil.example>'],
    ['Bob [bob@good.example] <eve@evil.example>'],
    ['Bob <bob@good.example'],
    ['bob@good.example>'],
    ['"Bob <bob@good.example>'],
    ['"Bob" "<bob@good.example>" <eve@evil.example'],
    // Other separators.
    ['bob@good.example;eve@evil.example'],
    ['bob@good.example eve@evil.example'],
    ['bob@good.example\teve@evil.example'],
    // Lines and commands.
    ['bob@good.example\r\nRCPT TO:<eve@evil.example>'],
    ['bob@good.example\nBcc: eve@evil.example'],
    ['bob@good.example\rBcc: eve@evil.example'],
    ['bob@good.example\u0085Bcc: eve@evil.example'],
    ['bob@good.example\u2028eve@evil.example'],
    ['bob@good.example\u2029'],
    ['bob@good.example\0.evil.example'],
    ['bob@good.example\x7f'],
    ['bob\x08@good.example'],
    ['"Bob\r\nBcc: eve@evil.example" <bob@good.example>'],
    ['bob@good.example> SIZE=1\r\n<x'],
    // What is not seen.
    ['bob@\u202eelpmaxe.live'],
    ['bob@good.example\u200b.evil.example'],
    ['bob@go\u00adod.example'],
    ['bob@good\u2060.example'],
    ['\ufeffbob@good.example'],
    ['b\u200dob@good.example'],
    ['bob@good.example\u{e0041}'],
    ['"\u202eBob" <bob@good.example>'],
    ['bob\ud800@good.example'],
    ['"Bob \udc00" <bob@good.example>'],
    // Domains that are read as other ones.
    ['bob@good\u3002example'],
    ['bob@good\uff0eexample'],
    ['bob@good.example\uff20evil.example'],
    ['bob@\uff47ood.example'],
    ['bob@g\u043eod.example'],
    ['bob@\u0430\u0440\u0440\u04cf\u0435.example'],
    ['bob@xn--80ak6aa92e.example'],
    ['bob@good\u2100.example'],
    ['bob@good.example\u2044evil.example'],
    ['bob@good.example/evil.example'],
    ['bob@good.example#evil.example'],
    ['bob@good.example\\evil.example'],
    ['bob@good.example?evil.example'],
    ['bob@\u212a.example'],
    ['bob@xn--.example'],
    // Addresses of machines, and what is no host name.
    ['bob@[127.0.0.1]'],
    ['bob@[IPv6:::1]'],
    ['bob@[x@evil.example]'],
    ['bob@127.0.0.1'],
    ['bob@0x7f.1'],
    ['bob@good.0x7f'],
    ['bob@localhost'],
    ['bob@good..example'],
    ['bob@.good.example'],
    ['bob@good.example.'],
    ['bob@-good.example'],
    ['bob@good-.example'],
    ['bob@good_x.example'],
    ['bob@good.exam%70le'],
    ['bob@'],
    ['@good.example'],
    ['bob'],
    ['.bob@good.example'],
    ['bob.@good.example'],
    ['bo..b@good.example'],
    ['bob\\@good.example'],
    ['bob,x\\@good.example'],
    ['b\u00f6b@good.example'],
    ['=?utf-8?Q?bob=40evil.example?=@good.example x'],
    // Too long.
    [`${'b'.repeat(65)}@good.example`],
    [`bob@${'g'.repeat(64)}.example`],
    [`bob@${'\u00fc'.repeat(60)}.example`],
    [`bob@${'good.'.repeat(50)}example`],
    [`${'b'.repeat(64)}@${`${'g'.repeat(60)}.`.repeat(3)}example`],
    [`"${'B'.repeat(300)}" <bob@good.example>`],
  ])('refuses %j', (text) => {
    expect(read(text)).toMatch(/^to: entry [12] [a-z].*\.$/);
  });

  it.each([
    ['=?utf-8?Q?eve=40evil.example?= <bob@good.example>', '=?utf-8?Q?eve=40evil.example?='],
    ['"eve@evil.example" <bob@good.example>', 'eve@evil.example'],
    ['"eve@evil.example, <eve@evil.example>" <bob@good.example>', 'eve@evil.example, <eve@evil.example>'],
    ['"Team: eve@evil.example;" <bob@good.example>', 'Team: eve@evil.example;'],
    ['bob@good.example <BOB@good.example>', ''],
    ['"a \\"quoted\\\\\\" name" <bob@GOOD.example>', 'a "quoted\\" name'],
  ])('stays there with %s', (text, name) => {
    expect(read(text)).toEqual([{ name, address: expect.stringMatching(/^bob@good\.example$/i) }]);
  });
});

it('says which field, which entry and why, and nothing of what was given', () => {
  expect(() => readRecipients({ to: 'a@x.org', cc: ['b@x.org', 'Eve <e@x.org>, secret@evil@x.org'] })).toThrow(
    expect.objectContaining({ code: 'invalid_input', field: 'cc', message: 'cc: entry 3 has more than one @.' }),
  );
});

it('never gives an address that is not strict, whatever comes in', () => {
  const bits = [
    '@',
    '.',
    ',',
    '"',
    '\\',
    '<',
    '>',
    '(',
    ')',
    ':',
    ';',
    ' ',
    '\r\n',
    'a',
    'evil.example',
    'good.example',
  ];
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc
      .array(fc.constantFrom(...bits, 'xn--', '\u3002', '\u0430', '%', '[', ']', 'b@c.de'), { maxLength: 14 })
      .map((l) => l.join('')),
  );
  fc.assert(
    fc.property(text, (given) => {
      const people = read(given);
      if (typeof people === 'string') return;
      for (const { name, address } of people) {
        expect(address).toMatch(STRICT);
        expect(address.length).toBeLessThanOrEqual(254);
        expect(name).not.toMatch(/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
      }
    }),
    { numRuns: 2000 },
  );
});

it('reads a hostile list in time that grows with its length', () => {
  for (const text of [
    ' '.repeat(99_000),
    `a${' '.repeat(99_000)}b`,
    '"'.repeat(99_000),
    `"${'\\"'.repeat(49_000)}`,
    '<'.repeat(99_000),
    `${'a.'.repeat(49_000)}@x`,
  ]) {
    const elapsed = startCpuClock();
    read(text);
    expect(elapsed()).toBeLessThan(1000);
  }
});
