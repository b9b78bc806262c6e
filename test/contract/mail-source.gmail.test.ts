// The mail source's contract over the Gmail API of the pretend Gmail.
import type { MailSource } from '../../src/backend/port.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { openGmail, PLENTY } from '../support/gmail-source.ts';
import type { MirroredCopy } from '../support/mirror.ts';
import { mailSourceContract, type World } from './mail-source.ts';

const PASSWORD = 'abcdefghijklmnop';

let sandbox: Sandbox;
let users = 0;

mailSourceContract({
  name: 'the Gmail API',
  begin: async () => {
    sandbox = await startSandbox({ users: [] });
    sandbox.google.settings.unitsPerUserMinute = PLENTY;
    sandbox.google.settings.unitsPerProjectMinute = PLENTY;
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
      source = openGmail(sandbox, email);
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
