// The mail source's contract over the Gmail API of the pretend Gmail, and what the API alone does to a client.
import type { GmailServer } from '../../src/backend/gmail/api.ts';
import { GmailLimits } from '../../src/backend/gmail/quota.ts';
import { openGmailSource } from '../../src/backend/gmail/source.ts';
import type { AccessTokens, MailSource } from '../../src/backend/port.ts';
import { createLogger } from '../../src/base/log.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { SYSTEM_CLOCK } from '../../src/sync/clock.ts';
import type { MirroredCopy } from '../support/mirror.ts';
import { mailSourceContract, type World } from './mail-source.ts';

const PASSWORD = 'abcdefghijklmnop';
const TOPIC = 'projects/pretend-project/topics/gmail';
const logger = createLogger('silent');
const PLENTY = { accountUnits: 10_000_000, projectUnits: 10_000_000 };

let sandbox: Sandbox;
let users = 0;

const serverOf = ({ google }: Sandbox, limits = new GmailLimits({ clock: SYSTEM_CLOCK, ...PLENTY })): GmailServer => ({
  apiUrl: google.origin,
  topic: TOPIC,
  limits,
});

function tokensOf({ google }: Sandbox, email: string): AccessTokens {
  let { accessToken } = google.allow(email);
  return {
    current: async () => accessToken,
    instead: async () => {
      accessToken = google.allow(email).accessToken;
      return accessToken;
    },
  };
}

mailSourceContract({
  name: 'the Gmail API',
  begin: async () => {
    sandbox = await startSandbox({ users: [] });
    sandbox.google.settings.unitsPerUserMinute = PLENTY.accountUnits;
  },
  world: async () => {
    const email = `user${++users}@example.com`;
    sandbox.addUser({ email, appPassword: PASSWORD });
    return worldOf(email);
  },
  end: () => sandbox.close(),
  skip: [
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

function worldOf(email: string): World {
  const user = sandbox.user(email);
  const ids = new Map<string, string>();
  const id = (subject: string): string => ids.get(subject) ?? '';
  const bears = ({ labels }: MirroredCopy, label: string): boolean => labels?.some(({ id }) => id === label) === true;
  let source: MailSource | undefined;
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
      source = openGmailSource(serverOf(sandbox), tokensOf(sandbox, email), { email, logger });
      return source;
    },
    deliver: async ({ subject, raw, flags, date, other }) => {
      const mail = user.deliver(raw, {
        ...(flags ? { flags } : {}),
        ...(date ? { date } : {}),
        ...(other ? { place: 'trash', labels: [] } : {}),
      });
      ids.set(subject, mail.id);
      // As a push would that was posted to us.
      source?.hint?.();
    },
    setFlags: async (subject, flags) => user.setFlags(id(subject), flags),
    move: async (subject) => user.trash(id(subject)),
    expunge: async (subject) => user.remove(id(subject)),
    changeUidValidity: async () => user.changeUidValidity('all'),
    addLabel: async (subject, label) => user.addLabel(id(subject), label),
    removeLabel: async (subject, label) => user.removeLabel(id(subject), label),
    cut: async () => user.dropConnections(),
    flagsOf: async (subject) => user.truth().find((mail) => mail.id === id(subject))?.flags ?? [],
  };
}
