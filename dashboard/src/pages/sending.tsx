// What was sent, waits, failed, or may have been sent; trying again and taking back where that is safe.
import { useState } from 'react';
import { useAccounts } from '../api/accounts.ts';
import { useMe } from '../api/me.ts';
import { type Sending as Entry, useOutbox, useSendingChange } from '../api/outbox.ts';
import { Nothing, PageHead } from '../parts/card.tsx';
import { Chips, FilterRow } from '../parts/filters.tsx';
import { Question } from '../parts/question.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { Waiting } from '../parts/waiting.tsx';
import { EntryCard } from './sending/entry-card.tsx';
import { type Deed, deedOf, STATES } from './sending/states.ts';

const FILTERS = ['all', 'queued', 'unknown', 'failed', 'sent'] as const;
type Filter = (typeof FILTERS)[number];

export function Sending() {
  const { data: me } = useMe();
  const accounts = useAccounts(me?.user_id);
  const outbox = useOutbox(accounts.data ?? []);
  const [filter, setFilter] = useState<Filter>('all');
  const [asked, setAsked] = useState<{ readonly entry: Entry; readonly what: Deed } | null>(null);
  const change = useSendingChange();
  const fits = (state: Filter) => outbox.entries.filter(({ status }) => state === 'all' || status === state);
  const shown = fits(filter);
  const words = asked && deedOf(asked.entry.status, asked.what);
  const isPending = accounts.isPending || outbox.isPending;
  return (
    <>
      <PageHead title="Outbox">What your agents have sent, and what still waits.</PageHead>
      <Trouble error={accounts.error ?? outbox.error} />
      {isPending && <Waiting />}
      {!isPending && (
        <>
          <FilterRow>
            <Chips
              label="Show"
              choices={FILTERS.map((each) => ({
                value: each,
                label: each === 'all' ? 'All' : STATES[each].word,
                count: fits(each).length,
              }))}
              chosen={filter}
              onChoose={setFilter}
            />
          </FilterRow>
          {shown.length === 0 && (
            <Nothing title={filter === 'all' ? 'Nothing has been sent yet' : 'There is none of these'}>
              {filter === 'all' && 'Mail that an agent sends in your name stands here, with what became of it.'}
            </Nothing>
          )}
        </>
      )}
      <ul className="space-y-3">
        {shown.map((entry) => (
          <li key={entry.outbox_id}>
            <EntryCard entry={entry} onAsk={(what) => setAsked({ entry, what })} />
          </li>
        ))}
      </ul>
      <Question
        open={asked !== null}
        title={words?.title ?? ''}
        yes={words?.yes ?? ''}
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
        <p>{words?.about}</p>
      </Question>
    </>
  );
}
