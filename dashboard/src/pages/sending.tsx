// What was sent, waits, failed, or may have been sent; trying again and taking back where that is safe.
import { useState } from 'react';
import { useAccounts } from '../api/accounts.ts';
import { useMe } from '../api/me.ts';
import { type Sending as Entry, useOutbox, useSendingChange } from '../api/outbox.ts';
import { Button } from '../parts/button.tsx';
import { Badge, Card, Nothing, PageHead, type Tone } from '../parts/card.tsx';
import { Chips, FilterRow } from '../parts/filters.tsx';
import { Question } from '../parts/question.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { Waiting } from '../parts/waiting.tsx';
import { ago, When } from '../parts/when.tsx';

const STATES: Readonly<Record<Entry['status'], readonly [word: string, tone: Tone, about: string]>> = {
  sent: ['Sent', 'good', 'Gmail took it.'],
  queued: ['Waits', 'warn', 'It will be tried again by itself.'],
  failed: ['Failed', 'bad', 'It was not sent, and will not be unless you say so.'],
  unknown: ['Unknown', 'warn', 'Gmail may have taken it. It is looked for in Sent, and never sent again by itself.'],
};
const FILTERS = ['all', 'queued', 'unknown', 'failed', 'sent'] as const;
type Filter = (typeof FILTERS)[number];

export function Sending() {
  const { data: me } = useMe();
  const accounts = useAccounts(me?.user_id);
  const outbox = useOutbox(accounts.data ?? []);
  const [filter, setFilter] = useState<Filter>('all');
  const [asked, setAsked] = useState<{ readonly entry: Entry; readonly what: 'retry' | 'drop' } | null>(null);
  const change = useSendingChange();
  const shown = outbox.entries.filter(({ status }) => filter === 'all' || status === filter);
  const count = (state: Filter): number =>
    state === 'all' ? outbox.entries.length : outbox.entries.filter(({ status }) => status === state).length;
  if (accounts.isPending || outbox.isPending) return <Waiting />;
  return (
    <>
      <PageHead title="Outbox">What your agents have sent, and what still waits.</PageHead>
      <FilterRow>
        <Chips
          label="Show"
          choices={FILTERS.map((each) => ({
            value: each,
            label: each === 'all' ? 'All' : STATES[each][0],
            count: count(each),
          }))}
          chosen={filter}
          onChoose={setFilter}
        />
      </FilterRow>
      <Trouble error={outbox.error} />
      {shown.length === 0 && (
        <Nothing title={filter === 'all' ? 'Nothing has been sent yet' : 'There is none of these'} />
      )}
      <ul className="space-y-3">
        {shown.map((entry) => (
          <li key={entry.outbox_id}>
            <One entry={entry} onAsk={(what) => setAsked({ entry, what })} />
          </li>
        ))}
      </ul>
      <Question
        open={asked !== null}
        title={asked?.what === 'retry' ? 'Try to send it now?' : 'Take it out of the outbox?'}
        yes={asked?.what === 'retry' ? 'Send it now' : 'Take it out'}
        look={asked?.what === 'retry' ? 'first' : 'danger'}
        busy={change.isPending}
        error={change.error}
        onYes={() => asked && change.mutate(asked, { onSuccess: () => setAsked(null) })}
        onClose={() => {
          change.reset();
          setAsked(null);
        }}
      >
        <p>
          “{asked?.entry.subject || 'No subject'}” to {asked?.entry.to.join(', ')}
        </p>
        {asked?.what === 'retry' && asked.entry.status === 'unknown' && (
          <p>
            Gmail may have taken it already. Sent is looked at first; if the mail is not there, it goes out, and in the
            worst case it arrives twice.
          </p>
        )}
        {asked?.what === 'drop' && <p>It is forgotten here and will not be sent.</p>}
      </Question>
    </>
  );
}

function One({ entry, onAsk }: { readonly entry: Entry; readonly onAsk: (what: 'retry' | 'drop') => void }) {
  const [word, tone, about] = STATES[entry.status];
  const people = [...entry.to, ...entry.cc, ...(entry.bcc ?? [])];
  return (
    <Card>
      <div className="flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0">
          <h2 className="font-semibold">{entry.subject || 'No subject'}</h2>
          <p className="text-soft">
            {entry.account.email} to {people.join(', ')}, <When time={entry.created_at} />
          </p>
        </div>
        <Badge tone={tone}>{word}</Badge>
      </div>
      {entry.status !== 'sent' && (
        <p className="mt-2">
          {entry.reason ?? about}
          {entry.next_try_at && ` Next try ${ago(entry.next_try_at)}.`}
          {entry.attempts > 1 && ` Tried ${entry.attempts} times.`}
        </p>
      )}
      {entry.refused && entry.refused.length > 0 && (
        <p className="mt-2">
          Not taken for {entry.refused.map(({ address, reason }) => `${address} (${reason})`).join(', ')}.
        </p>
      )}
      {entry.status !== 'sent' && (
        <div className="mt-3 flex flex-wrap gap-2">
          <Button onClick={() => onAsk('retry')}>Try now</Button>
          <Button look="danger" onClick={() => onAsk('drop')}>
            Take out
          </Button>
        </div>
      )}
    </Card>
  );
}
