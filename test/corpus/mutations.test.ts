// The corpus with its bytes cut, flipped, doubled and mixed: whatever comes of it is read, and what is read is sound.
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LIMITS } from '../../src/mail/limits.ts';
import type { Message } from '../../src/mail/message.ts';
import { parseMessage, unreadableMessage } from '../../src/mail/parse.ts';
import { snippet } from '../../src/mail/snippet.ts';

const mails = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.eml'))
  .map((file) => readFileSync(`${import.meta.dirname}/${file}`));

const mail = fc.constantFrom(...mails);
const place = fc.double({ min: 0, max: 1, noNaN: true });
const at = (source: Buffer, where: number): number => Math.floor(where * source.length);

/** One change of the bytes, by another mail at hand. */
const change = fc.oneof(
  fc.record({ kind: fc.constant('cut' as const), where: place }),
  fc.record({ kind: fc.constant('drop' as const), where: place, count: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ kind: fc.constant('flip' as const), where: place, byte: fc.integer({ min: 0, max: 255 }) }),
  fc.record({ kind: fc.constant('insert' as const), where: place, bytes: fc.uint8Array({ maxLength: 20 }) }),
  fc.record({ kind: fc.constant('splice' as const), where: place, other: mail }),
);

function changed(source: Buffer, one: typeof change extends fc.Arbitrary<infer T> ? T : never): Buffer {
  const index = at(source, one.where);
  const [before, after] = [source.subarray(0, index), source.subarray(index)];
  if (one.kind === 'cut') return before;
  if (one.kind === 'drop') return Buffer.concat([before, after.subarray(one.count)]);
  if (one.kind === 'flip') return Buffer.concat([before, Buffer.from([one.byte]), after.subarray(1)]);
  if (one.kind === 'insert') return Buffer.concat([before, one.bytes, after]);
  return Buffer.concat([before, one.other.subarray(at(one.other, one.where)), after]);
}

function stringsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(stringsOf) : [];
}

function expectSound(message: Message): void {
  for (const text of stringsOf(message)) expect(text.isWellFormed() && !text.includes('\0')).toBe(true);
  expect(JSON.parse(JSON.stringify(message))).toEqual(message);
  for (const line of [message.subject, message.listId, message.messageIdHeader]) expect(line).not.toMatch(/[\r\n]/);
  expect(message.text.length).toBeLessThanOrEqual(LIMITS.textChars);
  expect(message.references.length).toBeLessThanOrEqual(LIMITS.references);
  expect(message.attachments.map(({ n }) => n)).toEqual(message.attachments.map((_, i) => i + 1));
  for (const { filename, contentType, sizeBytes } of message.attachments) {
    expect(filename).not.toMatch(/[/\\\p{Cc}]|^\.+$/u);
    expect(contentType).toMatch(/^[^\s/]+\/[^\s/]+$/);
    expect(Number.isSafeInteger(sizeBytes) && sizeBytes >= 0).toBe(true);
  }
  for (const { name, address } of [...message.from, ...message.to, ...message.cc, ...message.replyTo]) {
    expect(name).not.toMatch(/\p{Cc}/u);
    expect(address).not.toMatch(/[\s\p{Cc}]/u);
    expect(name !== '' || address !== '').toBe(true);
  }
  expect(message.dateHeaderMs === null || Number.isSafeInteger(message.dateHeaderMs)).toBe(true);
  expect(snippet(message.text, 200).isWellFormed()).toBe(true);
}

it('reads every mail of the corpus however it was damaged', async () => {
  await fc.assert(
    fc.asyncProperty(mail, fc.array(change, { minLength: 1, maxLength: 4 }), async (source, changes) => {
      const damaged = changes.reduce(changed, source);
      const message = await parseMessage(damaged, { parts: [], partial: false });
      expectSound(message);
      expect(message.notes).not.toContain('the mail could not be read; only its header was looked at');
      expectSound(unreadableMessage(damaged, 'why'));
    }),
    { numRuns: 1_500 },
  );
});

it('reads bytes that are no mail at all', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), async (source) => {
      expectSound(await parseMessage(source, { parts: [], partial: false }));
    }),
    { numRuns: 300 },
  );
});
