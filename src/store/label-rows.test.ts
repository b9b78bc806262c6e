// Labels that the server knows by ids: renamed, taken away and made anew, beside those that have ids of ours.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { LabelRef } from '../mail/change.ts';
import { parseMessage } from '../mail/parse.ts';
import { MailboxReader } from './mailbox-reader.ts';
import { MailboxWriter } from './mailbox-writer.ts';
import { packMessage } from './packed-message.ts';

const PLACE = { path: 'gmail', label: null, messages: 0 };
const user = (id: string, name: string): LabelRef => ({ type: 'user', id, name });

let folder: string;
let writer: MailboxWriter;
let reader: MailboxReader;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mailroom-labels-'));
  writer = MailboxWriter.open(join(folder, 'm.sqlite'), { email: 'jane@gmail.com', connectedAtMs: 0 });
  reader = MailboxReader.open(join(folder, 'm.sqlite'))!;
});
afterEach(() => {
  reader.close();
  writer.close();
  rmSync(folder, { recursive: true });
});

const listed = (...labels: LabelRef[]) =>
  writer.apply({
    kind: 'places',
    places: [PLACE, ...labels.map((label) => ({ path: `label:${(label as { id: string }).id}`, label, messages: 0 }))],
  });
async function put(id: string, ...labels: LabelRef[]): Promise<void> {
  const message = packMessage(await parseMessage(Buffer.from('Subject: x\r\n\r\ny'), { parts: [], partial: false }));
  writer.apply({
    kind: 'messages',
    path: 'gmail',
    uidValidity: 1,
    live: true,
    cursor: null,
    messages: [
      {
        copy: { uid: BigInt(`0x${id}`), flags: ['seen'], labels },
        identity: `gm:${id}`,
        gmail: { id, threadId: id },
        dateMs: 0,
        sizeBytes: 1,
        message,
      },
    ],
  });
}
const labelsOf = (id: string) => reader.summaries(reader.resolve(id))[0]!.labels;
const shown = () =>
  reader
    .labels()
    .filter(({ type }) => type === 'user')
    .map(({ id, name }) => `${name} ${id}`);
const [OLD, NEW] = ['1a00000000000001', '1a00000000000002'];

it('made anew under its name between two lists keeps its mails when the one before it goes', async () => {
  listed(user('Label_1', 'Work'));
  await put(OLD, user('Label_1', 'Work'));
  await put(NEW, user('Label_2', 'Work'));
  expect(labelsOf(NEW)).toEqual(['Work']);
  listed(user('Label_2', 'Work'));
  expect([labelsOf(OLD), labelsOf(NEW)]).toEqual([[], ['Work']]);
  expect(shown()).toEqual(['Work Label_2']);
});

it('may have any number in its id, in any order', () => {
  listed(user('Label_9', 'a'), user('Label_2', 'b'), user('Label_3', 'c'), user('Label_4', 'd'));
  listed(
    user('Label_12', 'e'),
    user('Label_9', 'b'),
    user('Label_7', 'a'),
    user('Label_14', 'f'),
    user('Label_x', 'g'),
  );
  writer.apply({ kind: 'places', places: [PLACE, { path: 'h', label: { type: 'user', name: 'h' }, messages: 0 }] });
  writer.apply({ kind: 'places', places: [PLACE, { path: 'i', label: { type: 'user', name: 'i' }, messages: 0 }] });
  listed(user('Label_16', 'i'), user('Label_15', 'h'), user('Label_9', 'b'));
  expect(shown()).toEqual(['b Label_9', 'h Label_15', 'i Label_16']);
});
