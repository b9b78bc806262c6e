// The mail source's contract once more, over a Google emulator that other people wrote. What it lacks is said where a test
// is left out.
import { describe } from 'vitest';
import { GmailLimits } from '../../src/backend/gmail/quota.ts';
import { openGmailSource } from '../../src/backend/gmail/source.ts';
import type { MailSource } from '../../src/backend/port.ts';
import { createLogger } from '../../src/base/log.ts';
import { SYSTEM_CLOCK } from '../../src/sync/clock.ts';
import { mailSourceContract, type World } from '../contract/mail-source.ts';
import type { MirroredCopy } from '../support/mirror.ts';
import { clientsAreInstalled, program, someFreePort } from './installed.ts';

interface Emulator {
  readonly url: string;
  close(): Promise<void>;
}

const logger = createLogger('silent');
const limits = new GmailLimits({ clock: SYSTEM_CLOCK, accountUnits: 10_000_000, projectUnits: 10_000_000 });
const EMAIL = 'jane@example.com';
const TOPIC = 'projects/pretend-project/topics/gmail';
// Any token is let in as the first user, so each test has an emulator of its own.
const tokens = { current: async () => 'any', instead: async () => 'any' };
const running: Emulator[] = [];

describe.runIf(clientsAreInstalled())('an independent emulator', () => {
  mailSourceContract({
    name: 'emulate’s Gmail API',
    world: async () => {
      const { createEmulator } = await import(program('emulate/dist/api.js'));
      const seed = { google: { users: [{ email: EMAIL, name: 'Jane' }] } };
      const port = someFreePort();
      const emulator: Emulator = await createEmulator({ service: 'google', port, seed });
      running.push(emulator);
      return worldOf(emulator);
    },
    end: async () => {
      await Promise.all(running.map((each) => each.close()));
    },
    skip: [
      {
        reason: 'its q has words and a few operators, no brackets',
        tests: ['searches for mail that the store lacks, newest first, beside a round that has not come to it'],
      },
      {
        reason: 'it joins no thread by References',
        tests: ['looks up a mail and a thread by Gmail’s ids, wherever they lie, and nothing where there is none'],
      },
      { reason: 'its ids are words, not hex', tests: ['tells Gmail its own ids'] },
      {
        reason: 'it reckons the size of a mail by its base64',
        tests: ['leaves the large parts of a large mail at the server, and reads one when asked'],
      },
      {
        reason: 'it gives a text without its last line end',
        tests: ['reads a part while it waits for news and while it imports'],
      },
      {
        reason: 'everything lies in one place',
        tests: ['announces what happens in places that push does not watch'],
      },
      {
        reason: 'message ids are never given anew',
        tests: ['knows every mail again when UIDs are given anew, without their bytes'],
      },
      {
        reason: 'a small mail comes whole, and its reader numbers its parts',
        tests: ['tells the parts of a small mail as the server numbers them, when it has more than texts'],
      },
      {
        reason: 'no connection stays open while nothing is asked',
        tests: ['rejects as unavailable when the connection is lost, waiting or reading'],
      },
    ],
  });
});

function worldOf({ url }: Emulator): World {
  const ids = new Map<string, string>();
  const idOf = (subject: string): string => ids.get(subject) ?? '';
  let source: MailSource | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: another program's answers
  const call = async (method: string, path: string, body?: object): Promise<any> => {
    const answer = await fetch(`${url}/gmail/v1/users/me/${path}`, {
      method,
      headers: { authorization: 'Bearer any', 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : {};
  };
  const labelIds = new Map<string, string>();
  const labelId = async (name: string): Promise<string> => {
    const known = labelIds.get(name) ?? (await call('POST', 'labels', { name })).id;
    labelIds.set(name, known);
    return known;
  };
  const modify = (subject: string, addLabelIds: string[], removeLabelIds: string[]) =>
    call('POST', `messages/${idOf(subject)}/modify`, { addLabelIds, removeLabelIds });
  const bears = ({ labels }: MirroredCopy, label: string): boolean => labels?.some(({ id }) => id === label) === true;
  return {
    inbox: 'gmail',
    other: 'gmail',
    watched: 'gmail',
    lying: (copies, where) =>
      copies.filter((copy) =>
        where === 'inbox' ? bears(copy, 'INBOX') : bears(copy, 'TRASH') === (where === 'other'),
      ),
    order: 'date',
    keepsAnswered: false,
    open: async () => {
      source = openGmailSource({ apiUrl: url, topic: TOPIC, limits }, tokens, { email: EMAIL, logger });
      return source;
    },
    deliver: async ({ subject, raw, flags = [], date, other }) => {
      const labels = other ? ['TRASH'] : ['INBOX'];
      if (!flags.includes('\\Seen')) labels.push('UNREAD');
      if (flags.includes('\\Flagged')) labels.push('STARRED');
      const mail = await call('POST', 'messages', {
        raw: Buffer.from(raw).toString('base64url'),
        labelIds: labels,
        ...(date && { internalDate: String(date.getTime()) }),
      });
      ids.set(subject, mail.id);
      source?.hint?.();
    },
    setFlags: async (subject, flags) => {
      const on = (label: string, is: boolean): [string[], string[]] => (is ? [[label], []] : [[], [label]]);
      const [unread, starred] = [on('UNREAD', !flags.includes('\\Seen')), on('STARRED', flags.includes('\\Flagged'))];
      await modify(subject, [...unread[0], ...starred[0]], [...unread[1], ...starred[1]]);
    },
    move: async (subject) => void (await call('POST', `messages/${idOf(subject)}/trash`)),
    expunge: async (subject) => void (await call('DELETE', `messages/${idOf(subject)}`)),
    changeUidValidity: async () => undefined,
    addLabel: async (subject, label) => void (await modify(subject, [await labelId(label)], [])),
    removeLabel: async (subject, label) => void (await modify(subject, [], [await labelId(label)])),
    cut: async () => undefined,
    flagsOf: async (subject) => {
      const { labelIds: labels = [] } = await call('GET', `messages/${idOf(subject)}?format=minimal`);
      return labels.includes('UNREAD') ? [] : ['\\Seen'];
    },
  };
}
