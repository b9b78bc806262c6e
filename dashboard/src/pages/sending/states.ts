// What became of a mail in words, and what each thing that can be done with it would mean. Knows no page.
import type { OutboxEntry } from '../../api/shapes.ts';
import type { Tone } from '../../parts/card.tsx';

type Status = OutboxEntry['status'];
export type Deed = 'retry' | 'drop';

export const STATES: Readonly<Record<Status, { readonly word: string; readonly tone: Tone; readonly about: string }>> =
  {
    sent: { word: 'Sent', tone: 'good', about: 'Gmail took it.' },
    queued: { word: 'Waits', tone: 'plain', about: 'It has not left, and is tried again by itself.' },
    failed: { word: 'Failed', tone: 'bad', about: 'It was not sent, and will not be unless you say so.' },
    unknown: {
      word: 'Unknown',
      tone: 'warn',
      about: 'Gmail’s answer was lost. It is looked for in Sent, and never sent again by itself.',
    },
  };

interface DeedWords {
  /** On the button. */
  readonly name: string;
  readonly title: string;
  readonly about: string;
  readonly yes: string;
}

const DROP: Omit<DeedWords, 'about'> = { name: 'Take out', title: 'Take it out of the outbox?', yes: 'Take it out' };

const DEEDS: Readonly<Record<Exclude<Status, 'sent'>, Readonly<Record<Deed, DeedWords>>>> = {
  queued: {
    retry: {
      name: 'Try now',
      title: 'Try to send it now?',
      about: 'It does not wait for its time any longer.',
      yes: 'Send it now',
    },
    drop: { ...DROP, about: 'It is forgotten here and will not be sent.' },
  },
  failed: {
    retry: {
      name: 'Try again',
      title: 'Try to send it again?',
      about: 'It was refused before; without a change it may be refused again.',
      yes: 'Send it now',
    },
    drop: { ...DROP, about: 'It was not sent. It is forgotten here.' },
  },
  unknown: {
    retry: {
      name: 'Look, then send',
      title: 'Send it, unless it was sent?',
      about:
        'Sent is looked at first. If the mail is not there it goes out now; should Gmail have taken it all the same, it arrives twice.',
      yes: 'Look, then send',
    },
    drop: { ...DROP, about: 'It is forgotten here and not looked for any longer. If Gmail took it, it stays sent.' },
  },
};

/** Null: what was sent stays sent. */
export const deedOf = (status: Status, deed: Deed): DeedWords | null =>
  status === 'sent' ? null : DEEDS[status][deed];
