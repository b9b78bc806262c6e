// What agents did: plots over time to be looked at, and each call to be read.
import { useMemo, useState } from 'react';
import { useStatistics, type Whose } from '../api/activity.ts';
import { useMe } from '../api/me.ts';
import type { Statistics } from '../api/shapes.ts';
import { PageHead } from '../parts/card.tsx';
import { fieldClass } from '../parts/field.tsx';
import { Chips, FilterRow, FilterYes } from '../parts/filters.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { Waiting } from '../parts/waiting.tsx';
import { type Names, useNames } from './activity/names.ts';
import { Plot } from './activity/plot.tsx';
import { fewLines, inOrder, linesOf } from './activity/series.ts';
import { Stream } from './activity/stream.tsx';

const HOUR_S = 3600;
const STRETCHES = [
  { value: HOUR_S, label: 'Hour' },
  { value: 24 * HOUR_S, label: 'Day' },
  { value: 7 * 24 * HOUR_S, label: 'Week' },
  { value: 30 * 24 * HOUR_S, label: '30 days' },
];

/** Whose calls are shown, other than one agent's; the pages themselves ask often, so agents come first. */
const AGENTS = 'every agent';
const OTHERS = 'people and apps';
const whoseOf = (chosen: string): Whose =>
  chosen === AGENTS ? { by: 'agents' } : chosen === OTHERS ? { by: 'others' } : { profile_id: chosen };

export function Activity() {
  const { data: me } = useMe();
  const [stretch, setStretch] = useState(24 * HOUR_S);
  const [everybody, setEverybody] = useState(false);
  const [chosen, setChosen] = useState(AGENTS);
  const whose = useMemo(() => whoseOf(chosen), [chosen]);
  const userId = everybody ? undefined : me?.user_id;
  const statistics = useStatistics(userId, stretch, whose);
  const names = useNames(me?.user_id);
  return (
    <>
      <PageHead title="Activity">Each call is kept with who made it and how it ended; never what a mail says.</PageHead>
      <FilterRow>
        <Chips label="Time" choices={STRETCHES} chosen={stretch} onChoose={setStretch} />
        <select
          aria-label="Whose calls"
          className={`${fieldClass} w-auto! max-w-full sm:max-w-72`}
          value={chosen}
          onChange={({ target }) => setChosen(target.value)}
        >
          <option value={AGENTS}>Every agent</option>
          {names.agents.map(([id, name]) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
          <option value={OTHERS}>People and apps</option>
        </select>
        {me?.role === 'owner' && <FilterYes label="Of all people" checked={everybody} onCheck={setEverybody} />}
      </FilterRow>
      <Trouble error={statistics.error} />
      {statistics.data ? <Plots statistics={statistics.data} names={names} /> : statistics.isPending && <Waiting />}
      <Stream userId={userId} whose={whose} names={names} />
    </>
  );
}

const SEND_WORDS: Readonly<Record<string, string>> = {
  queued: 'waits',
  sent: 'sent',
  failed: 'failed',
  unknown: 'unknown',
};
/** So that each has its colour whatever there is most of. */
const SENDS = ['sent', 'waits', 'failed', 'unknown'];

function Plots({ statistics, names }: { readonly statistics: Statistics; readonly names: Names }) {
  const data = useMemo(() => {
    const { calls, latency, accounts, sends } = statistics;
    return {
      agents: fewLines(
        linesOf(
          statistics,
          calls,
          (row) => names.agent(row.profile_id),
          (row) => row.calls,
        ),
      ),
      tools: fewLines(
        linesOf(
          statistics,
          calls,
          (row) => row.called,
          (row) => row.calls,
        ),
      ),
      errors: fewLines(
        linesOf(
          statistics,
          calls.filter(({ errors }) => errors > 0),
          (row) => row.called,
          (row) => row.errors,
        ),
      ),
      latency: linesOf(
        statistics,
        latency.flatMap(({ at, median_ms, p95_ms }) => [
          { at, name: 'slowest 5 %', ms: p95_ms },
          { at, name: 'median', ms: median_ms },
        ]),
        (row) => row.name,
        (row) => row.ms,
        null,
      ),
      mail: fewLines(
        linesOf(
          statistics,
          accounts.filter(({ mails }) => mails > 0),
          (row) => names.account(row.account_id),
          (row) => row.mails,
        ),
      ),
      sends: inOrder(
        linesOf(
          statistics,
          sends,
          (row) => SEND_WORDS[row.state] ?? row.state,
          (row) => row.count,
        ),
        SENDS,
      ),
      quota: fewLines(
        linesOf(
          statistics,
          accounts.filter(({ units }) => units > 0),
          (row) => names.account(row.account_id),
          (row) => row.units,
        ),
      ),
    };
  }, [statistics, names]);
  return (
    <div className="grid gap-4 xl:grid-cols-2">
      <Plot title="Calls by agent" unit="calls" data={data.agents} />
      <Plot title="Calls by tool" unit="calls" data={data.tools} />
      <Plot title="Time to answer" unit="ms" data={data.latency} look="lines" />
      <Plot title="Errors" unit="calls" data={data.errors} />
      <Plot title="Mail stored" unit="mails" data={data.mail} />
      <Plot title="Mail sent" unit="mails" data={data.sends} />
      <Plot title="Google’s quota used" unit="units" data={data.quota} />
    </div>
  );
}
