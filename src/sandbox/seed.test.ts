// Mailboxes that look like people's: the same for a number, and with something in them that is worth finding.
import { describe, expect, it } from 'vitest';
import { factsOf } from './mail-facts.ts';
import { seedMailboxes } from './seed.ts';
import { PretendUser } from './user.ts';

function seeded(seed: number, options: { until?: Date; emails?: string[] } = {}): PretendUser[] {
  const emails = options.emails ?? ['jane@gmail.example', 'sam@gmail.example'];
  const users = emails.map((email) => new PretendUser({ email, appPassword: 'abcdefghijklmnop' }));
  seedMailboxes(users, { seed, mails: 40, ...(options.until && { until: options.until }) });
  return users;
}
const words = async (user: PretendUser) => Promise.all([...user.mails()].map(factsOf));

describe('seeded mailboxes', () => {
  it('are the same, with ids and UIDs, for the same number', () => {
    const [first, again, other] = [seeded(4), seeded(4), seeded(5)].map((users) => users.map((user) => user.truth()));
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it('span ten years that end when they are told to', () => {
    const until = new Date('2031-05-01T10:00:00Z');
    const dates = seeded(1, { until })[0]!
      .truth()
      .map(({ dateMs }) => dateMs);
    expect(dates).toEqual([...dates].sort((a, b) => a - b));
    expect(dates.at(-1)).toBe(until.getTime());
    expect(new Date(dates[0]!).getUTCFullYear()).toBe(2021);
  });

  it('tell a question to the first user, and the old mail that answers it to nobody else', async () => {
    const [jane, sam] = seeded(1);
    const asking = async (user: PretendUser) =>
      (await words(user)).filter(({ subject }) => subject.endsWith('Lake house this weekend'));
    expect(await asking(jane!)).toHaveLength(3);
    expect(await asking(sam!)).toHaveLength(3);
    const knowing = async (user: PretendUser) => (await words(user)).filter(({ body }) => body.includes('blue jug'));
    expect(await knowing(jane!)).toHaveLength(1);
    expect(await knowing(sam!)).toHaveLength(0);
    const thread = jane!.truth().filter(({ labels, threadId }, _, all) => {
      const same = all.filter((mail) => mail.threadId === threadId);
      return same.length === 3 && labels.includes('\\Sent') && same.at(-1)!.flags.length === 0;
    });
    expect(thread).toHaveLength(1);
  });

  it('work for one person alone, whose name is read from the address', async () => {
    const [user] = seeded(1, { emails: ['ada.byron@gmail.example'] });
    expect((await words(user!)).some(({ to }) => to.includes('Ada Byron'))).toBe(true);
  });
});
