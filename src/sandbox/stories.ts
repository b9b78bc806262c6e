// A few conversations worth finding among made-up mail: who wrote what to whom, and how long ago. Knows no mailbox.

/** One letter of a story. `from` and `to` are names in PEOPLE, or `me` and `friend`. */
export interface Letter {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  /** Days before the newest mail. */
  readonly daysAgo: number;
  readonly text: string;
  /** The story's letter before it that this one answers, counted from 0. */
  readonly answers?: number;
  readonly labels?: readonly string[];
  readonly unread?: boolean;
}

/** People outside, by name. */
export const PEOPLE: Readonly<Record<string, string>> = {
  'Rosa Lindqvist': 'rosa@lindqvist.example',
  'Harbour Heating': 'service@harbour-heating.example',
  'Night Trains': 'booking@night-trains.example',
  'Dr. Okafor': 'practice@okafor.example',
  'City Library': 'loans@library.example',
};

export type Story = readonly Letter[];

/** Told once, by the first user: a question from the second, and a mail of years ago that answers it. */
export const STORIES_OF_THE_FIRST: readonly Story[] = [
  [
    {
      from: 'Rosa Lindqvist',
      to: 'me',
      subject: 'The lake house, before I forget',
      daysAgo: 2612,
      labels: ['Family'],
      text: `Dear child,

the house is yours for the summer. The kettle is slow but honest. The boathouse key hangs behind the blue jug in the kitchen, because nobody ever moves the blue jug.

The boat leaks only on the left. Sit on the right.

Rosa`,
    },
  ],
  [
    {
      from: 'friend',
      to: 'me',
      subject: 'Lake house this weekend',
      daysAgo: 2,
      text: `Hi,

I have soup, two blankets and the good torch. Is the boat still floating?`,
    },
    {
      from: 'me',
      to: 'friend',
      subject: 'Re: Lake house this weekend',
      daysAgo: 1.6,
      answers: 0,
      text: `It was floating in August. Bring a bucket all the same.`,
    },
    {
      from: 'friend',
      to: 'me',
      subject: 'Re: Lake house this weekend',
      daysAgo: 0.1,
      answers: 1,
      unread: true,
      text: `Bucket packed. One more thing: where is the key to the boathouse? Your aunt told you once, years ago, and I have been through every drawer in my memory.`,
    },
  ],
];

/** Told in everybody's mailbox. */
export const STORIES_OF_ALL: readonly Story[] = [
  [
    {
      from: 'Harbour Heating',
      to: 'me',
      subject: 'Your boiler: visit on the 14th',
      daysAgo: 1490,
      labels: ['Home'],
      text: `Our engineer replaced the circulation pump (part CP-2204). The noise was the pump. The warranty ends five years after this mail. Please keep it.`,
    },
    {
      from: 'me',
      to: 'Harbour Heating',
      subject: 'Re: Your boiler: visit on the 14th',
      daysAgo: 1488,
      answers: 0,
      text: `It is quiet now. Thank you, and thank him for carrying the old one down.`,
    },
  ],
  [
    {
      from: 'Night Trains',
      to: 'me',
      subject: 'Ticket NT-7731: Vienna, window, lower bunk',
      daysAgo: 640,
      labels: ['Travel'],
      text: `Coach 21, bunk 14, departure 22:08. Breakfast is at seven, earlier if somebody snores.`,
    },
  ],
  [
    {
      from: 'City Library',
      to: 'me',
      subject: 'Overdue: "A Field Guide to Lost Umbrellas"',
      daysAgo: 12,
      unread: true,
      text: `The book is due back since Tuesday. We have stopped counting the umbrellas.`,
    },
  ],
  [
    {
      from: 'Dr. Okafor',
      to: 'me',
      subject: 'Your appointment on Thursday, 08:40',
      daysAgo: 5,
      text: `Please bring the card and come with an empty stomach. There is tea afterwards.`,
    },
  ],
];
