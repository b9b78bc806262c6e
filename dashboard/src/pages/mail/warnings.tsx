// What there is to know of a mail before it is believed: who vouches for its sender, and what was removed from it.
import type { Message } from '../../api/shapes.ts';
import { Badge, type Tone } from '../../parts/card.tsx';

export function Warnings({ mail }: { readonly mail: Message }) {
  const told: (readonly [Tone, string])[] = [];
  for (const [name, verdict] of Object.entries(mail.sender_verdicts ?? {}))
    told.push([verdict === 'pass' ? 'good' : verdict === 'none' ? 'plain' : 'bad', `${name.toUpperCase()} ${verdict}`]);
  if (mail.first_time_sender) told.push(['warn', 'first mail from this sender']);
  if (mail.lookalike) told.push(['bad', `looks like ${mail.lookalike.resembles}, by its ${mail.lookalike.by}`]);
  if (mail.reply_to_mismatch) told.push(['warn', `answers go to ${mail.reply_to_mismatch}`]);
  const hidden = mail.hidden_text_removed ?? 0;
  if (hidden > 0) told.push(['warn', `hidden text removed${hidden > 1 ? ` in ${hidden} places` : ''}`]);
  for (const note of mail.notes ?? []) told.push(['plain', note]);
  if (told.length === 0) return null;
  return (
    <ul className="mt-3 flex flex-wrap gap-1" aria-label="What is known of it">
      {told.map(([tone, words]) => (
        <li key={words}>
          <Badge tone={tone}>{words}</Badge>
        </li>
      ))}
    </ul>
  );
}
