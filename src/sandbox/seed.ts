// Fills the mailboxes of pretend users with ten years of mail, the same for the same number. Knows no protocol.

import type { DeliverOptions } from './mail.ts';
import { mailBytes, textPart } from './mail-bytes.ts';
import { DEFAULT_UNTIL, envelopeHeaders, streamMails } from './mail-factory.ts';
import { type Letter, PEOPLE, STORIES_OF_ALL, STORIES_OF_THE_FIRST, type Story } from './stories.ts';
import type { PretendUser } from './user.ts';

export interface SeedOptions {
  readonly seed: number;
  /** Of made-up mail in each mailbox, or of each in turn; unless it is 0 the stories come on top. */
  readonly mails: number | readonly number[];
  /** When the newest mail came; default: the end of October 2026. */
  readonly until?: Date;
}

interface Arrival extends DeliverOptions {
  readonly raw: Uint8Array;
  readonly date: Date;
}

type Cast = Readonly<Record<string, PretendUser>>;

const DAY_MS = 24 * 60 * 60 * 1000;

/** Gives each user mail, oldest first. */
export function seedMailboxes(
  users: readonly PretendUser[],
  { seed, mails, until = DEFAULT_UNTIL }: SeedOptions,
): void {
  const arrivals = new Map<PretendUser, Arrival[]>();
  for (const [index, user] of users.entries()) {
    const options = { owner: user.email, name: nameOf(user), readable: true, until };
    const many = typeof mails === 'number' ? mails : (mails[index] ?? 0);
    arrivals.set(user, [...streamMails(seed + index, many, options)]);
  }
  if (mails !== 0) {
    const [me, friend] = users;
    const tell = (cast: Cast, stories: readonly Story[]) => {
      for (const story of stories)
        for (const [reader, arrival] of told(story, cast, until)) arrivals.get(reader)!.push(arrival);
    };
    if (me && friend) tell({ me, friend }, STORIES_OF_THE_FIRST);
    for (const user of users) tell({ me: user }, STORIES_OF_ALL);
  }
  for (const [user, all] of arrivals) {
    all.sort((a, b) => a.date.getTime() - b.date.getTime());
    for (const { raw, ...options } of all) user.deliver(raw, options);
  }
}

/** The name that the address tells: `jane.doe@…` is Jane Doe. */
export function nameOf({ email }: { readonly email: string }): string {
  const words = email
    .split('@')[0]!
    .split(/[._+-]+/)
    .filter(Boolean);
  return words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join(' ');
}

/** A story's mails for those of its people who have a mailbox. */
function* told(story: Story, cast: Cast, until: Date): Generator<[PretendUser, Arrival]> {
  const personOf = (role: string) => {
    const user = cast[role];
    return user ? { name: nameOf(user), address: user.email } : { name: role, address: PEOPLE[role] ?? '' };
  };
  const idOf = (letter: Letter) => `${letter.daysAgo}.${letter.subject.length}.${cast.me?.email ?? ''}`;
  for (const letter of story) {
    const date = new Date(Math.floor((until.getTime() - letter.daysAgo * DAY_MS) / 1000) * 1000);
    const before = ancestors(story, letter).map((each) => `<${idOf(each)}>`);
    const raw = mailBytes(
      [
        ...envelopeHeaders(date, idOf(letter), personOf(letter.from), personOf(letter.to), letter.subject),
        ...(before.length > 0 ? [`In-Reply-To: ${before.at(-1)}`, `References: ${before.join('\r\n ')}`] : []),
      ],
      textPart('plain', `${letter.text}\n`, 'utf-8', 'quoted-printable'),
    );
    const [sender, reader] = [cast[letter.from], cast[letter.to]];
    if (sender) yield [sender, { raw, date, labels: ['\\Sent'], flags: ['\\Seen'] }];
    if (!reader) continue;
    const labels = ['\\Inbox', ...(letter.labels ?? [])];
    yield [reader, { raw, date, labels, flags: letter.unread ? [] : ['\\Seen'] }];
  }
}

/** The letters that a letter goes back to, oldest first. */
function ancestors(story: Story, letter: Letter): Letter[] {
  const before = letter.answers === undefined ? undefined : story[letter.answers];
  return before ? [...ancestors(story, before), before] : [];
}
