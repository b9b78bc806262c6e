// By table: when answers to a mail go to somebody else, and which mailing lists may have it so.
import { describe, expect, it } from 'vitest';
import type { Address } from './message.ts';
import { isListAnswer, isNobody, strangeReplyTo } from './reply-to.ts';

const at = (address: string): Address => ({ name: '', address });
const OWN = 'jane@gmail.com';

describe('answers go elsewhere', () => {
  it.each([
    ['amy@example.org', ['amy@example.net'], 'amy@example.net'],
    ['amy@example.org', ['amy@example.org', 'eve@evil.example'], 'eve@evil.example'],
    ['boss@acme.co.uk', ['boss@other.co.uk'], 'boss@other.co.uk'],
    ['noreply@example.org', ['amy@example.net'], 'amy@example.net'],
    ['amy@example.org', ['noreply@evil.example'], 'noreply@evil.example'],
    ['one@one.github.io', ['two@two.github.io'], 'two@two.github.io'],
    ['amy@example.org', ['amy@mail.example.org'], null],
    ['amy@mail.example.org', ['amy@example.org'], null],
    ['form@service.example', [OWN], null],
    ['amy@example.org', [], null],
    ['amy@example.org', [''], null],
    ['', ['amy@example.org'], null],
  ])('from %s with Reply-To %j: %s', (from, replyTo, expected) => {
    expect(strangeReplyTo(at(from), replyTo.map(at), OWN)).toBe(expected);
  });
});

describe('a list', () => {
  const list = (
    fields: string,
    { from = 'amy@example.org', dmarc = 'none', replyTo = 'talk@lists.example.net' } = {},
  ) => isListAnswer(at(from), replyTo, { spf: 'pass', dkim: 'none', dmarc }, fields);
  const HONEST = 'Return-Path: <talk-bounces@lists.example.net>\r\nList-Id: Talk <talk.lists.example.net>\r\n';

  it('asks for answers to itself', () => {
    expect(list(HONEST)).toBe(true);
  });
  it('writes under its own From for another', () => {
    expect(list(HONEST, { from: 'talk@lists.example.net', replyTo: 'amy@example.org' })).toBe(true);
  });
  it.each([
    ['a mail that came from elsewhere', HONEST.replace('talk-bounces@lists.example.net', 'x@evil.example'), {}],
    ['a second Return-Path below the first', `Return-Path: <x@evil.example>\r\n${HONEST}`, {}],
    ['a mail whose From is forged', HONEST, { dmarc: 'fail' }],
    ['answers to somebody else', HONEST, { replyTo: 'eve@evil.example' }],
    ['a mail without List-Id', HONEST.replace('List-Id', 'X-List'), {}],
    ['a List-Id without an id', HONEST.replace('<talk.lists.example.net>', ''), {}],
  ])('is not believed of %s', (_, fields, how) => {
    expect(list(fields, how)).toBe(false);
  });
});

it.each([
  ['no-reply@x.example', true],
  ['noreply+1@x.example', true],
  ['donotreply@x.example', true],
  ['news_noreply@x.example', true],
  ['notifications@x.example', true],
  ['nora@x.example', false],
  ['norbert.reply@x.example', false],
  ['anotification@x.example', false],
])('a program writes from %s: %s', (address, expected) => {
  expect(isNobody(address)).toBe(expected);
});
