// One mail of the outbox: what became of it and why, with what can be done.
import type { Sending } from '../../api/outbox.ts';
import { Button } from '../../parts/button.tsx';
import { Badge, Card } from '../../parts/card.tsx';
import { ago, When } from '../../parts/when.tsx';
import { type Deed, deedOf, STATES } from './states.ts';

interface Props {
  readonly entry: Sending;
  readonly onAsk: (what: Deed) => void;
}

const DEEDS = ['retry', 'drop'] as const;

export function EntryCard({ entry, onAsk }: Props) {
  const { word, tone, about } = STATES[entry.status];
  const people = [...entry.to, ...entry.cc, ...(entry.bcc ?? [])];
  const subject = entry.subject || 'No subject';
  return (
    <Card>
      <div className="flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0">
          <h2 className="font-semibold">{subject}</h2>
          <p className="text-soft">
            {entry.account.email} to {people.join(', ')}, <When time={entry.created_at} />
          </p>
        </div>
        <Badge tone={tone}>{word}</Badge>
      </div>
      {entry.status !== 'sent' && (
        <p className="mt-2">
          {entry.status === 'unknown' && <strong>It may have been sent. </strong>}
          {entry.reason ?? about}
          {entry.next_try_at && ` Next try ${ago(entry.next_try_at)}.`}
          {entry.attempts > 1 && ` Tried ${entry.attempts} times.`}
        </p>
      )}
      {entry.refused && entry.refused.length > 0 && (
        <p className="mt-1">
          Not taken for {entry.refused.map(({ address, reason }) => `${address} (${reason})`).join(', ')}.
        </p>
      )}
      {entry.status !== 'sent' && (
        <div className="mt-3 flex flex-wrap gap-2">
          {DEEDS.map((deed) => {
            const name = deedOf(entry.status, deed)?.name;
            return (
              <Button
                key={deed}
                look={deed === 'drop' ? 'danger' : 'second'}
                aria-label={`${name}: ${subject}`}
                onClick={() => onAsk(deed)}
              >
                {name}
              </Button>
            );
          })}
        </div>
      )}
    </Card>
  );
}
