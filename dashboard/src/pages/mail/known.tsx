// What there is to know of a mail before it is believed: who vouches for its sender, and who he is to this mailbox.
import type { Message } from '../../api/shapes.ts';
import { Badge, type Tone } from '../../parts/card.tsx';

export function Known({ mail }: { readonly mail: Message }) {
  const told: (readonly [Tone, string])[] = [];
  for (const [name, verdict] of Object.entries(mail.sender_verdicts ?? {}))
    told.push([verdict === 'pass' ? 'good' : verdict === 'none' ? 'plain' : 'bad', `${name.toUpperCase()} ${verdict}`]);
  if (mail.first_time_sender) told.push(['warn', 'first mail from this sender']);
  if (mail.lookalike) told.push(['bad', `looks like ${mail.lookalike.resembles}, by its ${mail.lookalike.by}`]);
  if (mail.reply_to_mismatch) told.push(['warn', `answers go to ${mail.reply_to_mismatch}`]);
  if (told.length === 0) return null;
  return (
    <ul className="mt-3 flex flex-wrap gap-1" aria-label="What is known of its sender">
      {told.map(([tone, words]) => (
        <li key={words} className="max-w-full">
          <Badge tone={tone}>{words}</Badge>
        </li>
      ))}
    </ul>
  );
}
